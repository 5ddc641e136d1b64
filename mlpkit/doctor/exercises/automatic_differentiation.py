"""Assignment 6: the class Var, judged by expressions, by long chains, and by the time that a shared graph takes.

The class is only used as a student would use it, by its operators, methods and attributes, and every expression is a
part of its own, so that two mistakes are told apart. (gradient and logistic_exercise are in automatic_gradients, the
wrong classes in wrong_vars.)
"""

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache

import numpy as np

from mlpkit.autodiff import Var as RightVar
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.source import uses_name

ID = "06_automatic_differentiation"
# A chain of 2,000 nodes where 300 calls are allowed asks more than one of 5,000 where Python allows its 1,000.
CHAIN, SHORT, CALLS = 2000, 100, 300
DOUBLINGS = 14  # y = y + y has 2 ** 14 paths and 14 nodes
QUICK = 0.008  # seconds: several times what 2,000 nodes take
MOMENT = 0.001  # seconds: 14 nodes take a fiftieth of it, and 2 ** 14 paths several times as long


def plain(value: object) -> float | None:
    """Return a number as a float, None for anything else."""
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return float(value) if is_number else None


def numbers(values: list) -> object:
    """Return an array of plain numbers, or a word on what else came."""
    for value in values:
        if plain(value) is None:
            return f"a {type(value).__name__} where a number should be"
    return np.array([plain(value) for value in values])


def failure(error: Exception) -> str:
    """Return an exception as a part; a stub's is raised again, for that is no answer yet."""
    if isinstance(error, NotImplementedError):
        raise error
    if isinstance(error, (TypeError, AttributeError)):
        return "it fails with a TypeError or an AttributeError"
    return f"it fails with {type(error).__name__}"


# Expressions: each is a function of nodes. Its part holds the value, then the derivatives by the nodes it was given.

ONE: dict[str, Callable] = {
    "x": lambda x: x,
    "x + 2": lambda x: x + 2,
    "2 + x": lambda x: 2 + x,
    "x - 2.5": lambda x: x - 2.5,
    "2.5 - x": lambda x: 2.5 - x,
    "x * 3": lambda x: x * 3,
    "3 * x": lambda x: 3 * x,
    "x / 4": lambda x: x / 4,
    "4 / x": lambda x: 4 / x,
    "0 * x": lambda x: 0 * x,
    "-x": lambda x: -x,
    "x ** 2": lambda x: x**2,
    "x ** 3.0": lambda x: x**3.0,
    "x ** 1": lambda x: x**1,
    "x ** 0": lambda x: x**0,
    "x ** -1": lambda x: x**-1,
    "x ** -2": lambda x: x**-2,
    "x ** 0.5": lambda x: x**0.5,
    "x ** 2.7": lambda x: x**2.7,
    "(-x) ** 3": lambda x: (-x) ** 3,
    "(-x) ** 2": lambda x: (-x) ** 2,
    "(x - c) ** 2 where x is c": lambda x: (x - x.value) ** 2,
    "(x - c) ** 1 where x is c": lambda x: (x - x.value) ** 1,
    "x.exp()": lambda x: x.exp(),
    "x.log()": lambda x: x.log(),
    "(x / 4).log()": lambda x: (x / 4).log(),
    "x.tanh()": lambda x: x.tanh(),
    "(-x).tanh()": lambda x: (-x).tanh(),
    "x.sigmoid()": lambda x: x.sigmoid(),
    "(-x).sigmoid()": lambda x: (-x).sigmoid(),
    "x.relu()": lambda x: x.relu(),
    "(-x).relu()": lambda x: (-x).relu(),
    "(x - c).relu() where x is c": lambda x: (x - x.value).relu(),
    "(x * 520).sigmoid()": lambda x: (x * 520).sigmoid(),
    "(x * -520).sigmoid()": lambda x: (x * -520).sigmoid(),
    "(x * 520).tanh()": lambda x: (x * 520).tanh(),
    "(x * -520).tanh()": lambda x: (x * -520).tanh(),
    "(x * -520).exp()": lambda x: (x * -520).exp(),
    "x * x": lambda x: x * x,
    "x + x": lambda x: x + x,
    "x - x": lambda x: x - x,
    "x / x": lambda x: x / x,
    "x * x * x": lambda x: x * x * x,
    "3 * x.exp()": lambda x: 3 * x.exp(),
    "3 * x.log()": lambda x: 3 * x.log(),
    "3 * x.tanh()": lambda x: 3 * x.tanh(),
    "3 * x.sigmoid()": lambda x: 3 * x.sigmoid(),
    "3 * x.relu()": lambda x: 3 * x.relu(),
    "-3 * x.relu()": lambda x: -3 * x.relu(),
    "3 * x ** 2": lambda x: 3 * x**2,
    "3 * (-x)": lambda x: 3 * (-x),
    "(c - x).relu() where it is -0.0": lambda x: (-(x - x.value)).relu(),
    "(c - x) ** 2 where it is -0.0": lambda x: (-(x - x.value)) ** 2,
    "(c - x) ** 1 where it is -0.0": lambda x: (-(x - x.value)) ** 1,
    "x + numpy.int64(2)": lambda x: x + np.int64(2),
    "x - numpy.float64(2.5)": lambda x: x - np.float64(2.5),
    "x * numpy.int64(3)": lambda x: x * np.int64(3),
    "x / numpy.float64(4)": lambda x: x / np.float64(4),
    "x ** numpy.int64(3)": lambda x: x ** np.int64(3),
}


def _diamond(x, y):
    a = x * y
    b = a + x
    return a * b + a


def _long_way_round(x, y):
    a = x * 3
    b = a * y
    c = b * b
    return c + a


def _long_way_first(x, y):
    a = x * 3
    b = a * y
    c = b * b
    return a + c


def _ladder(x, y):
    a = x + y
    for _ in range(4):
        b = a * x
        a = b + a * y
    return a


def _crossed(x, y):
    a, b = x * 2, y * 3
    c, d = a * b, a + b
    return (c * d + a) * (d + b)


TWO: dict[str, Callable] = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "3 * (x + y)": lambda x, y: 3 * (x + y),
    "3 * (x - y)": lambda x, y: 3 * (x - y),
    "3 * (x * y)": lambda x, y: 3 * (x * y),
    "3 * (x / y)": lambda x, y: 3 * (x / y),
    "(x + y) * (x + y), one node squared": lambda x, y: (lambda s: s * s)(x + y),
    "x * y + x": lambda x, y: x * y + x,
    "x + x * y": lambda x, y: x + x * y,
    "a = x y, b = a + x, a b + a": _diamond,
    "a = 3 x, c = (a y) squared, c + a": _long_way_round,
    "a = 3 x, c = (a y) squared, a + c": _long_way_first,
    "b = a x, a = b + a y, four times": _ladder,
    "a = 2 x, b = 3 y, (a b (a + b) + a) (a + b + b)": _crossed,
    "y, without x": lambda x, y: y * 2,
    "sum([x, y, x])": lambda x, y: sum([x, y, x]),
}

# With x = y these hold different nodes of equal value.
EQUAL: dict[str, Callable] = {
    "x * 2 + y * 2, x equal to y": lambda x, y: x * 2 + y * 2,
    "(x + 1) * (y + 1), x equal to y": lambda x, y: (x + 1) * (y + 1),
    "(x * y) - (y * x) * 2, x equal to y": lambda x, y: x * y - (y * x) * 2,
    "x / y, x equal to y": lambda x, y: x / y,
}


# What an operation must leave as it is.
OPERATIONS: tuple[Callable, ...] = (
    lambda x, y: x + y,
    lambda x, y: x + 2,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / y,
    lambda x, y: -x,
    lambda x, y: x**2,
    lambda x, y: [x.exp(), x.log(), x.tanh(), x.sigmoid(), x.relu()],
    lambda x, y: sum([x, y]),
)


def _measure(make: Callable, function: Callable, values: list[float]) -> object:
    """Return the value and the derivatives of an expression, or how it fails."""
    try:
        nodes = [make(value) for value in values]
        output = function(*nodes)
        before = output.value
        output.backward()
        return numbers([before, *(node.grad for node in nodes)])
    except Exception as error:
        return failure(error)


def _state_of_nodes(make: Callable, x: float, y: float) -> dict[str, object]:
    """Return what only shows when nodes are looked at closely, or used for more than one output."""

    def fresh():
        a, b = make(x), make(y)
        product = a * b
        return a, b, product, product + a

    def grad_before():
        a, _, product, out = fresh()
        return [a.value, a.grad, product.grad, out.grad]

    def inner_nodes():
        _, _, product, out = fresh()
        out.backward()
        return [out.grad, product.grad, product.value]

    def twice():
        a, b, product, out = fresh()
        out.backward()
        out.backward()
        return [a.grad, b.grad, product.grad, out.grad]

    def inner_then_outer():
        a, b, product, out = fresh()
        product.backward()
        out.backward()
        return [a.grad, b.grad, product.grad, out.grad]

    def outer_then_inner():
        a, b, product, out = fresh()
        out.backward()
        product.backward()
        return [a.grad, b.grad, product.grad]

    def two_outputs():
        a, b, product, out = fresh()
        other = product * a
        out.backward()
        other.backward()
        return [a.grad, b.grad, product.grad, other.grad]

    def grown_after_backward():
        a, b, _, out = fresh()
        out.backward()
        more = out * a
        more.backward()
        return [more.value, a.grad, b.grad, out.grad]

    def leaf():
        a = make(x)
        a.backward()
        return [a.value, a.grad]

    def operands():
        a, b = make(x), make(y)
        for operation in OPERATIONS:
            operation(a, b)
        c = a
        c += b
        return [a.value, a.grad, b.value, b.grad]

    def whole_numbers():
        a, b = make(3), make(2)
        ratio = a / b + b**-1
        ratio.backward()
        return [ratio.value, a.grad, b.grad]

    parts = {
        "grad is 0 before backward": grad_before,
        "the gradients of inner nodes": inner_nodes,
        "backward twice on one output": twice,
        "backward on an inner node, then on the output": inner_then_outer,
        "backward on the output, then on an inner node": outer_then_inner,
        "backward on two outputs that share nodes": two_outputs,
        "backward, then more nodes, then backward": grown_after_backward,
        "backward on a leaf": leaf,
        "the operands after all operations": operands,
        "Var(3) / Var(2) + Var(2) ** -1": whole_numbers,
    }
    found = {}
    for name, measure in parts.items():
        try:
            found[name] = numbers(measure())
        except Exception as error:
            found[name] = failure(error)
    return found


def _expressions(make: Callable, x: float, y: float) -> dict[str, object]:
    parts = {f"(value, d/dx) of {name}": _measure(make, function, [x]) for name, function in ONE.items()}
    for expressions, values in ((TWO, [x, y]), (EQUAL, [x, x])):
        for name, function in expressions.items():
            parts[f"(value, d/dx, d/dy) of {name}"] = _measure(make, function, values)
    return parts | _state_of_nodes(make, x, y)


# Long and shared graphs ---------------------------------------------------------------------------------------------


@contextmanager
def ordinary_recursion_limit():
    """Allow 300 calls from here, whatever an earlier cell has set, and say in the end whether that was changed."""
    earlier, depth, frame = sys.getrecursionlimit(), 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    limit = depth + CALLS
    sys.setrecursionlimit(limit)
    state = {"changed": False}
    try:
        yield state
    finally:
        state["changed"] = sys.getrecursionlimit() != limit
        sys.setrecursionlimit(earlier)


def _chain(x, y, length=CHAIN):
    out = x
    for _ in range(length):
        out = out + y
    return out


def _doubled(x):
    for _ in range(DOUBLINGS):
        x = x + x
    return x


def _seconds(output) -> float:
    start = time.thread_time()
    output.backward()
    return time.thread_time() - start


def _time_on_doublings(make: Callable, x: float) -> str:
    """Say whether backward on 14 doublings takes a moment; a busy machine is given several chances.

    A moment is little time, or little more than as many nodes in a row take: so long as nothing is walked twice,
    something slow is nobody's fault.
    """
    in_a_row = _chain(make(x), make(x), DOUBLINGS)
    usual = min(_seconds(in_a_row) for _ in range(3))
    output, spent, tries = _doubled(make(x)), 0.0, 0
    while tries < 2 or spent < 0.05:
        taken = _seconds(output)
        if taken < max(MOMENT, 30 * usual):
            return "a moment"
        spent, tries = spent + taken, tries + 1
    return "every path is walked"


def _long_chain(make: Callable, x: float, y: float) -> tuple[object, str]:
    """Return value and derivatives of a sum of 2,000, and say whether its time is about 20 times that of 100.

    A search through a list for every node takes over 100 times as long; 50 is far from both.
    """
    try:
        first, other = make(x), make(y)
        long = _chain(first, other)
        spent = _seconds(long)
        found = numbers([long.value, first.grad, other.grad])
        if spent > QUICK:
            short = _chain(make(x), make(y), SHORT)
            usual = min(_seconds(short) for _ in range(3))
            if min(spent, *(_seconds(long) for _ in range(2))) > max(50 * usual, QUICK):
                return found, "faster than their number"
        return found, "in proportion to their number"
    except Exception as error:
        return failure(error), failure(error)


def _graphs(make: Callable, x: float, y: float) -> dict[str, object]:
    """Return what only shows on long chains, and where the paths are many."""
    with ordinary_recursion_limit() as limit:
        chain, growth = _long_chain(make, x, y)
        try:
            doublings = _time_on_doublings(make, x)
        except Exception as error:
            doublings = failure(error)
    changed = limit["changed"] or uses_name(make, "setrecursionlimit")
    return {
        f"(value, d/dx, d/dy) of a sum of {CHAIN} numbers, one after the other": chain,
        f"how the time grows from {SHORT} nodes to {CHAIN}": growth,
        f"the time on x = x + x, {DOUBLINGS} times": doublings,
        "Python's recursion limit": "changed" if changed else "left alone",
    }


@cache
def _own_graphs(init: Callable, add: Callable, backward: Callable, x: float, y: float) -> dict[str, object]:
    """Return what the doctor's own classes do: the same on every seed, and by these three methods alone."""
    made = {"__slots__": (), "__init__": init, "__add__": add, "__radd__": add, "backward": backward}
    return _graphs(type("Var", (RightVar,), made), x, y)


def _cases(rng: np.random.Generator) -> list[Case]:
    x, y = rng.uniform([1.5, 0.3], [1.9, 0.9])
    return [
        Case(("expressions", float(x), float(y)), rtol=1e-10, atol=1e-14),
        Case(("graphs", 1.7, 0.6), "long chains and shared nodes", rtol=1e-9, atol=1e-12),
    ]


def _observe(make, kind, x, y):
    if kind == "expressions":
        return _expressions(make, x, y)
    if isinstance(make, type) and issubclass(make, RightVar):
        return _own_graphs(make.__init__, make.__add__, make.backward, x, y)
    return _graphs(make, x, y)


var = Exercise(ID, "Var", arguments="kind, x, y", cases=_cases, observe=_observe)
var.reference(RightVar)
