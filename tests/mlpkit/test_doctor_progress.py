"""The table of progress counts all that an assignment asks, and no answer can break or stop it."""

import json
import time

import numpy as np
import pytest

from mlpkit import doctor
from mlpkit.doctor import table, visible

ID = "02_xor"
STUB = "*Your answer here.*"


def right(X, y):
    W = np.linalg.lstsq(X, y, rcond=None)[0]
    return W[:-1], W[-1]


def unwritten(*arguments):
    raise NotImplementedError()


@pytest.fixture(autouse=True)
def notebook(tmp_path, monkeypatch):
    """A notebook's file in the working folder; returns a function that saves its written answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(visible, "results", {})
    monkeypatch.setattr(table, "results", visible.results)

    def save(text):
        cell = {"cell_type": "markdown", "metadata": {"nbgrader": {"grade": True, "solution": True}}, "source": text}
        (tmp_path / "assignment.ipynb").write_text(json.dumps({"cells": [cell]}))

    return save


def statuses(names, assignment=ID):
    return {name: status for name, status, _ in doctor.progress(assignment, names).rows}


def test_every_answer_has_its_row_and_none_is_tried(notebook):
    notebook(STUB)
    rows = statuses({})
    assert next(iter(rows)) == "warm-up: hidden, outputs"
    assert list(rows)[-3:] == ["bug-hunt: cause, distinct_units", "the cure: start", "in your own words"]
    assert set(rows.values()) == {"not tried"}
    assert "0 of 9 done" in str(doctor.progress(ID, {}))


def test_functions_are_told_done_from_wrong_from_not_tried():
    rows = statuses({"relu_network": lambda *a: None, "convex_region": unwritten})
    assert rows["relu_network"] == "wrong"
    assert rows["convex_region"] == "not tried"
    assert statuses({"sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2}, "01_logistic_regression")["sigmoid"] in (
        "done",
        "wrong",
    )


def test_a_warm_up_counts_when_its_check_has_passed_and_not_after_it_was_changed():
    row = "warm-up: hidden, outputs"
    names = globals()
    names |= {"hidden": [1], "outputs": [2]}
    assert statuses(names)[row] == "not checked"
    with pytest.raises(AssertionError), doctor.explains(ID, "hidden", "outputs", points=1):
        raise AssertionError("outputs[2] is 5 where -1 is expected")
    assert statuses(names)[row] == "wrong"
    assert "outputs[2] is 5 where -1 is expected" in str(doctor.progress(ID, names))
    with doctor.explains(ID, "hidden", "outputs", points=1):
        pass
    assert statuses(names)[row] == "done"
    names["outputs"] = [3]
    assert statuses(names)[row] == "not checked"
    del names["hidden"], names["outputs"]


@pytest.mark.parametrize(("text", "status"), [(STUB, "not tried"), ("", "not tried"), ("Two units exist.", "done")])
def test_a_written_answer_is_looked_for_in_the_saved_file(notebook, text, status):
    notebook(text)
    assert statuses({})["in your own words"] == status


def test_a_notebook_that_cannot_be_found_is_said_so_and_another_name_is_found(tmp_path, notebook, monkeypatch):
    assert statuses({})["in your own words"] == "not checked"
    notebook("Two units exist.")
    (tmp_path / "assignment.ipynb").rename(tmp_path / "mine.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "mine.ipynb"))
    assert statuses({})["in your own words"] == "done"


def test_a_function_without_an_end_is_named_and_stops_neither_the_table_nor_those_that_call_it(monkeypatch):
    monkeypatch.setattr(table, "seconds_of_patience", lambda: 0.5)
    code = "def sigmoid(z):\n    while True:\n        pass\n"
    code += "def log_loss_gradient(w, b, X, y):\n    return sigmoid(X @ w)"
    names = {"__name__": "__main__"}
    exec(compile(code, "<cell>", "exec"), names)
    start = time.monotonic()
    rows = {name: (status, hint) for name, status, hint in doctor.progress("01_logistic_regression", names).rows}
    assert time.monotonic() - start < 5
    assert rows["sigmoid"][0] == rows["log_loss_gradient"][0] == "wrong"
    assert rows["sigmoid"][1].startswith("sigmoid did not come to an end within 0.5 seconds")
    assert rows["log_loss_gradient"][1].startswith("It calls sigmoid. sigmoid did not come to an end")


def test_the_table_can_be_read_by_a_screen_reader_and_no_answer_can_break_it():
    html = doctor.progress(ID, {"least_squares": "<script>"})._repr_html_()
    assert html.count("<th scope='row'") == 9
    assert "<script>" not in html
    assert "<caption>0 of 9 done</caption>" in html


def test_an_unknown_assignment_names_those_there_are():
    with pytest.raises(ValueError, match="assignment_id must be one of 01_logistic_regression"):
        doctor.progress("13", {})
