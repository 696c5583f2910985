# One command for each job; every target does its own set-up. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
TESTBED := $(RUN) -m tests.testbed
# With the local provider the cluster lives in a network namespace; with kind this only sets KUBECONFIG and PATH.
INSIDE := $(TESTBED) exec --
UNINSTALL := $(INSIDE) helm uninstall tracereach --namespace tracereach-system --ignore-not-found --wait --timeout 5m

##@ Start here

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: cluster-up images ## A cluster, the chart, a shop, a policy; then its coverage and one trace
	$(INSIDE) $(RUN) -m tests.demo

.PHONY: test
test: lint unit payloads cluster-up images integration faults e2e ## Everything, from lint to webhooks and agents that fail

##@ Develop

.PHONY: setup
setup: $(VENV)/installed ## Make .venv with the package and its tools

$(VENV)/installed: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: generate
generate: setup helm ## Write what is generated: CRDs, manifests/install.yaml, the table of defaults
	$(RUN) -m tracereach.api.crd crds charts/tracereach/files/crds
	$(RUN) -m tracereach.api.reference docs/reference.md
	HELM="$$($(TESTBED) path helm)" manifests/generate.sh

.PHONY: format
format: setup ## Format the code
	$(VENV)/bin/ruff format --quiet .
	$(VENV)/bin/ruff check --quiet --fix .

.PHONY: lint
lint: setup ## Style, types, and who may import whom
	$(VENV)/bin/ruff format --quiet --check .
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

.PHONY: lock
lock: setup ## Pin the newest allowed dependencies, with hashes
	$(VENV)/bin/uv pip compile --quiet --generate-hashes --no-header --upgrade --python-version 3.11 pyproject.toml --output-file requirements.lock
	$(VENV)/bin/uv pip compile --quiet --generate-hashes --no-header --upgrade --python-version 3.11 --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

##@ Test

.PHONY: unit
unit: setup helm ## Pure decisions, the chart's output, the command line
	$(VENV)/bin/pytest tests/unit

.PHONY: payloads
payloads: setup ## The agents in real interpreters, without a cluster
	$(VENV)/bin/pytest tests/payloads

.PHONY: integration
integration: cluster-up images images/collector/build/otelcol images/gateway/build/otelcol ## The operator as a process against a real API server
	@# Two operators in one cluster would act on the same policies.
	$(UNINSTALL)
	$(TESTBED) path prometheus
	$(INSIDE) $(VENV)/bin/pytest tests/integration

.PHONY: e2e
e2e: cluster-up images ## The installed chart, real pods, real agents, one trace over four languages
	$(INSIDE) $(VENV)/bin/pytest tests/e2e

.PHONY: faults
faults: cluster-up images ## A webhook that is away while pods start, and agents that harm their applications
	$(UNINSTALL)
	$(INSIDE) $(VENV)/bin/pytest tests/faults

.PHONY: waves
waves: cluster-up ## 500 workloads on fake nodes, rolled out while the operator is killed now and then
	$(UNINSTALL)
	$(TESTBED) path kwok
	$(INSIDE) $(RUN) -m tests.waves
	$(INSIDE) $(RUN) -m tests.waves.deaths

.PHONY: matrix
matrix: cluster-up images ## Traces that break in every known way, on real pods, and what coverage says of each
	$(INSIDE) $(RUN) -m tests.matrix

.PHONY: bench
bench: setup ## What injecting, admission and coverage cost, each against its raw limit
	$(RUN) -m benchmarks.inject
	$(RUN) -m benchmarks.admission
	$(RUN) -m benchmarks.coverage

.PHONY: bench-startup
bench-startup: cluster-up images ## How long pods take to become ready, with agents and without
	$(INSIDE) $(RUN) -m benchmarks.startup

# Where a collector's image came out of the cache, its binary is not there yet.
images/%/build/otelcol: images/%/manifest.yaml images/%/build.sh | setup
	PATH="$$(dirname "$$($(TESTBED) path ocb)"):$$PATH" images/$*/build.sh

##@ Cluster

.PHONY: cluster-up
cluster-up: setup ## A real Kubernetes cluster: kind where Docker answers, else a local one (PROVIDER=kind|local)
	$(TESTBED) up

.PHONY: cluster-down
cluster-down: setup ## Remove the cluster, and everything it left on this machine
	$(TESTBED) down

.PHONY: images
images: cluster-up ## Build every image and load it into the cluster
	$(TESTBED) images

.PHONY: shell
shell: cluster-up ## A shell with kubectl and helm that sees the cluster
	$(INSIDE) $${SHELL:-/bin/bash}

.PHONY: helm
helm: setup
	@$(TESTBED) path helm
