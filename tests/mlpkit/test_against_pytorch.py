"""Values and derivatives of activations, losses and layers are PyTorch's, where PyTorch is installed."""

import numpy as np
import pytest

from mlpkit import layers, losses
from mlpkit.activations import ACTIVATIONS, log_sigmoid, log_sigmoid_derivative

torch = pytest.importorskip("torch")
F = torch.nn.functional

THEIRS = {
    "identity": lambda z: z * 1,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "prelu": lambda z: F.prelu(z, torch.tensor([0.25], dtype=z.dtype)),
    "rrelu": lambda z: F.rrelu(z, 1 / 8, 1 / 3, training=False),
    "absolute": torch.abs,
    "elu": F.elu,
    "softplus": lambda z: F.softplus(z, threshold=1e9),
    "swish": F.silu,
    "gelu": F.gelu,
    "hard_tanh": F.hardtanh,
}
rng = np.random.default_rng(0)
Z = np.concatenate([rng.uniform(-30, 30, 300), rng.uniform(-1, 1, 300)])
SMALL = rng.standard_normal((6, 4))


def compare(theirs, arguments, value, gradients, dout=None):
    leaves = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arguments]
    out = theirs(*leaves)
    np.testing.assert_allclose(value, out.detach().numpy(), rtol=1e-10, atol=1e-13)
    out.backward(None if dout is None else torch.tensor(dout))
    for leaf, gradient in zip(leaves, gradients, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", THEIRS)
def test_activation(name):
    ours = ACTIVATIONS[name]
    compare(THEIRS[name], [Z], ours.function(Z), [ours.derivative(Z)], np.ones_like(Z))


def test_log_sigmoid():
    compare(F.logsigmoid, [Z], log_sigmoid(Z), [log_sigmoid_derivative(Z)], np.ones_like(Z))


def test_losses():
    y = rng.integers(0, 4, 6)
    loss, cache = losses.softmax_cross_entropy_forward(100 * SMALL, y)
    ours = losses.softmax_cross_entropy_backward(cache)
    compare(lambda z: F.cross_entropy(z, torch.tensor(y)), [100 * SMALL], loss, [ours])
    binary = rng.integers(0, 2, 6) * 1.0
    loss, cache = losses.binary_cross_entropy_forward(100 * SMALL[:, 0], binary)
    ours = losses.binary_cross_entropy_backward(cache)
    compare(lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(binary)), [100 * SMALL[:, 0]], loss, [ours])
    loss, cache = losses.squared_error_forward(SMALL, SMALL[::-1], "mean")
    ours = losses.squared_error_backward(cache)
    compare(lambda z: F.mse_loss(z, torch.tensor(SMALL[::-1].copy())), [SMALL], loss, [ours])


def test_layers():
    W, b, dout = rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal((6, 3))
    z, cache = layers.linear_forward(SMALL, W, b)
    compare(lambda h, W, b: h @ W + b, [SMALL, W, b], z, layers.linear_backward(dout, cache), dout)
    p, cache = layers.softmax_forward(SMALL, 0.7)
    compare(
        lambda z, T: torch.softmax(z / T, 1),
        [SMALL, 0.7],
        p,
        layers.softmax_backward(SMALL[::-1], cache),
        SMALL[::-1].copy(),
    )
    out, cache = layers.maxout_forward(SMALL, 2)
    compare(
        lambda z: z.reshape(6, 2, 2).max(2).values,
        [SMALL],
        out,
        [layers.maxout_backward(dout[:, :2], cache)],
        dout[:, :2],
    )
    out, cache = layers.prelu_forward(SMALL, 0.3)
    dz, da = layers.prelu_backward(SMALL[::-1], cache)
    compare(F.prelu, [SMALL, np.array([0.3])], out, [dz, [da]], SMALL[::-1].copy())
    out, cache = layers.rbf_forward(SMALL, W.T, 0.3)
    compare(
        lambda h, c, g: torch.exp(-g * ((h[:, None] - c[None]) ** 2).sum(2)),
        [SMALL, W.T.copy(), 0.3],
        out,
        layers.rbf_backward(dout, cache),
        dout,
    )
