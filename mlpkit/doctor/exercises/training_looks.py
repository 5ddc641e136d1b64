"""Assignment 9: train, judged by its starting weights, its steps, its minibatches, its dropout, and what it learns.

How a student shares the random numbers between weights, order and dropout is free. So the starting weights are asked
for with learning rate 0, and of a step it is asked whether some order of the examples, or some masks, explain it.
"""

from collections.abc import Callable
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np

from mlpkit.doctor.exercises.training_steps import (
    DROPOUT_FLAGS,
    EPOCH_FLAGS,
    PENALTY_FLAGS,
    STEP_FLAGS,
    full_batch,
    mean_loss,
    step,
)

SOMETHING_ELSE = "something else"
NOT_KNOWN = "not known"  # for what cannot be judged because of something else that is wrong
# What every right answer gives.
RIGHT = {
    "learning rate 0 gives": "the starting weights",
    "the first weights": "normal, variance 2 / n_in",
    "the second weights": "normal, variance 2 / n_in",
    "the third weights": "of about the right size",
    "the biases": "0",
    "another seed": "other weights",
    "losses": "one an epoch",
    "losses at learning rate 0": "the mean loss",
    "X and y": "left as they are",
    "a step on all examples": "exact",
    "the steps after it": "exact",
    "the penalty on weights": "exact",
    "the penalty on biases": "exact",
    "the order of the examples": "fresh in every epoch",
    "a short last batch": "exact",
    "a step with dropout": "exact",
    "which units are dropped": "each by itself, with the rate",
    "the masks of the next step": "fresh",
    "hidden layers with dropout": "first and second",
    "three clouds": "parted",
    "three clouds, with dropout": "parted",
}


def observe(function: Callable, seed: int) -> dict[str, str]:
    """Say in words what a student's train does, NOT_KNOWN for what cannot be told."""
    parts = dict.fromkeys(RIGHT, NOT_KNOWN) | {"learning rate 0 gives": _at_rest(function, seed)}
    if parts["learning rate 0 gives"] != RIGHT["learning rate 0 gives"]:
        return parts
    parts |= _look_at_start(function, seed)
    if parts["another seed"] != RIGHT["another seed"]:
        return parts  # what follows needs luck that is not the same in all draws
    found, flags = _look_at_steps(function, seed)
    parts |= found
    if flags is not None:
        parts |= _look_at_batches(function, seed, flags) | _look_at_dropout(function, seed, flags)
    if all(parts[name] == RIGHT[name] for name in RIGHT if "clouds" not in name):
        parts |= _look_at_learning(function, seed)
    return parts


class Watched:
    """A student's function with the examples and the hidden sizes it is called with."""

    def __init__(self, function, X, y, sizes):
        self.function, self.X, self.y, self.sizes, self.untouched = function, X, np.array(y), sizes, True
        self.begins = {}

    def __call__(self, learning_rate=0.0, *, batch_size, epochs=1, dropout=0.0, C=0.0, seed=0):
        X, y = self.X.copy(), self.y.copy()
        answer = self.function(X, y, list(self.sizes), learning_rate, batch_size, epochs, dropout, C, seed)
        self.untouched &= np.array_equal(X, self.X) and np.array_equal(y, self.y)
        return answer

    def draw(self, learning_rate, *, seed, **how):
        """Return a Draw: one training, and where it starts, which hangs on the seed alone."""
        if seed not in self.begins:
            self.begins[seed] = self(0.0, batch_size=len(self.y), seed=seed)[:2]
        return Draw(self.X, self.y, self.begins[seed], self(learning_rate, seed=seed, **how)[:2])


class Draw(NamedTuple):
    """Examples with the (weights, biases) before and after training on them."""

    X: np.ndarray
    y: np.ndarray
    begin: tuple
    end: tuple


def _same(a, b):
    """Return whether two (weights, biases) agree, or which of a stack of them does."""
    agree = np.True_
    for p, q in zip(a[1] + a[0], b[1] + b[0], strict=True):
        agree = agree & (np.abs(p - q) <= 1e-11 + 1e-8 * np.abs(q)).all(axis=tuple(range(-np.ndim(q), 0)))
        if not agree.any():
            break
    return agree


def _explain(draws, explanations):
    """Return the first word whose function of a draw gives, in some place of its stack, the end of every draw."""
    for word, gives in explanations.items():
        if all(_same(gives(draw), draw.end).any() for draw in draws):
            return word
    # The number makes two of these differ.
    return f"{SOMETHING_ELSE}, {sum(float(np.sum(W)) for W in draws[0].end[0]):.12g} in all"


def _named(flags, gives):
    """Return explanations for a list of flags; `gives(draw, flag)`."""
    return {flag or "exact": lambda draw, flag=flag: gives(draw, flag) for flag in ("", *(f for f, _, _ in flags))}


def _form(answer, layers):
    """Say what is wrong with the form of the weights and biases, "" if nothing."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 3:
        return f"not three parts, (weights, biases, losses), but a {type(answer).__name__}"
    weights, biases, losses = answer
    if isinstance(weights, np.ndarray) and isinstance(losses, (list, tuple)):
        return "the losses come first"
    for name, arrays, shapes in (("weights", weights, layers), ("biases", biases, [(m,) for _, m in layers])):
        if not isinstance(arrays, (list, tuple)):
            return f"{name} is a {type(arrays).__name__}, not a list of arrays"
        if [np.shape(a) for a in arrays] != shapes:
            return f"{name} have shapes {[np.shape(a) for a in arrays]}, where {shapes} are expected"
        if not all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in arrays):
            return f"{name} are not all arrays of float64"
    return ""


def _form_of_losses(losses, epochs):
    if not isinstance(losses, np.ndarray) or losses.dtype != np.float64:
        return "not an array of float64"
    return "one an epoch" if losses.shape == (epochs,) else f"of shape {losses.shape}"


def _at_rest(function, seed):
    """Say what the learning rate 0 gives: everything else is measured from there."""
    train = Watched(function, np.random.default_rng(seed).normal(size=(4, 2)), [0, 1, 2, 1], [3])
    first = train(batch_size=4, seed=seed)
    if _form(first, [(2, 3), (3, 3)]):
        return _form(first, [(2, 3), (3, 3)])
    if not _same(first[:2], train(batch_size=4, seed=seed)[:2]):
        return "another network for the same seed"
    if not _same(first[:2], train(batch_size=1, seed=seed)[:2]):
        return "weights that have moved"
    later = train(batch_size=4, epochs=3, seed=seed)[:2]
    return RIGHT["learning rate 0 gives"] if _same(first[:2], later) else "other weights after more epochs"


# The start ----------------------------------------------------------------------------------------------------------


def _spread(W):
    """Name the distribution of thousands of starting weights; chance misleads it in fewer than one of 10^5 draws."""
    n, m = W.shape
    std = float(np.std(W))
    if std == 0:
        return "all equal"
    tails = float(np.mean(np.square(np.square(W)))) / std**4  # 3 for a normal distribution, 1.8 for a uniform one
    if abs(np.mean(W)) > 0.06 * std or not 2.6 < tails < 3.5:
        return "uniform" if abs(tails - 1.8) < 0.1 else "no normal distribution around 0"
    spreads = {
        RIGHT["the first weights"]: np.sqrt(2 / n),
        "variance 2 / (n_in + n_out)": np.sqrt(2 / (n + m)),
        "variance 1 / n_in": np.sqrt(1 / n),
        "variance 2 / n_out": np.sqrt(2 / m),
        "standard deviation 2 / n_in": 2 / n,
        "standard deviation 0.01": 0.01,
        "standard deviation 1": 1.0,
    }
    name = min(spreads, key=lambda name: abs(std / spreads[name] - 1))
    return name if abs(std / spreads[name] - 1) < 0.04 else f"{SOMETHING_ELSE}, standard deviation {std:.6g}"


def _size(W):
    """Compare a few hundred starting weights with He's."""
    ratio = float(np.std(W)) / np.sqrt(2 / len(W))
    return "too small" if ratio < 0.4 else "too large" if ratio > 1.6 else RIGHT["the third weights"]


def _losses_at_rest(losses, network, X, y, C, batches):
    """Name the losses of a training that does not move, over batches of one size."""
    mean = mean_loss(*network, X, y)
    squares = sum(float(np.sum(W**2)) for W in network[0])
    for name, value in {
        "the mean loss": mean,
        "with the penalty": mean + C / 2 * squares,
        "with the penalty doubled": mean + C * squares,
        "the sum over examples": mean * len(y),
        "the sum over batches": mean * batches,
        "minus the loss": -mean,
    }.items():
        if np.allclose(losses, value, rtol=1e-8):
            return name
    return "they change, though nothing is learned" if np.ptp(losses) > 0 else f"{SOMETHING_ELSE}, {losses[0]:.12g}"


def _look_at_start(function, seed):
    rng = np.random.default_rng(seed)
    train = Watched(function, rng.normal(size=(12, 40)), rng.permutation(np.arange(12) % 4), [300, 60])
    how = {"batch_size": 6, "epochs": 3, "seed": seed}
    weights, biases, losses = train(**how, C=0.3)
    other = train(batch_size=12, seed=seed + 1)[0]
    train(0.1, batch_size=12, seed=seed)
    parts = {
        "the first weights": _spread(weights[0]),
        "the second weights": _spread(weights[1]),
        "the third weights": _size(weights[2]),
        "the biases": "not 0" if any(b.any() for b in biases) else "0",
        "another seed": "the same weights" if np.array_equal(other[0], weights[0]) else "other weights",
        "losses": _form_of_losses(losses, 3),
        "X and y": "left as they are" if train.untouched else "changed",
    }
    if parts["losses"] == RIGHT["losses"]:
        named = _losses_at_rest(losses, (weights, biases), train.X, train.y, 0.3, 2)
        parts["losses at learning rate 0"] = named
    return parts


# Steps on all examples ----------------------------------------------------------------------------------------------

RATE, C = 0.3, 0.4
FOUR = np.array(list(permutations(range(4))))
FOUR_DRAWN = np.array(list(product(range(4), repeat=4)))  # with replacement


def _walk(draw, rows, sizes, flags=(), *, labels=None, C=0.0):
    """Return the stack of networks after one walk through each of the orders: rows and labels (P, n)."""
    network, at = draw.begin, 0
    labels = rows if labels is None else labels
    for size in sizes:
        X, y = draw.X[rows[:, at : at + size]], draw.y[labels[:, at : at + size]]
        network = step(*network, X, y, RATE, C, flags, batch_size=max(sizes))
        at += size
    return network


FIRST_STEP = _named(STEP_FLAGS, lambda d, flag: step(*d.begin, d.X, d.y, RATE, flags=(flag,))) | {
    "two steps": lambda d: full_batch(d.begin, d.X, d.y, RATE, 0.0, 2),
    "labels stay": lambda d: _walk(d, FOUR, [4], labels=np.arange(4)[None]),
    "one at a time": lambda d: _walk(d, FOUR, [1] * 4),
    "with replacement": lambda d: _walk(d, FOUR_DRAWN, [4]),
}


def _look_at_steps(function, seed):
    """Return the parts, and the flags of a step with the penalty on weights, or None if they are not known."""
    X = np.random.default_rng(seed).normal(size=(4, 3))
    train, parts = Watched(function, X, [1, 0, 2, 3], [5, 4]), {}
    draws = [train.draw(RATE, batch_size=4, seed=seed + k) for k in range(3)]
    first = parts["a step on all examples"] = _explain(draws, FIRST_STEP)
    if first not in ("exact", *(flag for flag, _, _ in STEP_FLAGS)):
        return parts, None

    base = "" if first == "no step" else first  # one epoch too few gives no step in the first
    explanations = _named(EPOCH_FLAGS, lambda d, f: full_batch(d.begin, d.X, d.y, RATE, 0.0, 4, (f, base)))
    explanations["no step"] = lambda d: d.begin
    later = parts["the steps after it"] = _explain(
        [train.draw(RATE, batch_size=4, epochs=4, seed=seed)], explanations
    )
    if first == "no step":
        return parts, None

    explanations = _named(PENALTY_FLAGS, lambda d, f: step(*d.begin, d.X, d.y, RATE, C, (f, first)))
    pull = parts["the penalty on weights"] = _explain([train.draw(RATE, batch_size=4, C=C, seed=seed)], explanations)
    if SOMETHING_ELSE in later + pull:
        return parts, None

    flags = (first, later, pull)
    parts["the penalty on biases"] = _explain(
        [train.draw(RATE, batch_size=4, C=C, epochs=4, seed=seed)],
        {
            "exact": lambda d: full_batch(d.begin, d.X, d.y, RATE, C, 4, flags),
            "on biases": lambda d: full_batch(d.begin, d.X, d.y, RATE, C, 4, (*flags, "penalty on biases")),
        },
    )
    if parts["the penalty on biases"] == "on biases":
        flags = (*flags, "penalty on biases")
    return parts, flags if later == "exact" else None


# Minibatches --------------------------------------------------------------------------------------------------------

FIVE = np.array([p for p in permutations(range(5)) if p[0] < p[1] and p[2] < p[3]])  # in batches of 2, 2 and 1
PAIRS = np.array([p for p in permutations(range(4)) if p[0] < p[1] and p[2] < p[3]])  # in batches of 2
ONCE = np.hstack([PAIRS, PAIRS])  # the same order in two epochs
ORDERS = np.hstack([np.repeat(PAIRS, 6, axis=0), np.tile(PAIRS, (6, 1))])


def _look_at_batches(function, seed, flags):
    rng = np.random.default_rng(seed)
    train = Watched(function, rng.normal(size=(4, 2)), [2, 0, 1, 3], [4])
    orders = _explain(
        [train.draw(RATE, batch_size=2, epochs=2, seed=seed + k) for k in range(7)],
        {
            "never shuffled": lambda d: _walk(d, ONCE[:1], [2] * 4, flags),
            "shuffled once": lambda d: _walk(d, ONCE, [2] * 4, flags),  # by chance in one of 6^7 draws
            RIGHT["the order of the examples"]: lambda d: _walk(d, ORDERS, [2] * 4, flags),
            "all at once": lambda d: full_batch(d.begin, d.X, d.y, RATE, 0.0, 2, flags),
        },
    )
    train = Watched(function, rng.normal(size=(5, 2)), [2, 0, 1, 1, 0], [4])
    short = _explain(
        [train.draw(RATE, batch_size=2, C=C, seed=seed)],
        {
            "exact": lambda d: _walk(d, FIVE, [2, 2, 1], flags, C=C),
            "last batch dropped": lambda d: _walk(d, FIVE, [2, 2], flags, C=C),
            "whole batch size": lambda d: _walk(d, FIVE, [2, 2, 1], (*flags, "whole batch size"), C=C),
            "all at once": lambda d: _walk(d, FIVE[:1], [5], flags, C=C),
        },
    )
    return {"the order of the examples": orders, "a short last batch": short}


# Dropout ------------------------------------------------------------------------------------------------------------

DROPOUT = 0.4


@cache
def _masks(*counts):
    """Return all masks of 0 and 1 for two examples in layers of these sizes, each (P, 2, units)."""
    bits = np.array(list(product([0.0, 1.0], repeat=2 * sum(counts))))
    ends = 2 * np.cumsum(counts)
    return [bits[:, end - 2 * units : end].reshape(-1, 2, units) for units, end in zip(counts, ends, strict=True)]


def _dropped(masks, *flags):
    rate = DROPOUT if masks else 0.0
    return lambda d: step(*d.begin, d.X, d.y, RATE, C, flags, masks, rate)


def _explanations_of_dropout(flags):
    hidden = [None, *_masks(2, 2), None]
    found = {name or "exact": _dropped(hidden, name, *flags) for name in ("", *(f for f, _, _ in DROPOUT_FLAGS))}
    return {"no dropout": _dropped(None, *flags)} | found | {
        "dropout on input": _dropped([*_masks(2, 2, 2), None], *flags),
        "dropout on output": _dropped([None, *_masks(2, 2, 2)], *flags),
    }  # fmt: skip


def _telling_draws(function, seed):
    """Return draws with dropout in which something passes through all layers: eight if they can be had."""
    rng, draws = np.random.default_rng(seed), []
    for k in range(24):
        train = Watched(function, rng.normal(size=(2, 2)), [0, 1], [2, 2])
        draw = train.draw(RATE, batch_size=2, dropout=DROPOUT, C=C, seed=seed + k)
        moved = not np.allclose(draw.end[0][0], (1 - RATE * C) * draw.begin[0][0], rtol=1e-9)
        draws = [draw, *draws] if moved else [*draws, draw]
        if k >= 7 and moved:
            break
    return draws


def _moves(function, seed, epochs):
    """Return by how much each unit of a wide layer moves its output weights, over its activation.

    Of the two examples, alike but for their labels, each moves the units that it does not drop.
    """
    train = Watched(function, np.full((2, 3), 0.05), [0, 1], [2400])
    draw = train.draw(0.1, batch_size=2, dropout=DROPOUT, epochs=epochs, seed=seed)
    h = draw.X[0] @ draw.begin[0][0] + draw.begin[1][0]
    return ((draw.end[0][1] - draw.begin[0][1])[:, 0] / h)[h > 1e-3]


def _which_units(moves):
    """Name how masks are drawn, given the moves of a thousand units in one step."""
    ordered, resting = np.sort(moves), float(np.mean(moves == 0))
    kinds = 1 + int(np.sum(np.diff(ordered) > 1e-6 * np.abs(ordered).max(initial=0.0)))
    if kinds == 1:
        return "all alike"
    if kinds > 4:
        return NOT_KNOWN
    name, examples = ("one mask for both examples", 1) if kinds == 2 else ("each by itself", 2)
    for word, share in {"with the rate": DROPOUT**examples, "kept with the rate": (1 - DROPOUT) ** examples}.items():
        if abs(resting - share) < 0.08:
            return f"{name}, {word}"
    return f"{name}, {resting:.6g} of them rest"


def _layers_with_dropout(function, seed):
    """Return in which of two hidden layers most units rest, where nine of ten are dropped."""
    train = Watched(function, np.full((2, 3), 0.05), [0, 1], [200, 200])
    _, _, begin, end = train.draw(0.1, batch_size=2, dropout=0.9, seed=seed)
    resting = [np.mean(np.all(a == b, axis=1)) for a, b in zip(begin[0][1:], end[0][1:], strict=True)]
    return [layer for layer, share in zip(("first", "second"), resting, strict=True) if share > 0.75]


def _look_at_dropout(function, seed, flags):
    word = _explain(_telling_draws(function, seed), _explanations_of_dropout(flags))
    parts = {"a step with dropout": word}
    if word not in ("exact", *(flag for flag, _, _ in DROPOUT_FLAGS)):
        return parts
    once, twice = _moves(function, seed, 1), _moves(function, seed, 2)
    parts["which units are dropped"] = _which_units(once)
    if np.any(once == 0):
        fresh = np.mean(twice == 0) < 0.6 * np.mean(once == 0)
        parts["the masks of the next step"] = RIGHT["the masks of the next step"] if fresh else "the same"
    parts["hidden layers with dropout"] = " and ".join(_layers_with_dropout(function, seed)) or "none"
    return parts


# A whole training ---------------------------------------------------------------------------------------------------


def _look_at_learning(function, seed):
    """Train on three clouds of points that three lines part."""
    rng, y, found = np.random.default_rng(seed), np.arange(90) % 3, {}
    X = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])[y] + 0.3 * rng.normal(size=(90, 2))
    for name, dropout in (("three clouds", 0.0), ("three clouds, with dropout", 0.2)):
        train = Watched(function, X, y, [16])
        weights, biases, losses = train(0.3, batch_size=10, epochs=8, dropout=dropout, C=1e-4, seed=seed)
        z = np.maximum(X @ weights[0] + biases[0], 0) @ weights[1] + biases[1]
        found[name] = "parted" if np.mean(np.argmax(z, axis=1) == y) > 0.9 else "not parted"
        if found[name] == "parted" and not losses[-1] < 0.8 * losses[0]:
            found[name] = "parted, but the losses do not say so"
    return found
