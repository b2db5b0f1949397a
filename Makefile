# make run    the dashboard on http://127.0.0.1:8501, with demo data where there is no data yet
# make test   every check
# PORT=8600 and ASN_STORE=/path/to/store change where it answers and which data it shows.

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 127.0.0.1

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# A folder of wheels beside this file (make wheelhouse) replaces the internet.
WHEELS := $(if $(wildcard wheelhouse/*.whl),--no-index --find-links wheelhouse)

.PHONY: help run run-import test lint wheelhouse screenshots bench clean
.DELETE_ON_ERROR:

help:
	@sed -n '/^# /s/^# //p' Makefile | head -3

# Making demo data replaces records, so it is only done where there are none.
run: export ASN_STORE := $(or $(ASN_STORE),data/store)
run: $(VENV)/run.stamp
	@if [ -e "$$ASN_STORE/current" ]; then :; \
	elif [ -e "$$ASN_STORE/records.duckdb" ]; then \
	  echo "Nothing in $$ASN_STORE has been published yet: publishing its records."; \
	  $(BIN)/python -m analytics publish; \
	else \
	  echo "No data in $$ASN_STORE: making demo data (synthetic), once."; \
	  $(BIN)/python -m analytics demo; \
	fi
	@echo "Dashboard: http://$(ADDRESS):$(PORT)  (Ctrl+C stops it)"
	@exec $(BIN)/python -m streamlit run dashboard.py \
	  --server.address $(ADDRESS) --server.port $(PORT) --server.headless true $(ARGUMENTS)

# The same, and the data page takes files in.
run-import: ARGUMENTS := -- --allow-import
run-import: run

# Tests make their own stores and never see the one in use.
test: lint
	env -u ASN_STORE $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

screenshots: $(VENV)/test.stamp
	$(BIN)/python tests/browser/screenshots.py

bench: $(VENV)/test.stamp
	$(BIN)/python benchmarks/run.py

wheelhouse: $(VENV)/pyvenv.cfg
	@$(ensure_pip)
	$(BIN)/python -m pip download -r requirements.txt -d wheelhouse

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# uv makes environments without pip.
ensure_pip = $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip

ifdef UV
install = UV_COMPILE_BYTECODE=1 uv pip install --python $(BIN)/python
else
install = $(BIN)/python -m pip install --compile --disable-pip-version-check
endif

$(VENV)/pyvenv.cfg:
ifdef UV
	uv venv --python '>=3.11' $(VENV)
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Name a newer one (make $(MAKECMDGOALS) PYTHON=python3.12) or install uv."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make an environment. On Debian and Ubuntu: apt install python3-venv"; \
	  exit 1; }
endif

$(VENV)/run.stamp: requirements.txt $(VENV)/pyvenv.cfg
ifndef UV
	@$(ensure_pip)
endif
	@echo "Installing what requirements.txt names (once, a few minutes) …"
	$(install) -q $(WHEELS) -r requirements.txt
	@touch $@

$(VENV)/test.stamp: tests/requirements.txt $(VENV)/run.stamp
	$(install) -q -r tests/requirements.txt
	@touch $@
