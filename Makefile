# Everything lives in .venv; a stamp in it says what is installed, so that the second time is quick.

VENV := .venv
PYTHON := $(VENV)/bin/python
STUDY := benchmarks/results/study
STATED := pyproject.toml constraints.txt scripts/create_venv.sh

.PHONY: help demo test setup check bench study docs clean
.DEFAULT_GOAL := help

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

demo: $(VENV)/.server ## measure the MNIST model on the embedded Triton, concurrency 1 to 8
	@$(PYTHON) examples/demo.py

test: setup check ## run the whole test suite
	$(PYTHON) -m pytest

setup: $(VENV)/.everything ## install everything, with perf_analyzer and NVIDIA's programs that call it

check: $(VENV)/.everything ## lint, types and import rules, in seconds
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest -q tests/test_import_rules.py

bench: $(VENV)/.everything ## compare with perf_analyzer and h2load, side by side; micro benchmarks
	$(PYTHON) -m pytest benchmarks
	$(PYTHON) -m benchmarks.side_by_side

study: $(VENV)/.server ## study the MNIST model's configurations, into benchmarks/results/study; goes on with one that is there
	$(VENV)/bin/loadgen sweep --serve model_repository -m mnist-onnx --instance-count 8,4,2,1 \
		--max-queue-delay 2000,500,50,40 --one-at-a-time --concurrency-range 1:8 -p 500 \
		--output $(STUDY) $(if $(wildcard $(STUDY)/journal.jsonl),--resume)

docs: $(VENV)/.docs ## build the documentation of the library into build/docs
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --quiet
	@echo "build/docs/index.html"

clean: ## remove what was installed
	rm -rf $(VENV)

$(VENV)/.server: $(STATED)
	@sh scripts/create_venv.sh $(VENV) server
	@touch $@

$(VENV)/.docs: $(STATED)
	@sh scripts/create_venv.sh $(VENV) docs
	@touch $@

$(VENV)/.everything: $(STATED) $(wildcard scripts/*)
	@sh scripts/create_venv.sh $(VENV) server,model,search,dev
	@$(PYTHON) scripts/install_perf_analyzer.py
	@$(PYTHON) scripts/install_consumers.py
	@touch $@ $(VENV)/.server
