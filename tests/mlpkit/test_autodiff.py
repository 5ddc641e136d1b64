"""Automatic differentiation agrees with the complex step, whatever the expression, its depth or its sharing."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpkit.autodiff import ArrayVar, Dual, Var, computation_graph, forward_gradient, gradient, operation_counts
from mlpkit.gradcheck import numerical_gradient, relative_error
from mlpkit.network import MLP

UNARY = ("exp", "log", "tanh", "sigmoid", "neg", "square", "reciprocal")
BINARY = ("+", "-", "*", "/")


def run(program, xs, functions):
    """Compute a random expression; `functions` has exp, log, tanh and sigmoid for the kind of number in xs."""
    numbers = list(xs)
    for operation, i, j in program:
        a, b = numbers[i % len(numbers)], numbers[j % len(numbers)]
        if operation == "neg":
            result = -a
        elif operation == "square":
            result = 2 - a**2
        elif operation == "reciprocal":
            result = 1.5 / (a * a + 2)
        elif operation == "log":
            result = functions["log"](a * a + 1)
        elif operation == "exp":
            result = functions["exp"](functions["tanh"](a))
        elif operation in functions:
            result = functions[operation](a)
        elif operation == "+":
            result = a + b
        elif operation == "-":
            result = a - b
        elif operation == "*":
            result = functions["tanh"](a) * b
        else:
            result = a / (b * b + 1)
        numbers.append(result)
    return sum(numbers[-3:], 0.0)


COMPLEX = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}
METHODS = {name: lambda x, name=name: getattr(x, name)() for name in COMPLEX}
programs = st.lists(
    st.tuples(st.sampled_from(UNARY + BINARY), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=15
)
inputs = st.lists(st.floats(-2, 2), min_size=1, max_size=4)


@given(programs, inputs)
@settings(max_examples=200, deadline=None)
def test_random_expressions_agree_with_the_complex_step(program, xs):
    exact = numerical_gradient(lambda x: run(program, x, COMPLEX), np.array(xs), method="complex")
    for mode in (gradient, forward_gradient):
        found = np.array(mode(lambda x: run(program, x, METHODS), xs))
        assert (np.abs(found - exact) <= 1e-9 * (1 + np.abs(exact))).all()


def test_the_deck_s_graph():
    x, y, z = Var(-2, "x"), Var(5, "y"), Var(-4, "z")
    f = (x + y) * z
    f.backward()
    assert (f.value, f.grad) == (-12, 1)
    assert (x.grad, y.grad, z.grad) == (-4, -4, 3)
    graph = computation_graph(f)
    assert [(n.label, n.value, n.grad, n.x) for n in graph.nodes] == [
        ("x", -2, -4, 0),
        ("y", 5, -4, 0),
        ("+", 3, -4, 1),
        ("z", -4, 3, 0),
        ("*", -12, 1, 2),
    ]
    assert graph.edges == ((0, 2), (1, 2), (2, 4), (3, 4))
    assert len({(n.x, n.y) for n in graph.nodes}) == 5


def test_the_logistic_exercise():
    def loss(w):
        return -(w[0] * 1 + w[1] * 1 + w[2] * 1).sigmoid().log()

    p = 1 / (1 + np.exp(-0.5))
    assert loss([Var(1), Var(1), Var(-1.5)]).value == pytest.approx(-np.log(p), rel=1e-15)
    np.testing.assert_allclose(gradient(loss, [1, 1, -1.5]), [p - 1] * 3, rtol=1e-14)


def test_plain_numbers_on_either_side():
    for number in (3, 3.0, np.float64(3), np.int64(3)):
        x = Var(2.0)
        y = (number + x) * (number - x) / (number * x) + (number / x) - (x - number) + (x + number) * (x / number)
        y.backward()
        exact = numerical_gradient(
            lambda x: ((3 + x) * (3 - x) / (3 * x) + 3 / x - (x - 3) + (x + 3) * (x / 3)).sum(),
            np.array([2.0]),
            method="complex",
        )
        assert type(y) is Var
        assert x.grad == pytest.approx(exact[0], rel=1e-14)


def test_a_chain_of_ten_thousand_needs_no_recursion():
    limit = sys.getrecursionlimit()
    x = Var(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    y.backward()
    assert x.grad == pytest.approx(1.0001**10_000, rel=1e-9)
    assert sys.getrecursionlimit() == limit


def test_a_node_used_thousands_of_times_collects_from_all_its_uses():
    x = Var(0.5)
    y = sum((x * k for k in range(5000)), Var(0))
    y.backward()
    assert x.grad == sum(range(5000))


def test_sharing_costs_no_more_than_the_graph_has_edges():
    x = Var(1.0)
    y = x
    for _ in range(200):  # 2^200 paths, 400 edges
        y = (y + y) * 0.5
    y.backward()
    assert x.grad == 1


def test_backward_twice_gives_the_same_and_grad_is_0_before():
    x = Var(3.0)
    y = x * x + x
    assert (x.grad, y.grad) == (0, 0)
    for _ in range(2):
        y.backward()
        assert (x.grad, y.grad) == (7, 1)


def test_equal_values_are_different_nodes():
    x, y = Var(2.0), Var(2.0)
    (x * x * y).backward()
    assert (x.grad, y.grad) == (8, 4)


def test_relu_and_powers_at_their_edges():
    assert gradient(lambda x: x[0].relu() + x[1].relu() + x[2].relu(), [-1, 0, 2]) == [0, 0, 1]
    assert gradient(lambda x: x[0] ** 1 + x[1] ** 2 + x[2] ** 1.5, [0, 0, 0]) == [1, 0, 0]
    assert gradient(lambda x: x[0] ** -2, [-2]) == [0.25]
    assert gradient(lambda x: x[0].sigmoid() + x[1].sigmoid(), [1000, -1000]) == [0, 0]


def test_f_is_called_once_in_reverse_mode_and_once_an_input_in_forward_mode():
    calls = []

    def f(xs):
        calls.append(1)
        return xs[0] * xs[1] * xs[2] + xs[3]

    assert gradient(f, [1, 2, 3, 4]) == [6, 3, 2, 1]
    assert len(calls) == 1
    assert forward_gradient(f, [1, 2, 3, 4]) == [6, 3, 2, 1]
    assert len(calls) == 5
    assert operation_counts(f, [1, 2, 3, 4]) == {"reverse": 6, "forward": 24}


def test_a_dual_number_multiplies_as_the_algebra_says():
    product = Dual(3, 1) * Dual(5, 2)
    assert (product.value, product.derivative) == (15, 11)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Var("1"), TypeError, "value must be a number"),
        (lambda: Var(np.nan), ValueError, "value must be finite"),
        (lambda: Var(1) + "1", TypeError, "unsupported operand"),
        (lambda: [1] * Var(1), TypeError, "can't multiply|unsupported operand"),
        (lambda: Var(1) / Var(0), ZeroDivisionError, "the divisor must not be 0"),
        (lambda: Var(-1).log(), ValueError, "log must be taken of a positive number, but it is -1"),
        (lambda: Var(1000).exp(), ValueError, "exp must be taken of a number below"),
        (lambda: Var(0) ** 0.5, ValueError, "exponent must be at least 1 where the base is 0"),
        (lambda: Var(-1) ** 0.5, ValueError, "exponent must be whole where the base is negative"),
        (lambda: Var(2) ** Var(2), TypeError, "exponent must be a plain number"),
        (lambda: gradient(lambda xs: 1.0, [1]), TypeError, "f must return a Var, but it returned float"),
        (lambda: forward_gradient(lambda xs: 1.0, [1]), TypeError, "f must return a Dual, but it returned float"),
        (lambda: computation_graph(1.0), TypeError, "output must be a Var"),
        (lambda: ArrayVar([1, np.inf]), ValueError, "value must be finite"),
        (lambda: ArrayVar(np.ones(2)).backward(), ValueError, "backward must start at one number"),
        (lambda: ArrayVar(np.ones(2)) @ np.ones(2), ValueError, "@ must stand between two matrices"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


A = np.random.default_rng(0).uniform(0.5, 2, (3, 4))
B = np.random.default_rng(1).uniform(0.5, 2, (3, 4))


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a + b[0],
        lambda a, b: a * b[:, :1],
        lambda a, b: 2 - a / (b + 1),
        lambda a, b: 1 / a - b,
        lambda a, b: -(a**3) * b.exp(),
        lambda a, b: (a @ B.T) @ b,
        lambda a, b: A.T @ (a * b),
        lambda a, b: (a - b).tanh() + a.log(),
        lambda a, b: (a - b).sigmoid() * (a - b).relu(),
        lambda a, b: a.sum(axis=0) * b.sum(axis=1).mean(),
        lambda a, b: a[[0, 2, 0], [1, 1, 1]] * b[0, :3],
        lambda a, b: (a * b).logsumexp(),
        lambda a, b: a + b.mean(),
    ],
)
def test_array_operations_agree_with_central_differences(f):
    a, b = ArrayVar(A), ArrayVar(B)
    (f(a, b) ** 2).sum().backward()
    for node, numerical in (
        (a, numerical_gradient(lambda x: (f(ArrayVar(x), ArrayVar(B)).value ** 2).sum(), A)),
        (b, numerical_gradient(lambda x: (f(ArrayVar(A), ArrayVar(x)).value ** 2).sum(), B)),
    ):
        assert node.grad.shape == node.shape
        assert relative_error(node.grad, numerical, floor=1e-3).max() < 1e-6


def test_the_mlp_rebuilt_on_array_variables_has_the_same_gradients():
    net = MLP([5, 7, 6, 3], "relu", dtype=np.float64)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((11, 5)), rng.integers(0, 3, 11)
    weights, biases = [ArrayVar(W) for W in net.weights], [ArrayVar(b) for b in net.biases]
    h = ArrayVar(X)
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = (h @ W + b).relu()
    z = h @ weights[-1] + biases[-1]
    loss = (z.logsumexp() - z[np.arange(11), y]).mean()
    found = net.gradients(X, y)
    for _ in range(2):
        loss.backward()
        assert loss.value == pytest.approx(found.loss, rel=1e-14)
        for node, exact in zip(weights + biases, found.dweights + found.dbiases, strict=True):
            np.testing.assert_allclose(node.grad, exact, atol=1e-14)
