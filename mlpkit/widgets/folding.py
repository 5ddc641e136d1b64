"""Paper folding: a strip folded by layers of two ReLU units, pierced once, and unfolded again."""

import numpy as np

from mlpkit.approximation import sawtooth_preimages
from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import slider, whole_slider
from mlpkit.widgets.explorer import Explorer, goal
from mlpkit.widgets.hands import area, line

_MOST = 6
_X = np.linspace(0.0, 1.0, 64 * 8 + 1)


def folding(**start: object) -> Explorer:
    """Return the sawtooth as a strip of paper: folded forward to `depth` layers, pierced, and unfolded backward.

    Left the strip, folded in the middle and stretched by each layer; right the same as a graph over the input. What
    is pierced at one output value is found at 2 ** depth inputs (Montufar et al. 2014; Telgarsky 2016).
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.0)
    left.set(xlim=(-0.08, 1.08), ylim=(-0.1, 1.1), xlabel="where the layer puts it", yticks=[])
    left.set_title("the strip, its sheets drawn apart")
    right.set(xlim=(-0.03, 1.03), ylim=(-0.05, 1.08), xlabel="input $x$", ylabel="where it is")
    right.set_title("the same, over the input")
    left.spines["left"].set_visible(False)
    (strip,) = left.plot([], [], color=COLOURS["blue"], linewidth=2.5, animated=True)
    (holes,) = left.plot([], [], "o", color=COLOURS["red"], markersize=6, animated=True)
    (graph,) = right.plot([], [], color=COLOURS["blue"], linewidth=1.8, animated=True, label="where the layers put x")
    (level,) = right.plot([], [], "--", color="0.35", linewidth=1.2, animated=True, label="output that is pierced")
    (inputs,) = right.plot([], [], "o", color=COLOURS["red"], markersize=6, animated=True, label="inputs with it")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)

    def update(step: float, depth: int, height: float) -> str:
        state, pierced = folds(step, depth)
        found = sawtooth_preimages(depth, height)
        strip.set_data(*sheets(_X, state, depth))
        graph.set_data(_X, folded(_X, state)[0])
        level.set_data([0.0, 1.0], [height, height])
        holes.set_data(*(sheets(found, state, depth) if pierced else ([], [])))
        inputs.set_data(found if pierced else [], folded(found, state)[0] if pierced else [])
        done = f"{state:.2f} of {depth} folds"
        if not pierced:
            return f"Forward: {done}; nothing is pierced yet at {height:.2f}."
        first = ", ".join(f"{x:.3f}" for x in found[:4])
        return (
            f"Backward: {done} are left; the one hole at {height:.2f} is {len(found)} holes, at the inputs {first}"
            f"{' and on' if len(found) > 4 else ''}."
        )

    controls = {
        "depth": whole_slider("layers", 1, _MOST, 3),
        "height": slider("output value", 0.02, 0.98, 0.7, 0.02),
        "step": slider("fold, then unfold", 0, 2, 0, 0.02),
    }

    def press(x: float, y: float) -> dict[str, object]:
        """Pierce at a height; before it is folded, there is nothing to pierce."""
        return {"height": y, "step": max(controls["step"].value, 1.0)}

    def many(step: float, depth: int, height: float) -> tuple[bool, str]:
        count = 2**depth if folds(step, depth)[1] else 0
        return bool(count == 32 and step == 2), f"{count} so far, {step:.2f} of 2 steps."

    return Explorer(
        picture,
        controls,
        update,
        hands=[
            line(right, lambda: np.transpose(level.get_data()), lambda k, x, y: press(x, y), "output value"),
            area(right, press, "output value"),
        ],
        play="step",
        tries="press Play, and guess before the end how many holes there are; then take the dashed line.",
        goal=goal("Make 32 holes by piercing once, and unfold them all.", many),
        code=[folded, sawtooth_preimages],
        start=start,
    )


def folds(step: float, depth: int) -> tuple[float, bool]:
    """Return how many folds there are at a step, 0 to 1 forward and 1 to 2 backward, and whether it is pierced."""
    return round(depth * (step if step <= 1.0 else 2.0 - step), 10), step >= 1.0


def folded(x: np.ndarray, state: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where x (N,) is after `state` folds, and in which sheet from below; fractions lie between."""
    at, sheet = x.copy(), np.zeros(len(x))
    for k in range(int(np.ceil(state))):
        part = min(state - k, 1.0)
        over = at > 0.5
        new = 2 * np.maximum(at, 0) - 4 * np.maximum(at - 0.5, 0)
        above = np.where(over, 2.0 ** (k + 1) - 1 - sheet, sheet)
        at, sheet = (1 - part) * at + part * new, (1 - part) * sheet + part * above
    return at, sheet


def sheets(x: np.ndarray, state: float, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the left panel the points x (N,) of the strip are."""
    at, sheet = folded(x, state)
    return at, sheet / max(2**depth - 1, 1)
