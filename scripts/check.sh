#!/usr/bin/env bash
# Everything that can be said without running the tests: format, spelling, lints, docs, UI checks, generated files. A warning is
# an error.
set -euo pipefail
cd "$(dirname "$0")/.."

step=scripts/step.sh
cargo=scripts/cargo.sh
scripts/ui.sh
$step "Rust format" cargo fmt --all --check
$step "Spelling" scripts/spelling.sh
if command -v cargo-deny >/dev/null; then
	# Advisories need the network, and change without us: `make audit`.
	$step "Licences, bans and sources of the dependencies" cargo deny --offline check licenses bans sources
else
	printf '\n── Dependencies: no cargo-deny here (cargo install cargo-deny --locked), so their licences were not checked\n'
fi
$step "UI types" npm --prefix app/ui run check
$step "Lint of the UI and of the scripts" npm --prefix app/ui run lint
$step "Format of the UI and of the scripts" npm --prefix app/ui run format:check
$step "Rust lints" $cargo clippy --workspace --all-targets -- -D warnings
# Private items are documented too, so links to them hold.
RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $step "Rust docs" $cargo doc --workspace --no-deps --document-private-items
$step "Generated files" scripts/generated.sh --check
# The shipped data are made from a domain pack that is not shipped with the project.
if [ -d "${ANCU_SHARED:-../shared}/domain" ]; then
	$step "Shipped checklists and units" python3 scripts/domain-pack.py --check
	$step "Demonstration's premises" python3 scripts/demo-premises.py --check
else
	printf '\n── Shipped data: no domain pack here (ANCU_SHARED, or ../shared), so it was not compared with its sources\n'
fi
printf '\n── make check: all of it holds\n'
