# The Python package: installed into .venv, and tested. Included by the Makefile of the root.

PYTHON ?= python3

VENV := .venv
PIP := $(VENV)/bin/pip --quiet --disable-pip-version-check
PYTHON_INSTALLED := $(VENV)/otpkeep-installed
PYTHON_SOURCES := $(shell find .cargo Cargo.toml Cargo.lock src memory bindings/python python -type f \
	-not -path '*/tests/*' -not -path '*/__pycache__/*' -not -name '*.so')

.PHONY: build-python test-python

build-python: $(PYTHON_INSTALLED)

# As a user installs it, but by the lock file, with everything that was compiled before, and with the builder that is
# there: without a network unless the crates changed.
$(PYTHON_INSTALLED): $(PYTHON_SOURCES) $(VENV)/bin/maturin
	PATH="$(abspath $(VENV)/bin):$$PATH" MATURIN_PEP517_ARGS=--locked \
		$(PIP) install --force-reinstall --no-deps --no-index --no-build-isolation ./python
	touch $@

$(VENV)/bin/maturin: python/requirements.txt | $(VENV)/bin/python
	$(PIP) install $$(grep '^maturin==' python/requirements.txt)
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

test-python: build-python
	$(PIP) install -r python/requirements.txt
	$(VENV)/bin/python python/tests/run
