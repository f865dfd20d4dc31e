#!/bin/sh
# Installs what tests and SAM need, each as far as it is missing:
#
#   .ci/install.sh [node] [python] [sam] [chromium] [docker] [java] [pdf] [verapdf]
#
# Node packages by their lock file, Python tools in virtual environments by hashes
# (.ci/requirements.in says of what), Debian packages when this runs as root. With CI=true
# whatever cannot be had is a failure; elsewhere it is said, and its tests are skipped.
set -eu
cd "$(dirname "$0")/.."

missing() {
	echo "missing: $*"
	if [ "${CI:-}" = true ]; then exit 1; fi
}

# debian installs packages unless the command is there: debian <command> <package>...
debian() {
	command=$1
	shift
	if command -v "$command" >/dev/null; then return; fi
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
	else
		missing "$command: the tests with it are skipped"
	fi
}

# environment makes a virtual environment: environment <folder> <requirements>
environment() {
	if [ -f "$1/.stamp" ] && cmp -s "$2" "$1/.stamp"; then return; fi
	if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
		missing 'python3 with venv: the tests with Python are skipped'
		return
	fi
	rm -rf "$1"
	python3 -m venv "$1"
	# Python compiles what it imports at the first import: most of what is installed never is.
	"$1/bin/pip" install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement "$2"
	cp "$2" "$1/.stamp"
}

for what in "$@"; do
	printf '\n== install: %s\n' "$what"
	case $what in
	node)
		if ! command -v npm >/dev/null; then
			missing 'npm: the tests with Node.js are skipped'
		elif ! cmp -s package-lock.json node_modules/.stamp; then
			npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.stamp
		fi
		;;
	python) environment .venv .ci/requirements.txt ;;
	sam) environment .venv-sam .ci/requirements-sam.txt ;;
	chromium) debian chromium chromium ;;
	docker)
		debian dockerd docker.io iptables ca-certificates
		debian busybox busybox-static
		;;
	pdf)
		debian qpdf qpdf
		debian pdftotext poppler-utils
		;;
	verapdf)
		# one file of 9 MB, of Maven Central; MPL-2.0 or GPL-3, and only tests run it
		sum='687d4d8bcfec48c9f7e931cf78ed061f1eeccfba55d4cdc000ba9b4d8aa46ce6  .verapdf/greenfield-apps.jar'
		if echo "$sum" | sha256sum --check --status 2>/dev/null; then continue; fi
		debian mvn maven
		if ! command -v mvn >/dev/null; then continue; fi
		mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory=.verapdf \
			-Dmdep.stripVersion=true -Dartifact=org.verapdf.apps:greenfield-apps:1.28.2
		echo "$sum" | sha256sum --check --quiet
		;;
	java) debian java openjdk-17-jre-headless ;;
	*) echo "nothing is called $what" && exit 2 ;;
	esac
done
