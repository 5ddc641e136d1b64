"""The explorers of lesson 1: what is taken in the picture, and what descent does."""

import numpy as np
import pytest

from mlpkit import datasets, widgets
from mlpkit.widgets.descent import descend
from mlpkit.widgets.neuron import most_on_their_sides
from tests.mlpkit.explorers import EXPLORERS, X, Y, hold


def values(explorer, *names):
    return [explorer.controls[name].value for name in names]


# descent


def test_pressing_in_the_surface_sets_the_nearest_values_of_the_two_sliders():
    explorer = EXPLORERS["descent"]()
    hold(explorer, "start", (2.04, -3.0))

    assert values(explorer, "w", "b") == pytest.approx([2.0, -3.0])


def test_a_place_outside_the_axes_counts_as_the_nearest_one_inside():
    explorer = EXPLORERS["descent"]()
    hold(explorer, "start", (50.0, -3.0))

    assert values(explorer, "w", "b") == pytest.approx([8.0, -3.0])


def test_descent_records_the_loss_at_every_point_and_goes_against_the_gradient():
    points, losses = descend(X[:, 0], Y.astype(float), 0.0, 0.0, 0.1, 5)

    assert losses[0] == pytest.approx(np.log(2))
    assert (points.shape, losses.shape) == ((6, 2), (6,))
    assert np.all(np.diff(losses) < 0)
    assert points[1] == pytest.approx([0.1 * np.mean((Y - 0.5) * X[:, 0]), 0.1 * np.mean(Y - 0.5)])


def test_too_large_a_learning_rate_is_shown_as_a_rising_loss():
    explorer = EXPLORERS["descent"]()
    explorer.set(rate=300.0, steps=50)

    assert "the loss rose in" in explorer.picture.alt


# neuron


def test_the_line_of_one_half_is_taken_and_goes_through_the_hand():
    explorer = EXPLORERS["neuron"]()
    explorer.set(w1=2.0, w2=1.0)
    hold(explorer, "boundary", (0.5, -2.0))

    assert values(explorer, "w1", "w2", "b") == pytest.approx([2.0, 1.0, 1.0])  # 2 * 0.5 - 2 + 1 = 0


def test_the_arrow_is_taken_by_its_tip_and_turns_the_line_on_its_foot():
    explorer = EXPLORERS["neuron"]()
    explorer.set(w1=1.0, w2=0.0, b=-1.0)  # the foot is (1, 0)
    reach = explorer.figure.axes[0].get_xlim()[1]
    hold(explorer, "arrow w", (1.0, 0.25 * reach * 2.0))

    assert values(explorer, "w1", "w2", "b") == pytest.approx([0.0, 2.0, 0.0])


def test_points_are_moved_added_with_the_other_class_and_removed():
    explorer = EXPLORERS["neuron"]()
    explorer.set(w1=1.0, w2=0.0, b=0.0)
    count, first = len(Y), explorer.controls["points"].value[0]
    hold(explorer, "example", (-2.0, 1.5), part=3)
    assert explorer.controls["points"].value[3][:2] == pytest.approx([-2.0, 1.5])

    hold(explorer, "example", (2.0, 2.0), deed="add")
    assert explorer.controls["points"].value[-1] == pytest.approx([2.0, 2.0, 0])  # the neuron expects class 1 there
    assert f"on {count + 1} points" in explorer.picture.alt

    hold(explorer, "example", (0.0, 0.0), part=0, deed="remove")
    assert len(explorer.controls["points"].value) == count
    assert first not in explorer.controls["points"].value


def test_the_goal_of_the_neuron_is_what_the_best_line_reaches():
    X = np.array([[-1.0, 0.0], [-2.0, 0.5], [1.0, 0.0], [2.0, -0.5], [-1.5, 0.2]])
    y = np.array([0, 0, 1, 1, 1])  # the last one lies among the others
    explorer = widgets.neuron(X, y)
    explorer.set(w1=1.0, w2=0.0)

    assert explorer.picture.goal["reached"]
    assert explorer.picture.goal["words"] == "4 of 5 are: no line can do better."


@pytest.mark.parametrize("seed", range(5))
def test_no_line_of_many_puts_more_points_on_their_sides_than_the_count_says(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(14, 2)), rng.integers(0, 2, size=14)
    W, b = rng.normal(size=(200_000, 2)), rng.normal(size=200_000)
    found = ((X @ W.T + b > 0) == (y[:, None] == 1)).sum(axis=0).max()

    assert found == most_on_their_sides(X, y)


def test_xor_s_best_line_has_three_corners_right():
    assert most_on_their_sides(*datasets.xor()) == 3
