"""Training an MLP: minibatches, the three update rules, and a loop that can be interrupted and go on."""

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlpkit.arguments import choice, floats, generator, labels, number, whole
from mlpkit.workspace import DIVERGED, all_finite, layer_blocks

if TYPE_CHECKING:
    from mlpkit.network import MLP


def minibatches(N: int, batch_size: int, seed: int | np.random.Generator) -> list[np.ndarray]:
    """A fresh permutation of 0 .. N - 1, cut into index arrays of batch_size; the last one may be shorter.

    Source: Robbins & Monro 1951 for the idea of learning from random samples.
    """
    order = generator(seed).permutation(whole("N", N, 1))
    batch_size = whole("batch_size", batch_size, 1)
    return [order[start : start + batch_size] for start in range(0, N, batch_size)]


class SGD:
    """theta -= lr * gradient. Source: Robbins & Monro 1951."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def update(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        gradient *= self.learning_rate
        parameters -= gradient


class Momentum:
    """v = momentum * v + gradient; theta -= lr * v. Source: Polyak 1964."""

    def __init__(self, learning_rate: float, momentum: float = 0.9) -> None:
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocity: np.ndarray | float = 0.0

    def update(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        self.velocity = self.momentum * self.velocity + gradient
        parameters -= self.learning_rate * self.velocity


class Adam:
    """m and v are running means of the gradient and its square; theta -= lr * m / (sqrt(v) + eps).

    Both start at 0, and the division by 1 - beta^t takes out what that does to them. Source: Kingma & Ba 2015.
    """

    def __init__(self, learning_rate: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.m: np.ndarray | float = 0.0
        self.v: np.ndarray | float = 0.0
        self.t = 0

    def update(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m = self.m / (1 - self.beta1**self.t)
        v = self.v / (1 - self.beta2**self.t)
        parameters -= self.learning_rate * m / (np.sqrt(v) + self.eps)


OPTIMISERS = ("sgd", "momentum", "adam")


@dataclass
class History:
    """What training did: one entry an epoch.

    `loss` is the mean training loss over the epoch's batches, each before its step, without penalty.
    `validation_loss` and `validation_score` are of the network at the end of the epoch, if there is a validation set.
    `stopped` is None after all epochs, else "interrupted" or "diverged", and `message` says more.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_score: list[float] = field(default_factory=list)
    stopped: str | None = None
    message: str = ""


@dataclass
class _Run:
    """Where a training stands, so that it can go on after an interrupt."""

    X: np.ndarray
    y: np.ndarray
    validation: tuple[np.ndarray, np.ndarray] | None
    optimiser: SGD | Momentum | Adam
    batch_size: int
    epochs: int
    dropout: float
    decay: np.ndarray | None
    rng: np.random.Generator
    history: History
    batches: list[np.ndarray] = field(default_factory=list)
    loss_sum: float = 0.0


def fit(
    net: "MLP",
    X: np.ndarray,
    y: np.ndarray,
    learning_rate: float = 0.1,
    batch_size: int = 32,
    epochs: int = 10,
    *,
    dropout: float = 0.0,
    C: float = 0.0,
    optimiser: str = "sgd",
    momentum: float = 0.9,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int | np.random.Generator = 0,
    progress: bool = False,
    resume: bool = False,
) -> History:
    """Train `net` in place on X (N, D) and y, as `MLP` describes them, and return its History.

    Every epoch goes once through a fresh permutation in minibatches of `batch_size`. `dropout` is the probability
    of dropping a hidden unit, from 0 to below 1. `C` is the weight of the L2 penalty C / 2 * sum(W^2) on weights, not
    on biases. `optimiser` is "sgd", "momentum" (with `momentum`) or "adam". `validation` is a pair (X, y). `seed`
    decides the permutations and the dropout. `progress` draws a bar on stderr.

    An interrupt (Ctrl-C, or the stop button) ends training after the batch at hand; the same call with `resume=True`
    goes on to the very end that it would have come to, the other arguments being those of the first call. If values
    overflow, training stops with a warning and the network keeps the last finite parameters. Raises TypeError or
    ValueError for wrong arguments.
    """
    if resume:
        run = net._training
        if run is None:
            raise ValueError("resume must be False: no interrupted training is left to go on with")
        run.history.stopped, run.history.message = None, ""
    else:
        rate = number("learning_rate", learning_rate, 0)
        X, y = _examples(net, X, y, "X", "y")
        run = net._training = _Run(
            X=X,
            y=y,
            validation=None if validation is None else _validation(net, validation),
            optimiser=_optimiser(optimiser, rate, number("momentum", momentum, 0, 1, high_included=False)),
            batch_size=whole("batch_size", batch_size, 1),
            epochs=whole("epochs", epochs, 0),
            dropout=number("dropout", dropout, 0, 1, high_included=False),
            decay=_decay(net, number("C", C, 0)),
            rng=generator(seed),
            history=History(),
        )
    history = run.history
    try:
        with np.errstate(over="ignore", invalid="ignore"), _kept_interrupts() as interrupts:
            while len(history.loss) < run.epochs:
                _epoch(net, run, interrupts)
                if progress:
                    _draw_bar(history, run.epochs)
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        history.message = f"stopped in epoch {len(history.loss) + 1} of {run.epochs}: resume=True goes on from there"
        print(history.message, file=sys.stderr)
        return history
    except FloatingPointError as error:
        history.stopped, history.message = "diverged", f"stopped in epoch {len(history.loss) + 1}: {error}"
        warnings.warn(history.message, RuntimeWarning, stacklevel=3)
    net._training = None
    return history


@contextmanager
def _kept_interrupts() -> Iterator[list[int]]:
    """Keep interrupts in a list until somebody looks, so that no batch is left half learned."""
    kept: list[int] = []
    try:
        earlier = signal.signal(signal.SIGINT, lambda number, frame: kept.append(number))
    except ValueError:  # not the main thread, which alone is interrupted
        yield kept
        return
    try:
        yield kept
    finally:
        signal.signal(signal.SIGINT, earlier or signal.default_int_handler)


def _epoch(net: "MLP", run: _Run, interrupts: list[int]) -> None:
    if not run.batches:
        run.batches, run.loss_sum = minibatches(len(run.X), run.batch_size, run.rng), 0.0
    before = np.empty_like(net.parameters)
    while run.batches:
        if interrupts:
            raise KeyboardInterrupt
        batch = run.batches.pop(0)
        work = net._batch_gradient(run.X[batch], run.y[batch], 1.0, run.dropout, run.rng)
        loss, gradient = work.loss(net.output), work.gradient
        if run.decay is not None:
            gradient += run.decay * net.parameters
        before[...] = net.parameters
        run.optimiser.update(net.parameters, gradient)
        if not all_finite(net.parameters):
            net.parameters[...] = before
            raise FloatingPointError(DIVERGED)
        run.loss_sum += loss * len(batch)
    run.history.loss.append(run.loss_sum / len(run.X))
    if run.validation is not None:
        run.history.validation_loss.append(net.loss(*run.validation))
        run.history.validation_score.append(net.score(*run.validation))


def _examples(net: "MLP", X: object, y: object, X_name: str, y_name: str) -> tuple[np.ndarray, np.ndarray]:
    """Every example checked once, before the first step is made."""
    (X,) = floats(**{X_name: (X, f"N {net.sizes[0]}")})
    if net.output != "linear" and np.ndim(y) == 1:
        return X, labels(y_name, y, len(X), max(2, net.sizes[-1]))
    dims = f"{len(X)}" if np.ndim(y) == 1 and net.sizes[-1] == 1 else f"{len(X)} {net.sizes[-1]}"
    return X, floats(**{y_name: (y, dims)})[0]


def _validation(net: "MLP", validation: object) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation must be a pair (X, y), not {type(validation).__name__}")
    return _examples(net, *validation, "validation[0]", "validation[1]")


def _optimiser(name: str, learning_rate: float, momentum: float) -> SGD | Momentum | Adam:
    choice("optimiser", name, OPTIMISERS)
    if name == "momentum":
        return Momentum(learning_rate, momentum)
    return SGD(learning_rate) if name == "sgd" else Adam(learning_rate)


def _decay(net: "MLP", C: float) -> np.ndarray | None:
    """C for every weight and 0 for every bias, in the order of `net.parameters`."""
    if C == 0:
        return None
    decay = np.full_like(net.parameters, C)
    for block in layer_blocks(decay, net.sizes):
        block[-1] = 0
    return decay


def _draw_bar(history: History, epochs: int) -> None:
    done = len(history.loss)
    filled = 30 * done // epochs
    end = "\n" if done == epochs else ""
    bar = "█" * filled + "·" * (30 - filled)
    print(f"\r{bar} epoch {done}/{epochs}  loss {history.loss[-1]:.4f}", end=end, file=sys.stderr, flush=True)
