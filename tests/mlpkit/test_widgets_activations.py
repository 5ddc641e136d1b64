"""The explorers of lesson 4 follow their controls, and what they show is what the units do."""

import re

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.widgets.locality import spread
from mlpkit.widgets.maxout import learn
from mlpkit.widgets.rectifier import name
from mlpkit.widgets.unit import best_threshold

RNG = np.random.default_rng(0)
X = RNG.uniform(-2.3, 2.3, size=(80, 2))
Y = (np.abs(X[:, 0] - 0.5) > 1.0).astype(int)  # on both sides of a band
CLOUD, LAYER = RNG.normal(size=(60, 2)), RNG.normal(size=(2, 12))


# unit


def said_share(explorer) -> int:
    return int(re.search(r"puts (\d+)%", explorer.picture.alt)[1])


def test_only_the_absolute_value_separates_a_band_from_both_its_sides():
    explorer = widgets.unit(X, Y)
    explorer.set(angle=0, length=1, b=-0.5)
    shares = {}
    for kind in ("step", "sigmoid", "tanh", "relu", "absolute"):
        explorer.set(name=kind)
        shares[kind] = said_share(explorer)

    assert shares.pop("absolute") == 100
    assert max(shares.values()) < 90


def test_the_line_lies_at_minus_b_by_the_length_of_w():
    explorer = widgets.unit(X, Y)
    explorer.set(length=2, b=-3)

    assert "the line z = 0 lies 1.50 from the origin" in explorer.picture.alt


@pytest.mark.parametrize(
    ("h", "y", "threshold", "share"),
    [
        ([0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1], 1.5, 1.0),
        ([3.0, 2.0, 1.0, 0.0], [0, 0, 1, 1], 1.5, 1.0),  # either side may be class 1
        ([0.0, 0.0, 0.0, 1.0], [0, 1, 1, 1], 0.0, 0.75),  # equal outputs cannot be parted
        ([0.0, 0.0, 1.0, 1.0], [0, 1, 0, 1], 0.0, 0.5),
    ],
)
def test_the_best_threshold_parts_different_outputs_only(h, y, threshold, share):
    assert best_threshold(np.array(h), np.array(y)) == (threshold, share)


# rectifier


@pytest.mark.parametrize(
    ("a", "said"),
    [
        (-1.0, "absolute"),
        (0.0, "ReLU"),
        (0.01, "leaky"),
        (0.2, "randomised"),
        (1.0, "line"),
        (1.5, "smaller"),
    ],
)
def test_a_slope_has_its_name(a, said):
    assert said in name(a)


def test_the_derivative_at_the_kink_is_the_one_from_the_left():
    explorer = widgets.rectifier()
    explorer.set(a=-0.4, z=0.0)

    assert "its value is 0.00 and its derivative -0.40" in explorer.picture.alt


# dead_units


def test_dead_units_are_those_that_no_example_makes_active():
    explorer = widgets.dead_units(CLOUD, LAYER)
    for b, shift in ((0.0, 0.0), (-2.0, 1.0), (-4.0, -0.5), (4.0, 0.0)):
        explorer.set(b=b, shift=shift, a=0.0)
        z = (CLOUD + shift) @ LAYER + b

        assert f"{(z.max(axis=0) <= 0).sum()} of 12 units are dead" in explorer.picture.alt
        assert f"{(z.min(axis=0) > 0).sum()} are active for all 60 points" in explorer.picture.alt


# maxout


@pytest.mark.parametrize("kind", ["parabola", "|x|", "exponential"])
def test_more_pieces_learn_a_convex_function_better_than_one(kind):
    assert learn(kind, 6)[1][-1] < 0.1 * learn(kind, 1)[1][-1]


def test_a_maxout_unit_stays_convex_whatever_it_learns():
    lines, _ = learn("sine (not convex)", 8)
    x = np.linspace(-2, 2, 101)
    out = (np.outer(x, lines[-1, 0]) + lines[-1, 1]).max(axis=1)

    assert np.diff(out, 2).min() > -1e-12


# locality


def test_one_step_raises_the_answer_at_its_example_by_1():
    x = np.linspace(-2.0, 2.0, 161)
    for units in ("radial basis", "sigmoid", "ReLU"):
        assert spread(x[100], 0.4, units)[100] == pytest.approx(1.0)


def test_radial_basis_functions_change_the_answer_nearby_only():
    changes = {units: np.abs(spread(0.0, 0.2, units)) for units in ("radial basis", "sigmoid", "ReLU")}

    assert np.mean(changes.pop("radial basis") > 0.1) < 0.25
    assert all(np.mean(change > 0.1) > 0.5 for change in changes.values())


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"W must have shape \(2, H\), but its shape is \(12, 2\)"):
        widgets.dead_units(CLOUD, LAYER.T)
    with pytest.raises(ValueError, match=r"y must have shape \(N,\) with N = 80, but its shape is \(79,\)"):
        widgets.unit(X, Y[1:])
