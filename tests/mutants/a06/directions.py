import math

import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("06_automatic_differentiation", "directional_derivative")


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Pair:
    """A right Dual."""

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


class HalfAProductRule(Pair):
    def __mul__(self, other):
        other = self.lift(other)
        return type(self)(self.value * other.value, self.derivative * other.value)


class InsideLost(Pair):
    def log(self):
        return type(self)(math.log(self.value), 1 / self.value)

    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value))

    def tanh(self):
        return type(self)(math.tanh(self.value), 1 - math.tanh(self.value) ** 2)

    def sigmoid(self):
        s = sigmoid(self.value)
        return type(self)(s, s * (1 - s))


def carried_along(make, f, xs, direction):
    return f([make(x, d) for x, d in zip(xs, direction, strict=True)]).derivative


@answers.right
def plain(f, xs, direction):
    return f([Pair(x, d) for x, d in zip(xs, direction, strict=True)]).derivative


@answers.right
def mapped(f, xs, direction):
    out = f(list(map(Pair, xs, direction)))
    return np.float64(out.derivative)


@answers.right
def in_a_loop(f, xs, direction):
    duals = []
    for n in range(len(xs)):
        dual = Pair(xs[n])
        dual.derivative = direction[n]
        duals.append(dual)
    output = f(duals)
    return output.derivative


@answers.right
def as_arrays(f, xs, direction):
    return float(f(tuple(Pair(*pair) for pair in np.column_stack([xs, direction]))).derivative)


@answers.wrong("returns-wrong-type")
def the_dual(f, xs, direction):
    return f([Pair(x, d) for x, d in zip(xs, direction, strict=True)])


@answers.wrong("wrong-formula")
def the_value(f, xs, direction):
    return f([Pair(x, d) for x, d in zip(xs, direction, strict=True)]).value


@answers.wrong("wrong-formula")
def one_call_an_input(f, xs, direction):
    total = 0.0
    for n, d in enumerate(direction):
        duals = [Pair(x, 1.0 if k == n else 0.0) for k, x in enumerate(xs)]
        total += d * f(duals).derivative
    return total


@answers.wrong("argument-ignored")
def all_at_once(f, xs, direction):
    return f([Pair(x, 1.0) for x in xs]).derivative


@answers.wrong("argument-ignored")
def nobody_moves(f, xs, direction):
    return f([Pair(x) for x in xs]).derivative


@answers.wrong("extra-activation-derivative")
def unit_length(f, xs, direction):
    norm = np.linalg.norm(direction)
    return carried_along(Pair, f, xs, [d / norm if norm > 0 else 0.0 for d in direction])


@answers.wrong("extra-mean")
def mean_over_inputs(f, xs, direction):
    return carried_along(Pair, f, xs, direction) / len(direction)


@answers.wrong("sign")
def backwards(f, xs, direction):
    return carried_along(Pair, f, xs, [-d for d in direction])


@answers.wrong("numeric-differentiation")
def central(f, xs, direction):
    def at(h):
        return f([Pair(x + h * d) for x, d in zip(xs, direction, strict=True)]).value

    return (at(1e-5) - at(-1e-5)) / 2e-5


@answers.wrong("numeric-differentiation")
def one_sided_on_numbers(f, xs, direction):
    h = 1e-7
    moved = [x + h * d for x, d in zip(xs, direction, strict=True)]
    return (f([Pair(x) for x in moved]).value - f([Pair(x) for x in xs]).value) / h


@answers.wrong("returns-wrong-type")
def a_product_each(f, xs, direction):
    found = []
    for n, d in enumerate(direction):
        found.append(d * f([Pair(x, float(k == n)) for k, x in enumerate(xs)]).derivative)
    return found


@answers.wrong("returns-list-order-swapped")
def exchanged(f, xs, direction):
    return f([Pair(d, x) for x, d in zip(xs, direction, strict=True)]).derivative


@answers.wrong("missing-term")
def by_half_a_product_rule(f, xs, direction):
    return carried_along(HalfAProductRule, f, xs, direction)


@answers.wrong("upstream-ignored")
def by_functions_that_forget_their_inside(f, xs, direction):
    return carried_along(InsideLost, f, xs, direction)


@answers.wrong("mutates-input")
def into_xs(f, xs, direction):
    for n, d in enumerate(direction):
        xs[n] = Pair(xs[n], d)
    return f(xs).derivative
