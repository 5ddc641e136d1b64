"""One example is learned: how far away does the network's answer change? Radial basis functions against the rest."""

import numpy as np

from mlpkit.activations import relu, sigmoid
from mlpkit.layers import rbf_forward
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import line

_X = np.linspace(-2.0, 2.0, 161)
_CENTRES = np.linspace(-1.5, 1.5, 13)
_UNITS = {"radial basis": "radial basis", "sigmoid": "sigmoid", "ReLU": "ReLU"}


def locality(**start: object) -> Explorer:
    """Return 13 hidden units of one input and one step of descent on their output weights for one example at x.

    Left the units' outputs; right the change of the network's answer everywhere, where the step is as long as it
    takes to raise the answer at the example by 1.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.7)
    (features,) = left.plot([], [], color=COLOURS["sky"], linewidth=1.2, animated=True)
    look = {"color": COLOURS["red"], "linestyle": "--", "linewidth": 1.5, "animated": True}
    marks = [ax.axvline(0.0, **look) for ax in (left, right)]
    left.set(xlim=(-2, 2), ylim=(-0.05, 1.3), xlabel="x", ylabel="output", title="the hidden units")
    (change,) = right.plot(_X, _X, color=COLOURS["blue"], linewidth=2.5, animated=True)
    right.plot(_X, np.zeros_like(_X), color="black", linewidth=0.8)
    right.set(xlim=(-2, 2), ylim=(-0.1, 2.6), xlabel="x", ylabel="change of the answer")
    right.set_title("after one step for the dashed example")
    pen = np.append(_X, np.nan)

    def update(at: float, width: float, units: str) -> str:
        h = hidden(_X, width, units)
        features.set_data(np.tile(pen, h.shape[1]), np.append(h, np.full((1, h.shape[1]), np.nan), axis=0).T.ravel())
        moved = spread(at, width, units)
        change.set_ydata(moved)
        for mark in marks:
            mark.set_xdata([at, at])
        wide = np.mean(np.abs(moved) > 0.1)
        far = _X[0] if at > 0 else _X[-1]
        return (
            f"13 {units} units of width {width:.2g}, one step for the example at x = {at:.2f}: the answer changes by "
            f"more than a tenth of that on {wide:.0%} of the line, and at x = {far:.0f} by {moved[far == _X][0]:.3f}."
        )

    controls = {
        "at": slider("example at x", -1.5, 1.5, 0.5, 0.05),
        "width": log_slider("width σ", -1, 0.5, 10**-0.5),
        "units": choice("units", _UNITS, "radial basis"),
    }

    def narrow(at: float, width: float, units: str) -> tuple[bool, str]:
        wide = np.mean(np.abs(spread(at, width, units)) > 0.1)
        return bool(units != "radial basis" and wide < 0.6), f"{units}: {wide:.0%} of the line changes."

    def upright(mark: object) -> np.ndarray:
        return np.column_stack([mark.get_xdata(), mark.axes.get_ylim()])

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            line(mark.axes, lambda mark=mark: upright(mark), lambda k, x, y: {"at": x}, "example") for mark in marks
        ],
        tries="take the dashed example and move it; then the same with sigmoids and rectifiers.",
        goal=goal("without radial bases, change less than 60 % of the line.", narrow),
        code=[hidden, spread],
        start=start,
    )


def hidden(x: np.ndarray, width: float, units: str) -> np.ndarray:
    """Return the outputs (N, 13) of the hidden units for inputs x (N,)."""
    if units == "radial basis":
        return rbf_forward(x[:, None], _CENTRES[:, None], 1.0 / width**2)[0]
    z = (x[:, None] - _CENTRES) / width
    return sigmoid(z) if units == "sigmoid" else relu(z)


def spread(at: float, width: float, units: str) -> np.ndarray:
    """Return how much the answer changes at every x when one step for the example `at` raises its answer by 1.

    With output weights v the answer is h(x) . v; the step adds a multiple of h(at) to v.
    """
    there = hidden(np.array([at]), width, units)[0]
    return hidden(_X, width, units) @ there / max(there @ there, 1e-300)
