"""Assignment 6: the mistakes in Var that concern one operation: its derivative, its value, its overflow."""

import math

import numpy as np

from mlpkit.autodiff.scalar import Var as RightVar
from mlpkit.autodiff.scalar import topological_order
from mlpkit.doctor.exercises.automatic_differentiation import var
from mlpkit.doctor.exercises.wrong_vars import Composed


def _wrong(cause, hint, **methods):
    """Keep the mistake of a Var with these methods; others may be made of them."""
    for base in (RightVar, Composed):
        if base is RightVar or set(methods) & {"__add__", "__mul__", "__pow__", "__neg__"}:
            var.mistake(cause, hint)(type("Var", (base,), {"__slots__": (), **methods}))


# Functions: each wrong one is a pair (value, derivative) of the number x. -------------------------------------------


def _sigmoid(x):
    e = math.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


def rule(value, derivative):
    return lambda self: self._function(value(self.value), derivative(self.value), "function")


_EXP = "what is the derivative of e^x?"
_LOG = "what is the derivative of log x, at x?"
_TANH = "the derivative of tanh is 1 - tanh^2."
_SIGMOID = "the derivative of s = sigmoid(x) is s (1 - s)."
_CHAIN = "a function's own derivative is a factor on the way back."


def _relu(x):
    return max(x, 0.0)


def _relu_derivative(x):
    return float(x > 0)


FUNCTIONS = [
    ("exp", "activation-derivative-missing", _CHAIN, math.exp, lambda x: 1.0),
    ("exp", "activation-derivative-wrong-argument", _EXP, math.exp, lambda x: x),
    ("exp", "wrong-derivative-formula", _EXP, math.exp, lambda x: x * math.exp(x - 1)),
    ("exp", "wrong-derivative-formula", _EXP, math.exp, lambda x: x * math.exp(x)),
    ("exp", "extra-activation-derivative", _EXP, math.exp, lambda x: math.exp(2 * x)),
    ("exp", "sign", _EXP, math.exp, lambda x: -math.exp(x)),
    ("log", "activation-derivative-missing", _CHAIN, math.log, lambda x: 1.0),
    ("log", "activation-derivative-wrong-argument", _LOG, math.log, lambda x: 1 / math.log(x)),
    ("log", "wrong-derivative-formula", _LOG, math.log, lambda x: x),
    ("log", "wrong-derivative-formula", _LOG, math.log, math.log),
    ("log", "wrong-derivative-formula", _LOG, math.log, lambda x: -1 / x**2),
    ("log", "wrong-derivative-formula", _LOG, math.log, lambda x: 1 / x**2),
    ("log", "sign", _LOG, math.log, lambda x: -1 / x),
    ("log", "wrong-log-base", "log is the natural logarithm.", math.log10, lambda x: 1 / x),
    ("log", "wrong-log-base", "log is the natural logarithm.", math.log10, lambda x: 1 / (x * math.log(10))),
    ("log", "wrong-log-base", "log is the natural logarithm.", math.log2, lambda x: 1 / x),
    ("log", "wrong-log-base", "log is the natural logarithm.", math.log2, lambda x: 1 / (x * math.log(2))),
    ("tanh", "activation-derivative-missing", _CHAIN, math.tanh, lambda x: 1.0),
    ("tanh", "slide-bug-(1-z)^2", _TANH, math.tanh, lambda x: (1 - math.tanh(x)) ** 2),
    ("tanh", "activation-derivative-wrong-argument", _TANH, math.tanh, lambda x: 1 - x**2),
    ("tanh", "wrong-derivative-formula", _TANH, math.tanh, lambda x: 1 - math.tanh(x)),
    ("tanh", "wrong-derivative-formula", _TANH, math.tanh, lambda x: 1 + math.tanh(x) ** 2),
    ("tanh", "wrong-derivative-formula", _TANH, math.tanh, lambda x: math.tanh(x) ** 2),
    ("tanh", "wrong-derivative-formula", _TANH, math.tanh, lambda x: math.tanh(x) * (1 - math.tanh(x))),
    ("tanh", "activation-derivative-wrong-argument", _TANH, math.tanh,
     lambda x: 1 - math.tanh(math.tanh(x)) ** 2),
    ("tanh", "sign", _TANH, math.tanh, lambda x: math.tanh(x) ** 2 - 1),
    ("sigmoid", "activation-derivative-missing", _CHAIN, _sigmoid, lambda x: 1.0),
    ("sigmoid", "activation-derivative-wrong-argument", _SIGMOID, _sigmoid, lambda x: x * (1 - x)),
    ("sigmoid", "activation-derivative-wrong-argument", _SIGMOID, _sigmoid,
     lambda x: _sigmoid(_sigmoid(x)) * (1 - _sigmoid(_sigmoid(x)))),
    ("sigmoid", "missing-term", _SIGMOID, _sigmoid, _sigmoid),
    ("sigmoid", "missing-term", _SIGMOID, _sigmoid, lambda x: 1 - _sigmoid(x)),
    ("sigmoid", "wrong-derivative-formula", _SIGMOID, _sigmoid, lambda x: 1 - _sigmoid(x) ** 2),
    ("sigmoid", "wrong-derivative-formula", _SIGMOID, _sigmoid, lambda x: (1 - _sigmoid(x)) ** 2),
    ("sigmoid", "wrong-derivative-formula", _SIGMOID, _sigmoid, lambda x: _sigmoid(x) * (1 + _sigmoid(x))),
    ("sigmoid", "sign", _SIGMOID, _sigmoid, lambda x: -_sigmoid(x) * _sigmoid(-x)),
    ("sigmoid", "sign", "sigmoid grows with x.", lambda x: _sigmoid(-x), lambda x: -_sigmoid(x) * _sigmoid(-x)),
    ("sigmoid", "sign", "sigmoid grows with x.", lambda x: _sigmoid(-x), lambda x: _sigmoid(x) * _sigmoid(-x)),
    ("relu", "activation-derivative-missing", "what was cut off on the way forward passes nothing back.",
     _relu, lambda x: 1.0),
    ("relu", "kink-wrong-side", "at 0 the derivative is taken to be 0.", _relu, lambda x: float(x >= 0)),
    ("relu", "wrong-derivative-formula", "at 0 the derivative is taken to be 0.", _relu,
     lambda x: 0.5 * (float(x > 0) + float(x >= 0))),
    ("relu", "activation-derivative-wrong-argument", "the derivative is 1 where x is positive.", _relu, _relu),
    ("relu", "wrong-formula", "relu is 0 for a negative number.", abs, lambda x: math.copysign(1.0, x)),
    ("relu", "wrong-formula", "relu is 0 for a negative number.",
     lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
    ("relu", "sign", "the derivative is 1 where x is positive.", _relu, lambda x: -_relu_derivative(x)),
]  # fmt: skip
for _name, _cause, _hint, _value, _derivative in FUNCTIONS:
    _wrong(_cause, _hint, **{_name: rule(_value, _derivative)})


class _Masked(RightVar):
    """relu's mask is taken from the gradient that comes in."""

    __slots__ = ()

    def relu(self):
        return self._function(_relu(self.value), 1.0, "mask")

    def backward(self):
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, derivative in zip(node.parents, node.local, strict=True):
                parent.grad += derivative * (max(node.grad, 0.0) if node.operation == "mask" else node.grad)


var.mistake("mask-from-output-vs-input", "relu's mask is where its input is positive, whatever comes back.")(_Masked)

# Operators ----------------------------------------------------------------------------------------------------------


def _binary(name, left, right):
    """Return an operator whose value is right and whose derivatives are left(a, b) and right(a, b)."""
    whole = getattr(RightVar, name)

    def operator(self, other):
        node = whole(self, other)
        a, b = node.parents
        node.local = (left(a.value, b.value), right(a.value, b.value))
        return node

    return operator


def _add(left, right):
    operator = _binary("__add__", left, right)
    return {"__add__": operator, "__radd__": operator}


def _mul(left, right):
    operator = _binary("__mul__", left, right)
    return {"__mul__": operator, "__rmul__": operator}


def _sub(left, right):
    return {"__sub__": _binary("__sub__", left, right)}


def _div(left, right):
    return {"__truediv__": _binary("__truediv__", left, right)}


def _one(a, b):
    return 1.0


def _none(a, b):
    return 0.0


_SIDES = "both operands are ways to the output."
_PRODUCT = "the derivative of a b by a is b, and by b it is a."
_QUOTIENT = "a / b is a times b^-1: what is the derivative of b^-1?"
for _cause, _hint, _methods in [
    ("missing-term", _SIDES, _add(_one, _none)),
    ("missing-term", _SIDES, _add(_none, _one)),
    ("missing-term", _SIDES, _mul(lambda a, b: b, _none)),
    ("missing-term", _SIDES, _mul(_none, lambda a, b: a)),
    ("wrong-derivative-formula", _PRODUCT, _mul(lambda a, b: a, lambda a, b: b)),
    ("wrong-derivative-formula", _PRODUCT, _mul(_one, _one)),
    ("wrong-derivative-formula", _PRODUCT, _mul(lambda a, b: a * b, lambda a, b: a * b)),
    ("wrong-derivative-formula", _PRODUCT, _mul(lambda a, b: b, lambda a, b: b)),
    ("wrong-derivative-formula", _PRODUCT, _mul(lambda a, b: a, lambda a, b: a)),
    ("sign", "the derivative of a - b by b is -1.", _sub(_one, _one)),
    ("missing-term", _SIDES, _sub(_one, _none)),
    ("sign", "the derivative of a - b by a is 1.", _sub(lambda a, b: -1.0, _one)),
    ("sign", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: a / b**2)),
    ("missing-term", _SIDES, _div(lambda a, b: 1 / b, _none)),
    ("missing-term", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: -1 / b**2)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: -a / b)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: a / b)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: a)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: -a)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: 1 / b)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: b, lambda a, b: a)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: b, lambda a, b: -a / b**2)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b**2, lambda a, b: -a / b**2)),
    ("wrong-derivative-formula", _QUOTIENT, _div(_one, lambda a, b: -a / b**2)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: -a / b**3)),
    ("wrong-derivative-formula", _QUOTIENT, _div(lambda a, b: 1 / b, lambda a, b: -b / a**2)),
]:
    _wrong(_cause, _hint, **_methods)

_NEGATIVE = "the derivative of -a by a is -1."


def _power(derivative, value=lambda x, n: x**n):
    return lambda self, n: self._function(value(self.value, n), derivative(self.value, n), "**")


def _by_logarithm(self, n):
    return self._function(math.exp(n * math.log(self.value)), n * self.value ** (n - 1), "**")


_POWER = "the derivative of x^n is n x^(n - 1)."
# One operand: (method, cause, hint, the method itself)
UNARY = [
    ("__neg__", "sign", _NEGATIVE, lambda self: self._function(-self.value, 1.0, "-")),
    ("__neg__", "sign", _NEGATIVE, lambda self: self._function(self.value, 1.0, "-")),
    ("__pow__", "missing-term", _POWER, _power(lambda x, n: x ** (n - 1))),
    ("__pow__", "wrong-derivative-formula", _POWER, _power(lambda x, n: n * x**n)),
    ("__pow__", "wrong-derivative-formula", _POWER, _power(lambda x, n: n * x)),
    ("__pow__", "wrong-derivative-formula", _POWER,
     _power(lambda x, n: (n - 1) * x ** (n - 1) if x or n >= 1 else 0.0)),
    ("__pow__", "wrong-derivative-formula", _POWER, _power(lambda x, n: (n - 1) * x**n)),
    ("__pow__", "wrong-derivative-formula", _POWER, _power(lambda x, n: n * x ** (n + 1))),
    ("__pow__", "activation-derivative-missing", _POWER, _power(lambda x, n: 1.0)),
    ("__pow__", "wrong-derivative-formula", "the exponent is a number, and the base is the variable.",
     _power(lambda x, n: x**n * math.log(x) if x > 0 else 0.0)),
    ("__pow__", "argument-ignored", "the exponent is an argument.", _power(lambda x, n: 2 * x, lambda x, n: x * x)),
    ("__pow__", "argument-ignored", "the derivative depends on the exponent.", _power(lambda x, n: 2 * x)),
    ("__pow__", "sign", _POWER, _power(lambda x, n: -n * x ** (n - 1))),
    ("__pow__", "division-by-zero", "0^2 has a derivative, too: can the division go?",
     _power(lambda x, n: n * x**n / x)),
    ("__pow__", "wrong-formula", "a negative number has no logarithm, but it has a square.", _by_logarithm),
]  # fmt: skip
for _name, _cause, _hint, _method in UNARY:
    _wrong(_cause, _hint, **{_name: _method})

# The chain rule left out --------------------------------------------------------------------------------------------


def _without_upstream(concerns):
    """Return a backward in which nodes of some operations hand on their own derivative alone."""

    def backward(self):
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, derivative in zip(node.parents, node.local, strict=True):
                parent.grad += derivative * (1.0 if concerns(node) else node.grad)

    return backward


_UPSTREAM = "the node's own gradient is a factor in what it hands on: that is the chain rule."
_wrong("upstream-ignored", _UPSTREAM, backward=_without_upstream(lambda node: True))
for _operation in ("+", "-", "*", "/", "**", "exp", "log", "tanh", "sigmoid", "relu"):

    def _concerns(node, operation=_operation):
        return node.operation.split(" ")[0] == operation

    _wrong("upstream-ignored", _UPSTREAM, backward=_without_upstream(_concerns))

# Overflow, and too few digits ---------------------------------------------------------------------------------------


def _overflowing(whole):
    def function(self):
        if abs(self.value) > 709:
            raise OverflowError("math range error")
        return whole(self)

    return function


def _without_number(whole, value):
    """Return a function that gives NaN for large numbers, where NumPy warns of inf / inf."""

    def function(self):
        node = whole(self)
        if abs(self.value) > 709:
            node.value, node.local = value(node.value), (math.nan,)
        return node

    return function


_LARGE = "e^1000 is more than a number can be: which form of the formula has only exponentials below 1?"
for _name in ("sigmoid", "tanh"):
    _whole = getattr(RightVar, _name)
    _wrong("overflow", _LARGE, **{_name: _overflowing(_whole)})
    _wrong("overflow", _LARGE, **{_name: _without_number(_whole, lambda value: math.nan)})
    _wrong("overflow", _LARGE, **{_name: _without_number(_whole, lambda value: value)})


class _Float32(RightVar):
    """Values are rounded to float32."""

    __slots__ = ()

    def __init__(self, value, name=""):
        RightVar.__init__(self, float(np.float32(value)), name)


var.mistake("float32-precision", "the numbers are right to seven digits: what are the values rounded to?")(_Float32)


class _Kept(RightVar):
    """A Var whose attributes are not the numbers they should be."""

    __slots__ = ()

    def __init__(self, value, name=""):
        RightVar.__init__(self, value, name)
        self.grad = None


var.mistake("returns-wrong-type", "grad is 0.0 until backward, not None.")(_Kept)
