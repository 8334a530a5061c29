#!/usr/bin/env bash
# Benches by name, or all of them. Standard output is JSON lines and nothing else. `peers` installs the other system first.
set -euo pipefail
cd "$(dirname "$0")/.."

{
	scripts/setup.sh build
	scripts/ui.sh
	if [[ " $* " == *" peers "* ]]; then
		want="$(sha256sum <tests/peers/package-lock.json | cut -d' ' -f1) node $(node --version)"
		if [ ! -d tests/peers/node_modules ] || [ "$(cat target/stamps/npm-peers 2>/dev/null)" != "$want" ]; then
			# LevelDB comes built within its package: nothing is compiled, no script of a package runs.
			npm_config_fund=false npm_config_audit=false scripts/step.sh "Installing PouchDB and express-pouchdb" \
				npm --prefix tests/peers ci --no-progress --ignore-scripts
			printf '%s\n' "$want" >target/stamps/npm-peers
		fi
	fi
	scripts/step.sh "Building in release mode" scripts/cargo.sh build --release --package tests --bin bench \
		--package ancu-sync-server --bin ancu-server
} >&2
exec target/release/bench "$@"
