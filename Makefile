# An Cư. Two lines for a newcomer: `make run` and `make test`. Every target sets up what it needs itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# With it, `cd scripts/..` may go elsewhere.
unexport CDPATH

.PHONY: help run test simulate crash mutants fuzz test-doors check bench bench-peers demo audit setup ui build generated clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## build, start the server with demonstration data, open the app's window
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building the workspace" scripts/cargo.sh build --workspace
	@scripts/run.sh

test: ## every test: crates, whole system, browser, the app's real window
	@scripts/setup.sh test
	@scripts/ui.sh
	@scripts/test.sh

simulate: ## simulated worlds, every misfortune from a seed: SEEDS=10000 FIRST_SEED=1 (`make test` runs 200)
	@scripts/setup.sh build
	@SEEDS=$(or $(SEEDS),2000) FIRST_SEED=$(or $(FIRST_SEED),1) scripts/step.sh "Simulation" \
		scripts/cargo.sh test --workspace --test simulation -- --nocapture worlds_heal

crash: ## kill -9 of engine and server at random instants: N=2000 SEED=1 (`make test` does 40); nothing lost, nothing invented
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building engine, server and driver" scripts/cargo.sh build --workspace --bins
	@target/debug/crash --kills $(or $(N),2000) --seed $(or $(SEED),1)

mutants: ## mutated envelopes at the real server: N=1000000 SEED=1 (`make test` throws 6000)
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building engine, server and driver" scripts/cargo.sh build --workspace --bins
	@MUTANTS=$(or $(N),1000000) SEED=$(or $(SEED),1) scripts/step.sh "Mutated envelopes" \
		scripts/cargo.sh test --workspace --test it -- --nocapture mutated_envelopes

fuzz: ## decoders under libFuzzer (needs cargo-fuzz): ONLY="guard link" SECONDS=60 each; what is found becomes a test
	@scripts/setup.sh build
	@scripts/fuzz.sh $(or $(SECONDS),60) $(ONLY)

test-doors: ## programs of others judge what we make: expressions, filled forms, forms
	@scripts/setup.sh doors
	@scripts/test-doors.sh

check: ## format, spelling, lints, docs, UI checks, generated files; warnings are errors
	@scripts/setup.sh check
	@scripts/check.sh

demo: ## the main job, headless: two devices, a real server, every step told and proved
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building the workspace" scripts/cargo.sh build --workspace
	@target/debug/demo

bench: ## release builds; JSON lines, each limit measured in the same run; ONLY="name name" runs some, DEVICES=2000 as many
	@scripts/bench.sh $(ONLY)

bench-peers: ## the same job on ours and on PouchDB with express-pouchdb, in one run: RECORDS=1000
	@scripts/bench.sh peers

audit: ## licences, bans and advisories of the dependencies (needs cargo-deny)
	@scripts/audit.sh

setup: ## system packages and UI packages only
	@scripts/setup.sh test
	@scripts/npm.sh

ui: ## the UI into app/ui/dist
	@scripts/ui.sh

build: ui ## the whole workspace, debug
	@scripts/step.sh "Building the workspace" scripts/cargo.sh build --workspace

generated: ## write the generated files again: TypeScript types, the protocol's test vectors
	@scripts/generated.sh

clean: ## remove build results and the demonstration's data
	rm -rf target app/ui/dist var
