# Sarcoma Outlook. `make outlook` sets everything up and shows an outlook; `make test` runs the whole suite.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXAMPLE := examples/case.json

.DEFAULT_GOAL := help
.PHONY: help outlook test test-pages test-pseudo fuzz check bench peers format clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

outlook: $(STAMP) ## set up, then show the outlook of a made-up person
	@$(BIN)/sarcoma outlook --file $(EXAMPLE) --survival

test: $(STAMP) ## everything the tests need, then the suite (axe over every page: test-pages)
	@sh scripts/chromium.sh
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m 'not pages'

test-pages: $(STAMP) ## axe over every page, in light and dark, on a desk and on a phone (some minutes)
	@sh scripts/chromium.sh
	@$(BIN)/python -m pytest -m pages

test-pseudo: $(STAMP) ## the suite once more with every sentence replaced: nothing may depend on one
	@SARCOMA_PSEUDO=1 PYTHONPATH=tests/pseudo $(BIN)/python -m pytest -n auto --dist loadgroup -m 'not pages'

FUZZ_INPUTS ?= 25000
fuzz: $(STAMP) ## 100,000 hostile inputs: every public name, command, address and field (about an hour)
	@FUZZ_INPUTS=$(FUZZ_INPUTS) $(BIN)/python -m pytest -n auto tests/fuzz

check: $(STAMP) ## ruff, mypy --strict (the examples of the docs too), import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/typed_examples.py
	$(BIN)/lint-imports

bench: $(STAMP) ## measure the speeds that the docs name
	@$(BIN)/python benchmarks/outlook.py
	@$(BIN)/python benchmarks/cohort.py
	@$(BIN)/python benchmarks/web.py
	@$(BIN)/python benchmarks/validation.py

peers: $(STAMP) ## measure the survival core beside other packages (about an hour; R if it is there)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench,fast]'
	@$(BIN)/python benchmarks/survival.py --write

format: $(STAMP) ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment and everything built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src -name compiled.json -delete
