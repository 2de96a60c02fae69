# Every target sets up what it needs by itself: the first run installs, the next ones start at once.
.DEFAULT_GOAL := help
SHELL := bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# uv has a list of certificate authorities of its own. With the system's, what works with pip works with uv as well: a
# company's proxy, for one, has a certificate that only the system knows.
export UV_SYSTEM_CERTS := true

# make itself has a variable AS, the assembler: only one that somebody gave is meant.
RELEASE := $(if $(filter-out default,$(origin AS)),$(AS))

.PHONY: demo kind-up kind-demo kind-down kind-shown test e2e conformance wheel wheel-smoke image chart load versions lint format setup prometheus browser proto lock bench docs help clean

demo: setup prometheus ## The demo. AUTO=1: tells itself and exits; AS=errors-40: what goes out; OUT=report: where the report goes
	$(BIN)/faces demo $(if $(AUTO),--auto) $(if $(RELEASE),--as $(RELEASE)) $(if $(OUT),--out $(OUT)) $(ARGS)

# With Docker and the internet from the projects' own images, else all of it made here, which needs Linux and root.
kind-up: setup ## A kind cluster with Argo Rollouts, Traefik and Prometheus. PRELOAD=1: works offline afterwards; FROM=registries|upstream
	$(BIN)/faces cluster up --on kind $(if $(PRELOAD),--preload) $(if $(FROM),--from $(FROM)) $(ARGS)

kind-demo: setup ## The demo on that cluster; AUTO=1, AS=errors-40 and OUT=report as for demo
	$(BIN)/faces demo --on kind $(if $(AUTO),--auto) $(if $(RELEASE),--as $(RELEASE)) $(if $(OUT),--out $(OUT)) $(ARGS)

kind-down: setup ## Take that cluster away; nothing of it is left but what is kept in the cache
	$(BIN)/faces cluster down --on kind $(ARGS)

# The same steps for both origins: whoever has Docker and the internet runs upstream's.
kind-shown: setup ## All of that and more on a cluster of its own, each step verified and told. FROM=upstream|registries, WITH=argocd, INSTALL=1
	$(BIN)/python -m e2e.shown $(if $(FROM),--from $(FROM)) $(if $(WITH),--with $(WITH)) $(if $(INSTALL),--install)

# Coverage is that of the first command, in the processes of pytest itself; .venv/bin/coverage report has the files.
test: setup prometheus browser ## All tests: unit, property, browser, and e2e on the embedded platform
	$(BIN)/pytest -n 3 --dist worksteal tests --cov --cov-report=
	$(BIN)/python -m e2e.run

# A platform that makes clusters gets one for this run (kind FROM=registries or upstream); a cluster platform takes KUBECONFIG.
e2e: setup prometheus ## Releases pushed, outcomes asserted, on PLATFORM=embedded, bare (Linux, root), kind or cluster
	$(BIN)/python -m e2e.run --platform $(or $(PLATFORM),embedded) $(if $(FROM),--from $(FROM))

# The real controller, on loopback, without root and without a node. The first time builds it.
conformance: setup ## The engine beside Argo Rollouts' own controller: the same decisions? FULL=1: 500 random ones; PAGE=1: docs/conformance.md
	$(BIN)/python -m conformance --generated $(if $(FULL),500,40) $(if $(PAGE),--page docs/conformance.md)

wheel: setup ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

wheel-smoke: setup ## The wheel, installed into a new environment and run in an empty folder
	$(BIN)/python -m e2e.wheel_smoke

image: setup ## The app's image, by docker, podman or buildah: ARCH=amd64,arm64; FROM=registries: upon bases that are made here
	$(BIN)/python -m platforms.install.builders $(if $(ARCH),--arch $(ARCH)) $(if $(FROM),--from $(FROM))

chart: setup ## Write charts/faces/templates after a change of manifests/
	$(BIN)/python -m platforms.install.chart

load: setup ## Visitors with Locust's own web page, on the run that is up (RATE=40)
	$(BIN)/faces load --web --rate $(or $(RATE),40)

versions: setup ## Which version of what goes into a cluster, and what of it was tested together, when
	@$(BIN)/python -m platforms.install.versions

lint: setup ## Style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy e2e
	$(BIN)/lint-imports --no-cache

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup prometheus ## Ratios, measured side by side in one run
	$(BIN)/python bench/simulation.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/tile.py
	PYTHONPATH=. $(BIN)/python bench/page.py

docs: setup prometheus browser ## Take the pictures of README and docs/ anew, of real runs (two minutes)
	$(BIN)/python docs/pictures.py

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- what the targets stand on -----------------------------------------------------------------------------

setup: $(VENV)/.installed

# Pinned and hashed; uv itself first, because it installs the rest in seconds.
$(VENV)/.installed: requirements.txt requirements-uv.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=..." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Install the venv module (Debian, Ubuntu: apt-get install python3-venv) and try again." >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

prometheus: setup
	@$(BIN)/python -m platforms.embedded.prometheus.binary

# The page is tested in a real Chromium, the distribution's.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || tests/browser/install-chromium

proto: setup
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. faces/color.proto

lock: setup ## Write requirements.txt after a change of pyproject.toml: pinned, hashed, without addresses. UPGRADE=1: newest versions
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra platform --group dev pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --constraint <(grep -o '^[a-z][^ =]*==[^ ]*' requirements.txt) pyproject.toml \
		-o platforms/install/requirements-app.txt
	grep -A99 '^uv==' requirements.txt | awk 'NR > 1 && /^[^ ]/ {exit} {print}' > requirements-uv.txt

clean:
	rm -rf $(VENV) .coverage .coverage.* dist .mypy_cache .pytest_cache .ruff_cache .hypothesis report e2e-report
