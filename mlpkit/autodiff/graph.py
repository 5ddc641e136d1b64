"""A computation as a graph to draw: where each node goes, its value and its gradient."""

from dataclasses import dataclass

from mlpkit.autodiff.scalar import Var, topological_order


@dataclass(frozen=True)
class Node:
    """A node at column `x` (how many operations deep) and row `y`; `label` is its operation, name or value."""

    label: str
    value: float
    grad: float
    x: int
    y: float


@dataclass(frozen=True)
class Graph:
    """`nodes`, inputs first and the output last, and `edges`, pairs (from, to) of indices into them.

    What stands at an edge is its start's: the value above, the gradient below.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]


def computation_graph(output: Var) -> Graph:
    """The graph of everything `output` was made of; call `output.backward()` before, for the gradients."""
    if not isinstance(output, Var):
        raise TypeError(f"output must be a Var, not {type(output).__name__}")
    order = topological_order(output)
    column: dict[int, int] = {}
    for node in order:
        column[id(node)] = 1 + max((column[id(parent)] for parent in node.parents), default=-1)
    _move_inputs_next_to_use(order, column)
    index = {id(node): i for i, node in enumerate(order)}
    rows = _rows(order, column)
    nodes = tuple(
        Node(
            node.operation or node.name or f"{node.value:g}", node.value, node.grad, column[id(node)], rows[id(node)]
        )
        for node in order
    )
    edges = tuple((index[id(parent)], index[id(node)]) for node in order for parent in node.parents)
    return Graph(nodes, edges)


def _move_inputs_next_to_use(order: list[Var], column: dict[int, int]) -> None:
    """An unnamed constant stands one column before its first use; named inputs stay in a line on the left."""
    for node in order:
        for parent in node.parents:
            if not parent.parents and not parent.name:
                uses = [column[id(n)] for n in order if parent in n.parents]
                column[id(parent)] = min(uses) - 1


def _rows(order: list[Var], column: dict[int, int]) -> dict[int, float]:
    """Rows from 0 downwards, each column centred on the same line."""
    members: dict[int, list[Var]] = {}
    for node in order:
        members.setdefault(column[id(node)], []).append(node)
    return {id(node): (len(nodes) - 1) / 2 - i for nodes in members.values() for i, node in enumerate(nodes)}
