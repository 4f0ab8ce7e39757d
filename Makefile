PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TRAINYARD := $(BIN)/python -m assets.commands
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run dev dg why infer clean-up roll-back test check bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## Install everything into .venv and make the state folder ready (the others do it first)

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Trainyard needs Python 3.11 or newer and $(PYTHON) is %d.%d; name a newer one: make setup PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing about 2 GB of packages into $(VENV), more with CUDA; this takes some minutes"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(TRAINYARD) home
	@touch $@

run: $(STAMP) ## Train, gate, release and monitor the example month by month, then show what came of it
	@$(TRAINYARD) run $(ARGS)

dev: $(STAMP) ## Open the pages of Dagster, MLflow and the Data Docs; one Ctrl-C stops all
	@$(TRAINYARD) dev

dg: $(STAMP) ## Run Dagster's own dg on the state folder: make dg ARGS="list defs"
	@$(TRAINYARD) dg $(ARGS)

why: $(STAMP) ## Say what would be recomputed and why: make why PIPELINE=hotel_cancellations PARTITION=2016-07
	@$(TRAINYARD) why $(PIPELINE) $(PARTITION)

infer: $(STAMP) ## Propose changes to a contract from new rows, as a diff: make infer PIPELINE=hotel_cancellations
	@$(TRAINYARD) infer $(PIPELINE) $(if $(ROWS),--rows $(ROWS)) || test $$? -eq 1

clean-up: $(STAMP) ## Show the versions that nothing needs; with REMOVE=yes remove them
	@$(TRAINYARD) clean_up $(if $(filter yes,$(REMOVE)),--remove)

roll-back: $(STAMP) ## Make an earlier version champion again: make roll-back MODEL=hotel_cancellations TO=3 WHY="..."
	@$(TRAINYARD) roll_back --model "$(MODEL)" --to "$(TO)" --why "$(WHY)"

test: $(STAMP) ## Run every test
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(STAMP) ## Check every declaration, lint, check types; each says all that it finds
	@status=0; \
	$(TRAINYARD) check || status=1; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/mypy || status=1; \
	exit $$status

bench: $(STAMP) ## Measure the cost of orchestration and of loading
	@$(BIN)/python -m benchmarks
