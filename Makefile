# .venv holds every tool. It is updated when requirements.lock or pyproject.toml changes.
PYTHON ?= python3
ARGS   ?=
BIN    := .venv/bin
STAMP  := .venv/.stamp

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench proof format docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ticketing needs Python 3.11 or later: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setup: installing requirements.lock into .venv (about a minute the first time)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-index --no-deps --no-build-isolation \
	  --config-settings editable_mode=compat --editable .
	@touch $@

setup: $(STAMP) ## create .venv and install everything, pinned by hash

demo: $(STAMP) ## start a marketplace with real shows to try out
	@$(BIN)/ticketing demo $(ARGS)

test: $(STAMP) ## run the tests (ARGS="tests/orders -x")
	$(BIN)/pytest -n 6 --dist worksteal -m "not slow" $(ARGS)

check: $(STAMP) ## lint, format, types, layers, conventions, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/conventions
	$(BIN)/python -m docs.generate --check

bench: $(STAMP) ## run the benchmarks (ARGS="locks --quick")
	@$(BIN)/python -m bench $(ARGS)

proof: $(STAMP) ## run the slow tests: more seeds, more races, more faults
	$(BIN)/pytest -n 2 -m slow $(ARGS)

format: $(STAMP) ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## regenerate the generated pages
	$(BIN)/python -m docs.generate

lock: $(STAMP) ## update the pins after a change in pyproject.toml (ARGS=--upgrade for newer versions)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras \
	  --custom-compile-command "make lock" $(ARGS) pyproject.toml -o requirements.lock

clean: ## remove .venv and everything that tools made
	rm -rf .venv build dist *.egg-info .coverage .coverage.* htmlcov snapshot_report.html
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
