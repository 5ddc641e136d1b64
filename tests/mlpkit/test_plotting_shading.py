"""Shading puts the colours of a grid where the grid's points are."""

import numpy as np
import pytest
from matplotlib import colormaps

from mlpkit import plotting
from mlpkit.plotting.shading import Shading


def pixels(values, **limits):
    """Return the colours (height, width, 3) inside the Axes, the top row first, of values in shades of grey."""
    return drawn_by(lambda shading: shading.show(np.array(values, dtype=float), **limits))


def drawn_by(show):
    figure, ax = plotting.figure(width=3, height=2)
    ax.set_axis_off()
    shading = Shading(ax, colormaps["gray"])
    shading.set_animated(False)
    show(shading)
    figure.canvas.draw()
    left, bottom, right, top = np.rint(ax.bbox.extents).astype(int)
    whole = np.asarray(figure.canvas.buffer_rgba())
    return whole[len(whole) - top : len(whole) - bottom, left:right, :3]


def test_the_first_row_of_values_is_the_lowest_and_the_first_column_the_leftmost():
    drawn = pixels([[0, 0, 1], [0, 0, 0], [0.5, 0, 0]])

    assert (drawn[-1, -1] > 200).all(), "row 0, last column: the lower right"
    assert (abs(drawn[0, 0].astype(int) - 128) < 40).all(), "last row, column 0: the upper left"
    assert (drawn[-1, 0] < 40).all()


def test_values_are_coloured_between_low_and_high():
    assert (pixels([[3.0, 3.0]], low=3.0, high=5.0) == 0).all()
    assert (pixels([[5.0, 5.0]], low=3.0, high=5.0) == 255).all()


def test_equal_limits_are_no_division_by_zero():
    with np.errstate(all="raise"):
        assert (pixels([[2.0]], low=2.0, high=2.0) == 0).all()


def test_what_is_no_grid_is_refused():
    with pytest.raises(ValueError, match="values"):
        pixels([1.0, 2.0])


def test_colours_are_shown_as_they_are():
    drawn = drawn_by(lambda shading: shading.show_colours(np.array([[[1.0, 0.5, 0.0], [1.0, 0.5, 0.0]]])))

    assert (drawn == [255, 127, 0]).all()
