"""A test cell in the grader sees a student's notebook as it would in one process, but for what could lie."""

import gc
import os

import pytest

from autograder.confine import clone_confined
from autograder.engine import grade_bytes, warm_engine
from tests.autograder.course import CELLS, HONEST, cell, job, notebook, released, scores, submission, verdicts


def grade_test(test: str, answer: str, solution: str | None = None, before: tuple = (), **limits) -> dict:
    """Grade one question: `answer` is the student's cell, `test` the test cell; `before` are locked cells."""
    solution = f"### BEGIN SOLUTION\n{solution or answer}\n### END SOLUTION"
    cells = [("locked", "imports", 0, "import numpy as np\nimport warnings"), *before]
    cells += [("solution", "answer", 0, solution), ("test", "t", 4, test)]
    result = grade_bytes(job(cells, **limits), submission({"answer": answer}, cells=cells))
    assert result["status"] == "graded", result
    return result["questions"][0]


def test_an_honest_submission_gets_all_points_and_waits_for_a_human(grade):
    result = grade(submission())
    assert scores(result) == {"test-double": 2, "test-average": 1, "test-slope": 3, "test-apply": 1, "why": None}
    assert result["findings"] == []
    assert result["unanswered"] == []


def test_the_untouched_notebook_gets_nothing(grade):
    result = grade(notebook(released()))
    assert set(scores(result).values()) == {0.0}
    assert set(verdicts(result).values()) == {"not attempted"}
    assert result["unanswered"] == ["double", "average", "slope", "apply", "why"]


def test_the_same_bytes_give_the_same_result(grade):
    data = submission(
        {"double": "import random\ndef double(x):\n    print(np.random.rand(), random.random())\n    return 2*x"}
    )
    first, second = grade(data), grade(data)
    for result in (first, second):
        result.pop("seconds")
        for question in result["questions"]:
            question.pop("seconds", None)
    assert first == second


def test_one_endless_loop_costs_one_question(grade):
    result = grade(submission({"average": "def average(x):\n    while True: pass"}))
    assert verdicts(result)["test-average"] == "time-out"
    assert scores(result) == {"test-double": 2, "test-average": 0, "test-slope": 3, "test-apply": 1, "why": None}


def test_a_crash_in_a_cell_costs_the_names_of_that_cell(grade):
    result = grade(submission({"average": "import os\nos._exit(1)"}))
    assert verdicts(result)["test-average"] == "crash"
    assert scores(result)["test-slope"] == 3


def test_what_one_submission_writes_the_next_one_does_not_find(grade):
    places = "['/tmp/left', '/dev/shm/left', 'left', '/tmp/notebook/left']"
    write = f"for p in {places}:\n    open(p, 'w').write('x')\ndef double(x):\n    return 2 * x"
    read = f"import os\ndef double(x):\n    return x if any(map(os.path.exists, {places})) else 2 * x"
    assert scores(grade(submission({"double": write})))["test-double"] == 2
    assert scores(grade(submission({"double": read})))["test-double"] == 2


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        ("x = np.zeros(3)\nf(x)\nassert (x == 1).all()", "def f(x):\n    x += 1"),
        ("x = np.zeros(3)\nassert f(x) is x", "def f(x):\n    return x"),
        ("a = [np.zeros(2)]\nf(a)\nassert len(a) == 2 and a[1] is a[0]", "def f(a):\n    a.append(a[0])"),
        ("rng = np.random.default_rng(1)\nf(rng)\nsame = np.random.default_rng(1)\nsame.normal()\n"
         "assert rng.normal() == same.normal()", "def f(rng):\n    rng.normal()"),
        ("with warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    f(np.zeros(1))\n"
         "assert len(w) == 1 and w[0].category is RuntimeWarning", "def f(x):\n    return 1 / x"),
        ("with warnings.catch_warnings():\n    warnings.simplefilter('error')\n    try:\n        f(np.zeros(1))\n"
         "    except RuntimeWarning:\n        caught = True\nassert caught", "def f(x):\n    return 1 / x"),
        ("with np.errstate(all='raise'):\n    try:\n        f(np.zeros(1))\n    except FloatingPointError:\n"
         "        caught = True\nassert caught", "def f(x):\n    return 1 / x"),
        ("with np.errstate(all='ignore'):\n    f(np.zeros(1))", "def f(x):\n    return 1 / x"),
        ("try:\n    f(-1)\nexcept ValueError as e:\n    assert str(e) == 'negative -1'",
         "class Mine(ValueError): pass\ndef f(x):\n    raise Mine(f'negative {x}')"),
        ("assert f(lambda v, k=1: v + k, 2) == 13", "def f(g, x):\n    return g(x, k=10) + 1"),
        ("assert f(np.tanh, np.zeros(2)).tolist() == [0, 0]", "def f(g, x):\n    return g(x)"),
        ("assert f(dtype=np.float32).dtype == np.float32", "def f(dtype):\n    return np.zeros(2, dtype)"),
        ("def g(x):\n    return f(x, lambda y: y * 2)\nassert [g(i) for i in range(3)] == [0, 2, 4]",
         "def f(x, h):\n    return h(x)"),
        ("assert W.shape == (2, 3) and name == 'me' and flag is True",
         "W = np.ones((2, 3))\nname = 'me'\nflag = True"),
        ("n = Net(3)\nn.rate = 0.5\nassert n.step(2.0) == 1.0 and len(n) == 3\n"
         "assert n[1] == 1 and list(n) == [0, 1, 2]\nassert isinstance(n, Net)",
         "class Net:\n    def __init__(s, k): s.k = k\n    def step(s, v): return s.rate * v\n"
         "    def __len__(s): return s.k\n    def __getitem__(s, i):\n        if i >= s.k: raise IndexError\n"
         "        return i"),
        ("a, b = f()\nassert a == 1 and b.x == 2",
         "from collections import namedtuple\nP = namedtuple('P', 'x')\ndef f():\n    return 1, P(2)"),
        ("c = f()\nassert g(c) == 5 and g(c) == 5",
         "class Cache: pass\ndef f():\n    c = Cache(); c.v = 5\n    return c\ndef g(c):\n    return c.v"),
        ("calls = f()\ncalls = f()\nassert count == 2", "count = 0\ndef f():\n    global count\n    count += 1"),
        ("f()\nassert g() == 2", "def g():\n    return 1\ndef f():\n    global g\n    g = lambda: 2"),
        ("assert sum([1, 2]) == 3", "def sum(x):\n    return 3"),
    ],
    ids=lambda value: value.splitlines()[0][:40],
)  # fmt: skip
def test_a_call_means_what_it_means_in_one_process(test, answer):
    question = grade_test(test, answer)
    assert question["verdict"] == "right", question


VAR = """
class Var:
    def __init__(self, value): self.value, self.grad, self.back = value, 0.0, []
    def __add__(a, b):
        b = b if isinstance(b, Var) else Var(b)
        c = Var(a.value + b.value); c.back = [(a, 1.0), (b, 1.0)]; return c
    def __mul__(a, b):
        b = b if isinstance(b, Var) else Var(b)
        c = Var(a.value * b.value); c.back = [(a, b.value), (b, a.value)]; return c
    __radd__, __rmul__ = __add__, __mul__
    def __neg__(a): return a * -1.0
    def __sub__(a, b): return a + -b
    def backward(self):
        def go(v, g):
            v.grad += g
            for w, d in v.back: go(w, g * d)
        go(self, 1.0)
def gradient(f, xs):
    vs = [Var(x) for x in xs]
    f(vs).backward()
    return [v.grad for v in vs]
"""


def test_a_function_of_the_test_computes_with_objects_of_the_student():
    test = (
        "calls = []\ndef f(xs):\n    calls.append(1)\n    return xs[0] * xs[1] + 3 * xs[0] - xs[1]\n"
        "assert gradient(f, [2.0, 5.0]) == [8.0, 1.0]\nassert len(calls) == 1\n"
        "x = Var(2.0)\ny = 1 + x * x\ny.backward()\nassert y.value == 5.0 and x.grad == 4.0 and type(x.grad) is float"
    )
    assert grade_test(test, VAR)["verdict"] == "right"


@pytest.mark.parametrize(
    ("end", "score", "verdict"),
    [
        ("3", 3.0, "partial"), ("np.float64(1.5)", 1.5, "partial"), ("np.int64(4)", 4.0, "right"),
        ("0", 0.0, "partial"),
        ("None", 4.0, "right"),
        ("'done'", 4.0, "right"), ("3;", 4.0, "right"), ("5", None, "not graded"),
        ("-1", None, "not graded"), ("float('nan')", None, "not graded"), ("True", 4.0, "right"),
    ],
)  # fmt: skip
def test_partial_credit_is_the_number_that_a_test_ends_in(end, score, verdict):
    question = grade_test(f"assert f() == 1\n{end}", "def f():\n    return 1")
    assert (question["score"], question["verdict"]) == (score, verdict)


def test_a_warning_that_nobody_catches_costs_the_points_as_in_nbgrader():
    question = grade_test("f(np.zeros(1))", "def f(x):\n    return 1 / x")
    assert question["score"] == 0
    assert "divide by zero" in question["messages"][0]


@pytest.mark.parametrize(
    "test",
    ["import no_such_module", "assert f(1) ==", "assert undefined_by_everybody == 1", "f(object())"],
)
def test_a_fault_of_the_test_is_not_graded_and_no_zero(test):
    question = grade_test(test, "def f(x):\n    return x")
    assert (question["score"], question["verdict"]) == (None, "not graded")


def test_a_test_that_never_ends_by_itself_is_stopped():
    question = grade_test("while f(1): pass", "def f(x):\n    return x", cell_seconds=1.0)
    assert (question["score"], question["verdict"]) == (0, "time-out")


def test_trusted_names_stay_trusted_whatever_a_student_binds():
    locked = ("locked", "helpers", 0, "def expected():\n    return 7\ntolerance = 0.0")
    answer = "def expected():\n    return 0\ntolerance = 1e9\nclass np: pass\ndef f():\n    return 0"
    assert (
        grade_test("assert abs(f() - expected()) <= tolerance", answer, "def f(): return 7", (locked,))["score"] == 0
    )


def test_a_locked_cell_that_fails_leaves_its_names_unbound_and_not_to_the_student():
    locked = ("locked", "helpers", 0, "broken = 1 / 0")
    question = grade_test(
        "assert f() == broken", "broken = 5\ndef f():\n    return 5", "def f(): return 5", (locked,)
    )
    assert question["score"] in (0, None)
    assert question["verdict"] != "right"


def test_cells_run_as_ipython_runs_them_and_their_outputs_are_kept(grade):
    extra = (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "print('to stdout')\n6 * 7",
        "from IPython.display import display, HTML\ndisplay(HTML('<script>alert(1)</script>'))",
        "import ipywidgets as w\nw.interact(lambda a: a, a=(0, 5));",
        "_ + 1 if isinstance(_, int) else 43",
        "await __import__('asyncio').sleep(0)",
        "1 / 0",
    )
    result = grade(submission(extra=extra))
    shown = [c["outputs"] for c in result["cells"][: len(extra)]]
    assert "image/png" in shown[0][-1]["data"]
    assert shown[1][0]["text"] == "to stdout\n"
    assert shown[1][1]["data"] == {"text/plain": "42"}
    assert "script" not in str(shown[2][0]["data"].get("text/html", ""))
    assert not any(o["output_type"] == "error" for o in shown[3])
    assert shown[5] == []
    assert shown[6][0]["ename"] == "ZeroDivisionError"
    assert scores(result)["test-double"] == 2


def test_output_is_cut_while_it_is_produced(grade):
    result = grade(submission(extra=("for i in range(100000):\n    print('x' * 100)",)))
    text = result["cells"][0]["outputs"][0]["text"]
    assert len(text) < 110_000
    assert text.count("\n") <= 1_003
    assert "cut here" in text


def test_hidden_tests_leave_no_trace_in_what_a_student_reads(grade):
    result = grade(submission({"double": "def double(x):\n    return 2 * x if x.ndim == 1 else x"}))
    question = next(q for q in result["questions"] if q["id"] == "test-double")
    assert question["score"] == 0
    assert question["messages"] == ["doubling is wrong"]
    assert "secret" not in str(question)


def test_cells_after_the_last_question_are_shown_as_handed_in_unless_asked_for():
    picture = {
        **cell("print('drawn')"),
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "as handed in"}],
    }
    data = notebook(
        [
            *[c | {"source": HONEST.get(c["metadata"]["nbgrader"]["grade_id"], c["source"])} for c in released()],
            picture,
        ]
    )
    shown = [grade_bytes(job(CELLS, run_all=run_all), data)["cells"][-1]["outputs"] for run_all in (False, True)]
    assert [outputs[0]["text"] for outputs in shown] == ["as handed in", "drawn\n"]


def test_the_doctor_sees_through_a_handle_to_the_students_text(grade):
    pytest.importorskip("mlpkit.doctor")
    cells = [
        ("locked", "imports", 0, "import numpy as np\nfrom mlpkit.doctor import source"),
        ("solution", "f", 0, "### BEGIN SOLUTION\ndef f(x): return x\n### END SOLUTION"),
        ("test", "t", 1, "assert not source.uses_complex_numbers(f)\nassert source.forbidden_imports(f) == []"),
    ]
    answers = {
        "def f(x):\n    return 2.0 * x": 1,
        "def f(x):\n    return (x + 1e-20j).imag": 0,
        "def g(x):\n    return complex(x, 1)\ndef f(x, h=1/2, *a, **k):\n    return g(x)": 0,
        "import scipy\ndef f(x):\n    return scipy.special.expit(x)": 0,
        "def f(x):\n    from jax import grad\n    return grad(x)": 0,
    }
    found = {}
    for answer in answers:
        found[answer] = grade_bytes(job(cells), submission({"f": answer}, cells=cells))["questions"][0]["score"]
    assert found == answers


def test_the_doctor_sees_what_the_methods_of_a_class_do(grade):
    pytest.importorskip("mlpkit.doctor")
    cells = [
        ("locked", "imports", 0, "from mlpkit.doctor import source"),
        ("solution", "c", 0, "### BEGIN SOLUTION\nclass C:\n    def f(self): return 1.0\n### END SOLUTION"),
        ("test", "t", 1, "assert not source.uses_name(C, 'setrecursionlimit')\n"
                         "assert not source.uses_complex_numbers(C)"),
    ]  # fmt: skip
    answers = {
        "class C:\n    def f(self):\n        return 2.0": 1,
        "class C:\n    def f(self):\n        return complex(1, 1).imag": 0,
        "import sys\nclass Deep:\n    def f(self):\n        sys.setrecursionlimit(9)\nclass C(Deep):\n    x = 1": 0,
        "import sys\ndef g():\n    sys.setrecursionlimit(9)\nclass C:\n    def f(self):\n        g()": 0,
    }
    found = {}
    for answer in answers:
        found[answer] = grade_bytes(job(cells), submission({"c": answer}, cells=cells))["questions"][0]["score"]
    assert found == answers


def test_a_wrong_answer_is_named_by_the_doctor():
    doctor = pytest.importorskip("mlpkit.doctor")
    from autograder.engine import Job

    cells = [
        ("locked", "imports", 0, "import numpy as np"),
        ("solution", "s", 0, "### BEGIN SOLUTION\ndef sigmoid(z): return 1 / (1 + np.exp(-z))\n### END SOLUTION"),
        ("test", "t", 1, "z = np.array([1.0, 2.0])\nassert (sigmoid(z) > 0.5).all()"),
    ]
    own = Job(job(cells).source, {}, "01_logistic_regression", job().stubs)
    wrong = "def sigmoid(z):\n    return 1 - 1 / (1 + np.exp(-z))"
    question = grade_bytes(own, submission({"s": wrong}, cells=cells))["questions"][0]
    report = doctor.examine("01_logistic_regression", "sigmoid", lambda z: 1 - 1 / (1 + __import__("numpy").exp(-z)))
    assert question["score"] == 0
    assert question["causes"] == list(report.causes)
    assert question["messages"][-1] == report.hint


def test_assignments_that_differ_in_their_cells_alone_share_an_engine_and_get_each_their_own_tests():
    harder = [(role, id, points, text.replace("[2.0, 4.0]", "[3.0, 6.0]")) for role, id, points, text in CELLS]
    jobs = [job(), job(harder), job()]

    assert len({warm_engine(one) for one in jobs}) == 1
    assert [scores(grade_bytes(one, submission()))["test-double"] for one in jobs] == [2, 0, 2]


def test_forking_a_worker_leaves_no_garbage_in_the_template():
    # A template never collects: what each fork left there, all later workers would inherit and pay for.
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            pid = clone_confined(new_user=os.geteuid() != 0)
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
        assert gc.collect() == 0
    finally:
        gc.enable()
