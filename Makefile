# CRLM Board. `make run` starts everything on this machine, `make test` runs the whole suite.
# Needs Python 3.11 or newer and make; nothing else.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check venv dev-venv demo-reset lock format clean

run: venv
	@DEMO=$${DEMO:-1} $(BIN)/python -m crlm_board.supervise

test: dev-venv
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

bench: dev-venv
	@$(BIN)/python -m decisions.bench

check: dev-venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

format: dev-venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo-reset: venv
	@DEMO=1 $(BIN)/python manage.py migrate --verbosity 0
	@DEMO=1 $(BIN)/python manage.py load_demo --reset

venv: $(VENV)/runtime.stamp
dev-venv: $(VENV)/dev.stamp

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/runtime.stamp: requirements.txt | $(BIN)/python
	@echo "installing what the board needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(BIN)/python
	@echo "installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/runtime.stamp

lock: | $(BIN)/python
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf var $(VENV)
