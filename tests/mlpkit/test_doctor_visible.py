"""A check beside an answer: what it prints, what it raises, and the doctor's words below it."""

import time
import traceback

import numpy as np
import pytest

from mlpkit import doctor
from mlpkit.doctor import visible

ID = "01_logistic_regression"


def good(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def overflowing(z):
    return 1 / (1 + np.exp(-z))


def unwritten(*arguments):
    raise NotImplementedError()


@pytest.fixture
def answers(monkeypatch):
    """Set answers as the notebook's globals, which here are this module's."""

    def put(**functions):
        for name, function in functions.items():
            monkeypatch.setitem(globals(), name, function)

    return put


@pytest.mark.parametrize(
    ("points", "said"),
    [(2, "passed: 2 of 2 points\n"), (1, "passed: 1 of 1 point\n"), (None, "passed\n")],
)
def test_a_check_that_passes_says_so(answers, capsys, points, said):
    answers(sigmoid=good)
    with doctor.explains(ID, "sigmoid", points=points):
        pass
    assert capsys.readouterr() == (said, "")


def test_a_failed_check_keeps_its_exception_and_gets_the_doctors_words(answers, capsys):
    answers(sigmoid=overflowing)
    with pytest.raises(AssertionError, match="mine") as caught, doctor.explains(ID, "sigmoid", points=2):
        raise AssertionError("mine")
    words = doctor.examine(ID, "sigmoid", overflowing).hint
    assert caught.value.__notes__ == [f"\nWhat the doctor says:\n{words}"]
    assert words in "".join(traceback.format_exception(caught.value))
    assert capsys.readouterr().out == ""


def test_nothing_is_said_of_what_is_right_or_not_written(answers):
    answers(sigmoid=good)
    with pytest.raises(AssertionError) as caught, doctor.explains(ID, "sigmoid"):
        raise AssertionError
    assert not hasattr(caught.value, "__notes__")
    answers(sigmoid=unwritten)
    with pytest.raises(NotImplementedError) as caught, doctor.explains(ID, "sigmoid"):
        unwritten(0)
    assert not hasattr(caught.value, "__notes__")


def test_a_check_that_passes_costs_no_examination(answers):
    answers(sigmoid=lambda z: 1 / 0)
    with doctor.explains(ID, "sigmoid"):
        pass


def test_a_name_nobody_knows_is_refused_at_once():
    with pytest.raises(ValueError, match="must be one of sigmoid"):
        doctor.explains(ID, "sigmoyd")
    with pytest.raises(ValueError, match="assignment_id must be one of 01"):
        doctor.explains("13", "sigmoid")


def test_an_answer_that_is_not_there_asks_for_its_cell():
    said = "Run the cell above first, the one that defines log_loss"
    with pytest.raises(NameError, match=said), doctor.explains(ID, "log_loss"):
        raise SystemExit("the check has begun")


def test_an_answer_that_does_not_end_is_stopped_and_asked_no_more(answers, monkeypatch):
    monkeypatch.setattr(visible, "seconds_of_patience", lambda: 0.4)

    def loop(z):
        while True:
            z = np.abs(z)

    answers(sigmoid=loop)
    said = r"did not come to an end within 0\.4 seconds"
    with pytest.raises(TimeoutError, match=said), doctor.explains(ID, "sigmoid"):
        sigmoid(np.ones(3))  # noqa: F821 - an answer


def test_while_nbgrader_grades_a_check_is_silent_and_stops_nothing(answers, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(visible, "seconds_of_patience", lambda: 0.1)
    answers(sigmoid=good)
    with doctor.explains(ID, "sigmoid", points=2):
        time.sleep(0.3)
    with doctor.explains(ID, "log_loss", points=2):
        pass
    assert capsys.readouterr() == ("", "")
    with pytest.raises(AssertionError, match="kept") as caught, doctor.explains(ID, "sigmoid"):
        raise AssertionError("kept")
    assert not hasattr(caught.value, "_render_traceback_")
