#!/usr/bin/env bash
# Builds the UI into app/ui/dist, which the app embeds when it is compiled and the server hands to browsers.
# Skipped when no source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/npm.sh
stamp=target/stamps/ui
if [ -f app/ui/dist/index.html ] && [ -f "$stamp" ] && [ "$stamp" -nt target/stamps/npm ] &&
	[ -z "$(find app/ui -newer "$stamp" -type f \
		-not -path '*/node_modules/*' -not -path 'app/ui/dist/*' -not -path 'app/ui/e2e/*' -not -path 'app/ui/src/paraglide/*' \
		-print -quit)" ]; then
	exit 0
fi
mkdir -p target/stamps
touch "$stamp.begun"
scripts/step.sh "Building the UI" npm --prefix app/ui run build
mv "$stamp.begun" "$stamp"
