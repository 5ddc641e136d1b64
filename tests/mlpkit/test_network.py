"""The MLP: its forms of output, its gradients, and a fast step that equals the plain pairs."""

import copy
import pickle

import numpy as np
import pytest

from mlpkit import layers, losses
from mlpkit.activations import ACTIVATIONS
from mlpkit.gradcheck import numerical_gradient, relative_error
from mlpkit.network import MLP

FORMS = [([5, 7, 6, 3], "softmax"), ([5, 7, 1], "sigmoid"), ([5, 4, 6, 2], "linear"), ([5, 3], "softmax")]
every_form = pytest.mark.parametrize(("sizes", "output"), FORMS)


def batch(sizes, output, N=11, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, sizes[0]))
    if output == "linear":
        return X, rng.standard_normal((N, sizes[-1]))
    return X, rng.integers(0, max(2, sizes[-1]), N)


def network(sizes, output, hidden="tanh", dtype=np.float64, seed=1):
    net = MLP(sizes, hidden, output, dtype=dtype, seed=seed)
    for b in net.biases:
        b[...] = np.random.default_rng(seed).standard_normal(b.shape)
    return net


@every_form
@pytest.mark.parametrize("C", [0.0, 0.3])
def test_gradients_agree_with_central_differences(sizes, output, C):
    net, (X, y) = network(sizes, output), batch(sizes, output)
    found = net.gradients(X, y, C)
    assert found.loss == pytest.approx(net.loss(X, y, C), rel=1e-14)
    for parameters, gradients in ((net.weights, found.dweights), (net.biases, found.dbiases)):
        for parameter, gradient in zip(parameters, gradients, strict=True):

            def loss(value, parameter=parameter):
                kept = parameter.copy()
                parameter[...] = value
                result = net.loss(X, y, C)
                parameter[...] = kept
                return result

            assert gradient.shape == parameter.shape
            assert relative_error(gradient, numerical_gradient(loss, parameter), floor=1e-4).max() < 1e-6


@every_form
def test_every_intermediate_is_kept(sizes, output):
    net, (X, y) = network(sizes, output), batch(sizes, output)
    found = net.gradients(X, y)
    np.testing.assert_array_equal(found.h[0], X)
    for layer, (W, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        np.testing.assert_allclose(found.z[layer], found.h[layer] @ W + b)
        np.testing.assert_allclose(found.dweights[layer], found.h[layer].T @ found.delta[layer])
        np.testing.assert_allclose(found.dbiases[layer], found.delta[layer].sum(axis=0))
    assert len(found.h) == len(found.z) + 1 == len(sizes)


@every_form
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_the_fast_step_is_the_plain_step(sizes, output, hidden):
    net, (X, y) = network(sizes, output, hidden), batch(sizes, output)
    for _ in range(3):  # the arrays are used again
        found, weights, biases = net.gradients(X, y), copy.deepcopy(net.weights), copy.deepcopy(net.biases)
        net.train_step(X, y, 0.3)
        for W, before, dW in zip(net.weights, weights, found.dweights, strict=True):
            np.testing.assert_allclose(W, before - 0.3 * dW, atol=1e-13)
        for b, before, db in zip(net.biases, biases, found.dbiases, strict=True):
            np.testing.assert_allclose(b, before - 0.3 * db, atol=1e-13)


def test_the_fast_step_is_the_plain_pairs_one_after_the_other():
    net, (X, y) = network([5, 7, 3], "softmax", "relu"), batch([5, 7, 3], "softmax")
    (W1, W2), (b1, b2) = copy.deepcopy(net.weights), copy.deepcopy(net.biases)
    z1, first = layers.linear_forward(X, W1, b1)
    h1, relu = layers.activation_forward(z1, "relu")
    z2, second = layers.linear_forward(h1, W2, b2)
    dh1, dW2, db2 = layers.linear_backward(
        losses.softmax_cross_entropy_backward(losses.softmax_cross_entropy_forward(z2, y)[1]), second
    )
    _, dW1, db1 = layers.linear_backward(layers.activation_backward(dh1, relu), first)
    net.train_step(X, y, 0.5)
    for after, before, gradient in (
        (net.weights[0], W1, dW1),
        (net.biases[0], b1, db1),
        (net.weights[1], W2, dW2),
        (net.biases[1], b2, db2),
    ):
        np.testing.assert_allclose(after, before - 0.5 * gradient, atol=1e-14)


def test_the_fast_step_takes_batches_of_changing_size_and_form():
    sizes, output = FORMS[0]
    net = network(sizes, output, dtype=np.float32)
    for N in (4, 9, 1, 30, 2, 17, 4):
        X, y = batch(sizes, output, N)
        found, before = net.gradients(X, y), net.weights[0].copy()
        net.train_step(np.asfortranarray(X.astype(np.float32)), np.eye(3)[y] if N % 2 else y.astype(float), 0.1)
        np.testing.assert_allclose(net.weights[0], before - 0.1 * found.dweights[0], atol=1e-6)


def test_arguments_may_be_read_only_strided_or_whole_numbers_and_are_not_changed():
    net = network([2, 4, 1], "sigmoid")
    X, y = np.array([[0, 9, 0], [0, 9, 1], [1, 9, 0], [1, 9, 1]])[:, ::2], np.array([0, 1, 1, 0])
    X.flags.writeable = y.flags.writeable = False
    other = copy.deepcopy(net)
    net.train_step(X, y, 0.1)
    other.train_step(X.astype(float), y.astype(float)[:, None], 0.1)
    np.testing.assert_array_equal(net.parameters, other.parameters)


def test_a_step_at_logits_of_ten_thousand_is_right():
    for sizes, output in (([1, 2], "softmax"), ([1, 1], "sigmoid")):
        net = MLP(sizes, output=output)
        net.weights[0][...] = 1e4 * np.arange(1, 1 + sizes[-1])
        before = net.weights[0].copy()
        net.train_step(np.array([[1.0], [-1.0]]), np.array([0, 1]), 1.0)
        wrong = {"softmax": [[1.0, -1.0]], "sigmoid": [[-1.0]]}[output]  # both examples are as wrong as can be
        np.testing.assert_allclose(net.weights[0] - before, wrong)


def test_probabilities_predictions_and_scores():
    X, y = batch([5, 3], "softmax")
    net = network([5, 3], "softmax")
    p = net.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(net.predict(X), p.argmax(axis=1))
    assert net.score(X, y) == (net.predict(X) == y).mean() == net.score(X, np.eye(3)[y])

    X, y = batch([5, 1], "sigmoid")
    net = network([5, 1], "sigmoid")
    np.testing.assert_allclose(net.predict_proba(X), 1 / (1 + np.exp(-(X @ net.weights[0] + net.biases[0])[:, 0])))
    np.testing.assert_array_equal(net.predict(X), net.predict_proba(X) > 0.5)
    assert net.predict(X).dtype == np.int64

    X, Y = batch([5, 2], "linear")
    net = network([5, 2], "linear")
    np.testing.assert_allclose(net.predict(X), X @ net.weights[0] + net.biases[0])
    assert net.score(X, net.predict(X)) == 1
    assert net.score(X, net.predict(X) + 100 * Y) < 0.1
    with pytest.raises(ValueError, match="output must be 'softmax' or 'sigmoid'"):
        net.predict_proba(X)


def test_copies_and_pickles_learn_on_their_own():
    net, (X, y) = network([5, 7, 3], "softmax"), batch([5, 7, 3], "softmax")
    net.train_step(X, y, 0.1)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        before = net.parameters.copy()
        other.train_step(X, y, 0.1)
        np.testing.assert_array_equal(net.parameters, before)
        assert (other.weights[0] != net.weights[0]).any()
        assert other.loss(X, y) < net.loss(X, y)


def test_parameters_by_hand_are_copied_and_solve_xor():
    weights = [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [-2.0]])]
    biases = [np.array([0.0, -1.0]), np.array([0.0])]
    net = MLP.from_parameters(weights, biases, output="linear")
    np.testing.assert_array_equal(net.predict([[0, 0], [0, 1], [1, 0], [1, 1]])[:, 0], [0, 1, 1, 0])
    net.weights[0][...] = 0
    assert weights[0].sum() == 4


def test_seed_dtype_and_initialisation():
    assert (MLP([3, 4, 2], seed=1).parameters == MLP([3, 4, 2], seed=1).parameters).all()
    assert (MLP([3, 4, 2], seed=1).weights[0] != MLP([3, 4, 2], seed=2).weights[0]).all()
    assert MLP([3, 4, 2]).weights[0].dtype == np.float32
    assert MLP([3, 4, 2], initialisation="zeros").parameters.sum() == 0
    assert MLP([400, 400, 2], "relu").weights[0].var() == pytest.approx(2 / 400, rel=0.03)
    assert MLP([400, 200, 2], "tanh").weights[0].var() == pytest.approx(2 / 600, rel=0.03)


def test_a_step_that_overflows_raises_and_changes_nothing():
    net, (X, y) = network([5, 7, 3], "softmax", "relu", np.float32), batch([5, 7, 3], "softmax")
    net.weights[0][...] = 1e30
    net.weights[1][...] = 1e30
    before = net.parameters.copy()
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="lower learning_rate"):
        net.train_step(X, y, 0.1)
    np.testing.assert_array_equal(net.parameters, before)


GOOD = np.ones((3, 2))


@pytest.mark.parametrize(
    ("X", "y", "rate", "error", "message"),
    [
        (np.ones((3, 4)), [0, 1, 1], 0.1, ValueError, "X must have shape"),
        (np.ones(2), [0, 1], 0.1, ValueError, "X must have shape"),
        (np.ones((0, 2)), [], 0.1, ValueError, "X must not be empty"),
        (np.full((3, 2), np.nan), [0, 1, 1], 0.1, ValueError, "X must be finite, but it holds nan"),
        (np.full((3, 2), np.inf), [0, 1, 1], 0.1, ValueError, "X must be finite, but it holds inf"),
        (np.full((3, 2), "a"), [0, 1, 1], 0.1, TypeError, "X must be an array of real numbers"),
        (GOOD, [0, 1], 0.1, ValueError, "y must have shape"),
        (GOOD, [0, 1, 7], 0.1, ValueError, r"y\[2\] is 7"),
        (GOOD, [0, 1, -1], 0.1, ValueError, r"y\[2\] is -1"),
        (GOOD, [0, 1, 0.5], 0.1, ValueError, r"y\[2\] is 0.5"),
        (GOOD, [0, 1, np.nan], 0.1, ValueError, "y must hold class numbers"),
        (GOOD, ["a", "b", "c"], 0.1, TypeError, "y must be an array"),
        (GOOD, [0, 1, 1], -0.1, ValueError, "learning_rate must be at least 0"),
        (GOOD, [0, 1, 1], np.nan, ValueError, "learning_rate must be"),
        (GOOD, [0, 1, 1], "fast", TypeError, "learning_rate must be a number"),
    ],
)
@pytest.mark.parametrize(("sizes", "output"), [([2, 3, 2], "softmax"), ([2, 3, 1], "sigmoid")])
def test_a_bad_batch_is_named_and_changes_nothing(X, y, rate, error, message, sizes, output):
    net = MLP(sizes, output=output)
    before = net.parameters.copy()
    with pytest.raises(error, match=message):
        net.train_step(X, y, rate)
    np.testing.assert_array_equal(net.parameters, before)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([3],), {}, ValueError, "sizes must list at least two layers"),
        ((7,), {}, ValueError, "sizes must list at least two layers"),
        (([3, 0, 2],), {}, ValueError, r"sizes\[1\] must be at least 1"),
        (([3, 2.5, 2],), {}, TypeError, r"sizes\[1\] must be a whole number"),
        (([3, 2], "rellu"), {}, ValueError, "hidden must be one of"),
        (([3, 2], "relu", "soft"), {}, ValueError, "output must be one of"),
        (([3, 2], "relu", "sigmoid"), {}, ValueError, "sizes must end in 1 for a sigmoid output"),
        (([3, 1], "relu", "softmax"), {}, ValueError, "sizes must end in at least 2 classes"),
        (([3, 2],), {"dtype": np.int64}, ValueError, "dtype must be float32 or float64"),
        (([3, 2],), {"seed": -1}, ValueError, "seed must be at least 0"),
        (([3, 2],), {"initialisation": "ones"}, ValueError, "initialisation must be one of"),
    ],
)
def test_a_bad_definition_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        MLP(*arguments, **options)


def test_bad_parameters_by_hand_are_named():
    with pytest.raises(ValueError, match="biases must be as many as the 2 weights"):
        MLP.from_parameters([np.ones((2, 3)), np.ones((3, 2))], [np.ones(3)])
    with pytest.raises(ValueError, match=r"weights\[1\] must have shape"):
        MLP.from_parameters([np.ones((2, 3)), np.ones((4, 2))], [np.ones(3), np.ones(2)])
    with pytest.raises(ValueError, match=r"biases\[1\] must have shape"):
        MLP.from_parameters([np.ones((2, 3)), np.ones((3, 2))], [np.ones(3), np.ones(3)])


def test_gradients_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    for sizes, output in FORMS:
        net, (X, y) = network(sizes, output, "relu"), batch(sizes, output)
        found = net.gradients(X, y)
        weights = [torch.tensor(W, requires_grad=True) for W in net.weights]
        biases = [torch.tensor(b, requires_grad=True) for b in net.biases]
        z = torch.tensor(X)
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = (torch.relu(z) if layer else z) @ W + b
        loss = {
            "softmax": lambda z, y: torch.nn.functional.cross_entropy(z, torch.tensor(y)),
            "sigmoid": lambda z, y: torch.nn.functional.binary_cross_entropy_with_logits(
                z[:, 0], torch.tensor(y) * 1.0
            ),
            "linear": lambda z, y: 0.5 * ((z - torch.tensor(y)) ** 2).sum() / len(y),
        }[output](z, y)
        loss.backward()
        for theirs, ours in zip(weights + biases, found.dweights + found.dbiases, strict=True):
            np.testing.assert_allclose(ours, theirs.grad.numpy(), atol=1e-12)
