# `make demo` shows the product, `make test` checks it; each sets up what it needs in .venv first.
PYTHON ?= python3
RUN := .venv/bin/python
CHROMIUM := $(firstword $(shell command -v chromium chromium-browser google-chrome 2>/dev/null))
# Without a browser its tests are left out, and that is said.
NO_BROWSER := $(if $(CHROMIUM),,and not browser)
# Half of a test is waiting for processes, so two files run side by side; the tests of a file stay together, in order.
# A process of tests that crashes ends the run, as a failure: started anew, it would wait for ever for what was lost.
PYTEST := $(RUN) -m pytest -n 2 --dist loadfile --max-worker-restart=0 --durations=10

.PHONY: demo test test-long lint lab setup clean demo-model

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

# Makes the shipped demo model anew: about two hours on 2 cores, goes on where it was stopped. PyTorch is in .venv-demo only.
DEMO := .venv-demo/bin/python

demo-model:
	@test -x $(DEMO) || $(PYTHON) -m venv .venv-demo
	$(DEMO) -m pip install --quiet --requirement demo_model/requirements.txt
	$(DEMO) -m demo_model.tokens
	nice -n 19 $(DEMO) -m demo_model.train --out build/demo.pt
	$(DEMO) -m demo_model.export build/demo.pt
	$(DEMO) -m demo_model.evaluate --save
	$(DEMO) -m demo_model.export build/demo.pt
	$(DEMO) -m demo_model.evaluate --logits build/demo.pt

clean:
	rm -rf .venv .venv-demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
