#!/usr/bin/env bash
# Dependencies (licences, bans, advisories) and spelling, with tools that take long to install: for who has them.
set -euo pipefail
cd "$(dirname "$0")/.."

ran=0
if command -v cargo-deny >/dev/null; then
	scripts/step.sh "Dependencies" cargo deny check
	ran=1
else
	printf 'audit: no cargo-deny here (cargo install cargo-deny --locked): dependencies were not checked\n' >&2
fi
if command -v typos >/dev/null; then
	scripts/step.sh "Spelling" typos
	ran=1
else
	printf 'audit: no typos here (cargo install typos-cli --locked): spelling was not checked\n' >&2
fi
[ "$ran" = 1 ]
