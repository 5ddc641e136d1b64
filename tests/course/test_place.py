"""Wherever the course's folder stands or goes, `make` starts it or says in one line what to do."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from mlpkit import __main__ as installation
from mlpkit import place
from tests.course.classroom import ROOT

needs_bwrap = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap stands in for other disks and rights")


def course_in(folder: Path) -> Path:
    """Put what a set-up needs to begin into a folder: the Makefile, what pip would read, place.py, a lesson."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "mlpkit/place.py", "lessons/00_start_here.ipynb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def with_environment(folder: Path, backend: str = "hatchling") -> Path:
    """Add an environment with a script and an editable mlpkit, as pip and a build backend write them."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")]
    subprocess.run(command, check=True)
    packages = next(folder.glob(".venv/lib/python*/site-packages"))
    (packages / "numpy.py").touch()
    if backend == "hatchling":
        (packages / "_mlpkit.pth").write_text(str(folder))
    else:
        (packages / "__editable__.mlpkit-0.1.0.pth").write_text("import __editable___mlpkit_0_1_0_finder")
        finder = "import sys\nMAPPING = {'mlpkit': %r}\nsys.path.append(MAPPING['mlpkit'].rpartition('/')[0])\n"
        (packages / "__editable___mlpkit_0_1_0_finder.py").write_text(finder % str(folder / "mlpkit"))
    script = folder / ".venv" / "bin" / "tool"
    python = f"{folder}/.venv/bin/python"
    head = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n" if " " in python else f"#!{python}\n"
    script.write_text(head + "import sys, mlpkit\nprint(sys.prefix, list(mlpkit.__path__)[0])\n")
    script.chmod(0o755)
    os.utime(folder / "pyproject.toml", (0, 0))
    os.utime(folder / "constraints.txt", (0, 0))
    (folder / ".venv" / "ready").touch()
    return folder


def make(folder: Path, *before: str) -> subprocess.CompletedProcess:
    return subprocess.run([*before, "make", "-C", str(folder), ".venv/ready", f"PYTHON={sys.executable}"],
                          capture_output=True, text=True)  # fmt: skip


def lines_of(done: subprocess.CompletedProcess) -> list[str]:
    return [line for line in done.stderr.splitlines() if not line.startswith(("make", "Makefile"))]


@pytest.mark.parametrize("before", ["plain", "with a space", "it's old"])
@pytest.mark.parametrize("after", ["plain too", "Kurs über Netze", "it's here", "x" * 140])
@pytest.mark.parametrize("backend", ["hatchling", "setuptools"])
def test_a_folder_that_was_moved_takes_its_environment_along(tmp_path, before, after, backend):
    with_environment(course_in(tmp_path / before), backend)
    assert lines_of(make(tmp_path / before)) == []
    moved = (tmp_path / before).rename(tmp_path / after)

    done = make(moved)
    assert done.returncode == 0, done.stderr
    assert lines_of(done) == [f"The course's folder has moved to {moved}: its environment has followed."]
    said = subprocess.run([str(moved / ".venv/bin/tool")], cwd="/", capture_output=True, text=True, check=True).stdout
    assert said == f"{moved}/.venv {moved}/mlpkit\n"
    assert lines_of(make(moved)) == []


def test_outside_of_make_a_moved_folder_is_one_line(tmp_path, monkeypatch):
    with_environment(course_in(tmp_path / "old"))
    assert installation._misplaced(tmp_path / "old") == []
    (tmp_path / "old").rename(tmp_path / "new")
    (line,) = installation._misplaced(tmp_path / "new")
    assert line.startswith(
        "The course's folder was moved, and its environment still has the old path: run 'make lab'"
    )


def test_jupyter_is_started_by_python_and_not_by_a_script_with_a_path_in_it():
    quiet = ["make", "-n", "--no-print-directory", "lab"]  # the tests may be run by make themselves
    done = subprocess.run(quiet, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "/python -m jupyterlab " in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("fault", ["python is gone", "another version", "another machine"])
def test_an_environment_whose_python_is_gone_is_set_up_anew(tmp_path, fault):
    folder = with_environment(course_in(tmp_path / "course"))
    if fault == "python is gone":
        (folder / ".venv/bin/python").unlink()
        (folder / ".venv/bin/python").symlink_to("/nowhere/python3")
    elif fault == "another version":
        settings = folder / ".venv/pyvenv.cfg"
        settings.write_text(settings.read_text().replace("version = 3.", "version = 3.9"))
    else:
        next(folder.glob(".venv/lib/python*/site-packages/numpy.py")).write_text(
            "raise ImportError('wrong ELF class')"
        )
    done = subprocess.run([sys.executable, "mlpkit/place.py"], cwd=folder, capture_output=True, text=True)
    assert done.stdout == "well\n"
    assert done.stderr.startswith("The Python that .venv was made with is gone, or is another one now: setting up")
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("name", ["Temp1_course.zip", ".fr-a1b2c3", "course.zip.d", "AppTranslocation"])
def test_a_look_into_a_zip_file_is_no_place_to_work(tmp_path, name):
    done = make(course_in(tmp_path / name / "course"))
    assert done.returncode != 0
    (line,) = lines_of(done)
    assert "is a look into a zip file, and is soon gone: unpack the zip file first" in line


@pytest.mark.skipif(os.name == "nt", reason="there the separator is allowed in no path")
def test_a_colon_in_the_path_is_said_before_python_refuses_it(tmp_path):
    folder = course_in(tmp_path / "a:b")
    with pytest.raises(ValueError, match="PATH separator"):
        venv.create(folder / ".venv")
    (line,) = lines_of(make(folder))
    assert line.startswith("Python makes no environment in a folder whose path contains ':': rename it")


def test_an_incomplete_folder_is_said_so(tmp_path):
    folder = course_in(tmp_path / "course")
    shutil.rmtree(folder / "lessons")
    (line,) = lines_of(make(folder))
    assert line == f"There is no folder {folder / 'lessons'}: unpack or clone the whole course again."


@needs_bwrap
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("read-only", "The disk of {folder} can only be read: copy the whole course's folder to a place of your own"),
        (
            "not yours",
            "You may not write into {folder}/lessons: copy the whole course's folder to a place of your own",
        ),
        ("small", "The disk of {folder} has 30 MB left, and 1000 MB are needed: make room"),
        ("full", "The disk of {folder} is full: make room"),
    ],
)
def test_a_disk_or_folder_that_cannot_be_written_is_one_line_and_nothing_is_begun(tmp_path, kind, said):
    folder = course_in(tmp_path / "course")
    inside = ["bwrap", "--dev-bind", "/", "/", "--cap-drop", "ALL"]
    start = f"make -C {folder} .venv/ready PYTHON={sys.executable}"
    if kind == "read-only":
        inside += ["--ro-bind", str(folder), str(folder)]
    elif kind == "not yours":
        (folder / "lessons").chmod(0o555)
    else:
        kept = folder.rename(tmp_path / "kept")
        folder.mkdir()
        inside += ["--size", "30000000", "--tmpfs", str(folder)]
        fill = f"cat /dev/zero > {folder}/fill 2>/dev/null; " if kind == "full" else ""
        start = f"cp -r {kept}/. {folder}; {fill}{start}"
    done = subprocess.run([*inside, "sh", "-c", start], capture_output=True, text=True)
    (folder / "lessons").exists() and (folder / "lessons").chmod(0o755)
    assert done.returncode != 0
    (line,) = lines_of(done)
    assert line.startswith(said.format(folder=folder)), line
    assert not (folder / ".venv").exists()


def test_a_python_that_is_not_there_is_one_line(tmp_path):
    folder = course_in(tmp_path / "course")
    done = subprocess.run(["make", "-C", str(folder), "lab", "PYTHON=no-python"], capture_output=True, text=True)
    assert "There is no no-python: install Python 3.11 or newer, or name yours" in done.stderr


def test_this_folder_is_in_its_place():
    assert place.folder_problems(ROOT, set_up=False) == []
