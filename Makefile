# Everything is done in .venv, which is made when it is missing. Needs Python 3.11 or newer, and nothing else.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := .cache/clients
WORKERS ?= auto
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test slow check lint docs bench pictures pin clean

help: ## show these lines
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

demo: $(VENV)/installed ## set up, fetch the embedded models, ask one about an invented island
	@$(BIN)/expunge models pull
	@$(BIN)/expunge demo

test: test-environment ## set up, fetch the embedded models, run the test suite but for its slow tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow"

slow: test-environment ## set up as `make test` does, run the slow tests
	@$(BIN)/python -m pytest -m slow

check: $(VENV)/installed-dev ## within a minute: format, style, types, layers, and the tests of what changed since the last commit
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/changed_tests.py | xargs -r $(BIN)/python -m pytest -m "not slow"

.PHONY: test-environment
test-environment:
	@$(MAKE) --no-print-directory $(VENV)/bin/python
	@$(MAKE) --no-print-directory -j2 $(VENV)/installed-dev $(CLIENTS)/installed
	@$(BIN)/expunge models pull

lint: $(VENV)/installed-dev ## check format, style, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/installed ## write docs/cli.md anew from the help texts
	@$(BIN)/python -m expunge.cli.reference

bench: $(VENV)/installed ## measure the screen, the registry and the pipeline
	@$(BIN)/python -m benchmarks all

pictures: $(VENV)/installed ## look at every page of the console in Chromium, with axe, at three widths, light and dark (needs npm, Chromium)
	@test -d .cache/console/node_modules/axe-core || npm install --silent --no-audit --no-fund --prefix .cache/console playwright-core@1.65.2 axe-core@4.14.1
	@NODE_MODULES=$(CURDIR)/.cache/console/node_modules $(BIN)/python tools/console_server.py node tools/console_pictures.mjs URL KEY .cache/console/pictures
	@echo "Pictures: .cache/console/pictures"

pin: ## write constraints*.txt anew with the newest releases that pyproject.toml allows
	@$(MAKE) --no-print-directory $(VENV)/bin/python
	@rm -rf .cache/pin && $(BIN)/python -m venv .cache/pin && .cache/pin/bin/python -m pip -q install uv
	@for pair in constraints.txt: constraints-embedded.txt:--extra=embedded constraints-dev.txt:--extra=dev; do \
		case $$pair in *:) echo pip;; *) printf 'hatchling\neditables\npip\n';; esac | .cache/pin/bin/uv -q pip compile pyproject.toml - $${pair#*:} \
			--upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
			--no-emit-index-url --no-emit-find-links -o $${pair%%:*} >/dev/null || exit 1; done
	@.cache/pin/bin/uv -q pip compile tests/clients/requirements.in --upgrade --universal --generate-hashes \
		--python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		-o constraints-clients.txt >/dev/null

clean: ## delete the virtual environment and caches
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "expunge needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "expunge needs Python 3.11 or newer, and $(PYTHON) is older or missing: name another with make PYTHON=/path/to/python3." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The virtual environment could not be made: install Python's venv module (Debian, Ubuntu: apt install python3-venv)." >&2; exit 2; }

# --no-deps: the constraints hold everything; without it pip asks for newer releases of what another package wants with an extra.
$(VENV)/installed: constraints-embedded.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (about a minute) ..." >&2
	@$(PIP) install -qq --require-hashes --no-deps -r constraints-embedded.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: constraints-dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (about a minute) ..." >&2
	@$(PIP) install -qq --require-hashes --no-deps -r constraints-dev.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/installed

# Clients that the gateway is tested with: they pin other releases than ours, so they get an environment of their own.
$(CLIENTS)/installed: constraints-clients.txt | $(VENV)/bin/python
	@echo "Installing clients to test with into $(CLIENTS) (about a minute) ..." >&2
	@$(BIN)/python -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip --disable-pip-version-check install -qq --no-compile --require-hashes --no-deps -r constraints-clients.txt
	@touch $@
