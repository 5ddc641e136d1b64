"""Memory against work: which layers' outputs are kept for the way back, and which are computed again."""

import math

import numpy as np
from matplotlib.colors import ListedColormap

from mlpkit.plotting import COLOURS, figure
from mlpkit.widgets.controls import whole_slider
from mlpkit.widgets.explorer import Explorer, goal

LAYERS = 36
_TIMES = 3 * LAYERS  # forward, forward again (at most), and back
_EMPTY, _KEPT, _AGAIN = 0, 1, 2


def recomputation(**start: object) -> Explorer:
    """Return a chain of 36 layers, forward and back, of which every k-th output is kept and the rest made again.

    Left what is in memory while time goes on; right the most that is in memory at once, and the work, for each k.
    """
    picture, (left, right) = figure(1, 2, width=9.0, height=4.0)
    colours = ListedColormap(["white", COLOURS["blue"], COLOURS["orange"]])
    image = left.imshow(
        np.zeros((LAYERS, _TIMES)), cmap=colours, vmin=0, vmax=2, aspect="auto", origin="lower", animated=True,
        extent=(0, _TIMES, 0.5, LAYERS + 0.5), interpolation="nearest",
    )  # fmt: skip
    now = left.axvline(0, color=COLOURS["red"], linewidth=1.5, animated=True)
    left.set(xlabel="time, one layer a step", ylabel="layer", title="outputs in memory")
    gaps = np.arange(1, LAYERS + 1)
    peaks = np.array([peak(k) for k in gaps])
    work = np.array([steps(k) / (2 * LAYERS) for k in gaps])
    right.plot(gaps, peaks, color=COLOURS["blue"], label="most outputs in memory")
    right.plot(gaps, 20 * work, "--", color=COLOURS["red"], label="work (20: none twice)")
    (here,) = right.plot([], [], "o", color=COLOURS["orange"], markeredgecolor="0.2", markersize=9, animated=True)
    right.set(xlabel="keep every k-th output", ylabel="outputs, or work", ylim=(0, 40), title="memory and work")
    picture.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)

    def update(k: int, time: int) -> str:
        memory = schedule(k)
        shown = np.zeros((LAYERS, _TIMES))
        shown[:, : memory.shape[1]] = memory
        shown[:, time + 1 :] = 0
        image.set_data(shown)
        now.set_xdata([time, time])
        here.set_data([k, k], [peak(k), 20 * steps(k) / (2 * LAYERS)])
        held = int(np.count_nonzero(memory[:, min(time, memory.shape[1] - 1)]))
        extra = steps(k) - 2 * LAYERS
        return (
            f"One output in {k} is kept, time {time}: {held} outputs in memory now, {peak(k)} at most, of {LAYERS}. "
            f"{extra} layers are computed twice: {extra / (2 * LAYERS):.0%} more steps than without."
        )

    controls = {"k": whole_slider("keep every", 1, LAYERS, 1), "time": whole_slider("time", 0, _TIMES - 1, 0)}
    return Explorer(
        picture,
        controls,
        update,
        play="time",
        tries="Let the time run with k = 1, which keeps everything. Then with k = 6, and with k = 36.",
        goal=goal("Train these 36 layers with at most 12 outputs in memory.", _judge),
        code=schedule,
        start=start,
    )


def schedule(k: int) -> np.ndarray:
    """What is in memory, (layers, time): 1 for an output that was kept, 2 for one that is there for a while.

    Source: Chen, Xu, Zhang & Guestrin 2016, Training deep nets with sublinear memory cost.
    """
    memory, columns = np.zeros(LAYERS, dtype=int), []
    for layer in range(LAYERS):
        memory[layer] = _KEPT if layer % k == 0 else _AGAIN
        columns.append(memory.copy())
        if layer % k:
            memory[layer] = _EMPTY  # the next layer has seen it: it will be computed again
    for first in reversed(range(0, LAYERS, k)):
        for layer in range(first + 1, min(first + k, LAYERS)):
            memory[layer] = _AGAIN
            columns.append(memory.copy())
        for layer in reversed(range(first, min(first + k, LAYERS))):
            memory[layer] = _EMPTY  # its gradient is done: it is not needed any more
            columns.append(memory.copy())
    return np.array(columns).T


def peak(k: int) -> int:
    """The most outputs that are in memory at once."""
    return int(np.count_nonzero(schedule(k), axis=0).max())


def steps(k: int) -> int:
    """Layers computed in all: forward, again, and back."""
    return schedule(k).shape[1]


def _judge(k: int, time: int) -> tuple[bool, str]:
    best = math.isqrt(LAYERS)
    hint = "" if peak(k) <= 12 else f" The square root of {LAYERS} is {best}."
    return peak(k) <= 12, f"At most {peak(k)} outputs are in memory at once.{hint}"
