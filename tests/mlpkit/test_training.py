"""Training: the update rules step by step, minibatches, dropout and penalty, and what interrupts it."""

import copy
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mlpkit import datasets, training
from mlpkit.network import MLP
from mlpkit.training import SGD, Adam, Momentum, minibatches


def blobs(N=60, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, N)
    return rng.standard_normal((N, 2)) + 4 * np.eye(3, 2)[y], y


def test_minibatches_are_a_fresh_permutation_with_a_short_last_one():
    rng = np.random.default_rng(0)
    first, second = minibatches(10, 4, rng), minibatches(10, 4, rng)
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert sorted(np.concatenate(first)) == sorted(np.concatenate(second)) == list(range(10))
    assert (np.concatenate(first) != np.concatenate(second)).any()
    assert (np.concatenate(minibatches(10, 3, 5)) == np.concatenate(minibatches(10, 10, 5))).all()


def test_the_update_rules_step_by_step():
    gradients = [np.array([1.0, -2.0]), np.array([0.5, 4.0])]
    ends = {}
    for rule in (SGD(0.1), Momentum(0.1, 0.9), Adam(0.1)):
        theta = np.zeros(2)
        for gradient in gradients:
            rule.update(theta, gradient.copy())
        ends[type(rule)] = theta
    np.testing.assert_allclose(ends[SGD], [-0.15, -0.2])
    np.testing.assert_allclose(ends[Momentum], [-0.1 * (1 + 1.4), -0.1 * (-2 + 2.2)])
    m = (0.9 * 0.1 * gradients[0] + 0.1 * gradients[1]) / (1 - 0.9**2)
    v = (0.999 * 0.001 * gradients[0] ** 2 + 0.001 * gradients[1] ** 2) / (1 - 0.999**2)
    np.testing.assert_allclose(ends[Adam], -0.1 * np.sign(gradients[0]) - 0.1 * m / np.sqrt(v), atol=1e-7)


def test_a_full_batch_epoch_is_one_step_of_gradient_descent_with_penalty_on_weights_only():
    X, y = blobs()
    net = MLP([2, 5, 3], dtype=np.float64)
    before, found = copy.deepcopy(net), net.gradients(X, y, C=0.2)
    history = net.fit(X, y, learning_rate=0.3, batch_size=len(X), epochs=1, C=0.2)
    for layer in range(2):
        np.testing.assert_allclose(
            net.weights[layer], before.weights[layer] - 0.3 * found.dweights[layer], atol=1e-14
        )
        np.testing.assert_allclose(net.biases[layer], before.biases[layer] - 0.3 * found.dbiases[layer], atol=1e-14)
    assert history.loss == [pytest.approx(before.loss(X, y), rel=1e-12)]


def test_learning_rate_0_changes_nothing_and_records_the_mean_loss_of_uneven_batches():
    X, y = blobs(50)
    net = MLP([2, 5, 3], dtype=np.float64)
    before = net.parameters.copy()
    history = net.fit(X, y, learning_rate=0, batch_size=8, epochs=2)
    np.testing.assert_array_equal(net.parameters, before)
    assert history.loss == [pytest.approx(net.loss(X, y), rel=1e-12)] * 2


@pytest.mark.parametrize(("sizes", "output"), [([2, 6, 1], "sigmoid"), ([2, 6, 2], "softmax"), ([2, 6, 2], "linear")])
@pytest.mark.parametrize("optimiser", training.OPTIMISERS)
def test_every_optimiser_lowers_every_loss(sizes, output, optimiser):
    X, y = blobs()
    y = np.eye(2)[np.minimum(y, 1)] if output == "linear" else np.minimum(y, 1)
    net = MLP(sizes, "tanh", output)
    rate = 0.01 if optimiser == "adam" else 0.05
    history = net.fit(X, y, rate, epochs=20, optimiser=optimiser, validation=(X, y))
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.validation_loss[-1] == pytest.approx(net.loss(X, y))
    assert history.validation_score[-1] == net.score(X, y)
    assert len(history.loss) == len(history.validation_loss) == 20


def test_the_digits_are_learned():
    X, y, X_test, y_test = datasets.digits()
    net = MLP([64, 128, 10])
    net.fit(X / X.max(), y, learning_rate=0.5, batch_size=32, epochs=30)
    assert net.score(X_test / X.max(), y_test) >= 0.96


def test_dropout_drops_hidden_units_in_training_only():
    X, y = np.ones((2000, 1)), np.zeros((2000, 1))
    net = MLP([1, 50, 1], "relu", "linear", dtype=np.float64)
    net.weights[0][...], net.weights[1][...] = 1.0, 0.02
    work = net._batch_gradient(X, y, 1.0, 0.4, np.random.default_rng(0))
    outputs = work.z[-1][0]
    kept = np.bincount(np.rint(outputs * 50 * 0.6).astype(int))
    assert outputs.mean() == pytest.approx(1, abs=0.01)
    assert kept.argmax() == pytest.approx(30, abs=2)
    # d loss / d w2_j = mean of output * h_j, with the same mask on the way back
    h = work.h[0]
    np.testing.assert_allclose(work.gradient[100:150], (h * outputs).mean(axis=1))
    np.testing.assert_allclose(work.gradient[:50], (outputs * 0.02 * h).mean(axis=1))
    assert net.predict(X)[0, 0] == pytest.approx(1)


def test_the_seed_decides_and_dropout_and_penalty_matter():
    X, y = blobs()

    def trained(**options):
        net = MLP([2, 8, 3], dtype=np.float64)
        net.fit(X, y, epochs=3, **options)
        return net.parameters

    np.testing.assert_array_equal(trained(seed=1, dropout=0.2), trained(seed=1, dropout=0.2))
    for options in ({"seed": 1}, {"dropout": 0.2}, {"C": 0.1}):
        assert (trained(**options) != trained()).any()
    assert np.linalg.norm(trained(C=1.0)) < np.linalg.norm(trained())


def pressing_stop(optimiser, in_update):
    """The optimiser, with stop pressed in the midst of its n-th update."""
    update, count = optimiser.update, iter(range(1, 1000))

    def stopped(parameters, gradient):
        if next(count) == in_update:
            signal.raise_signal(signal.SIGINT)
        update(parameters, gradient)

    optimiser.update = stopped
    return optimiser


@pytest.mark.parametrize("optimiser", ["SGD", "Momentum", "Adam"])
@pytest.mark.parametrize("in_update", [1, 5, 8, 9])
def test_an_interrupted_training_goes_on_to_the_same_end(monkeypatch, capsys, optimiser, in_update):
    X, y = blobs(60)
    options = {"batch_size": 8, "epochs": 3, "seed": 4, "dropout": 0.3, "optimiser": optimiser.lower()}
    whole = MLP([2, 8, 3])
    expected = whole.fit(X, y, **options)

    kind = getattr(training, optimiser)
    monkeypatch.setattr(training, optimiser, lambda *arguments: pressing_stop(kind(*arguments), in_update))
    net = MLP([2, 8, 3])
    history = net.fit(X, y, **options)
    assert history.stopped == "interrupted"
    assert f"stopped in epoch {1 + in_update // 8} of 3" in capsys.readouterr().err
    history = net.fit(X, y, resume=True)
    assert history.stopped is None
    np.testing.assert_array_equal(net.parameters, whole.parameters)
    assert history.loss == expected.loss


def test_after_training_the_stop_button_is_the_notebooks_again():
    X, y = blobs(60)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have changed it
    try:
        MLP([2, 8, 3]).fit(X, y, epochs=1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_in_a_thread_needs_no_signals():
    X, y = blobs(60)
    with ThreadPoolExecutor(1) as executor:
        history = executor.submit(MLP([2, 8, 3]).fit, X, y, epochs=2).result()
    assert len(history.loss) == 2


def test_divergence_stops_with_a_message_and_keeps_the_last_finite_parameters():
    X, Y = blobs()[0], 100 * blobs()[0]
    net = MLP([2, 8, 2], "relu", "linear")
    with pytest.warns(RuntimeWarning, match="lower learning_rate"):
        history = net.fit(X, Y, learning_rate=50.0, batch_size=10, epochs=50)
    assert history.stopped == "diverged"
    assert history.message.startswith("stopped in epoch ")
    assert np.isfinite(net.parameters).all()
    assert len(history.loss) < 50


def test_the_progress_bar_is_drawn_on_stderr(capsys):
    X, y = blobs()
    MLP([2, 3]).fit(X, y, epochs=2, progress=True)
    lines = capsys.readouterr().err
    assert "epoch 1/2  loss " in lines
    assert lines.endswith("\n")


X, Y = blobs(6)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((X[:, :1], Y), {}, ValueError, "X must have shape"),
        ((X * np.nan, Y), {}, ValueError, "X must be finite"),
        ((X, Y[:-1]), {}, ValueError, "y must have shape"),
        ((X, Y + 1), {}, ValueError, "y must hold class numbers 0 to 2"),
        ((X, np.ones((6, 2))), {}, ValueError, "y must have shape"),
        ((X, Y, -1.0), {}, ValueError, "learning_rate must be at least 0"),
        ((X, Y), {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ((X, Y), {"epochs": -1}, ValueError, "epochs must be at least 0"),
        ((X, Y), {"epochs": 1.5}, TypeError, "epochs must be a whole number"),
        ((X, Y), {"dropout": 1.0}, ValueError, "dropout must be at least 0 and less than 1"),
        ((X, Y), {"C": -0.1}, ValueError, "C must be at least 0"),
        ((X, Y), {"momentum": 1.0}, ValueError, "momentum must be at least 0 and less than 1"),
        ((X, Y), {"optimiser": "adagrad"}, ValueError, "optimiser must be one of"),
        ((X, Y), {"validation": X}, TypeError, r"validation must be a pair \(X, y\)"),
        ((X, Y), {"validation": (X, Y + 1)}, ValueError, r"validation\[1\] must hold class numbers"),
        ((X, Y), {"resume": True}, ValueError, "resume must be False"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        MLP([2, 4, 3]).fit(*arguments, **options)
