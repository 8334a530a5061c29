#!/usr/bin/env bash
# The packages of the UI and of the tests, exactly as their lock files name them; again only when a lock file or Node changed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Browsers come from the system's packages: nothing is fetched behind npm's back.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_config_fund=false npm_config_audit=false
mkdir -p target/stamps

install() { # folder, stamp, what
	local want
	want="$(sha256sum <"$1/package-lock.json" | cut -d' ' -f1) node $(node --version)"
	if [ -d "$1/node_modules" ] && [ "$(cat "target/stamps/$2" 2>/dev/null)" = "$want" ]; then
		return
	fi
	scripts/step.sh "Installing $3" npm --prefix "$1" ci --no-progress --include=dev
	printf '%s\n' "$want" >"target/stamps/$2"
}
install app/ui npm "the UI's packages"
install tests npm-tests "the tests' packages"
