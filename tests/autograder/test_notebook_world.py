"""The sandbox's notebook is a notebook: shell lines, helper modules, prints, and tests that look at a function.

The right verdicts are those of one process, where the same test and answer were run in stock nbgrader's kernel.
"""

import pytest

from autograder.engine import Job, grade_bytes
from tests.autograder.course import cell, job, notebook, scores, submission, verdicts
from tests.autograder.test_grader import grade_test

SHELL = [
    "%pip install -q numpy", "!pip install -q numpy", "%conda install numpy", "!ls -l",
    "files = !ls", "%ls", "%sx echo hello", "!!echo hello", "out = %system echo hello", "get_ipython().system('ls')",
    "get_ipython().getoutput('ls')", "%uv pip install numpy", "!nvidia-smi", "%matplotlib widget", "%matplotlib qt",
]  # fmt: skip


@pytest.mark.parametrize("line", SHELL)
def test_a_shell_line_is_said_to_do_nothing_and_the_cell_goes_on(grade, line):
    result = grade(submission({"double": f"{line}\ndef double(x):\n    return 2 * x"}))
    assert scores(result)["test-double"] == 2
    shown = str(result["cells"][1]["outputs"])
    assert "there is no shell here" in shown or "matplotlib" in line
    assert "'error'" not in shown


@pytest.mark.parametrize("head", ["%%bash", "%%sh", "%%script bash", "%%!", "%%system"])
def test_a_cell_for_the_shell_is_said_to_do_nothing(grade, head):
    result = grade(submission(extra=(f"{head}\npip install numpy",)))
    assert "there is no shell here" in result["cells"][0]["outputs"][0]["text"]
    assert len(result["cells"][0]["outputs"]) == 1
    assert scores(result)["test-double"] == 2


MODULES = {
    "written by a magic": ("%%writefile mysig.py\ndef double(x):\n    return 2 * x",),
    "written by %%file": ("%%file mysig.py\ndef double(x):\n    return 2 * x",),
    "written by open": ("open('mysig.py', 'w').write('def double(x):\\n    return 2 * x')",),
    "a package": ("import os; os.mkdir('mysig')", "%%writefile mysig/__init__.py\ndef double(x):\n    return 2 * x"),
    "elsewhere": ("import sys, os; os.mkdir('lib'); sys.path.append('lib')",
                  "%%writefile lib/mysig.py\ndef double(x):\n    return 2 * x"),
    "in two": ("%%writefile base.py\ndef twice(x):\n    return 2 * x",
               "%%writefile mysig.py\nfrom base import twice as double"),
}  # fmt: skip
IMPORTS = ["from mysig import double", "import mysig\ndouble = mysig.double", "from mysig import *",
           "def double(x):\n    import mysig\n    return mysig.double(x)"]  # fmt: skip


@pytest.mark.parametrize("written", MODULES.values(), ids=MODULES)
@pytest.mark.parametrize("text", IMPORTS)
def test_a_helper_module_of_the_students_own_is_imported(grade, written, text):
    assert scores(grade(submission({"double": text}, extra=written)))["test-double"] == 2


SIGMOID = (
    "import numpy as np\ndef sigmoid(z):\n    e = np.exp(-np.abs(z))\n    return np.where(z < 0, e, 1.0) / (1.0 + e)"
)
ASSIGNMENT = [
    ("locked", "imports", 0, "import numpy as np"),
    ("solution", "s", 0, "### BEGIN SOLUTION\ndef sigmoid(z): return 1 / (1 + np.exp(-z))\n### END SOLUTION"),
    ("test", "t", 1, "z = np.array([1.0, 2.0])\nassert (sigmoid(z) > 0.5).all()"),
]


@pytest.mark.parametrize(
    "text", [t.replace("mysig.double", "mysig.sigmoid").replace("double", "sigmoid") for t in IMPORTS]
)
@pytest.mark.parametrize(
    ("inside", "score"),
    [(SIGMOID, 1), ("import scipy.special\ndef sigmoid(z):\n    return scipy.special.expit(z)", 0)],
)
def test_an_own_module_is_no_forbidden_package_but_what_it_imports_may_be(text, inside, score):
    own = Job(job(ASSIGNMENT).source, {}, "01_logistic_regression", job().stubs)
    data = submission({"s": text}, (f"%%writefile mysig.py\n{inside}",), ASSIGNMENT)
    question = grade_bytes(own, data)["questions"][0]
    assert question["score"] == score, question


def test_a_print_to_stderr_costs_nothing_and_is_no_warning(grade):
    answer = "import sys, logging\ndef double(x):\n    print('step', file=sys.stderr)\n    return 2 * x"
    result = grade(submission({"double": answer}))
    question = result["questions"][0]
    assert (question["score"], question["messages"]) == (2, [])
    assert "step" in question["stdout"]


LOOKING = [
    ("import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    f(2)\n"
     "assert out.getvalue() == 'two 2\\n'", "def f(x):\n    print('two', x)"),
    ("import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stderr(out):\n    f(2)\n"
     "assert out.getvalue() == 'two\\n'", "import sys\ndef f(x):\n    print('two', file=sys.stderr)"),
    ("import inspect\nassert 'for' not in inspect.getsource(f)\nassert inspect.getsource(f).startswith('def f')",
     "def f(x):\n    return x"),
    ("import inspect\nassert inspect.getsource(C.m).strip() == 'def m(self): return 1'",
     "class C:\n    def m(self): return 1"),
    ("import inspect\nassert list(inspect.signature(f).parameters) == ['a', 'b']\n"
     "assert inspect.signature(f).parameters['b'].default == 2.5\nassert inspect.isfunction(f)\n"
     "assert not inspect.isclass(f)", "def f(a, b=2.5):\n    return a"),
    ("import inspect\nlines, _ = inspect.getsourcelines(f)\nassert len(lines) == 2", "def f(x):\n    return x"),
    ("m = M()\nm.params['W'] = np.ones(2)\nassert m.total() == 2.0\nm.params['W'][0] = 5.0\nassert m.total() == 6.0",
     "import numpy as np\nclass M:\n    def __init__(s): s.params = {'W': np.zeros(2)}\n"
     "    def total(s): return float(s.params['W'].sum())"),
    ("m = M()\nm.layers[1]['b'][...] = 3.0\nm.layers.append({'b': np.ones(1)})\nassert m.total() == [0.0, 6.0, 1.0]",
     "import numpy as np\nclass M:\n    def __init__(s): s.layers = [{'b': np.zeros(2)} for _ in range(2)]\n"
     "    def total(s): return [float(x['b'].sum()) for x in s.layers]"),
    ("state['n'] = 3\nassert f() == 3\nstate.clear()\nassert f() is None",
     "state = {'n': 1}\ndef f():\n    return state.get('n')"),
    ("W[1] = 7\nassert f() == 7", "import numpy as np\nW = np.zeros(3)\ndef f():\n    return float(W.sum())"),
    ("old = g\ndel g\ntry:\n    f(1)\n    raise AssertionError('g is not used')\nexcept NameError:\n    pass\n"
     "finally:\n    g = old\nassert f(1) == 2", "def g(x):\n    return x\ndef f(x):\n    return 2 * g(x)"),
    ("old = g\ng = lambda x: 10\nassert f(1) == 20\ng = old\nassert f(1) == 2",
     "def g(x):\n    return x\ndef f(x):\n    return 2 * g(x)"),
    ("assert str(type(f(2))) == \"<class 'list'>\"", "def f(x):\n    return [x]"),
]  # fmt: skip


@pytest.mark.parametrize(("test", "answer"), LOOKING, ids=lambda value: value.splitlines()[0][:40])
def test_what_a_test_looks_at_is_what_it_sees_in_one_process(test, answer):
    question = grade_test(test, answer)
    assert question["verdict"] == "right", question


def test_what_a_test_took_away_is_there_again_for_the_next_one():
    cells = [
        ("solution", "g", 0, "### BEGIN SOLUTION\ndef g(x): return x\n### END SOLUTION"),
        ("solution", "f", 0, "### BEGIN SOLUTION\ndef f(x): return g(x)\n### END SOLUTION"),
        ("test", "takes", 1, "del g\nassert f(1) == 1"),
        ("test", "after", 1, "assert f(1) == 1 and g(2) == 2"),
    ]
    answers = {"g": "def g(x): return x", "f": "def f(x): return g(x)"}
    assert scores(grade_bytes(job(cells), submission(answers, cells=cells))) == {"takes": 0, "after": 1}


REASONS = {
    "from google.colab import drive\ndef double(x):\n    return 2 * x":
        "double is not defined: its cell stopped at line 1: ModuleNotFoundError: No module named 'google'",
    "x = 1\nprint(y)\ndef double(x):\n    return 2 * x":
        "double is not defined: its cell stopped at line 2: NameError: name 'y' is not defined",
    "def double(x):\n    return 2 * (x": "double is not defined: its cell stopped at line 2: SyntaxError",
    "def twice(x):\n    return 2 * x": "double is not defined. No cell of the notebook defines it.",
    "def double(x):\n    y = 2 * x\n    raise NotImplementedError()":
        "raise NotImplementedError() still stands in double.",
}  # fmt: skip


@pytest.mark.parametrize("answer", REASONS)
def test_a_cell_that_stopped_says_why_and_is_never_not_attempted(grade, answer):
    result = grade(submission({"double": answer}))
    question = result["questions"][0]
    assert question["verdict"] == "wrong"
    assert question["messages"][0].startswith(REASONS[answer])


def test_a_helper_whose_cell_stopped_is_named(grade):
    result = grade(
        submission(
            {"double": "def double(x):\n    return helper(x)"}, ("import tensorflow\ndef helper(x): return x",)
        )
    )
    assert "helper: its cell stopped at line 1: ModuleNotFoundError: No module named 'tensorflow'" in str(
        result["questions"][0]["messages"]
    )
    assert verdicts(result)["test-average"] == "right"


def test_a_warning_of_the_tests_own_is_no_students_zero():
    question = grade_test("np.log(np.zeros(1))\nassert f(1) == 1", "def f(x):\n    return x")
    assert (question["score"], question["messages"]) == (4, [])
    called = grade_test(
        "assert f(lambda x: np.log(x * 0)) == 1", "import numpy as np\ndef f(g):\n    g(np.ones(1))\n    return 1"
    )
    assert called["score"] == 4


def test_a_test_that_fails_by_itself_is_not_graded():
    question = grade_test("open('no_such_file.txt')", "def f(x):\n    return x")
    assert (question["score"], question["verdict"]) == (None, "not graded")


def test_only_comments_are_no_test():
    for text in (
        "# nothing",
        "### AUTOTEST f(1)",
        "print('Success!')",
        '"""words"""\nimport math',
        "x = 1",
        "assert True",
    ):
        question = grade_test(text, "def f(x):\n    return x")
        assert (question["score"], question["verdict"]) == (None, "not graded"), text


def test_a_notebook_of_a_newer_nbgrader_is_refused_in_words(grade):
    result = grade(notebook([cell("x = 1", metadata={"nbgrader": {"schema_version": 10, "grade_id": "double"}})]))
    assert result["status"] == "unreadable"
    assert result["findings"] == ["the notebook was made by a newer nbgrader: schema 10, 3 is known"]


def test_the_notebook_knows_that_it_is_graded():
    assert (
        grade_test("assert f() == 'autograde'", "import os\ndef f():\n    return os.environ['NBGRADER_EXECUTION']")[
            "score"
        ]
        == 4
    )
