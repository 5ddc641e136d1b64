"""A computation graph, with values above the edges and gradients below them."""

from matplotlib.axes import Axes

from mlpkit.autodiff import Graph, Var, computation_graph
from mlpkit.plotting.style import COLOURS, new_axes


def graph(output: Var | Graph, ax: Axes | None = None) -> Axes:
    """Draw what `output` was made of, inputs on the left. Call `output.backward()` before, for the gradients."""
    drawn = output if isinstance(output, Graph) else computation_graph(output)
    rows = [node.y for node in drawn.nodes]
    columns = 1 + max(node.x for node in drawn.nodes)
    ax = new_axes(ax, min(12.0, 1.5 * max(3, columns)), max(2.0, 0.8 * (1 + max(rows) - min(rows))))
    for start, end in drawn.edges:
        _edge(ax, drawn, start, end)
    last = drawn.nodes[-1]
    ax.annotate("", (last.x + 0.75, last.y), (last.x, last.y), arrowprops=_arrow())
    _numbers(ax, last.x + 0.5, last.y, last.value, last.grad)
    for node in drawn.nodes:
        box = {"boxstyle": "circle,pad=0.35", "facecolor": "white", "edgecolor": COLOURS["black"]}
        ax.text(
            node.x,
            node.y,
            "σ" if node.label == "sigmoid" else node.label,
            ha="center",
            va="center",
            bbox=box,
            zorder=3,
        )
    ax.set(xlim=(-0.4, last.x + 0.9), ylim=(min(rows) - 0.6, max(rows) + 0.6))
    ax.set_axis_off()
    return ax


def _edge(ax: Axes, drawn: Graph, start: int, end: int) -> None:
    a, b = drawn.nodes[start], drawn.nodes[end]
    ax.annotate("", (b.x, b.y), (a.x, a.y), arrowprops=_arrow())
    part = 0.42 / (b.x - a.x)  # nearer to the start: at their ends edges run together
    _numbers(ax, a.x + part * (b.x - a.x), a.y + part * (b.y - a.y), a.value, a.grad)


def _numbers(ax: Axes, x: float, y: float, value: float, grad: float) -> None:
    clear = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # where an edge is steep it runs behind them
    ax.text(x, y + 0.06, f"{value:.4g}", color=COLOURS["blue"], ha="center", va="bottom", fontsize=9, bbox=clear)
    ax.text(x, y - 0.06, f"{grad:.4g}", color=COLOURS["red"], ha="center", va="top", fontsize=9, bbox=clear)


def _arrow() -> dict:
    return {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 14, "shrinkB": 14}
