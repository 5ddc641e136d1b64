"""What does not depend on the answer: the cases of a seed, what should come, and what every mistake gives."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise, Mistake
from mlpkit.doctor.outcome import Outcome, agrees, watch


def wrong_parts(got: Outcome, right: Outcome, case: Case) -> list[str]:
    """Return the names of the parts that are missing, too many or wrong; all of them after an exception."""
    if got.raised is not None:
        return list(right.parts)
    names = [name for name in right.parts if name not in got.parts]
    names += [name for name in got.parts if name not in right.parts]
    both = [name for name in right.parts if name in got.parts]
    return names + [name for name in both if not agrees(got.parts[name], right.parts[name], case.rtol, case.atol)]


class Outcomes(Sequence):
    """The outcomes of one function in all cases, each found when it is first asked for."""

    def __init__(self, exercise: Exercise, function: Callable, cases: list[Case]) -> None:
        self._exercise, self._function, self._cases = exercise, function, cases
        self._found: dict[int, Outcome] = {}
        self._wrong: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, n: int) -> Outcome:
        if n not in self._found:
            self._found[n] = watch(self._exercise, self._function, self._cases[n])
        return self._found[n]

    def __iter__(self) -> Iterator[Outcome]:
        return (self[n] for n in range(len(self)))

    def wrong(self, n: int, right: Outcome) -> set[str]:
        """Return the names of the parts that are wrong in case n, where `right` should come."""
        if n not in self._wrong:
            self._wrong[n] = set(wrong_parts(self[n], right, self._cases[n]))
        return self._wrong[n]


class Preparation:
    """The cases of an exercise for one seed, with the outcomes of its reference and of its mistakes."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        self.exercise = exercise
        self.cases = exercise.cases(np.random.default_rng([seed, 20260]))
        self.expected = Outcomes(exercise, exercise.right, self.cases)
        self.mistaken: list[tuple[Mistake, Outcomes]] = [
            (mistake, Outcomes(exercise, mistake.function, self.cases)) for mistake in exercise.mistakes
        ]
        broken = next((outcome.raised for outcome in self.expected if outcome.raised), None)
        if broken:
            raise RuntimeError(f"the reference of {exercise.name} failed: {broken}") from broken


@lru_cache(maxsize=2)
def prepared(exercise: Exercise, seed: int) -> Preparation:
    """Return the preparation, and keep it: a class is examined with one seed, answer after answer."""
    return Preparation(exercise, seed)
