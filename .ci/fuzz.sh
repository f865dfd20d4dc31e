#!/bin/sh
# Runs each fuzz target for a while: FUZZTIME=10s by default. Called by `make fuzz`.
# The seeds of every target run in `make test` too.
set -eu
cd "$(dirname "$0")/.."

for package in $(grep -rlE '^func Fuzz' --include='*_test.go' shared functions events | xargs -n1 dirname | sort -u); do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9]+' "$package"/*_test.go | sed 's/func //'); do
		echo "== $package $target"
		go test "./$package" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 5x
	done
done
