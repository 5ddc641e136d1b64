"""Are the probabilities true? Confidence against accuracy, and the loss, over the temperature."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from mlpkit.arguments import floats, labels
from mlpkit.layers import softmax_forward
from mlpkit.losses import softmax_cross_entropy_forward
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import log_slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point


def calibration(z: np.ndarray, y: np.ndarray, **start: object) -> Explorer:
    """Return the reliability of softmax(z / T) for logits z (N, K) and labels y (N,); drag T.

    Left, for each bin of confidence (the largest probability), how many examples lie in it and how many of them are
    right (DeGroot and Fienberg 1983); right the cross-entropy at every temperature.
    """
    (z,) = floats(z=(z, "N K"))
    y = labels("y", y, *z.shape)
    right = z.argmax(axis=1) == y
    picture, (diagram, losses) = figure(1, 2, width=9.0, height=4.0)
    diagram.plot([0, 1], [0, 1], "--", color="black", linewidth=1)
    (share,) = diagram.plot([], [], color=COLOURS["sky"], linewidth=1.5, animated=True)
    (line,) = diagram.plot([], [], "o-", color=COLOURS["blue"], markeredgecolor="black", markersize=8, animated=True)
    diagram.set(
        xlim=(0, 1.02), ylim=(0, 1.02), xlabel="confidence", ylabel="share", title="confidence against accuracy"
    )
    T_all = np.geomspace(0.1, 10.0, 201)
    curve = np.array([softmax_cross_entropy_forward(z / T, y)[0] for T in T_all])
    best = T_all[curve.argmin()]
    losses.plot(T_all, curve, color=COLOURS["blue"])
    losses.axvline(best, color=COLOURS["green"], linestyle=":", linewidth=2)
    (here,) = losses.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=10, animated=True)
    losses.set(xscale="log", yscale="log", xlim=(0.09, 11))
    losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    losses.yaxis.set(major_formatter="{x:g}", minor_formatter=NullFormatter())
    losses.set(xlabel="temperature T", ylabel="cross-entropy (nats)", title="loss; dotted: where it is smallest")
    picture.legend(handles=_handles(), loc="outside lower center", ncols=3, fontsize=9)

    def update(T: float, bins: int) -> str:
        confidence = softmax_forward(z, T)[0].max(axis=1)
        mean, accuracy, count = reliability(confidence, right, bins)
        some = count > 0
        line.set_data(mean[some], accuracy[some])
        edges = np.linspace(0.0, 1.0, bins + 1)
        share.set_data(np.repeat(edges, 2)[1:-1], np.repeat(count / len(y), 2))
        loss = softmax_cross_entropy_forward(z / T, y)[0]
        here.set_data([T], [loss])
        gap = np.sum(count[some] * np.abs(mean[some] - accuracy[some])) / len(y)
        return (
            f"Temperature {T:.3g}: mean confidence {confidence.mean():.1%}, accuracy {right.mean():.1%} on {len(y)} "
            f"examples; mean gap over {bins} bins {gap:.3f}; loss {loss:.3f}, smallest at T = {best:.2f}."
        )

    controls = {"T": log_slider("temperature T", -1, 1, 1.0), "bins": whole_slider("bins", 4, 20, 10)}

    def lowest(T: float, bins: int) -> tuple[bool, str]:
        loss = softmax_cross_entropy_forward(z / T, y)[0]
        return bool(loss < curve.min() + 0.002), f"loss {loss:.3f}, the smallest is {curve.min():.3f}."

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(losses, lambda: np.transpose(here.get_data()), lambda k, x, y: {"T": x}, "temperature")],
        tries="take the dot on the curve of the loss, and watch the points move towards the diagonal and past it.",
        goal=goal("bring the loss within 0.002 of the smallest.", lowest),
        code=reliability,
        start=start,
    )


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean confidence, share of right answers and number of examples in `bins` equal bins of (0, 1], (bins,).

    `confidence` (N,) is compared with `right` (N,) of True and False; an empty bin has NaN for its means.
    """
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(which, minlength=bins)
    divisor = np.where(count > 0, count, np.nan)
    sums = (np.bincount(which, weights=values, minlength=bins) for values in (confidence, right))
    mean, accuracy = (total / divisor for total in sums)
    return mean, accuracy, count


def _handles() -> list[Line2D]:
    """Return legend entries; the artists themselves move and stay out of the background."""
    return [
        Line2D([], [], color=COLOURS["blue"], marker="o", markeredgecolor="black", label="accuracy in the bin"),
        Line2D([], [], color=COLOURS["sky"], label="examples in the bin"),
        Line2D([], [], color="black", linestyle="--", label="confidence = accuracy"),
    ]
