# make lab        opens the course in JupyterLab
# make test       runs every check of the course
# make class      opens JupyterLab for an instructor, with Formgrader
# make notebooks  runs the lessons and keeps their outputs
# make clean      removes the environment
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# Jupyter refuses to be started by root unless it is told to: containers have nobody else.
LAB := $(BIN)/python -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) $(LABFLAGS)

# Where does the folder stand, and has it moved since? It says so itself, in one line.
ifneq ($(MAKECMDGOALS),clean)
PLACE := $(shell $(PYTHON) mlpkit/place.py)
ifeq ($(PLACE),)
$(error There is no $(PYTHON): install Python 3.11 or newer, or name yours: make lab PYTHON=python3.12)
else ifneq ($(PLACE),well)
$(error nothing was started)
endif
endif

.PHONY: lab test class notebooks clean

lab: .venv/ready
	@$(BIN)/python -m mlpkit
	$(LAB) --LabApp.default_url=/lab/tree/lessons/00_start_here.ipynb

test: .venv/ready-to-test
	$(BIN)/python -m pytest -n auto $(TESTFLAGS)

class: .venv/ready
	cd autograder && JUPYTER_CONFIG_PATH=. ../$(LAB) --ServerApp.root_dir=.. --LabApp.default_url=/lab/tree/autograder

notebooks: .venv/ready-to-test
	$(BIN)/python -m tests.run_notebooks

# Compiled on all cores afterwards, which pip does on one.
define set_up
@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'The course needs Python 3.11 or newer, and $(PYTHON) is ' + sys.version.split()[0] + '. Install a newer one, or name it: make lab PYTHON=python3.12')"
$(PYTHON) -m venv .venv
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable "$(1)"
$(BIN)/python -m compileall -q -j 0 .venv || true
@$(PYTHON) -c "open('.venv/ready', 'w').close()"
endef

# The stamps are older than pyproject.toml or constraints.txt only when these have changed: then pip runs again.
.venv/ready: pyproject.toml constraints.txt
	$(call set_up,.[lab])

.venv/ready-to-test: pyproject.toml constraints.txt
	$(call set_up,.[test])
	@$(PYTHON) -c "open('$@', 'w').close()"

clean:
	$(PYTHON) -c "import shutil; shutil.rmtree('.venv', ignore_errors=True)"
