"""However a notebook has lost marks, ids or cells, no answer is overridden by a stub, and no doubt is kept silent.

The right scores are those of the same notebook with its cells in place: HONEST is right everywhere.
"""

import json

import pytest

from tests.autograder.course import CELLS, HONEST, STUBS, cell, notebook, released, scores, submission

FULL = {"test-double": 2, "test-average": 1, "test-slope": 3, "test-apply": 1, "why": None}


def honest() -> list[dict]:
    return json.loads(submission())["cells"]


def index(cells: list[dict], id: str) -> int:
    return next(i for i, c in enumerate(cells) if c["metadata"].get("nbgrader", {}).get("grade_id") == id)


def forget(cells: list[dict], *ids: str) -> list[dict]:
    """The cells as they are when some were deleted and written again: the same text without metadata."""
    for id in ids:
        cells[index(cells, id)] = cell(HONEST.get(id, ""), "markdown" if id == "why" else "code")
    return cells


def without_ids(cells: list[dict]) -> list[dict]:
    for one in cells:
        del one["metadata"]["nbgrader"]["grade_id"]
    return cells


def split_answer(cells: list[dict]) -> list[dict]:
    at = index(cells, "slope")
    cells[at : at + 1] = [cell("def cube(x):\n    return x**3"), cell("def slope(x):\n    return 3 * cube(x) / x")]
    return cells


def merged_into_the_locked_cell(cells: list[dict]) -> list[dict]:
    at = index(cells, "double")
    cells[at - 1]["source"] += "\n" + cells.pop(at)["source"]
    return cells


def merged_with_its_test(cells: list[dict]) -> list[dict]:
    at = index(cells, "double")
    cells[at]["source"] += "\n" + cells.pop(at + 1)["source"]
    return cells


def at_the_end(cells: list[dict]) -> list[dict]:
    at = index(cells, "slope")
    cells.pop(at)
    return [*cells, cell("def three(): return 3"), cell("def slope(x):\n    return three() * x * x")]


def copied_to_make_another(cells: list[dict]) -> list[dict]:
    cells[index(cells, "average")] = json.loads(json.dumps(cells[index(cells, "double")])) | {
        "source": HONEST["average"]
    }
    return cells


def as_markdown(cells: list[dict]) -> list[dict]:
    cells[index(cells, "double")] = cell(HONEST["double"], "markdown")
    return cells


def with_windows_lines(cells: list[dict]) -> list[dict]:
    return [c | {"source": c["source"].replace("\n", "\r\n") + "  "} for c in cells]


LOSSES = {
    "one answer written again": lambda c: forget(c, "slope"),
    "all answers written again": lambda c: forget(c, "double", "average", "slope", "apply"),
    "all metadata lost": lambda c: [cell(x["source"], x["cell_type"]) for x in c],
    "all ids lost": without_ids,
    "an answer in two cells": split_answer,
    "an answer merged into the locked cell above": merged_into_the_locked_cell,
    "an answer merged with its test": merged_with_its_test,
    "an answer and its helper at the end": at_the_end,
    "a cell copied to make another": copied_to_make_another,
    "an answer in a text cell": as_markdown,
    "an id that nobody knows": lambda c: [
        x if x["metadata"]["nbgrader"]["grade_id"] != "slope"
        else cell(x["source"], metadata={"nbgrader": {**x["metadata"]["nbgrader"], "grade_id": "other"}}) for x in c],
    "Windows line ends": with_windows_lines,
}  # fmt: skip


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_right_work_gets_its_points_whatever_the_notebook_has_lost(grade, lose):
    result = grade(notebook(lose(honest())))
    assert scores(result) == FULL, result["findings"]
    assert result["unanswered"] == []


def test_line_ends_and_layout_are_no_findings(grade):
    assert grade(notebook(with_windows_lines(honest())))["findings"] == []


def test_a_stub_with_other_line_ends_is_still_not_attempted(grade):
    result = grade(notebook(with_windows_lines(released())))
    assert set(scores(result).values()) == {0.0}
    assert result["unanswered"] == ["double", "average", "slope", "apply", "why"]


def test_an_answer_in_several_versions_is_on_the_list_for_a_human(grade):
    cells = forget(honest(), "slope")
    cells.insert(index(cells, "test-slope"), cell("def slope(x):\n    return 3.0 * x**2"))
    result = grade(notebook(cells))
    assert scores(result) == FULL
    assert result["look"] == ["cell slope was missing: what it asks for is in another cell, in several versions"]


def test_an_empty_cell_below_the_answer_scores_as_in_nbgrader_and_is_on_the_list(grade):
    cells = honest()
    at = index(cells, "slope")
    cells[at]["source"] = "def slope(x):\n    " + STUBS[0]
    cells.insert(at, cell(HONEST["slope"]))
    result = grade(notebook(cells))
    assert scores(result)["test-slope"] == 0
    assert result["look"] == ["cell slope is empty and stands below a cell of their own that answers it"]


def test_a_notebook_of_another_assignment_is_no_zero_and_on_the_list(grade):
    result = grade(notebook([cell("print('homework 7')"), cell("# Report", "markdown")]))
    assert set(scores(result).values()) == {None}
    assert result["look"][0].startswith("none of the assignment's cells is in this notebook")


PICTURE = {"graph.png": {"image/png": "iVBORw0KGgo="}}
EMPTY = STUBS[1]
WRITTEN = {
    "below the empty cell": lambda c: [*c, cell("It is so because of the chain rule.", "markdown")],
    "at the top": lambda c: [cell("It is so.", "markdown"), *c],
    "in a comment": lambda c: [*c, cell("# It is so.\n# And so.")],
    "in a string": lambda c: [*c, cell('"""It is so."""')],
    "as a raw cell": lambda c: [*c, {"cell_type": "raw", "metadata": {}, "source": "It is so."}],
    "by a magic": lambda c: [*c, cell("%%latex\n$x$")],
    "as a picture": lambda c: [*c, cell("", "markdown") | {"attachments": PICTURE}],
    "in its cell, as a picture": lambda c: [*c[:-1], c[-1] | {"attachments": PICTURE}],
    "instead of its cell": lambda c: [*c[:-1], cell("It is so.", "markdown")],
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_written_answer_waits_for_a_human_wherever_it_is_and_whatever_it_holds(grade, write):
    cells = honest()
    cells[-1]["source"] = EMPTY
    result = grade(notebook(write(cells)))
    assert scores(result) == FULL
    assert "why" not in result["unanswered"]


def test_nothing_written_is_no_response(grade):
    result = grade(submission({"why": EMPTY}, extra=("print(1)",)))
    assert scores(result)["why"] == 0
    assert result["unanswered"] == ["why"]


def test_a_pasted_picture_is_kept(grade):
    cells = honest()
    cells[-1] |= {"attachments": {**PICTURE, "script.svg": {"image/svg+xml": "<svg/>"}}}
    assert grade(notebook(cells))["cells"][-1]["attachments"] == PICTURE


def test_nobody_is_accused_of_what_the_instructor_has_mended(grade):
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    cells = honest()
    for one, old in ((cells[0], "import numpy"), (cells[2], "assert double(1) == 2")):
        one["source"] = old
        one["metadata"]["nbgrader"]["points"] = 5
        one["metadata"]["nbgrader"]["checksum"] = compute_checksum(from_dict(one))
    assert grade(notebook(cells))["findings"] == []
    cells[2]["source"] = "assert True"
    assert "cell test-double was changed and has been restored" in grade(notebook(cells))["findings"]


def test_an_untouched_stub_of_an_earlier_release_is_not_attempted(grade):
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    cells = released()
    at = index(cells, "slope")
    cells[at]["source"] = "def slope(x):\n    '''Earlier words.'''\n    " + STUBS[0]
    cells[at]["metadata"]["nbgrader"]["checksum"] = compute_checksum(from_dict(cells[at]))
    result = grade(notebook(cells))
    assert "slope" in result["unanswered"]
    assert len(CELLS) == len(result["cells"])
