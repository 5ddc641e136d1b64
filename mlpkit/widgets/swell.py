"""The swell of a formula: x (1 - x), put into itself again and again, as a formula and as a graph."""

import numpy as np

from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import whole_slider
from mlpkit.widgets.explorer import Explorer, goal

_MOST = 20


def swell(**start: object) -> Explorer:
    """Return the size of the derivative of an iterated x (1 - x): as a formula written out, and as a graph."""
    picture, (left, right) = figure(1, 2, width=9.0, height=3.8)
    times = np.arange(_MOST + 1)
    formulas, graphs = np.array([formula_size(n) for n in times]), np.array([graph_size(n) for n in times])
    (a,) = left.plot([], [], "o-", color=COLOURS["red"], markersize=4, animated=True, label="formula of f′")
    (b,) = left.plot([], [], "s--", color=COLOURS["blue"], markersize=4, animated=True, label="graph, both ways")
    left.set(xlim=(-0.5, _MOST + 0.5), ylim=(0.7, 10**8), yscale="log", xlabel="times put in", ylabel="operations")
    left.set(xticks=range(0, _MOST + 1, 5), title="size")
    left.legend(loc="upper left", fontsize=9)
    right.set_axis_off()
    right.set_title("the formula of f′")
    shown = right.text(0.0, 0.97, "", va="top", ha="left", fontsize=9, family="monospace",
                       transform=right.transAxes, animated=True)  # fmt: skip

    def update(times_in: int) -> str:
        a.set_data(times[: times_in + 1], np.maximum(formulas[: times_in + 1], 1))
        b.set_data(times[: times_in + 1], np.maximum(graphs[: times_in + 1], 1))
        text = written(times_in)
        lines = [text[k : k + 32] for k in range(0, min(len(text), 192), 32)]
        shown.set_text("\n".join(lines) + (" ..." if len(text) > 192 else ""))
        return (
            f"x (1 − x), put into itself {times_in} times: the derivative's formula has {formulas[times_in]:,} "
            f"operations, and {length(times_in):,} signs to write; the graph, both ways, has {graphs[times_in]:,}."
        )

    controls = {"times_in": whole_slider("put in", 0, _MOST, 0)}
    return Explorer(
        picture,
        controls,
        update,
        play="times_in",
        tries="Step on, and read the formula while you can.",
        goal=goal("From where on has the formula more than a million operations?", _judge),
        code=formula_size,
        start=start,
    )


def formula_size(n: int) -> int:
    """Operations in the derivative of f_n, written out by the product rule and not simplified.

    f_0 = x, f_(k+1) = f_k (1 - f_k); its derivative is f_k' (1 - f_k) - f_k f_k'.
    """
    formula, derivative = 0, 0
    for _ in range(n):
        formula, derivative = 2 * formula + 2, 2 * derivative + 2 * formula + 4
    return derivative


def graph_size(n: int) -> int:
    """Operations by the graph: each time 2 forward, and back a product and a sum for each of 3 edges."""
    return 8 * n


def written(n: int) -> str:
    """The derivative of f_n as a formula, cut off where it gets longer than can be shown."""
    f, df = "x", "1"
    for _ in range(n):
        f, df = f"({f}*(1-{f}))"[:2000], f"({df}*(1-{f})-{f}*{df})"[:2000]
    return df


def length(n: int) -> int:
    """How many signs the formula of `written` has when it is not cut off."""
    f, df = 1, 1
    for _ in range(n):
        f, df = 2 * f + 7, 2 * df + 2 * f + 9
    return df


def _judge(times_in: int) -> tuple[bool, str]:
    size = formula_size(times_in)
    before = formula_size(times_in - 1) if times_in else 0
    return size > 1e6 >= before, f"Put in {times_in} times, the formula has {size:,} operations."
