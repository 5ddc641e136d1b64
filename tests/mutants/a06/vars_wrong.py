"""Wrong classes Var, most of them one slip away from a class in the usual style of closures."""

import math
import sys
from collections import deque

import numpy as np

from tests.mutants.marks import Mutants

classes = Mutants("06_automatic_differentiation", "Var")


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Value:
    """The usual class: closures, a set of children. The classes below change one thing in it."""

    def __init__(self, value, children=()):
        self.value, self.grad = value, 0.0
        self.children, self.push = tuple(children), lambda: None

    def lift(self, other):
        return other if isinstance(other, Value) else type(self)(other)

    def result(self, value, children, push):
        """Make the node `value`; `push(g)` gives the contributions to the children for the gradient g."""
        out = type(self)(value, children)

        def spread():
            for child, contribution in zip(children, push(out.grad), strict=True):
                child.grad += contribution

        out.push = spread
        return out

    def __add__(self, other):
        other = self.lift(other)
        return self.result(self.value + other.value, (self, other), lambda g: (g, g))

    def __mul__(self, other):
        other = self.lift(other)
        return self.result(self.value * other.value, (self, other), lambda g: (g * other.value, g * self.value))

    def __pow__(self, n):
        return self.result(self.value**n, (self,), lambda g: (g * self.slope_of_power(n),))

    def slope_of_power(self, n):
        return n * self.value ** (n - 1)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return other + (-self)

    def __rtruediv__(self, other):
        return other * self**-1

    def function(self, value, slope):
        return self.result(value, (self,), lambda g: (g * slope,))

    def exp(self):
        return self.function(math.exp(self.value), math.exp(self.value))

    def log(self):
        return self.function(math.log(self.value), 1 / self.value)

    def tanh(self):
        return self.function(math.tanh(self.value), 1 - math.tanh(self.value) ** 2)

    def sigmoid(self):
        return self.function(sigmoid(self.value), sigmoid(self.value) * sigmoid(-self.value))

    def relu(self):
        return self.function(max(0.0, self.value), float(self.value > 0))

    def order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((child, False) for child in node.children)
        return order

    def backward(self):
        order = self.order()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            node.push()


class KahnLists:
    """Lists of (parent, slope); the way back counts how often a node is still to be used."""

    def __init__(self, value):
        self.value, self.grad, self.inputs = float(value), 0.0, []

    @staticmethod
    def made(value, *inputs):
        out = KahnLists(value)
        out.inputs = list(inputs)
        return out

    @classmethod
    def of(cls, thing):
        return thing if isinstance(thing, cls) else cls(thing)

    def __add__(self, other):
        other = self.of(other)
        return self.made(self.value + other.value, (self, 1), (other, 1))

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        other = self.of(other)
        return self.made(self.value - other.value, (self, 1), (other, -1))

    def __rsub__(self, other):
        return self.of(other) - self

    def __mul__(self, other):
        other = self.of(other)
        return self.made(self.value * other.value, (self, other.value), (other, self.value))

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        other = self.of(other)
        a, b = self.value, other.value
        return self.made(a / b, (self, 1 / b), (other, -a / (b * b)))

    def __rtruediv__(self, other):
        return self.of(other) / self

    def __neg__(self):
        return self.made(-self.value, (self, -1.0))

    def __pow__(self, n):
        return self.made(self.value**n, (self, 0.0 if n == 0 else n * self.value ** (n - 1)))

    def exp(self):
        return self.made(np.exp(self.value), (self, np.exp(self.value)))

    def log(self):
        return self.made(np.log(self.value), (self, 1 / self.value))

    def tanh(self):
        return self.made(np.tanh(self.value), (self, 1 / np.cosh(min(abs(self.value), 350)) ** 2))

    def sigmoid(self):
        s = 0.5 * (1 + np.tanh(0.5 * self.value))
        return self.made(s, (self, s * (1 - s)))

    def relu(self):
        return self.made(max(0, self.value), (self, 1.0 if self.value > 0 else 0.0))

    def backward(self):
        uses, found = {self: 0}, [self]
        for node in found:
            for parent, _ in node.inputs:
                if parent not in uses:
                    uses[parent] = 0
                    found.append(parent)
                uses[parent] += 1
        for node in found:
            node.grad = 0.0
        self.grad = 1.0
        ready = deque([self])
        while ready:
            node = ready.popleft()
            for parent, slope in node.inputs:
                parent.grad += node.grad * slope
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)


class Assigning(Value):
    def result(self, value, children, push):
        out = type(self)(value, children)

        def spread():
            for child, contribution in zip(children, push(out.grad), strict=True):
                child.grad = contribution

        out.push = spread
        return out


@classes.wrong("gradient-zeroed-on-reuse")
class Assigns(Assigning):
    """= where += is meant."""


@classes.wrong("gradient-zeroed-on-reuse")
class ChildrenInADict(KahnLists):
    """x * x has one key."""

    @staticmethod
    def made(value, *inputs):
        out = ChildrenInADict(value)
        out.inputs = list(dict(inputs).items())
        return out


@classes.wrong("grad-accumulates-across-backward-calls")
class NeverReset(Value):
    def backward(self):
        self.grad = 1.0
        for node in reversed(self.order()):
            node.push()


@classes.wrong("grad-accumulates-across-backward-calls")
class AddsUpLikeALibrary(Value):
    """Each call adds its gradients to what is there."""

    def backward(self):
        before = [(node, node.grad) for node in self.order()]
        super().backward()
        for node, grad in before:
            node.grad += grad


class Recursing(Value):
    def order(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        return order


@classes.wrong("recursion-limit")
class Recursive(Recursing):
    """As deep as the graph."""


@classes.wrong("recursion-limit")
class RaisesTheLimit(Recursing):
    def backward(self):
        sys.setrecursionlimit(10**5)
        super().backward()


@classes.wrong("recursion-limit")
class RaisesTheLimitForAWhile(Recursing):
    def backward(self):
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(50_000)
        try:
            super().backward()
        finally:
            sys.setrecursionlimit(limit)


class WalkingAllPaths(KahnLists):
    def backward(self):
        for node in self.everything():
            node.grad = 0.0
        stack = [(self, 1.0)]
        while stack:
            node, delta = stack.pop()
            node.grad += delta
            for parent, slope in node.inputs:
                stack.append((parent, delta * slope))

    @staticmethod
    def made(value, *inputs):
        out = AllPaths(value)
        out.inputs = list(inputs)
        return out

    def everything(self):
        seen, stack = {self}, [self]
        while stack:
            for parent, _ in stack.pop().inputs:
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return seen


@classes.wrong("exponential-time")
class AllPaths(WalkingAllPaths):
    """One way after the other, from a list."""


@classes.wrong("exponential-time", "recursion-limit")
class AllPathsByRecursion(WalkingAllPaths):
    def backward(self):
        for node in self.everything():
            node.grad = 0.0
        self.add(1.0)

    @staticmethod
    def made(value, *inputs):
        out = AllPathsByRecursion(value)
        out.inputs = list(inputs)
        return out

    def add(self, delta):
        self.grad += delta
        for parent, slope in self.inputs:
            parent.add(delta * slope)


@classes.wrong("topological-order-missing")
class BreadthFirst(Value):
    def order(self):
        order, seen = [self], {self}
        for node in order:
            for child in node.children:
                if child not in seen:
                    seen.add(child)
                    order.append(child)
        return order[::-1]


@classes.wrong("topological-order-missing")
class DepthFirstAsMet(Value):
    def order(self):
        order, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            order.append(node)
            stack += node.children
        return order[::-1]


@classes.wrong("topological-order-missing")
class FromTheLeaves(Value):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        self.grad = 1.0
        for node in self.order():
            node.push()


@classes.wrong("nodes-merged-by-value")
class EqualByValue(Value):
    def __eq__(self, other):
        return isinstance(other, Value) and self.value == other.value

    def __hash__(self):
        return hash(self.value)

    def order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in node.children[::-1])
        return order


@classes.wrong("quadratic-time")
class ListOfVisited(Value):
    def order(self):
        order, seen, stack = [], [], [(self, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen:
                seen.append(node)
                stack.append((node, True))
                stack.extend((child, False) for child in node.children)
        return order


@classes.wrong("slide-bug-(1-z)^2")
class SlideTanh(Value):
    def tanh(self):
        t = math.tanh(self.value)
        return self.function(t, (1 - t) ** 2)


@classes.wrong("activation-derivative-wrong-argument")
class TanhOfTheInput(Value):
    def tanh(self):
        return self.function(math.tanh(self.value), 1 - self.value**2)


@classes.wrong("missing-term")
class SigmoidWithoutItsSecondFactor(Value):
    def sigmoid(self):
        s = sigmoid(self.value)
        return self.function(s, s)


@classes.wrong("kink-wrong-side")
class ReluAtZero(Value):
    def relu(self):
        return self.function(max(0.0, self.value), 1.0 if self.value >= 0 else 0.0)


@classes.wrong("wrong-derivative-formula")
class PowerWithoutMinusOne(Value):
    def slope_of_power(self, n):
        return n * self.value**n


@classes.wrong("missing-term")
class PowerWithoutItsFactor(KahnLists):
    def __pow__(self, n):
        return self.made(self.value**n, (self, self.value ** (n - 1)))

    @staticmethod
    def made(value, *inputs):
        out = PowerWithoutItsFactor(value)
        out.inputs = list(inputs)
        return out


@classes.wrong("sign")
class QuotientWithPlus(Value):
    def __truediv__(self, other):
        other = self.lift(other)
        a, b = self.value, other.value
        return self.result(a / b, (self, other), lambda g: (g / b, g * a / b**2))

    def __rtruediv__(self, other):
        return self.lift(other) / self


@classes.wrong("wrong-derivative-formula")
class ProductOfItsOwn(Value):
    def __mul__(self, other):
        other = self.lift(other)
        return self.result(self.value * other.value, (self, other), lambda g: (g * self.value, g * other.value))


@classes.wrong("upstream-ignored")
class ExpWithoutUpstream(Value):
    def exp(self):
        e = math.exp(self.value)
        return self.result(e, (self,), lambda g: (e,))


@classes.wrong("upstream-ignored")
class ProductWithoutUpstream(Value):
    def __mul__(self, other):
        other = self.lift(other)
        return self.result(self.value * other.value, (self, other), lambda g: (other.value, self.value))

    def __neg__(self):
        return self.function(-self.value, -1.0)

    def __truediv__(self, other):
        other = self.lift(other)
        a, b = self.value, other.value
        return self.result(a / b, (self, other), lambda g: (g / b, -g * a / b**2))

    def __rtruediv__(self, other):
        return self.lift(other) / self


@classes.wrong("wrong-log-base")
class TenthLogarithm(Value):
    def log(self):
        return self.function(math.log10(self.value), 1 / self.value)


@classes.wrong("overflow")
class NaiveSigmoid(Value):
    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.value))
        return self.function(s, s * (1 - s))


@classes.wrong("overflow")
class NaiveTanhOfNumPy(Value):
    def tanh(self):
        e, f = np.exp(self.value), np.exp(-self.value)
        t = (e - f) / (e + f)
        return self.function(t, 1 - t**2)


@classes.wrong("overflow")
class NumPySigmoidThatWarns(Value):
    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.value))
        return self.function(s, s * (1 - s))


@classes.wrong("number-not-wrapped")
class NotReflected(Value):
    __radd__ = __rmul__ = __rsub__ = __rtruediv__ = None


@classes.wrong("number-not-wrapped")
class OnlyNodes(Value):
    def lift(self, other):
        return other

    def __neg__(self):
        return self.function(-self.value, -1.0)

    def __rtruediv__(self, other):
        return type(self)(other) * self**-1


@classes.wrong("operand-order")
class ReflectedDifference(Value):
    def __rsub__(self, other):
        return self - other


@classes.wrong("operand-order")
class ReflectedQuotient(Value):
    def __rtruediv__(self, other):
        return self / other


@classes.wrong("missing-term")
class LeavesOnly(Value):
    def backward(self):
        super().backward()
        for node in self.order():
            if node.children:
                node.grad = 0.0


@classes.wrong("returns-wrong-type")
class GradIsNone(Value):
    def __init__(self, value, children=()):
        super().__init__(value, children)
        self.grad = None


@classes.wrong("slide-bug-(1-z)^2", "recursion-limit")
class TwoSlips(Recursing):
    def tanh(self):
        t = math.tanh(self.value)
        return self.function(t, (1 - t) ** 2)


@classes.wrong("gradient-zeroed-on-reuse", "kink-wrong-side")
class TwoOthers(Assigning):
    def relu(self):
        return self.function(max(0.0, self.value), 1.0 if self.value >= 0 else 0.0)


@classes.wrong("topological-order-missing")
class HandsOnAtOnce(Value):
    """No order at all: every child hands on what it has so far, again and again."""

    def backward(self):
        for node in self.order():
            node.grad = 0.0
        self.grad = 1.0
        self.spread_from_here()

    def spread_from_here(self):
        self.push()
        for child in self.children:
            child.spread_from_here()


@classes.wrong("number-not-wrapped")
class OnlyPythonsNumbers(Value):
    """NumPy's whole numbers are neither int nor float."""

    def lift(self, other):
        if isinstance(other, Value):
            return other
        if not isinstance(other, int | float):
            raise TypeError(f"cannot compute with a {type(other).__name__}")
        return type(self)(other)
