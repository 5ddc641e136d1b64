"""The explorers of lesson 5 follow their controls, and what they show is what backpropagation gives."""

import re

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.gradcheck import numerical_gradient
from mlpkit.intermediates import intermediates, suspect
from mlpkit.network import MLP
from mlpkit.plotting import figure
from mlpkit.plotting.numbers import Numbers
from mlpkit.widgets.error_signals import BIASES, WEIGHTS
from mlpkit.widgets.step_size import relu_loss, tanh_loss, true_slope

# error_signals


def said(explorer, name: str) -> list[float]:
    return [float(value) for value in re.search(name + r" \(([^)]+)\)", explorer.picture.alt)[1].split(",")]


def test_the_error_signals_are_the_slopes_of_the_loss():
    explorer = widgets.error_signals()
    explorer.set(step=5, x1=-1.0, x2=0.7, y1=0.4, y2=-1.5)
    x, y = np.array([[-1.0, 0.7]]), np.array([[0.4, -1.5]])

    def loss_of_hidden(z):
        return float(((np.tanh(z) @ WEIGHTS[1] + BIASES[1] - y) ** 2).sum() / 2)

    slopes = numerical_gradient(loss_of_hidden, x @ WEIGHTS[0] + BIASES[0])
    assert said(explorer, "δ of the hidden units") == pytest.approx(slopes[0], abs=0.006)
    out = np.tanh(x @ WEIGHTS[0] + BIASES[0]) @ WEIGHTS[1] + BIASES[1]
    assert said(explorer, "δ of the outputs") == pytest.approx((out - y)[0], abs=0.006)


@pytest.mark.parametrize(
    ("step", "there", "missing"),
    [
        (0, "target", "h ="),
        (1, "h =", "out ="),
        (2, "loss", "δ of"),
        (3, "δ of the outputs (", "δ of the hidden units ("),
    ],
)
def test_a_step_shows_no_more_than_has_been_computed(step, there, missing):
    explorer = widgets.error_signals()
    explorer.set(step=step)

    assert there in explorer.picture.alt
    assert missing not in explorer.picture.alt.partition(":")[2]


def test_numbers_appear_where_they_are_not_nan():
    picture, ax = figure(width=4.0, height=2.0)
    ax.set(xlim=(0, 2), ylim=(0, 1))
    ax.set_axis_off()
    numbers = Numbers(ax, np.array([[0.5, 0.5], [1.5, 0.5]]), ["black", "black"])
    numbers.show(np.array([-1.25, np.nan]))
    picture.canvas.draw()
    ink = 255 - np.asarray(picture.canvas.buffer_rgba())[:, :, 0].astype(int)

    left, right = np.array_split(ink, 2, axis=1)
    assert left.max() > 200
    assert right.max() == 0


# step_size


@pytest.mark.parametrize(("unit", "loss"), [("tanh", tanh_loss), ("relu", relu_loss)])
def test_the_true_slope_is_what_the_complex_step_or_a_short_difference_gives(unit, loss):
    assert float(numerical_gradient(loss, np.array(0.7), 1e-5)) == pytest.approx(true_slope(unit), rel=1e-8)


def stated_error(explorer) -> float:
    return float(re.search(r"relative error (\S+)\.$", explorer.picture.alt)[1])


def test_both_ends_of_the_v_are_bad_and_its_bottom_is_good():
    explorer = widgets.step_size()
    errors = {}
    for h in (1e-15, 1e-5, 1.0):
        explorer.set(h=h)
        errors[h] = stated_error(explorer)

    assert errors[1e-5] < 1e-9
    assert min(errors[1e-15], errors[1.0]) > 1e-3


def test_over_a_kink_a_difference_is_wrong_and_this_side_of_it_right():
    explorer = widgets.step_size()
    explorer.set(unit="relu", h=1e-2)
    across = stated_error(explorer)
    explorer.set(h=1e-4)

    assert across > 1e-2
    assert stated_error(explorer) < 1e-8


# first_wrong


def test_without_a_fault_the_intermediates_are_those_of_the_network():
    net = MLP([3, 5, 4, 2], hidden="tanh", output="linear", dtype=np.float64, seed=3)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    found, expected = intermediates(net.weights, net.biases, X, Y), net.gradients(X, Y)

    for n in (1, 2, 3):
        assert found[f"δ{n}"] == pytest.approx(expected.delta[n - 1], abs=1e-14)
        assert found[f"dW{n}"] == pytest.approx(expected.dweights[n - 1], abs=1e-14)
        assert found[f"db{n}"] == pytest.approx(expected.dbiases[n - 1], abs=1e-14)


@pytest.mark.parametrize(
    ("fault", "layer", "first", "count"),
    [
        ("slope", 3, "δ3", 9),
        ("slope", 1, "δ1", 3),
        ("no slope", 2, "δ2", 6),
        ("bias", 1, "z1", 19),
        ("bias", 3, "z3", 15),
        ("input", 2, "dW3", 1),
    ],
)
def test_a_fault_spoils_what_is_computed_from_it_and_nothing_else(fault, layer, first, count):
    explorer = widgets.first_wrong()
    explorer.set(fault=fault, layer=layer)

    assert f" {count} of 19 intermediates are wrong" in explorer.picture.alt
    assert f"the first in the order of computation is {first}:" in explorer.picture.alt


def test_a_millionth_of_a_fault_is_found_and_less_than_rounding_is_not():
    explorer = widgets.first_wrong()
    explorer.set(fault="slope", layer=2, size=1e-6)
    assert " 6 of 19 intermediates are wrong" in explorer.picture.alt

    explorer.set(size=1e-12)
    assert "None of 19 intermediates is off" in explorer.picture.alt


@pytest.mark.parametrize(("number", "first", "wrong"), [(1, "δ2", 6), (2, "dW2", 1), (3, "z3", 15)])
def test_each_suspect_has_one_fault_whose_first_trace_is_the_one_that_the_lesson_asks_for(number, first, wrong):
    rng = np.random.default_rng(5)
    net = MLP([3, 5, 4, 6, 2], hidden="tanh", output="linear", dtype=np.float64, seed=3)
    for b in net.biases:
        b[...] = rng.normal(size=b.shape)
    problem = net.weights, net.biases, rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    right, theirs = intermediates(*problem), suspect(number, *problem)
    spoiled = [name for name in right if not np.allclose(right[name], theirs[name], rtol=1e-9)]

    assert (spoiled[0], len(spoiled)) == (first, wrong)


def test_there_are_three_suspects():
    with pytest.raises(ValueError, match="number must be"):
        suspect(4, [], [], None, None)
