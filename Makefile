# The front door: needs python3 (3.11 or 3.12) and make, nothing else.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
SOURCE ?=
LICENCE ?=
ATTRIBUTION ?=
PORT ?= 8000
UV := --python-version 3.11 --no-header --no-annotate --no-emit-index-url --quiet
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo up down test check fix bench lock browser

help:  ## what there is
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 10

setup: .venv/.complete  ## the virtual environment in .venv (about 2 minutes, 3 GB)

# torch comes first and exactly pinned, so that pip takes the CPU build it finds.
.venv/.complete: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
		|| { echo "Emocast needs Python 3.11 or 3.12; name one with make PYTHON=…"; exit 1; }
	@echo "Setting up .venv (once; about 2 minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-deps --no-compile -r requirements/dev.txt 2> .venv/pip.log \
		|| { cat .venv/pip.log; exit 1; }
	@touch $@

demo: setup  ## the whole road on the sample, or on SOURCE=… (LICENCE=… ATTRIBUTION=…)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo "$(SOURCE)" --licence "$(LICENCE)" --attribution "$(ATTRIBUTION)"

up: setup  ## web, workers and beat in the foreground, at PORT=8000
	@$(MANAGE) up --port $(PORT)

down:  ## stop the embedded PostgreSQL and Redis
	@test ! -x $(BIN)/python || $(MANAGE) down

test: setup  ## all tests; browser tests where a chromium is found
	@$(BIN)/python -m pytest -q
	@$(BIN)/python -m pytest -q -m engine
	@$(BIN)/python -m pytest -q -m browser

check: setup  ## format, lint, contracts, types, migrations, schema; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(MANAGE) makemigrations --check --dry-run
	@$(MANAGE) check --fail-level WARNING
	@$(MANAGE) states --check
	@$(MANAGE) spectacular --validate --fail-on-warn --file var/openapi.yml && diff -q var/openapi.yml docs/openapi.yml

fix: setup  ## what a machine can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup  ## figures, one JSON line each
	@for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

lock: setup  ## requirements/*.txt anew from pyproject.toml; the dev lock leads, the others agree
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml $(UV) --upgrade --extra speech --extra dev -o requirements/dev.txt
	@$(BIN)/uv pip compile pyproject.toml $(UV) -c requirements/dev.txt --extra speech -o requirements/speech.txt
	@$(BIN)/uv pip compile pyproject.toml $(UV) -c requirements/dev.txt -o requirements/app.txt

browser:  ## Debian's chromium, for browser tests (needs root)
	apt-get update -qq && apt-get install -y -qq chromium chromium-driver
