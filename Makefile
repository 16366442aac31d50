# Everything that a fresh machine with Python and make needs: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all check lmp bench lock clean

demo: $(READY)  ## run a study on a small country that the package draws itself
	$(BIN)/lmpeval demo --out demo

test: check  ## formatting, lint, types, import order, then the tests (twenty minutes or more on two cores)
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow" --cov --cov-report=term

test-all: check  ## the same with what takes longer
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

DATA ?= ../shared/data
lmp: $(READY)  ## run the studies of the Dutch pioneer sites on the published data in DATA
	$(BIN)/lmpeval run configs/lmp/*.yaml --data $(DATA) --out results

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(None if ok else f"Python 3.11 to 3.13 needed, found {sys.version.split()[0]}")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

PEERS := .venv-bench
bench: $(PEERS)/.ready  ## time everything beside peers, which have an environment of their own, into benchmarks/RESULTS.md
	$(PEERS)/bin/python benchmarks/all_of_them.py

$(PEERS)/.ready: requirements.lock pyproject.toml benchmarks/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	$(PEERS)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(PEERS)/bin/python -m pip install --quiet -r benchmarks/requirements.txt
	touch $@

lock:  ## renew the lock file (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	  --no-header --no-annotate --no-emit-index-url --output-file requirements.lock

clean:
	rm -rf $(VENV) $(PEERS) demo results mlflow.db mlartifacts .mypy_cache .ruff_cache .pytest_cache .coverage
