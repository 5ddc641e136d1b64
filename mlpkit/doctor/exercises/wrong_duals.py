"""Assignment 6: the mistakes in Dual and in directional_derivative."""

import math

import numpy as np

from mlpkit.autodiff.dual import Dual as RightDual
from mlpkit.doctor.exercises.dual_numbers import directional_derivative, dual
from mlpkit.doctor.exercises.wrong_rules import FUNCTIONS, UNARY, rule
from mlpkit.doctor.exercises.wrong_vars import Composing, without_numbers

_COMPOSED = (Composing, RightDual)


def _wrong(cause, hint, **methods):
    """Keep the mistake of a Dual with these methods; others may be made of them."""
    for bases in ((RightDual,), _COMPOSED):
        if bases is not _COMPOSED or set(methods) & {"__add__", "__mul__", "__pow__", "__neg__", "_function"}:
            dual.mistake(cause, hint)(type("Dual", bases, {"__slots__": (), **methods}))


# One operand: what is wrong in Var's rules is wrong here, too -------------------------------------------------------

for _name, _cause, _hint, _value, _derivative in FUNCTIONS:
    _wrong(_cause, _hint, **{_name: rule(_value, _derivative)})
for _name, _cause, _hint, _method in UNARY:
    _wrong(_cause, _hint, **{_name: _method})


def _without_own_derivative(concerns):
    def _function(self, value, derivative, operation):
        own = 1.0 if concerns(operation.split(" ")[0]) else self.derivative
        return type(self)(value, derivative * own)

    return _function


_INNER = "the chain rule: f'(x) times x's own derivative."
_wrong("upstream-ignored", _INNER, _function=_without_own_derivative(lambda operation: True))
dual.mistake("upstream-ignored", _INNER)(
    type("Dual", (RightDual,), {"__slots__": (), "_function": _without_own_derivative(lambda name: name == "-")})
)
for _operation in ("**", "exp", "log", "tanh", "sigmoid", "relu"):

    def _concerned(operation, this=_operation):
        return operation == this

    _wrong("upstream-ignored", _INNER, _function=_without_own_derivative(_concerned))
_FUNCTIONS = ("exp", "log", "tanh", "sigmoid", "relu")
_wrong("upstream-ignored", _INNER, _function=_without_own_derivative(lambda operation: operation in _FUNCTIONS))

# Two operands: each wrong rule gives the derivative from (a, da, b, db) ---------------------------------------------


def _operator(name, derivative):
    whole = getattr(RightDual, name)

    def operator(self, other):
        out = whole(self, other)
        b, db = (other.value, other.derivative) if isinstance(other, RightDual) else (float(other), 0.0)
        return type(self)(out.value, derivative(self.value, self.derivative, b, db))

    return operator


_SUM = "the derivative of a sum is the sum of the derivatives."
_PRODUCT = "the product rule: (a b)' = a' b + a b'."
_QUOTIENT = "the quotient rule: (a / b)' = (a' b - a b') / b^2."
for _sign, _cause, _hint, _derivative in [
    ("add", "missing-term", _SUM, lambda a, da, b, db: da),
    ("add", "missing-term", _SUM, lambda a, da, b, db: db),
    ("add", "wrong-derivative-formula", _SUM, lambda a, da, b, db: da * db),
    ("mul", "missing-term", _PRODUCT, lambda a, da, b, db: da * b),
    ("mul", "missing-term", _PRODUCT, lambda a, da, b, db: a * db),
    ("mul", "wrong-derivative-formula", _PRODUCT, lambda a, da, b, db: da * db),
    ("mul", "wrong-derivative-formula", _PRODUCT, lambda a, da, b, db: da * a + db * b),
    ("mul", "wrong-derivative-formula", _PRODUCT, lambda a, da, b, db: da + db),
    ("mul", "sign", _PRODUCT, lambda a, da, b, db: da * b - a * db),
    ("sub", "sign", "(a - b)' = a' - b'.", lambda a, da, b, db: da + db),
    ("sub", "missing-term", "(a - b)' = a' - b'.", lambda a, da, b, db: da),
    ("sub", "sign", "(a - b)' = a' - b'.", lambda a, da, b, db: db - da),
    ("truediv", "sign", _QUOTIENT, lambda a, da, b, db: (da * b + a * db) / b**2),
    ("truediv", "sign", _QUOTIENT, lambda a, da, b, db: (a * db - da * b) / b**2),
    ("truediv", "missing-term", _QUOTIENT, lambda a, da, b, db: da / b),
    ("truediv", "wrong-derivative-formula", _QUOTIENT, lambda a, da, b, db: (da * b - a * db) / b),
    ("truediv", "wrong-derivative-formula", _QUOTIENT, lambda a, da, b, db: da * b - a * db),
    ("truediv", "wrong-derivative-formula", _QUOTIENT, lambda a, da, b, db: (da - db) / b**2),
    ("truediv", "wrong-derivative-formula", _QUOTIENT, lambda a, da, b, db: da / db if db else da / b),
    ("truediv", "wrong-derivative-formula", _QUOTIENT, lambda a, da, b, db: (da * a - b * db) / b**2),
]:
    _made = _operator(f"__{_sign}__", _derivative)
    _wrong(_cause, _hint, **{f"__{_sign}__": _made}, **({f"__r{_sign}__": _made} if _sign in ("add", "mul") else {}))

# Plain numbers, and the order of operands ---------------------------------------------------------------------------

for _cause, _hint, _methods in without_numbers(RightDual):
    dual.mistake(_cause, _hint)(type("Dual", (RightDual,), {"__slots__": (), **_methods}))


def _as_variable(self, other):
    return other if isinstance(other, RightDual) else type(self)(other, 1.0)


def _variable_by_itself(self, value, derivative=1.0):
    RightDual.__init__(self, value, derivative)


_CONSTANT = "a plain number is a constant: how fast does it change?"
_wrong("wrong-derivative-formula", _CONSTANT, _wrap=_as_variable)
_wrong("wrong-derivative-formula", _CONSTANT, __init__=_variable_by_itself)

# What the numbers are, and what becomes of the operands -------------------------------------------------------------


def _as_they_come(start):
    def __init__(self, value, derivative=start):
        self.value, self.derivative = value, derivative

    return __init__


def _rounded(self, value, derivative=0.0):
    RightDual.__init__(self, float(np.float32(value)), float(np.float32(derivative)))


def _into_itself(name):
    whole = getattr(RightDual, name)

    def operator(self, other):
        out = whole(self, other)
        self.value, self.derivative = out.value, out.derivative
        return self

    return operator


for _start in (0, 0.0):
    _hint = "value and derivative are floats, also where a whole number came in."
    _wrong("returns-wrong-type", _hint, __init__=_as_they_come(_start))
_wrong("float32-precision", "the numbers are right to seven digits: what are they rounded to?", __init__=_rounded)


def _turned(self):
    self.value, self.derivative = -self.value, -self.derivative
    return self


_IN_PLACE = "an operation makes a new number and leaves its operands as they are."
for _methods in (
    {"__add__": _into_itself("__add__"), "__radd__": _into_itself("__add__")},
    {"__mul__": _into_itself("__mul__"), "__rmul__": _into_itself("__mul__")},
    {"__iadd__": _into_itself("__add__")},
    {"__neg__": _turned},
):
    dual.mistake("mutates-input", _IN_PLACE)(type("Dual", (RightDual,), {"__slots__": (), **_methods}))

# Overflow -----------------------------------------------------------------------------------------------------------


def _overflowing(whole):
    def function(self):
        if abs(self.value) > 709:
            raise OverflowError("math range error")
        return whole(self)

    return function


def _without_number(whole, value):
    def function(self):
        out = whole(self)
        if abs(self.value) > 709:
            out.value, out.derivative = value(out.value), math.nan
        return out

    return function


_LARGE = "e^1000 is more than a number can be: which form of the formula has only exponentials below 1?"
for _name in ("sigmoid", "tanh"):
    _whole = getattr(RightDual, _name)
    _wrong("overflow", _LARGE, **{_name: _overflowing(_whole)})
    _wrong("overflow", _LARGE, **{_name: _without_number(_whole, lambda value: math.nan)})
    _wrong("overflow", _LARGE, **{_name: _without_number(_whole, lambda value: value)})

# directional_derivative ---------------------------------------------------------------------------------------------


def _output(f, xs, derivatives):
    return f([RightDual(x, d) for x, d in zip(xs, derivatives, strict=True)])


def _slopes(f, xs):
    """[d f / d x for every x], by as many calls."""
    return [_output(f, xs, [float(k == n) for k in range(len(xs))]).derivative for n in range(len(xs))]


@directional_derivative.mistake("returns-wrong-type", "a number is asked for: a Dual holds it in derivative.")
def _(f, xs, direction):
    return _output(f, xs, direction)


@directional_derivative.mistake("wrong-formula", "this is the value of f: where is its derivative?")
def _(f, xs, direction):
    return _output(f, xs, direction).value


@directional_derivative.mistake("argument-ignored", "this is the derivative along (1, 1, ...): where is direction?")
def _(f, xs, direction):
    return _output(f, xs, [1.0] * len(xs)).derivative


@directional_derivative.mistake("argument-ignored", "this is the derivative by the first x: where is direction?")
def _(f, xs, direction):
    return _output(f, xs, [1.0] + [0.0] * (len(xs) - 1)).derivative


@directional_derivative.mistake("argument-ignored", "the derivatives of the inputs are the direction's entries.")
def _(f, xs, direction):
    return _output(f, xs, [0.0] * len(xs)).derivative


@directional_derivative.mistake("missing-term", "every input moves, not the first alone.")
def _(f, xs, direction):
    return _output(f, xs, [direction[0]] + [0.0] * (len(xs) - 1)).derivative


@directional_derivative.mistake("returns-list-order-swapped", "a Dual takes its value first, then its derivative.")
def _(f, xs, direction):
    return _output(f, direction, xs).derivative


_NOT_SCALED = "direction is taken as it is: a longer one gives a larger derivative."


@directional_derivative.mistake("extra-activation-derivative", _NOT_SCALED)
def _(f, xs, direction):
    length = math.sqrt(sum(d * d for d in direction))
    return _output(f, xs, [d / length if length else 0.0 for d in direction]).derivative


@directional_derivative.mistake(
    "extra-mean", "a sum over the inputs is asked for: nothing is divided by their number."
)
def _(f, xs, direction):
    return _output(f, xs, direction).derivative / len(xs)


@directional_derivative.mistake("sign", "the derivative along the direction, not against it.")
def _(f, xs, direction):
    return -_output(f, xs, direction).derivative


@directional_derivative.mistake("returns-wrong-type", "one number is asked for, the sum over the inputs.")
def _(f, xs, direction):
    return [slope * d for slope, d in zip(_slopes(f, xs), direction, strict=True)]


@directional_derivative.mistake(
    "returns-wrong-type", "one number is asked for: what do the slopes make of direction?"
)
def _(f, xs, direction):
    return _slopes(f, xs)


_ONCE = "f is called once: one pass carries the whole direction along, and that is the point of it."


@directional_derivative.mistake("wrong-formula", _ONCE)
def _(f, xs, direction):
    return sum(slope * d for slope, d in zip(_slopes(f, xs), direction, strict=True))


@directional_derivative.mistake("wrong-formula", _ONCE)
def _(f, xs, direction):
    _output(f, xs, direction)
    return _output(f, xs, direction).derivative


_DIFFERENCES = "these are differences: f is called once, with Dual, and its derivative is the answer."


def _differences(make, value, ends):
    def wrong(f, xs, direction):
        low, high = (value(f([make(x + 1e-6 * h * d) for x, d in zip(xs, direction, strict=True)])) for h in ends)
        return (high - low) / (1e-6 * (ends[1] - ends[0]))

    return wrong


for _ends in ((-1, 1), (0, 1)):
    directional_derivative.mistake("numeric-differentiation", _DIFFERENCES)(
        _differences(RightDual, lambda out: out.value, _ends)
    )
    directional_derivative.mistake("numeric-differentiation", _DIFFERENCES)(_differences(float, float, _ends))


@directional_derivative.mistake("returns-wrong-type", "f is called with Dual, not with plain numbers.")
def _(f, xs, direction):
    return f(xs).derivative


# A right directional_derivative by a wrong Dual is wrong as well.
for _mistake in dual.mistakes:

    @directional_derivative.mistake(_mistake.cause, "look at Dual: " + _mistake.hint)
    def _(f, xs, direction, make=_mistake.function):
        return f([make(x, d) for x, d in zip(xs, direction, strict=True)]).derivative
