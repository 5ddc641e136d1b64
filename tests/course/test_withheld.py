"""No module of mlpkit that students' code can import while it is graded is an answer to what is asked."""

import importlib
import inspect

import pytest

from autograder.course import load
from autograder.notebooks import TOOLS, answers
from mlpkit.doctor import EXERCISES, examine
from tests.course.classroom import ROOT

ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("solutions/*/assignment.ipynb"))
SHOWING = ("plotting", "questions", "jupyter", "place", "data")  # draw, ask and serve; looked at by their names alone


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_function_that_is_left_passes_for_one_that_is_asked(assignment):
    withheld = set(load(ROOT / "autograder").job(assignment).parsed.withheld)
    left = (answers() | TOOLS) - withheld
    assert "doctor" not in left
    for room in sorted(left):
        module = importlib.import_module(f"mlpkit.{room}")
        functions = dict(inspect.getmembers(module, inspect.isfunction))
        assert not functions.keys() & EXERCISES[assignment].keys(), room
        for name, function in functions.items() if room not in SHOWING else ():
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            for asked in EXERCISES[assignment]:
                assert not examine(assignment, asked, function).passed, (room, name, asked)


def test_a_new_module_is_withheld_by_itself():
    rooms = {path.stem for path in (ROOT / "mlpkit").glob("*.py")} - {"__init__", "__main__"}
    assert rooms <= answers() | TOOLS
    assert {"workspace", "network", "network_check", "activations", "losses", "widgets"} <= answers()
