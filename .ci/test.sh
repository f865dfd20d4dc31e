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
missing() {
	echo "missing: $*"
	if [ "${CI:-}" = true ]; then exit 1; fi
}

say 'install: Node packages by their lock file'
if command -v npm >/dev/null; then
	if [ ! -f node_modules/.stamp ] || ! cmp -s package-lock.json node_modules/.stamp; then
		npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.stamp
	fi
else
	missing 'npm: the tests with Node.js are skipped'
fi

say 'install: Python tools, pinned, in a virtual environment'
if python3 -c 'import venv, ensurepip' 2>/dev/null; then
	if [ ! -f .venv/.stamp ] || ! cmp -s .ci/requirements.txt .venv/.stamp; then
		rm -rf .venv
		python3 -m venv .venv
		.venv/bin/pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
		cp .ci/requirements.txt .venv/.stamp
	fi
else
	missing 'python3 with venv: the tests with Python are skipped'
fi

say 'install: Chromium'
if ! command -v chromium >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
	else
		missing 'chromium: the tests in a browser are skipped'
	fi
fi

say 'check: formatting and vet'
unformatted=$(gofmt -l events functions shared)
if [ -n "$unformatted" ]; then
	echo "run gofmt -w on: $unformatted"
	exit 1
fi
go vet ./...

say 'test: everything'
go test -timeout 20m ./...

say 'test: data races'
if command -v cc >/dev/null; then
	CGO_ENABLED=1 go test -race -short ./shared/ledger/... ./shared/receipt/... ./shared/registrar ./functions/internal/...
else
	missing 'a C compiler: the race detector is skipped'
fi

say 'demo: the story, verified from its files'
make --no-print-directory demo OUT="${TMPDIR:-/tmp}/consent-receipts-demo-$$"
rm -rf "${TMPDIR:-/tmp}/consent-receipts-demo-$$"

say 'all tests passed'
