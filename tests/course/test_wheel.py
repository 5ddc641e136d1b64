"""The distribution mlpkit needs four packages and no JupyterLab: its wheel, installed alone, runs lesson 1."""

import json
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.course.classroom import ROOT

# Runs the code cells of a notebook with nothing on the path but Python's own library and what was installed.
RUNNER = """
import importlib.util, json, sys
site, notebook = sys.argv[1:]
sys.path.insert(0, site)
for absent in ("jupyterlab", "nbgrader", "ipykernel", "pytest"):
    assert importlib.util.find_spec(absent) is None, absent
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cells = [c for c in json.load(open(notebook, encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
for cell in cells:
    shell.run_cell("".join(cell["source"])).raise_error()
import mlpkit
from mlpkit.__main__ import installation_problems
print(len(cells), mlpkit.__file__, installation_problems())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the course, built from a copy of what belongs to it."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("mlpkit", "autograder"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "class"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", str(source)]
    subprocess.run(command, cwd=built, check=True)
    (path,) = built.glob("mlpkit-*.whl")
    return path


def needed(requirements: list[str], extra: str = "") -> dict[str, Requirement]:
    """Return those of a distribution's requirements that hold here, by name."""
    parsed = map(Requirement, requirements)
    return {r.name: r for r in parsed if r.marker is None or r.marker.evaluate({"extra": extra})}


def metadata_of(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(name).decode().splitlines()
    return [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]


def test_the_wheel_needs_four_packages_and_its_extra_the_lab(wheel: Path):
    requirements = metadata_of(wheel)
    alone = needed(requirements)
    assert set(alone) == {"numpy", "matplotlib", "ipywidgets", "anywidget"}
    assert set(needed(requirements, "lab")) - set(alone) == {"jupyterlab", "nbgrader", "charset-normalizer"}


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, and the packages that it needs, and those that these need; no other."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*command, str(wheel)], check=True)
    waiting, seen = [(name, "") for name in needed(metadata_of(wheel))], set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(found.locate_file(top))
        for other in needed(found.requires or [], extra).values():
            waiting += [(other.name, ""), *((other.name, extra) for extra in other.extras)]
    return folder


def test_lesson_1_runs_from_the_wheel_alone_and_nothing_is_missed(site: Path, tmp_path: Path):
    lesson = ROOT / "lessons" / "01_logistic_regression" / "lesson.ipynb"
    (tmp_path / "runner.py").write_text(RUNNER)
    command = [sys.executable, "-I", "-S", "runner.py", str(site), str(lesson)]
    environment = {"MPLBACKEND": "agg", "MLPKIT_PREDICTIONS": str(tmp_path / "p.json"), "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    cells = [cell for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    count, where, problems = done.stdout.rstrip().split("\n")[-1].split(" ", 2)
    assert int(count) == len(cells) > 10
    assert Path(where).is_relative_to(site)
    assert problems == "[]"
