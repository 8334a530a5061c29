#!/usr/bin/env bash
# Every test there is. Each group's closing lines are its runner's own.
set -euo pipefail
cd "$(dirname "$0")/.."

step=scripts/step.sh
cargo=scripts/cargo.sh
root=$PWD
export ANCU_SERVER_BIN="$root/target/debug/ancu-server" ANCU_FIELD_BIN="$root/target/debug/ancu-field"
export ANCU_APP_BIN="$root/target/debug/ancu" ANCU_TAURI_DRIVER="$root/target/tools/bin/tauri-driver"

$step "Building the workspace and its tests" $cargo build --workspace --all-targets
if cargo nextest --version >/dev/null 2>&1; then
	$step "Rust tests" $cargo nextest run --workspace --no-fail-fast
else
	$step "Rust tests" $cargo test --workspace --no-fail-fast
fi

shopt -s nullglob globstar
browser=(app/ui/e2e/**/*.test.mjs)
# A runner waits for ever on a process that outlives its test: an end to that is a failure that says where.
limit=(timeout --kill-after=30 1200)
$step "Browser tests" "${limit[@]}" node --test --test-concurrency=1 "${browser[@]}"

# Another implementation against ours: what docs/protocol.md says is enough.
$step "Protocol tests" "${limit[@]}" node --test --test-concurrency=1 tests/protocol/*.test.mjs

# The driver between the window test and WebKit: built once, kept beside the other build results.
if [ ! -x "$ANCU_TAURI_DRIVER" ]; then
	$step "Building tauri-driver" cargo install tauri-driver --version 2.1.0 --locked --debug --quiet --root target/tools
fi
$step "Window tests" "${limit[@]}" xvfb-run --auto-servernum --server-args="-screen 0 1280x1000x24" \
	node --test --test-concurrency=1 tests/window/*.test.mjs
printf '\n── make test: all of it passed\n'
