"""Assignment 9: train, right and with every mistake that has a name. (What is looked at is in training_looks.)"""

from functools import cache

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.training import ID
from mlpkit.doctor.exercises.training_looks import observe
from mlpkit.doctor.exercises.training_steps import (
    DROPOUT_FLAGS,
    EPOCH_FLAGS,
    PENALTY_FLAGS,
    STEP_FLAGS,
    count_epochs,
    epoch_rate,
    mean_loss,
    pushed,
    start,
    step,
)

START_FLAGS = [
    ("xavier", "wrong-formula", "He's variance is 2 / n_in, for ReLU; 2 / (n_in + n_out) is Xavier's."),
    ("1 / n_in", "wrong-formula", "He's variance is 2 / n_in: a ReLU lets half through."),
    ("n_out", "fan-in-out-swapped", "He's variance is 2 / n_in, n_in being the number of inputs of a layer."),
    ("variance as std", "std-vs-variance", "2 / n_in is the variance: what is the standard deviation?"),
    ("small", "wrong-formula", "He's variance is 2 / n_in, not a fixed small number."),
    ("unscaled", "wrong-formula", "He's variance is 2 / n_in: the numbers are not scaled."),
    ("zeros", "zero-init", "with all weights 0 all units learn the same."),
    ("uniform", "uniform-instead-of-normal", "He weights are drawn from a normal distribution."),
]
OTHER_FLAGS = [
    ("penalty on biases", "l2-on-biases", "the penalty falls on the weights only."),
    ("biases drawn", "wrong-formula", "the biases start at 0."),
    ("rate 0.1", "learning-rate-changed", "the learning rate that was given is not the one that is used."),
    ("never shuffled", "not-shuffled", "every epoch goes through the examples in a fresh random order."),
    ("shuffled once", "not-shuffled", "every epoch has an order of its own."),
    ("with replacement", "not-shuffled", "in one epoch every example comes exactly once."),
    ("labels stay", "labels-not-shuffled-with-inputs", "a label must stay with its example."),
    ("last batch dropped", "last-batch-dropped", "what is left for the last batch is used as well."),
    ("whole batch size", "divides-by-wrong-count", "a short batch has a mean of its own: divide by its size."),
    ("drawn anew", "weights-reinitialised", "the weights are drawn once, before the first epoch."),
    ("one at a time", "sgd-instead-of-batch", "a step is made for a whole batch, not for every example."),
    ("all at once", "argument-ignored", "a step is made for every batch of batch_size examples."),
    ("dropout on input", "wrong-formula", "dropout falls on hidden layers only, not on the input."),
    ("dropout on output", "dropout-on-output", "dropout falls on hidden layers only, not on the output."),
    ("shared mask", "dropout-mask-shared", "every unit of every example is dropped or kept by itself."),
    ("same masks", "dropout-mask-shared", "every step draws masks of its own."),
    ("mask for a row", "dropout-mask-shared", "every unit of every example is dropped or kept by itself."),
    ("first layer alone", "layer-skipped", "dropout falls on every hidden layer."),
    ("last layer alone", "layer-skipped", "dropout falls on every hidden layer."),
    ("keep rate", "keep-rate-as-drop-rate", "dropout is the probability of dropping."),
    ("keep rate + factor 1 / rate", "keep-rate-as-drop-rate", "dropout is the probability of dropping."),
    ("keep rate + not inverted", "keep-rate-as-drop-rate", "dropout is the probability of dropping."),
    ("no dropout", "argument-ignored", "dropout is an argument: nothing is dropped."),
    ("penalty in loss", "wrong-formula", "the losses are without the penalty."),
    ("sum as loss", "missing-mean", "losses[e] is a mean over the examples."),
    ("loss of last batch", "loss-of-last-batch", "losses[e] is a mean over the whole epoch."),
    ("sum of batches", "missing-mean", "losses[e] is a mean over the epoch's batches, not their sum."),
    ("loss of every batch", "returns-wrong-shape", "losses has one entry an epoch, not one a batch."),
    ("list of losses", "returns-wrong-type", "losses is an array of shape (epochs,)."),
    ("losses first", "returns-list-order-swapped", "the order is (weights, biases, losses)."),
    ("seed ignored", "seed-ignored", "all random numbers come from the seed."),
    ("no seed", "seed-ignored", "all random numbers come from the seed: the same seed, the same network."),
    ("float32", "float32-precision", "weights and biases are to be float64."),
    ("shuffles X", "mutates-input", "X and y must stay as they are: shuffle indices."),
]


def run(X, y, sizes, learning_rate, batch_size, epochs, dropout, C, seed, flags=()):
    """Return the (weights, biases, losses) of training with the mistakes named by `flags`."""
    rng = np.random.default_rng(0 if "seed ignored" in flags else None if "no seed" in flags else seed)
    weights = start([X.shape[1], *sizes, int(y.max()) + 1], rng, flags)
    biases = [np.zeros(W.shape[1]) for W in weights]
    if "biases drawn" in flags:
        biases = [rng.normal(size=b.shape) for b in biases]
    first, losses, N = (weights, biases), [], len(y)
    before = now = first
    order = rng.permutation(N)
    for epoch in range(count_epochs(epochs, flags)):
        if "start anew" in flags:
            before = now = first
        if "drawn anew" in flags:
            now = start([X.shape[1], *sizes, int(y.max()) + 1], rng), first[1]
        if "never shuffled" in flags:
            order = np.arange(N)
        elif "with replacement" in flags:
            order = rng.integers(N, size=N)
        elif "shuffled once" not in flags:
            order = rng.permutation(N)
        if "shuffles X" in flags:
            X[:], y[:] = X[order], y[order]
        labels = y if "labels stay" in flags else y[order]
        size = N if "all at once" in flags else 1 if "one at a time" in flags else batch_size
        starts = [s for s in range(0, N, size) if "last batch dropped" not in flags or s + size <= N or s == 0]
        found = []
        for s in starts:
            rows, targets = X[order[s : s + size]], labels[s : s + size]
            loss = mean_loss(*now, rows, targets)
            loss *= len(rows) if "sum as loss" in flags else 1
            loss += C / 2 * sum(np.sum(W**2) for W in now[0]) if "penalty in loss" in flags else 0.0
            found.append(loss)
            masks = draw_masks(rng, len(rows), now[0], dropout, flags) if dropout else None
            rate = epoch_rate(learning_rate, epoch, flags)
            after = step(*now, rows, targets, rate, C, flags, masks, dropout, size)
            before, now = now, pushed(after, now, before) if "momentum" in flags else after
        if "loss of every batch" in flags:
            losses += found
        elif "sum of batches" in flags or "sum as loss" in flags:
            losses.append(sum(found))
        else:
            losses.append(found[-1] if "loss of last batch" in flags else np.mean(found))
    losses = losses if "list of losses" in flags else np.array(losses)
    weights, biases = ([a.astype(np.float32 if "float32" in flags else float) for a in part] for part in now)
    return (losses, weights, biases) if "losses first" in flags else (weights, biases, losses)


def draw_masks(rng, n, weights, dropout, flags=()):
    """Return masks for the input, each hidden layer and the output, None for those without."""
    rng = np.random.default_rng(0) if "same masks" in flags else rng

    def mask(units):
        keep = dropout if "keep rate" in flags else 1 - dropout
        shape = (1 if "shared mask" in flags else n, 1 if "mask for a row" in flags else units)
        return (rng.random(shape) < keep) * np.ones((n, units))

    hidden = [mask(W.shape[1]) for W in weights[:-1]]
    if "no dropout" in flags:
        hidden = [np.full(m.shape, 1 - dropout) for m in hidden]  # which the factor 1 / (1 - dropout) undoes
    if "first layer alone" in flags:
        hidden[1:] = [None] * (len(hidden) - 1)
    if "last layer alone" in flags:
        hidden[:-1] = [None] * (len(hidden) - 1)
    first = mask(weights[0].shape[0]) if "dropout on input" in flags else None
    last = mask(weights[-1].shape[1]) if "dropout on output" in flags else None
    return [first, *hidden, last]


@cache
def _of_the_doctor(function):
    """The doctor's own functions give the same words for every seed."""
    return observe(function, 5)


def _observe(function, seed):
    own = getattr(function, "__module__", "") == __name__
    return _of_the_doctor(function) if own else observe(function, seed)


def _cases(rng: np.random.Generator) -> list[Case]:
    return [Case((int(rng.integers(2**31)),))]


train = Exercise(ID, "train", arguments="seed", cases=_cases, observe=_observe)


@train.reference
def _(*arguments):
    return run(*arguments)


for _flag, _cause, _hint in [*START_FLAGS, *STEP_FLAGS, *PENALTY_FLAGS, *EPOCH_FLAGS, *DROPOUT_FLAGS, *OTHER_FLAGS]:

    @train.mistake(_cause, _hint)
    def _(*arguments, flag=_flag):
        return run(*arguments, flags=flag.split(" + "))
