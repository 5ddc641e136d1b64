"""Numerical differentiation, to check a gradient against.

`f` is always a function that maps an array to a float. The three differences and their errors for step size h:

    central        (f(x + h) - f(x - h)) / 2h     error about h^2 |f'''| / 6 + eps |f| / h
    one-sided      (f(x + h) - f(x)) / h          error about h |f''| / 2 + 2 eps |f| / h
    complex step   Im f(x + ih) / h               error about h^2 |f'''| / 6: nothing is subtracted, so h can be tiny

with eps = 2.2e-16 the rounding error of float64. Sources: Nocedal & Wright 2006, chapter 8; Squire & Trapp 1998.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlpkit.arguments import choice, floats, generator, number, whole

METHODS = ("central", "forward", "backward", "complex")
_DEFAULT_STEP = {"central": 1e-5, "forward": 1e-8, "backward": 1e-8, "complex": 1e-20}

Function = Callable[[np.ndarray], float]


def numerical_gradient(f: Function, x: np.ndarray, step: float | None = None, method: str = "central") -> np.ndarray:
    """The gradient of f at x, one entry at a time, as a float64 array of the shape of x.

    `method` is "central", "forward", "backward" (the one-sided ones) or "complex". `step` is 1e-5, 1e-8, 1e-8 and
    1e-20 unless given. The complex step calls f with a complex array, so f must be analytic and written without
    abs, max or comparisons. f gets a copy of x, and may change it.

    Raises TypeError or ValueError for an f that does not return one finite number, a wrong x, step or method.
    """
    x, step = _point(x), _step(step, method)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        direction = np.zeros(x.shape)
        direction[index] = 1.0
        gradient[index] = _difference(f, x, direction, step, method)
    return gradient


def directional_derivative(
    f: Function, x: np.ndarray, direction: np.ndarray, step: float | None = None, method: str = "central"
) -> float:
    """The derivative of f at x along `direction`, of the shape of x: the sum of gradient * direction.

    Two calls of f check a gradient of any size: along a random direction a wrong gradient agrees by chance only.
    """
    x, step = _point(x), _step(step, method)
    (direction,) = floats(direction=(direction, "..."))
    if direction.shape != x.shape:
        raise ValueError(f"direction must have the shape of x, {x.shape}, but its shape is {direction.shape}")
    return _difference(f, x, direction, step, method)


def directional_check(
    f: Function, x: np.ndarray, gradient: np.ndarray, directions: int = 3, seed: int | np.random.Generator = 0
) -> float:
    """The largest relative error of `gradient` along random unit directions: a check in 2 * directions calls of f."""
    x, gradient = _point(x), floats(gradient=(gradient, "..."))[0]
    if gradient.shape != x.shape:
        raise ValueError(f"gradient must have the shape of x, {x.shape}, but its shape is {gradient.shape}")
    rng, worst = generator(seed), 0.0
    for _ in range(whole("directions", directions, 1)):
        direction = rng.standard_normal(x.shape)
        direction /= np.linalg.norm(direction)
        numerical = directional_derivative(f, x, direction)
        worst = max(worst, float(relative_error((gradient * direction).sum(), numerical)))
    return worst


def relative_error(a: np.ndarray, n: np.ndarray, floor: float = 1e-8) -> np.ndarray:
    """|a - n| / max(|a|, |n|, floor) per entry, for an analytic a and a numerical n of the same shape.

    0 is perfect, 2 is a wrong sign. `floor` keeps two numbers that are both nearly 0 from being called different.
    """
    a, n, floor = _pair(a, n, floor)
    return np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)


def whole_relative_error(a: np.ndarray, n: np.ndarray, floor: float = 1e-8) -> float:
    """|a - n| / max(|a|, |n|, floor) with Euclidean lengths: one number for the whole gradient."""
    a, n, floor = _pair(a, n, floor)
    return float(np.linalg.norm(a - n) / max(np.linalg.norm(a), np.linalg.norm(n), floor))


@dataclass(frozen=True)
class Sweep:
    """Errors of a numerical derivative over step sizes: `steps` (n,), and for each method `errors[method]` (n,)."""

    steps: np.ndarray
    errors: dict[str, np.ndarray]

    def best(self, method: str) -> tuple[float, float]:
        """The step with the smallest error, and that error."""
        at = int(np.argmin(self.errors[method]))
        return float(self.steps[at]), float(self.errors[method][at])


def step_sweep(
    f: Function,
    x: np.ndarray,
    gradient: np.ndarray,
    steps: np.ndarray | None = None,
    methods: Sequence[str] = ("central", "forward"),
) -> Sweep:
    """The relative error of the whole numerical gradient for each step size: data for a log-log plot.

    It falls with h while truncation rules and rises again when rounding does: the V. `gradient` is the true one.
    `steps` is 10^-14 to 10^-1, three a decade, unless given.
    """
    steps = np.logspace(-14, -1, 40) if steps is None else floats(steps=(steps, "n"))[0]
    errors = {
        method: np.array([whole_relative_error(gradient, numerical_gradient(f, x, h, method)) for h in steps])
        for method in methods
    }
    return Sweep(steps, errors)


def kinks_crossed(
    preactivations: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    step: float = 1e-5,
    kinks: Sequence[float] = (0.0,),
) -> np.ndarray:
    """Where a central difference would step over a kink: a boolean array of the shape of x.

    `preactivations` maps x to the array of all pre-activations of a network; an entry of x is marked when moving it
    by +-step takes any pre-activation across one of `kinks` (0 for ReLU), or onto it. There the difference averages
    two slopes, and a disagreement is no bug.
    """
    x, step = _point(x), number("step", step, 0, low_included=False)
    kinks = floats(kinks=(kinks, "n"))[0]
    crossed = np.zeros(x.shape, bool)
    for index in np.ndindex(x.shape):
        sides = []
        for shift in (-step, step):
            moved = x.copy()
            moved[index] += shift
            z = np.asarray(preactivations(moved))
            sides.append(np.sign(z[..., None] - kinks))
        crossed[index] = bool((sides[0] != sides[1]).any())
    return crossed


def _point(x: object) -> np.ndarray:
    return floats(x=(x, "..."))[0].astype(np.float64)


def _pair(a: object, n: object, floor: float) -> tuple[np.ndarray, np.ndarray, float]:
    a, n = floats(a=(a, "..."), n=(n, "..."))
    if a.shape != n.shape:
        raise ValueError(f"n must have the shape of a, {a.shape}, but its shape is {n.shape}")
    return a, n, number("floor", floor, 0, low_included=False)


def _step(step: float | None, method: str) -> float:
    default = _DEFAULT_STEP[choice("method", method, METHODS)]
    return default if step is None else number("step", step, 0, low_included=False)


def _difference(f: Function, x: np.ndarray, direction: np.ndarray, step: float, method: str) -> float:
    if method == "complex":
        return _call(f, x + 1j * step * direction).imag / step
    ahead = x + step * direction if method != "backward" else x.copy()
    behind = x - step * direction if method != "forward" else x.copy()
    span = 2 * step if method == "central" else step
    return (_call(f, ahead) - _call(f, behind)).real / span


def _call(f: Function, x: np.ndarray) -> complex:
    result = f(x)
    value = np.asarray(result)
    if value.dtype.kind not in "fiubc" or value.size != 1:
        raise TypeError(f"f must return one number, but it returned {type(result).__name__} of shape {value.shape}")
    value = complex(value.reshape(())[()])
    if not np.isfinite(value):
        raise ValueError(f"f must return a finite number, but it returned {value.real}")
    return value
