#!/usr/bin/env bash
# Says what runs, runs it, says how long it took and whether it failed. Usage: step.sh "What" command args…
set -uo pipefail
what=$1
shift
printf '\n── %s: %s\n' "$what" "$*"
start=$SECONDS
"$@"
status=$?
if [ $status -eq 0 ]; then
	printf '── %s: done in %s s\n' "$what" $((SECONDS - start))
else
	printf '── %s: FAILED with status %s after %s s\n' "$what" $status $((SECONDS - start)) >&2
fi
exit $status
