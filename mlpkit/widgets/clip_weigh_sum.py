"""A network of three rectified units with one input, step by step: straight lines, clipped, weighed and summed."""

import numpy as np

from mlpkit.activations import relu
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_X = np.linspace(0.0, 4.0, 201)
_TARGET = np.interp(_X, [0, 1, 2, 3, 4], [0, 0, 1, 0, 0])
_STAGES = ("three straight lines", "clipped at 0", "weighed", "summed")


def clip_weigh_sum(**start: object) -> Explorer:
    """Return the way of an input through three rectified units: move their kinks, weigh them, and add them up."""
    picture, (left, right) = figure(1, 2, width=9.0, height=4.0)
    styles = ("-", "--", "-.")
    inks = (COLOURS["blue"], COLOURS["orange"], COLOURS["red"])
    units = [left.plot(_X, _X, s, color=c, linewidth=2, animated=True)[0] for s, c in zip(styles, inks, strict=True)]
    stems = left.vlines([0, 0, 0], 0, 1, color="grey", linewidth=2, animated=True)
    (kinks,) = left.plot([], [], "o", color="white", markeredgecolor="black", markersize=9, animated=True)
    left.axhline(0, color="grey", linewidth=0.8)
    left.set(xlim=(0, 4), ylim=(-3.2, 3.2), xlabel="input x", ylabel="each unit")
    left.set_title("the units; circles: kink and weight")
    right.plot(_X, _TARGET, color="grey", linewidth=5, alpha=0.5, label="wanted")
    (out,) = right.plot(_X, _X, color="black", linewidth=2, animated=True)
    right.set(xlim=(0, 4), ylim=(-3.2, 3.2), xlabel="input x", ylabel="output", title="their sum; wide grey: wanted")

    def update(stage: int, k1: float, k2: float, k3: float, v1: float, v2: float, v3: float) -> str:
        kink, v = np.array([k1, k2, k3]), np.array([v1, v2, v3])
        lines = _X[:, None] - kink
        shown = lines if stage == 0 else relu(lines) if stage == 1 else relu(lines) * v
        for unit, values in zip(units, shown.T, strict=True):
            unit.set_ydata(values)
        kinks.set_data(kink, v)
        stems.set_segments([[(at, 0.0), (at, weight)] for at, weight in zip(kink, v, strict=True)])
        f = network(_X, kink, v)
        out.set_ydata(f if stage == 3 else np.full(len(_X), np.nan))
        error = f"; it is off the wanted hat by {np.abs(f - _TARGET).max():.2f} at most" if stage == 3 else ""
        return (
            f"Stage {stage}, {_STAGES[stage]}: kinks at {k1:.1f}, {k2:.1f}, {k3:.1f}, "
            f"outgoing weights {v1:.1f}, {v2:.1f}, {v3:.1f}{error}."
        )

    controls = {"stage": whole_slider("stage", 0, 3, 0)}
    for n, at in enumerate((0.5, 1.5, 3.5), 1):
        controls[f"k{n}"] = slider(f"kink {n}", 0, 4, at, 0.1)
    for n, weight in enumerate((1.0, -1.0, 0.5), 1):
        controls[f"v{n}"] = slider(f"outgoing weight {n}", -3, 3, weight, 0.1)

    def hat(stage: int, k1: float, k2: float, k3: float, v1: float, v2: float, v3: float) -> tuple[bool, str]:
        error = np.abs(network(_X, np.array([k1, k2, k3]), np.array([v1, v2, v3])) - _TARGET).max()
        return bool(stage == 3 and error < 0.05), f"at stage {stage}, off by {error:.2f} at most."

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(
                left,
                lambda: np.column_stack(kinks.get_data()),
                lambda k, x, y: {f"k{k + 1}": x, f"v{k + 1}": np.clip(y, -3, 3)},
                "a kink and its weight",
            ),
        ],
        play="stage",
        tries="press Play to see the four stages; at the last one, take a circle, and pull it aside, up and down.",
        goal=goal("the hat in grey, to within 0.05, at the last stage.", hat),
        code=network,
        start=start,
    )


def network(x: np.ndarray, kinks: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return relu(x - kink_j) v_j summed over the units, (N,), for x (N,), kinks (H,) and outgoing weights v (H,)."""
    h = relu(x[:, None] - kinks)
    return h @ v
