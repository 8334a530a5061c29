#!/usr/bin/env bash
# Writes the files that are made from the code. With --check: writes nothing, fails if one of them differs from the code.
set -euo pipefail
cd "$(dirname "$0")/.."

types=app/ui/src/lib/types/generated.ts
raw=$(mktemp)
fresh=$(mktemp)
trap 'rm -f "$raw" "$fresh"' EXIT

scripts/npm.sh
scripts/ui.sh
scripts/cargo.sh run --quiet --package tests --bin export-types -- "$raw"
(cd app/ui && node_modules/.bin/prettier --stdin-filepath "${types#app/ui/}") <"$raw" >"$fresh"
if [ "${1:-}" = --check ]; then
	diff -u "$types" "$fresh" || {
		printf 'generated: %s is not what the Rust types say; run: make generated\n' "$types" >&2
		exit 1
	}
else
	mkdir -p "$(dirname "$types")"
	cp "$fresh" "$types"
	chmod 644 "$types"
	printf 'wrote %s\n' "$types"
fi
