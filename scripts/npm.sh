#!/usr/bin/env bash
# The UI's packages, exactly as its lock file names them; again only when the lock file or Node changed.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=target/stamps/npm
want="$(sha256sum <app/ui/package-lock.json | cut -d' ' -f1) node $(node --version)"
if [ -d app/ui/node_modules ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
	exit 0
fi
# Browsers come from the system's packages: nothing is fetched behind npm's back.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_config_fund=false npm_config_audit=false
scripts/step.sh "Installing the UI's packages" npm --prefix app/ui ci --no-progress
mkdir -p target/stamps
printf '%s\n' "$want" >"$stamp"
