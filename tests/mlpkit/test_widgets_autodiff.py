"""The explorers of lesson 6 show what the engine computes, and their goals can be reached."""

import ast
import math
from itertools import pairwise

import numpy as np
import pytest

from mlpkit import widgets
from mlpkit.autodiff import Dual, gradient
from mlpkit.widgets.bracketing import multiplications
from mlpkit.widgets.diamond import walk
from mlpkit.widgets.recomputation import LAYERS, peak, schedule, steps
from mlpkit.widgets.swell import formula_size, length, written


def test_the_walk_ends_with_the_gradients_of_the_engine():
    explorer = widgets.graph_walk()
    explorer.set(step=7, x=1.5, y=-4.0, z=2.5)
    slopes = gradient(lambda v: (v[0] + v[1]) * v[2], [1.5, -4.0, 2.5])

    assert f"All three: ({', '.join(f'{slope:g}' for slope in slopes)})" in explorer.picture.alt


@pytest.mark.parametrize(
    ("step", "there", "missing"), [(0, "inputs", "q ="), (1, "q = x + y = 3", "f ="), (3, "∂f/∂f = 1", "∂f/∂q")]
)
def test_a_step_of_the_walk_says_no_more_than_has_been_computed(step, there, missing):
    explorer = widgets.graph_walk(step=step)

    assert there in explorer.picture.alt
    assert missing not in explorer.picture.alt


def true_slope(x: float) -> float:
    return gradient(lambda v: (2 * v[0]) ** 2 + 2 * v[0], [x])[0]


@pytest.mark.parametrize("x", [-2.0, -0.5, 0.0, 1.5])
def test_only_the_right_order_with_added_shares_gives_the_derivative(x):
    ends = {order: walk(order, 5, x)[0]["x"] for order in ("right", "depth", "assign")}

    assert ends["right"] == true_slope(x)
    assert (ends["depth"] == true_slope(x)) == (x == 0)
    assert ends["assign"] != true_slope(x)


def test_depth_first_hands_on_before_all_shares_have_come():
    early, late = walk("depth", 3, 1.5)[0], walk("depth", 5, 1.5)[0]

    assert (early["u"], early["x"]) == (1.0, 2.0)
    assert (late["u"], late["x"]) == (7.0, 2.0)


@pytest.mark.parametrize("widths", [(1, 100, 100, 100), (100, 30, 30, 10), (7, 2, 9, 4), (1, 1, 1, 1)])
def test_the_multiplications_are_those_of_the_products(widths):
    sizes = [(b, a) for a, b in pairwise(widths)]
    (J1, J2, J3) = (np.ones(size) for size in sizes)

    def price(A, B):
        return A.shape[0] * A.shape[1] * B.shape[1]

    costs = multiplications(widths)
    assert costs["forward"] == price(J2, J1) + price(J3, J2 @ J1)
    assert costs["reverse"] == price(J3, J2) + price(J3 @ J2, J1)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_the_formula_is_right_and_as_large_as_is_said(n):
    text = written(n)
    tree = ast.parse(text, mode="eval")
    x = Dual(0.3, 1.0)
    for _ in range(n):
        x = x * (1 - x)

    assert eval(text, {"x": 0.3}) == pytest.approx(x.derivative, rel=1e-12)
    assert formula_size(n) == sum(isinstance(node, ast.BinOp) for node in ast.walk(tree))
    assert length(n) == len(text)


@pytest.mark.parametrize("k", [1, 2, 5, 6, 17, 35, 36])
def test_each_layer_is_there_when_its_turn_on_the_way_back_comes(k):
    memory = schedule(k)
    left = [int(np.flatnonzero(row)[-1]) for row in memory]  # when each output is last needed

    assert left == sorted(left, reverse=True)
    assert memory[:, -1].max() == 0
    assert np.count_nonzero(memory, axis=0).max() == peak(k)


def test_memory_is_least_near_the_root_of_the_depth_and_work_never_doubles():
    best = min(range(1, LAYERS + 1), key=peak)

    assert peak(1) == peak(LAYERS) == LAYERS
    assert abs(best - math.isqrt(LAYERS)) <= 1
    assert peak(best) <= 2 * math.isqrt(LAYERS)
    assert max(steps(k) for k in range(1, LAYERS + 1)) < 3 * LAYERS
