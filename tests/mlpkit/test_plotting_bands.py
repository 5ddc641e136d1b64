"""Means over seeds, with the range behind them."""

import numpy as np
import pytest

from mlpkit import plotting

RUNS = np.array([[1.0, 1.0, 10.0], [100.0, 1.0, 1000.0]])


def test_the_line_is_the_mean_of_the_seeds_on_the_scale_that_is_drawn():
    plain = plotting.bands(np.arange(3.0), {"runs": RUNS})
    log = plotting.bands(np.arange(3.0), {"runs": RUNS}, log=True)

    np.testing.assert_allclose(plain.lines[0].get_ydata(), [50.5, 1, 505])
    np.testing.assert_allclose(log.lines[0].get_ydata(), [10, 1, 100])
    assert (plain.get_yscale(), log.get_yscale()) == ("linear", "log")


def test_the_band_goes_from_the_smallest_to_the_largest():
    box = plotting.bands(np.arange(3.0), {"runs": RUNS}).collections[0].get_paths()[0].get_extents()

    assert (box.y0, box.y1) == (1, 1000)


def test_five_kinds_are_told_apart_without_colour():
    ax = plotting.bands(np.arange(3.0), {f"kind {n}": RUNS for n in range(5)}, marks=True)

    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 5


@pytest.mark.parametrize(
    ("runs", "log", "words"),
    [(RUNS[:, :2], False, "runs must have a column for each of the 3 x"), (RUNS - 1, True, "runs must be positive")],
)
def test_runs_that_do_not_fit_are_named(runs, log, words):
    with pytest.raises(ValueError, match=words):
        plotting.bands(np.arange(3.0), {"runs": runs}, log=log)


def test_one_legend_stands_below_all_panels():
    picture, axes = plotting.figure(1, 2)
    for ax in axes:
        plotting.bands(np.arange(3.0), {"runs": RUNS}, ax)
    plotting.legend_below(axes[0])

    assert [text.get_text() for text in picture.legends[0].get_texts()] == ["runs"]
