# Every target sets up what it needs: `make serve` and `make test` work on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done
LOCKS := requirements/run.txt requirements/dev.txt
UV := $(shell command -v uv 2>/dev/null)
SOURCES := $(shell git ls-files web hatch_build.py 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup serve demo test check e2e fuzz simulate pictures compat bench format lock clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP) ## make .venv with the locked dependencies and Playhead, editable

$(STAMP): pyproject.toml $(LOCKS) $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Playhead needs Python 3.11 or newer; set PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifdef UV
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $(STAMP)

serve: $(STAMP) ## set up and start the whole system
	$(BIN)/playhead serve $(ARGS)

demo: $(STAMP) ## set up and open the demo player beside its live session
	$(BIN)/playhead demo $(ARGS)

test: $(STAMP) ## set up and run the tests (no browser needed)
	$(BIN)/python -m pytest -m "not e2e" -n auto -q $(ARGS)

check: $(STAMP) ## format, lint, types, floors, of web/ too
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python hatch_build.py check

e2e: $(STAMP) ## browser tests; needs Chromium on the machine
	$(BIN)/python -m pytest -m e2e -q -p no:randomly -n 3 --dist loadfile $(ARGS)

N ?= 1000000
fuzz: $(STAMP) ## N spoiled requests (default a million; SEED=3), schemathesis for long, 5000 broken clients
	PLAYHEAD_FUZZ_CASES=$(N) PLAYHEAD_FUZZ_SEED=$(or $(SEED),3) PLAYHEAD_FUZZ_EXAMPLES=$(or $(EXAMPLES),30) PLAYHEAD_FUZZ_CONNECTIONS=5000 $(BIN)/python -m pytest tests/fuzz -q -s -p no:randomly $(ARGS)

simulate: $(STAMP) ## the whole system from N seeds (default 1000; FIRST=0 on), or one with its trace (SEED=42; WITHOUT="slow …")
	PYTHONPATH=tests $(BIN)/python -m simulation $(if $(SEED),--seed $(SEED),--seeds $(if $(filter command line environment,$(origin N)),$(N),1000) --first $(or $(FIRST),0)) $(if $(WITHOUT),--without $(WITHOUT))

pictures: $(STAMP) ## renew docs/images from the browser tests
	PLAYHEAD_PICTURES=docs/images $(BIN)/python -m pytest tests/e2e/test_console.py tests/e2e/test_explain.py tests/e2e/test_reports_pages.py tests/e2e/test_live_page.py tests/e2e/test_quality_page.py tests/e2e/test_content_page.py tests/e2e/test_ads_page.py tests/e2e/test_debugger_page.py tests/e2e/test_settings_page.py tests/e2e/test_lookups_page.py -q -p no:randomly -k "read_off or empty or demo or opened_with or says_what_the_api_says or says_who_watches"
	@if command -v pngquant >/dev/null; then pngquant --force --skip-if-larger --ext .png docs/images/*.png; fi

compat: $(STAMP) ## renew docs/reference/compatibility.md from the tests of tests/clients
	$(BIN)/python tests/clients/compatibility.py

bench: $(STAMP) ## measure; prints ratios against references of the same run
	$(BIN)/python bench/run.py $(ARGS)

format: $(STAMP) ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## renew the lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml --group build --group dev --group e2e -c requirements/run.txt -o requirements/dev.txt

clean: ## remove what setup and the tests made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
