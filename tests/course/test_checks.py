"""The visible checks in a real kernel, as a student meets them, and the Validate button with an endless loop."""

import json
import os
import re
import subprocess
import time

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from mlpkit.doctor.exercises import EXERCISES
from mlpkit.doctor.tasks import TASKS
from tests.course.classroom import BIN, ROOT

ASSIGNMENT = "01_logistic_regression"
ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("solutions/*/assignment.ipynb"))
GOOD = """def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)
"""
ENDLESS = """def sigmoid(z):
    while True:
        z = np.abs(z)
"""


def released(assignment: str = ASSIGNMENT) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "lessons" / assignment / "assignment.ipynb", as_version=4)


def cell(grade_id: str) -> str:
    return next(c.source for c in released().cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


IMPORTS, CHECK = cell("imports"), cell("sigmoid-value")


def run(*cells: str, **environment: str) -> list[list]:
    """Run cells in a fresh kernel, one after the other whatever happens, and return the outputs of each."""
    notebook = new_notebook(cells=[new_code_cell(text) for text in cells])
    client = NotebookClient(notebook, timeout=100, kernel_name="python3", allow_errors=True)
    client.execute(env=os.environ | environment)
    return [cell.outputs for cell in notebook.cells]


def shown(outputs: list) -> str:
    """Return what is in sight of a cell's outputs: prints, the lines of errors, the heads of what is folded."""
    texts = []
    for output in outputs:
        if output.output_type == "error":
            texts += output.traceback
        elif output.output_type == "stream":
            texts.append(output.text.rstrip("\n"))
        else:
            html = output.data["text/html"]
            assert html.startswith("<details><summary>")
            texts.append(html.split("</summary>")[0].removeprefix("<details><summary>"))
    return "\n".join(texts)


@pytest.fixture(scope="module")
def outputs() -> dict[str, list]:
    """A student's way through the first check, run once."""
    steps = {
        "before all": CHECK,
        "imports": IMPORTS,
        "stub": cell("sigmoid"),
        "not written": CHECK,
        "good": GOOD,
        "passed": CHECK,
        "syntax error": GOOD.replace("small)\n", "small\n", 1),
        "old after a syntax error": CHECK,
        "good again": GOOD,
        "passed again": CHECK,
        "stops too early": f"not_there\n{GOOD}",
        "old after another error": CHECK,
        "sign": GOOD.replace(">=", "<="),
        "wrong": CHECK,
        "raises": "def sigmoid(z):\n    helper = z / len(z)\n    return helper @ [1]",
        "stopped": CHECK,
    }
    return dict(zip(steps, run(*steps.values()), strict=True))


def test_a_check_that_passes_says_so_with_its_points(outputs):
    assert shown(outputs["passed"]) == shown(outputs["passed again"]) == "passed: 2 of 2 points"


def test_after_a_restart_the_check_asks_for_the_cell_above(outputs):
    (error,) = outputs["before all"]
    assert error.ename == "NameError"
    assert shown([error]).startswith("Run the cell above first, the one that defines sigmoid")


def test_what_is_not_written_is_said_in_one_line(outputs):
    (error,) = outputs["not written"]
    assert error.ename == "NotImplementedError"
    assert shown([error]) == "sigmoid is not written yet: put your code in the place of raise NotImplementedError()."


@pytest.mark.parametrize(
    ("step", "error"), [("old after a syntax error", "a SyntaxError"), ("old after another error", "a NameError")]
)
def test_an_old_function_is_never_judged_in_silence(outputs, step, error):
    said = f"Run the cell above first: its last run ended in {error}, and the sigmoid that is left is an earlier one."
    assert shown(outputs[step]) == said
    assert outputs[step][0].output_type == "error"


def test_a_failure_is_six_lines_with_the_useful_sentence_first_and_the_rest_folded(outputs):
    error, folded = outputs["wrong"]
    assert error.ename == "AssertionError"
    assert 2 <= len(shown([error, folded]).split("\n")) <= 6
    assert shown([error]).split("\n")[0] == error.evalue
    assert "is expected" in error.evalue
    assert "\nsigmoid: " in shown([error])  # the doctor
    for data in folded.data.values():
        assert "Traceback (most recent call last)" in data
        assert "test_sigmoid_value()" in data


def test_an_exception_shows_the_students_own_line(outputs):
    lines = shown(outputs["stopped"]).split("\n")
    assert outputs["stopped"][0].ename == "ValueError"
    assert lines[0].startswith("sigmoid stopped with ValueError: ")
    assert lines[1] == "    in line 3 of its cell: return helper @ [1]"
    assert len(lines) <= 6


def test_while_nbgrader_grades_the_error_is_recorded_as_python_has_it():
    wrong, right = run(IMPORTS, GOOD.replace(">=", "<="), CHECK, GOOD, CHECK, NBGRADER_EXECUTION="autograde")[2::2]
    (error,) = wrong
    assert error.ename == "AssertionError"
    assert "Traceback" in "\n".join(error.traceback)
    assert "What the doctor says:" in "\n".join(error.traceback)
    assert right == []


def test_while_a_notebook_is_validated_a_cell_that_never_ends_is_stopped_and_its_functions_do_not_pass():
    hurry = "from mlpkit import patience; patience.VALIDATED_CELL = 0.7"
    outputs = run(IMPORTS, hurry, f"{GOOD}\nwhile True:\n    pass", CHECK, NBGRADER_EXECUTION="validate")
    assert [output.ename for output in outputs[2] if output.output_type == "error"] == ["TimeUp"]
    said = "The cell that defines sigmoid did not come to an end: is there a loop that never ends?"
    assert shown(outputs[3]) == said
    assert outputs[3][0].output_type == "error"


def test_validate_names_the_function_that_never_ends_and_does_not_pass_in_under_40_seconds(tmp_path):
    notebook = released()
    answers = {"sigmoid": ENDLESS}
    source = nbformat.read(ROOT / "solutions" / ASSIGNMENT / "assignment.ipynb", as_version=4)
    for given, solved in zip(notebook.cells, source.cells, strict=True):
        settings = given.metadata.get("nbgrader", {})
        if settings.get("solution"):
            given.source = answers.get(settings["grade_id"], solved.source)
    nbformat.write(notebook, tmp_path / "assignment.ipynb")
    start = time.monotonic()
    command = [BIN / "nbgrader", "validate", "assignment.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    seconds = time.monotonic() - start
    assert "VALIDATION FAILED ON 8 CELL(S)" in done.stdout
    assert done.stdout.count("sigmoid did not come to an end within 5 seconds") == 8
    assert seconds < 40


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_check_prints_its_points_and_progress_counts_every_answer(assignment: str):
    source = json.loads((ROOT / "solutions" / assignment / "assignment.ipynb").read_text(encoding="utf-8"))
    asked, written = set(), 0
    for raw in source["cells"]:
        settings, text = raw["metadata"].get("nbgrader", {}), "".join(raw["source"])
        if not settings.get("grade"):
            continue
        if raw["cell_type"] == "markdown":
            written += 1
            continue
        (call,) = re.findall(r"^with doctor\.explains\((.+?)\):$", text, flags=re.M | re.S)
        given, *names, points = [part.strip() for part in call.split(",")]
        assert given == f'"{assignment}"'
        assert points == f"points={settings['points']}"
        assert text.index(call) < text.rindex("### BEGIN HIDDEN TESTS")
        assert "\nfrom mlpkit import doctor" in f"\n{text}"  # each check can begin after a restart
        asked |= {name.strip('"') for name in names}
    tasks = TASKS[assignment]
    assert asked == {*EXERCISES[assignment], *(name for task in tasks for name in task.names)}
    assert written == sum(task.is_written for task in tasks)
