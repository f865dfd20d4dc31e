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

# Lint needs none of the three. If it fails, they end with it.
installs=
trap 'kill $installs 2>/dev/null || true' EXIT
for what in node python sam; do
	sh .ci/install.sh $what &
	installs="$installs $!"
done
sh .ci/install.sh chromium docker java pdf verapdf

say 'check: formatting, vet, lint'
make --no-print-directory lint
for installing in $installs; do wait "$installing"; done
trap - EXIT

# Lint has vetted everything. No debugger reads these binaries, so they are linked without what it
# needs, which takes a third of linking. The timeout bounds what hangs, on a machine however busy.
tests() { go test -count=1 -vet=off -ldflags=-w -timeout 60m "$@"; }

# Nothing takes longer than the functions in SAM's containers, which wait for most of their
# time. Everything else runs beside them and gives way.
log=$(mktemp)
tests ./functions/testbed/sam >"$log" 2>&1 &
sam=$!
renice -n 10 -p $$ >/dev/null
joined() {
	trap - EXIT
	wait $sam && passed=0 || passed=$?
	say 'test: the functions in containers'
	cat "$log"
	rm -f "$log"
	return $passed
}
trap joined EXIT

say 'test: everything'
# Several tests need the functions' packages: what is linked before is linked once.
make --no-print-directory functions ARCH="$(go env GOARCH)"
# The packages that take longest start first, so that none of them runs alone at the end.
# Twice as many run at once as there are processors: those with browsers and engines wait, too.
packages=$(go list ./...)
tests -p "$((2 * $(getconf _NPROCESSORS_ONLN)))" ./shared/receipt/verifypage ./functions/testbed/system ./functions/testbed/runtime \
	./shared/aws/dynamoledger $(echo "$packages" | grep -v '/testbed/sam$')

say 'test: data races'
if command -v cc >/dev/null; then
	# The detector sees only what runs at once: these are the packages that start
	# goroutines, or serve HTTP, themselves or in their tests; where most tests do one thing
	# after the other, those that do not. With -short they do it less often. What shared/aws
	# works with are other programs.
	race() { CGO_ENABLED=1 tests -race -short "$@"; }
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

joined
say 'all tests passed'
