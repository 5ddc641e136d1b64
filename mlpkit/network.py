"""The multi-layer perceptron that the layers and losses make."""

from dataclasses import dataclass
from math import inf

import numpy as np

from mlpkit import layers, losses, training
from mlpkit.activations import ACTIVATIONS
from mlpkit.arguments import choice, floats, generator, labels, number, whole
from mlpkit.initialisation import INITIALISATIONS
from mlpkit.workspace import Workspace, layer_blocks, parameter_count

_LOSS = {
    "linear": (losses.squared_error_forward, losses.squared_error_backward),
    "sigmoid": (losses.binary_cross_entropy_forward, losses.binary_cross_entropy_backward),
    "softmax": (losses.softmax_cross_entropy_forward, losses.softmax_cross_entropy_backward),
}
_KEPT_WORKSPACES = 4


@dataclass(frozen=True)
class ForwardPass:
    """Every intermediate of a forward pass, for L layers: `h[0]` is X, `z[l] = h[l] @ W[l] + b[l]`, each (N, n).

    `h` has L + 1 entries and `z` has L. `h[-1]`, also `output`, is the output unit's value: a mean or probabilities.
    """

    z: list[np.ndarray]
    h: list[np.ndarray]

    @property
    def output(self) -> np.ndarray:
        return self.h[-1]


@dataclass(frozen=True)
class Gradients:
    """Every intermediate of a forward and backward pass, for L layers.

    `delta[l]` is d loss / d z[l], (N, n_out); `dweights[l]` and `dbiases[l]` are the gradients of layer l; `z` and
    `h` are those of the forward pass. `loss` includes the penalty.
    """

    loss: float
    dweights: list[np.ndarray]
    dbiases: list[np.ndarray]
    delta: list[np.ndarray]
    z: list[np.ndarray]
    h: list[np.ndarray]


class MLP:
    """A multi-layer perceptron: linear layers with an activation between them and an output unit on top.

    A textbook's definition of a deep network, line against line:

        initialise dnnmodel                              net = MLP(
        d inputs; layer 1 fully connected, n1 neurons        [d, n1,
        layer 2 fully connected, n2 neurons                      n2, ...,
        output layer, K neurons, one-hot classes                 K],
        fc1.activation = relu, fc2.activation = relu         hidden="relu",
        fcL.activation = softmax                             output="softmax")
        loss = crossentropy(C)                           net.fit(X, y, C=C,
        solver = minibatchSGD(lr,                            learning_rate=lr,
                              m, e,                          batch_size=m, epochs=e,
                              dropout=yes)                   dropout=0.5)

    `sizes` lists the units of every layer, inputs first. `hidden` names one of `activations.ACTIVATIONS`. `output` is
    one of `losses.OUTPUT_UNITS`: "softmax" (y: class numbers (N,) or one-hot rows (N, K)), "sigmoid" (one unit; y: 0
    and 1, (N,)) or "linear" (y: (N, K), or (N,) if K is 1; half the squared error). `dtype` is float32 or float64.
    `initialisation` names one of `initialisation.INITIALISATIONS`: unless given, "he" for ReLU and its kin, else
    "xavier". Raises TypeError or ValueError for anything else, in one line that names the argument.

    `weights` and `biases` are tuples of arrays, W (n_in, n_out) and b (n_out,): change them in place
    (`net.weights[0][...] = W`). They are views of the flat vector `parameters`. Training reuses its arrays, so one
    MLP must not be trained from two threads at once.
    """

    def __init__(
        self,
        sizes: list[int],
        hidden: str = "relu",
        output: str = "softmax",
        *,
        dtype: type = np.float32,
        seed: int | np.random.Generator = 0,
        initialisation: str | None = None,
    ) -> None:
        if isinstance(sizes, (str, bytes)) or not hasattr(sizes, "__len__") or len(sizes) < 2:
            raise ValueError(f"sizes must list at least two layers, such as [2, 16, 3], but it is {sizes!r}")
        self.sizes = tuple(whole(f"sizes[{i}]", n, 1) for i, n in enumerate(sizes))
        self.hidden = choice("hidden", hidden, tuple(ACTIVATIONS))
        self.output = choice("output", output, tuple(_LOSS))
        if output == "sigmoid" and self.sizes[-1] != 1:
            raise ValueError(f"sizes must end in 1 for a sigmoid output, but it ends in {self.sizes[-1]}")
        if output == "softmax" and self.sizes[-1] < 2:
            raise ValueError("sizes must end in at least 2 classes for a softmax output: for one unit use 'sigmoid'")
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, but it is {dtype!r}")
        name = initialisation or ("he" if ACTIVATIONS[hidden].range[1] == inf and hidden != "identity" else "xavier")
        draw = INITIALISATIONS[choice("initialisation", name, tuple(INITIALISATIONS))]
        self._use(np.zeros(parameter_count(self.sizes), dtype))
        rng = generator(seed)
        for W in self.weights:
            W[...] = draw(*W.shape, rng)

    @classmethod
    def from_parameters(
        cls,
        weights: list[np.ndarray],
        biases: list[np.ndarray],
        hidden: str = "relu",
        output: str = "softmax",
        *,
        dtype: type = np.float64,
    ) -> "MLP":
        """The network with these weights, a list of W (n_in, n_out), and biases, a list of b (n_out,), copied."""
        if len(weights) != len(biases) or not len(weights):
            raise ValueError(f"biases must be as many as the {len(weights)} weights, but they are {len(biases)}")
        weights = [floats(**{f"weights[{i}]": (W, "n_in n_out")})[0] for i, W in enumerate(weights)]
        net = cls([len(weights[0]), *(W.shape[1] for W in weights)], hidden, output, dtype=dtype)
        for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
            n_in, n_out = net.weights[i].shape
            net.weights[i][...], net.biases[i][...] = floats(
                **{f"weights[{i}]": (W, f"{n_in} {n_out}"), f"biases[{i}]": (b, f"{n_out}")}
            )
        return net

    def _use(self, parameters: np.ndarray) -> None:
        self.parameters = parameters
        self.dtype = parameters.dtype
        blocks = layer_blocks(parameters, self.sizes)
        self.weights = tuple(block[:-1] for block in blocks)
        self.biases = tuple(block[-1] for block in blocks)
        self._gradient = np.zeros_like(parameters)
        self._workspaces: dict[int, Workspace] = {}
        self._training = None

    def __getstate__(self) -> dict:
        kept = ("sizes", "hidden", "output", "parameters")  # the rest are views and scratch
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._use(self.parameters)

    def __repr__(self) -> str:
        return f"MLP({list(self.sizes)}, hidden={self.hidden!r}, output={self.output!r}, dtype={self.dtype})"

    def forward(self, X: np.ndarray) -> ForwardPass:
        """Every z and h for X (N, D), in the network's dtype."""
        (h,) = floats(X=(X, f"N {self.sizes[0]}"))
        hs, zs = [h.astype(self.dtype)], []
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z, _ = layers.linear_forward(hs[-1], W, b)
            zs.append(z)
            hs.append(ACTIVATIONS[self.hidden].function(z) if layer < len(self.weights) - 1 else self._output(z))
        return ForwardPass(zs, hs)

    def loss(self, X: np.ndarray, y: np.ndarray, C: float = 0.0) -> float:
        """Mean loss over the examples, plus the L2 penalty C / 2 * sum(W^2) of every weight matrix."""
        return self._loss(self.forward(X).z[-1], y, C)[0]

    def gradients(self, X: np.ndarray, y: np.ndarray, C: float = 0.0) -> Gradients:
        """Backpropagation by the pairs of `layers` and `losses`, with every layer's z, h and delta kept.

        Source: Rumelhart, Hinton & Williams 1986.
        """
        run = self.forward(X)
        loss, cache = self._loss(run.z[-1], y, C)
        dz = _LOSS[self.output][1](cache).reshape(run.z[-1].shape)
        delta, dweights, dbiases = [], [], []
        for layer in reversed(range(len(self.weights))):
            W = self.weights[layer]
            dh, dW, db = layers.linear_backward(dz, (run.h[layer], W))
            delta.insert(0, dz)
            dweights.insert(0, dW + losses.l2_penalty_backward((W, self.dtype.type(C))))
            dbiases.insert(0, db)
            if layer > 0:
                dz = dh * ACTIVATIONS[self.hidden].derivative(run.z[layer - 1])
        return Gradients(loss, dweights, dbiases, delta, run.z, run.h)

    def train_step(self, X: np.ndarray, y: np.ndarray, learning_rate: float) -> None:
        """One step of gradient descent on the mean loss of the batch X (N, D), y: every parameter -= lr * gradient.

        The same step as with `gradients`, in place (see `workspace`). Raises TypeError or ValueError for a wrong X, y
        or learning_rate, and FloatingPointError if a value overflows; the parameters are then as they were.
        """
        if type(learning_rate) is not float or not 0 <= learning_rate < inf:
            learning_rate = number("learning_rate", learning_rate, 0)
        work = self._batch_gradient(X, y, learning_rate)
        np.subtract(self.parameters, work.gradient, self.parameters)

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        learning_rate: float = 0.1,
        batch_size: int = 32,
        epochs: int = 10,
        **options: object,
    ) -> "training.History":
        """Minibatch training; `training.fit` has the options and says what comes back."""
        return training.fit(self, X, y, learning_rate, batch_size, epochs, **options)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities: (N, K) of the classes for a softmax output, (N,) of class 1 for a sigmoid."""
        if self.output == "linear":
            raise ValueError("output must be 'softmax' or 'sigmoid' for probabilities, but it is 'linear'")
        p = self.forward(X).output
        return p[:, 0] if self.output == "sigmoid" else p

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class numbers (N,), int64; for a linear output its values (N, K)."""
        if self.output == "linear":
            return self.forward(X).output
        p = self.predict_proba(X)
        return p.argmax(axis=1) if p.ndim == 2 else (p > 0.5).astype(np.int64)

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """The share of right classes; for a linear output R^2, 1 minus the squared error over that of the mean."""
        if self.output == "linear":
            run = self.forward(X)
            Y = self._targets(y, len(run.output)).reshape(run.output.shape)
            return float(1 - ((run.output - Y) ** 2).sum() / ((Y - Y.mean(axis=0)) ** 2).sum())
        predicted = self.predict(X)
        classes = max(2, self.sizes[-1])
        y = np.argmax(y, axis=1) if np.ndim(y) == 2 and np.shape(y)[1] == classes else np.ravel(y)
        return float((predicted == labels("y", y, len(predicted), classes)).mean())

    def _output(self, z: np.ndarray) -> np.ndarray:
        if self.output == "softmax":
            return layers.softmax_forward(z)[0]
        return ACTIVATIONS["sigmoid" if self.output == "sigmoid" else "identity"].function(z)

    def _targets(self, y: np.ndarray, N: int) -> np.ndarray:
        """y in the shape of the last layer's z; class numbers stay as they are."""
        if self.output == "softmax":
            return y
        K = self.sizes[-1]
        (Y,) = floats(y=(y, f"{N}" if np.ndim(y) == 1 and K == 1 else f"{N} {K}"))
        return Y.reshape(N, K).astype(self.dtype)

    def _loss(self, z: np.ndarray, y: np.ndarray, C: float) -> tuple[float, tuple]:
        loss, cache = _LOSS[self.output][0](z, self._targets(y, len(z)))
        penalty = sum(losses.l2_penalty_forward(W, C)[0] for W in self.weights) if number("C", C, 0) else 0.0
        return loss + penalty, cache

    def _batch_gradient(
        self,
        X: np.ndarray,
        y: np.ndarray,
        factor: float = 1.0,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> Workspace:
        """The workspace of the batch size, its `gradient` filled with factor times the mean loss's gradient."""
        X, y = np.asarray(X), np.asarray(y)
        if X.ndim != 2 or X.shape[1] != self.sizes[0] or not len(X) or X.dtype.kind not in "fiub":
            floats(X=(X, f"N {self.sizes[0]}"))
        if y.dtype.kind not in "fiub":
            floats(y=(y, "..."))
        work = self._workspaces.get(len(X)) or self._new_workspace(len(X))
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is found and refused
            work.forward(X, dropout, rng)
            work.backward(self.output, y, factor)
        return work

    def _new_workspace(self, N: int) -> Workspace:
        if len(self._workspaces) == _KEPT_WORKSPACES:
            self._workspaces.pop(next(iter(self._workspaces)))
        self._workspaces[N] = Workspace(self.parameters, self._gradient, self.sizes, self.hidden, N)
        return self._workspaces[N]
