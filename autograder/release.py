"""The students' version of an assignment: made by nbgrader from the source, then put beside the lesson."""

import shutil
from pathlib import Path


def copy_to_lessons(assignment: str, student: str, notebooks: list[str]) -> None:
    """Copy the released notebooks of one assignment from the class's release/ to lessons/ID/.

    nbgrader calls it after `generate_assignment`, with the course's folder as the working directory.
    """
    target = Path("lessons") / assignment
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((Path("autograder/class/release") / assignment).glob("*.ipynb")):
        shutil.copyfile(path, target / path.name)
