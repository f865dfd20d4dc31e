#!/bin/sh
# Installs what the tests need, then runs every test. Called by `make test`.
#
# Needed on the machine: Go, and for the whole of it Node.js with npm and Python 3.
# Debian packages are installed when this runs as root and they are missing. With
# CI=true whatever is missing is a failure; elsewhere its tests are skipped, each
# with a line that says so.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

sh .ci/install.sh node python sam chromium docker java pdf verapdf

say 'check: formatting, vet, lint'
make --no-print-directory lint

say 'test: everything'
go test -timeout 60m ./... # bounds what hangs, on a machine however busy

say 'test: both readers of files agree'
go test ./shared/receipt/verifypage -run '^TestFilesAgree$' -args -files 3000 -first-file 1000

say 'test: data races'
if command -v cc >/dev/null; then
	CGO_ENABLED=1 go test -race -short ./shared/ledger/... ./shared/receipt/... ./shared/registrar ./functions/internal/...
	CGO_ENABLED=1 go test -race -short ./functions/local/system ./functions/testbed/system -run 'Callbacks|Controller|Agent|Recorded|Courier|Deliver'
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
