"""Curves of many seeds and drawings of networks show all that they are given."""

from itertools import pairwise

import numpy as np
import pytest

from mlpkit import plotting


def test_a_wild_beginning_does_not_press_the_curves_flat():
    losses = np.array([[900.0, 0.5, 0.6], [0.3, 0.3, 0.2], [0.25, 0.25, 0.005]])
    ax = plotting.seed_curves(np.array([0, 1, 2]), losses, limit=0.01)

    assert ax.get_ylim() == pytest.approx((0, 0.66))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1 end below 0.01", "2 do not"]


def test_every_seed_has_its_curve_and_failures_differ_in_colour_and_in_dashes():
    losses = np.array([[1.0, 1.0, 1.0], [0.5, 0.2, 0.0]])
    ax = plotting.seed_curves(np.array([0, 10]), losses, limit=0.1)
    ends = {
        line.get_ydata()[-1]: (line.get_color(), line.get_linestyle()) for line in ax.lines if len(line.get_ydata())
    }

    assert sorted(ends) == [0.0, 0.2, 0.5]
    assert ends[0.2] == ends[0.5]
    assert all(a != b for a, b in zip(ends[0.0], ends[0.5], strict=True))


@pytest.mark.parametrize("sizes", [[2, 1], [2, 3, 3, 1], [1, 4]])
def test_a_network_is_drawn_with_every_unit_and_every_weight(sizes):
    ax = plotting.architecture(sizes)

    assert sum(len(line.get_xdata()) for line in ax.lines) == sum(sizes)
    arrows = [text for text in ax.texts if text.get_text() == ""]
    assert len(arrows) == sum(a * b for a, b in pairwise(sizes))
    assert "output layer\nwidth 1" in [text.get_text() for text in ax.texts] or sizes[-1] != 1


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"sizes\[1\] must be at least 1, but it is 0"):
        plotting.architecture([2, 0])
    with pytest.raises(ValueError, match=r"losses must have shape \(T, S\) with T = 3, but its shape is \(2, 5\)"):
        plotting.seed_curves(np.arange(3), np.ones((2, 5)), 0.1)
