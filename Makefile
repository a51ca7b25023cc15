# SPDX-License-Identifier: AGPL-3.0-only
# `make help` lists the verbs. A machine needs Python 3.11 or later, make and git; everything else is installed here.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
STAMPS := .venv/.stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check
CODE := src tests tools

# natrix reads deployables only: a module alone lacks what the contract gives it. Off are:
# NTX1: frame size is judged by the gas snapshot. NTX2: ERC-20 names its constants. NTX8: a loop's counter may go unused.
# NTX4: it takes extcall and delegatecall for reading (the compiler itself refuses a view that writes).
# NTX11: ours are snekmate's names of arguments, without an underscore in front.
NATRIX_OFF := NTX1 NTX2 NTX4 NTX8 NTX11

.PHONY: help setup compile demo test deep lint format bench lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

$(BIN)/python:
	@python=$$(PYTHON='$(PYTHON)' tools/find_python.sh) && "$$python" -m venv .venv

$(STAMPS)/locked: requirements/dev.txt | $(BIN)/python
	@echo "setup: Python packages (locked, with hashes)"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/locked
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/node: package.json package-lock.json requirements/node.txt tools/setup_node.sh | $(BIN)/python
	@echo "setup: local chain"
	@tools/setup_node.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/age: tools/go/go.mod tools/go/go.sum requirements/go.txt tools/setup_age.sh tools/find_go.sh | $(BIN)/python
	@echo "setup: age, the file sealing tool that tests and bench compare with"
	@tools/setup_age.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/geth: tools/go-geth/go.mod tools/go-geth/go.sum requirements/go.txt tools/setup_geth.sh tools/find_go.sh | $(BIN)/python
	@echo "setup: go-ethereum, the node that the tests of an outage run several of"
	@tools/setup_geth.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/stores: $(wildcard tools/go-stores/*/go.*) requirements/go.txt tools/setup_stores.sh tools/find_go.sh | $(BIN)/python
	@echo "setup: an IPFS node and an S3 gateway, which the deep tests of stores run"
	@tools/setup_stores.sh
	@mkdir -p $(STAMPS) && touch $@

# What was deleted by hand is installed again, although its stamp is newer than the lock file.
ifeq ($(wildcard node_modules/.package-lock.json),)
.PHONY: $(STAMPS)/node
endif
ifneq ($(words $(wildcard $(BIN)/age $(BIN)/age-keygen .venv/share/age-testkit)),3)
.PHONY: $(STAMPS)/age
endif
ifneq ($(words $(wildcard $(BIN)/ipfs $(BIN)/versitygw)),2)
.PHONY: $(STAMPS)/stores
endif
ifeq ($(wildcard $(BIN)/geth),)
.PHONY: $(STAMPS)/geth
endif

setup: $(STAMPS)/project $(STAMPS)/node $(STAMPS)/age $(STAMPS)/geth ## install everything that is needed into .venv and node_modules

compile: setup ## compile the contracts to src/tongxin/artifacts
	@$(BIN)/python tools/lint_vyper.py contracts
	@$(BIN)/python tools/compile_contracts.py

demo: $(STAMPS)/project $(STAMPS)/node ## found a mutual, run a year of it and audit it; options as in ARGS="--members 500"
	@$(BIN)/tongxin demo $(ARGS)

test: setup ## lint the contracts' sources and run every test but the deep ones; options in ARGS
	@$(BIN)/python tools/lint_vyper.py contracts
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not deep" --ignore=tests/deep tests $(ARGS)

deep: setup $(STAMPS)/stores ## run the long tests, which CI leaves out; options in ARGS
	@$(BIN)/python -m pytest -n 2 -m deep tests $(ARGS)

lint: setup ## check style, types and contract sources
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/node node_modules/typescript/bin/tsc -p frontend
	@$(BIN)/python tools/lint_vyper.py contracts
	@PATH="$(CURDIR)/$(BIN):$$PATH" natrix lint contracts/*.vy contracts/mocks/*.vy -p contracts "$$($(BIN)/python -c 'import snekmate; print(*snekmate.__path__)')/.." -d $(NATRIX_OFF)

format: setup ## put the Python sources into the house format
	@$(BIN)/ruff check --fix --exit-zero $(CODE)
	@$(BIN)/ruff format $(CODE)

bench: setup ## measure receipt gas on a local chain, write bench/gas.json
	@$(BIN)/tongxin bench gas --json bench/results/gas.json --snapshot bench/gas.json $(ARGS)

lock: setup ## resolve the lock files again (needs uv)
	@for group in runtime dev node go; do tools/lock.sh $$group; done

clean: ## remove everything that make installed or produced
	@rm -rf .venv node_modules build dist frontend/dist htmlcov .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
