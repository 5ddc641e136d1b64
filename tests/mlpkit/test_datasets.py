"""Data come from a seed or from the package, in the shapes and sizes that the lessons state."""

import numpy as np
import pytest

from mlpkit import datasets

TWO_CLASSES = [datasets.two_gaussians, datasets.moons, datasets.circles, datasets.spirals]


@pytest.mark.parametrize("make", [*TWO_CLASSES, datasets.xor])
def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(make):
    options = {"noise": 0.1} if make is datasets.xor else {}
    X, y = make(60, seed=5, **options)
    again, _ = make(60, seed=5, **options)
    other, _ = make(60, seed=6, **options)

    assert (X.shape, X.dtype, y.shape, y.dtype) == ((60, 2), np.float64, (60,), np.int64)
    assert np.array_equal(X, again)
    assert not np.array_equal(X, other)


@pytest.mark.parametrize("make", TWO_CLASSES)
def test_both_classes_are_equally_frequent_and_shuffled(make):
    _, y = make(100, seed=0)

    assert np.bincount(y).tolist() == [50, 50]
    assert 0 < y[:20].sum() < 20


def test_xor_is_one_where_exactly_one_input_is():
    X, y = datasets.xor()

    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [0, 1, 1, 0]


def test_the_two_gaussians_stand_as_far_apart_as_asked():
    X, y = datasets.two_gaussians(20_000, distance=3.0, seed=1)
    gap = X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)

    assert np.hypot(*gap) == pytest.approx(3.0, abs=0.05)
    assert X[y == 0].std(axis=0) == pytest.approx([1.0, 1.0], abs=0.03)


def test_circles_lie_on_their_radii_and_spirals_wind_to_radius_one():
    X, y = datasets.circles(40, noise=0.0, ratio=0.4)
    assert np.hypot(*X.T) == pytest.approx(np.where(y == 1, 0.4, 1.0))
    X, y = datasets.spirals(300, classes=3, noise=0.0)
    assert np.hypot(*X.T).max() <= 1.0
    assert np.bincount(y).tolist() == [100, 100, 100]


def test_sine_is_a_regression_problem():
    X, y = datasets.sine(30, noise=0.0, seed=2)

    assert X.shape == (30, 1)
    assert y == pytest.approx(np.sin(X[:, 0]))


def test_the_digits_are_split_once_and_balanced_in_the_test_part():
    X_train, y_train, X_test, y_test = datasets.digits()

    assert (X_train.shape, X_test.shape) == ((1437, 64), (360, 64))
    assert (X_train.min(), X_train.max()) == (0.0, 1.0)
    assert np.bincount(y_test).tolist() == [36] * 10
    assert len(y_train) == 1437


def test_a_reader_may_change_the_digits_without_harm():
    datasets.digits()[0][:] = -1.0

    assert datasets.digits()[0].min() == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"digits.txt is missing: get it back with 'git checkout -- mlpkit/data'"),
        ("train 1 00\n", r"digits.txt is damaged \(1 of 1797 rows\)"),
        ("train 1 " + "z" * 64 + "\n", r"digits.txt is damaged"),
    ],
)
def test_a_missing_or_damaged_file_says_what_to_do(tmp_path, monkeypatch, text, message):
    path = tmp_path / "digits.txt"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(datasets, "_DIGITS", path)

    with pytest.raises((FileNotFoundError, ValueError), match=message):
        datasets.digits()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="N must be at least 2, but it is 0"):
        datasets.moons(0)
    with pytest.raises(ValueError, match=r"noise must be at least 0, but it is -0\.1"):
        datasets.circles(noise=-0.1)
    with pytest.raises(ValueError, match="ratio must be at least 0 and at most 1, but it is 2"):
        datasets.circles(ratio=2)
