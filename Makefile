# The words a newcomer types; each is one line of real commands. The first one sets up .venv from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint check bench lock clean

demo: .venv/.ready ## run the whole pipeline on the sample inbox and show what came out
	@$(BIN)/leadpipe run --home data/demo --inbox data/samples/inbox --examples 5

test: .venv/.ready ## run every test, a real Prefect server included
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

lint: .venv/.ready ## ruff and mypy --strict
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

check: lint ## lint, and the tests of architecture, tables and documents
	@$(BIN)/python -m pytest tests/test_architecture.py tests/test_documents.py tests/schemas

bench: .venv/.ready ## measure; asserts nothing
	@for file in tests/benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lock: .venv/.ready ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.lock

clean: ## forget the demo and the environment
	@rm -rf .venv data/demo

# what no command, test or server here imports: half of all that there is to compile
NEVER_IMPORTED := site-packages/(.*/)?(tests?|geodata|carrierdata|tzdata|pip|mypyc?|lexers|apprise|setuptools|pkg_resources|dateparser|dns|rich_rst|f2py)/

# uv when it can be had (seconds), else the pip that Python brings (a minute); compiled, because Prefect imports twice as fast
.venv/.ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (first time: about half a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8 \
	  && UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  && UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable . \
	  || { $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock && $(BIN)/python -m pip install --quiet --no-deps --editable . ; }
	@$(BIN)/python -m compileall -qq -j 0 -x '$(NEVER_IMPORTED)' .venv/lib || true # what does not compile is not imported
	@touch $@
