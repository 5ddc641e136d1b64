"""A small network stepped through: values go forward from unit to unit, error signals come back."""

from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection

from mlpkit.network import MLP
from mlpkit.plotting import COLOURS, figure
from mlpkit.plotting.numbers import Numbers
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal

SIZES = (2, 3, 2)
WEIGHTS = (np.array([[0.8, -0.5, 1.2], [-0.6, 0.9, 0.4]]), np.array([[1.0, -0.7], [0.5, 1.1], [-0.9, 0.6]]))
BIASES = (np.array([0.1, 0.0, -0.3]), np.array([0.2, -0.1]))
_RATE = 0.1
_SAID = ("inputs", "hidden layer", "outputs and loss", "δ of the outputs", "δ of the hidden units", "gradients")


def error_signals(**start: object) -> Explorer:
    """Return a network of two inputs, three tanh units and two linear outputs, one example, one step at a time.

    Blue, in the units: the values of the forward pass. Red, below them: delta = d loss / d z, on the way back. In the
    last step the width of an edge is the size of its weight's gradient, its colour the sign.
    """
    picture, ax = figure(width=7.0, height=3.9)
    ax.set(xlim=(-0.35, 2.55), ylim=(-1.6, 1.6))
    ax.set_axis_off()
    at = [
        np.column_stack([np.full(n, column), 1.15 * ((n - 1) / 2 - np.arange(n))]) for column, n in enumerate(SIZES)
    ]
    edges = [np.array([(one, other) for one in left for other in right]) for left, right in pairwise(at)]
    for layer, lines in enumerate(edges):
        ax.add_collection(LineCollection(lines, colors="0.8", linewidths=1.2, zorder=0))
        for (one, other), w in zip(lines, WEIGHTS[layer].ravel(), strict=True):
            ax.text(
                *(0.8 * one + 0.2 * other),
                f"{w:g}",
                fontsize=9,
                color="0.35",
                ha="center",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                zorder=1,
            )
    for column, name in enumerate(("x", "h = tanh(x W₁ + b₁)", "out = h W₂ + b₂")):
        ax.text(column, 1.55, name, ha="center", va="top", fontsize=10)
    ax.text(2.42, 1.55, "target", ha="center", va="top", fontsize=10)
    words = {"blue": "value", "red": "error signal δ", "green": "gradient > 0", "purple": "gradient < 0"}
    for colour, name in words.items():
        ax.plot([], [], "s" if colour in ("blue", "red") else "-", color=COLOURS[colour], label=name, linewidth=4)
    picture.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    middles = [[0.7 * a + 0.3 * b, 0.1 * a + 0.9 * b] for a, b in np.concatenate(edges)]  # clear of units and words
    shown = LineCollection(middles, zorder=0.5, animated=True)
    ax.add_collection(shown)
    units = np.concatenate(at)
    ax.scatter(*units.T, s=1150, facecolor="white", edgecolor="black", zorder=2)
    places = np.concatenate([units, units[2:] - [0, 0.34], at[2] + [0.42, 0]])
    numbers = Numbers(
        ax, places, [COLOURS["blue"]] * 7 + [COLOURS["red"]] * 5 + ["black"] * 2, animated=True, zorder=3
    )

    def update(step: int, x1: float, x2: float, y1: float, y2: float) -> str:
        x, y = np.array([[x1, x2]]), np.array([[y1, y2]])
        net = MLP.from_parameters(WEIGHTS, BIASES, hidden="tanh", output="linear")
        back = net.gradients(x, y)
        delta_hidden, delta_out = back.delta[0][0], back.delta[1][0]
        parts = [x[0], back.h[1][0], back.h[2][0], delta_hidden, delta_out]
        known = [part if step >= since else part * np.nan for part, since in zip(parts, (0, 1, 2, 4, 3), strict=True)]
        numbers.show(np.concatenate([*known, y[0]]))
        shown.set(**_look(step, [dW.ravel() for dW in back.dweights]))
        said = [f"x = ({x1:.2f}, {x2:.2f}), target ({y1:.2f}, {y2:.2f})"]
        said += [f"h = {_row(back.h[1][0])}", f"out = {_row(back.h[2][0])}, loss {back.loss:.3f}"][: min(step, 2)]
        errors = [f"δ of the outputs {_row(delta_out)}", f"δ of the hidden units {_row(delta_hidden)}"]
        said += errors[: max(step - 2, 0)]
        if step == 5:
            net.train_step(x, y, _RATE)
            said.append(
                f"a step of learning rate {_RATE:g} along the gradients takes the loss to {net.loss(x, y):.3f}"
            )
        return f"Step {step}, {_SAID[step]}: " + "; ".join(said) + "."

    controls = {
        "step": whole_slider("step", 0, 5, 0),
        "x1": slider("input x₁", -2, 2, 1.0, 0.1),
        "x2": slider("input x₂", -2, 2, 0.5, 0.1),
        "y1": slider("target y₁", -2, 2, 1.0, 0.1),
        "y2": slider("target y₂", -2, 2, 0.0, 0.1),
    }

    def silent(step: int, x1: float, x2: float, y1: float, y2: float) -> tuple[bool, str]:
        net = MLP.from_parameters(WEIGHTS, BIASES, hidden="tanh", output="linear")
        back = net.gradients(np.array([[x1, x2]]), np.array([[y1, y2]]))
        largest = max(np.abs(delta).max() for delta in back.delta)
        return bool(largest < 0.06), f"the largest error signal is {largest:.2f}."

    return Explorer(
        picture,
        controls,
        update,
        play="step",
        tries="go step by step, and say each number before it appears.",
        goal=goal("choose targets for which no weight would change: every signal below 0.06.", silent),
        code=passes,
        start=start,
    )


def passes(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return h, out, and the error signals of the outputs and of the hidden units, for one example x, y."""
    (W1, W2), (b1, b2) = WEIGHTS, BIASES
    h = np.tanh(x @ W1 + b1)
    out = h @ W2 + b2
    delta_out = out - y  # the derivative of 1/2 sum (out - y)^2
    delta_hidden = (delta_out @ W2.T) * (1.0 - h**2)
    return h, out, delta_out, delta_hidden


def _look(step: int, gradients: list[np.ndarray]) -> dict[str, list]:
    """Return colours and widths of the edges: those in use at this step, at the last one the gradients."""
    if step == 5:
        both = np.concatenate(gradients)
        colours = [COLOURS["green"] if g > 0 else COLOURS["purple"] for g in both]
        return {"color": colours, "linewidth": np.minimum(8.0, 0.3 + 6.0 * np.abs(both)).tolist()}
    used = {1: (0, COLOURS["blue"]), 2: (1, COLOURS["blue"]), 4: (1, COLOURS["red"])}.get(step)
    widths = np.concatenate([np.full(g.size, 2.0 if used and used[0] == n else 0.0) for n, g in enumerate(gradients)])
    return {"color": [used[1] if used else "black"] * widths.size, "linewidth": widths.tolist()}


def _row(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{v:.2f}" for v in values) + ")"
