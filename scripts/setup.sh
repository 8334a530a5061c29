#!/usr/bin/env bash
# What the machine must have. `setup.sh build` for building and running, `setup.sh check` for `make check`, `setup.sh test` for
# the tests' browser and window, `setup.sh doors` for the judges of `make test-doors`.
# Asks dpkg first, so a machine that has everything is through in a moment; installs the rest with apt (sudo where not root).
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

browser() { # the Chromium or Chrome of this machine
	local path
	for path in "${ANCU_CHROMIUM:-}" /usr/bin/{chromium,chromium-browser,google-chrome-stable,google-chrome} /snap/bin/chromium; do
		[ -n "$path" ] && [ -x "$path" ] || continue
		# A script that only says where the snap is.
		if [ "$path" = /usr/bin/chromium-browser ] && head -c 2000 "$path" | grep -aq 'snap install'; then continue; fi
		printf '%s\n' "$path"
		return
	done
	return 1
}

need=${1:-build}
packages=(build-essential pkg-config libssl-dev libwebkit2gtk-4.1-dev)
if [ "$need" = test ]; then
	packages+=(webkit2gtk-driver xvfb xauth)
	# What of this kind is here is taken (tests/harness/system.mjs looks in the same places).
	if ! browser >/dev/null; then
		# Ubuntu's packages of that name hold no browser, only a script that asks for a snap.
		if grep -q '^ID=ubuntu' /etc/os-release; then
			fail "no Chromium, and Ubuntu's archive has none. Do one of these, then try again:
  sudo snap install chromium                  where snapd runs
  sudo apt install ./google-chrome-stable_current_amd64.deb
                                              after fetching that file from https://www.google.com/chrome
  export ANCU_CHROMIUM=/path/to/chrome        any Chromium or Chrome that is here already"
		fi
		packages+=(chromium)
	fi
fi

if [ "$need" = doors ]; then
	command -v java >/dev/null || packages+=(default-jre-headless)
fi
if [ "$need" = doors ] || [ "$need" = check ]; then
	python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
fi

at_least() { # at_least 1.95 "$version"
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

command -v cargo >/dev/null || fail "no Rust toolchain: install Rust 1.95 or newer (https://rustup.rs)"
rust=$(rustc --version | cut -d' ' -f2)
at_least 1.95 "$rust" || fail "rustc $rust is too old: 1.95 or newer is needed"
nodes="20 (20.19 or newer), 22 (22.13 or newer) or 24 and newer"
command -v node >/dev/null && command -v npm >/dev/null || fail "no Node.js: install Node $nodes, with npm"
node=$(node --version | tr -d v)
case $node in
20.*) at_least 20.19 "$node" ;;
22.*) at_least 22.13 "$node" ;;
*) at_least 24 "$node" ;;
esac || fail "Node $node does not do: $nodes is needed"

command -v dpkg-query >/dev/null || fail "no dpkg here: install the equivalents of: ${packages[*]}"
missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || fail "missing packages and no sudo; as root: apt-get install -y --no-install-recommends ${missing[*]}"
	as_root=(sudo)
fi
# mold links faster; wanted, not needed, so its absence from an older release's archive is no error.
if ! command -v mold >/dev/null; then missing+=(mold); fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	"${as_root[@]}" apt-get install -y --no-install-recommends "$@" >"$log" 2>&1
}
printf '\n── Installing system packages: %s\n' "${missing[*]}"
if ! "${as_root[@]}" apt-get update >"$log" 2>&1; then
	cat "$log" >&2
	fail "apt-get update failed (see above)"
fi
if ! install "${missing[@]}"; then
	kept=()
	for package in "${missing[@]}"; do [ "$package" = mold ] || kept+=("$package"); done
	if ! install "${kept[@]}"; then
		tail -n 30 "$log" >&2
		fail "apt-get install failed (see above)"
	fi
fi
printf '── System packages are there\n'
