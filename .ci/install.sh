#!/bin/sh
# Installs what tests and SAM need, each as far as it is missing:
#
#   .ci/install.sh [node] [python] [sam] [chromium] [docker] [java] [pdf] [verapdf]
#
# Node packages by their lock file, Python tools in virtual environments by hashes
# (.ci/requirements.in says of what), Debian packages when this runs as root. All but these
# lie in ~/.cache/consent-receipts, where clones share them. With CI=true whatever cannot be
# had is a failure; elsewhere it is said, and its tests are skipped.
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

# kept links to a folder that is filled once on this machine for each key, and lies where caches
# do, so that new clones have it at once: kept <folder> <key> <command>... The command gets the
# folder's path as its last word, and its last step is an exec, so that ending this ends it. A
# path that is in use never changes, for what is installed may name it.
kept() {
	folder=$1
	place="${XDG_CACHE_HOME:-$HOME/.cache}/consent-receipts/${folder#.}-$(printf %s "$2" | git hash-object --stdin | cut -c 1-16)"
	shift 2
	if ! [ -d "$place/$folder" ]; then
		mkdir -p "${place%/*}"
		new=$(mktemp -d "$place.XXXXXX")
		"$@" "$new/$folder" &
		filling=$!
		trap 'kill $filling; rm -rf "$new"; exit 1' TERM
		wait $filling || { rm -rf "$new" && exit 1; }
		ln -sfn "$new" "$place"
	fi
	if [ "$(readlink "$folder")" != "$place/$folder" ]; then
		rm -rf "$folder"
		ln -s "$place/$folder" "$folder"
	fi
}

# packages installs what package-lock.json says: packages <folder>
packages() {
	mkdir -p "$1" && cp package.json package-lock.json "${1%/*}" &&
		exec npm ci --prefix "${1%/*}" --no-audit --no-fund --loglevel=error
}

# python makes a virtual environment: python <folder> <requirements>
python() {
	if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
		missing 'python3 with venv: the tests with Python are skipped'
		return
	fi
	kept "$1" "$(python3 --version && cat "$2")" environment "$2"
}

# environment makes one at a path: environment <requirements> <path>
environment() {
	# Python compiles what it imports at the first import: most of what is installed never is.
	python3 -m venv "$2" &&
		exec "$2/bin/pip" install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement "$1"
}

# verapdf fetches one file of 9 MB, of Maven Central; MPL-2.0 or GPL-3, and only tests run it:
# verapdf <sum> <folder>
verapdf() {
	mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory="$2" \
		-Dmdep.stripVersion=true -Dartifact=org.verapdf.apps:greenfield-apps:1.28.2 &&
		(cd "$2" && echo "$1" | sha256sum --check --quiet)
}

for what in "$@"; do
	printf '\n== install: %s\n' "$what"
	case $what in
	node)
		if ! command -v npm >/dev/null; then
			missing 'npm: the tests with Node.js are skipped'
		else
			kept node_modules "$(node --version && cat package-lock.json)" packages
		fi
		;;
	python) python .venv .ci/requirements.txt ;;
	sam) python .venv-sam .ci/requirements-sam.txt ;;
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
		debian mvn maven
		if command -v mvn >/dev/null; then
			sum='687d4d8bcfec48c9f7e931cf78ed061f1eeccfba55d4cdc000ba9b4d8aa46ce6  greenfield-apps.jar'
			kept .verapdf "$sum" verapdf "$sum"
		fi
		;;
	java) debian java openjdk-17-jre-headless ;;
	*) echo "nothing is called $what" && exit 2 ;;
	esac
done
