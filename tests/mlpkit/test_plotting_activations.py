"""The pictures of lesson 4: a function with its derivative, and every run of an experiment."""

import numpy as np
import pytest

from mlpkit import plotting


def test_a_jump_of_the_derivative_is_a_gap_and_not_a_wall():
    z = np.linspace(-1, 1, 21)
    ax = plotting.value_and_slope(z, np.abs(z), np.where(z > 0, 1.0, -1.0), name="absolute")
    value, derivative = ax.get_lines()[-2:]

    assert ax.get_title() == "absolute"
    assert np.isfinite(value.get_ydata()).all()
    assert np.isnan(derivative.get_ydata()).sum() == 1


def test_a_smooth_derivative_has_no_gap():
    z = np.linspace(-3, 3, 61)
    derivative = plotting.value_and_slope(z, np.tanh(z), 1 - np.tanh(z) ** 2, name="tanh").get_lines()[-1]

    assert np.isfinite(derivative.get_ydata()).all()


def test_a_strip_shows_every_run_and_the_mean():
    ax = plotting.strip({"a": np.array([1.0, 2.0, 6.0]), "b": np.array([4.0, 4.0])}, xlabel="score")
    dots, mean = ax.get_lines()[:2]

    assert dots.get_xdata().tolist() == [1.0, 2.0, 6.0]
    assert list(mean.get_xdata()) == [3.0, 3.0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is on top


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"derivative must have shape \(n,\) with n = 3"):
        plotting.value_and_slope(np.zeros(3), np.zeros(3), np.zeros(4), name="none")
