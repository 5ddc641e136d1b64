"""Assignment 2: relu_network_gradients, of the mean squared error, with the mistakes one can make on the way back."""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.xor import ID


def _cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, D, H in [(7, 3, 5), (5, 6, 2), (9, 2, 4), (1, 3, 2), (4, 4, 4)]:
        about = "all sizes equal" if N == D == H else "one example" if N == 1 else Case.about
        X, y, W = rng.normal(size=(N, D)), rng.normal(size=N), rng.normal(size=(D, H))
        arguments = (X, y, W, rng.normal(size=H), rng.normal(size=H), float(rng.normal()))
        cases.append(Case(arguments, about, {"N": N, "D": D, "H": H}, 1e-11, 1e-13))
    # At a kink: the derivative is the one from the left, 0. XOR's hand-made network stands on two of them.
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), rng.normal(size=4)
    kink = (X, y, np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.3)
    cases.append(Case(kink, "units at their kink", {"N": 4, "D": 2, "H": 2}, 1e-9, 1e-13))
    scale = 10.0 ** np.linspace(-5, 3, 5)
    X = rng.normal(size=(8, 5)) * scale
    W = rng.normal(size=(5, 3)) / scale[:, None]
    arguments = (X, rng.normal(size=8), W, rng.normal(size=3), rng.normal(size=3), float(rng.normal()))
    cases.append(Case(arguments, "inputs of unequal scale", {"N": 8, "D": 5, "H": 3}, 1e-8, 1e-15))
    return cases


relu_network_gradients = Exercise(
    ID, "relu_network_gradients", arguments="X, y, W, c, w, b", cases=_cases, parts="dW, dc, dw, db", analytic=True
)


def gradients(X, y, W, c, w, b, *, wrong=""):
    """Return (dW, dc, dw, db); `wrong` names the one thing that is done wrongly."""
    z = X @ W if wrong == "no c" else X @ W + c
    h = np.maximum(z, 0.0)
    out = h @ w if wrong == "no b" else h @ w + b
    if wrong == "rectified output":
        out = np.maximum(out, 0.0)
    dout = 2.0 * (out - y) / len(y)
    if wrong == "rectified output":
        dout = dout * (out > 0)
    dh = np.tile(dout[:, None], (1, len(w))) if wrong == "no w" else np.outer(dout, w)
    masks = {
        "no mask": 1.0,
        "kink": z >= 0,
        "output mask": (out > 0)[:, None],
        "weights mask": w > 0,
        "h for mask": h,
    }
    dz = dh * masks.get(wrong, z > 0)
    dW = (z if wrong == "z for X" and z.shape == X.shape else X).T @ dz
    dc = dz[0] if wrong == "dc not summed" else dz.mean(axis=0) if wrong == "dc mean" else dz.sum(axis=0)
    if wrong == "dc last":
        dc = dz[-1]
    dw = (z if wrong == "z for h" else h).T @ dout
    db = np.mean(dout) if wrong == "db mean" else np.sum(dout)
    if wrong == "dW dc scaled":
        dW, dc = dW * len(y), dc * len(y)
    if wrong == "db dw scaled":
        dw, db = dw * len(y), db * len(y)
    if wrong == "db vector":
        db = dout
    if wrong == "dc matrix":
        dc = dz
    if wrong == "first layer zero":
        dW, dc = np.zeros_like(dW), np.zeros_like(dc)
    return dW, dc, dw, db


@relu_network_gradients.reference
def _(X, y, W, c, w, b):
    return gradients(X, y, W, c, w, b)


def _mistake(wrong, cause, hint):
    relu_network_gradients.mistake(cause, hint)(lambda X, y, W, c, w, b: gradients(X, y, W, c, w, b, wrong=wrong))


_mistake("kink", "kink-wrong-side", "at z = 0 the derivative is the one from the left: 0.")
_mistake("no mask", "activation-derivative-missing", "a unit that is off passes nothing back.")
_mistake("output mask", "mask-from-output-vs-input", "each hidden unit has its own mask, from its own z.")
_mistake(
    "weights mask", "mask-from-output-vs-input", "the mask comes from the hidden units' z, not from the weights."
)
_mistake("h for mask", "activation-derivative-wrong-argument", "the rectifier's derivative is 0 or 1, not h itself.")
_mistake("no w", "weights-not-in-chain", "the error reaches a hidden unit through its weight w.")
_mistake("no c", "bias-missing", "the hidden units have biases c, in the forward pass too.")
_mistake("no b", "bias-missing", "the output has a bias b, in the forward pass too.")
_mistake("rectified output", "activation-on-output", "the output is linear.")
_mistake("z for h", "activation-missing", "the output weights see the rectified values.")
_mistake("dc not summed", "bias-not-summed", "the hidden biases act on every example: sum over all of them.")
_mistake("dc matrix", "bias-not-summed", "the hidden biases act on every example: sum over all of them.")
_mistake("db vector", "bias-not-summed", "the output bias acts on every example: sum over all of them.")
_mistake("dc last", "loop-overwrites-accumulator", "each example adds to dc: = or +=?")
_mistake("dc mean", "bias-mean-instead-of-sum", "dc is a sum over examples: the mean is already in the loss.")
_mistake("db mean", "bias-mean-instead-of-sum", "db is a sum over examples: the mean is already in the loss.")
_mistake("dW dc scaled", "missing-mean", "the first layer's gradients are N times too large.")
_mistake("db dw scaled", "missing-mean", "the second layer's gradients are N times too large.")
_mistake("first layer zero", "last-layer-only", "the first layer has gradients as well.")


@relu_network_gradients.mistake("loop-overwrites-accumulator", "in a loop over the examples each one adds: = or +=?")
def _(X, y, W, c, w, b):
    return tuple(part / len(y) for part in gradients(X[-1:], y[-1:], W, c, w, b))


@relu_network_gradients.mistake(
    "broadcast-bug", "a column (N, 1) against a row (N,) spreads to (N, N): print the shapes."
)
def _(X, y, W, c, w, b):
    z = X @ W + c
    h = np.maximum(z, 0.0)
    spread = 2.0 * ((h @ w + b)[:, None] - y) / len(y)
    dout = spread.sum(axis=1)
    dz = np.outer(dout, w) * (z > 0)
    return X.T @ dz, dz.sum(axis=0), h.T @ dout, np.sum(dout)
