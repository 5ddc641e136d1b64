"""Reverse mode on arrays: the same idea as `scalar`, with a whole array in every node and products of matrices.

A node keeps a function instead of a number: it takes the gradient by the node to the gradient by a parent
(a vector-Jacobian product), without ever writing the Jacobian down.
"""

from collections.abc import Callable

import numpy as np

from mlpkit.arguments import floats
from mlpkit.autodiff.scalar import topological_order

Pullback = Callable[[np.ndarray], np.ndarray]


class ArrayVar:
    """An array that remembers how it was made: `value`, and `grad` of the same shape after `output.backward()`."""

    __slots__ = ("grad", "parents", "pullbacks", "value")
    __array_ufunc__ = None

    def __init__(self, value: np.ndarray) -> None:
        (self.value,) = floats(value=(value, "..."))
        self.grad = np.zeros_like(self.value)
        self.parents: tuple[ArrayVar, ...] = ()
        self.pullbacks: tuple[Pullback, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def backward(self) -> None:
        """Set `grad` of every ancestor to d self / d ancestor; self must be one number. A second call gives the same.

        Raises ValueError if self has more than one entry.
        """
        if self.value.size != 1:
            raise ValueError(f"backward must start at one number, but its shape is {self.shape}: take a sum first")
        order = topological_order(self)
        for node in order:
            node.grad = np.zeros_like(node.value)
        self.grad = np.ones_like(self.value)
        for node in reversed(order):
            for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
                parent.grad = parent.grad + pullback(node.grad)

    def __add__(self, other: object) -> "ArrayVar":
        other = _wrap(other)
        return _node(self.value + other.value, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other: object) -> "ArrayVar":
        other = _wrap(other)
        return _node(self.value * other.value, (self, lambda g: g * other.value), (other, lambda g: g * self.value))

    def __truediv__(self, other: object) -> "ArrayVar":
        other = _wrap(other)
        out = self.value / other.value
        return _node(out, (self, lambda g: g / other.value), (other, lambda g: -g * out / other.value))

    def __matmul__(self, other: object) -> "ArrayVar":
        other = _wrap(other)
        if self.value.ndim != 2 or other.value.ndim != 2:
            raise ValueError(f"@ must stand between two matrices, but the shapes are {self.shape} and {other.shape}")
        out = self.value @ other.value
        return _node(out, (self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g))

    def __pow__(self, n: float) -> "ArrayVar":
        return _node(self.value**n, (self, lambda g: g * n * self.value ** (n - 1)))

    def __neg__(self) -> "ArrayVar":
        return _node(-self.value, (self, lambda g: -g))

    def __sub__(self, other: object) -> "ArrayVar":
        return self + -_wrap(other)

    def __rsub__(self, other: object) -> "ArrayVar":
        return _wrap(other) + -self

    def __rtruediv__(self, other: object) -> "ArrayVar":
        return _wrap(other) / self

    def __rmatmul__(self, other: object) -> "ArrayVar":
        return _wrap(other) @ self

    __radd__ = __add__
    __rmul__ = __mul__

    def __getitem__(self, index: object) -> "ArrayVar":
        def scatter(g: np.ndarray) -> np.ndarray:
            full = np.zeros_like(self.value)
            np.add.at(full, index, g)  # an entry that was picked twice collects twice
            return full

        return _node(self.value[index], (self, scatter))

    def exp(self) -> "ArrayVar":
        out = np.exp(self.value)
        return _node(out, (self, lambda g: g * out))

    def log(self) -> "ArrayVar":
        return _node(np.log(self.value), (self, lambda g: g / self.value))

    def tanh(self) -> "ArrayVar":
        out = np.tanh(self.value)
        return _node(out, (self, lambda g: g * (1 - out**2)))

    def relu(self) -> "ArrayVar":
        return _node(np.maximum(self.value, 0), (self, lambda g: g * (self.value > 0)))

    def sigmoid(self) -> "ArrayVar":
        out = np.exp(-np.logaddexp(0, -self.value))
        return _node(out, (self, lambda g: g * out * (1 - out)))

    def sum(self, axis: int | None = None) -> "ArrayVar":
        def spread(g: np.ndarray) -> np.ndarray:
            return np.broadcast_to(g if axis is None else np.expand_dims(g, axis), self.shape)

        return _node(self.value.sum(axis=axis), (self, spread))

    def mean(self) -> "ArrayVar":
        return self.sum() / self.value.size

    def logsumexp(self) -> "ArrayVar":
        """log sum exp over the last axis; its derivative is the softmax."""
        largest = self.value.max(axis=-1, keepdims=True)
        e = np.exp(self.value - largest)
        total = e.sum(axis=-1, keepdims=True)
        out = (largest + np.log(total))[..., 0]
        return _node(out, (self, lambda g: g[..., None] * e / total))

    def __repr__(self) -> str:
        return f"ArrayVar(shape={self.shape})"


def _node(value: np.ndarray, *parents: tuple[ArrayVar, Pullback]) -> ArrayVar:
    result = ArrayVar(value)
    result.parents = tuple(parent for parent, _ in parents)
    result.pullbacks = tuple(_summed_to(parent.shape, pullback) for parent, pullback in parents)
    return result


def _summed_to(shape: tuple[int, ...], pullback: Pullback) -> Pullback:
    """What was broadcast was used many times, so its gradient is the sum over all of them."""

    def summed(g: np.ndarray) -> np.ndarray:
        g = pullback(g)
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
        stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and g.shape[axis] != 1)
        return g.sum(axis=stretched, keepdims=True)

    return summed


def _wrap(other: object) -> ArrayVar:
    return other if isinstance(other, ArrayVar) else ArrayVar(other)
