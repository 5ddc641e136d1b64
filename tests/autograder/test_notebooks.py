"""What is taken from a submission: the student's text, and nothing that decides about points."""

import json
import sys

import pytest

from autograder.names import asked_names, bound_names, used_names
from autograder.notebooks import read_source
from autograder.rebuild import MAX_BYTES, Unreadable, read_submission, rebuild
from tests.autograder.course import (
    CELLS,
    HONEST,
    STUBS,
    cell,
    job,
    notebook,
    released,
    scores,
    source_bytes,
    submission,
)

SOURCE = job().parsed


def rebuilt(cells: list[dict]) -> tuple[list[str], list[str]]:
    """The ids (or texts of extra cells) in the order in which they run, and the findings."""
    steps, findings = rebuild(SOURCE, read_submission(notebook(cells)))
    return [step.cell.id if step.cell else step.text for step in steps], findings


def honest() -> list[dict]:
    return json.loads(submission())["cells"]


IDS = [cell[1] for cell in CELLS]


def test_an_honest_notebook_is_rebuilt_without_a_word():
    assert rebuilt(honest()) == (IDS, [])


def test_locked_cells_come_from_the_source_and_answers_from_the_student():
    cells = honest()
    cells[2]["source"] = "pass"
    steps, findings = rebuild(SOURCE, read_submission(notebook(cells)))
    assert steps[2].text == CELLS[2][3]
    assert "secret_number" in steps[2].text
    assert steps[1].text == HONEST["double"]
    assert findings == ["cell test-double was changed and has been restored"]


def test_metadata_of_a_submission_counts_for_nothing():
    cells = honest()
    cells[2]["metadata"]["nbgrader"]["points"] = 100
    cells[2]["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    cells[1]["metadata"]["nbgrader"]["grade"] = True
    ids, findings = rebuilt(cells)
    assert ids == IDS
    assert findings == [
        "cell double: the submission's grade counted for nothing",
        "cell test-double: the submission's points counted for nothing",
        "cell test-double: tags counted for nothing: skip-execution, raises-exception",
    ]


def test_a_missing_test_is_put_back_and_a_missing_answer_is_the_stub():
    cells = [c for c in honest() if c["metadata"]["nbgrader"]["grade_id"] not in ("test-double", "average")]
    steps, findings = rebuild(SOURCE, read_submission(notebook(cells)))
    assert [s.cell.id for s in steps] == IDS
    assert STUBS[0] in steps[3].text
    assert findings == [
        "cell test-double was missing and has been put back",
        "cell average was missing and has been put back",
    ]


def test_of_two_cells_with_one_id_the_last_counts_as_in_nbgrader_and_the_first_still_runs():
    cells = honest()
    cells.insert(1, {**cells[1], "source": "def double(x):\n    return 0"})
    ids, findings = rebuilt(cells)
    assert ids == [IDS[0], "def double(x):\n    return 0", *IDS[1:]]
    assert findings == ["cell double occurs more than once: the last one counts"]


def test_a_test_of_the_student_with_a_graded_id_is_only_an_extra_cell():
    cells = honest()
    cells.insert(0, {**cells[2], "source": "pass"})
    assert rebuilt(cells)[0] == ["pass", *IDS]


def test_moved_cells_are_put_back_in_order():
    cells = honest()
    cells[1], cells[2] = cells[2], cells[1]
    ids, findings = rebuilt(cells)
    assert ids == IDS
    assert findings == ["cells were moved and have been put back in order"]


def test_a_cell_of_another_type_is_turned_back():
    cells = honest()
    cells[1] |= {"cell_type": "markdown"}
    steps, findings = rebuild(SOURCE, read_submission(notebook(cells)))
    assert steps[1].kind == "code"
    assert findings == ["cell double was turned into markdown and has been turned back"]


def test_the_students_own_cells_stay_where_they_are():
    cells = honest()
    cells.insert(2, cell("helper = 1"))
    cells.insert(0, cell("first = 1"))
    cells.append(cell("# a note", "markdown"))
    assert rebuilt(cells)[0] == ["first = 1", *IDS[:2], "helper = 1", *IDS[2:], "# a note"]


HOSTILE = {
    "not JSON": b"\x00\x01 no notebook",
    "an empty file": b"",
    "a list": b"[]",
    "no cells": b"{}",
    "the old format": b'{"worksheets": [{"cells": []}], "nbformat": 3}',
    "nested deep": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too many cells": notebook([cell("1")] * 2_001),
    "too large": b" " * (MAX_BYTES + 1),
    "cut off": submission()[:-50],
    "a text that never ends": b'{"cells": "' + b'\\"' * 1_000_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_notebook_is_named_and_not_read(data):
    with pytest.raises(Unreadable):
        read_submission(data)


def test_deep_nesting_is_refused_though_the_limit_on_recursion_was_raised():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        with pytest.raises(Unreadable, match="nested more than 200 deep"):
            read_submission(HOSTILE["nested deep"])
    finally:
        sys.setrecursionlimit(limit)


def test_brackets_in_a_text_are_no_nesting():
    assert read_submission(notebook([cell("[" * 1000 + '"' + "{" * 1000)]))


def test_an_unreadable_file_is_not_graded_and_no_zero(grade):
    result = grade(HOSTILE["cut off"])
    assert result["status"] == "unreadable"
    assert set(scores(result).values()) == {None}


STRANGE = [
    {"cell_type": "code"},
    {"cell_type": "code", "source": 5, "metadata": []},
    {"cell_type": "code", "source": ["a = 1\n", 7, None], "metadata": {"nbgrader": "x"}},
    {"cell_type": "raw", "source": "x", "metadata": {"nbgrader": {"grade_id": ["double"]}}},
    {"cell_type": None, "source": "\ud800 lone surrogate", "metadata": {"tags": {"a": 1}}},
    {"source": "print('\\ud800')", "cell_type": "code", "outputs": "none"},
    "text",
    None,
]


def test_strange_cells_harm_nobody(grade):
    result = grade(notebook([*STRANGE, *honest()]))
    assert scores(result)["test-double"] == 2


def test_huge_cells_are_cut(grade):
    result = grade(notebook([cell("#" * 600_000), *honest()]))
    assert "a cell of 600000 characters was cut" in result["findings"]
    assert scores(result)["test-double"] == 2


def test_the_released_version_is_what_nbgrader_makes():
    by_id = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in released()}
    assert by_id["double"] == "def double(x):\n    raise NotImplementedError()"
    assert by_id["why"] == STUBS[1]
    assert "secret_number" not in by_id["test-double"]
    assert by_id["test-double"].startswith("x = np.array")


def test_the_hash_is_of_what_decides_about_scores():
    def source_hash(change: object) -> str:
        raw = json.loads(source_bytes())
        change(raw)
        return read_source(json.dumps(raw).encode(), stubs=STUBS).hash

    same = source_hash(lambda raw: raw["metadata"].update(kernelspec={"name": "other"}))
    assert same == SOURCE.hash
    assert source_hash(lambda raw: raw["cells"][2].update(source="pass")) != SOURCE.hash
    assert source_hash(lambda raw: raw["cells"][2]["metadata"]["nbgrader"].update(points=9)) != SOURCE.hash
    assert source_hash(lambda raw: raw["metadata"]["mlpkit"].update(withhold=[])) != SOURCE.hash


def test_a_source_with_one_id_twice_is_refused():
    with pytest.raises(ValueError, match="'double' has the id of another"):
        read_source(source_bytes([*CELLS, CELLS[1]]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b, c as d\nfrom e import f as g", {"a", "d", "g"}),
        ("x, (y, *z) = 1, (2, 3)\nfor i in x:\n    w = i", {"x", "y", "z", "i", "w"}),
        ("def f():\n    inside = 1\nclass C:\n    attribute = 2", {"f", "C"}),
        ("with a as b:\n    pass\nif (c := 1):\n    d: int = 2", {"b", "c", "d"}),
        ("%matplotlib inline\nx = 1\n!ls", {"x"}),
        ("[hidden for hidden in range(3)]", set()),
        ("no python at all", set()),
    ],
)
def test_the_names_that_a_cell_binds(text, names):
    assert bound_names(text) == names


def test_of_the_instructors_cells_the_tests_get_what_they_need():
    cells = [
        ("locked", "imports", 0, "import numpy as np"),
        ("locked", "data", 0, "raw = np.arange(3)"),
        ("locked", "tidy", 0, "tidy = raw * 2"),
        ("locked", "unused", 0, "unused = np.zeros(9)"),
        ("locked", "seed", 0, "np.random.seed(3)"),
        ("solution", "f", 0, "### BEGIN SOLUTION\ndef f(x): return x\n### END SOLUTION"),
        ("free", "", 0, "print(f(unused))"),
        ("test", "t", 1, "assert f(tidy) is not None"),
    ]
    source = job(cells).parsed
    assert {cells[i][1] for i in source.needed()} == {"imports", "data", "tidy", "seed"}


def test_the_answers_that_a_check_is_about_are_among_the_names_of_its_cell():
    text = 'with doctor.explains("05", "two_layer_gradients", points=2):\n    found_two(1)\n'
    assert used_names(text) == {"doctor", "found_two", "two_layer_gradients"}
    assert asked_names(text) == {"doctor", "found_two", "two_layer_gradients"}
