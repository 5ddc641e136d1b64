"""Answers as students write them: `Mutants` of a function, filled by `@answers.right` and `@answers.wrong(cause)`.

Causes come from the course's list of mistakes; an answer with two mistakes names both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Variant:
    """One answer: the function (or class), and the causes of its being wrong, () for a right one."""

    answer: Callable
    causes: tuple[str, ...]


class Mutants:
    """The right and wrong answers to one function of one assignment."""

    def __init__(self, assignment: str, function_name: str) -> None:
        self.assignment, self.function_name = assignment, function_name
        self.variants: list[Variant] = []

    def right(self, answer: Callable) -> Callable:
        """Keep a right answer."""
        self.variants.append(Variant(answer, ()))
        return answer

    def wrong(self, *causes: str) -> Callable[[Callable], Callable]:
        """Keep a wrong answer."""

        def keep(answer: Callable) -> Callable:
            self.variants.append(Variant(answer, causes))
            return answer

        return keep


def collect() -> list[Mutants]:
    """Return the mutants of every function, in the order of the assignments; two modules may share them."""
    found: list[Mutants] = []
    for path in sorted(Path(__file__).parent.glob("a[0-9][0-9]/*.py")):
        found += [
            value
            for value in vars(import_module(f"tests.mutants.{path.parent.name}.{path.stem}")).values()
            if isinstance(value, Mutants)
        ]
    return list(dict.fromkeys(found))
