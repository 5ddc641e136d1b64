import math

import numpy as np

from tests.mutants.marks import Mutants

classes = Mutants("06_automatic_differentiation", "Dual")


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Pair:
    """The usual class. Most of those below change one thing in it."""

    def __init__(self, value, derivative=0.0):
        self.value, self.derivative = float(value), float(derivative)

    def lift(self, other):
        return other if isinstance(other, Pair) else type(self)(other)

    def __add__(self, other):
        other = self.lift(other)
        return type(self)(self.value + other.value, self.derivative + other.derivative)

    def __sub__(self, other):
        other = self.lift(other)
        return type(self)(self.value - other.value, self.derivative - other.derivative)

    def __mul__(self, other):
        other = self.lift(other)
        return type(self)(self.value * other.value, self.derivative * other.value + self.value * other.derivative)

    def __truediv__(self, other):
        other = self.lift(other)
        top = self.derivative * other.value - self.value * other.derivative
        return type(self)(self.value / other.value, top / other.value**2)

    def __pow__(self, n):
        return type(self)(self.value**n, n * self.value ** (n - 1) * self.derivative if n != 0 else 0.0)

    def __neg__(self):
        return type(self)(-self.value, -self.derivative)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self.lift(other) - self

    def __rtruediv__(self, other):
        return self.lift(other) / self

    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value) * self.derivative)

    def log(self):
        return type(self)(math.log(self.value), self.derivative / self.value)

    def tanh(self):
        t = math.tanh(self.value)
        return type(self)(t, (1 - t * t) * self.derivative)

    def sigmoid(self):
        s = sigmoid(self.value)
        return type(self)(s, s * (1 - s) * self.derivative)

    def relu(self):
        return type(self)(max(self.value, 0.0), self.derivative if self.value > 0 else 0.0)


@classes.right
class Plain(Pair):
    """As in the book."""


@classes.right
class OfFewRules:
    """Everything is made of +, * and functions of one number, each with its slope."""

    def __init__(self, value, derivative=0):
        self.value = np.float64(value)
        self.derivative = np.float64(derivative)

    def through(self, value, slope):
        return OfFewRules(value, slope * self.derivative)

    def __add__(self, other):
        if not isinstance(other, OfFewRules):
            return self.through(self.value + other, 1.0)
        return OfFewRules(self.value + other.value, self.derivative + other.derivative)

    def __mul__(self, other):
        if not isinstance(other, OfFewRules):
            return self.through(self.value * other, other)
        return OfFewRules(self.value * other.value, other.value * self.derivative + self.value * other.derivative)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -1 * other

    def __rsub__(self, other):
        return -self + other

    def __pow__(self, exponent):
        slope = exponent * self.value ** (exponent - 1.0) if exponent != 0 else 0.0
        return self.through(self.value**exponent, slope)

    def __truediv__(self, other):
        return self * (other**-1 if isinstance(other, OfFewRules) else 1 / other)

    def __rtruediv__(self, other):
        return self**-1 * other

    def exp(self):
        return self.through(np.exp(self.value), np.exp(self.value))

    def log(self):
        return self.through(np.log(self.value), 1 / self.value)

    def tanh(self):
        return self.through(np.tanh(self.value), 1 - np.tanh(self.value) ** 2)

    def sigmoid(self):
        s = np.exp(-np.logaddexp(0, -self.value))
        return self.through(s, s * (1 - s))

    def relu(self):
        return self.through(self.value * (self.value > 0), 1.0 * (self.value > 0))


@classes.right
class Tuples:
    """A tuple inside, and one helper that reads anything as a pair."""

    def __init__(self, value, derivative=0.0):
        self._pair = (float(value), float(derivative))

    @property
    def value(self):
        return self._pair[0]

    @property
    def derivative(self):
        return self._pair[1]

    @staticmethod
    def read(x):
        return x._pair if isinstance(x, Tuples) else (float(x), 0.0)

    def __add__(self, other):
        (a, da), (b, db) = self.read(self), self.read(other)
        return Tuples(a + b, da + db)

    def __radd__(self, other):
        return self.__add__(other)

    def __sub__(self, other):
        (a, da), (b, db) = self.read(self), self.read(other)
        return Tuples(a - b, da - db)

    def __rsub__(self, other):
        (a, da), (b, db) = self.read(other), self.read(self)
        return Tuples(a - b, da - db)

    def __mul__(self, other):
        (a, da), (b, db) = self.read(self), self.read(other)
        return Tuples(a * b, a * db + b * da)

    def __rmul__(self, other):
        return self.__mul__(other)

    def __truediv__(self, other):
        (a, da), (b, db) = self.read(self), self.read(other)
        return Tuples(a / b, da / b - a * db / b / b)

    def __rtruediv__(self, other):
        (a, da), (b, db) = self.read(other), self.read(self)
        return Tuples(a / b, da / b - a * db / b / b)

    def __neg__(self):
        return Tuples(-self.value, -self.derivative)

    def __pow__(self, n):
        x, dx = self._pair
        if n == 0:
            return Tuples(1.0)
        return Tuples(x**n, n * dx * x ** (n - 1))

    def exp(self):
        return Tuples(math.exp(self.value), self.derivative * math.exp(self.value))

    def log(self):
        return Tuples(math.log(self.value), self.derivative / self.value)

    def tanh(self):
        return 2 * (2 * self).sigmoid() - 1

    def sigmoid(self):
        e = math.exp(-abs(self.value))
        s = 1 / (1 + e)
        return Tuples(s if self.value >= 0 else 1 - s, e * s * s * self.derivative)

    def relu(self):
        return Tuples(*(self._pair if self.value > 0 else (0.0, 0.0)))


def _lifted(rule):
    def operator(self, other):
        if not isinstance(other, Rows):
            other = Rows(other)
        return Rows(*rule(self.value, self.derivative, other.value, other.derivative))

    return operator, lambda self, other: operator(Rows(other), self)


def _applied(f, slope):
    return lambda self: Rows(f(self.value), slope(self.value) * self.derivative)


class Rows:
    """One row an operation."""

    __slots__ = ("derivative", "value")

    def __init__(self, value, derivative=0.0):
        self.value, self.derivative = 1.0 * value, 1.0 * derivative

    __add__, __radd__ = _lifted(lambda a, da, b, db: (a + b, da + db))
    __sub__, __rsub__ = _lifted(lambda a, da, b, db: (a - b, da - db))
    __mul__, __rmul__ = _lifted(lambda a, da, b, db: (a * b, a * db + b * da))
    __truediv__, __rtruediv__ = _lifted(lambda a, da, b, db: (a / b, (da - a / b * db) / b))
    __neg__ = _applied(lambda a: -a, lambda a: -1)
    exp = _applied(math.exp, math.exp)
    log = _applied(math.log, lambda a: 1 / a)
    tanh = _applied(math.tanh, lambda a: 1 / math.cosh(a) ** 2 if abs(a) < 300 else 0.0)
    sigmoid = _applied(sigmoid, lambda a: sigmoid(a) * sigmoid(-a))
    relu = _applied(lambda a: a if a > 0 else 0, lambda a: int(a > 0))

    def __pow__(self, n):
        return _applied(lambda a: a**n, lambda a: n * a ** (n - 1) if n else 0)(self)


@classes.right
class ByRows(Rows):
    __slots__ = ()


@classes.wrong("missing-term")
class HalfAProductRule(Pair):
    def __mul__(self, other):
        other = self.lift(other)
        return type(self)(self.value * other.value, self.derivative * other.value)


@classes.wrong("wrong-derivative-formula")
class ProductOfDerivatives(Pair):
    def __mul__(self, other):
        other = self.lift(other)
        return type(self)(self.value * other.value, self.derivative * other.derivative)


@classes.wrong("sign")
class QuotientWithPlus(Pair):
    def __truediv__(self, other):
        other = self.lift(other)
        top = self.derivative * other.value + self.value * other.derivative
        return type(self)(self.value / other.value, top / other.value**2)


@classes.wrong("wrong-derivative-formula")
class QuotientWithoutSquare(Pair):
    def __truediv__(self, other):
        other = self.lift(other)
        top = self.derivative * other.value - self.value * other.derivative
        return type(self)(self.value / other.value, top / other.value)


@classes.wrong("sign")
class DifferenceAddsDerivatives(Pair):
    def __sub__(self, other):
        other = self.lift(other)
        return type(self)(self.value - other.value, self.derivative + other.derivative)


@classes.wrong("upstream-ignored")
class ExpWithoutItsInside(Pair):
    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value))


@classes.wrong("upstream-ignored")
class FunctionsWithoutTheirInside(Pair):
    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value))

    def log(self):
        return type(self)(math.log(self.value), 1 / self.value)

    def tanh(self):
        return type(self)(math.tanh(self.value), 1 - math.tanh(self.value) ** 2)

    def sigmoid(self):
        s = sigmoid(self.value)
        return type(self)(s, s * (1 - s))

    def relu(self):
        return type(self)(max(self.value, 0.0), float(self.value > 0))


@classes.wrong("upstream-ignored")
class PowerWithoutItsInside(Pair):
    def __pow__(self, n):
        return type(self)(self.value**n, n * self.value ** (n - 1))


@classes.wrong("activation-derivative-missing")
class LogHandsOn(Pair):
    def log(self):
        return type(self)(math.log(self.value), self.derivative)


@classes.wrong("slide-bug-(1-z)^2")
class SlideTanh(Pair):
    def tanh(self):
        t = math.tanh(self.value)
        return type(self)(t, (1 - t) ** 2 * self.derivative)


@classes.wrong("wrong-derivative-formula")
class PowerKeepsItsExponent(Pair):
    def __pow__(self, n):
        return type(self)(self.value**n, n * self.value**n * self.derivative)


@classes.wrong("kink-wrong-side")
class ReluFromTheRight(Pair):
    def relu(self):
        return type(self)(max(self.value, 0.0), self.derivative if self.value >= 0 else 0.0)


@classes.wrong("overflow")
class NaiveSigmoid(Pair):
    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.value))
        return type(self)(s, s * (1 - s) * self.derivative)


@classes.wrong("wrong-derivative-formula")
class ConstantsMove(Pair):
    def lift(self, other):
        return other if isinstance(other, Pair) else type(self)(other, 1.0)


@classes.wrong("operand-order")
class ReflectedDifference(Pair):
    def __rsub__(self, other):
        return self - other


@classes.wrong("operand-order")
class ReflectedQuotient(Pair):
    def __rtruediv__(self, other):
        return self / other


@classes.wrong("number-not-wrapped")
class OnlyDuals(Pair):
    def lift(self, other):
        if not isinstance(other, Pair):
            raise TypeError("a Dual is expected")
        return other


@classes.wrong("number-not-wrapped")
class OnlyPythonsNumbers(Pair):
    def lift(self, other):
        if isinstance(other, Pair):
            return other
        return type(self)(other) if isinstance(other, int | float) else NotImplemented


@classes.wrong("returns-wrong-type")
class AsTheyCome(Pair):
    def __init__(self, value, derivative=0):
        self.value, self.derivative = value, derivative


@classes.wrong("mutates-input")
class TurnsItself(Pair):
    def __neg__(self):
        self.value *= -1
        self.derivative *= -1
        return self


@classes.wrong("numeric-differentiation")
class FunctionsByDifferences(Pair):
    def by_differences(self, f):
        slope = (f(self.value + 1e-6) - f(self.value - 1e-6)) / 2e-6
        return type(self)(f(self.value), slope * self.derivative)

    def exp(self):
        return self.by_differences(math.exp)

    def tanh(self):
        return self.by_differences(math.tanh)

    def sigmoid(self):
        return self.by_differences(sigmoid)


@classes.wrong("numeric-differentiation")
class ByTheComplexStep(Pair):
    def tanh(self):
        moved = np.tanh(complex(self.value, 1e-30 * self.derivative))
        return type(self)(moved.real, moved.imag * 1e30)


@classes.wrong("slide-bug-(1-z)^2", "kink-wrong-side")
class TwoSlips(Pair):
    def tanh(self):
        t = math.tanh(self.value)
        return type(self)(t, (1 - t) ** 2 * self.derivative)

    def relu(self):
        return type(self)(max(self.value, 0.0), self.derivative if self.value >= 0 else 0.0)
