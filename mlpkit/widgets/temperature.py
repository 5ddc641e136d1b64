"""Softmax under a temperature: three logits, their probabilities, and the entropy from certain to undecided."""

import numpy as np

from mlpkit.layers import softmax_forward
from mlpkit.losses import log_softmax
from mlpkit.plotting import CLASS_COLOURS, COLOURS, figure
from mlpkit.widgets.controls import choice, log_slider, slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_T = np.geomspace(0.01, 100.0, 161)
_K = 3


def temperature(**start: object) -> Explorer:
    """Return three logits and a number that divides them (a temperature T) or multiplies them (alpha = 1 / T).

    Left the probabilities; right their entropy at every temperature, with a marker at the present one.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.6)
    bars = left.bar(np.arange(_K), np.ones(_K), width=0.6, color=CLASS_COLOURS[:_K], edgecolor="black")
    for bar in bars:
        bar.set_animated(True)
    left.set(ylim=(0, 1.02), xticks=range(_K), xlabel="class", ylabel="probability", title="softmax")
    (curve,) = right.plot(_T, _T, color=COLOURS["blue"], linewidth=2, animated=True)
    (here,) = right.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="black", markersize=10, animated=True)
    right.axhline(np.log(_K), color="black", linestyle="--", linewidth=1)
    right.text(0.012, np.log(_K) - 0.02, "log 3: uniform", fontsize=9, va="top")
    right.set(xscale="log", xlim=(_T[0], _T[-1]), ylim=(-0.03, 1.2), title="entropy at every temperature")
    right.set(xlabel="temperature T = 1 / α", ylabel="entropy (nats)")

    def update(z0: float, z1: float, z2: float, number: float, convention: str) -> str:
        z = np.array([z0, z1, z2])
        T = number if convention == "divide" else 1.0 / number
        p = softmax_forward(z, T)[0]
        for bar, height in zip(bars, p, strict=True):
            bar.set_height(height)
        curve.set_ydata(entropy(z / _T[:, None]))
        H = entropy(z / T)
        here.set_data([T], [H])
        what = f"divided by T = {number:.3g}" if convention == "divide" else f"multiplied by α = {number:.3g}"
        chances = ", ".join(f"{value:.3f}" for value in p)
        return (
            f"Logits ({z0:.1f}, {z1:.1f}, {z2:.1f}) {what}: probabilities {chances}; "
            f"entropy {H:.3f} nats of at most {np.log(_K):.3f}."
        )

    controls = {
        "z0": slider("logit z₀", -5, 5, 2.0, 0.1),
        "z1": slider("logit z₁", -5, 5, 1.0, 0.1),
        "z2": slider("logit z₂", -5, 5, 0.0, 0.1),
        "number": log_slider("T or α", -2, 2, 10**0.3),
        "convention": choice("logits are", {"divided by T": "divide", "multiplied by α": "multiply"}, "divide"),
    }

    def certain(z0: float, z1: float, z2: float, number: float, convention: str) -> tuple[bool, str]:
        same = all(controls[name].value == controls[name].first for name in ("z0", "z1", "z2"))
        H = entropy(np.array([z0, z1, z2]) / (number if convention == "divide" else 1.0 / number))
        return bool(same and H < 0.05), f"entropy {H:.3f}" + ("." if same else ", but the logits were changed.")

    def lift(k: int, x: float, y: float) -> dict[str, object]:
        """Set logit k so that its class gets the probability y, the other logits as they are."""
        z, number = np.array([controls[f"z{n}"].value for n in range(_K)]), controls["number"].value
        T = number if controls["convention"].value == "divide" else 1.0 / number
        p, others = np.clip(y, 1e-3, 1.0 - 1e-3), np.delete(z, k) / T
        rest = np.logaddexp.reduce(others)
        return {f"z{k}": T * (rest + np.log(p / (1.0 - p)))}

    def tops() -> np.ndarray:
        return np.array([[n, bar.get_height()] for n, bar in enumerate(bars)])

    def mark() -> np.ndarray:
        return np.transpose(here.get_data())

    def to_temperature(k: int, x: float, y: float) -> dict[str, object]:
        return {"number": x if controls["convention"].value == "divide" else 1.0 / x}

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(left, tops, lift, "probability"), point(right, mark, to_temperature, "temperature")],
        tries="take a bar by its top; then heat and cool the logits that you made.",
        goal=goal("be all but certain, entropy below 0.05, without touching a logit.", certain),
        code=[softmax_forward, entropy],
        start=start,
    )


def entropy(z: np.ndarray) -> np.ndarray:
    """Return -sum_k p_k log p_k in nats of p = softmax(z) along the last axis, for z (N, K) or (K,)."""
    log_p = log_softmax(z)
    return -np.sum(np.exp(log_p) * log_p, axis=-1)
