"""A flight simulator of training: short runs on the digits, each with one fault, and what its instruments show.

Every run makes 500 steps with a network of two hidden layers of 32 units. `FAULTS` says what is wrong with which
run, so who reads on here spoils the hunt.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from mlpkit import datasets
from mlpkit.arguments import choice, number, whole
from mlpkit.initialisation import he

UNITS = {  # value, and the derivative computed from z and h
    "relu": (lambda z: np.maximum(z, 0), lambda z, h: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z, h: 1 - h * h),
}
STEPS, EVERY = 500, 25
SETTINGS: dict[str, object] = {
    "learning_rate": 0.1,
    "batch_size": 32,
    "loss": "mean",  # over the batch, or "sum"
    "unit": "relu",  # of the hidden layers, or "tanh"
    "gain": 1.0,  # by which He's weights are multiplied
    "bias": 0.0,  # where the biases of hidden layers start
    "pixels": 1.0,  # by which the inputs, from 0 to 1, are multiplied
    "order": "together",  # X and y are shuffled together, or "X alone"
    "labels": "right",  # of the training set, or "one too high"
    "dropout": 0.0,
    "in_use": "no dropout",  # when the network is asked, or "dropout"
    "examples": 800,
    "validation": "held out",  # or "in training"
}
_WORDS = {
    "loss": ("mean", "sum"),
    "unit": ("relu", "tanh"),
    "order": ("together", "X alone"),
    "labels": ("right", "one too high"),
    "in_use": ("no dropout", "dropout"),
    "validation": ("held out", "in training"),
}
# The first setting of each is the one at fault: with its usual value the run is mended.
FAULTS: dict[str, dict[str, object]] = {
    "rate too high": {"learning_rate": 3.0},
    "rate too low": {"learning_rate": 0.0003},
    "dead units": {"bias": -4.0},
    "y not shuffled with X": {"order": "X alone"},
    "dropout left on in use": {"in_use": "dropout", "dropout": 0.3},
    "inputs not scaled": {"pixels": 255.0},
    "labels off by one": {"labels": "one too high"},
    "loss a sum, batch doubled": {"loss": "sum", "batch_size": 64},
    "all weights zero": {"gain": 0.0},
    "validation data in training": {"validation": "in training", "examples": 100},
    "saturated start": {"gain": 12.0, "unit": "tanh"},
    "overfitting": {"examples": 50, "learning_rate": 0.3},
}
NOTHING = "nothing wrong"
# The three runs of assignment 9.
HUNT = {"A": "dropout left on in use", "B": "y not shuffled with X", "C": "validation data in training"}


@dataclass(frozen=True)
class Log:
    """What a run's instruments showed, every 25 steps from 0 to 500: arrays (21,), and (21, 2) for the hidden layers.

    `inputs` are their mean and standard deviation, `weights` is the standard deviation of the first layer's weights
    before training. `training` and `validation` are losses in nats as the run itself counts them, `training_right`
    and so on shares from 0 to 1; `fresh_right` is of digits that came in later. `spread`, `flat` and `dead` are those
    of `layer_statistics`. `step_ratio` is the length of the last step against that of all weights, `same_twice` the
    share of validation digits that get the same answer when they are asked twice.
    """

    inputs: tuple[float, float]
    weights: float
    examples: int
    batch_size: int
    training: np.ndarray
    validation: np.ndarray
    training_right: np.ndarray
    validation_right: np.ndarray
    fresh_right: np.ndarray
    spread: np.ndarray
    flat: np.ndarray
    dead: np.ndarray
    step_ratio: np.ndarray
    same_twice: np.ndarray


def settings_of(fault: str, **change: object) -> dict[str, object]:
    """Return the settings of the run with this fault; ValueError for a fault or a setting that there is none of."""
    choice("fault", fault, (NOTHING, *FAULTS))
    for name, value in change.items():
        check_setting(name, value)
    return SETTINGS | FAULTS.get(fault, {}) | change


def mended(fault: str, diagnosis: str) -> dict[str, object]:
    """Return the settings of a run with a fault after the fault that was diagnosed has been mended."""
    choice("diagnosis", diagnosis, (NOTHING, *FAULTS))
    settings = settings_of(fault)
    if diagnosis == NOTHING:
        return settings
    at_fault = next(iter(FAULTS[diagnosis]))
    return settings | {at_fault: SETTINGS[at_fault]}


def check_setting(name: str, value: object) -> None:
    """Raise TypeError or ValueError unless there is a setting of this name that can have this value."""
    choice("the setting", name, tuple(SETTINGS))
    if name in _WORDS:
        choice(name, value, _WORDS[name])
    elif name in ("batch_size", "examples"):
        whole(name, value, 1, 800)
    elif name == "dropout":
        number(name, value, 0.0, 0.95)
    else:
        number(name, value, *((0.0,) if name in ("learning_rate", "pixels") else ()))


def fly(settings: dict[str, object], seed: int = 0) -> Log:
    """Return the log of a run with these settings, about a tenth of a second of training."""
    return _fly(tuple({**SETTINGS, **settings}.items()), seed)


def treated(letter: str, change: dict[str, object], seeds: list[int]) -> list[Log]:
    """Return the logs of run A, B or C, one a seed, with the settings in `change` changed.

    Raises TypeError or ValueError for a run or a setting that there is none of, or a value that it cannot have.
    """
    settings = settings_of(HUNT[choice("letter", letter, tuple(HUNT))], **change)
    return [fly(settings, whole("seeds", seed, 0)) for seed in seeds]


def report(letter: str, seed: int = 0) -> str:
    """Return what the instruments of run A, B or C show, as a table."""
    (log,) = treated(letter, {}, [seed])
    lines = [
        f"run {letter}: {log.examples} training examples, batches of {log.batch_size}; inputs have mean "
        f"{log.inputs[0]:.2f} and standard deviation {log.inputs[1]:.2f}",
        "  step   loss            right                        asked twice,   step /    dead units",
        "         train   valid.  train   valid.  new digits   same answer    weights   layer 1, 2",
    ]
    for row in (0, 2, 5, 10, 15, 20):
        right = f"{log.training_right[row]:<7.0%} {log.validation_right[row]:<7.0%} {log.fresh_right[row]:<12.0%}"
        lines.append(
            f"  {EVERY * row:<6} {log.training[row]:<7.2f} {log.validation[row]:<7.2f} {right} "
            f"{log.same_twice[row]:<14.0%} {log.step_ratio[row]:<9.1g} {log.dead[row, 0]:.0%}, {log.dead[row, 1]:.0%}"
        )
    return "\n".join(lines)


@lru_cache(maxsize=64)
def _fly(settings: tuple, seed: int) -> Log:
    run = _Run(dict(settings), np.random.default_rng(seed))
    with np.errstate(all="ignore"):  # a run that overflows is one of the faults
        rows = [run.instruments()]
        for _ in range(STEPS // EVERY):
            run.train(EVERY)
            rows.append(run.instruments())
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Log(run.inputs, run.first_weights, len(run.y), run.made["batch_size"], **columns)


class _Run:
    """A network in training, with its data."""

    def __init__(self, made: dict[str, object], rng: np.random.Generator) -> None:
        self.made, self.rng, self.step_ratio = made, rng, 0.0
        X, y = datasets.digits()[:2]  # the test digits are not for this
        X, y = X[order := np.random.default_rng(1).permutation(len(X))] * made["pixels"], y[order]
        self.X, self.y = X[: made["examples"]], y[: made["examples"]]
        self.held, self.fresh = (X[800:1100], y[800:1100]), (X[1100:], y[1100:])
        if made["validation"] == "in training":
            self.held = self.X[:60], self.y[:60]
        if made["labels"] == "one too high":
            self.y = (self.y + 1) % 10
        self.inputs = float(X.mean()), float(X.std())
        self.weights = [made["gain"] * he(n, m, rng) for n, m in pairwise([64, 32, 32, 10])]
        self.first_weights = float(self.weights[0].std())
        self.biases = [np.full(32, made["bias"]), np.full(32, made["bias"]), np.zeros(10)]
        self.left: np.ndarray = np.zeros(0, int)

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the next inputs and labels of a shuffled epoch."""
        if not len(self.left):
            self.left = self.rng.permutation(len(self.y))
        rows, self.left = np.split(self.left, [min(self.made["batch_size"], len(self.left))])
        apart = self.made["order"] == "X alone"
        return self.X[rows], self.y[self.rng.integers(len(self.y), size=len(rows)) if apart else rows]

    def forward(self, X: np.ndarray, dropout: float) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """Return every layer's input, the hidden layers' slopes with their masks, and the logits."""
        value, slope = UNITS[self.made["unit"]]
        hs, slopes = [X], []
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            z = hs[-1] @ W + b
            mask = (self.rng.random(z.shape) >= dropout) / (1 - dropout) if dropout else 1.0
            h = value(z)
            slopes.append(slope(z, h) * mask)
            hs.append(h * mask)
        return hs, slopes, hs[-1] @ self.weights[-1] + self.biases[-1]

    def train(self, steps: int) -> None:
        """Make steps of minibatch gradient descent."""
        for _ in range(steps):
            X, y = self.batch()
            hs, slopes, z = self.forward(X, self.made["dropout"])
            dz = softmax(z)
            dz[np.arange(len(y)), y] -= 1
            dz /= len(y) if self.made["loss"] == "mean" else 1
            moved = 0.0
            for layer in reversed(range(3)):
                dW, db = hs[layer].T @ dz, dz.sum(axis=0)
                if layer:
                    dz = dz @ self.weights[layer].T * slopes[layer - 1]
                self.weights[layer] = self.weights[layer] - self.made["learning_rate"] * dW
                self.biases[layer] = self.biases[layer] - self.made["learning_rate"] * db
                moved += self.made["learning_rate"] ** 2 * np.sum(dW * dW)
            size = sum(np.sum(W * W) for W in self.weights)
            self.step_ratio = float(np.sqrt(moved / size)) if size else 0.0

    def instruments(self) -> dict[str, object]:
        """Return what the instruments show now."""
        rate = self.made["dropout"] if self.made["in_use"] == "dropout" else 0.0
        factor = self.made["batch_size"] if self.made["loss"] == "sum" else 1
        sets = {"training": (self.X, self.y), "validation": self.held, "fresh": self.fresh}
        logits = {name: self.forward(X, rate)[2] for name, (X, _) in sets.items()}
        right = {f"{name}_right": float(np.mean(logits[name].argmax(1) == y)) for name, (_, y) in sets.items()}
        again = self.forward(self.held[0], rate)[2].argmax(1)
        hs, slopes, _ = self.forward(self.X, 0.0)
        return {
            "training": factor * cross_entropy(logits["training"], self.y),
            "validation": factor * cross_entropy(logits["validation"], self.held[1]),
            **right,
            "spread": [float(h.std(axis=0).mean()) for h in hs[1:]],
            "flat": [float(np.mean(s < 0.05)) for s in slopes],
            "dead": [float(np.mean((s < 0.05).all(axis=0))) for s in slopes],
            "step_ratio": self.step_ratio,
            "same_twice": float(np.mean(again == logits["validation"].argmax(1))),
        }


def softmax(z: np.ndarray) -> np.ndarray:
    """Return the row-wise softmax of z (N, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z: np.ndarray, y: np.ndarray) -> float:
    """Return the mean cross-entropy of logits z (N, K) at y (N,)."""
    z = z - z.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]))
