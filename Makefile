# Needs Python 3.11 or newer and make, nothing else. Run-time and development live apart (.venv, .venv-dev), so that
# `make demo` proves what a user gets, and neither `make test` nor `make demo` undoes the other's set-up.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif
RUN := .venv/$(BIN)
DEV := .venv-dev/$(BIN)
LOCK := .venv-lock/$(BIN)

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help install serve demo install-dev test test-tools lint types dist bench lock clean

help:
	@echo "make serve        install into .venv and serve the page and the API at http://127.0.0.1:5000"
	@echo "make demo         install into .venv and parse the pictures of samples/ into demo-output/"
	@echo "make install      only what is needed to run, into .venv"
	@echo "make test         install into .venv-dev, then lint, types and every test"
	@echo "make test-tools   read what we write with annotation tools' own readers, in .venv-tools"
	@echo "make install-dev  everything, torch too, into .venv-dev"
	@echo "make lint, types  the checks alone"
	@echo "make dist         wheel and source archive into dist/"
	@echo "make bench        measure speed and memory"
	@echo "make lock         choose new versions for both lock files"
	@echo "make clean        remove what the targets above have made"

install: .venv/installed

install-dev: .venv-dev/installed

# -qq: pip shows errors only. The stamp is written last: an interrupted installation starts anew, from an empty environment.
.venv/installed: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory check-python
	@echo "Installing fittingroom into .venv (a minute or two) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(RUN)/python -m pip install -qq --only-binary :all: --requirement requirements.lock
	@$(RUN)/python -m pip install -qq --no-deps --editable .
	@touch $@

.venv-dev/installed: requirements-dev.lock pyproject.toml
	@$(MAKE) --no-print-directory check-python
	@echo "Installing everything, torch too, into .venv-dev (some minutes) ..."
	@$(PYTHON) -m venv --clear .venv-dev
	@$(DEV)/python -m pip install -qq --requirement requirements-dev.lock
	@$(DEV)/python -m pip install -qq --no-deps --editable .
	@touch $@

.PHONY: check-python
check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "fittingroom needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Install a newer Python, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }

# Settings: make serve SERVE="--port 8080 --models fast", or variables FITTINGROOM_PORT and so on.
SERVE ?=
serve: install
	@$(RUN)/fittingroom serve --log text $(SERVE)

demo: install
	@$(RUN)/fittingroom parse samples --out demo-output --format labels,instances,mosaic,overlay,json,cutouts

test: install-dev lint types
	@$(DEV)/python -m pytest -m "" --cov --cov-report=term

# Annotation tools' own readers, in an environment apart: they hold back NumPy, OpenCV and Pillow, and are 1 GB.
test-tools:
	@test -x .venv-tools/$(BIN)/python || { $(PYTHON) -m venv --clear .venv-tools && .venv-tools/$(BIN)/python -m pip \
	  install -qq --editable . datumaro label-studio-sdk hypothesis pycocotools pytest supervision; }
	@.venv-tools/$(BIN)/python -m pytest tests/interchange/test_real_tools.py

lint: install-dev
	@$(DEV)/ruff check .
	@$(DEV)/ruff format --check .

types: install-dev
	@$(DEV)/mypy
	@$(DEV)/mypy catalogue

dist: install-dev
	@rm -rf dist
	@$(DEV)/python -m build --outdir dist .

# BASELINES names a folder with other systems' models to measure beside ours.
BASELINES ?= $(wildcard ../shared/data/baselines)
bench: install-dev
	@$(DEV)/fittingroom bench $(if $(BASELINES),--baselines $(BASELINES)) --json bench.json

# uv writes one lock file for every system and Python version. The development lock leaves out hashes and the CUDA
# libraries, so that a CPU build of torch can be taken from wherever pip is told to look; pip adds what torch asks for.
# It leaves out ONNX Runtime for CUDA too, which would be installed over the files of the CPU's build.
UV_COMPILE = $(LOCK)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
  --no-annotate --custom-compile-command "make lock" pyproject.toml

lock: check-python
	@test -x $(LOCK)/uv || { $(PYTHON) -m venv --clear .venv-lock && $(LOCK)/python -m pip install -qq uv; }
	@$(UV_COMPILE) --extra service --extra preferences --generate-hashes --output-file requirements.lock
	@$(UV_COMPILE) --all-extras --constraint requirements.lock --output-file .venv-lock/dev.lock
	@sed -E '/^(nvidia-|cuda-|triton==|onnxruntime-gpu==)/d' .venv-lock/dev.lock > requirements-dev.lock

clean:
	@rm -rf .venv .venv-dev .venv-lock .venv-tools demo-output dist .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
