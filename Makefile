# Needs make and Python 3.11 or newer; everything else is installed into .venv, pinned by hash.

VENV ?= .venv
PY := $(VENV)/bin/python
ROUNDS ?=
# With STORE=postgresql every node has its books in a server of Debian's package, started for it.
STORE ?=
ON := $(if $(filter postgresql,$(STORE)),$(PY) scripts/temporary_postgresql.py)
export STORE
# Tests and the demo start hundreds of short processes; each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
LOCK_INPUTS := pyproject.toml scripts/make-venv.sh

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv run wheel demo test test-browser test-edc test-spark tck lint bench bench-ai bench-peers soak docs reference sbom audit lock clean

help:
	@echo 'make demo              a story between nodes, in one go (ACT=list, KEEP=1 leaves them, DEMO_LANG=vi speaks Vietnamese)'
	@echo 'make run               what a node runs on, in .venv: enough for the demo and the tutorials'
	@echo 'make wheel             build dist/faifo-*.whl, for pip and pipx'
	@echo 'make test              run the tests (ARGS="-k catalog" is handed to pytest)'
	@echo 'make test-browser      the pages in a real Chromium'
	@echo 'make test-edc          real Eclipse EDC connectors in both directions, and a real object store; needs Java 17 and Maven'
	@echo 'make test-spark        counts inside Apache Spark as in a file; fetches 400 MB, needs Java 17'
	@echo 'make tck               run the DSP and DCP conformance kits; needs Java 17 and Maven (ARGS="--only dcp")'
	@echo 'make lint              style, types and import directions'
	@echo 'make bench             measure (ROUNDS=5, QUICK=1, ONLY=flow; BASE=v0.1.0 measures against that version)'
	@echo 'make bench-ai          Faifo and the open AI Verify plugins on the same rows; installs those into build/'
	@echo 'make bench-peers       Eclipse EDC 0.14 and Faifo in one run; needs Java 17 and Maven'
	@echo 'make docs              build the documentation into build/site'
	@echo 'make reference         write the reference pages from the program'
	@echo 'make soak              minutes of new seeds, faults and bad peers (PART=seeds|faults|hostile|log|day|versions, SEED=7, SECONDS=60)'
	@echo 'make sbom              what a node runs on, as CycloneDX in build/sbom.json'
	@echo 'make audit             ask the Python advisory database about it; needs pypi.org'
	@echo 'make venv              the whole development environment in .venv'
	@echo 'make lock              after a change of dependencies: lock and export (needs uv)'
	@echo 'make clean             remove what make made'
	@echo 'STORE=postgresql: demo, test, tck, bench and soak on a PostgreSQL server that is gone afterwards'
	@echo 'PARTS=2 beside it: in tests each node is two control parts and a data part behind nginx'
	@echo 'PYTHON=/path/to/python chooses the interpreter.'

# $(VENV)/made.run: what a node and the demo run on. $(VENV)/made.dev: that, tests, benches and linters.
# Making the second also makes the first, so a fresh `make test` installs once.
$(VENV)/made.dev: requirements.lock requirements-build.lock requirements-dev.lock $(LOCK_INPUTS)
	@PYTHON='$(PYTHON)' sh scripts/make-venv.sh dev '$(VENV)'
	@touch $(VENV)/made.run $@

$(VENV)/made.run: requirements.lock requirements-build.lock $(LOCK_INPUTS)
	@PYTHON='$(PYTHON)' sh scripts/make-venv.sh run '$(VENV)'
	@touch $@

venv: $(VENV)/made.dev

run: $(VENV)/made.run
	@echo 'installed: $(VENV)/bin/faifo'

# From the locked build packages, with the network shut off; one wheel, so that dist/faifo-*.whl is it.
wheel: $(VENV)/made.run
	@rm -f dist/faifo-*.whl
	@$(PY) -m pip --disable-pip-version-check --quiet wheel --no-index --no-deps --no-build-isolation \
	    --wheel-dir dist .
	@ls dist/faifo-*.whl

demo: $(VENV)/made.$(if $(STORE),dev,run)
	@$(ON) $(VENV)/bin/faifo demo $(if $(DEMO_LANG),--lang '$(DEMO_LANG)') $(if $(ACT),--act '$(ACT)') \
	    $(if $(COMMANDS),--commands) $(if $(KEEP),--keep)

test: $(VENV)/made.dev
	$(PY) -m pytest -n auto --ignore=tests/edc --ignore=tests/stores --ignore=tests/browser $(ARGS)

# One at a time: a browser takes a core and 300 MB.
test-browser: $(VENV)/made.dev
	$(PY) -m pytest tests/browser $(ARGS)

# One EDC at a time: it takes 300 MB and its waits are measured in milliseconds.
test-edc: $(VENV)/made.dev
	$(PY) -m pytest tests/edc tests/stores $(ARGS)

# Java 17 is needed; 400 MB, and of no use to anything else here.
build/spark:
	$(PY) -m pip --disable-pip-version-check --quiet install --target $@.part pyspark==4.3.0
	@mv $@.part $@

test-spark: $(VENV)/made.dev | build/spark
	$(PY) -m pytest tests/unit/ai/assess/test_engine.py -k spark $(ARGS)

tck: $(VENV)/made.$(if $(STORE),dev,run)
	$(ON) $(PY) tests/tck/run.py $(ARGS)

lint: $(VENV)/made.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict
	$(VENV)/bin/lint-imports

bench: $(VENV)/made.dev
	$(PY) -m bench $(if $(STORE),--only store) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(QUICK),--quick) $(if $(BASE),--base $(BASE)) \
	    $(foreach part,$(ONLY),--only $(part))

# Java 17 and Maven are needed; on a machine that does nothing else.
bench-peers: $(VENV)/made.dev
	$(PY) -m bench.peers $(ARGS)

bench-ai: $(VENV)/made.dev
	$(PY) -m bench.aiverify

# Bounded in time, repeatable with SEED; the report is build/soak.json.
soak: $(VENV)/made.dev
	$(ON) $(PY) -m soak $(if $(PART),--part $(PART)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(SECONDS),--seconds $(SECONDS))

docs: $(VENV)/made.dev
	$(PY) -m mkdocs build --strict --quiet
	@echo 'built: build/site/index.html'

reference: $(VENV)/made.dev
	$(PY) scripts/reference.py

build/tools/made: Makefile
	@python3 -m venv build/tools
	@build/tools/bin/pip --quiet install cyclonedx-bom==7.5.0 pip-audit==2.10.1
	@touch $@

sbom: build/tools/made
	@build/tools/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
	    --output-reproducible --validate -o build/sbom.json
	@echo 'written: build/sbom.json'

audit: build/tools/made
	build/tools/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

lock:
	sh scripts/export-locks.sh

clean:
	rm -rf $(VENV) .demo build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
	    .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
