"""The likelihood of a neuron, one example at a time: how probable each label was, and what they cost together."""

import numpy as np

from mlpkit.activations import log_sigmoid, sigmoid
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_X = np.array([-2.6, -2.1, -1.7, -1.2, -0.9, -0.3, 0.1, 0.6, 1.0, 1.5, 2.0, 2.7])
_Y = np.array([0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1])


def likelihood(**start: object) -> Explorer:
    """Return twelve examples and a neuron with one input: each label's probability as a bar, their product so far."""
    picture, (plane, sums) = figure(1, 2, width=9.0, height=3.8)
    x = np.linspace(-3, 3, 121)
    (curve,) = plane.plot(x, x, color=COLOURS["blue"], linewidth=2, animated=True)
    bars = plane.vlines(_X, _Y, _Y, color=COLOURS["orange"], linewidth=4, alpha=0.8, animated=True)
    plane.plot(_X[_Y == 1], _Y[_Y == 1], "^", color="black", markersize=8, label="label 1")
    plane.plot(_X[_Y == 0], _Y[_Y == 0], "o", color="white", markeredgecolor="black", markersize=8, label="label 0")
    (half,) = plane.plot([0], [0.5], "s", color="white", markeredgecolor=COLOURS["blue"], markersize=9, animated=True)
    plane.set(xlim=(-3, 3), ylim=(-0.08, 1.08), xlabel="input x", ylabel="probability of label 1")
    plane.set_title("bars: what each label was given")
    (line,) = sums.plot([], [], "o-", color=COLOURS["orange"], linewidth=2, animated=True)
    (mean,) = sums.plot([0, 12], [0, 0], ":", color="black", animated=True)
    sums.set(xlim=(0, 12.3), ylim=(-20, 0.8), xlabel="examples so far", ylabel="sum of log probabilities")
    sums.set_title("log-likelihood; dotted: guessing")

    def update(n: int, w: float, b: float) -> str:
        curve.set_ydata(sigmoid(w * x + b))
        given = label_probabilities(_X, _Y, w, b)
        from_end = np.where(_Y == 1, 0.0, 1.0)
        ends = np.where(_Y == 1, given, 1.0 - given)
        bars.set_segments([[(_X[k], from_end[k]), (_X[k], ends[k])] for k in range(n)])
        half.set_data([np.clip(-b / w, -3, 3) if w else 0.0], [0.5])
        logs = np.concatenate([[0.0], np.cumsum(np.log(given[:n]))])
        line.set_data(np.arange(n + 1), logs)
        mean.set_data([0, 12], [0, -12 * np.log(2)])
        if n == 0:
            return f"Neuron with w = {w:.1f}, b = {b:.1f}; no example yet, so the likelihood is 1."
        return (
            f"Neuron with w = {w:.1f}, b = {b:.1f}; after {n} examples the last label had the probability "
            f"{given[n - 1]:.3f}; the likelihood is {np.exp(logs[-1]):.2g}, its logarithm {logs[-1]:.2f}, "
            f"the mean loss {-logs[-1] / n:.3f}."
        )

    controls = {
        "n": whole_slider("examples", 0, len(_X), 0),
        "w": slider("weight w", -6, 6, 1, 0.1),
        "b": slider("bias b", -6, 6, 1.5, 0.1),
    }

    def likely(n: int, w: float, b: float) -> tuple[bool, str]:
        loss = -np.mean(np.log(label_probabilities(_X, _Y, w, b)))
        return bool(n == len(_X) and loss < 0.42), f"after {n} examples; over all twelve it is {loss:.3f}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            point(plane, lambda: np.column_stack(half.get_data()), lambda k, x, y: {"b": -controls["w"].value * x},
                  "where p is one half")
        ],
        play="n",
        tries="press Play; then make the neuron steeper, and see what the label 1 at −1.2 and the 0 at 0.6 cost.",
        goal=goal("a mean loss below 0.42 over all twelve. Is steeper always better?", likely),
        code=label_probabilities,
        start=start,
    )  # fmt: skip


def label_probabilities(x: np.ndarray, y: np.ndarray, w: float, b: float) -> np.ndarray:
    """Return the probability that the neuron gives to each label as it is: p where y = 1, 1 - p where y = 0, (N,)."""
    z = w * x + b
    return np.exp(log_sigmoid(np.where(y == 1, z, -z)))
