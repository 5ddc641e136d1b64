"""The doctor's words make sense to who reads them beside a check: types, parts, sizes, and the cause itself."""

import re

import numpy as np
import pytest

from mlpkit import doctor
from mlpkit.doctor import EXERCISES
from mlpkit.doctor.report import Worst
from tests.mutants.marks import collect

ID = "01_logistic_regression"


def stable(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def gradient(w, b, X, y):
    error = (stable(X @ w + b) - y) / len(y)
    return X.T @ error, error.sum()


@pytest.mark.parametrize("dtype", ["inside", "outside"])
def test_float32_is_called_by_its_name_and_its_numbers_are_told_apart(dtype):
    def sigmoid(z):
        return stable(z).astype(np.float32) if dtype == "outside" else stable(z.astype(np.float32)).astype(float)

    report = doctor.examine(ID, "sigmoid", sigmoid)
    assert report.causes == ("float32-precision",)
    found = re.search(r"is (\S+)( \(a float32\))? where (\S+) is expected", report.message)
    assert found.group(1) != found.group(3)
    assert bool(found.group(2)) == (dtype == "outside")


def test_no_two_numbers_of_a_message_are_the_same():
    assert str(Worst("dw", (1,), 0.801088, 0.8010880001, "x")) == (
        "dw[1] is 0.801088 where 0.8010880001 is expected (x)"
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *a: gradient(*a)[0], "The result should be (dw, db), but it is a float64 array of shape (D,)."),
        (lambda *a: (*gradient(*a), 1), "The result should be (dw, db), but it is a list of 3."),
        (lambda *a: None, "The result should be (dw, db), but it is None."),
        (lambda *a: (gradient(*a)[0][:, None], gradient(*a)[1]),
         "dw should be a float64 array of shape (D,), but it is a float64 array of shape (D, 1)."),
    ],
)  # fmt: skip
def test_a_malformed_result_is_described_in_words_and_letters(answer, said):
    report = doctor.examine(ID, "log_loss_gradient", answer)
    assert said in report.message.split("\n")
    assert said in report.hint.split("\n")


def test_no_word_of_the_doctor_speaks_of_its_own_book_keeping_or_beside_a_check_of_its_own_sizes():
    """All wrong answers of the suite, and for each function answers of the wrong kind."""
    answers = [(m.assignment, m.function_name, v.answer) for m in collect() for v in m.variants if v.causes]
    kinds = [lambda *a, **k: None, lambda *a, **k: (1.0, 2.0), lambda *a, **k: np.zeros((2, 3)), lambda *a, **k: 1.5]
    taught = [assignment for assignment in EXERCISES if assignment < "06"]
    answers = [answer for answer in answers if answer[0] in taught]
    answers += [(a, name, kind) for a in taught for name in EXERCISES[a] for kind in kinds]
    assert len(answers) > 250
    for assignment, name, answer in answers:
        report = doctor.examine(assignment, name, answer)
        assert report.hint, name
        assert "number of entries" not in report.message + report.hint, report.message
        assert not re.search(r"is (\S+) where \1 is expected", report.message), report.message
        # Beside a check no shape and no entry in numbers but those of a scalar or a column: (1,), (D, 1).
        assert not re.search(r"of shape \([^)]*[2-9]|\w\[\d+(, \d+)*\] is -?\d", report.hint), report.hint


@pytest.mark.parametrize(
    ("assignment", "name", "answer"),
    [
        (ID, "sigmoid", lambda z: _negated_in_place(z)),
        ("04_activations", "relu_derivative", lambda z: _rectified_in_place(z)),
        ("04_activations", "tanh_derivative", lambda z: 1 - np.tanh(z, out=z) ** 2),
    ],
)
def test_a_changed_argument_is_the_cause_that_is_named(assignment, name, answer):
    report = doctor.examine(assignment, name, answer)
    assert report.causes[0] == "mutates-input"
    assert "clipped-values" not in report.causes
    assert report.hint.startswith(f"{name}: the function changes its argument z")


def _negated_in_place(z):
    z *= -1
    small = np.exp(-np.abs(z))
    return np.where(z <= 0, 1.0, small) / (1.0 + small)


def _rectified_in_place(z):
    z[z < 0] = 0
    return (z > 0).astype(float)


def test_what_is_wrong_beside_the_changed_argument_is_named_too():
    def sigmoid(z):
        z *= -1
        return 1 / (1 + np.exp(z))

    assert doctor.examine(ID, "sigmoid", sigmoid).causes == ("mutates-input", "overflow")
