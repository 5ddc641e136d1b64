"""What an exercise is: inputs that tell right from wrong, a reference, tolerances, and mistakes with names."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Case:
    """One call of the function under examination.

    `about` says in the reader's words what is special about it. `sizes` are the numbers that a wrong mean might
    divide by, such as {"N": 7, "D": 3}. An answer may differ from the reference by `atol + rtol * |reference|` in
    each entry.
    """

    arguments: tuple
    about: str = "ordinary numbers"
    sizes: dict[str, int] = field(default_factory=dict)
    rtol: float = 1e-9
    atol: float = 1e-13

    def fresh_arguments(self) -> list:
        """Return copies of the arguments, with a new generator for each `Seed`."""
        return [fresh(argument) for argument in self.arguments]


@dataclass(frozen=True)
class Seed:
    """Stands in a case for the Generator `numpy.random.default_rng(number)`, made anew for each call."""

    number: int


def fresh(argument: object) -> object:
    """Return a copy of an argument that a function may change without harm; functions are passed on as they are."""
    if isinstance(argument, Seed):
        return np.random.default_rng(argument.number)
    if isinstance(argument, (list, tuple)):
        return type(argument)(fresh(item) for item in argument)
    return argument if callable(argument) else copy.deepcopy(argument)


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation, the name of its cause, and a hint that leads without giving the answer away."""

    cause: str
    hint: str
    function: Callable


class Exercise:
    """A function that students write, with all that is needed to examine an answer.

    `cases(rng)` returns the list of cases for one seed. `parts` names the results of a function that returns several
    ("dw, db"). `analytic` forbids numerical differentiation. `arguments` names the function's arguments for messages.

    `observe(function, *arguments)` is for functions with many right answers (hand-chosen weights, random masks, a
    class): it calls the function and returns plain parts that are the same for every right answer; what it asserts
    itself fails with the assertion's words. Without it the function is called and its results are the parts.

    `forward=(name, function)` is for a backward pass that takes the cache of its own forward pass: the student's
    function of that name, or the doctor's for the doctor's own; `observe` then gets it as the argument `forward`.
    """

    def __init__(
        self,
        assignment: str,
        name: str,
        *,
        arguments: str,
        cases: Callable[[np.random.Generator], list[Case]],
        parts: str = "",
        analytic: bool = False,
        observe: Callable | None = None,
        forward: tuple[str, Callable] | None = None,
    ) -> None:
        self.forward_name, self.forward = forward or ("", None)
        self.assignment, self.name, self.cases, self.analytic = assignment, name, cases, analytic
        self.argument_names = [part.strip() for part in arguments.split(",")] if arguments else []
        self.parts = [part.strip() for part in parts.split(",")] if parts else []
        self.observe = observe or (lambda function, *values: function(*values))
        self.mistakes: list[Mistake] = []
        self.right: Callable | None = None

    def reference(self, function: Callable) -> Callable:
        """Decorate the right implementation."""
        self.right = function
        return function

    def mistake(self, cause: str, hint: str) -> Callable[[Callable], Callable]:
        """Decorate a wrong implementation; the more specific mistakes come first."""

        def keep(function: Callable) -> Callable:
            self.mistakes.append(Mistake(cause, hint, function))
            return function

        return keep
