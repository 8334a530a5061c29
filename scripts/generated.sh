#!/usr/bin/env bash
# Writes the files that are made from the code. With --check: writes nothing, fails if one of them differs from the code.
set -euo pipefail
cd "$(dirname "$0")/.."

types=app/ui/src/lib/types/generated.ts
vectors=docs/protocol-vectors
raw=$(mktemp)
fresh=$(mktemp)
fresh_vectors=$(mktemp -d)
trap 'rm -rf "$raw" "$fresh" "$fresh_vectors"' EXIT

scripts/npm.sh
scripts/ui.sh
scripts/cargo.sh run --quiet --package tests --bin export-types -- "$raw"
scripts/cargo.sh run --quiet --package tests --bin protocol-vectors -- "$fresh_vectors"
(cd app/ui && node_modules/.bin/prettier --stdin-filepath "${types#app/ui/}") <"$raw" >"$fresh"
if [ "${1:-}" = --check ]; then
	diff -u "$types" "$fresh" || {
		printf 'generated: %s is not what the Rust types say; run: make generated\n' "$types" >&2
		exit 1
	}
	diff -ru "$vectors" "$fresh_vectors" || {
		printf 'generated: %s is not what the Rust code says; run: make generated\n' "$vectors" >&2
		exit 1
	}
else
	mkdir -p "$(dirname "$types")"
	cp "$fresh" "$types"
	chmod 644 "$types"
	mkdir -p "$vectors"
	cp "$fresh_vectors"/*.json "$vectors"
	chmod 644 "$vectors"/*.json
	printf 'wrote %s, %s\n' "$types" "$vectors"
fi
