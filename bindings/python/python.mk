# The Python package: installed into .venv, and tested. Included by the Makefile of the root.

PYTHON ?= python3

VENV := .venv
PIP := $(VENV)/bin/pip --quiet --disable-pip-version-check
PYTHON_INSTALLED := $(VENV)/otpkeep-installed
PYTHON_SOURCES := $(shell find Cargo.toml Cargo.lock src memory bindings/python python -type f \
	-not -path '*/tests/*' -not -path '*/__pycache__/*' -not -name '*.so')

.PHONY: build-python test-python

build-python: $(PYTHON_INSTALLED)

# As a user installs it, but by the lock file and with everything that was compiled before.
$(PYTHON_INSTALLED): $(PYTHON_SOURCES) | $(VENV)/bin/python
	MATURIN_PEP517_ARGS=--locked $(PIP) install --force-reinstall --no-deps ./python
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

test-python: build-python
	$(PIP) install -r python/requirements.txt
	$(VENV)/bin/python python/tests/run
