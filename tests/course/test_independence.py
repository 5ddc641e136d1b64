"""One wrong function costs its own points: the other questions are judged as if it were right.

The points are those that stand in the notebooks' cells: 04 has 17, of which sigmoid_derivative has 1; in 01 the
function sigmoid has 3 of 17, two for its values and one for large numbers.
"""

import json

import pytest

from autograder.check import _with, inspect
from autograder.course import load
from autograder.engine import close_engines, grade_bytes
from autograder.names import bound_names
from tests.autograder.course import CELLS
from tests.autograder.course import job as small_job
from tests.course.classroom import ROOT


@pytest.fixture(scope="module", autouse=True)
def ended():
    yield
    close_engines()


def graded(assignment: str, **functions: str) -> dict:
    """The solution of an assignment with other functions, graded."""
    job = load(ROOT / "autograder").job(assignment)
    texts = {}
    for cell in job.parsed.cells:
        own = [text for name, text in functions.items() if cell.students and name in bound_names(cell.source)]
        if own:
            texts[cell.id] = "\n".join([cell.source, *own])
    result = grade_bytes(job, _with(json.loads(job.source), job.parsed, texts))
    assert result["status"] == "graded", result
    return {q["id"]: q for q in result["questions"] if q["verdict"] != "manual"}


def lost(questions: dict) -> dict[str, float]:
    return {id: q["points"] - q["score"] for id, q in questions.items() if q["score"] != q["points"]}


def test_a_function_that_raises_costs_its_own_point_and_no_other_questions():
    questions = graded("04_activations", sigmoid_derivative="def sigmoid_derivative(z):\n    raise ValueError('no')")
    assert lost(questions) == {"sigmoid-check": 1}


@pytest.mark.parametrize(
    "wrong",
    ["def sigmoid(z):\n    return 1 / (1 + np.exp(z))", "def sigmoid(z):\n    return z / 0", "del sigmoid",
     "def sigmoid(z):\n    raise NotImplementedError()", "sigmoid = None", "def sigmoid(z):\n    while True: pass"],
    ids=["sign", "warns", "not there", "not written", "no function", "no end"],
)  # fmt: skip
def test_a_wrong_sigmoid_costs_three_points_and_says_what_was_put_in_its_place(wrong):
    questions = graded(
        "01_logistic_regression", sigmoid=wrong,
        log_loss_gradient="def log_loss_gradient(w, b, X, y):\n"
        "    error = sigmoid(X @ w + b) - y\n    return X.T @ error / len(X), error.mean()",
    )  # fmt: skip
    assert lost(questions) == {"sigmoid-value": 2, "sigmoid-stable": 1}
    followed = questions["gradient-value"]
    assert followed["with_reference"] == ["sigmoid"]
    assert followed["messages"][0].startswith("Tried with the reference in the place of your sigmoid")


CHAIN = [
    ("locked", "imports", 0, "import numpy as np"),
    ("solution", "f", 0, "### BEGIN SOLUTION\ndef f(x): return x + 1\n### END SOLUTION"),
    ("test", "t-f", 1, "assert f(1) == 2"),
    ("solution", "g", 0, "### BEGIN SOLUTION\ndef g(x): return 2 * f(x)\n### END SOLUTION"),
    ("test", "t-g", 2, "assert g(1) == 4\n### BEGIN HIDDEN TESTS\nassert g(5) == 12\n### END HIDDEN TESTS"),
]


def chain(rule: str | None, **answers: str) -> dict:
    job = small_job(CHAIN)
    raw = json.loads(job.source)
    raw["metadata"]["mlpkit"] |= {"follow_through": rule} if rule else {}
    from dataclasses import replace

    job = replace(job, source=json.dumps(raw).encode())
    result = grade_bytes(job, _with(raw, job.parsed, answers))
    return {q["id"]: q for q in result["questions"]}


OWN_WAY = {"f": "def f(x): return x", "g": "def g(x): return 2 * (f(x) + 1)"}  # right together, each wrong alone


@pytest.mark.parametrize(
    ("rule", "answers", "score"),
    [
        (None, {"f": "def f(x): return x"}, 2),
        ("own", {"f": "def f(x): return x"}, 0),
        ("reference", {"f": "def f(x): return x"}, 2),
        (None, OWN_WAY, 2),
        ("own", OWN_WAY, 2),
        (None, {"f": "def f(x): return x", "g": "def g(x): return 3 * f(x)"}, 0),
    ],
)
def test_the_assignment_decides_which_of_the_two_counts(rule, answers, score):
    questions = chain(rule, **answers)
    assert (questions["t-f"]["score"], questions["t-g"]["score"]) == (0, score)


def test_nothing_of_the_reference_and_of_what_is_printed_reaches_the_student():
    spy = "def g(x):\n    print('f is', f, f(x), [n for n in globals() if 'ref' in n])\n    return 2 * f(x)"
    questions = chain(None, f="def f(x): return x", g=spy)
    assert questions["t-g"]["score"] == 2
    assert "<function f of the test>" not in questions["t-g"]["stdout"]
    kept = "kept = []\ndef g(x):\n    kept.append(f)\n    return 2 * f(x)"
    later = [*CHAIN, ("solution", "h", 0, "### BEGIN SOLUTION\ndef h(x): return x + 1\n### END SOLUTION"),
             ("test", "t-h", 1, "assert h(1) == 2")]  # fmt: skip
    job = small_job(later)
    answers = {"f": "def f(x): return x", "g": kept, "h": "def h(x): return kept[-1](x)"}
    result = grade_bytes(job, _with(json.loads(job.source), job.parsed, answers))
    assert result["questions"][-1]["score"] == 0


def test_a_test_that_fails_leaves_its_helpers_to_later_tests():
    cells = [
        *CHAIN[:2],
        ("test", "t-f", 1, "assert f(1) == 2\nimport math\ndef close(a, b): return abs(a - b) < 1e-9\nSIZE = 3"),
        CHAIN[3],
        ("test", "t-g", 2, "assert close(g(SIZE), math.floor(8.5))"),
    ]
    job = small_job(cells)
    data = _with(json.loads(job.source), job.parsed, {"f": "def f(x): return x", "g": "def g(x): return 2 * x + 2"})
    assert [q["score"] for q in grade_bytes(job, data)["questions"]] == [0, 2]
    (problem,) = inspect(job.parsed)
    assert problem.startswith("cell 't-g': it needs SIZE, close, math, which t-f binds after something that can fail")


def test_names_bound_before_anything_can_fail_are_no_problem():
    cells = [*CHAIN[:2], ("test", "t-f", 1, "import math\nSIZE = 3\nassert f(1) == 2"), CHAIN[3],
             ("test", "t-g", 2, "assert g(SIZE) == math.floor(8.5)")]  # fmt: skip
    assert inspect(small_job(cells).parsed) == []
    assert inspect(small_job(CELLS).parsed) == []
