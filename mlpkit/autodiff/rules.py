"""The derivative of every single operation on numbers: all that automatic differentiation knows of calculus.

Forward and reverse mode use the same local derivatives. They differ in what `_result` does with them: multiply them
at once (`dual`), or keep them for the way back (`scalar`).
"""

import math
import numbers
from typing import Self

from mlpkit.arguments import number


class Differentiable:
    """A number with the operators +, -, *, /, ** and the functions exp, log, tanh, sigmoid and relu."""

    __slots__ = ("value",)
    __array_ufunc__ = None  # so that a NumPy number on the left leaves the operation to this class

    def __init__(self, value: float) -> None:
        self.value = number("value", value)

    @classmethod
    def _result(cls, value: float, operation: str, *parents: tuple["Differentiable", float]) -> Self:
        """The number `value`; each parent comes with d value / d parent."""
        raise NotImplementedError

    # Addition: both derivatives are 1, so the gradient is handed on to both sides as it is.
    def __add__(self, other: object) -> Self:
        other = self._wrap(other)
        if other is None:
            return NotImplemented
        return self._result(self.value + other.value, "+", (self, 1.0), (other, 1.0))

    # Multiplication: each side's derivative is the other side's value.
    def __mul__(self, other: object) -> Self:
        other = self._wrap(other)
        if other is None:
            return NotImplemented
        return self._result(self.value * other.value, "*", (self, other.value), (other, self.value))

    def __truediv__(self, other: object) -> Self:
        other = self._wrap(other)
        if other is None:
            return NotImplemented
        if other.value == 0:
            raise ZeroDivisionError(f"the divisor must not be 0, but {self.value} was divided by 0")
        quotient = self.value / other.value
        return self._result(quotient, "/", (self, 1 / other.value), (other, -quotient / other.value))

    def __pow__(self, exponent: float) -> Self:
        if isinstance(exponent, Differentiable):
            raise TypeError("exponent must be a plain number: write x ** y as (y * x.log()).exp()")
        n, x = number("exponent", exponent), self.value
        if x == 0 and n < 1:
            raise ValueError(f"exponent must be at least 1 where the base is 0, but it is {n}")
        if x < 0 and n != int(n):
            raise ValueError(f"exponent must be whole where the base is negative, but it is {n} and the base {x}")
        return self._function(x**n, n * x ** (n - 1), f"** {exponent}")

    # A function: its derivative, at the value that went in.
    def exp(self) -> Self:
        try:
            e = math.exp(self.value)
        except OverflowError:
            raise ValueError(f"exp must be taken of a number below 709.78, but it is {self.value}") from None
        return self._function(e, e, "exp")

    def log(self) -> Self:
        if self.value <= 0:
            raise ValueError(f"log must be taken of a positive number, but it is {self.value}")
        return self._function(math.log(self.value), 1 / self.value, "log")

    def tanh(self) -> Self:
        t = math.tanh(self.value)
        return self._function(t, 1 - t * t, "tanh")

    def sigmoid(self) -> Self:
        e = math.exp(-abs(self.value))
        s = (1 if self.value >= 0 else e) / (1 + e)
        return self._function(s, e / (1 + e) ** 2, "sigmoid")

    def relu(self) -> Self:
        return self._function(max(self.value, 0.0), 1.0 if self.value > 0 else 0.0, "relu")

    # Everything else is made of these.
    def __neg__(self) -> Self:
        return self._function(-self.value, -1.0, "-")

    def __sub__(self, other: object) -> Self:
        other = self._wrap(other)
        if other is None:
            return NotImplemented
        return self._result(self.value - other.value, "-", (self, 1.0), (other, -1.0))

    def __rsub__(self, other: object) -> Self:
        other = self._wrap(other)
        return NotImplemented if other is None else other - self

    def __rtruediv__(self, other: object) -> Self:
        other = self._wrap(other)
        return NotImplemented if other is None else other / self

    __radd__ = __add__
    __rmul__ = __mul__

    def _function(self, value: float, derivative: float, operation: str) -> Self:
        return self._result(value, operation, (self, derivative))

    def _wrap(self, other: object) -> Self | None:
        """A plain number becomes a constant of this class; None says that it is no number."""
        if isinstance(other, type(self)):
            return other
        return type(self)(other) if isinstance(other, numbers.Real) else None
