"""Data for the lessons: generated from a seed, or shipped with the course. Nothing is downloaded.

Inputs are float64 with one example a row; class labels are int64; the same seed gives the same data.
"""

from functools import cache
from pathlib import Path

import numpy as np

from mlpkit.arguments import generator, number, whole

_DIGITS = Path(__file__).parent / "data" / "digits.txt"


def two_gaussians(N: int = 200, distance: float = 3.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 2) and y (N,) from two normal clouds of unit variance whose centres are `distance` apart.

    Class 1 lies up and to the right. With this model the log-odds are a linear function of x, so that logistic
    regression is exactly right (Bishop 2006, section 4.2).
    """
    rng, y = generator(seed), _two_classes(N)
    centre = number("distance", distance, 0.0) / np.sqrt(8.0)
    X = rng.normal(size=(len(y), 2)) + np.where(y == 1, centre, -centre)[:, None]
    return _shuffled(X, y, rng)


def xor(N: int = 4, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 2) at the corners of the unit square and y (N,), 1 where exactly one coordinate is 1.

    The corners come in the order 00, 01, 10, 11, over and over; `noise` is the standard deviation added to X.
    """
    rng, N = generator(seed), whole("N", N, 1)
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    which = np.arange(N) % 4
    X = corners[which] + number("noise", noise, 0.0) * rng.normal(size=(N, 2))
    return X, np.array([0, 1, 1, 0])[which]


def moons(N: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 2) and y (N,): two interleaved half circles of radius 1; `noise` is a standard deviation."""
    rng, y = generator(seed), _two_classes(N)
    angle = np.pi * rng.random(len(y))
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    X = np.where((y == 1)[:, None], [1.0, 0.5] - upper, upper)
    return _shuffled(X + number("noise", noise, 0.0) * rng.normal(size=X.shape), y, rng)


def circles(N: int = 200, noise: float = 0.1, ratio: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 2) and y (N,): class 1 on a circle of radius `ratio` inside class 0 on the unit circle."""
    rng, y = generator(seed), _two_classes(N)
    angle = 2.0 * np.pi * rng.random(len(y))
    radius = np.where(y == 1, number("ratio", ratio, 0.0, 1.0), 1.0)
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _shuffled(X + number("noise", noise, 0.0) * rng.normal(size=X.shape), y, rng)


def spirals(
    N: int = 300, classes: int = 2, turns: float = 1.0, noise: float = 0.05, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 2) and y (N,): one arm a class, each winding `turns` times from the centre to radius 1."""
    rng, classes = generator(seed), whole("classes", classes, 2)
    y = np.arange(whole("N", N, classes)) % classes
    radius = np.sqrt(rng.random(len(y)))
    angle = 2.0 * np.pi * (number("turns", turns, 0.0) * radius + y / classes)
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _shuffled(X + number("noise", noise, 0.0) * rng.normal(size=X.shape), y, rng)


def sine(N: int = 50, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X (N, 1) uniform in [-pi, pi] and y (N,), sin(x) plus normal noise: a regression problem."""
    rng = generator(seed)
    x = rng.uniform(-np.pi, np.pi, size=whole("N", N, 1))
    return x[:, None], np.sin(x) + number("noise", noise, 0.0) * rng.normal(size=len(x))


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return X_train (1437, 64), y_train, X_test (360, 64), y_test: handwritten digits of 8 x 8 pixels in [0, 1].

    The split is part of the data file, balanced over the classes in the test part, so that results compare.
    Raises FileNotFoundError or ValueError with what to do when the file is missing or damaged.
    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
    """
    X, y, is_test = (part.copy() for part in _read_digits(_DIGITS))
    return X[~is_test], y[~is_test], X[is_test], y[is_test]


@cache
def _read_digits(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pixels, labels and whether a row is of the test part, from lines like `train 7 00ag...`."""
    repair = "get it back with 'git checkout -- mlpkit/data' or install the course again"
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise FileNotFoundError(f"the digits' data file {path.name} is missing: {repair}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the digits' data file {path.name} is damaged (not text): {repair}") from None
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    good = all(len(row) == 3 and row[0] in ("train", "test") and len(row[2]) == 64 for row in rows)
    if not good or len(rows) != 1797:
        raise ValueError(f"the digits' data file {path.name} is damaged ({len(rows)} of 1797 rows): {repair}")
    try:
        pixels = np.array([[int(pixel, 17) for pixel in row[2]] for row in rows]) / 16.0
        y = np.array([int(row[1]) for row in rows])
    except ValueError:
        raise ValueError(f"the digits' data file {path.name} is damaged (a wrong letter): {repair}") from None
    return pixels, y, np.array([row[0] == "test" for row in rows])


def _two_classes(N: int) -> np.ndarray:
    """Return N labels, half of them 0 and half of them 1 (one more 0 when N is odd)."""
    return np.arange(whole("N", N, 2)) % 2


def _shuffled(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(len(y))
    return X[order], y[order]
