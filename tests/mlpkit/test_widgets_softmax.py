"""The explorers of lesson 3 follow their controls, and what they show is what softmax gives."""

import re

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.widgets.calibration import reliability
from mlpkit.widgets.class_regions import ties
from mlpkit.widgets.overflow import as_written
from mlpkit.widgets.temperature import entropy
from tests.mlpkit.explorers import hold

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 2)), RNG.integers(0, 3, size=40)
W, B = np.array([[-1.0, 1.0, 0.0], [-0.5, -0.5, 1.0]]), np.array([0.0, 0.1, -0.1])
LOGITS, LABELS = 3.0 * RNG.normal(size=(200, 5)), RNG.integers(0, 5, size=200)


# temperature


def said_probabilities(explorer) -> list[float]:
    return [float(value) for value in re.search(r"probabilities ([^;]+)(;|\. )", explorer.picture.alt)[1].split(",")]


@pytest.mark.parametrize(
    ("number", "convention", "expected"),
    [
        (1.0, "divide", [0.665, 0.245, 0.090]),
        (0.01, "divide", [1.0, 0.0, 0.0]),
        (100.0, "divide", [0.337, 0.333, 0.330]),
        (100.0, "multiply", [1.0, 0.0, 0.0]),
        (0.01, "multiply", [0.337, 0.333, 0.330]),
    ],
)
def test_a_temperature_divides_and_its_inverse_multiplies(number, convention, expected):
    explorer = widgets.temperature()
    explorer.set(z0=2.0, z1=1.0, z2=0.0, number=number, convention=convention)

    assert said_probabilities(explorer) == expected


def test_entropy_goes_from_0_to_the_logarithm_of_the_number_of_classes():
    assert entropy(np.array([1000.0, 0.0, -1000.0])) == 0.0
    assert entropy(np.zeros(4)) == pytest.approx(np.log(4))
    assert entropy(np.log([[0.5, 0.25, 0.25]])) == pytest.approx([1.5 * np.log(2)])


# overflow


@pytest.mark.parametrize(
    ("dtype", "shift", "fault"),
    [
        (np.float64, 707, None),
        (np.float64, 708, "nan"),
        (np.float64, -746, "wrong"),
        (np.float64, -748, "nan"),
        (np.float32, 85, None),
        (np.float32, 88, "nan"),
        (np.float16, 8, None),
        (np.float16, 10, "nan"),
    ],
)
def test_softmax_as_written_holds_up_to_the_limits_of_the_format(dtype, shift, fault):
    p, e = as_written((np.arange(3.0) + shift).astype(dtype))
    right = np.exp(np.arange(3.0)) / np.exp(np.arange(3.0)).sum()

    assert p.dtype == e.dtype == dtype
    if fault == "nan":
        assert np.isnan(p).any()
    elif fault == "wrong":
        assert np.abs(p - right).max() > 0.05
    else:
        assert np.allclose(p, right, rtol=0.01)


def test_the_overflow_explorer_says_both_answers():
    explorer = widgets.overflow()
    explorer.set(c=1000)

    assert "softmax as written gives nan, nan, nan" in explorer.picture.alt
    assert "largest logit subtracted: 0.090, 0.245, 0.665" in explorer.picture.alt


# class_regions


def test_where_the_lines_are_two_classes_tie_and_no_third_is_ahead():
    explorer = widgets.class_regions(X, Y, W, B)
    x, y = ties(W, B, explorer.figure.axes[0])
    starts, ends = np.column_stack([x, y])[np.isfinite(x)].reshape(-1, 2, 2).swapaxes(0, 1)
    on_line = np.concatenate([starts + part * (ends - starts) for part in np.linspace(0.0, 1.0, 9)])
    z = np.sort(on_line @ W + B, axis=1)

    assert len(starts) == 3
    assert z[:, -1] == pytest.approx(z[:, -2], abs=1e-8)


def test_pressing_in_the_plane_shows_the_probabilities_there():
    explorer = widgets.class_regions(X, Y, W, B)
    hold(explorer, "place", (0.5, -1.0))
    e = np.exp(np.array([0.5, -1.0]) @ W + B)

    assert "at (0.5, -1.0)" in explorer.picture.alt
    assert said_probabilities(explorer) == pytest.approx(e / e.sum(), abs=6e-4)


def test_the_temperature_changes_the_loss_and_not_the_accuracy():
    explorer = widgets.class_regions(X, Y, W, B)
    accuracy = f"accuracy is {np.mean((X @ W + B).argmax(axis=1) == Y):.1%}"
    losses = set()
    for T in (0.1, 1.0, 10.0):
        explorer.set(T=T)
        assert accuracy in explorer.picture.alt
        losses.add(explorer.picture.alt.split("loss")[1])
    assert len(losses) == 3


# calibration


def test_reliability_counts_each_example_once_in_its_bin():
    confidence = np.array([0.05, 0.25, 0.5, 0.51, 0.75, 1.0])
    right = np.array([False, True, True, False, True, True])
    mean, accuracy, count = reliability(confidence, right, 4)

    assert count.tolist() == [2, 1, 2, 1]  # an edge belongs to the bin below it
    assert mean == pytest.approx([0.15, 0.5, 0.63, 1.0])
    assert accuracy == pytest.approx([0.5, 1.0, 0.5, 1.0])
    assert np.isnan(reliability(confidence, right, 20)[0][1])


def test_labels_drawn_from_the_probabilities_are_calibrated_at_temperature_1():
    rng = np.random.default_rng(1)
    z = 2.0 * rng.normal(size=(20_000, 3))
    y = (z + rng.gumbel(size=z.shape)).argmax(axis=1)  # draws from softmax(z) (Gumbel 1954)
    explorer = widgets.calibration(z, y)
    gap = float(re.search(r"bins (\d\.\d+);", explorer.picture.alt)[1])
    best = float(re.search(r"smallest at T = (\d+\.\d+)", explorer.picture.alt)[1])

    assert gap < 0.02
    assert best == pytest.approx(1.0, abs=0.05)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"b must have shape \(K,\) with K = 3, but its shape is \(2,\)"):
        widgets.class_regions(X, Y, W, B[:2])
    with pytest.raises(ValueError, match=r"y must hold class numbers 0 to 4, but y\[0\] is 5"):
        widgets.calibration(LOGITS, LABELS + 5 - LABELS[0])
