# make run | test | test-slow | lab | docs | sbom: each makes a virtual environment in .venv and installs what it needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev

# Tests run on all cores, one process a core; two threads a process would only wait for each other.
test test-slow: export OMP_NUM_THREADS = 1

# A GPU and its absence (1), PMO's classifiers (6), the adme extra (3), node (1). Each skip is listed with
# its reason; one more fails.
MOST_SKIPS := 11

.PHONY: run test test-slow lint docs lab sbom clean

run: $(STAMP)
	$(BIN)/molagent run examples/jak1_selective.toml

test: lint docs $(DEV)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow" --most-skips $(MOST_SKIPS)
	$(BIN)/python -m pytest -q -n auto -p nbmake --nbmake --nbmake-timeout=900 $(wildcard notebooks/*.ipynb)

# Whole benchmarks in small, runs in processes of their own: before a release, not at every change.
test-slow: $(DEV)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m slow

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Strict: a broken link, a docstring that cannot be read or a name that is gone is an error.
docs: export NO_MKDOCS_2_WARNING = 1
docs: $(DEV)
	$(BIN)/python -m mkdocs build --strict --quiet

lab: $(STAMP)
	$(BIN)/jupyter lab --LabApp.news_url=None \
	  --LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate \
	  notebooks/01_first_campaign.ipynb

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# Exactly the files of the locks, by their hashes. torch is first looked for where PIP_FIND_LINKS points,
# for its CPU build, then in the package index. The last line then finds everything there; only where
# torch comes with CUDA it adds what torch itself pins.
PIP    = $(BIN)/python -m pip install --quiet
LOCKED = --no-deps --require-hashes -r
TORCH  = $(LOCKED) requirements-torch.lock

$(STAMP): pyproject.toml requirements.lock requirements-torch.lock | $(VENV)/bin/python
	$(PIP) --no-index $(TORCH) 2>/dev/null || $(PIP) $(TORCH)
	$(PIP) $(LOCKED) requirements.lock
	$(PIP) -e .
	touch $@

$(DEV): pyproject.toml requirements-dev.lock requirements-torch.lock | $(VENV)/bin/python
	$(PIP) --no-index $(TORCH) 2>/dev/null || $(PIP) $(TORCH)
	$(PIP) $(LOCKED) requirements-dev.lock
	$(PIP) -e ".[dev,bench]"
	touch $@ $(STAMP)

# What a plain installation is made of, as CycloneDX.
sbom: $(DEV)
	mkdir -p build
	cat requirements-torch.lock requirements.lock | $(BIN)/cyclonedx-py requirements \
	  --pyproject pyproject.toml --output-reproducible --output-file build/molagent.cdx.json -

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build site *.egg-info
