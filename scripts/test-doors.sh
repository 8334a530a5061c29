#!/usr/bin/env bash
# Programs of others judge what we make: XPath by openrosa-xpath-evaluator's tables, filled forms by the engine of ODK Web
# Forms (@getodk/xforms-engine), forms by pyxform and ODK Validate.
# Each prints its score and every difference. Sets up what it needs; a corpus that is not here is said, not skipped in silence.
set -euo pipefail
cd "$(dirname "$0")/.."

step=scripts/step.sh
cargo=scripts/cargo.sh
tools=$PWD/target/doors
mkdir -p "$tools" target/stamps

fail() {
	printf 'test-doors: %s\n' "$*" >&2
	exit 1
}
command -v java >/dev/null || fail "ODK Validate needs Java 11 or newer (Debian: default-jre-headless)"
python3 -c 'import venv, ensurepip' 2>/dev/null || fail "pyxform needs Python's venv (Debian: python3-venv)"

npm_want="$(sha256sum <tests/doors/package-lock.json | cut -d' ' -f1) node $(node --version)"
if [ ! -d tests/doors/node_modules ] || [ "$(cat target/stamps/npm-doors 2>/dev/null)" != "$npm_want" ]; then
	npm_config_fund=false npm_config_audit=false $step "Installing the judges' packages" npm --prefix tests/doors ci --no-progress
	printf '%s\n' "$npm_want" >target/stamps/npm-doors
fi
pip_want=$(sha256sum <tests/doors/requirements.txt | cut -d' ' -f1)
if [ ! -x "$tools/python/bin/python" ] || [ "$(cat target/stamps/pip-doors 2>/dev/null)" != "$pip_want" ]; then
	$step "Making a Python environment" python3 -m venv --clear "$tools/python"
	$step "Installing pyxform" "$tools/python/bin/pip" install --quiet --disable-pip-version-check -r tests/doors/requirements.txt
	printf '%s\n' "$pip_want" >target/stamps/pip-doors
fi

$step "Building what is judged" $cargo build --workspace --bin ancu-server --example expression --example sheet
ANCU_EXPRESSION_BIN=$PWD/target/debug/examples/expression \
	$step "Expressions, by openrosa-xpath-evaluator" node tests/doors/expressions.cjs

forms=${ANCU_SHARED:-../shared}/data/xlsforms
filled=(tests/doors/forms sync-server/data/templates)
if [ -d "$forms" ]; then
	filled+=("$forms")
else
	printf '\n── Filled forms: no workbooks of others here (ANCU_SHARED, or ../shared: data/xlsforms), only our own\n'
fi
$step "Filled forms, by @getodk/xforms-engine" node tests/doors/fill.mjs target/debug/examples/sheet "${filled[@]}"

if [ -d "$forms" ]; then
	$step "Forms, by pyxform and ODK Validate" "$tools/python/bin/python" tests/doors/forms.py target/debug/ancu-server "$forms"
else
	printf '\n── Forms: no workbooks of others here (ANCU_SHARED, or ../shared: data/xlsforms), so none were judged\n'
fi
printf '\n── make test-doors: all of it holds\n'
