"""One number added to all logits: softmax as it stands on paper breaks, and less the largest logit holds."""

import numpy as np

from mlpkit.layers import softmax_forward
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import choice, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import point

_BASE = np.array([0.0, 1.0, 2.0])
_TOP = 1.75
_TYPES = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


def overflow(**start: object) -> Explorer:
    """Return softmax of (c, c + 1, c + 2) by both ways in three number formats; drag c.

    Left the probabilities; right the size of the exponentials that each way computes, and what the format can hold.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.8)
    at = np.arange(len(_BASE))
    looks = {
        "as written": {"color": COLOURS["red"], "hatch": "//"},
        "largest logit subtracted": {"color": COLOURS["blue"]},
    }
    bars = []
    for n, (name, look) in enumerate(looks.items()):
        bars.append(left.bar(at + 0.35 * (n - 0.5), 0.5, width=0.33, edgecolor="black", label=name, **look))
        for bar in bars[n]:
            bar.set_animated(True)
    left.set(ylim=(0, 1.02), xticks=at, xlabel="class", ylabel="probability", title="softmax")
    (written,) = right.plot([], [], "^", color=COLOURS["red"], markeredgecolor="black", markersize=9, animated=True)
    (shifted,) = right.plot([], [], "o", color=COLOURS["blue"], markeredgecolor="black", markersize=8, animated=True)
    (limits,) = right.plot(
        [-0.5, 2.5, np.nan, -0.5, 2.5],
        [1, 1, np.nan, -1, -1],
        "--",
        color="black",
        linewidth=1.5,
        label="what the format holds",
    )
    right.set(xlim=(-0.5, 2.5), ylim=(-_TOP, _TOP), xticks=at, xlabel="class", ylabel="logarithm of the exponential")
    right.set_yticks([-1, 0, 1], ["smallest", "1", "largest"])
    right.set_title("size of the exponentials")
    handles = [*bars, limits]
    picture.legend(handles, [h.get_label() for h in handles], loc="outside lower center", ncols=3, fontsize=9)

    def update(c: int, number_format: str) -> str:
        dtype = _TYPES[number_format]
        exact = softmax_forward(_BASE)[0]
        p, e = as_written((_BASE + c).astype(dtype))
        for container, heights in zip(bars, (p, exact), strict=True):
            for bar, height in zip(container, heights, strict=True):
                bar.set_height(height if np.isfinite(height) else 0.0)
        written.set_data(at - 0.175, np.clip(in_parts(_BASE + c, dtype), -_TOP, _TOP))
        shifted.set_data(at + 0.175, in_parts(_BASE - _BASE.max(), dtype))
        said = ", ".join(f"{value:.3f}" for value in p)
        return (
            f"Logits ({c}, {c + 1}, {c + 2}) in {number_format}: the exponentials are "
            f"{', '.join(f'{float(value):.3g}' for value in e)}, and softmax as written gives {said}. "
            f"With the largest logit subtracted: {', '.join(f'{value:.3f}' for value in exact)}."
        )

    controls = {
        "c": whole_slider("shift c", -1200, 1200, 0),
        "number_format": choice("numbers", {name: name for name in _TYPES}, "float64"),
    }

    def breaking(c: int, number_format: str) -> tuple[bool, str]:
        breaks, before = (
            not np.isfinite(as_written((_BASE + at).astype(_TYPES[number_format]))[0]).all() for at in (c, c - 1)
        )
        return bool(c > 0 and breaks and not before), f"at c = {c} it {'breaks' if breaks else 'holds'}."

    def to_shift(k: int, x: float, y: float) -> dict[str, object]:
        small, large = ends(_TYPES[controls["number_format"].value])
        return {"c": y * (large if y > 0 else -small) - _BASE[k]}

    return Explorer(
        picture,
        controls,
        update,
        hands=[point(right, lambda: np.transpose(written.get_data()), to_shift, "exponential")],
        tries="go up until the bars of softmax as written are gone; then far down.",
        goal=goal("find the smallest positive c at which softmax as written breaks.", breaking),
        code=as_written,
        start=start,
    )


def ends(dtype: type) -> tuple[float, float]:
    """Return the logarithms of the smallest and the largest positive number of a format: about -745 and 710."""
    kind = np.finfo(dtype)
    return float(np.log(np.float64(kind.smallest_subnormal))), float(np.log(np.float64(kind.max)))


def in_parts(z: np.ndarray, dtype: type) -> np.ndarray:
    """Return logarithms z (K,) in parts of what a format holds: 1 is its largest number, -1 its smallest, (K,)."""
    small, large = ends(dtype)
    return np.where(z > 0, z / large, -z / small)


def as_written(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return e^z / sum(e^z) for z (K,) in its own dtype, with nothing done against overflow, and e^z."""
    with np.errstate(all="ignore"):  # what goes wrong is what is to be seen
        e = np.exp(z)
        return e / e.sum(), e
