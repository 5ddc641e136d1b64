"""The network of lesson 9 in PyTorch, JAX and TensorFlow takes the same steps as ours, where these are installed."""

import importlib.util
from itertools import pairwise

import numpy as np
import pytest

from mlpkit import datasets
from mlpkit.initialisation import he
from mlpkit.network import MLP
from mlpkit.training import minibatches
from tests.course.classroom import ROOT

X, Y, TEST_X, TEST_Y = datasets.digits()


def program(name: str):
    """Import one of the files beside the lesson, or skip the test and say which library is missing."""
    library = {"in_pytorch": "torch", "in_jax": "jax", "in_tensorflow": "tensorflow"}[name]
    pytest.importorskip(library, reason=f"{library} is not installed here, so {name}.py is not run")
    spec = importlib.util.spec_from_file_location(name, ROOT / "lessons" / "09_training" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ours() -> tuple[list, list, list, MLP]:
    """Return weights, batches, and our network after an epoch of these batches from these weights."""
    rng = np.random.default_rng(0)
    weights = [he(n, m, rng) for n, m in pairwise([64, 128, 10])]
    biases = [np.zeros(128), np.zeros(10)]
    net = MLP.from_parameters(weights, biases, dtype=np.float32)
    batches = minibatches(len(X), 32, rng)
    for rows in batches:
        net.train_step(X[rows], Y[rows], 0.1)
    return weights, biases, batches, net


def assert_same(weights: list, biases: list, net: MLP):
    for mine, other in zip((*net.weights, *net.biases), (*weights, *biases), strict=True):
        np.testing.assert_allclose(other, mine, rtol=0, atol=2e-5)


def test_pytorch_takes_our_steps():
    program("in_pytorch")
    import torch

    weights, biases, batches, net = ours()
    theirs = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    with torch.no_grad():
        for layer, W, b in zip((theirs[0], theirs[2]), weights, biases, strict=True):
            layer.weight.copy_(torch.tensor(W.T))  # (n_out, n_in)
            layer.bias.copy_(torch.tensor(b))
    program("in_pytorch").train(X, Y, 1, 32, 0.1, theirs, [torch.tensor(rows) for rows in batches])

    layers = theirs[0], theirs[2]
    found = [layer.weight.detach().numpy().T for layer in layers], [layer.bias.detach().numpy() for layer in layers]
    assert_same(*found, net)


def test_pytorch_reads_the_digits():
    module = program("in_pytorch")
    import torch

    torch.manual_seed(0)
    net = module.train(X, Y)
    guess = net(torch.tensor(TEST_X, dtype=torch.float32)).argmax(dim=1).numpy()
    assert np.mean(guess == TEST_Y) > 0.95


def test_jax_takes_our_steps():
    module = program("in_jax")
    weights, biases, batches, net = ours()
    start = [(W.astype(np.float32), b.astype(np.float32)) for W, b in zip(weights, biases, strict=True)]
    found = module.train(X, Y, 1, 32, 0.1, start, batches)

    assert_same([np.asarray(W) for W, _ in found], [np.asarray(b) for _, b in found], net)


def test_jax_reads_the_digits():
    module = program("in_jax")
    guess = np.asarray(module.logits(module.train(X, Y), TEST_X.astype(np.float32))).argmax(axis=1)
    assert np.mean(guess == TEST_Y) > 0.95


def test_tensorflow_reads_the_digits():
    module = program("in_tensorflow")
    import tensorflow as tf

    tf.keras.utils.set_random_seed(0)
    assert np.mean(module.train(X, Y)(TEST_X).numpy().argmax(axis=1) == TEST_Y) > 0.95
