"""The same network from many seeds at once, so that a comparison can show its spread: ReLU, squared error, Adam."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mlpkit.arguments import floats, number, whole

_BETA1, _BETA2, _EPS = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Ensemble:
    """S networks of one shape with one output: `weights` (S, n_in, n_out), `biases` (S, 1, n_out) for each layer."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.weights[0])

    def network(self, seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return network number `seed`, from 0, as lists of W (n_in, n_out) and b (n_out,)."""
        return [W[seed] for W in self.weights], [b[seed, 0] for b in self.biases]

    def output(self, X: np.ndarray) -> np.ndarray:
        """Return what each network says of X (N, D), or (N,) for one input, as (S, N)."""
        return self._outputs(_inputs(X, self.weights[0].shape[1]))[-1][:, :, 0]

    def _outputs(self, X: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of all layers, X first, each (S, N, n) but for X."""
        h = [X]
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = h[-1] @ W
            z += b
            h.append(np.maximum(z, 0.0, out=z) if layer < len(self.weights) - 1 else z)
        return h

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return (dweights, dbiases) of the mean squared error on X (N, D), y (N,), each network's own."""
        X = _inputs(X, self.weights[0].shape[1])
        h = self._outputs(X)
        delta = (h[-1] - y[:, None]) * (2.0 / len(y))
        dweights, dbiases = [], []
        for layer in reversed(range(len(self.weights))):
            dweights.append(np.swapaxes(np.broadcast_to(h[layer], (len(self), *h[layer].shape[-2:])), 1, 2) @ delta)
            dbiases.append(delta.sum(axis=1, keepdims=True))
            if layer:
                delta = delta @ np.swapaxes(self.weights[layer], 1, 2)
                delta *= h[layer] > 0
        return dweights[::-1], dbiases[::-1]


def random_ensemble(sizes: Sequence[int], count: int, seed: int = 0, bias: float = 0.0) -> Ensemble:
    """Return `count` networks with layers of these sizes, He weights, and biases normal with deviation `bias`."""
    sizes = [whole("sizes", size, 1) for size in sizes]
    count, rng = whole("count", count, 1), np.random.default_rng(whole("seed", seed, 0))
    shapes = list(pairwise(sizes))
    weights = [rng.normal(scale=np.sqrt(2.0 / n_in), size=(count, n_in, n_out)) for n_in, n_out in shapes]
    return Ensemble(weights, [number("bias", bias, 0.0) * rng.normal(size=(count, 1, n_out)) for _, n_out in shapes])


def train_many(start: Ensemble, X: np.ndarray, y: np.ndarray, steps: int, learning_rate: float = 0.01) -> Ensemble:
    """Return the networks after `steps` of Adam (Kingma & Ba 2015) on all of X (N, D) or (N,), y (N,), each apart.

    Raises TypeError or ValueError for arguments that do not fit; `start` is not changed.
    """
    return next(training_stages(start, X, y, [steps], learning_rate))


def training_stages(
    start: Ensemble, X: np.ndarray, y: np.ndarray, stages: Sequence[int], learning_rate: float = 0.01
) -> Iterator[Ensemble]:
    """Yield the networks of one training after each number of steps in `stages`, which do not decrease."""
    X, (y,) = _inputs(X, start.weights[0].shape[1]), floats(y=(y, "N"))
    if len(y) != len(X):
        raise ValueError(f"y must have shape ({len(X)},), one target for each row of X, but its shape is {y.shape}")
    stages, learning_rate = (
        [whole("steps", steps, 0) for steps in stages],
        number("learning_rate", learning_rate, 0.0),
    )
    net = _copy(start)
    parameters = [*net.weights, *net.biases]
    first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    done = 0
    for steps in stages:
        for t in range(done + 1, steps + 1):
            dweights, dbiases = net.gradients(X, y)
            rate = learning_rate * np.sqrt(1 - _BETA2**t) / (1 - _BETA1**t)
            for p, slope, m, v in zip(parameters, [*dweights, *dbiases], first, second, strict=True):
                m += (1 - _BETA1) * (slope - m)
                v += (1 - _BETA2) * (slope**2 - v)
                p -= rate * m / (np.sqrt(v) + _EPS)
        done = steps
        yield _copy(net)


def _copy(net: Ensemble) -> Ensemble:
    return Ensemble([W.copy() for W in net.weights], [b.copy() for b in net.biases])


def parameter_count(sizes: Sequence[int]) -> int:
    """Return the number of weights and biases of a network with layers of these sizes."""
    return sum(n_in * n_out + n_out for n_in, n_out in pairwise(sizes))


def mean_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of values (n,), n at least 2, and the ends of mean +- 2 standard errors."""
    (values,) = floats(values=(values, "n"))
    error = 2 * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - error), float(values.mean() + error)


def _inputs(X: object, D: int) -> np.ndarray:
    X = np.asarray(X)
    return floats(X=(X[:, None] if X.ndim == 1 else X, f"N {D}"))[0]
