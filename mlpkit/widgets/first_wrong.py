"""A fault planted in one layer of a network: which of its intermediates it spoils, and which is the first."""

import numpy as np

from mlpkit.intermediates import intermediates
from mlpkit.network import MLP
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal

_SIZES = [3, 5, 4, 6, 2]
_FAULTS = {
    "δ with (1 − h)²": "slope",
    "δ without slope": "no slope",
    "z without bias": "bias",
    "dW from z, not h": "input",
}
_WRONG, _FLOOR, _TOP = 1e-9, 1e-17, 10.0


def first_wrong(**start: object) -> Explorer:
    """Return all intermediates of a network with three hidden tanh layers, in the order in which they are computed.

    Drag the layer that holds the fault, and its size: at 1 the faulty term stands there alone, at 0.001 it is a
    thousandth of the mixture. Points are relative errors against the right values; red ones are wrong.
    """
    rng = np.random.default_rng(0)
    net = MLP(_SIZES, hidden="tanh", output="linear", dtype=np.float64, seed=1)
    for b in net.biases:
        b[...] = 0.3 * rng.normal(size=b.shape)
    X, Y = rng.normal(size=(7, _SIZES[0])), rng.normal(size=(7, _SIZES[-1]))
    right = intermediates(net.weights, net.biases, X, Y)
    names = list(right)
    picture, ax = figure(width=9.0, height=3.7)
    places = np.arange(len(names))
    ax.set(yscale="log", ylim=(_FLOOR / 3, _TOP * 3), xlim=(-0.7, len(names) - 0.3), ylabel="relative error")
    ax.set_xticks(places, names)
    ax.axhline(_WRONG, color="0.6", linestyle=":", linewidth=1)
    ax.axvline(names.index("out") + 0.5, color="0.6", linewidth=1)
    ax.text(3, 2 * _TOP, "forward pass", ha="center", va="bottom")
    ax.text(12.5, 2 * _TOP, "backward pass", ha="center", va="bottom")
    (good,) = ax.plot(places, np.ones(len(names)), "o", color=COLOURS["blue"], animated=True, label="right")
    (bad,) = ax.plot([], [], "^", color=COLOURS["red"], markersize=9, animated=True, label="wrong")
    (first,) = ax.plot([], [], color=COLOURS["red"], linewidth=2, animated=True, label="first wrong one")
    ax.legend(handles=[good, bad, first], loc="upper left", fontsize=9, bbox_to_anchor=(0.0, 0.9))

    def update(layer: int, size: float, fault: str) -> str:
        found = intermediates(net.weights, net.biases, X, Y, fault, layer, size)
        errors = np.array([np.linalg.norm(found[n] - right[n]) / np.linalg.norm(right[n]) for n in names])
        wrong = errors > _WRONG
        height = np.clip(errors, _FLOOR, _TOP)
        good.set_data(places[~wrong], height[~wrong])
        bad.set_data(places[wrong], height[wrong])
        at = np.flatnonzero(wrong)[:1]
        first.set_data(np.repeat(at, 2), [_FLOOR / 3, height[at[0]]] if len(at) else [])
        said = next(name for name, value in _FAULTS.items() if value == fault)
        begin = f"Fault in hidden layer {layer}: {said}, size {size:.2g}. "
        if not len(at):
            return f"{begin}None of {len(names)} intermediates is off by more than {_WRONG:g}."
        return (
            f"{begin}{wrong.sum()} of {len(names)} intermediates are wrong, by {errors.max():.1g} at most; the first "
            f"in the order of computation is {names[at[0]]}: {', '.join(np.array(names)[wrong])}."
        )

    controls = {
        "layer": whole_slider("hidden layer", 1, 3, 2),
        "size": log_slider("size of the fault", -12, 0, 0.1),
        "fault": choice("fault", _FAULTS, "slope"),
    }

    def hides(layer: int, size: float, fault: str) -> tuple[bool, str]:
        found = intermediates(net.weights, net.biases, X, Y, fault, layer, size)
        clean = all(np.allclose(found[n], right[n], rtol=1e-9, atol=0) for n in names if n[0] != "δ" and n[0] != "d")
        spoiled = sum(bool(np.linalg.norm(found[n] - right[n]) > _WRONG * np.linalg.norm(right[n])) for n in names)
        return bool(clean and 0 < spoiled <= 1), f"{spoiled} of {len(names)} are wrong."

    return Explorer(
        picture,
        controls,
        update,
        tries="move the fault from layer to layer: what stands to the right of the first wrong one is no evidence.",
        goal=goal("find the fault that spoils a single intermediate and nothing after it.", hides),
        code=intermediates,
        start=start,
    )
