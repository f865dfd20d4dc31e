#!/bin/sh
# Installs what the tests need, then runs every test. Called by `make test`.
#
# Needed on the machine: Go, and for the whole of it Node.js 22 or later with npm, and Python 3.
# Debian packages are installed when this runs as root and they are missing. With
# CI=true whatever is missing is a failure; elsewhere its tests are skipped, each
# with a line that says so.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

# A compiled package does not name its folder, so that a new clone takes what an earlier one
# compiled. Tests run all the same.
export GOFLAGS="${GOFLAGS:-} -trimpath"

# Each of the two environments keeps one processor busy. Lint needs neither.
sh .ci/install.sh node chromium docker java pdf verapdf
sh .ci/install.sh python &
python=$!
sh .ci/install.sh sam &
sam=$!

say 'check: formatting, vet, lint'
make --no-print-directory lint
wait $python
wait $sam

say 'test: everything'
# The packages that take longest start first, so that none of them runs alone at the end.
# Twice as many run at once as there are processors: those with containers and browsers wait
# for most of their time. Lint has vetted everything. The timeout bounds what hangs, on a
# machine however busy.
go test -count=1 -vet=off -timeout 60m -p "$((2 * $(getconf _NPROCESSORS_ONLN)))" \
	./functions/testbed/sam ./shared/receipt/verifypage ./functions/testbed/system ./shared/aws/dynamoledger ./...

say 'test: data races'
if command -v cc >/dev/null; then
	# The detector sees only what runs at once: these are the packages that start
	# goroutines, or serve HTTP, themselves or in their tests; where most tests do one thing
	# after the other, those that do not. With -short they do it less often. What shared/aws
	# works with are other programs.
	race() { CGO_ENABLED=1 go test -count=1 -vet=off -timeout 60m -race -short "$@"; }
	race ./shared/audit ./shared/callback ./shared/docket ./shared/ledger/... ./shared/receipt/bundle ./shared/receipt/check ./shared/sweep ./functions/internal/notify
	race ./shared/registrar -run 'Concurrent|ManyCommands'
	race ./functions/internal/intake -run 'Batch|Killed|Deadline|Soak$'
	race ./functions/local/system ./functions/testbed/system -run 'Callbacks|Controller|Agent|Recorded|Courier'
elif [ "${CI:-}" = true ]; then
	echo 'missing: a C compiler, for the race detector'
	exit 1
else
	echo 'missing: a C compiler: the race detector is skipped'
fi

say 'demo: the story, verified from its files'
make --no-print-directory demo OUT="${TMPDIR:-/tmp}/consent-receipts-demo-$$"
rm -rf "${TMPDIR:-/tmp}/consent-receipts-demo-$$"

say 'all tests passed'
