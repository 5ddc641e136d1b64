"""A small assignment and a small course for the tests, made in code."""

import json
import tempfile
from functools import cache
from pathlib import Path

from autograder.course import load
from autograder.engine import Job
from autograder.gradebook import Gradebook
from autograder.sandbox import Limits

ID = "small"
STUBS = ("raise NotImplementedError()", "*Your answer here.*")

CELLS = [
    ("locked", "imports", 0, "import numpy as np\nfrom numpy.testing import assert_allclose"),
    ("solution", "double", 0, "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
    (
        "test",
        "test-double",
        2,
        "x = np.array([1.0, 2.0])\n"
        "assert_allclose(double(x), [2.0, 4.0])\n"
        "### BEGIN HIDDEN TESTS\n"
        "secret_number = 40961.5\n"
        "hidden = np.random.default_rng(5).normal(size=(3, 4)) + secret_number\n"
        "assert double(hidden).shape == hidden.shape\n"
        "assert np.max(np.abs(double(hidden) - 2 * hidden)) < 1e-9, 'doubling is wrong'\n"
        "### END HIDDEN TESTS",
    ),
    (
        "solution",
        "average",
        0,
        "def average(x):\n    ### BEGIN SOLUTION\n    return np.mean(x)\n    ### END SOLUTION",
    ),
    (
        "test",
        "test-average",
        1,
        "values = np.array([3.0, 4.0, 8.0])\n"
        "assert isinstance(average(values), float)\n"
        "assert abs(average(values) - 5.0) < 1e-12",
    ),
    ("solution", "slope", 0, "def slope(x):\n    ### BEGIN SOLUTION\n    return 3 * x**2\n    ### END SOLUTION"),
    (
        "test",
        "test-slope",
        3,
        "at = np.linspace(0.5, 2.0, 7)\nassert_allclose(slope(at), 3 * at**2, rtol=1e-12)",
    ),
    (
        "solution",
        "apply",
        0,
        "def apply(f, x):\n    ### BEGIN SOLUTION\n    return f(x) + f(x)\n    ### END SOLUTION",
    ),
    (
        "test",
        "test-apply",
        1,
        "answer = 12.25\nassert apply(lambda v: v * answer, 2.0) == 49.0",
    ),
    ("manual", "why", 2, "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"),
]

HONEST = {
    "double": "def double(x):\n    return x + x",
    "average": "def average(x):\n    return sum(x) / len(x)",
    "slope": "def slope(x):\n    return 3 * x * x",
    "apply": "def apply(f, x):\n    return 2 * f(x)",
    "why": "It is so.",
}


def source_bytes(cells: list = CELLS, withhold: tuple = ("activations", "losses")) -> bytes:
    return notebook([source_cell(*cell) for cell in cells], {"mlpkit": {"withhold": list(withhold)}})


def source_cell(role: str, id: str, points: float, text: str) -> dict:
    metadata = {
        "grade": role in ("test", "manual"), "solution": role in ("solution", "manual"),
        "locked": role in ("test", "locked"), "task": False, "grade_id": id, "schema_version": 3,
    }  # fmt: skip
    if points:
        metadata["points"] = points
    kind = "markdown" if role == "manual" else "code"
    return cell(text, kind, {} if role == "free" else {"nbgrader": metadata})


def cell(text: str, kind: str = "code", metadata: dict | None = None) -> dict:
    made = {"cell_type": kind, "metadata": metadata or {}, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(cells: list[dict], metadata: dict | None = None) -> bytes:
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    whole = {"cells": cells, "metadata": kernel | (metadata or {}), "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(whole).encode()


def released(cells: list = CELLS) -> list[dict]:
    """The students' version, as nbgrader makes it, as a list of cells."""
    parsed = job(cells).parsed
    made = [source_cell(*cell) for cell in cells]
    for new, old in zip(made, parsed.cells, strict=True):
        new["source"] = old.released
    return made


def submission(answers: dict[str, str] | None = None, extra: tuple[str, ...] = (), cells: list = CELLS) -> bytes:
    """An honest submission but for `answers`, by cell id; `extra` cells come first."""
    answers = HONEST | (answers or {})
    made = released(cells)
    for new in made:
        id = new["metadata"].get("nbgrader", {}).get("grade_id")
        new["source"] = answers.get(id, new["source"])
    return notebook([*(cell(text) for text in extra), *made])


def job(cells: list = CELLS, **limits: object) -> Job:
    return Job(source_bytes(cells), {}, ID, STUBS, Limits(**limits))


def scores(result: dict) -> dict[str, float | None]:
    return {question["id"]: question["score"] for question in result["questions"]}


def verdicts(result: dict) -> dict[str, str]:
    return {question["id"]: question["verdict"] for question in result["questions"]}


def make_course(folder: Path, cells: list = CELLS) -> Path:
    """A course folder with nbgrader's configuration and the source of one assignment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'test'\n"
        "c.CourseDirectory.source_directory = 'solutions'\n"
        f"c.ClearSolutions.code_stub = {{'python': {STUBS[0]!r}}}\n"
        f"c.ClearSolutions.text_stub = {STUBS[1]!r}\n"
    )
    source = folder / "solutions" / ID / "assignment.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(source_bytes(cells))
    return folder


@cache
def empty_gradebook() -> bytes:
    """An empty gradebook as the first run of a course makes it, which takes nbgrader seconds."""
    with tempfile.TemporaryDirectory() as name:
        course = load(make_course(Path(name)))
        Gradebook(course, ID, course.job(ID).parsed).close()
        return Path(name, "gradebook.db").read_bytes()


def hand_in(folder: Path, student: str, data: bytes, timestamp: str | None = None) -> Path:
    place = folder / "submitted" / student / ID
    place.mkdir(parents=True, exist_ok=True)
    (place / "assignment.ipynb").write_bytes(data)
    if timestamp:
        (place / "timestamp.txt").write_text(timestamp)
    return place / "assignment.ipynb"
