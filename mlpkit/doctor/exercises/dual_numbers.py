"""Assignment 6: the class Dual, judged by the same expressions as Var, with derivatives that are not 1."""

from collections.abc import Callable

import numpy as np

from mlpkit.autodiff.dual import Dual as RightDual
from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.automatic_differentiation import (
    CALLS,
    EQUAL,
    ID,
    ONE,
    OPERATIONS,
    TWO,
    failure,
    numbers,
    ordinary_recursion_limit,
    plain,
)

LENGTH = 2 * CALLS  # beyond what a recursion may go down


def _cases(rng: np.random.Generator) -> list[Case]:
    x, y = rng.uniform([1.5, 0.3], [1.9, 0.9])
    a, b = rng.uniform([0.5, -2.5], [0.9, -1.5])
    return [Case((float(x), float(y), float(a), float(b)), rtol=1e-12, atol=1e-13)]


def _observe(make: Callable, x: float, y: float, a: float, b: float) -> dict[str, object]:
    parts = {f"(value, derivative) of {name}": _measure(make, f, (x, a)) for name, f in ONE.items()}
    parts |= {f"(value, derivative) of {name}": _measure(make, f, (x, a), (y, b)) for name, f in TWO.items()}
    parts |= {f"(value, derivative) of {name}": _measure(make, f, (x, a), (x, b)) for name, f in EQUAL.items()}
    for name, state in _STATES.items():
        try:
            parts[name] = state(make, (x, a), (y, b))
        except Exception as error:
            parts[name] = failure(error)
    return parts


def _measure(make: Callable, function: Callable, *pairs: tuple[float, float]) -> object:
    """Return value and derivative of an expression of dual numbers, or how it fails."""
    try:
        output = function(*(make(*pair) for pair in pairs))
        return numbers([output.value, output.derivative])
    except Exception as error:
        return failure(error)


def _constant(make: Callable, *_: tuple) -> object:
    one = make(3)
    return numbers([one.value, one.derivative])


def _kinds(make: Callable, *_: tuple) -> str:
    """Say what the attributes of Dual(3) are: floats, NumPy's among them."""
    one = make(3)
    return " and ".join("a float" if isinstance(n, float) else type(n).__name__ for n in (one.value, one.derivative))


def _operands(make: Callable, x: tuple, y: tuple) -> object:
    first, second = make(*x), make(*y)
    for operation in OPERATIONS:
        operation(first, second)
    third = first
    third += second
    return numbers([first.value, first.derivative, second.value, second.derivative])


def _chain(make: Callable, x: tuple, y: tuple) -> object:
    with ordinary_recursion_limit():
        out, other = make(*x), make(*y)
        for _ in range(LENGTH):
            out = out + other
        return numbers([out.value, out.derivative])


_STATES = {
    "(value, derivative) of Dual(3)": _constant,
    "the attributes of Dual(3)": _kinds,
    "the operands after all operations": _operands,
    f"(value, derivative) of a sum of {LENGTH} numbers, one after the other": _chain,
}

dual = Exercise(ID, "Dual", arguments="x, y, a, b", cases=_cases, observe=_observe, analytic=True)
dual.reference(RightDual)

# directional_derivative ---------------------------------------------------------------------------------------------


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


def _first_slope_0(v):
    return (v[0] - v[0].value) ** 2 + 3.0 * v[1]


def _directional_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for f, count, about in [
        (_polynomial, 3, Case.about),
        (_of_functions, 3, Case.about),
        (_reused, 2, "variables that are used several times"),
        (_one, 1, "one variable"),
        (_first_alone, 2, "a variable that does not matter"),
        (_first_slope_0, 2, "a slope of 0"),
    ]:
        xs = [float(x) for x in rng.uniform(0.6, 1.9, size=count)]
        direction = [float(d) for d in rng.choice([-1, 1], size=count) * rng.uniform(0.3, 2.9, size=count)]
        cases.append(Case((f, xs, direction), about, {"n": count + 0.0}, 1e-11, 1e-14))
    cases.append(Case((_of_functions, [1.2, 0.7, 1.9], [0.0, 1.0, 0.0]), "along one axis", {}, 1e-11, 1e-14))
    cases.append(Case((_polynomial, [1.2, 0.7, 1.9], [0.0, 0.0, 0.0]), "no direction at all", {}, 1e-11, 1e-14))
    cases.append(Case((_reused, [1.5, 1.5], [2.0, 2.0]), "numbers that are equal", {}, 1e-11, 1e-14))
    return cases


def _observe_directional(function: Callable, f: Callable, xs: list, direction: list) -> dict[str, object]:
    calls, given = [], (list(xs), list(direction))

    def counted(v):
        calls.append(_given(v, len(given[0])))
        return f(v)

    answer, with_what = function(counted, xs, direction), set(calls)
    parts = {
        "the derivative": _number(answer),
        "the derivative, asked for again": _number(function(counted, *map(list, given))),
        "how often f is called": {0: "never", 2: "once"}.get(len(calls), "more than once"),
        "what f is called with": with_what.pop() if len(with_what) == 1 else "sometimes this, sometimes that",
    }
    right = _along(f, *given)
    for name in ("the derivative", "the derivative, asked for again"):
        off = abs(parts[name] - right) if isinstance(parts[name], float) else 0.0
        if parts["how often f is called"] == "more than once" and 1e-13 < off < 0.01:
            parts[name] = "nearly right, as differences are"
    return parts


def _given(v: object, count: int) -> str:
    if not isinstance(v, (list, tuple)) or len(v) != count:
        return "something else than a list as long as xs"
    return "numbers" if any(plain(item) is not None for item in v) else "a list of Dual"


def _number(answer: object) -> object:
    if plain(answer) is not None:
        return plain(answer)
    return "a Dual" if hasattr(answer, "derivative") else f"a {type(answer).__name__}"


def _along(f: Callable, xs: list, direction: list, make: Callable = RightDual) -> float:
    return f([make(x, d) for x, d in zip(xs, direction, strict=True)]).derivative


directional_derivative = Exercise(
    ID,
    "directional_derivative",
    arguments="f, xs, direction",
    cases=_directional_cases,
    observe=_observe_directional,
    analytic=True,
)


@directional_derivative.reference
def _(f, xs, direction):
    return _along(f, xs, direction)
