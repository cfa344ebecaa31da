# Two commands are enough: `make run` and `make test`. CONTRIBUTING.md explains the rest.
PYTHON ?= python3
DATA ?= ./data

BOOTSTRAP := $(PYTHON) -m tools.bootstrap
export PATH := $(CURDIR)/.venv/bin:$(PATH):$(HOME)/.cargo/bin
export CARGO_TARGET_DIR := $(CURDIR)/target
export npm_config_cache := $(CURDIR)/.cache/npm
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
# More than there are cores: half of a test's time is waiting. Long ones begin first (server/conftest.py): by xdist's
# own order, large files first, they would end alone.
SIDE_BY_SIDE := -n 4 --dist loadscope --no-loadscope-reorder
# Nowhere else, as server/conftest.py holds: to read every test takes longer than many of them.
BROWSER_TESTS := server/tests/e2e server/tests/install $(wildcard server/mcmeet/features/*/tests/test_page*.py)
# Where it is set, each start would compile every module anew: three seconds of five.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup build wheels check check-server check-engine check-page test test-python test-browser test-engine test-web bench screenshots doctor format generate lock

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

run: ## build what changed, then serve on HOST:PORT (127.0.0.1:8080, or as configured), data in DATA; TLS=auto: HTTPS for the local network
	@$(BOOTSTRAP) serve $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)") $(if $(TLS),--tls "$(TLS)") --data "$(DATA)"

setup: ## .venv with every tool, and the page's packages
	@$(BOOTSTRAP) setup

build: ## setup, the media engine and the page
	@$(BOOTSTRAP) build

wheels: ## dist/: the server with its page, and the media engine, for machines without Node and Rust
	@$(BOOTSTRAP) wheels

check: ## lint, types, architecture, generated files fresh
	@echo "each part of the check is shown when it ends"
	@$(MAKE) --no-print-directory --jobs 3 --output-sync check-server check-engine check-page

check-server: setup
	ruff check
	ruff format --check
	mypy
	lint-imports --cache-dir .cache/import-linter
	python -m tools.architecture

check-engine:
	cargo fmt --check
	cargo clippy --locked --quiet --all-targets -- -D warnings
	cargo clippy --locked --quiet --package mcmeet-sfu --features python -- -D warnings

check-page: setup
	cd web && npm run --silent check
	python -m tools.generated

test: check ## check and every suite; root gets missing Debian packages installed
	@$(BOOTSTRAP) test-packages
	@$(BOOTSTRAP) build
	@echo "what the engine's and the page's tests say is shown when they end"
	@$(MAKE) --no-print-directory --jobs 2 --output-sync test-engine test-web
	$(MAKE) --no-print-directory test-python test-browser

test-engine: ## the Rust tests, two at a time: they move real packets; alone those that look at the memory of the process
	cargo test --locked --quiet -- --test-threads=2 --skip memory_where_it_was
	cargo test --locked --quiet -- --test-threads=1 memory_where_it_was

test-web: ## the page's tests without a browser, and its size
	cd web && npm run --silent test && npm run --silent budget

test-python: ## everything that may run side by side
	pytest $(SIDE_BY_SIDE) --engine=every -m "not browser and not media"

test-browser: ## browsers, two at a time; then real media
	pytest -n 2 --dist worksteal -m "browser and not media" $(BROWSER_TESTS)
	pytest -n 2 --dist loadfile --no-loadscope-reorder -m media server/tests/contract

bench: build ## measure against peers; bench/RESULTS.md holds the last figures
	python -m bench

screenshots: build ## take the pictures under docs/screenshots anew
	python -m tools.screenshots

doctor: ## name what is missing on this machine and how to get it
	@$(BOOTSTRAP) doctor

format: ## let the formatters have their way
	ruff check --fix --quiet
	ruff format --quiet
	cargo fmt
	cd web && npx --no-install prettier --write --log-level warn .

generate: ## write the generated files again
	python -m tools.generated --write

lock: ## write requirements/*.txt from *.in
	for set in bootstrap run dev; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    requirements/$$set.in -o requirements/$$set.txt || exit 1; \
	done
