#!/usr/bin/env bash
# The demonstration on this machine: server and console, accounts, and the app's window where there is a display.
# Everything it makes is under ./var; remove that folder to begin again. Environment: ANCU_LISTEN (127.0.0.1:8443).
set -euo pipefail
cd "$(dirname "$0")/.."

listen=${ANCU_LISTEN:-127.0.0.1:8443}
url="https://$listen"
server=target/debug/ancu-server
mkdir -p var
chmod 700 var

if [ -f var/demo-accounts.json ]; then
	# Links work once and not for ever: each start hands out new ones.
	seed=(--new-links)
	printf '\n── Making new enrolment links\n'
else
	seed=()
	printf '\n── Seeding a ward with 60 premises and their photos into ./var: half a minute or so\n'
fi
if ! "$server" --data var seed "${seed[@]}" --public-url "$url" >var/seed.log 2>&1; then
	cat var/seed.log >&2
	exit 1
fi

touch var/server.log
said_before=$(wc -c <var/server.log)
coproc SERVER { exec "$server" --data var serve --listen "$listen" --public-url "$url" --ui app/ui/dist 2>>var/server.log; }
server_pid=$SERVER_PID
# At once: the shell takes the coprocess's own descriptor away when that ends. A background job does not inherit it either.
exec {more}<&"${SERVER[0]}"
window_pid=
up=
# Both at once: a window that is still open must not keep the server, nor the other way round.
stop() {
	trap - EXIT INT TERM
	for pid in $window_pid $server_pid; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $window_pid $server_pid; do
		wait "$pid" 2>/dev/null || true
	done
	if [ -n "$up" ]; then
		printf '\nThe server has stopped. ./var keeps its data; `make run` goes on from there.\n'
	fi
	exit "${1:-0}"
}
trap 'stop 0' INT TERM
trap 'stop $?' EXIT

if ! read -r line <&"$more" || [[ "$line" != listening* ]]; then
	wait "$server_pid" 2>/dev/null || true
	# Only what this start said; its last word is the reason and the remedy.
	said=$(tail -c "+$((said_before + 1))" var/server.log)
	reason=$(sed -n '/^ancu-server: /,$p' <<<"$said")
	printf '%s\n' "${reason:-$said}" >&2
	exit 1
fi
up=yes
# Read on, so that the server never waits for us.
cat <&"$more" >>var/server.log &

cat <<TEXT

An Cư is up.
  Console      $url   (your browser warns: the certificate is this machine's own, its authority is var/tls/ca.pem)
  API          $url/api/openapi.json
  Log          var/server.log

Accounts of the demonstration (also in var/demo-accounts.json):
TEXT
node scripts/accounts.mjs var/demo-accounts.json

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
	printf '\nThere is no display here, so the app'"'"'s window stays closed. Server and console stay up until Ctrl-C.\n'
else
	printf '\nOpening the app'"'"'s window (its data: var/app). In it, paste an enrolment link from above.\n'
	# In the background: a shell hears no signal while it waits for a program in front.
	ANCU_DATA_DIR="${ANCU_DATA_DIR:-$PWD/var/app}" target/debug/ancu &
	window_pid=$!
	wait "$window_pid" || printf 'The window ended with status %s.\n' $?
	window_pid=
	printf 'The window is closed. Server and console stay up until Ctrl-C.\n'
fi
wait "$server_pid"
