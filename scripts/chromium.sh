#!/usr/bin/env bash
# `chromium.sh path` prints the Chromium or Chrome that the tests use; `chromium.sh get` brings one from the npm registry into
# target/tools/chromium where the machine and its package archive have none. Asked by setup.sh and by the tests' harness.
set -euo pipefail
cd "$(dirname "$0")/.."

ours=$PWD/target/tools/chromium/chromium
path() {
	local path
	for path in "${ANCU_CHROMIUM:-}" /usr/bin/{chromium,chromium-browser,google-chrome-stable,google-chrome} /snap/bin/chromium "$ours"; do
		[ -n "$path" ] && [ -x "$path" ] || continue
		# Ubuntu's package of that name is a script that only says where the snap is.
		if [ "$path" = /usr/bin/chromium-browser ] && head -c 2000 "$path" | grep -aq 'snap install'; then continue; fi
		printf '%s\n' "$path"
		return
	done
	return 1
}

case ${1:-path} in
path) path || { printf 'no Chromium: run scripts/setup.sh test, or set ANCU_CHROMIUM\n' >&2 && exit 1; } ;;
get)
	if path >/dev/null; then exit 0; fi
	if [ "$(uname -m)" != x86_64 ]; then
		printf '%s\n' "no Chromium, and none to be had from a package archive here. Install one (snap install chromium), or
  export ANCU_CHROMIUM=/path/to/chrome" >&2
		exit 1
	fi
	scripts/step.sh "Fetching Chromium" npm --prefix tests/chromium ci --ignore-scripts --no-progress --no-fund --no-audit
	scripts/step.sh "Unpacking Chromium" node tests/chromium/unpack.mjs target/tools/chromium
	;;
esac
