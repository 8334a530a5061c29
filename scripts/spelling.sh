#!/usr/bin/env bash
# Spelling of English texts, by typos; what it passes over stands in typos.toml. A second when it is there; the first time its
# wheel (one program, no other packages) is put into an environment of its own under target/.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned: another version's list of words would fail a tree that held yesterday.
want=1.52.0
tools=$PWD/target/spelling
typos=$tools/bin/typos
if [ ! -x "$typos" ] || [ "$("$typos" --version)" != "typos-cli $want" ]; then
	mkdir -p target
	python3 -m venv --clear "$tools"
	# Never its source: that would be built for minutes.
	"$tools/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "typos==$want"
fi
# A file that is named is read whatever the patterns say: the English texts of the screens among the other JSON.
"$typos" . app/ui/messages/en.json app/ui/messages/console/en.json
