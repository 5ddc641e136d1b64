"""Forward mode: dual numbers a + b eps with eps^2 = 0 carry one derivative along with the value.

Source: Clifford 1873; Wengert 1964.
"""

from collections.abc import Callable, Sequence
from typing import Self

from mlpkit.arguments import number
from mlpkit.autodiff.rules import Differentiable
from mlpkit.autodiff.scalar import Var, topological_order


class Dual(Differentiable):
    """A number and its derivative by the one input whose own derivative was set to 1."""

    __slots__ = ("derivative",)

    def __init__(self, value: float, derivative: float = 0.0) -> None:
        super().__init__(value)
        self.derivative = number("derivative", derivative)

    @classmethod
    def _result(cls, value: float, operation: str, *parents: tuple[Differentiable, float]) -> Self:
        return cls(value, sum(local * parent.derivative for parent, local in parents))

    def __repr__(self) -> str:
        return f"Dual({self.value:g}, {self.derivative:g})"


def forward_gradient(f: Callable[[list[Dual]], Dual], xs: Sequence[float]) -> list[float]:
    """[d f / d x for every x of xs], at xs, by as many calls of f as there are inputs; f takes a list of Dual."""
    derivatives = []
    for i in range(len(xs)):
        output = f([Dual(x, float(i == j)) for j, x in enumerate(xs)])
        if not isinstance(output, Dual):
            raise TypeError(f"f must return a Dual, but it returned {type(output).__name__}")
        derivatives.append(output.derivative)
    return derivatives


def operation_counts(f: Callable[[list[Var]], Var], xs: Sequence[float]) -> dict[str, int]:
    """How many local derivatives are multiplied for the whole gradient: one for each edge of the graph in "reverse"
    mode, and in "forward" mode that once for each input.
    """
    output = f([Var(x) for x in xs])
    edges = sum(len(node.parents) for node in topological_order(output))
    return {"reverse": edges, "forward": edges * len(xs)}
