"""The students' version of an assignment: made by nbgrader from the source, put beside the lesson."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_to_lessons(assignment: str, student: str, notebooks: list[str]) -> None:
    """Copy the released notebooks of one assignment to lessons/ID/ (nbgrader's post-convert hook)."""
    released = ROOT / "autograder" / "class" / "release" / assignment
    target = ROOT / "lessons" / assignment
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(released.glob("*.ipynb")):
        shutil.copyfile(path, target / path.name)
