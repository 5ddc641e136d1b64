"""Assignment 6: gradient and logistic_exercise, which use the student's own Var."""

import math
import types

import numpy as np

from mlpkit.autodiff.scalar import Var
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.automatic_differentiation import ID, plain, var
from mlpkit.doctor.source import uses_class_with

# gradient -----------------------------------------------------------------------------------------------------------


def _polynomial(v):
    return v[0] * v[1] + v[2] * v[0] * 3.0 - v[1]


def _reused(v):
    a = v[0] * v[1]
    b = a + v[0]
    return a * b + b / v[1]


def _of_functions(v):
    return (v[0] * v[1]).tanh() + (v[1] / v[2]).exp() * v[0].sigmoid() + (v[2] ** 3).log()


def _first_alone(v):
    return v[0] * 2.0


def _one(v):
    return v[0] ** 3 + v[0]


def _loss(v):
    total = 0.0
    for k in range(3):
        total = total + (v[k] * (k + 1) + v[3] - 0.5) ** 2
    return total / 3


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for f, count, about in [
        (_polynomial, 3, Case.about),
        (_reused, 2, "variables that are used several times"),
        (_of_functions, 3, Case.about),
        (_loss, 4, Case.about),
        (_one, 1, "one variable"),
        (_first_alone, 2, "a variable that does not matter"),
    ]:
        xs = [float(x) for x in rng.uniform(0.6, 1.9, size=count)]
        cases.append(Case((f, xs), about, {}, 1e-11, 1e-14))
    cases.append(Case((_reused, [1.5, 1.5]), "variables of equal value", {}, 1e-11, 1e-14))
    cases.append(Case((_polynomial, [2, 1, 3]), "whole numbers", {}, 1e-11, 1e-14))
    return cases


def _observe_gradient(function, f, xs):
    calls, numbers = [], list(xs)

    def counted(v):
        calls.append(_given(v, numbers))
        return f(v)

    answer, given = function(counted, xs), set(calls)
    right = np.array([x.grad for x in _gradient(f, numbers)[0]])
    parts = {
        "the gradient": _floats(answer, len(numbers)),
        "the gradient, asked for again": _floats(function(counted, list(numbers)), len(numbers)),
        "how often f is called": {0: "never", 2: "once"}.get(len(calls), "more than once"),
        "what f is called with": given.pop() if len(given) == 1 else "sometimes this, sometimes that",
    }
    for name in ("the gradient", "the gradient, asked for again"):
        off = np.max(np.abs(parts[name] - right)) if isinstance(parts[name], np.ndarray) else 0.0
        if parts["how often f is called"] == "more than once" and 1e-13 < off < 0.01:
            parts[name] = "nearly right, as differences are"
    return parts


def _given(v: object, xs: list) -> str:
    """Say what f was called with; a tuple of Var is as good as a list."""
    if not isinstance(v, (list, tuple, np.ndarray)) or len(v) != len(xs):
        return "something else than a list as long as xs"
    return "numbers" if any(plain(item) is not None for item in v) else "a list of Var"


def _floats(answer: object, count: int) -> object:
    """Return a list of numbers as an array, a word on anything else."""
    if not isinstance(answer, (list, tuple)):
        return f"{_article(answer)}, not a list"
    if len(answer) != count:
        return f"a list of {len(answer)}"
    wrong = next((item for item in answer if plain(item) is None), None)
    return np.array([plain(item) for item in answer]) if wrong is None else f"a list with {_article(wrong)} in it"


def _article(answer: object) -> str:
    if hasattr(answer, "backward"):
        return "a Var"
    return "an array" if isinstance(answer, np.ndarray) else f"a {type(answer).__name__}"


gradient = Exercise(
    ID, "gradient", arguments="f, xs", cases=_gradient_cases, observe=_observe_gradient, analytic=True
)


def _gradient(f, xs, make=Var):
    """Return the variables and the output after backward."""
    variables = [make(x) for x in xs]
    output = f(variables)
    output.backward()
    return variables, output


@gradient.reference
def _(f, xs):
    return [x.grad for x in _gradient(f, xs)[0]]


@gradient.mistake("returns-wrong-type", "numbers are asked for: the gradient is in each Var's grad.")
def _(f, xs):
    return _gradient(f, xs)[0]


@gradient.mistake("returns-wrong-type", "a list of floats is asked for.")
def _(f, xs):
    return np.array([x.grad for x in _gradient(f, xs)[0]])


@gradient.mistake("returns-wrong-type", "a list of floats is asked for: this is a generator.")
def _(f, xs):
    return (x.grad for x in _gradient(f, xs)[0])


@gradient.mistake("returns-wrong-type", "a list of floats is asked for, in the order of xs.")
def _(f, xs):
    return {n: x.grad for n, x in enumerate(_gradient(f, xs)[0])}


@gradient.mistake("returns-wrong-type", "one derivative a variable is asked for, not one for all.")
def _(f, xs):
    return float(sum(x.grad for x in _gradient(f, xs)[0]))


@gradient.mistake("wrong-formula", "these are the values: where is the gradient after backward?")
def _(f, xs):
    return [x.value for x in _gradient(f, xs)[0]]


@gradient.mistake("wrong-formula", "this is the value of f in every entry: where is the gradient?")
def _(f, xs):
    variables, output = _gradient(f, xs)
    return [output.value for _ in variables]


@gradient.mistake("wrong-formula", "this is the derivative of f by itself, which is 1.")
def _(f, xs):
    variables, output = _gradient(f, xs)
    return [output.grad for _ in variables]


@gradient.mistake("missing-term", "grad is 0 until somebody calls backward.")
def _(f, xs):
    variables = [Var(x) for x in xs]
    f(variables)
    return [x.grad for x in variables]


@gradient.mistake("missing-term", "backward starts from the output of f.")
def _(f, xs):
    variables = [Var(x) for x in xs]
    f(variables)
    return [x.backward() or x.grad for x in variables]


@gradient.mistake("missing-term", "every variable has its derivative, not the first alone.")
def _(f, xs):
    return [x.grad for x in _gradient(f, xs)[0][:1]]


@gradient.mistake("returns-list-order-swapped", "the derivatives come in the order of xs.")
def _(f, xs):
    return [x.grad for x in _gradient(f, xs)[0]][::-1]


@gradient.mistake("sign", "the gradient points uphill: no minus.")
def _(f, xs):
    return [-x.grad for x in _gradient(f, xs)[0]]


@gradient.mistake("factor-2", "the gradient is twice too large: what happens in a second backward?")
def _(f, xs):
    return [2 * x.grad for x in _gradient(f, xs)[0]]


@gradient.mistake("extra-mean", "nothing is divided by the number of variables.")
def _(f, xs):
    return [x.grad / len(xs) for x in _gradient(f, xs)[0]]


@gradient.mistake("extra-activation-derivative", "the gradient is not scaled to length 1.")
def _(f, xs):
    grads = [x.grad for x in _gradient(f, xs)[0]]
    return [grad / math.sqrt(sum(g * g for g in grads)) for grad in grads]


_ONCE = "f is called once: one backward gives all derivatives, and that is the point of it."


def _called_for_each(f, xs):
    return [_gradient(f, xs)[0][n].grad for n in range(len(xs))]


def _called_twice(f, xs):
    f([Var(x) for x in xs])
    return [x.grad for x in _gradient(f, xs)[0]]


gradient.mistake("wrong-formula", _ONCE)(_called_for_each)
gradient.mistake("wrong-formula", _ONCE)(_called_twice)

_DIFFERENCES = "these are differences: f is called once, with Var, and backward gives the derivatives."


def _differences(make, value):
    def wrong(f, xs):
        found = []
        for n in range(len(xs)):
            low, high = ([x + h * (k == n) for k, x in enumerate(xs)] for h in (-1e-5, 1e-5))
            found.append((value(f([make(x) for x in high])) - value(f([make(x) for x in low]))) / 2e-5)
        return found

    return wrong


gradient.mistake("numeric-differentiation", _DIFFERENCES)(_differences(Var, lambda out: out.value))
gradient.mistake("numeric-differentiation", _DIFFERENCES)(_differences(float, float))


@gradient.mistake("returns-wrong-type", "f is called with Var, not with plain numbers.")
def _(f, xs):
    f(xs).backward()


@gradient.mistake("wrong-formula", "f takes one argument, the list of Var.")
def _(f, xs):
    f(*[Var(x) for x in xs], None)


# A right gradient by a wrong Var is wrong as well.
for _mistake in var.mistakes:
    if _mistake.cause not in ("recursion-limit", "exponential-time", "quadratic-time", "returns-wrong-type"):

        @gradient.mistake(_mistake.cause, "look at Var: " + _mistake.hint)
        def _(f, xs, make=_mistake.function):
            return [x.grad for x in _gradient(f, xs, make)[0]]


# logistic_exercise --------------------------------------------------------------------------------------------------


def _observe_exercise(function):
    answer = function()
    by_var = "yes" if not isinstance(function, types.FunctionType) or uses_class_with(function, "backward") else "no"
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        length = f" of {len(answer)}" if isinstance(answer, (list, tuple)) else ""
        return {"the answer": f"{_article(answer)}{length}, not a pair (value, [dw1, dw2, dw3])"}
    value, dw = answer
    return {
        "value": _article(value) if plain(value) is None else plain(value),
        "dw": _floats(dw, 3),
        "computed by Var": by_var,
    }


logistic_exercise = Exercise(
    ID,
    "logistic_exercise",
    arguments="",
    cases=lambda rng: [Case((), "the exercise", {}, 1e-11, 1e-14)],
    observe=_observe_exercise,
)


def _minus_log_sigmoid(z):
    return -z.sigmoid().log()


def _logistic(*, x=(1.0, 1.0, 1.0), w=(1.0, 1.0, -1.5), loss=_minus_log_sigmoid, b=0.0):
    """Return (output, the nodes of w, the nodes of x) after backward; the keywords are the mistakes."""
    x, w = [Var(number) for number in x], [Var(number) for number in w]
    output = loss(sum(a * b for a, b in zip(w, x, strict=True)) + b)
    output.backward()
    return output, w, x


@logistic_exercise.reference
def _():
    output, w, _x = _logistic()
    return output.value, [node.grad for node in w]


def _with(**how):
    def wrong():
        output, w, _x = _logistic(**how)
        return output.value, [node.grad for node in w]

    return wrong


_LOSS = "the exercise asks for the negative log-likelihood, -log sigmoid(w . x)."
_NUMBERS = "x = (1, 1, 1) and w = (1, 1, -1.5): what is w . x?"
for _cause, _hint, _how in [
    ("sign", "the minus before the log-likelihood is lost.", {"loss": lambda z: z.sigmoid().log()}),
    ("sign", "-log sigmoid(w . x) has no minus inside.", {"loss": lambda z: -(-z).sigmoid().log()}),
    ("activation-missing", "the score goes through the sigmoid first.", {"loss": lambda z: -z.log()}),
    ("missing-term", "the logarithm is left out.", {"loss": lambda z: z.sigmoid()}),
    ("missing-term", "the logarithm is left out.", {"loss": lambda z: -z.sigmoid()}),
    ("wrong-formula", _LOSS, {"loss": lambda z: 1 - z.sigmoid()}),
    ("wrong-formula", _LOSS, {"loss": lambda z: -(1 - z.sigmoid()).log()}),
    ("wrong-formula", _LOSS, {"loss": lambda z: (1 - z.sigmoid()) ** 2}),
    ("wrong-formula", _LOSS, {"loss": lambda z: -z.tanh().log()}),
    ("wrong-formula", "this is the score w . x alone.", {"loss": lambda z: z}),
    ("wrong-log-base", "log is the natural logarithm.", {"loss": lambda z: -z.sigmoid().log() / math.log(2)}),
    ("wrong-log-base", "log is the natural logarithm.", {"loss": lambda z: -z.sigmoid().log() / math.log(10)}),
    ("extra-mean", "nothing is divided by 3: it is one example.", {"loss": lambda z: -z.sigmoid().log() / 3}),
    ("sign", _NUMBERS, {"w": (1.0, 1.0, 1.5)}),
    ("missing-term", _NUMBERS, {"w": (1.0, 1.0, 0.0)}),
    ("wrong-formula", _NUMBERS, {"w": (1.0, 1.0, 1.0)}),
    ("wrong-formula", _NUMBERS, {"w": (1.0, 1.0, -1.0)}),
    ("wrong-formula", "this exercise has no bias.", {"b": 1.0}),
]:
    logistic_exercise.mistake(_cause, _hint)(_with(**_how))


@logistic_exercise.mistake("wrong-layer-input", "these are the derivatives by x: the exercise asks for those by w.")
def _():
    output, _w, x = _logistic()
    return output.value, [node.grad for node in x]


@logistic_exercise.mistake("missing-term", "grad is 0 until somebody calls backward.")
def _():
    return _logistic()[0].value, [0.0, 0.0, 0.0]


@logistic_exercise.mistake("wrong-formula", "these are the weights: their gradient is asked for.")
def _():
    output, w, _x = _logistic()
    return output.value, [node.value for node in w]


@logistic_exercise.mistake("factor-2", "the gradient is twice too large: does backward run twice and add up?")
def _():
    output, w, _x = _logistic()
    return output.value, [2 * node.grad for node in w]


@logistic_exercise.mistake("hard-coded-answer", "the numbers are right, but they are to be computed by Var.")
def _():
    s = 1 / (1 + math.exp(-0.5))
    return -math.log(s), [s - 1, s - 1, s - 1]


@logistic_exercise.mistake("returns-wrong-type", "value is a number: a Var holds one.")
def _():
    output, w, _x = _logistic()
    return output, [node.grad for node in w]


@logistic_exercise.mistake("returns-wrong-type", "the derivatives are numbers: a Var holds one in grad.")
def _():
    output, w, _x = _logistic()
    return output.value, w


@logistic_exercise.mistake("returns-wrong-type", "both should be numbers: a Var holds its value and its grad.")
def _():
    output, w, _x = _logistic()
    return output, w


@logistic_exercise.mistake("returns-wrong-type", "a list of three numbers is asked for.")
def _():
    output, w, _x = _logistic()
    return output.value, np.array([node.grad for node in w])


@logistic_exercise.mistake("missing-term", "the pair (value, [dw1, dw2, dw3]) is asked for.")
def _():
    output, _w, _x = _logistic()
    return output.value


@logistic_exercise.mistake("missing-term", "the pair (value, [dw1, dw2, dw3]) is asked for.")
def _():
    _output, w, _x = _logistic()
    return [node.grad for node in w]


@logistic_exercise.mistake("returns-list-order-swapped", "the value comes first, and then the gradient.")
def _():
    output, w, _x = _logistic()
    return [node.grad for node in w], output.value


@logistic_exercise.mistake("returns-wrong-shape", "the three derivatives are one list.")
def _():
    output, w, _x = _logistic()
    return output.value, *[node.grad for node in w]
