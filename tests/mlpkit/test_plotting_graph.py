"""The drawn graph shows every node, every value and every gradient."""

from mlpkit.autodiff import Var, computation_graph
from mlpkit.plotting import graph


def test_values_stand_above_and_gradients_below_the_edges():
    x, y, z = Var(-2, "x"), Var(5, "y"), Var(-4, "z")
    f = (x + y) * z
    f.backward()
    drawn = graph(f)
    texts = {(round(t.get_position()[0], 3), round(t.get_position()[1], 3)): t.get_text() for t in drawn.texts}
    assert sorted(t for t in texts.values() if t) == sorted(
        ["x", "y", "z", "+", "*", "-2", "-4", "5", "-4", "3", "-4", "-4", "3", "-12", "1"]
    )
    above = {text for (_, height), text in texts.items() if round(height % 0.5, 3) == 0.06}
    assert {"5", "3", "-12"} <= above


def test_a_graph_already_laid_out_is_drawn_into_the_given_axes():
    f = Var(2.0) * 3
    first = graph(computation_graph(f))
    assert graph(f, first) is first
