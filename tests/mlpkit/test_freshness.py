"""Which names a cell binds, told from its text alone: a cell with a syntax error is the case that matters."""

import pytest

from mlpkit import freshness


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def sigmoid(z):\n    small = 1\n    return (small", {"sigmoid"}),
        ("hidden = np.array([[0, 0]\noutputs = 3", {"hidden", "outputs"}),
        ("a, b = 1, 2\nclass Var(\n", {"a", "b", "Var"}),
        ("w: float = 3.0", {"w"}),
        ("z == 3\nprint(x=1)\n# y = 3", set()),
        ("%%time\nasync def f():\n  pass", {"f"}),
    ],
)
def test_names_are_read_off_the_left_margin(text, names):
    assert freshness.bound_names(text) == names


def test_without_ipython_nothing_is_old():
    freshness.watch_cells()
    assert freshness.why_old("sigmoid", {"sigmoid": 1}) is None
