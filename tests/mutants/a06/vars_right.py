"""Classes Var, each written in its own style, all of them right."""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterable

import numpy as np

from tests.mutants.marks import Mutants

classes = Mutants("06_automatic_differentiation", "Var")


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


@classes.right
class Closures:
    """Each operation leaves a function that hands its gradient on; the order comes from a search with two stacks."""

    def __init__(self, value, children=()):
        self.value, self.grad = value, 0.0
        self._children, self._push = set(children), lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Closures) else Closures(other)
        out = Closures(self.value + other.value, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out._push = push
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Closures) else Closures(other)
        out = Closures(self.value * other.value, (self, other))

        def push():
            self.grad += other.value * out.grad
            other.grad += self.value * out.grad

        out._push = push
        return out

    def __pow__(self, n):
        return self._apply(self.value**n, lambda: n * self.value ** (n - 1) if n else 0.0)

    def _apply(self, value, slope):
        out = Closures(value, (self,))

        def push():
            self.grad += slope() * out.grad

        out._push = push
        return out

    def exp(self):
        out = self._apply(math.exp(self.value), lambda: out.value)
        return out

    def log(self):
        return self._apply(math.log(self.value), lambda: 1 / self.value)

    def tanh(self):
        out = self._apply(math.tanh(self.value), lambda: 1 - out.value**2)
        return out

    def sigmoid(self):
        out = self._apply(sigmoid(self.value), lambda: out.value * (1 - out.value))
        return out

    def relu(self):
        return self._apply(self.value if self.value > 0 else 0, lambda: self.value > 0)

    def backward(self):
        met, done, placed = [self], [], set()
        open_ones = set()
        while met:
            node = met[-1]
            if node in placed:
                met.pop()
            elif node in open_ones:
                met.pop()
                placed.add(node)
                done.append(node)
            else:
                open_ones.add(node)
                met.extend(child for child in node._children if child not in open_ones)
        for node in done:
            node.grad = 0.0
        self.grad = 1
        for node in reversed(done):
            node._push()

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__


@classes.right
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


@classes.right
class Numbered:
    """Nodes are numbered as they are made; a heap gives the youngest first, and youngest first is a right order."""

    numbers = itertools.count()

    def __init__(self, value, parents=(), slopes=()):
        self.value, self.grad = np.float64(value), np.float64(0)
        self.parents, self.slopes, self.number = parents, slopes, next(Numbered.numbers)

    def __lt__(self, other):
        return self.number > other.number

    def backward(self):
        sums = {self.number: 1.0}
        heap = [self]
        while heap:
            node = heapq.heappop(heap)
            node.grad = sums[node.number]
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                if parent.number in sums:
                    sums[parent.number] += slope * node.grad
                else:
                    sums[parent.number] = slope * node.grad
                    heapq.heappush(heap, parent)

    def __add__(self, other):
        if not isinstance(other, Numbered):
            return Numbered(self.value + other, (self,), (1.0,))
        return Numbered(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        if not isinstance(other, Numbered):
            return Numbered(self.value * other, (self,), (other,))
        return Numbered(self.value * other.value, (self, other), (other.value, self.value))

    def __pow__(self, n):
        return Numbered(self.value**n, (self,), (n * self.value ** (n - 1.0) if n != 0 else 0.0,))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * other

    def __rsub__(self, other):
        return -1 * self + other

    def __truediv__(self, other):
        return self * (1 / other)

    def __rtruediv__(self, other):
        return other * Numbered(1 / self.value, (self,), (-1 / self.value**2,))

    def exp(self):
        e = np.exp(self.value)
        return Numbered(e, (self,), (e,))

    def log(self):
        return Numbered(np.log(self.value), (self,), (self.value**-1,))

    def tanh(self):
        t = np.tanh(self.value)
        return Numbered(t, (self,), ((1 - t) * (1 + t),))

    def sigmoid(self):
        s = np.exp(-np.logaddexp(0, -self.value))
        return Numbered(s, (self,), (s * np.exp(-np.logaddexp(0, self.value)),))

    def relu(self):
        return Numbered(np.maximum(self.value, 0), (self,), (np.heaviside(self.value, 0),))


def _binary(forward, by_left, by_right):
    def operator(self, other):
        other = other if isinstance(other, Slots) else Slots(other)
        a, b = self.value, other.value
        return Slots(forward(a, b), ((self, by_left(a, b)), (other, by_right(a, b))))

    return operator, lambda self, other: operator(Slots(other), self)


def _unary(forward, slope):
    return lambda self: Slots(forward(self.value), ((self, slope(self.value)),))


@classes.right
class Slots:
    """Slots and a table of operators; gradients are summed up in a dict and written down at the end."""

    __slots__ = ("edges", "grad", "value")

    def __init__(self, value, edges=()):
        self.value, self.edges, self.grad = value, edges, 0.0

    __add__, __radd__ = _binary(lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1)
    __sub__, __rsub__ = _binary(lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1)
    __mul__, __rmul__ = _binary(lambda a, b: a * b, lambda a, b: b, lambda a, b: a)
    __truediv__, __rtruediv__ = _binary(lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2)
    __neg__ = _unary(lambda a: -a, lambda a: -1)
    exp = _unary(math.exp, math.exp)
    log = _unary(math.log, lambda a: 1 / a)
    tanh = _unary(math.tanh, lambda a: 1 - math.tanh(a) ** 2)
    sigmoid = _unary(sigmoid, lambda a: sigmoid(a) * sigmoid(-a))
    relu = _unary(lambda a: a * (a > 0), lambda a: int(a > 0))

    def __pow__(self, n):
        return _unary(lambda a: a**n, lambda a: n * a ** (n - 1) if n else 0)(self)

    def _ancestors(self):
        """Yield every ancestor after its own parents, by hand-kept iterators."""
        seen, trail = {id(self)}, [(self, iter(self.edges))]
        while trail:
            node, edges = trail[-1]
            for parent, _ in edges:
                if id(parent) not in seen:
                    seen.add(id(parent))
                    trail.append((parent, iter(parent.edges)))
                    break
            else:
                yield node
                trail.pop()

    def backward(self):
        order = list(self._ancestors())
        sums = {id(node): 0.0 for node in order}
        sums[id(self)] = 1.0
        while order:
            node = order.pop()
            node.grad = sums[id(node)]
            for parent, slope in node.edges:
                sums[id(parent)] += slope * node.grad


class Expression:
    """One subclass an operation; each knows its own slopes."""

    def __init__(self, value):
        self._value, self._grad = value, 0.0

    value = property(lambda self: self._value)
    grad = property(lambda self: self._grad)

    def operands(self):
        return []

    def slopes(self):
        return []

    def backward(self):
        level, order = {self: 0}, [self]
        # The longest way from the output: later uses push a node further back.
        pending = {self: 0}
        for node in order:
            for operand in node.operands():
                if operand not in pending:
                    pending[operand] = 0
                    order.append(operand)
                pending[operand] += 1
        front = [self]
        while front:
            following = []
            for node in front:
                for operand in node.operands():
                    level[operand] = max(level.get(operand, 0), level[node] + 1)
                    pending[operand] -= 1
                    if pending[operand] == 0:
                        following.append(operand)
            front = following
        for node in order:
            node._grad = float(node is self)
        for node in sorted(order, key=level.get):
            for operand, slope in zip(node.operands(), node.slopes(), strict=True):
                operand._grad = operand._grad + slope * node._grad

    def __add__(self, other):
        return Sum(self, other)

    def __radd__(self, other):
        return Sum(other, self)

    def __mul__(self, other):
        return Product(self, other)

    def __rmul__(self, other):
        return Product(other, self)

    def __sub__(self, other):
        return Sum(self, Product(other, -1))

    def __rsub__(self, other):
        return Sum(other, -self)

    def __neg__(self):
        return Product(-1, self)

    def __truediv__(self, other):
        return Product(self, Power(lift(other), -1))

    def __rtruediv__(self, other):
        return Product(other, Power(self, -1))

    def __pow__(self, n):
        return Power(self, n)

    def exp(self):
        return Function(self, math.exp, math.exp)

    def log(self):
        return Function(self, math.log, lambda x: 1 / x)

    def tanh(self):
        return Function(self, math.tanh, lambda x: 1 - math.tanh(x) ** 2)

    def sigmoid(self):
        return Function(self, sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)))

    def relu(self):
        return Function(self, lambda x: max(x, 0), lambda x: 1 if x > 0 else 0)


def lift(thing):
    return thing if isinstance(thing, Expression) else Expression(thing)


class Sum(Expression):
    def __init__(self, *terms):
        self.terms = [lift(term) for term in terms]
        super().__init__(sum(term.value for term in self.terms))

    def operands(self):
        return self.terms

    def slopes(self):
        return [1.0] * len(self.terms)


class Product(Expression):
    def __init__(self, left, right):
        self.left, self.right = lift(left), lift(right)
        super().__init__(self.left.value * self.right.value)

    def operands(self):
        return (self.left, self.right)

    def slopes(self):
        return (self.right.value, self.left.value)


class Function(Expression):
    def __init__(self, inside, f, slope):
        self.inside, self.slope = inside, slope
        super().__init__(f(inside.value))

    def operands(self):
        return (self.inside,)

    def slopes(self):
        return (self.slope(self.inside.value),)


class Power(Function):
    def __init__(self, base, n):
        super().__init__(base, lambda x: x**n, lambda x: 0 if n == 0 else n * x ** (n - 1))


@classes.right
class Subclasses(Expression):
    """An expression that is not yet one of any operation."""


@classes.right
class Generators:
    """The recursion is written with generators and run on a stack of them; gradients restart at each backward."""

    def __init__(self, value, *sources: Iterable):
        self.value, self.grad, self.sources = value, 0.0, sources

    def _binary(self, other, f, df, dg):
        if not isinstance(other, Generators):
            other = Generators(other)
        a, b = self.value, other.value
        return Generators(f(a, b), (self, df(a, b)), (other, dg(a, b)))

    def _visit(self, seen, order):
        seen.add(self)
        for parent, _ in self.sources:
            if parent not in seen:
                yield parent._visit(seen, order)
        order.insert(0, self)

    def backward(self):
        order: list = []
        seen: set = set()
        running = [self._visit(seen, order)]
        while running:
            try:
                running.append(next(running[-1]))
            except StopIteration:
                running.pop()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in order:
            for parent, slope in node.sources:
                parent.grad += node.grad * slope

    def __add__(self, other):
        return self._binary(other, lambda a, b: a + b, lambda a, b: 1.0, lambda a, b: 1.0)

    __radd__ = __add__

    def __mul__(self, other):
        return self._binary(other, lambda a, b: a * b, lambda a, b: b, lambda a, b: a)

    __rmul__ = __mul__

    def __sub__(self, other):
        return self._binary(other, lambda a, b: a - b, lambda a, b: 1.0, lambda a, b: -1.0)

    def __rsub__(self, other):
        return Generators(other).__sub__(self)

    def __truediv__(self, other):
        return self._binary(other, lambda a, b: a / b, lambda a, b: 1.0 / b, lambda a, b: -a / b / b)

    def __rtruediv__(self, other):
        return Generators(other).__truediv__(self)

    def __neg__(self):
        return Generators(0.0) - self

    def __pow__(self, n):
        if n == 0:
            return Generators(1.0, (self, 0.0))
        if n == 1:
            return Generators(self.value, (self, 1.0))
        return Generators(pow(self.value, n), (self, n * pow(self.value, n - 1)))

    def exp(self):
        return Generators(math.exp(self.value), (self, math.exp(self.value)))

    def log(self):
        return Generators(math.log(self.value), (self, 1 / self.value))

    def tanh(self):
        t = 2 * sigmoid(2 * self.value) - 1
        return Generators(t, (self, 1 - t * t))

    def sigmoid(self):
        if self.value > 0:
            s = 1 / (1 + math.exp(-self.value))
        else:
            s = 1 - 1 / (1 + math.exp(self.value))
        return Generators(s, (self, s * (1 - s)))

    def relu(self):
        if self.value > 0:
            return Generators(self.value, (self, 1.0))
        return Generators(0.0)
