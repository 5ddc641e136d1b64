"""What one example costs at each logit: cross-entropy against squared error, and the push that each gives."""

import numpy as np
from matplotlib.lines import Line2D

from mlpkit.activations import sigmoid, softplus
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_Z = np.linspace(-10.0, 10.0, 401)


def cross_entropy(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy of the label y at logits z, and its derivative p - y."""
    return softplus(z) - y * z, sigmoid(z) - y


def squared_error(z: np.ndarray, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (p - y)^2 at logits z, p = sigmoid(z), and its derivative 2 (p - y) p (1 - p)."""
    p = sigmoid(z)
    return (p - y) ** 2, 2.0 * (p - y) * p * (1.0 - p)


def logit_losses(**start: object) -> Explorer:
    """Return both losses and both derivatives over the logit of one example, with markers to take and move."""
    picture, axes = figure(1, 2, width=9.0, height=3.6)
    styles = {
        "cross-entropy": (cross_entropy, COLOURS["blue"], "-", "o"),
        "squared error": (squared_error, COLOURS["red"], "--", "^"),
    }
    curves, markers = [], []
    for ax in axes:
        for _, colour, line, marker in styles.values():
            curves += ax.plot(_Z, _Z, line, color=colour, linewidth=2, animated=True)
            markers += ax.plot([0], [0], marker, color=colour, markeredgecolor="black", markersize=9, animated=True)
        ax.set(xlim=(-10, 10), xlabel="logit z")
    axes[0].set(ylim=(-0.3, 10), ylabel="loss of one example", title="what it costs")
    axes[1].set(ylim=(-0.05, 1.05), ylabel="|derivative|", title="how hard it pushes")
    axes[0].legend(handles=_handles(styles), loc="upper center", fontsize=9)

    def update(z: float, y: int) -> str:
        said = []
        for n, (name, (function, *_)) in enumerate(styles.items()):
            value, slope = function(_Z, y)
            at, slope_at = function(np.array([z]), y)
            for panel, (line, dot) in enumerate([(value, at), (np.abs(slope), np.abs(slope_at))]):
                curves[2 * panel + n].set_ydata(line)
                markers[2 * panel + n].set_data([z], dot)
            said.append(f"{name} {at[0]:.3f} with derivative {slope_at[0]:.4f}")
        return f"At logit {z:.1f} with label {y}, probability {sigmoid(np.array([z]))[0]:.4f}: {', '.join(said)}."

    controls = {"z": slider("logit z", -10, 10, -6, 0.1), "y": choice("label y", {"y = 0": 0, "y = 1": 1}, 1)}

    def steepest(z: float, y: int) -> tuple[bool, str]:
        slopes = np.abs(squared_error(_Z, y)[1])
        now = abs(squared_error(np.array([z]), y)[1][0])
        return now > 0.9999 * slopes.max(), f"it pushes with {now:.3f}, at most with {slopes.max():.3f}."

    def where(panel: int) -> np.ndarray:
        return np.array([np.concatenate(marker.get_data()) for marker in markers[2 * panel : 2 * panel + 2]])

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(ax, lambda n=n: where(n), lambda k, x, y: {"z": x}, "the logit") for n, ax in enumerate(axes)],
        tries="move the logit to the wrong side, far out, and look at which loss still pushes.",
        goal=goal("find the logit at which the squared error pushes hardest.", steepest),
        code=[cross_entropy, squared_error],
        start=start,
    )


def _handles(styles: dict) -> list[Line2D]:
    """Return legend entries with line and marker; the artists themselves move and stay out of the background."""
    return [
        Line2D([], [], color=colour, linestyle=line, marker=marker, label=name)
        for name, (_, colour, line, marker) in styles.items()
    ]
