"""One SGD step (forward, backward, update; float32) of `MLP` and of whichever libraries can be imported.

    python tests/benchmarks/train_step.py [rounds [competitors to leave out]]

Run it from the repository's top with any Python that has NumPy and, for the comparison, torch, jax, scikit-learn
or autograd. Every competitor lives in a process of its own with two threads, and they take turns; the figures are
multiples of the floor, which is the step's matrix products alone, into arrays allocated before: the median over the
rounds of the ratio within a round, and in brackets the ratio of the best rounds. Before anything is timed, each makes
one step from the same parameters and must end where the plain pairs end.
"""

import os

THREADS = 2
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from itertools import pairwise  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from multiprocessing.connection import Connection  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))
from mlpkit import layers, losses  # noqa: E402
from mlpkit.network import MLP  # noqa: E402

SIZES: dict[str, tuple[list[int], int]] = {
    "xor": ([2, 2, 1], 4),
    "moons": ([2, 16, 16, 2], 200),
    "digits": ([64, 64, 10], 64),
    "mnist": ([784, 256, 128, 10], 128),
    "wide": ([784, 1024, 1024, 10], 256),
}
RATE = 0.01
BURST = 0.03  # seconds of steps a turn
PAUSE = 0.02  # seconds between turns, in which the threads of the one before fall asleep
Parameters = list[tuple[np.ndarray, np.ndarray]]
Competitor = tuple[Callable[[], None], Callable[[], Parameters]]


def mlpkit_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    output = "sigmoid" if start[-1][0].shape[1] == 1 else "softmax"
    net = MLP.from_parameters(*zip(*start, strict=True), output=output, dtype=np.float32)
    return lambda: net.train_step(X, y, RATE), lambda: list(zip(net.weights, net.biases, strict=True))


def plain_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    """The checked forward/backward pairs, one after the other: what the fast step must equal."""
    parameters = [(W.copy(), b.copy()) for W, b in start]
    binary = parameters[-1][0].shape[1] == 1

    def step() -> None:
        h, caches = X, []
        for layer, (W, b) in enumerate(parameters):
            z, linear = layers.linear_forward(h, W, b)
            h, relu = layers.activation_forward(z, "relu" if layer < len(parameters) - 1 else "identity")
            caches.append((linear, relu))
        if binary:
            dz = losses.binary_cross_entropy_backward(losses.binary_cross_entropy_forward(z, y[:, None])[1])
        else:
            dz = losses.softmax_cross_entropy_backward(losses.softmax_cross_entropy_forward(z, y)[1])
        for (W, b), (linear, relu) in zip(reversed(parameters), reversed(caches), strict=True):
            dh, dW, db = layers.linear_backward(layers.activation_backward(dz, relu), linear)
            W -= RATE * dW
            b -= RATE * db
            dz = dh

    return step, lambda: parameters


def torch_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    import torch

    torch.set_num_threads(THREADS)
    stack = []
    for W, b in start:
        linear = torch.nn.Linear(*W.shape)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b)
        stack += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*stack[:-1])
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
    binary = start[-1][0].shape[1] == 1
    loss = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    inputs, targets = torch.tensor(X), torch.tensor(y[:, None].astype(np.float32) if binary else y)

    def step() -> None:
        optimiser.zero_grad()
        loss(model(inputs), targets).backward()
        optimiser.step()

    return step, lambda: [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in stack[:-1:2]]


def _jax_loss(jnp, nn):
    def loss(parameters, X, y):
        h = X
        for W, b in parameters[:-1]:
            h = jnp.maximum(h @ W + b, 0)
        W, b = parameters[-1]
        z = h @ W + b
        if W.shape[1] == 1:
            return jnp.mean(nn.softplus(z[:, 0]) - y * z[:, 0])
        return -jnp.mean(jnp.take_along_axis(nn.log_softmax(z), y[:, None], 1))

    return loss


def jax_step(start: Parameters, X: np.ndarray, y: np.ndarray, on_device: bool = False) -> Competitor:
    import jax

    gradient = jax.grad(_jax_loss(jax.numpy, jax.nn))

    def update(parameters, X, y):
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, gradient(parameters, X, y))

    compiled = jax.jit(update, donate_argnums=0)
    state = [[(jax.numpy.array(W), jax.numpy.array(b)) for W, b in start]]
    y = y.astype(np.int32)
    if on_device:
        X, y = jax.numpy.array(X), jax.numpy.array(y)

    def step() -> None:
        state[0] = compiled(state[0], X, y)  # returns before it is done; reading the result waits

    return step, lambda: [(np.asarray(W), np.asarray(b)) for W, b in state[0]]


def jax_on_device_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    return jax_step(start, X, y, on_device=True)


def autograd_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    import autograd.numpy as anp
    from autograd import grad

    rows = np.arange(len(y))

    def loss(parameters):
        h = X
        for W, b in parameters[:-1]:
            h = anp.maximum(anp.dot(h, W) + b, 0)
        W, b = parameters[-1]
        z = anp.dot(h, W) + b
        if W.shape[1] == 1:
            return anp.mean(anp.logaddexp(0, z[:, 0]) - y * z[:, 0])
        shifted = z - anp.max(z, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(shifted), axis=1)) - shifted[rows, y])

    gradient = grad(loss)
    parameters = [(W.copy(), b.copy()) for W, b in start]

    def step() -> None:
        for (W, b), (dW, db) in zip(parameters, gradient(parameters), strict=True):
            W -= RATE * dW
            b -= RATE * db

    return step, lambda: parameters


def sklearn_step(start: Parameters, X: np.ndarray, y: np.ndarray) -> Competitor:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        tuple(W.shape[1] for W, _ in start[:-1]),
        solver="sgd",
        alpha=0.0,
        batch_size=len(X),
        learning_rate_init=RATE,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    classes = np.arange(max(2, start[-1][0].shape[1]))
    model.partial_fit(X, y, classes=classes)
    if len(classes) == start[-1][0].shape[1] == 2:
        return lambda: model.partial_fit(X, y), lambda: []  # one output unit for two classes: not the same step
    for i, (W, b) in enumerate(start):
        model.coefs_[i][...], model.intercepts_[i][...] = W, b
    return lambda: model.partial_fit(X, y), lambda: list(zip(model.coefs_, model.intercepts_, strict=True))


COMPETITORS = {
    "mlpkit": mlpkit_step,
    "pairs": plain_step,
    "torch": torch_step,
    "jax": jax_step,
    "jax on device": jax_on_device_step,
    "autograd": autograd_step,
    "sklearn": sklearn_step,
}


def floor_products(sizes: list[int], N: int) -> Callable[[], None]:
    """The step's matrix products alone: z = h W, dW = h^T dz, and dh = dz W^T but for the first layer."""
    rng = np.random.default_rng(0)
    h = [rng.standard_normal((N, n)).astype(np.float32) for n in sizes]
    W = [rng.standard_normal(shape).astype(np.float32) for shape in pairwise(sizes)]
    products = []
    for i in range(len(W)):
        products.append((h[i], W[i], np.empty_like(h[i + 1])))
        products.append((h[i].T, h[i + 1], np.empty_like(W[i])))
        if i:
            products.append((h[i + 1], W[i].T, np.empty_like(h[i])))

    def run() -> None:
        for a, b, out in products:
            np.matmul(a, b, out=out)

    return run


def problem(sizes: list[int], N: int) -> tuple[Parameters, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, sizes[0])).astype(np.float32)
    y = rng.integers(0, max(2, sizes[-1]), N)
    start = [
        ((rng.standard_normal((i, o)) * np.sqrt(2 / i)).astype(np.float32), np.full(o, 0.1, np.float32))
        for i, o in pairwise(sizes)
    ]
    return start, X, y


def prepare(name: str, sizes: list[int], N: int) -> Competitor:
    """The competitor, its first step made and found right."""
    if name == "floor":
        return floor_products(sizes, N), list
    start, X, y = problem(sizes, N)
    step, result = COMPETITORS[name](start, X, y)
    plain, right = plain_step(start, X, y)
    step()
    plain()
    for (W, b), (right_W, right_b) in zip(result(), right(), strict=False):
        np.testing.assert_allclose(W, right_W, atol=2e-6, err_msg=name)
        np.testing.assert_allclose(b, right_b, atol=2e-6, err_msg=name)
    return step, result


def take_turns(name: str, sizes: list[int], N: int, line: Connection) -> None:
    """In a process of its own: one burst of steps each time the line says so; a missing library sends None."""
    try:
        step, result = prepare(name, sizes, N)
    except ImportError:
        line.send(None)
        return
    repeats = max(1, int(BURST / burst(step, result, 3)))
    line.send(repeats)
    while line.recv():
        line.send(burst(step, result, repeats))


def burst(step: Callable[[], None], result: Callable[[], Parameters], repeats: int) -> float:
    """Seconds a step, the wait for the last one's end included."""
    step()
    result()
    begin = time.perf_counter()
    for _ in range(repeats):
        step()
    result()
    return (time.perf_counter() - begin) / repeats


def compete(names: list[str], sizes: list[int], N: int, rounds: int) -> dict[str, np.ndarray]:
    """Seconds a step of every competitor that can be imported, one figure a round."""
    spawn = get_context("spawn")
    lines, processes = {}, []
    for name in names:
        lines[name], far_end = spawn.Pipe()
        processes.append(spawn.Process(target=take_turns, args=(name, sizes, N, far_end)))
        processes[-1].start()
        if lines[name].recv() is None:
            del lines[name]
    times: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(rounds):
        for name, line in lines.items():
            time.sleep(PAUSE)
            line.send(True)
            times[name].append(line.recv())
    for line in lines.values():
        line.send(False)
    for process in processes:
        process.join()
    return {name: np.array(seconds) for name, seconds in times.items()}


def figures(seconds: np.ndarray, floor: np.ndarray) -> str:
    return f"{np.median(seconds / floor):.2f} ({seconds.min() / floor.min():.2f})"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    names = [name for name in COMPETITORS if name not in sys.argv[2:]]
    print(f"{'':8}{'floor':>12}" + "".join(f"{name:>15}" for name in names))
    for size, (sizes, N) in SIZES.items():
        times = compete(["floor", *names], sizes, N, rounds)
        floor = times["floor"]
        cells = (figures(times[name], floor) if name in times else "-" for name in names)
        print(f"{size:8}{np.median(floor) * 1e6:9.1f} us" + "".join(f"{cell:>15}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
