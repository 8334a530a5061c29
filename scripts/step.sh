#!/usr/bin/env bash
# Says what runs, runs it, says how long it took. Usage: step.sh "What" command args…
set -euo pipefail
what=$1
shift
printf '\n── %s: %s\n' "$what" "$*"
start=$SECONDS
"$@"
printf '── %s: done in %s s\n' "$what" $((SECONDS - start))
