"""`import mlpkit` loads NumPy alone; `python -m mlpkit` says in one line what to do about what is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import mlpkit
from mlpkit import __main__ as installation


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages in a fresh Python after the statement."""
    code = f"import sys, json; {statement}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    return set(
        json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    )


def test_importing_mlpkit_loads_numpy_and_nothing_else():
    extra = loaded_by("import mlpkit, numpy") - loaded_by("import numpy, importlib")

    assert extra == {"mlpkit"}


@pytest.mark.parametrize(
    "room", ["activations", "losses", "layers", "gradcheck", "datasets", "checks", "predictions"]
)
def test_the_numeric_rooms_load_neither_matplotlib_nor_ipywidgets(room):
    assert not {"matplotlib", "ipywidgets", "IPython", "autograder"} & loaded_by(f"import mlpkit.{room}")


def test_plotting_does_not_load_ipywidgets():
    assert "ipywidgets" not in loaded_by("import mlpkit.plotting")


def test_rooms_are_there_by_name_and_a_wrong_name_lists_them():
    assert mlpkit.datasets.xor()[1].tolist() == [0, 1, 1, 0]
    assert "plotting" in dir(mlpkit)
    with pytest.raises(AttributeError, match="mlpkit has no room 'cnn': it has activations, "):
        mlpkit.cnn  # noqa: B018


def test_this_installation_is_complete():
    assert installation.installation_problems() == []


def test_a_missing_kernel_and_an_old_package_each_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(
        installation, "requires", lambda name: ["numpy>=99.0", "no-such-package>=1", 'x>=9; extra == "test"']
    )
    (kernel,) = installation._missing_kernel()
    old, missing = installation._missing_packages()

    assert kernel.startswith("Jupyter's Python kernel is missing: run '")
    assert old.startswith("numpy is ")
    assert old.endswith("and must be 99.0 or newer: run 'make lab' in the course's folder.")
    assert missing == "The package no-such-package is not installed: run 'make lab' in the course's folder."


@pytest.mark.parametrize(
    ("installed", "missed"),
    [
        ({"numpy"}, []),  # Colab, VS Code, a browser: no JupyterLab of ours
        ({"numpy", "jupyterlab", "nbgrader"}, []),
        ({"numpy", "jupyterlab"}, ["The package nbgrader is not installed: run 'make lab' in the course's folder."]),
    ],
)
def test_jupyterlab_and_nbgrader_are_missed_only_where_one_of_them_is(installed, missed, tmp_path, monkeypatch):
    def version(name):
        if name in installed:
            return "9.9"
        raise installation.PackageNotFoundError(name)

    lab = ['jupyterlab>=4.2; extra == "lab"', 'nbgrader>=0.9.5; extra == "lab"']
    monkeypatch.setattr(installation, "version", version)
    monkeypatch.setattr(installation, "requires", lambda name: ["numpy>=2.0", *lab, 'pytest>=8; extra == "test"'])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert installation._missing_packages() == missed
    assert len(installation._missing_kernel()) == ("jupyterlab" in installed)


def test_an_old_python_is_refused_in_one_line(monkeypatch):
    source = Path(mlpkit.__file__).read_text()
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sys, "version", "3.9.1 (default)")

    with pytest.raises(ImportError, match=r"mlpkit needs Python 3\.11 or newer and this is Python 3\.9\.1: install"):
        exec(compile(source, "mlpkit", "exec"), {"__name__": "mlpkit"})
