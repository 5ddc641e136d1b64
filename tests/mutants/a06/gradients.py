import math

import numpy as np

from tests.mutants.marks import Mutants

gradients = Mutants("06_automatic_differentiation", "gradient")
exercises = Mutants("06_automatic_differentiation", "logistic_exercise")


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _binary(forward, by_left, by_right):
    def operator(self, other):
        other = other if isinstance(other, Slots) else type(self)(other)
        a, b = self.value, other.value
        return type(self)(forward(a, b), ((self, by_left(a, b)), (other, by_right(a, b))))

    return operator, lambda self, other: operator(type(self)(other), self)


def _unary(forward, slope):
    return lambda self: type(self)(forward(self.value), ((self, slope(self.value)),))


class Slots:
    """A right Var; gradients are summed up in a dict and written down at the end."""

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


class Assigns(Slots):
    __slots__ = ()

    def backward(self):
        order = list(self._ancestors())
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in node.edges:
                parent.grad = slope * node.grad


class BreadthFirst(Slots):
    __slots__ = ()

    def backward(self):
        order = [self]
        for node in order:
            order += [parent for parent, _ in node.edges if not any(parent is other for other in order)]
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in order:
            for parent, slope in node.edges:
                parent.grad += slope * node.grad


def gradient_by(make, f, xs):
    variables = [make(x) for x in xs]
    f(variables).backward()
    return [x.grad for x in variables]


@gradients.right
def plain(f, xs):
    variables = [Slots(x) for x in xs]
    f(variables).backward()
    return [x.grad for x in variables]


@gradients.right
def mapped(f, xs):
    leaves = list(map(Slots, xs))
    y = f(leaves)
    y.backward()
    return list(map(lambda leaf: float(leaf.grad), leaves))  # noqa: C417


@gradients.right
def appended(f, xs):
    inputs, result = [], []
    for number in xs:
        inputs.append(Slots(number))
    f(inputs).backward()
    while inputs:
        result.append(inputs.pop(0).grad)
    return result


@gradients.right
def numpy_numbers(f, xs):
    nodes = [Slots(x) for x in np.asarray(xs)]
    out = f(nodes)
    out.backward()
    return tuple(node.grad for node in nodes)


@gradients.wrong("numeric-differentiation")
def central(f, xs):
    def at(n, h):
        return f([Slots(x + h * (k == n)) for k, x in enumerate(xs)]).value

    return [(at(n, 1e-6) - at(n, -1e-6)) / 2e-6 for n in range(len(xs))]


@gradients.wrong("numeric-differentiation")
def forward_differences(f, xs):
    base = f([Slots(x) for x in xs]).value
    grads = []
    for n in range(len(xs)):
        moved = list(xs)
        moved[n] += 1e-7
        grads.append((f([Slots(x) for x in moved]).value - base) / 1e-7)
    return grads


@gradients.wrong("numeric-differentiation")
def complex_step(f, xs):
    return [f([x + 1e-20j * (k == n) for k, x in enumerate(xs)]).imag / 1e-20 for n in range(len(xs))]


@gradients.wrong("wrong-formula")
def once_a_variable(f, xs):
    grads = []
    for n in range(len(xs)):
        variables = [Slots(x) for x in xs]
        f(variables).backward()
        grads.append(variables[n].grad)
    return grads


@gradients.wrong("returns-wrong-type")
def variables_themselves(f, xs):
    variables = [Slots(x) for x in xs]
    f(variables).backward()
    return variables


@gradients.wrong("returns-wrong-type")
def array(f, xs):
    return np.array(gradient_by(Slots, f, xs))


@gradients.wrong("wrong-formula")
def values(f, xs):
    variables = [Slots(x) for x in xs]
    f(variables).backward()
    return [v.value for v in variables]


@gradients.wrong("missing-term")
def without_backward(f, xs):
    variables = [Slots(x) for x in xs]
    f(variables)
    return [v.grad for v in variables]


@gradients.wrong("returns-list-order-swapped")
def from_the_back(f, xs):
    return gradient_by(Slots, f, xs)[::-1]


@gradients.wrong("sign")
def downhill(f, xs):
    return [-g for g in gradient_by(Slots, f, xs)]


@gradients.wrong("returns-wrong-type")
def with_numbers(f, xs):
    out = f(xs)
    out.backward()
    return [x.grad for x in xs]


@gradients.wrong("gradient-zeroed-on-reuse")
def by_a_var_that_assigns(f, xs):
    variables = [Assigns(x) for x in xs]
    f(variables).backward()
    return [v.grad for v in variables]


@gradients.wrong("topological-order-missing")
def by_a_var_without_order(f, xs):
    variables = [BreadthFirst(x) for x in xs]
    f(variables).backward()
    return [v.grad for v in variables]


@gradients.wrong("mutates-input")
def into_xs(f, xs):
    for n, x in enumerate(xs):
        xs[n] = Slots(x)
    f(xs).backward()
    return [x.grad for x in xs]


X, W = (1.0, 1.0, 1.0), (1.0, 1.0, -1.5)


@exercises.right
def written_out():
    w = [Slots(number) for number in W]
    loss = -(w[0] * 1 + w[1] * 1 + w[2] * 1).sigmoid().log()
    loss.backward()
    return loss.value, [w[0].grad, w[1].grad, w[2].grad]


@exercises.right
def nodes_for_x():
    x1, x2, x3 = (Slots(number) for number in X)
    w1, w2, w3 = (Slots(number) for number in W)
    out = 0 - (w1 * x1 + w2 * x2 + w3 * x3).sigmoid().log()
    out.backward()
    return [out.value, [w1.grad, w2.grad, w3.grad]]


@exercises.right
def by_gradient():
    values = []

    def f(w):
        out = ((-(w[0] + w[1] + w[2])).exp() + 1).log()
        values.append(out.value)
        return out

    grads = gradient_by(Slots, f, W)
    return values[0], grads


@exercises.right
def in_a_loop():
    w, score = [Slots(number) for number in W], Slots(0)
    for weight, x in zip(w, X, strict=True):
        score = score + weight * x
    loss = (1 / score.sigmoid()).log()
    loss.backward()
    return float(loss.value), [float(weight.grad) for weight in w]


def _answer(loss, w=W):
    nodes = [Slots(number) for number in w]
    out = loss(nodes[0] + nodes[1] + nodes[2])
    out.backward()
    return out.value, [node.grad for node in nodes]


@exercises.wrong("sign")
def log_likelihood():
    return _answer(lambda z: z.sigmoid().log())


@exercises.wrong("sign")
def other_class():
    return _answer(lambda z: -(-z).sigmoid().log())


@exercises.wrong("hard-coded-answer")
def by_hand():
    return 0.47407698418010663, [-0.3775406687981454] * 3


@exercises.wrong("hard-coded-answer")
def by_formula():
    p = 1 / (1 + math.exp(-sum(x * w for x, w in zip(X, W, strict=True))))
    return -math.log(p), [(p - 1) * x for x in X]


@exercises.wrong("missing-term")
def no_logarithm():
    return _answer(lambda z: -z.sigmoid())


@exercises.wrong("wrong-layer-input")
def by_x():
    x = [Slots(number) for number in X]
    out = -(x[0] * W[0] + x[1] * W[1] + x[2] * W[2]).sigmoid().log()
    out.backward()
    return out.value, [node.grad for node in x]


@exercises.wrong("sign")
def plus_in_w():
    return _answer(lambda z: -z.sigmoid().log(), w=(1.0, 1.0, 1.5))


@exercises.wrong("returns-wrong-type")
def node_for_value():
    nodes = [Slots(number) for number in W]
    out = -(nodes[0] + nodes[1] + nodes[2]).sigmoid().log()
    out.backward()
    return out, [node.grad for node in nodes]


@exercises.wrong("missing-term")
def value_alone():
    return _answer(lambda z: -z.sigmoid().log())[0]


@exercises.wrong("missing-term")
def nobody_called_backward():
    nodes = [Slots(number) for number in W]
    out = -(nodes[0] + nodes[1] + nodes[2]).sigmoid().log()
    return out.value, [node.grad for node in nodes]
