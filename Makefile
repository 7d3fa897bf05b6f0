# All set-up is here: `make plan` and `make test` need Python 3.11+, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
CASES ?= tests/oracle/cases
# OUT is a folder for `plan`, but the file of answers for `oracles`.
ANSWERS = $(if $(findstring command,$(origin OUT)),$(OUT),answers.json)

# The lock is exact; certificates are those that the machine trusts; byte code is compiled at install, else every start is four times slower.
INSTALL = UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python

.PHONY: plan test check serve bench oracles clean lock
.DELETE_ON_ERROR:

$(BIN)/uv: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Plassplan needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 3; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/run.done: requirements/run.txt pyproject.toml $(BIN)/uv
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m planning.warm
	@touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/run.done
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

plan: $(VENV)/run.done
	$(BIN)/plassplan demo $(OUT)/demo
	$(BIN)/plassplan plan $(OUT)/demo/referrals.csv --register $(OUT)/demo/register.csv \
		--config $(OUT)/demo/plassplan.toml --workers 0 --out $(OUT)

test: $(VENV)/dev.done
	@$(MAKE) --no-print-directory check

check: $(VENV)/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n auto --dist worksteal

serve: $(VENV)/run.done
	$(BIN)/plassplan serve

# One part of it, other data: make bench ARGS="forecasts --sets DIR --cache DIR"
bench: $(VENV)/dev.done
	$(BIN)/python -m tests.bench $(ARGS)

oracles: $(VENV)/run.done
	$(BIN)/python -m tests.oracle.answer $(CASES) $(ANSWERS)

lock: $(BIN)/uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header -q -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header -q -c requirements/run.txt -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
