"""Many networks of one shape side by side, trained in one array program: what an experiment over seeds needs.

Arrays have an axis for the networks in front: weights[l] is (S, n_in, n_out), biases[l] (S, 1, n_out), h (S, N, n).
Hidden layers have one of the units `UNITS`, the output is a softmax with the cross-entropy in nats.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mlpkit.arguments import choice, floats, labels, number, whole
from mlpkit.initialisation import INITIALISATIONS

# value, and the derivative computed from z and h: quick, and as in mlpkit.activations
UNITS = {
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda z, h: h * (1 - h)),
    "tanh": (np.tanh, lambda z, h: 1 - h * h),
    "relu": (lambda z: np.maximum(z, 0), lambda z, h: (z > 0).astype(z.dtype)),
}


class Stack:
    """S networks of one shape; network s starts from `seeds[s]`, with weights drawn by `start` and times `gain`.

    `sizes` lists the units of every layer, inputs first. `start` names one of `initialisation.INITIALISATIONS`, and
    `bias` is where the biases of hidden layers start. With `residual` every hidden layer that is as wide as the one
    below it computes h + f(h W + b) in place of f(h W + b). Raises TypeError or ValueError for anything else.
    """

    def __init__(
        self,
        sizes: list[int],
        hidden: str,
        start: str,
        seeds: Sequence[int],
        *,
        gain: float = 1.0,
        bias: float = 0.0,
        residual: bool = False,
        dtype: type = np.float32,
    ) -> None:
        self.sizes = [whole(f"sizes[{i}]", n, 1) for i, n in enumerate(sizes)]
        self.hidden, self.residual = choice("hidden", hidden, tuple(UNITS)), residual
        draw = INITIALISATIONS[choice("start", start, tuple(INITIALISATIONS))]
        gain, bias = number("gain", gain), number("bias", bias)
        rngs = [np.random.default_rng(whole("seeds", seed, 0)) for seed in seeds]
        self.weights, self.biases = [], []
        for layer, (n_in, n_out) in enumerate(pairwise(self.sizes)):
            self.weights.append(np.array([gain * draw(n_in, n_out, rng) for rng in rngs], dtype))
            last = layer == len(self.sizes) - 2
            self.biases.append(np.full((len(rngs), 1, n_out), 0.0 if last else bias, dtype))

    def joined(self, other: "Stack") -> "Stack":
        """Return the networks of both, which have one shape and unit, in one stack."""
        if (self.sizes, self.hidden, self.residual) != (other.sizes, other.hidden, other.residual):
            raise ValueError("other must have the same sizes, hidden units and residual connections")
        both = object.__new__(Stack)
        both.sizes, both.hidden, both.residual = self.sizes, self.hidden, self.residual
        both.weights = [np.concatenate(pair) for pair in zip(self.weights, other.weights, strict=True)]
        both.biases = [np.concatenate(pair) for pair in zip(self.biases, other.biases, strict=True)]
        return both

    def __len__(self) -> int:
        return len(self.weights[0])

    def forward(self, X: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return (zs, hs) for X (N, D), or (S, N, D): the logits are zs[-1], X is hs[0], hidden layers follow."""
        X = np.asarray(X, self.weights[0].dtype)
        if X.ndim not in (2, 3) or X.shape[-1] != self.sizes[0]:
            raise ValueError(f"X must have {self.sizes[0]} columns, but its shape is {X.shape}")
        hs, zs = [X], []
        value = UNITS[self.hidden][0]
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = hs[-1] @ W
            z += b
            zs.append(z)
            if layer < len(self.weights) - 1:
                h = value(z)
                hs.append(h + hs[-1] if self._skips(layer) else h)
        return zs, hs

    def bent(self, hs: list[np.ndarray]) -> list[np.ndarray]:
        """Return f(z) of every hidden layer: its h, without what went around the layer."""
        pairs = enumerate(pairwise(hs))
        return [above - below if self._skips(layer) else above for layer, (below, above) in pairs]

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Return (dweights, dbiases, losses): of each network's mean loss at y (N,), or (S, N); losses are (S,)."""
        zs, hs = self.forward(X)
        logits = zs[-1] - zs[-1].max(axis=-1, keepdims=True)
        p = np.exp(logits)
        total = p.sum(axis=-1, keepdims=True)
        p /= total
        at = np.broadcast_to(np.asarray(y)[..., None], (*p.shape[:2], 1))
        picked = np.take_along_axis(logits, at, -1) - np.log(total)
        np.put_along_axis(p, at, np.take_along_axis(p, at, -1) - 1, -1)
        p /= p.shape[1]
        slope, bent, dz = UNITS[self.hidden][1], self.bent(hs), p
        dweights, dbiases, around = [None] * len(zs), [None] * len(zs), None
        for layer in range(len(zs) - 1, -1, -1):
            dweights[layer] = np.swapaxes(hs[layer], -1, -2) @ dz
            dbiases[layer] = dz.sum(axis=1, keepdims=True)
            if layer:
                dh = dz @ np.swapaxes(self.weights[layer], -1, -2)
                if around is not None:
                    dh += around
                around = dh if self._skips(layer - 1) else None
                dz = dh * slope(zs[layer - 1], bent[layer - 1])
        return dweights, dbiases, -picked.mean(axis=(1, 2))

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        learning_rate: float | np.ndarray,
        steps: int,
        batch_size: int = 32,
        seed: int = 0,
        max_norm: float = np.inf,
    ) -> np.ndarray:
        """Make `steps` steps of minibatch SGD in place and return the batches' losses (steps, S).

        `learning_rate` is one number, or one for each network. Every network draws its own batches. A gradient whose
        global norm is above `max_norm` is shortened to it. A network that overflows is left as nan.
        """
        dtype = self.weights[0].dtype
        X = np.asarray(floats(X=(X, f"N {self.sizes[0]}"))[0], dtype)
        y = labels("y", y, len(X), max(2, self.sizes[-1]))
        rate = np.broadcast_to(np.asarray(learning_rate, dtype), (len(self),)).reshape(-1, 1, 1)
        rng, losses = np.random.default_rng(whole("seed", seed, 0)), np.empty((whole("steps", steps, 0), len(self)))
        with np.errstate(all="ignore"):
            for step in range(len(losses)):
                batch = rng.integers(0, len(X), (len(self), batch_size))
                dweights, dbiases, losses[step] = self.gradients(X[batch], y[batch])
                scale = rate
                if np.isfinite(max_norm):
                    squares = sum((g * g).sum(axis=(1, 2)) for g in (*dweights, *dbiases))
                    scale = rate * np.minimum(1.0, max_norm / np.sqrt(squares)).reshape(-1, 1, 1).astype(dtype)
                for part, g in zip((*self.weights, *self.biases), (*dweights, *dbiases), strict=True):
                    part -= scale * g
        return losses

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return each network's share of right answers, (S,)."""
        with np.errstate(all="ignore"):
            logits = self.forward(X)[0][-1]
        return np.mean(logits.argmax(axis=-1) == y, axis=1)

    def _skips(self, layer: int) -> bool:
        return self.residual and self.sizes[layer] == self.sizes[layer + 1]
