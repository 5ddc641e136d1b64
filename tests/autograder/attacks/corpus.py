"""Attacks on the grader, each with the verdict that is right: corpus.txt, read.

An attack answers a question wrongly and tries to get its points all the same, to harm the grader, or to harm the next
student. Its head line names it, the cell it is the answer to, and the verdicts that are right. The other
questions, answered honestly, keep their points, unless the attack "harms itself". One that is "dangerous" must not be
run without a sandbox, so stock nbgrader is spared it.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Attack:
    name: str
    cell: str
    verdicts: tuple[str, ...]
    harms_itself: bool
    dangerous: bool
    code: str

    @property
    def target(self) -> str:
        """The test that must not be passed."""
        return f"test-{self.cell}"


def read_corpus() -> list[Attack]:
    attacks = []
    for part in ("\n" + Path(__file__).with_name("corpus.txt").read_text()).split("\n=== ")[1:]:
        head, _, code = part.partition("\n")
        name, cell, verdicts, *signs = head.split(" | ")
        assert set(signs) <= {"harms itself", "dangerous"}, head
        attacks.append(
            Attack(name, cell, tuple(verdicts.split(" or ")), "harms itself" in signs, "dangerous" in signs, code)
        )
    return attacks


ATTACKS = read_corpus()
