"""What an examination found, for students to read and for graders to count."""

from dataclasses import dataclass

from mlpkit.checks import told_apart


@dataclass(frozen=True)
class Worst:
    """The entry that is furthest off: its part and index, the student's value and the expected one, and the case.

    `dtype` is the type of the student's number where it is not the expected one.
    """

    part: str
    index: tuple[int, ...]
    yours: object
    expected: object
    about: str
    dtype: str = ""

    def __str__(self) -> str:
        place = self.part + (f"[{', '.join(map(str, self.index))}]" if self.index else "")
        mine, right = told_apart(self.yours, self.expected, 6)
        mine += f" (a {self.dtype})" if self.dtype else ""
        return f"{place} is {mine} where {right} is expected ({self.about})"


@dataclass(frozen=True)
class Report:
    """The result of `examine`.

    `passed` says whether the answer is right. `cause` is the name of the mistake (a slug of the course's list), or
    None when nothing matches; `causes` holds both when two mistakes were made at once. `message` is what a student
    reads; `hint` is what of it may stand beside a check with numbers of its own: no sizes and no entries of the
    doctor's examples. `relative_error` is |a - n| / max(|a|, |n|, 1e-8) at the worst entry, infinite where there is
    no number. `attempted` is False for an answer that has not been written.
    """

    passed: bool
    message: str
    causes: tuple[str, ...] = ()
    worst: Worst | None = None
    relative_error: float = 0.0
    attempted: bool = True
    hint: str = ""

    @property
    def cause(self) -> str | None:
        return self.causes[0] if self.causes else None

    def __bool__(self) -> bool:
        return self.passed
