# Every target sets itself up: a virtual environment in .venv with the pinned, hashed packages
# of requirements/dev.txt. Needed on the machine: git, make and Python 3.11 or later. No root.
# Another Python, beside the first: make test PYTHON=python3.13 VENV=.venv-3.13
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := $(VENV)/.ready
PACKAGES := $(VENV)/.packages
FILES := src tests download.py face_alignment.py $(wildcard benchmarks)
export NO_MKDOCS_2_WARNING := 1

.PHONY: help setup demo test check format docs bench soak wheel lock clean
help:            ## What can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 10

setup: $(READY)  ## The virtual environment alone
$(READY): $(PACKAGES) pyproject.toml
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
$(PACKAGES): requirements/dev.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.version_info >= (3, 11) or sys.exit(1)' || \
	  { echo "portraitset needs Python 3.11 or later with venv (on Debian: python3-venv);" \
	         "choose another with make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

demo: $(READY)   ## The whole pipeline on drawn portraits, into demo-output/
	$(BIN)/portraitset demo --workspace demo-output

test: $(READY)   ## The tests, spread over all cores (about six minutes on two)
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(READY)  ## What CI runs: format, lint, types, import rules, documents, tests
	$(BIN)/ruff format --check $(FILES)
	$(BIN)/ruff check $(FILES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict
	$(MAKE) test
	$(BIN)/python -m pytest -n auto --dist worksteal --without-shared

format: $(READY) ## Put the code into the house's format
	$(BIN)/ruff format $(FILES)
	$(BIN)/ruff check --fix $(FILES)

docs: $(READY)   ## The documents as a site, at a local address
	$(BIN)/mkdocs serve

bench: $(READY)  ## Measure this machine
	$(BIN)/portraitset bench align
	$(BIN)/portraitset bench download
	$(BIN)/portraitset bench export
	$(BIN)/portraitset bench job

soak: $(READY)   ## The long counts: kills, random cases
	$(BIN)/python -m pytest -m soak --override-ini addopts=

wheel: $(READY)  ## A wheel in dist/
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock:            ## Renew the pins (needs uv); read the diff before committing it
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra all --group dev pyproject.toml --output-file requirements/dev.txt

clean:           ## Remove what make made
	rm -rf .venv .venv-* dist site demo-output bench-output
