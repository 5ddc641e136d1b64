"""The batched check of a whole network gives the differences that one entry at a time gives."""

import numpy as np
import pytest

from mlpkit.gradcheck import numerical_gradient
from mlpkit.network import MLP
from mlpkit.network_check import check_network, numerical_gradients

FORMS = [
    ([5, 7, 6, 3], "tanh", "softmax"),
    ([5, 7, 6, 4, 1], "relu", "sigmoid"),
    ([5, 4, 2], "swish", "linear"),
    ([4, 3], "relu", "softmax"),
]


def problem(sizes, hidden, output):
    rng = np.random.default_rng(0)
    net = MLP(sizes, hidden, output, dtype=np.float64)
    X = rng.standard_normal((9, sizes[0]))
    return net, X, rng.standard_normal((9, 2)) if output == "linear" else rng.integers(0, max(2, sizes[-1]), 9)


@pytest.mark.parametrize(("sizes", "hidden", "output"), FORMS)
def test_the_batched_differences_are_those_of_one_entry_at_a_time(sizes, hidden, output):
    net, X, y = problem(sizes, hidden, output)

    def loss(parameters):
        kept = net.parameters.copy()
        net.parameters[...] = parameters
        result = net.loss(X, y)
        net.parameters[...] = kept
        return result

    one_by_one = numerical_gradient(loss, net.parameters)
    dweights, dbiases = numerical_gradients(net, X, y)
    batched = np.concatenate(
        [np.append(dW, db[None], axis=0).ravel() for dW, db in zip(dweights, dbiases, strict=True)]
    )
    np.testing.assert_allclose(batched, one_by_one, atol=1e-9)


@pytest.mark.parametrize(("sizes", "hidden", "output"), FORMS)
def test_a_right_gradient_passes(sizes, hidden, output):
    check = check_network(*problem(sizes, hidden, output))
    assert check.passed
    assert check.worst < 1e-5


def test_a_wrong_gradient_fails_where_it_is_wrong(monkeypatch):
    net, X, y = problem(*FORMS[0])
    right = MLP.gradients

    def wrong(self, X, y):
        found = right(self, X, y)
        found.dweights[1][2, 3] *= 1.1
        return found

    monkeypatch.setattr(MLP, "gradients", wrong)
    check = check_network(net, X, y)
    assert not check.passed
    assert np.argwhere(check.weight_errors[1] > check.tolerance).tolist() == [[2, 3]]
    assert check.worst == pytest.approx(0.1 / 1.1, rel=1e-3)


def test_a_relu_at_its_kink_is_not_called_a_bug():
    net, X, y = problem([5, 7, 3], "relu", "softmax")
    net.biases[0][2] = -(X[0] @ net.weights[0][:, 2])  # the third unit is exactly at 0 for the first example
    check = check_network(net, X, y)
    assert check.bias_errors[0][2] > check.tolerance
    assert check.bias_kinks[0][2]
    assert not check.bias_kinks[0][[0, 1, 3, 4, 5, 6]].any()
    assert check.passed


def test_bad_input_is_named():
    net, X, y = problem(*FORMS[0])
    with pytest.raises(ValueError, match="step must be greater than 0"):
        check_network(net, X, y, step=0)
    with pytest.raises(ValueError, match="net must be of dtype float64"):
        numerical_gradients(MLP([5, 3]), X, y)
    with pytest.raises(ValueError, match="y must have shape"):
        check_network(net, X, y[:-1])
