"""A product of Jacobians, bracketed from the left or from the right: how many multiplications each way takes."""

from itertools import pairwise

import numpy as np
from matplotlib.collections import PolyCollection

from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import whole_slider
from mlpkit.widgets.explorer import Explorer, goal

_MOST = 100


def bracketing(**start: object) -> Explorer:
    """Return the Jacobians of a chain of three layers, of widths to drag, and the price of their product.

    Left the three matrices, to scale: as many rows as outputs, as many columns as inputs. Right the number of
    multiplications, in forward mode (from the inputs on) and in reverse mode (from the outputs back).
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=3.8)
    left.set(xlim=(0, 3.3), ylim=(0.05, 1.3), title="Jacobians, last layer first")
    left.set_axis_off()
    colours = [COLOURS["sky"], COLOURS["orange"], COLOURS["green"]]
    blocks = PolyCollection([], facecolors=colours, edgecolors="0.2", animated=True)
    left.add_collection(blocks)
    names = [left.text(0.05 + 1.1 * k, 1.2, "", fontsize=10, va="center", animated=True) for k in range(3)]
    bars = PolyCollection([], facecolors=[COLOURS["blue"], COLOURS["red"]], animated=True)
    right.add_collection(bars)
    right.set(xlim=(0.4, 2.6), ylim=(1, 10**6.3), yscale="log", ylabel="multiplications", title="for all derivatives")
    right.set_xticks([1, 2], ["forward mode\nJ₃ (J₂ J₁)", "reverse mode\n(J₃ J₂) J₁"], fontsize=9)
    labels = [right.text(k, 1, "", ha="center", va="bottom", fontsize=9, animated=True) for k in (1, 2)]

    def update(inputs: int, first: int, second: int, outputs: int) -> str:
        widths = (inputs, first, second, outputs)
        sizes = [(b, a) for a, b in pairwise(widths)][::-1]  # rows, columns
        blocks.set_verts([_block(0.05 + 1.1 * k, rows, columns) for k, (rows, columns) in enumerate(sizes)])
        for name, letter, (rows, columns) in zip(names, ("J₃", "J₂", "J₁"), sizes, strict=True):
            name.set_text(f"{letter}  {rows} × {columns}")
        costs = multiplications(widths)
        heights = [costs["forward"], costs["reverse"]]
        bars.set_verts([[(k - 0.3, 1), (k + 0.3, 1), (k + 0.3, h), (k - 0.3, h)] for k, h in enumerate(heights, 1)])
        for label, k, h in zip(labels, (1, 2), heights, strict=True):
            label.set(position=(k, 1.1 * h), text=f"{h:,}")
        a, b = costs["forward"], costs["reverse"]
        if a == b:
            verdict = "both ways cost the same"
        else:
            verdict = f"{'forward' if a < b else 'reverse'} mode is {max(a, b) / min(a, b):.3g} times cheaper"
        return (
            f"Widths {inputs}, {first}, {second}, {outputs} from the inputs to the outputs: forward mode takes "
            f"{a:,} multiplications, reverse mode {b:,}; {verdict}."
        )

    controls = {
        "inputs": whole_slider("inputs", 1, _MOST, 100),
        "first": whole_slider("first layer", 1, _MOST, 30),
        "second": whole_slider("second layer", 1, _MOST, 30),
        "outputs": whole_slider("outputs", 1, _MOST, 10),
    }
    return Explorer(
        picture,
        controls,
        update,
        tries="Set the outputs to 1, as a loss has it. Then give the chain one input and many outputs.",
        goal=goal("Find widths for which forward mode is at least 20 times cheaper.", _judge),
        code=multiplications,
        start=start,
    )


def multiplications(widths: tuple[int, ...]) -> dict[str, int]:
    """What the product of the layers' Jacobians costs, from the inputs on and from the outputs back."""
    first, last = widths[0], widths[-1]
    forward = sum(first * a * b for a, b in pairwise(widths[1:]))  # (b, a) @ (a, inputs)
    reverse = sum(last * b * a for a, b in pairwise(widths[:-1]))  # (outputs, b) @ (b, a)
    return {"forward": forward, "reverse": reverse}


def _block(x: float, rows: int, columns: int) -> np.ndarray:
    """A matrix as a rectangle, 100 rows or columns as long as 1."""
    width, height = columns / _MOST, rows / _MOST
    return np.array([(x, 1.1), (x + width, 1.1), (x + width, 1.1 - height), (x, 1.1 - height)])


def _judge(inputs: int, first: int, second: int, outputs: int) -> tuple[bool, str]:
    costs = multiplications((inputs, first, second, outputs))
    ratio = costs["reverse"] / costs["forward"]
    return ratio >= 20, f"Reverse mode takes {ratio:.3g} times the multiplications of forward mode."
