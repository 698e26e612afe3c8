# Sarcoma Outlook. `make outlook` sets up what a person needs and shows an outlook; `make test` runs the whole suite.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.base
STAMP := $(VENV)/.dev
SPARK := $(VENV)/spark
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXAMPLE := examples/case.json
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
  --no-emit-index-url --no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help outlook test test-pages test-engines test-spark test-pseudo test-vantage6 cover mutate fuzz check bench bench-scale cold soak peers pythons \
  lock release format clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# install LOCK,EXTRAS: the locked versions, each file checked by its hash; where they do not fit this Python, the newest.
define install
	@$(PIP) --require-hashes --requirement $(1) && $(PIP) --no-deps --no-build-isolation --editable . || \
	  { echo "The locked versions cannot be had for this Python: taking the newest that fit"; $(PIP) --editable '.$(2)'; }
endef

# What a person needs. The website, PDFs and tables are parts: $(BIN)/pip install -e '.[serve]' and so on.
$(BASE): pyproject.toml hatch_build.py requirements/base.txt | $(BIN)/python
	@echo "Installing into $(VENV) (once) ..."
	$(call install,requirements/base.txt,)
	@touch $@

# What a developer needs: every part, and the tools.
$(STAMP): pyproject.toml hatch_build.py requirements/dev.txt | $(BIN)/python
	@echo "Installing the tools of development into $(VENV) (once) ..."
	$(call install,requirements/dev.txt,[dev])
	@touch $(BASE) $@

outlook: $(BASE) ## set up, then show the outlook of a made-up person
	@$(BIN)/sarcoma outlook --file $(EXAMPLE) --survival

test: $(STAMP) ## everything the tests need, then the suite (every page: test-pages; databases: test-engines)
	@sh scripts/chromium.sh
	@$(if $(COUNTED),rm -f .coverage .coverage.*)
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m 'not pages and not engines' $(COUNTED)

test-pages: $(STAMP) ## axe over every page, in light and dark, on a desk and on a phone (some minutes)
	@sh scripts/chromium.sh
	@$(BIN)/python -m pytest -m pages

test-engines: $(STAMP) ## a real PostgreSQL (Debian's), a thousand damaged databases, and Spark (some minutes)
	@sh scripts/postgresql.sh
	@$(BIN)/python -m pytest -n auto --dist worksteal -rs -m engines tests/cohort tests/scale/test_score_postgresql.py
	@$(MAKE) --no-print-directory test-spark

test-spark: $(STAMP) ## the part of test-engines that needs Spark, in an environment of its own with Java
	@sh scripts/postgresql.sh
	@sh scripts/spark.sh $(SPARK) $(BIN)/python
	@if [ -f $(SPARK)/.ready ]; then $(SPARK)/bin/python -m pytest -rs -m engines tests/scale; fi

test-pseudo: $(STAMP) ## the suite once more with every sentence replaced: nothing may depend on one
	@SARCOMA_PSEUDO=1 PYTHONPATH=tests/pseudo $(BIN)/python -m pytest -n auto --dist loadgroup -m 'not pages and not engines'

PYTHON313 ?= python3.13
VANTAGE6 := $(VENV)/vantage6
test-vantage6: ## the vantage6 adapter on three simulated hospitals, in an environment of its own (Python 3.13)
	@$(PYTHON313) -c 'import sys; sys.exit(sys.version_info < (3, 13))' || { echo "Python 3.13 or newer is needed; name one: make test-vantage6 PYTHON313=python3.14"; exit 1; }
	@test -x $(VANTAGE6)/bin/pytest || { $(PYTHON313) -m venv $(VANTAGE6) && $(VANTAGE6)/bin/python -m pip install --quiet \
	  --disable-pip-version-check --editable '.[hospitals]' 'vantage6-algorithm-tools==5.0.3' pytest; }
	@PYTHONPATH=adapters/vantage6 $(VANTAGE6)/bin/python -m pytest -q -p no:cacheprovider adapters/vantage6/tests

# The same suite; `make test cover` runs it once for both.
COUNTED = $(if $(filter cover,$(MAKECMDGOALS)),--cov --cov-report=)
cover: test ## the suite with every branch counted: 95 % of patient, models, survival, evidence, 90 % of all
	@$(BIN)/python scripts/covered.py

mutate: $(STAMP) ## change the rules bit by bit and see that a test fails; one module: ONLY=patient/stage (all: hours)
	@$(BIN)/python scripts/mutate.py $(ONLY)

FUZZ_INPUTS ?= 25000
fuzz: $(STAMP) ## 100,000 hostile inputs: every public name, command, address and field (about an hour)
	@FUZZ_INPUTS=$(FUZZ_INPUTS) $(BIN)/python -m pytest -n auto tests/fuzz tests/cohort/test_idea4rc.py tests/cohort/test_cbioportal_export.py

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
	@$(BIN)/python benchmarks/hospitals.py
	@$(BIN)/python benchmarks/scale.py --small --times 3

bench-scale: $(STAMP) ## event tables and scoring up to a hundred million rows, into docs/benchmarks.md (an hour, 10 GB of disk)
	@$(PIP) --editable '.[bench,databases]'
	@$(BIN)/python benchmarks/scale.py --write

cold: $(STAMP) ## CPU of a cold outlook beside importing what it needs
	@$(BIN)/python benchmarks/cold.py

soak: $(STAMP) ## 20 clients for 10 minutes: answers, time and memory stay what they were
	@$(BIN)/python benchmarks/soak.py

peers: $(STAMP) ## measure the survival core beside other packages (about an hour; R if it is there)
	@$(PIP) --editable '.[bench,fast]'
	@$(BIN)/python benchmarks/survival.py --write

pythons: ## a short run of the tests with every Python from 3.11 on that this machine has
	@sh scripts/pythons.sh

lock: $(STAMP) ## write the locks again, for every Python and system
	@$(PIP) uv
	@$(COMPILE) --extra dev --output-file requirements/dev.txt
	@printf '%s\n' 'editables>=0.5' 'hatchling>=1.27' | $(COMPILE) - --output-file requirements/base.txt
	@printf '%s\n' 'editables>=0.5' 'hatchling>=1.27' 'hypothesis>=6.120' 'pyspark[connect]>=4.1' 'pytest>=8.3' | \
	  $(COMPILE) - --extra spark --extra databases --output-file requirements/spark.txt

release: $(STAMP) ## build twice, check in an empty environment, write parts and licences; leaves dist/
	@$(BIN)/python scripts/release.py

format: $(STAMP) ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment and everything built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
	find src \( -name compiled.json -o -name validated.json -o -name '*.seen' \) -delete
