#!/usr/bin/env bash
# cargo from the project's root, linking with mold where it is there: only faster, the result is the same.
set -euo pipefail
cd "$(dirname "$0")/.."
# Where everything here looks for programs, whatever this machine's settings say.
export CARGO_TARGET_DIR=$PWD/target
unset CARGO_BUILD_TARGET
# Ubuntu 22.04 has one that is older than what Rust asks of a linker.
if command -v mold >/dev/null && [[ "$(mold --version)" != "mold 1.0"* ]]; then
	exec mold -run cargo "$@"
fi
exec cargo "$@"
