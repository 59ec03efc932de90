# Set-up and daily work. A bare checkout needs Python >= 3.11 with venv, git and make; uv does the rest.

# Another environment that happens to be active must not be the one that is filled or run.
unexport VIRTUAL_ENV
unexport PYTHONHOME
unexport PYTHONPATH
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

PYTHON := .venv/bin/python
UV := $(shell command -v uv)
INSTALLED := .venv/.installed

.PHONY: help install demo test fuzz simulate month load drill drill-network lint check audit mutate docs clean

help:
	@echo 'make demo          the whole pipeline with sample leads, on your machine; KEEP=1 leaves it running'
	@echo 'make test          the whole test suite'
	@echo 'make lint          style, types and the import contract'
	@echo 'make check         lint and test'
	@echo 'make audit         what is known against the versions that are locked'
	@echo 'make mutate        whether the tests notice small changes of identity and merge (minutes)'
	@echo 'make simulate      histories of all three systems with faults: N=10000 of them, JOBS=2; SEED=n one of them again'
	@echo 'make month         a month of edits and faults at Zoho, some minutes: SEED=1, DAYS=30'
	@echo 'make load          both flows every minute while everybody is at work: MINUTES=24, SEED=1'
	@echo 'make drill         everything killed with -9 at random instants: N=200 times, half a minute each; SEED=n, BARE=1'
	@echo 'make drill-network what goes wrong between the systems, for each flow: half an hour, then a table; ONLY=clock'
	@echo 'make fuzz          what comes from outside, bent in every way: N=10000 for each parser'
	@echo 'make docs          the pages that are made from code'
	@echo 'make clean         remove everything that was made here, .venv included'

install: $(INSTALLED)

# Without uv on PATH it comes from PyPI into .venv itself, where --inexact keeps it.
$(INSTALLED): pyproject.toml uv.lock
ifneq ($(UV),)
	uv sync --frozen
else
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(PYTHON) || python3 -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	$(PYTHON) -m uv sync --frozen --inexact
endif
	@touch $@

demo: $(INSTALLED)
	@$(PYTHON) -m sandbox.demo $(if $(filter-out 0,$(KEEP)),--keep)

# A file's tests stay in one process, in their order; each process has a world of its own.
test: $(INSTALLED)
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# For each of some fifteen parsers.
fuzz: N = 10000
fuzz: $(INSTALLED)
	FUZZ_EXAMPLES=$(N) $(PYTHON) -m pytest tests/fuzz

N ?= 1000
JOBS ?= 2
simulate: $(INSTALLED)
	@$(PYTHON) -m tests.simulation --jobs $(JOBS) $(if $(SEED),--seed $(SEED),--histories $(N))

DAYS ?= 30
month: $(INSTALLED)
	@$(PYTHON) -m tests.month --days $(DAYS) $(if $(SEED),--seed $(SEED))

MINUTES ?= 24
load: $(INSTALLED)
	@$(PYTHON) -m tests.load --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# The dice of each series are seeded: N=3 SEED=n throws one again (with BARE=1, which is without Prefect, N=6).
drill: N = 200
drill: $(INSTALLED)
	@$(PYTHON) -m tests.drills $(N) $(if $(SEED),--seed $(SEED)) $(if $(BARE),--bare)

# What was seen lies in build/drills/network.md.
drill-network: export DRILL_NETWORK = $(or $(ONLY),all)
drill-network: $(INSTALLED)
	$(PYTHON) -m pytest tests/integration/test_drills/test_network.py

lint: $(INSTALLED)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

check: lint test

# Asks OSV's database for each version; a report, of which nothing hangs.
audit: $(INSTALLED)
	$(if $(UV),uv,$(PYTHON) -m uv) audit --frozen --preview-features audit-command

mutate: $(INSTALLED)
	$(if $(UV),uv,$(PYTHON) -m uv) run --frozen --with mutmut==3.8.1 mutmut run
	$(if $(UV),uv,$(PYTHON) -m uv) run --frozen --with mutmut==3.8.1 mutmut results

docs: $(INSTALLED)
	$(PYTHON) -m leads.catalogue > docs/fields.md
	$(PYTHON) -m deployments.cron.contract > docs/cron-openapi.json
	$(PYTHON) -m tests.supply.licences > docs/licences.md

clean:
	rm -rf .venv .leadsync .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
