PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
TESTS ?=
# modules are compiled once for all processes of the tests, also where the shell says that nothing is to be kept
export PYTHONDONTWRITEBYTECODE :=
STAMP := $(VENV)/.installed

.PHONY: demo docs test test-lowest lint types kernels bench clean

# uv takes a tenth of the time of pip
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.7"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable ".[all]" --group dev --group docs
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/python examples/demo.py

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/vulture

types: $(STAMP)
	$(BIN)/pyright

# compiled and kept in the user's cache folder, once for all processes of the tests
kernels: $(STAMP)
	$(BIN)/python -c "from saddlepoint.solve.kernels.warming import warm_up; warm_up()"

# each of the three takes one core; so do the two workers, whose linear algebra then needs no threads
test: $(STAMP)
	$(MAKE) --jobs 2 --output-sync kernels types lint
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

$(LOWEST)/.installed: pyproject.toml
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1" "uv>=0.7"
	$(LOWEST)/bin/uv pip compile --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
		--extra all --group dev --output-file $(LOWEST)/requirements.txt pyproject.toml
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --requirements $(LOWEST)/requirements.txt
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --no-deps --editable .
	touch $@

# the lowest versions that pyproject.toml allows; TESTS="tests/expr -x" runs a part
test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest -n 2 $(TESTS)

# the site, in build/site: open build/site/index.html
docs: $(STAMP)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -q -E -c docs/site -d build/doctrees . build/site

bench: $(STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(LOWEST) demo build
