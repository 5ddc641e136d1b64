"""Five sick networks for assignment 7: what can be read off their layers, and what becomes of them under a cure.

Every patient has eight hidden layers of 32 units and is to learn the digits, with pixels from 0 to 1 less their mean.
`RECIPES` says how each was made, so who reads on here spoils the hunt.
"""

import numpy as np

from mlpkit import datasets
from mlpkit.arguments import choice, number
from mlpkit.layer_statistics import LayerStatistics, layer_statistics
from mlpkit.stack import UNITS, Stack

_SIZES, STEPS = [64, *8 * [32], 10], 300
SETTINGS: dict[str, object] = {
    "unit": "tanh",  # of the hidden layers
    "start": "xavier",  # how the weights are drawn
    "gain": 1.0,  # by which the drawn weights are multiplied
    "bias": 0.0,  # where the biases of hidden layers start
    "input_scale": 1.0,  # by which the inputs are multiplied, as they come to this network
    "learning_rate": 0.1,
    "max_norm": np.inf,  # of all gradients together, at which they are clipped
}
_STARTS = ("small_normal", "xavier", "he", "orthogonal")
RECIPES: dict[str, dict[str, object]] = {
    "A": {"unit": "relu", "start": "he", "bias": -3.0},
    "B": {"unit": "sigmoid"},
    "C": {"unit": "relu", "start": "he", "gain": 3.0},
    "D": {"gain": 8.0},
    "E": {"unit": "relu", "start": "he", "pixels": 255.0},
}


def patient_statistics(patient: str) -> tuple[float, float, LayerStatistics]:
    """Return the loss before training, the standard deviation of all inputs, and the layers' statistics."""
    recipe = _recipe(patient, {})
    X, y = _digits(recipe)[:2]
    stack = _network(recipe, [0])
    with np.errstate(all="ignore"):
        loss = float(stack.gradients(X, y)[2][0])
    return loss, float(X.std()), layer_statistics(stack, X, y)


def treated(patient: str, change: dict[str, object], seeds: list[int]) -> np.ndarray:
    """Return the accuracies on the test digits, one a seed, after 300 steps with the settings in `change` changed.

    Raises TypeError or ValueError for a setting that there is none of, or a value that it cannot have.
    """
    recipe = _recipe(patient, change)
    X, y, test_X, test_y = _digits(recipe)
    stack = _network(recipe, seeds)
    stack.train(X, y, recipe["learning_rate"], STEPS, max_norm=recipe["max_norm"])
    return stack.accuracy(test_X, test_y)


def report(patient: str) -> str:
    """Return the statistics as a table, layer by layer."""
    loss, inputs, found = patient_statistics(patient)
    lines = [
        f"network {patient}: inputs have standard deviation {inputs:.3g}; loss before training {loss:.3g}",
        "  layer   spread of h   flat   dead   |dW|      |dW| / |W|",
    ]
    for layer in range(len(_SIZES) - 1):
        words = f"  {layer + 1:<7} {'':13} {'':6} {'':6}"
        if layer < len(_SIZES) - 2:
            parts = (getattr(found, name)[0, layer] for name in ("spread", "flat", "dead"))
            spread, flat, dead = parts
            words = f"  {layer + 1:<7} {spread:<13.2g} {flat:<6.0%} {dead:<6.0%}"
        lines.append(f"{words} {found.gradient[0, layer]:<9.2g} {found.ratio[0, layer]:.2g}")
    return "\n".join(lines)


def check_change(change: object) -> None:
    """Raise TypeError or ValueError unless `change` is a dictionary of one known setting with a value it can have."""
    if not isinstance(change, dict) or len(change) != 1:
        raise TypeError(f"a cure must be a dictionary with one setting, such as {{'bias': 0.5}}, not {change!r:.60}")
    ((name, value),) = change.items()
    choice("the setting", name, tuple(SETTINGS))
    if name == "unit":
        choice("unit", value, tuple(UNITS))
    elif name == "start":
        choice("start", value, _STARTS)
    elif name in ("learning_rate", "max_norm"):
        number(name, value, 0.0)
    else:
        number(name, value)


def _recipe(patient: str, change: dict[str, object]) -> dict[str, object]:
    made = RECIPES[choice("patient", patient, tuple(RECIPES))]
    if change:
        check_change(change)
    return SETTINGS | {"pixels": 1.0} | made | change


def _network(recipe: dict[str, object], seeds: list[int]) -> Stack:
    return Stack(_SIZES, recipe["unit"], recipe["start"], seeds, gain=recipe["gain"], bias=recipe["bias"])


def _digits(recipe: dict[str, object]) -> tuple[np.ndarray, ...]:
    X, y, test_X, test_y = datasets.digits()
    scale, mean = recipe["pixels"] * recipe["input_scale"], X.mean(axis=0)
    return scale * (X - mean), y, scale * (test_X - mean), test_y
