# Everyday commands. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Not LOCAL: make would hand it on in place of the user's own LOCAL=compose.
PLATFORM := $(PY) -m deploy.local
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup alerts prometheus storm soak up down status logs cli collector token demo test test-unit faults check bench \
  bench-matching docs models subscriber asyncapi-page image k8s-check k8s-e2e k8s-secrets lock

help: ## what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed ## the virtual environment and Kafka's files; quiet when nothing is to do
	@$(PLATFORM) setup

.venv/.installed: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "✗ Python 3.11 or newer is needed and $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make setup PYTHON=python3.11" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo "✗ No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip --version > /dev/null 2>&1 || $(PY) -m ensurepip > /dev/null
	@echo "Installing what requirements/dev.txt pins (about two minutes the first time) …"
	@$(PY) -u -m pip install --require-hashes --requirement requirements/dev.txt \
	  | awk -v all="$$(grep -c '==' requirements/dev.txt)" -v tty="$$(test -t 1 && echo 1)" \
	    '/^Collecting/ { n++; if (tty) printf "\r\033[K  %d of %d: %s", n, all, $$2; else if (n % 25 == 0) print "  " n " of " all } \
	     /^Installing/ { printf "%s", (tty ? "\r\033[K" : ""); print "  unpacking …" } /^ERROR/ { print }'
	@touch $@

up: setup ## start the whole platform on this machine; IMAGE=mentoring:dev: the services as containers of it
	@$(PLATFORM) up $(if $(IMAGE),--image "$(IMAGE)")

down: ## stop it; data stays
	@if test -x $(PY); then $(PLATFORM) down; else echo "Nothing was running."; fi

status: setup ## what runs, since when, with how much memory
	@$(PLATFORM) status

logs: setup ## what was written: S=matching F=1 (follow) LEVEL=warning STORY=id N=40 (0: all) RAW=1 PLAIN=1 CHECK=1
	@$(PLATFORM) logs $(S) $(if $(F),--follow) $(if $(LEVEL),--level $(LEVEL)) $(if $(STORY),--story "$(STORY)") \
	  $(if $(N),--lines $(N)) $(if $(RAW),--json) $(if $(PLAIN),--plain) $(if $(CHECK),--check)

cli: setup ## a service's own command: S=matching C="parked list"; S=chassis C="trace ID"
	@$(PLATFORM) run $(S) $(C)

collector: ## an OpenTelemetry Collector to try traces with, from Go modules; needs Go, takes some minutes
	@command -v go > /dev/null || { echo "✗ Go is not on PATH: https://go.dev/doc/install" >&2; exit 2; }
	@go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config deploy/opentelemetry/builder.yaml

token: setup ## a bearer token: ROLE=coordinator, SUBJECT=, MINUTES=60
	@$(PLATFORM) token --role $(or $(ROLE),coordinator) $(if $(SUBJECT),--subject $(SUBJECT)) $(if $(MINUTES),--minutes $(MINUTES))

demo: setup ## a company lives through a 12-week program: SIZE=300 SEED=1 PEOPLE=people.csv COLUMNS=map.toml KEEP=1 IMAGE=
	@$(PLATFORM).demo --size $(or $(SIZE),300) --seed $(or $(SEED),1) \
	  $(if $(PEOPLE),--people "$(PEOPLE)") $(if $(COLUMNS),--columns "$(COLUMNS)") $(if $(KEEP),--keep) $(if $(IMAGE),--image "$(IMAGE)")

test: setup ## every test, with real servers that the tests start themselves
	@$(PY) -m tests

test-unit: setup ## the tests that need Python only
	@$(PY) -m pytest tests/unit

faults: setup ## break things on purpose: every row, about half an hour; K="f3 or f7" for some; LONG=1: an hour and a half
	@$(if $(K),,rm -f .local/faults/[fp]*.json)
	@$(PY) -m tests.faults $(if $(K),-k "$(K)") $(if $(LONG),--long)

prometheus: setup ## a real Prometheus that scrapes what `make up` started, with the alert rules, until Ctrl+C
	@$(PY) -m deploy.prometheus

alerts: setup ## fire alerts by real faults under a real Prometheus, a quarter of an hour: K="kafka timers" for some
	@$(PY) -m tests.alerts $(if $(K),--no-panels -k "$(K)")

storm: setup ## random faults over a company's life, the same ones for the same seed: MINUTES=5 SEED=1 SIZE=100
	@$(PY) -m tests.faults.storm --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1) --size $(or $(SIZE),100)

soak: setup ## half an hour at 200 events a second; nothing may grow: MINUTES=30
	@$(PY) -m tests.faults.soak --minutes $(or $(MINUTES),30)

check: setup ## format, lint, types, imports, generated docs fresh
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m chassis docs --check
	@$(PY) -m deploy.k8s_check write --check

bench: setup ## measure beside others, a quarter of an hour; writes docs/benchmarks.md
	@$(PY) -m tests.bench

bench-matching: setup ## cohorts beside SciPy, OR-Tools and others, with M1-M14; 25 minutes, writes docs: SEED= MINUTES=25
	@$(PY) -m tests.bench.matching $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

models: setup ## typed models of every event beside the clients of docs/subscribers: L=go for one language; needs npm
	@$(PY) -m deploy.subscribers models $(L)

subscriber: setup ## an example client against the platform that is up: L=python, java, go or typescript
	@$(PY) -m deploy.subscribers run $(or $(L),python)

asyncapi-page: setup ## the AsyncAPI document as one page to browse, .local/asyncapi.html; needs npm
	@$(PY) -m deploy.subscribers page

docs: setup ## write the generated pages, and what of deploy/k8s follows from the registries
	@$(PY) -m chassis docs
	@$(PY) -m deploy.k8s_check write

image: ## the container image, with docker or podman: TAG=mentoring:dev BASE=python:3.11-slim-bookworm BUILD=
	@TAG="$(TAG)" BASE="$(BASE)" BUILD="$(BUILD)" deploy/image/build.sh

k8s-check: setup ## build every mix of deploy/k8s and judge it; needs kubectl or kustomize, and Go for schemas (or SCHEMAS=no)
	@$(PY) -m deploy.k8s_check check $(if $(filter no,$(SCHEMAS)),--no-schemas)

k8s-e2e: setup ## roll out on the cluster of KUBECONFIG, live, break things: IMAGE= IMAGE2= HOST= SIZE=60 ONLY= KEEP=1 KUBELET_PID=
	@$(PY) -m tests.cluster --image "$(IMAGE)" --image2 "$(IMAGE2)" --host "$(HOST)" --size $(or $(SIZE),60) --seed $(or $(SEED),1) \
	  --only "$(ONLY)" $(if $(KEEP),--keep) $(if $(THROUGH_POD),--through-pod) --kubelet-pid "$(KUBELET_PID)" \
	  --kubelet-stop "$(KUBELET_STOP)" --kubelet-start "$(KUBELET_START)"

k8s-secrets: setup ## random passwords for the component secrets-from-files, where files are missing
	@$(PY) -m deploy.k8s_check secrets

lock: ## pin requirements/*.in with hashes (needs uv)
	@for kind in runtime dev; do uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 --universal requirements/$$kind.in --output-file requirements/$$kind.txt; done
