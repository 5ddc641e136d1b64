"""Reverse mode on scalars: one pass back through the graph gives the derivative by every input.

Source: Linnainmaa 1970; in today's form Baydin, Pearlmutter, Radul & Siskind 2018.
"""

from collections.abc import Callable, Sequence
from typing import Self

from mlpkit.autodiff.rules import Differentiable


class Var(Differentiable):
    """A number that remembers how it was made.

    `value` is the number, `grad` is d output / d self after `output.backward()` (0.0 before). `parents` are the
    numbers it was made of, `local` its derivatives by each of them, `operation` what was done; `name` is for
    drawings. Raises TypeError or ValueError for a value that is no finite number.
    """

    __slots__ = ("__weakref__", "grad", "local", "name", "operation", "parents")

    def __init__(self, value: float, name: str = "") -> None:
        super().__init__(value)
        self.grad, self.parents, self.local, self.operation, self.name = 0.0, (), (), "", name

    @classmethod
    def _result(cls, value: float, operation: str, *parents: tuple[Differentiable, float]) -> Self:
        result = cls(value)
        result.parents = tuple(parent for parent, _ in parents)
        result.local = tuple(derivative for _, derivative in parents)
        result.operation = operation
        return result

    def backward(self) -> None:
        """Set `grad` of every ancestor, itself included, to d self / d ancestor; a second call gives the same."""
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, derivative in zip(node.parents, node.local, strict=True):
                # The chain rule is the product. The branch rule is the +=: what was used twice collects twice.
                parent.grad += derivative * node.grad

    def __repr__(self) -> str:
        return f"Var({self.value:g}, grad={self.grad:g})"


def topological_order(root: Var) -> list[Var]:
    """Every ancestor of `root` and then root, each after all of its parents; no recursion, so any depth will do."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def gradient(f: Callable[[list[Var]], Var], xs: Sequence[float]) -> list[float]:
    """[d f / d x for every x of xs], at xs, in one call of f, which takes a list of Var and returns a Var.

    Raises TypeError if f returns something else.
    """
    inputs = [Var(x) for x in xs]
    output = f(inputs)
    if not isinstance(output, Var):
        raise TypeError(f"f must return a Var, but it returned {type(output).__name__}")
    output.backward()
    return [x.grad for x in inputs]
