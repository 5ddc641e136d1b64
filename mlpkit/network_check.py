"""A full numerical check of an MLP's gradient, many entries in one forward pass.

One entry at a time, a network of P parameters needs 2 P forward passes. But moving the weight from unit i to unit j
of a layer changes the pre-activation of unit j alone, by step * h_i. So for all weights into unit j together:

1. the new values of unit j are found at once, an (entries, N) array;
2. the next layer's pre-activations are the old ones plus an outer product, (change of h_j) times (row j of W);
3. only the layers after that are computed anew, and only for the examples in which unit j changed at all.
"""

from dataclasses import dataclass

import numpy as np

from mlpkit import losses
from mlpkit.activations import ACTIVATIONS
from mlpkit.arguments import number
from mlpkit.gradcheck import relative_error
from mlpkit.network import MLP, ForwardPass

_BLOCK = 1 << 18  # numbers an intermediate array holds at most: what fits into a processor's cache


@dataclass(frozen=True)
class NetworkCheck:
    """Analytic and numerical gradients of an MLP, lists of arrays for L layers, and their relative errors per entry.

    `kinks` marks the entries, of those with a relative error above `tolerance`, whose step takes some pre-activation
    over a kink of the activation: there the difference is no judge. `passed` says that no other entry is above it.
    """

    dweights: list[np.ndarray]
    dbiases: list[np.ndarray]
    numerical_dweights: list[np.ndarray]
    numerical_dbiases: list[np.ndarray]
    weight_errors: list[np.ndarray]
    bias_errors: list[np.ndarray]
    weight_kinks: list[np.ndarray]
    bias_kinks: list[np.ndarray]
    tolerance: float

    @property
    def worst(self) -> float:
        """The largest relative error among the entries without a kink."""
        pairs = zip(self.weight_errors + self.bias_errors, self.weight_kinks + self.bias_kinks, strict=True)
        return max(float(np.where(kinks, 0, errors).max()) for errors, kinks in pairs)

    @property
    def passed(self) -> bool:
        return self.worst <= self.tolerance


def check_network(
    net: MLP,
    X: np.ndarray,
    y: np.ndarray,
    step: float = 1e-5,
    tolerance: float = 1e-4,
    floor: float = 1e-6,
) -> NetworkCheck:
    """Compare `net.gradients(X, y)` with central differences of the loss, for every weight and bias.

    Works on a float64 copy of `net`. `floor` is that of `gradcheck.relative_error`: differences of a loss near 1 are
    good to about 1e-11, so entries below 1e-6 can't be judged to more than 1e-5.
    """
    step = number("step", step, 0, low_included=False)
    net = MLP.from_parameters(net.weights, net.biases, net.hidden, net.output, dtype=np.float64)
    analytic = net.gradients(X, y)
    numerical_dweights, numerical_dbiases = numerical_gradients(net, X, y, step)
    errors = [
        [relative_error(a, n, floor) for a, n in zip(exact, numerical, strict=True)]
        for exact, numerical in ((analytic.dweights, numerical_dweights), (analytic.dbiases, numerical_dbiases))
    ]
    kinks = [
        [_kinks(net, X, step, kind, layer, e > tolerance) for layer, e in enumerate(found)]
        for kind, found in zip(("weights", "biases"), errors, strict=True)
    ]
    return NetworkCheck(
        analytic.dweights, analytic.dbiases, numerical_dweights, numerical_dbiases, *errors, *kinks, tolerance
    )


def numerical_gradients(
    net: MLP, X: np.ndarray, y: np.ndarray, step: float = 1e-5
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(dweights, dbiases) of the mean loss by central differences, for every entry; `net` must be float64."""
    if net.dtype != np.float64:
        raise ValueError(f"net must be of dtype float64 for differences this small, but it is {net.dtype}")
    run = net.forward(X)
    net.loss(X, y)  # says what is wrong with y
    target = _target(net, y, len(run.h[0]))
    dweights, dbiases = [], []
    for layer in range(len(net.weights)):
        inputs = np.column_stack([run.h[layer], np.ones(len(run.h[layer]))])  # the bias is the weight of a 1
        block = np.empty((inputs.shape[1], net.weights[layer].shape[1]))
        for unit in range(block.shape[1]):
            block[:, unit] = _unit_gradient(net, run, target, layer, unit, inputs, step)
        dweights.append(block[:-1])
        dbiases.append(block[-1])
    return dweights, dbiases


def _unit_gradient(
    net: MLP, run: ForwardPass, target: np.ndarray, layer: int, unit: int, inputs: np.ndarray, step: float
) -> np.ndarray:
    """The derivative of the mean loss by every weight into one unit, and by its bias."""
    N, entries = inputs.shape
    last = layer == len(net.weights) - 1
    f = ACTIVATIONS[net.hidden].function
    z, h = run.z[layer][:, unit], run.h[layer + 1][:, unit]
    changes = []
    for sign in (1, -1):
        moved = z + sign * step * inputs.T
        changes.append(moved - z if last else f(moved) - h)
    examples = np.flatnonzero((changes[0] != 0).any(axis=0) | (changes[1] != 0).any(axis=0))
    width = max(W.shape[1] for W in net.weights[layer:])
    size = max(1, _BLOCK // (max(1, len(examples)) * width))
    derivative = np.zeros(entries)
    if not len(examples):
        return derivative
    for start in range(0, entries, size):
        block = slice(start, start + size)
        ahead, behind = (
            _changed_loss(net, run, target, layer, unit, change[block][:, examples], examples) for change in changes
        )
        derivative[block] = (ahead - behind) / (2 * step * N)
    return derivative


def _changed_loss(
    net: MLP, run: ForwardPass, target: np.ndarray, layer: int, unit: int, change: np.ndarray, examples: np.ndarray
) -> np.ndarray:
    """The loss summed over `examples` when unit's output (the last layer: its logit) changes by `change`.

    `change` is (entries, examples); returns (entries,).
    """
    if layer == len(net.weights) - 1:
        z = np.repeat(run.z[layer][None, examples], len(change), axis=0)
        z[:, :, unit] += change
    else:
        z = change[:, :, None] * net.weights[layer + 1][unit]
        z += run.z[layer + 1][examples]
    for W, b in zip(net.weights[layer + 2 :], net.biases[layer + 2 :], strict=True):
        h = np.maximum(z, 0, out=z) if net.hidden == "relu" else ACTIVATIONS[net.hidden].function(z)
        z = (h.reshape(-1, h.shape[2]) @ W + b).reshape(*h.shape[:2], -1)
    return _example_losses(net.output, z, target[examples]).sum(axis=1)


def _example_losses(output: str, z: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The loss of every example, for z (entries, N, K) and target (N, K): (entries, N)."""
    if output == "linear":
        return 0.5 * ((z - target) ** 2).sum(axis=2)
    if output == "sigmoid":
        return (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - target * z)[:, :, 0]
    z = np.moveaxis(z, 2, 0).copy()  # the K classes in front: sums over them then run along whole arrays
    z -= z.max(axis=0)
    chosen = np.einsum("kes,sk->es", z, target)
    return np.log(np.exp(z, out=z).sum(axis=0)) - chosen


def _target(net: MLP, y: np.ndarray, N: int) -> np.ndarray:
    if net.output == "softmax":
        return losses.one_hot_rows(y, N, net.sizes[-1])
    return np.asarray(y, np.float64).reshape(N, -1)


def _kinks(net: MLP, X: np.ndarray, step: float, kind: str, layer: int, suspects: np.ndarray) -> np.ndarray:
    """Of the suspects, those whose step moves a pre-activation over a kink of the hidden units, or onto it."""
    kinks = np.array(ACTIVATIONS[net.hidden].kinks)
    marked = np.zeros_like(suspects)
    parameter = getattr(net, kind)[layer]
    for index in np.argwhere(suspects) if len(kinks) else ():
        at, sides = tuple(index), []
        kept = parameter[at]
        for moved in (kept + step, kept - step):
            parameter[at] = moved
            sides.append([np.sign(z[..., None] - kinks) for z in net.forward(X).z[:-1]])
        parameter[at] = kept
        marked[at] = any((a != b).any() for a, b in zip(*sides, strict=True))
    return marked
