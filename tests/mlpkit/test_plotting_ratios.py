"""A table of ratios shows its numbers, and where they cross 1."""

import numpy as np

from mlpkit import plotting


def test_a_table_of_ratios_shows_every_number_and_a_border_between_larger_and_smaller():
    ax = plotting.ratios(
        np.array([[1.0, 0.25], [4.0, 1.0]]), [1, 2], [1, 2], xlabel="inputs", ylabel="outputs", title="ratio"
    )

    assert sorted(text.get_text() for text in ax.texts) == ["0.25", "1", "1", "4"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]


def test_ratios_that_are_all_equal_are_drawn_too():
    plotting.png(plotting.ratios(np.ones((2, 2)), [1, 2], [1, 2], xlabel="x", ylabel="y", title="t").figure)
