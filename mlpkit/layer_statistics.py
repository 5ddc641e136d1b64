"""What can be read off a network's layers: how large its signals are, which units are flat, where gradients go."""

from dataclasses import dataclass

import numpy as np

from mlpkit.stack import UNITS, Stack

FLAT = 0.05  # of the steepest slope: below that a unit hands on next to nothing
_STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}


@dataclass(frozen=True)
class LayerStatistics:
    """Per network and layer. `spread`, `flat` and `dead` are (S, L - 1), of the hidden layers; the others (S, L).

    `spread`: standard deviation of h over the examples, root mean square over the units. `flat`: share of units and
    examples with a slope below 5 % of the steepest. `dead`: share of units that are flat for every example.
    `gradient`: Frobenius norm of d loss / d W. `ratio`: that over the norm of W.
    """

    spread: np.ndarray
    flat: np.ndarray
    dead: np.ndarray
    gradient: np.ndarray
    ratio: np.ndarray


def layer_statistics(stack: Stack, X: np.ndarray, y: np.ndarray) -> LayerStatistics:
    """Return the statistics of every network and layer for the examples X (N, D) with classes y (N,)."""
    slope, steepest = UNITS[stack.hidden][1], _STEEPEST[stack.hidden]
    with np.errstate(all="ignore"):
        zs, hs = stack.forward(X)
        flat = [slope(z, h) < FLAT * steepest for z, h in zip(zs[:-1], stack.bent(hs), strict=True)]
        dweights = stack.gradients(X, y)[0]
    gradient = np.stack([_norms(dW) for dW in dweights], axis=1)
    return LayerStatistics(
        spread=np.stack([np.sqrt(h.astype(float).var(axis=1).mean(axis=1)) for h in hs[1:]], axis=1),
        flat=np.stack([part.mean(axis=(1, 2)) for part in flat], axis=1),
        dead=np.stack([part.all(axis=1).mean(axis=1) for part in flat], axis=1),
        gradient=gradient,
        ratio=gradient / np.stack([_norms(W) for W in stack.weights], axis=1),
    )


def _norms(arrays: np.ndarray) -> np.ndarray:
    return np.sqrt((arrays.astype(float) ** 2).sum(axis=(1, 2)))
