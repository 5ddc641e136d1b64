# make lab   opens the course in JupyterLab          make test   runs every check
# make class opens the instructor's JupyterLab       make clean  removes the environment
PYTHON ?= python3
ROOT := $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# Without the variable JupyterLab would open in the classic way; browsers are opened by Jupyter itself.
LAB := $(BIN)/jupyter lab $(ROOT) $(LABFLAGS)

.PHONY: lab test class clean

lab: .venv/ready
	@$(BIN)/python -m mlpkit
	$(LAB) lessons/00_start_here.ipynb

class: .venv/ready
	cd autograder && ../$(LAB) --ServerApp.root_dir=..

test: .venv/ready-to-test
	$(BIN)/python -m tests $(TESTFLAGS)

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(None if sys.version_info >= (3, 11) else 'This course needs Python 3.11 or newer and $(PYTHON) is ' + sys.version.split()[0] + ': install a newer one, or name one with: make lab PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	$(BIN)/python -m compileall -q -j 0 .venv || true
	@$(BIN)/python -c "open('$@', 'w')"

.venv/ready-to-test: .venv/ready
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@$(BIN)/python -c "open('$@', 'w')"

clean:
	rm -rf .venv
