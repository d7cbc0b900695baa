# `make demo` shows the product, `make test` checks it; each sets up what it needs in .venv first.
PYTHON ?= python3
RUN := .venv/bin/python
CHROMIUM := $(firstword $(shell command -v chromium chromium-browser google-chrome 2>/dev/null))
# Without a browser its tests are left out, and that is said.
NO_BROWSER := $(if $(CHROMIUM),,and not browser)
# Half of a test is waiting for processes, so two files run side by side; the tests of a file stay together, in order.
PYTEST := $(RUN) -m pytest -n 2 --dist loadfile --durations=10

.PHONY: demo test test-long lint lab setup clean

setup:
	@$(PYTHON) tools/bootstrap.py

demo: setup
	@$(RUN) tools/demo.py

lab: setup
	@$(RUN) tools/demo.py --lab

lint: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports

test: lint
	@$(if $(CHROMIUM),echo "browser tests: with $(CHROMIUM)",echo "browser tests: LEFT OUT, there is no chromium on this machine")
	$(PYTEST) -m "not long $(NO_BROWSER)"

test-long: lint
	$(PYTEST) -n 0 -m "long or not long $(NO_BROWSER)"

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
