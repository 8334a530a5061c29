#!/usr/bin/env bash
# cargo from the project's root, linking with mold where it is there: only faster, the result is the same.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v mold >/dev/null; then
	exec mold -run cargo "$@"
fi
exec cargo "$@"
