"""A layer of rectifiers on points: which units are active for some of them, and which for none."""

import numpy as np

from mlpkit.activations import leaky_relu_derivative
from mlpkit.arguments import floats
from mlpkit.plotting import COLOURS, figure
from mlpkit.plotting.points import boundary_line
from mlpkit.widgets.controls import slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area

_LIMIT = 6.0
_LIFT = np.full((2, 1), np.nan)  # between two strokes of one line


def dead_units(X: np.ndarray, W: np.ndarray, **start: object) -> Explorer:
    """Return rectifiers z = x W + b, with one bias b for all, on points X (N, 2) for W (2, H).

    Left the points, which can be moved away from the origin, and the lines at which the units switch on; right each
    unit's derivative, averaged over the points: what it lets through of the gradient.
    """
    X, W = floats(X=(X, "N 2"), W=(W, "2 H"))
    picture, (plane, bars) = figure(1, 2, width=9.0, height=4.0)
    plane.set(
        xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), xlabel="$x_1$", ylabel="$x_2$", title="points and units"
    )
    (cloud,) = plane.plot([], [], ".", color="0.35", markersize=6, zorder=3, animated=True, label="examples")
    looks = ({"color": COLOURS["blue"], "linestyle": "-"}, {"color": COLOURS["red"], "linestyle": "--"})
    edges, strokes = [], []
    for label, look in zip(("unit alive: active for some", "unit dead: active for none"), looks, strict=True):
        edges += plane.plot([], [], linewidth=1.4, animated=True, label=label, **look)
        strokes += bars.plot([], [], linewidth=5, solid_capstyle="butt", animated=True, color=look["color"])
    (crosses,) = bars.plot([], [], "X", color=COLOURS["red"], markersize=8, animated=True)
    bars.set(xlim=(-1, W.shape[1]), ylim=(0, 1.04), xticks=[], xlabel="units, sorted", ylabel="mean derivative")
    bars.set_title("what comes through (cross: dead)")
    picture.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)

    def update(b: float, shift: float, a: float) -> str:
        z = (X + shift) @ W + b
        dead = ~(z > 0).any(axis=0)
        through = mean_derivative(X + shift, W, b, a)
        cloud.set_data(*(X + shift).T)
        order = np.argsort(through, kind="stable")
        places = np.argsort(order)
        for n, which in enumerate((~dead, dead)):
            ends = [np.append(boundary_line(w, b, plane), _LIFT, axis=1) for w in W.T[which]]
            edges[n].set_data(np.concatenate([np.empty((2, 0)), *ends], axis=1))
            at = np.repeat(places[which].astype(float), 3)
            height = np.column_stack([np.zeros(which.sum()), through[which], np.full(which.sum(), np.nan)])
            strokes[n].set_data(at, height.ravel())
        crosses.set_data(places[dead], through[dead])
        still = f"They still let {a:.2f} of the gradient through." if a > 0 else "No gradient passes a dead unit."
        always = int((z > 0).all(axis=0).sum())
        return (
            f"Bias {b:.1f}, inputs moved by {shift:.1f}, slope {a:.2f} on the left: {dead.sum()} of "
            f"{W.shape[1]} units are dead, {always} are active for all {len(X)} points and so linear. {still}"
        )

    controls = {
        "b": slider("bias b", -4, 4, 0.0, 0.1),
        "shift": slider("inputs moved", -4, 4, 0.0, 0.1),
        "a": slider("slope a", 0, 0.3, 0.0, 0.01),
    }

    def all_dead(b: float, shift: float, a: float) -> tuple[bool, str]:
        dead = int((~((X + shift) @ W + b > 0).any(axis=0)).sum())
        return dead == W.shape[1], f"{dead} of {W.shape[1]} are dead."

    middle = X.mean()
    return Explorer(
        picture,
        controls,
        update,
        hands=[area(plane, lambda x, y: {"shift": (x + y) / 2 - middle}, "examples")],
        tries="drag the examples away from the origin; then lower the bias.",
        goal=goal("kill every unit.", all_dead),
        code=mean_derivative,
        start=start,
    )


def mean_derivative(X: np.ndarray, W: np.ndarray, b: float, a: float) -> np.ndarray:
    """Return each unit's slope, averaged over examples X (N, 2): what a gradient keeps on its way through, (H,)."""
    return leaky_relu_derivative(X @ W + b, a).mean(axis=0)
