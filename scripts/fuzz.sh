#!/usr/bin/env bash
# Fuzzes decoders by name, or all of them in turn, each for so many seconds; what breaks a law is left in target/fuzz/found.
# Needs cargo-fuzz; with a nightly toolchain under the address sanitizer, else without one.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="$1"
shift

command -v cargo-fuzz >/dev/null || {
	printf 'fuzz: no cargo-fuzz here (cargo install cargo-fuzz --locked): nothing was fuzzed\n' >&2
	exit 1
}
toolchain=() sanitizer=none
if cargo +nightly --version >/dev/null 2>&1; then
	toolchain=(+nightly) sanitizer=address
fi
scripts/step.sh "Honest inputs" scripts/cargo.sh run --package tests --bin decoder-seeds -- target/fuzz/corpus
mkdir -p target/fuzz/found
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(cd target/fuzz/corpus && printf '%s\n' *)
for name in "${names[@]}"; do
	printf 'fuzz: %s for %s s\n' "$name" "$seconds"
	cargo "${toolchain[@]}" fuzz run --fuzz-dir tests/fuzz --target-dir target/fuzz/build --sanitizer "$sanitizer" "$name" \
		"target/fuzz/corpus/$name" -- -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 \
		-artifact_prefix="target/fuzz/found/$name-" -print_final_stats=1
done
