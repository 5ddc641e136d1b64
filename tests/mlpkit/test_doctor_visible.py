"""The doctor inside a notebook: words below a failed check, and a table of what is done."""

import traceback

import numpy as np
import pytest

from mlpkit import doctor

ID = "01_logistic_regression"


def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def overflowing(z):
    return 1 / (1 + np.exp(-z))


def unwritten(*arguments):
    raise NotImplementedError()


def test_a_failed_check_keeps_its_words_and_gets_the_doctors():
    with pytest.raises(AssertionError, match="mine") as caught, doctor.explains(ID, sigmoid=overflowing):
        raise AssertionError("mine")
    words = doctor.examine(ID, "sigmoid", overflowing).message
    assert caught.value.__notes__ == [f"\nWhat the doctor says:\n{words}"]
    assert words in "".join(traceback.format_exception(caught.value))


def test_an_exception_of_the_student_gets_the_doctors_words_too():
    with pytest.raises(ZeroDivisionError) as caught, doctor.explains(ID, sigmoid=lambda z: 1 / 0):
        1 / 0  # noqa: B018
    assert "stopped with ZeroDivisionError" in caught.value.__notes__[0]


def test_nothing_is_said_of_what_is_right_or_not_written():
    with pytest.raises(AssertionError) as caught, doctor.explains(ID, sigmoid=sigmoid):
        raise AssertionError
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(NotImplementedError) as caught, doctor.explains(ID, sigmoid=unwritten):
        unwritten(0)
    assert not hasattr(caught.value, "__notes__")


def test_a_check_that_passes_costs_no_examination():
    def never(z):
        raise SystemError("called")

    with doctor.explains(ID, sigmoid=never):
        pass


def test_a_function_nobody_knows_is_refused_at_once():
    with pytest.raises(ValueError, match="must be one of sigmoid"), doctor.explains(ID, sigmoyd=sigmoid):
        pass


def test_progress_tells_done_from_wrong_from_not_tried():
    table = doctor.progress(ID, {"sigmoid": sigmoid, "log_loss": lambda w, b, X, y: None, "fit_logistic": unwritten})
    rows = {name: status for name, status, _ in table.rows}
    assert rows == {
        "sigmoid": "done",
        "log_loss": "wrong",
        "log_loss_gradient": "not tried",
        "fit_logistic": "not tried",
    }
    assert "1 of 4 done" in str(table)
    assert "None" in table.rows[1][2]


def test_progress_is_a_table_that_a_screen_reader_can_read_and_no_answer_can_break():
    html = doctor.progress(ID, {"sigmoid": "<script>"})._repr_html_()
    assert html.count("<th scope='row'") == 4
    assert "<script>" not in html
    assert "0 of 4 functions done" in html


def test_progress_of_an_unknown_assignment_names_those_there_are():
    with pytest.raises(ValueError, match="assignment_id must be one of 01_logistic_regression"):
        doctor.progress("13", {})
