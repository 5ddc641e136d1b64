"""Statistics of layers, held against networks for which one can say them."""

import numpy as np
import pytest

from mlpkit import clinic
from mlpkit.layer_statistics import layer_statistics
from mlpkit.stack import Stack

rng = np.random.default_rng(0)
X, y = rng.normal(size=(200, 20)), rng.integers(0, 3, size=200)


def test_spread_and_ratio_are_what_their_names_say():
    stack = Stack([20, 8, 8, 3], "tanh", "xavier", [0, 1], dtype=np.float64)
    seen = layer_statistics(stack, X, y)
    h = stack.forward(X)[1][1]
    dW = stack.gradients(X, y)[0][1]

    assert seen.spread.shape == seen.flat.shape == seen.dead.shape == (2, 2)
    assert seen.gradient.shape == seen.ratio.shape == (2, 3)
    np.testing.assert_allclose(seen.spread[:, 0], np.sqrt(h.var(axis=1).mean(axis=1)))
    np.testing.assert_allclose(seen.gradient[:, 1], np.sqrt((dW**2).sum(axis=(1, 2))))
    np.testing.assert_allclose(seen.ratio[:, 1], seen.gradient[:, 1] / np.linalg.norm(stack.weights[1], axis=(1, 2)))


def test_flat_and_dead_units_are_counted():
    stack = Stack([20, 4, 3], "relu", "he", [0])
    stack.biases[0][0, 0, :2] = -1000  # two of four units that no example reaches
    seen = layer_statistics(stack, X, y)

    assert seen.dead[0, 0] == 0.5
    assert 0.6 < seen.flat[0, 0] < 0.9
    assert layer_statistics(Stack([20, 4, 3], "tanh", "xavier", [0], gain=200), X, y).flat[0, 0] > 0.95
    assert layer_statistics(Stack([20, 4, 3], "tanh", "xavier", [0], gain=0.1), X, y).flat[0, 0] == 0


@pytest.mark.parametrize(
    ("patient", "sign"),
    [
        ("A", lambda loss, inputs, seen: seen.dead[0].min() > 0.9 and seen.spread[0].max() == 0),
        ("B", lambda loss, inputs, seen: seen.gradient[0, 0] < 1e-4 * seen.gradient[0, -1]),
        ("C", lambda loss, inputs, seen: seen.spread[0, -1] > 100 * seen.spread[0, 0]),
        ("D", lambda loss, inputs, seen: seen.flat[0, 1:].min() > 0.6 and seen.spread[0].min() > 0),
        ("E", lambda loss, inputs, seen: inputs > 50),
    ],
)
def test_every_patient_shows_its_own_illness_and_no_other(patient, sign):
    assert sign(*clinic.patient_statistics(patient))
    assert [other for other in "ABCDE" if sign(*clinic.patient_statistics(other))] == [patient]


def test_a_report_holds_a_line_for_each_layer():
    lines = clinic.report("D").splitlines()

    assert len(lines) == 11
    assert lines[0].startswith("network D: inputs have standard deviation 0.271")


def test_patients_barely_learn_and_the_right_cure_helps():
    assert clinic.treated("D", {}, [0, 1, 2]).mean() < 0.5
    assert clinic.treated("D", {"gain": 1.0}, [0, 1, 2]).mean() > 0.77
    assert clinic.treated("B", {"learning_rate": 10.0}, [0, 1, 2]).mean() < 0.3


@pytest.mark.parametrize(
    ("change", "error"),
    [({"colour": 1}, ValueError), ({"unit": "swish"}, ValueError), ({}, TypeError), ({"gain": "two"}, TypeError),
     ({"gain": 1.0, "bias": 0.0}, TypeError), ({"start": "zeros"}, ValueError)],
)  # fmt: skip
def test_a_cure_that_is_none_is_named(change, error):
    with pytest.raises(error):
        clinic.check_change(change)
