# Everything is set up by the targets themselves: a git, a Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: demo test check bench packages clean

demo: $(STAMP)  ## a real town on a real repository, worked by the embedded agent
	$(BIN)/gt demo

test: $(STAMP) check  ## static checks, then all tests
	$(BIN)/pytest -n 2

check: $(STAMP)  ## lint, format, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

packages: $(STAMP)  ## builds the packages and tries them
	$(BIN)/python -m pip install --quiet --group packages
	PYTHON=$(BIN)/python packaging/check

bench: $(STAMP)  ## costs as ratios to a bare Python start
	$(BIN)/python -m tests.bench

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[tray]' --group dev
	touch $(STAMP)

clean:  ## remove what the targets above made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .cache
