"""The fast way through a network: the same sums as the pairs in `layers` and `losses`, in place in kept arrays.

Four things make it fast, and each costs a line:
- an array for every intermediate result of a batch size is allocated once;
- in here one example is a column, so that NumPy's innermost loop runs over the N examples and not over a few units;
- the input of every hidden and output layer has a row of ones at the bottom and the layer's parameters are one block,
  b below W, so that one matrix product adds the bias and, on the way back, one gives both gradients;
- X itself is not copied (a large one costs more to copy than its layer's bias to add), nor looked through for NaN and
  infinity: both reach the gradient, which is looked through.
"""

from itertools import pairwise
from math import isfinite
from typing import NoReturn

import numpy as np

from mlpkit import activations, losses
from mlpkit.arguments import floats, labels


def parameter_count(sizes: tuple[int, ...]) -> int:
    """The number of weights and biases of a network with these layer sizes."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def layer_blocks(vector: np.ndarray, sizes: tuple[int, ...]) -> list[np.ndarray]:
    """Views into a flat vector: each layer's (n_in + 1, n_out) block, W above b."""
    blocks, start = [], 0
    for n_in, n_out in pairwise(sizes):
        stop = start + (n_in + 1) * n_out
        blocks.append(vector[start:stop].reshape(n_in + 1, n_out))
        start = stop
    return blocks


def all_finite(vector: np.ndarray) -> bool:
    """Whether a flat vector holds neither NaN nor infinity: its square length tells, at the price of one product."""
    return isfinite(vector.dot(vector)) or bool(np.isfinite(vector).all())


DIVERGED = (
    "the network's values grew beyond floating point: the parameters are kept as they were; lower learning_rate"
)


BINARY = frozenset((0, 1))


class Workspace:
    """The arrays for batches of N examples, and the forward and backward pass in them.

    `gradient` is a flat vector like the network's parameters: `backward` fills it.
    """

    def __init__(
        self, parameters: np.ndarray, gradient: np.ndarray, sizes: tuple[int, ...], hidden: str, N: int
    ) -> None:
        dtype = parameters.dtype
        self.N, self.hidden, self.gradient = N, activations.ACTIVATIONS[hidden], gradient
        self.is_relu = hidden == "relu"
        # Arrays and not Python numbers, here and below: with operands of one type NumPy takes its short way.
        self.half, self.one, self.scale = (np.array(c, dtype) for c in (0.5, 1, 0))
        self.z = [np.empty((n, N), dtype) for n in sizes[1:]]
        self.inputs = [np.ones((n + 1, N), dtype) for n in sizes[1:-1]]
        self.h = [h[:-1] for h in self.inputs]
        self.X = np.empty((N, sizes[0]), dtype)
        self.delta = [np.empty((n, N), dtype) for n in sizes[1:]]
        self.zeros = [np.zeros((n, N), dtype) for n in sizes[1:-1]]
        self.is_active = [np.empty((n, N), bool) for n in sizes[1:-1]]
        self.active = [np.empty((n, N), dtype) for n in sizes[1:-1]]
        self.dropout: list[np.ndarray] = []
        blocks, dblocks = layer_blocks(parameters, sizes), layer_blocks(gradient, sizes)
        self.W_T, self.b = blocks[0][:-1].T, blocks[0][-1][:, None]  # the first layer's
        self.dW, self.db = dblocks[0][:-1], dblocks[0][-1]
        self.units = np.ones(N, dtype)
        weights = [block[:-1] for block in blocks[1:]]
        self.forward_steps = list(zip((block.T for block in blocks[1:]), self.inputs, self.z[1:], strict=True))
        self.backward_steps = list(zip(dblocks[1:], self.inputs, self.delta[1:], weights, strict=True))[::-1]
        self.classes = np.arange(sizes[-1])[:, None]
        self.is_class = np.empty((sizes[-1], N), bool)
        self.target = np.empty((sizes[-1], N), dtype)
        self.hit = self.is_class
        self.row = np.empty(N, dtype)
        self.ones = np.ones(sizes[-1], dtype)

    def forward(self, X: np.ndarray, rate: float = 0.0, rng: np.random.Generator | None = None) -> None:
        """Fill every z and h for X (N, D), with inverted dropout of the hidden units if `rate` is above 0."""
        self.X = X if X.dtype == self.units.dtype else X.astype(self.units.dtype)
        self.W_T.dot(self.X.T, self.z[0])
        np.add(self.z[0], self.b, self.z[0])
        self.dropout = []
        for layer, (block_T, inputs, z) in enumerate(self.forward_steps):
            self._activate(layer, rate, rng)
            block_T.dot(inputs, z)

    def _activate(self, layer: int, rate: float, rng: np.random.Generator | None) -> None:
        z, h = self.z[layer], self.h[layer]
        if self.is_relu:
            np.maximum(z, self.zeros[layer], out=h)
        elif all_finite(z.reshape(-1)):
            h[...] = self.hidden.function(z)
        else:
            self.refuse()
        if rate:
            self.dropout.append(((rng.random(z.shape) >= rate) / (1 - rate)).astype(z.dtype))
            h *= self.dropout[layer]

    def refuse(self) -> NoReturn:
        """Say what was not finite: X, by ValueError, or else what was computed from it, by FloatingPointError."""
        floats(X=(self.X, "N D"))
        raise FloatingPointError(DIVERGED)

    def backward(self, output: str, y: np.ndarray, factor: float) -> None:
        """Fill `gradient` with `factor` times the gradient of the mean loss; the forward pass comes before."""
        OUTPUT_DELTAS[output](self, y)
        delta = self.delta[-1]
        # The gradient is linear in delta: to scale a few numbers here saves scaling every weight's gradient later.
        self.scale[...] = factor / self.N
        np.multiply(delta, self.scale, delta)
        layer = len(self.h)
        for dblock, inputs, delta, W in self.backward_steps:
            inputs.dot(delta.T, dblock)
            layer -= 1
            dh = W.dot(delta, self.delta[layer])
            if self.is_relu:
                active = self.active[layer]
                active[...] = np.greater(self.h[layer], self.zeros[layer], self.is_active[layer])
                np.multiply(dh, active, dh)
            else:
                dh *= self.hidden.derivative(self.z[layer])
            if self.dropout:
                dh *= self.dropout[layer]
        delta = self.delta[0]
        self.X.T.dot(delta.T, self.dW)
        delta.dot(self.units, self.db)
        if not all_finite(self.gradient):
            self.refuse()

    def loss(self, output: str) -> float:
        """The mean loss of the batch, after `backward`."""
        z = self.z[-1]
        if output == "softmax":  # z has had its largest entry subtracted, and row holds the sums of exponentials
            return float((np.log(self.row).sum() - (z * self.hit).sum()) / self.N)
        if output == "sigmoid":
            return losses.binary_cross_entropy_forward(z[0], self.target[0])[0]
        return losses.squared_error_forward(z.T, self.target.T)[0]


def softmax_delta(work: Workspace, y: np.ndarray) -> None:
    """Delta of softmax cross-entropy, N * dz = softmax(z) - onehot(y); z is shifted so that its largest is 0."""
    z, p, target = work.z[-1], work.delta[-1], work.is_class
    if y.shape == (work.N,):
        np.equal(y, work.classes, out=target)
        if np.count_nonzero(target) != work.N:
            labels("y", y, work.N, len(work.classes))
    else:
        target = work.target
        target[...] = losses.one_hot_rows(y, work.N, len(work.classes)).T
    work.hit = target
    np.maximum.reduce(z, 0, None, work.row)
    np.subtract(z, work.row, z)
    np.exp(z, p)
    work.ones.dot(p, work.row)
    np.divide(p, work.row, p)
    np.subtract(p, target, p)


def sigmoid_delta(work: Workspace, y: np.ndarray) -> None:
    """Delta of binary cross-entropy, N * dz = sigmoid(z) - y, with sigmoid(z) = (tanh(z / 2) + 1) / 2."""
    if y.shape == (work.N, 1):
        y = y[:, 0]
    if y.shape != (work.N,) or not BINARY.issuperset(y.tolist()):
        labels("y", y, work.N, 2)
    work.target[...] = y
    p = work.delta[-1]
    np.multiply(work.z[-1], work.half, p)
    np.tanh(p, p)
    np.add(p, work.one, p)
    np.multiply(p, work.half, p)
    np.subtract(p, work.target, p)


def linear_delta(work: Workspace, y: np.ndarray) -> None:
    """Delta of half the squared error, N * dz = z - Y."""
    (Y,) = floats(y=(y, f"{work.N}" if y.ndim == 1 and len(work.z[-1]) == 1 else f"{work.N} {len(work.z[-1])}"))
    work.target[...] = Y.T
    np.subtract(work.z[-1], work.target, out=work.delta[-1])


OUTPUT_DELTAS = {"softmax": softmax_delta, "sigmoid": sigmoid_delta, "linear": linear_delta}
