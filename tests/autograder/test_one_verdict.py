"""The visible check, the doctor and the grader give one verdict on whatever comes back in place of what was asked."""

import fractions
import re

import numpy as np
import pytest

from autograder.engine import grade_bytes
from mlpkit.checks import check_close, check_float, check_pair
from mlpkit.doctor.outcome import same_kind
from tests.autograder.course import job, submission

SETUP = "import collections, fractions, typing\nimport numpy as np\n"
SETUP += "Pair = collections.namedtuple('Pair', 'dw db')\nclass Num(float): pass\nclass Mine: pass\n"

ARRAYS = {  # for np.array([1.0, 2.0]): whether each is it
    "np.array([1.0, 2.0])": True,
    "np.matrix([[1.0, 2.0]])": False,
    "np.ma.array([1.0, 2.0])": False,
    "np.array([1, 2])": False,
    "np.array([True, True])": False,
    "np.array([1.0, 2.0], dtype='>f8')": False,
    "np.array([1.0, 2.0], dtype=object)": False,
    "np.array(['1.0', '2.0'])": False,
    "np.array([1.0, 2.0], dtype=np.float32)": False,
    "np.array([1.0, 2.0])[::1]": True,
    "[1.0, 2.0]": False,
    "(1.0, 2.0)": False,
    "{1.0: 2.0}": False,
    "None": False,
    "1.0": False,
    "'text'": False,
    "np.array(1.0)": False,
    "Mine()": False,
    "Mine": False,
    "lambda: 1": False,
    "iter([1.0, 2.0])": False,
    "np.array([[1.0, 2.0]])": False,
}
FLOATS = {  # for 2.5
    "2.5": True,
    "np.float64(2.5)": True,
    "np.float32(2.5)": False,
    "Num(2.5)": False,
    "np.array(2.5)": False,
    "np.array([2.5])": False,
    "np.matrix([[2.5]])": False,
    "fractions.Fraction(5, 2)": False,
    "2": False,
    "True": False,
    "np.int64(2)": False,
    "None": False,
    "'2.5'": False,
    "[2.5]": False,
    "2.5 + 0j": False,
}
PAIRS = {
    "(1.0, 2.0)": True,
    "[1.0, 2.0]": True,
    "Pair(1.0, 2.0)": True,
    "{'dw': 1.0, 'db': 2.0}": False,
    "{1.0, 2.0}": False,
    "np.array([1.0, 2.0])": False,
    "(1.0, 2.0, 3.0)": False,
    "(x for x in (1.0, 2.0))": False,
    "1.0": False,
    "None": False,
}
CASES = [("array", text, right) for text, right in ARRAYS.items()]
CASES += [("float", text, right) for text, right in FLOATS.items()]
CASES += [("pair", text, right) for text, right in PAIRS.items()]
CHECKS = {"check_close": check_close, "check_float": check_float, "check_pair": check_pair}
TESTS = {
    "array": 'check_close("dw", f(), np.array([1.0, 2.0]))',
    "float": 'check_float("db", f())\ncheck_close("db", f(), 2.5)',
    "pair": 'check_pair("f", f(), "dw, db")',
}


def visible(kind: str, value: object) -> str:
    """The words of the visible check, which runs in the student's own kernel; "" if it passes."""
    try:
        exec(
            TESTS[kind].replace("f()", "value"),
            {
                "value": value,
                "np": np,
                "check_close": check_close,
                "check_float": check_float,
                "check_pair": check_pair,
            },
        )
    except AssertionError as error:
        return str(error)
    return ""


def graded(kind: str, text: str) -> dict:
    cells = [
        (
            "locked",
            "imports",
            0,
            "import numpy as np\nfrom mlpkit.checks import *",
        ),
        ("solution", "f", 0, f"### BEGIN SOLUTION\ndef f(): return {text}\n### END SOLUTION"),
        ("test", "t", 1, TESTS[kind]),
    ]
    data = submission({"f": f"{SETUP}def f():\n    return {text}"}, cells=cells)
    return grade_bytes(job(cells), data)["questions"][0]


@pytest.mark.parametrize(("kind", "text", "right"), CASES, ids=[f"{kind} {text}" for kind, text, _ in CASES])
def test_everybody_says_the_same(kind, text, right):
    names: dict = {"__name__": "__main__"}
    exec(SETUP, names)
    value = eval(text, names)
    words, question = visible(kind, value), graded(kind, text)
    assert (words == "") == right
    assert question["score"] == (1 if right else 0), question
    assert "andle" not in str(question["messages"])
    if (
        not right
        and not text.startswith(("iter", "lambda", "Mine", "(x for"))
        and not re.search("f8|object|'1", text)
    ):
        assert question["messages"][0].split(",")[0] == words.split(",")[0]
    if kind != "pair":
        expected = np.array([1.0, 2.0]) if kind == "array" else 2.5
        assert same_kind(value, expected) == right


def test_a_matrix_is_called_a_matrix():
    assert graded("array", "np.matrix([[1.0, 2.0]])")["messages"][0].startswith(
        "dw should be an array of shape (2,), but it is a numpy.matrix"
    )


CONTAINERS = {
    "Pair(1, (2, 3))": "f() == (1, (2, 3)) and f().dw == 1 and f()._fields == ('dw', 'db')",
    "collections.OrderedDict(a=1)": "f() == {'a': 1} and isinstance(f(), dict)",
    "collections.defaultdict(list, a=[1])": "f() == {'a': [1]}",
    "collections.Counter('aab')": "f()['a'] == 2 and f()['z'] == 0 and f().most_common(1) == [('a', 2)]",
    "collections.deque([1, 2])": "list(f()) == [1, 2] and f()[0] == 1",
    "frozenset({1, 2})": "f() == {1, 2}",
    "fractions.Fraction(1, 3)": "f() == fractions.Fraction(1, 3) and f() * 3 == 1",
}


@pytest.mark.parametrize("text", CONTAINERS)
def test_a_container_of_the_standard_library_is_what_it_is(text):
    cells = [
        ("solution", "f", 0, f"### BEGIN SOLUTION\ndef f(): return {text}\n### END SOLUTION"),
        ("test", "t", 1, f"import fractions\nassert {CONTAINERS[text]}"),
    ]
    data = submission({"f": f"{SETUP}def f():\n    return {text}"}, cells=cells)
    question = grade_bytes(job(cells), data)["questions"][0]
    assert question["score"] == 1, question
    assert fractions.Fraction(1, 3) * 3 == 1
