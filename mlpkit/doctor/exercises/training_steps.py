"""Assignment 9: the steps that `train` makes, for whole stacks of networks at once, and the mistakes in them by name.

A mistake is a flag, a word such as "uphill": `step` is the right one, or with flags a wrong one. training_looks asks
which flag explains what a student's function did. Weights may have dimensions before their own two: one network for
each order of the examples, or for each mask of dropout, that there can be.
"""

import itertools

import numpy as np

from mlpkit.initialisation import he

# Flags of a step: (flag, cause, hint). The first that explains a step gives it its name.
STEP_FLAGS = [
    ("uphill", "sign", "the loss goes up: descent goes against the gradient."),
    ("no mean", "missing-mean", "the loss is a mean over the batch."),
    ("mean twice", "extra-mean", "the mean over the batch is taken twice."),
    ("mean over classes", "divides-by-wrong-count", "the loss is a mean over examples, not over classes as well."),
    ("factor 2", "factor-2", "the steps are twice too long."),
    ("half", "half", "the steps are half as long as they should be."),
    ("no one-hot", "missing-one-hot-subtraction", "the gradient by the logits is p minus the one-hot label."),
    ("p (1 - p)", "extra-activation-derivative", "after cross-entropy no p (1 - p) is left over."),
    ("no relu derivative", "activation-derivative-missing", "where a ReLU gave 0, it passes nothing back."),
    ("linear hidden layers", "activation-missing", "the hidden layers have a ReLU."),
    ("tanh", "wrong-formula", "the hidden units are ReLU, not tanh."),
    ("sigmoid", "wrong-formula", "the hidden units are ReLU, not sigmoid."),
    ("relu on output", "activation-on-output", "the logits have no ReLU."),
    ("new weights", "stale-weights", "all gradients are taken before the first weight is changed."),
    ("biases stay", "bias-missing", "the biases learn as well."),
    ("bias mean", "bias-mean-instead-of-sum", "the mean is in the loss already: the bias gradient is a sum."),
    ("last layer only", "last-layer-only", "all layers learn, not the last alone."),
    ("first layer stays", "layer-skipped", "the first layer learns as well."),
    ("no step", "wrong-formula", "the network does not learn: what becomes of the new weights?"),
]
_HALF = "the gradient of C / 2 sum(W^2): what is left of the 1/2 and the 2?"
PENALTY_FLAGS = [
    ("2 C W", "l2-missing-half-or-doubled", _HALF),
    ("C W / 2", "l2-missing-half-or-doubled", _HALF),
    ("no penalty", "l2-missing", "C is the weight of a penalty, and the penalty has a gradient."),
    ("-C W", "sign", "the penalty pulls weights towards 0."),
    ("C W / N", "extra-mean", "the penalty is no mean over examples."),
    ("C sign(W)", "l2-wrong-power", "that is the gradient of the sum of |W|."),
    ("C W without rate", "learning-rate-changed", "the penalty's gradient is multiplied by the learning rate, too."),
]
EPOCH_FLAGS = [
    ("start anew", "weights-reinitialised", "the weights are drawn once, before the first epoch."),
    ("one epoch", "off-by-one", "how many epochs were asked for?"),
    ("epoch too few", "off-by-one", "how many epochs were asked for?"),
    ("epoch too many", "off-by-one", "how many epochs were asked for?"),
    ("rate / epoch", "learning-rate-changed", "plain SGD: the learning rate stays as given."),
    ("rate 0.9^epoch", "learning-rate-changed", "plain SGD: the learning rate stays as given."),
    ("rate 0.95^epoch", "learning-rate-changed", "plain SGD: the learning rate stays as given."),
    ("rate 0.99^epoch", "learning-rate-changed", "plain SGD: the learning rate stays as given."),
    ("momentum", "wrong-formula", "plain SGD: there is no momentum."),
]
DROPOUT_FLAGS = [
    ("not inverted", "not-inverted-dropout", "what is kept is multiplied by 1 / (1 - rate)."),
    ("not inverted, back inverted", "not-inverted-dropout", "what is kept is multiplied by 1 / (1 - rate)."),
    ("factor 1 / rate", "not-inverted-dropout", "what is kept is multiplied by 1 / (1 - rate)."),
    (
        "not scaled back",
        "dropout-scale-missing-in-backward",
        "the factor 1 / (1 - rate) counts on the way back, too.",
    ),
    ("mask not back", "dropout-not-in-backward", "a dropped unit passes nothing back."),
]


def _relu(z):
    return np.maximum(z, 0.0)


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _swap(a):
    return np.swapaxes(a, -1, -2)


def _activation(z, flags):
    """Return the hidden units' values and their derivatives."""
    if "tanh" in flags:
        return np.tanh(z), 1 - np.tanh(z) ** 2
    if "sigmoid" in flags:
        s = 0.5 * (1 + np.tanh(0.5 * z))
        return s, s * (1 - s)
    if "linear hidden layers" in flags:
        return z, np.ones_like(z)
    return _relu(z), np.ones_like(z) if "no relu derivative" in flags else (z > 0) * 1.0


def gradients(weights, biases, X, y, flags=(), masks=None, rate=0.0, early=None):
    """Return (dweights, dbiases) of the summed cross-entropy; X (..., n, D), y (..., n).

    `masks` holds for the input, each hidden layer and the output a mask of 0 and 1 or None; what is kept is
    multiplied by 1 / (1 - rate). `early(W, dW)` gives the new weights to those who change a layer before they go
    back through it.
    """
    masks = [None] * (len(weights) + 1) if masks is None else masks
    scale = 1 / rate if "factor 1 / rate" in flags and rate else 1 / (1 - rate)
    factor = 1.0 if "not inverted" in flags or "not inverted, back inverted" in flags else scale
    back = 1.0 if "not scaled back" in flags or "not inverted" in flags else scale
    h, slopes = [X if masks[0] is None else X * masks[0] * factor], []
    for W, b, mask in zip(weights, biases, masks[1:], strict=True):
        z = h[-1] @ W + b[..., None, :]
        if len(slopes) == len(weights) - 1:
            z = _relu(z) if "relu on output" in flags else z
            h.append(z if mask is None else z * mask * factor)
            break
        value, slope = _activation(z, flags)
        if mask is not None:
            value = value * mask * factor
            slope = slope if "mask not back" in flags else slope * mask * back
        h.append(value)
        slopes.append(slope)
    p = _softmax(h[-1])
    delta = p - (0.0 if "no one-hot" in flags else np.eye(p.shape[-1])[y])
    if "p (1 - p)" in flags:
        delta = delta * p * (1 - p)
    if "relu on output" in flags:
        delta = delta * (h[-1] > 0)
    if masks[-1] is not None:
        delta = delta * masks[-1] * back
    dweights, dbiases = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dweights.insert(0, _swap(h[layer]) @ delta)
        dbiases.insert(0, delta.sum(axis=-2))
        if layer:
            W = early(weights[layer], dweights[0]) if early else weights[layer]
            delta = (delta @ _swap(W)) * slopes[layer - 1]
    return dweights, dbiases


def step(weights, biases, X, y, learning_rate, C=0.0, flags=(), masks=None, dropout=0.0, batch_size=None):
    """Return the (weights, biases) after one step of SGD on the batch X, y."""
    n = X.shape[-2]
    count = batch_size if batch_size and "whole batch size" in flags else n
    scale = 1 / count
    for flag, factor in (
        ("uphill", -1.0),
        ("no mean", count),
        ("mean twice", 1 / count),
        ("mean over classes", 1 / weights[-1].shape[-1]),
        ("factor 2", 2.0),
        ("half", 0.5),
    ):
        scale = scale * factor if flag in flags else scale
    rate = 0.1 if "rate 0.1" in flags else learning_rate

    def moved(W, dW):
        return W - rate * scale * dW - penalty(W, C, n, rate, flags)

    dweights, dbiases = gradients(
        weights, biases, X, y, flags, masks, dropout, moved if "new weights" in flags else None
    )
    after_w = [moved(W, dW) for W, dW in zip(weights, dweights, strict=True)]
    bias_scale = scale / n if "bias mean" in flags else 0.0 if "biases stay" in flags else scale
    bias_pull = C if "penalty on biases" in flags else 0.0
    after_b = [b - rate * (bias_scale * db + bias_pull * b) for b, db in zip(biases, dbiases, strict=True)]
    if "no step" in flags:
        return list(weights), list(biases)
    if "last layer only" in flags:
        return [*weights[:-1], after_w[-1]], [*biases[:-1], after_b[-1]]
    if "first layer stays" in flags:
        return [weights[0], *after_w[1:]], [biases[0], *after_b[1:]]
    return after_w, after_b


def penalty(W, C, n, rate, flags=()):
    """Return what the penalty takes from one layer's weights in a step."""
    kinds = {
        "2 C W": lambda: 2 * rate * C * W,
        "C W / 2": lambda: rate * C * W / 2,
        "no penalty": lambda: 0.0,
        "-C W": lambda: -rate * C * W,
        "C W / N": lambda: rate * C * W / n,
        "C sign(W)": lambda: rate * C * np.sign(W),
        "C W without rate": lambda: C * W,
    }
    return next((kinds[flag]() for flag in flags if flag in kinds), rate * C * W)


def mean_loss(weights, biases, X, y):
    """Return the mean cross-entropy of the network without dropout."""
    h = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = _relu(h @ W + b)
    z = h @ weights[-1] + biases[-1]
    z = z - z.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]))


def pushed(after, now, before):
    """Return the network `after` a step, with momentum from the step that led from `before` to `now`."""
    return tuple(
        [new + 0.9 * (here - old) for new, here, old in zip(*arrays, strict=True)]
        for arrays in zip(after, now, before, strict=True)
    )


def count_epochs(epochs, flags):
    """Return how many epochs are made where `epochs` are asked for."""
    return 1 if "one epoch" in flags else epochs - ("epoch too few" in flags) + ("epoch too many" in flags)


def epoch_rate(learning_rate, epoch, flags):
    """Return the learning rate of an epoch, counted from 0."""
    if "rate / epoch" in flags:
        return learning_rate / (epoch + 1)
    base = next((base for base in (0.9, 0.95, 0.99) if f"rate {base}^epoch" in flags), 1.0)
    return learning_rate * base**epoch


def full_batch(begin, X, y, learning_rate, C, epochs, flags=()):
    """Return the (weights, biases) after `epochs` steps on the whole batch."""
    before = now = begin
    for epoch in range(count_epochs(epochs, flags)):
        if "start anew" in flags:
            before = now = begin
        after = step(*now, X, y, epoch_rate(learning_rate, epoch, flags), C, flags)
        before, now = now, pushed(after, now, before) if "momentum" in flags else after
    return now


def start(sizes, rng, flags=()):
    """Return the starting weights for the layer sizes, the input's first."""
    spreads = {
        "xavier": lambda n, m: np.sqrt(2 / (n + m)),
        "1 / n_in": lambda n, m: np.sqrt(1 / n),
        "n_out": lambda n, m: np.sqrt(2 / m),
        "variance as std": lambda n, m: 2 / n,
        "small": lambda n, m: 0.01,
        "unscaled": lambda n, m: 1.0,
        "zeros": lambda n, m: 0.0,
    }
    pairs = list(itertools.pairwise(sizes))
    if "uniform" in flags:
        return [rng.uniform(-np.sqrt(6 / n), np.sqrt(6 / n), size=(n, m)) for n, m in pairs]
    spread = next((spreads[flag] for flag in spreads if flag in flags), None)
    if spread is None:
        return [he(n, m, rng) for n, m in pairs]
    return [spread(n, m) * rng.standard_normal((n, m)) for n, m in pairs]
