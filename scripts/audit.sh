#!/usr/bin/env bash
# Licences, bans, sources and advisories of the dependencies, with a tool that takes long to install: for who has it.
# What of it needs no network, and the spelling, is part of `make check` too.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v cargo-deny >/dev/null || {
	printf 'audit: no cargo-deny here (cargo install cargo-deny --locked): dependencies were not checked\n' >&2
	exit 1
}
scripts/step.sh "Dependencies" cargo deny check
