# An Cư. Two lines for a newcomer: `make run` and `make test`. Every target sets up what it needs itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help run test check bench demo audit setup ui build generated clean

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

check: ## format, lints, docs, UI checks, generated files; warnings are errors
	@scripts/setup.sh build
	@scripts/check.sh

demo: ## the main job, headless: two devices, a real server, every step told and proved
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building the workspace" scripts/cargo.sh build --workspace
	@target/debug/demo

bench: ## release builds; JSON lines, each limit measured in the same run
	@scripts/setup.sh build
	@scripts/ui.sh
	@scripts/step.sh "Building in release mode" scripts/cargo.sh build --release --package tests --bin bench --package ancu-sync-server --bin ancu-server
	@target/release/bench

audit: ## dependencies and spelling (needs cargo-deny and typos)
	@scripts/audit.sh

setup: ## system packages and UI packages only
	@scripts/setup.sh test
	@scripts/npm.sh

ui: ## the UI into app/ui/dist
	@scripts/ui.sh

build: ui ## the whole workspace, debug
	@scripts/step.sh "Building the workspace" scripts/cargo.sh build --workspace

generated: ## write the generated TypeScript types again
	@scripts/generated.sh

clean: ## remove build results and the demonstration's data
	rm -rf target app/ui/dist var
