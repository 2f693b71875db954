# ClicID. `make demo` and `make test` each work alone on a fresh clone of a bare machine
# (Debian with Python 3.11, pip, git, make).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
PYTEST_ARGS ?=
PROCESSES ?= 2

.PHONY: help demo test check up doctor prove bench eval lint format types imports lock clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { echo "ClicID needs Python 3.11 or later: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ClicID needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml $(VENV)/.created
	@echo "Installing what ClicID runs on, by hash (about 1 GB; some minutes the first time) ..."
	@$(PIP) -r requirements/build.txt
	@$(PIP) --no-build-isolation -r requirements/runtime.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing what the tests and checks need, by hash ..."
	@$(PIP) --no-build-isolation -r requirements/dev.txt
	@touch $@

build/assets/.fetched: tools/fetch_assets.py requirements/people.txt $(VENV)/.runtime
	@$(BIN)/python tools/fetch_assets.py
	@touch $@

demo: $(VENV)/.runtime build/assets/.fetched ## the whole story on real input, in the terminal
	@$(BIN)/clicid-sandbox demo $(DEMO_ARGS)

up: $(VENV)/.runtime build/assets/.fetched ## a ClicID network that stays up, with ten test people
	@$(BIN)/clicid-sandbox up

doctor: $(VENV)/.runtime ## what is installed, reachable and in time
	@$(BIN)/clicid-sandbox doctor

test: $(VENV)/.dev build/assets/.fetched ## unit, vector, property and end-to-end tests
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

check: lint types imports test ## what CI runs

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

format: $(VENV)/.dev ## put the code into the house's form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: $(VENV)/.dev
	@$(BIN)/mypy

imports: $(VENV)/.dev
	@$(BIN)/lint-imports

prove: $(VENV)/.dev build/assets/.fetched ## the long proofs at full size; writes build/prove.json
	@$(BIN)/python -m tests.prove

bench: $(VENV)/.dev ## figures beside a peer measured in the same run; writes build/bench.json
	@$(BIN)/python -m benchmarks

eval: $(VENV)/.dev build/assets/.fetched ## error rates of the engines on labelled images; writes build/eval
	@$(BIN)/python -m evaluation $(EVAL_ARGS)

lock: ## write the requirement files anew (needs uv)
	@for f in build runtime dev; do uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-strip-extras --no-header --no-annotate --python-version 3.11 --universal --upgrade requirements/$$f.in -o requirements/$$f.txt; done

clean: ## remove what was built, but not the virtual environment
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
