"""Every attack of the corpus gets the verdict that is right, and leaves no process behind."""

import os
from pathlib import Path

import pytest

from tests.autograder.attacks.corpus import ATTACKS
from tests.autograder.course import submission, verdicts

TESTS = ("test-double", "test-average", "test-slope", "test-apply")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_no_points(grade, attack):
    result = grade(submission({attack.cell: attack.code}))
    found = verdicts(result)
    assert found[attack.target] in attack.verdicts, result["questions"]
    question = next(q for q in result["questions"] if q["id"] == attack.target)
    assert question["score"] == 0
    if not attack.harms_itself:
        assert {found[name] for name in TESTS if name != attack.target} == {"right"}
    assert found["why"] == "manual"
    assert confined_processes() == []


def test_the_corpus_is_as_large_as_it_says():
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def confined_processes() -> list[str]:
    """Processes below this one in a PID namespace of a submission: the template's namespace and one more."""
    levels = len(namespaces("self")) + 2
    return [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and len(namespaces(entry.name)) >= levels and str(os.getpid()) in above(entry.name)
    ]


def namespaces(pid: str) -> list[str]:
    return status(pid).partition("NSpid:")[2].split("\n")[0].split()


def above(pid: str) -> list[str]:
    chain = []
    while pid and pid != "0":
        chain.append(pid)
        pid = (status(pid).partition("PPid:")[2].split() or [""])[0]
    return chain


def status(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
