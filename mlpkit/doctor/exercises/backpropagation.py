"""Assignment 5: linear_backward, tanh_backward, two_layer_gradients. (mlp_gradients is in deep_backpropagation.)"""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "05_backpropagation"
SUM_BIAS = "the bias acts on every example: sum over all of them."
LOOP = "in a loop over the examples each one adds to the gradient: = or +=?"

# linear_backward ----------------------------------------------------------------------------------------------------


def _linear_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, n_in, n_out in [(7, 3, 5), (4, 6, 2), (9, 2, 1), (1, 3, 4), (5, 5, 5)]:
        about = {1: "one example", 5: "all sizes equal"}.get(N, Case.about)
        arguments = (rng.normal(size=(N, n_out)), rng.normal(size=(N, n_in)), rng.normal(size=(n_in, n_out)))
        cases.append(Case(arguments, about, {"N": N, "n_in": n_in, "n_out": n_out}, 1e-12, 1e-13))
    return cases


linear_backward = Exercise(
    ID, "linear_backward", arguments="dz, h, W", cases=_linear_cases, parts="dh, dW, db", analytic=True
)


@linear_backward.reference
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.sum(axis=0)


@linear_backward.mistake("bias-not-summed", SUM_BIAS)
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.copy()


@linear_backward.mistake("bias-mean-instead-of-sum", "db is a sum over the examples: dz already holds the mean.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.mean(axis=0)


@linear_backward.mistake("wrong-axis", "db has one entry an output: sum over the examples, not over the outputs.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, dz.sum(axis=1)


@linear_backward.mistake("wrong-axis", "db has one entry an output: the sum was taken over everything.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, float(dz.sum())


@linear_backward.mistake("transpose", "dW has the shape of W: which of the two factors is transposed?")
def _(dz, h, W):
    return dz @ W.T, dz.T @ h, dz.sum(axis=0)


@linear_backward.mistake("transpose", "the error goes back through W transposed.")
def _(dz, h, W):
    return dz @ W, h.T @ dz, dz.sum(axis=0)


@linear_backward.mistake("weights-not-in-chain", "the error reaches h through the weights.")
def _(dz, h, W):
    return dz.copy(), h.T @ dz, dz.sum(axis=0)


@linear_backward.mistake("weights-not-in-chain", "the error reaches h through the weights, each with its own.")
def _(dz, h, W):
    return np.repeat(dz.sum(axis=1, keepdims=True), h.shape[1], axis=1), h.T @ dz, dz.sum(axis=0)


@linear_backward.mistake("extra-mean", "the mean belongs to the loss: dz holds it already.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz / len(h), dz.sum(axis=0)


@linear_backward.mistake("extra-mean", "the mean belongs to the loss: dz holds it already.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz / len(h), dz.sum(axis=0) / len(h)


@linear_backward.mistake("upstream-ignored", "what comes from above is multiplied in.")
def _(dz, h, W):
    ones = np.ones_like(dz)
    return ones @ W.T, h.T @ ones, ones.sum(axis=0)


@linear_backward.mistake("upstream-ignored", "what comes from above is multiplied into db as well.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, np.ones(dz.shape[1])


@linear_backward.mistake("upstream-ignored", "what comes from above is multiplied into db as well.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, np.full(dz.shape[1], float(len(dz)))


@linear_backward.mistake("loop-overwrites-accumulator", LOOP)
def _(dz, h, W):
    return dz @ W.T, np.outer(h[-1], dz[-1]), dz[-1]


@linear_backward.mistake("loop-overwrites-accumulator", LOOP)
def _(dz, h, W):
    return dz @ W.T, np.outer(h[-1], dz[-1]), dz.sum(axis=0)


@linear_backward.mistake("loop-overwrites-accumulator", LOOP)
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, dz[-1]


@linear_backward.mistake("bias-missing", "the bias has a gradient too.")
def _(dz, h, W):
    return dz @ W.T, h.T @ dz, np.zeros(dz.shape[1])


@linear_backward.mistake(
    "elementwise-instead-of-matmul", "* multiplies entry by entry; the sum over the inputs is @."
)
def _(dz, h, W):
    return dz * W.T, h.T * dz, dz.sum(axis=0)


@linear_backward.mistake("wrong-layer-input", "the weights' gradient takes the layer's input h, not its output.")
def _(dz, h, W):
    return dz @ W.T, (h @ W).T @ dz, dz.sum(axis=0)


# tanh_backward ------------------------------------------------------------------------------------------------------


def _tanh_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shape in [(7, 3), (4, 6), (1, 5), (8,), (4, 4)]:
        arguments = (rng.normal(size=shape), np.tanh(rng.normal(size=shape)))
        cases.append(Case(arguments, "one example" if shape[0] == 1 else Case.about, rtol=1e-12, atol=1e-14))
    saturated = np.array([[1.0, -1.0, 0.0], [0.999999, -0.5, 0.25]])
    cases.append(Case((rng.normal(size=(2, 3)), saturated), "saturated units", rtol=1e-9, atol=1e-14))
    return cases


tanh_backward = Exercise(ID, "tanh_backward", arguments="dh, h", cases=_tanh_cases, analytic=True)

for _cause, _hint, _slope in [
    (None, "", lambda h: 1 - h**2),
    ("slide-bug-(1-z)^2", "1 - h^2, not (1 - h)^2: compare both at h = 0.5.", lambda h: (1 - h) ** 2),
    (
        "activation-derivative-wrong-argument",
        "h is the output already: tanh must not be applied again.",
        lambda h: 1 - np.tanh(h) ** 2,
    ),
    ("wrong-derivative-formula", "the square is missing.", lambda h: 1 - h),
    ("wrong-derivative-formula", "h (1 - h) belongs to the sigmoid.", lambda h: h * (1 - h)),
    ("wrong-derivative-formula", "1 minus the square, not plus.", lambda h: 1 + h**2),
    ("wrong-derivative-formula", "only the square: from what is it subtracted?", lambda h: h**2),
    ("sign", "tanh rises everywhere: h^2 - 1 is negative.", lambda h: h**2 - 1),
    ("mask-from-output-vs-input", "this is the mask of a rectifier.", lambda h: (h > 0).astype(float)),
    ("activation-derivative-missing", "the slope of tanh is missing.", np.ones_like),
    ("wrong-derivative-formula", "the gradient is multiplied by the slope, not by h.", lambda h: h),
]:
    if _cause is None:
        tanh_backward.reference(lambda dh, h: dh * (1 - h**2))
    else:
        tanh_backward.mistake(_cause, _hint)(lambda dh, h, slope=_slope: dh * slope(h))


@tanh_backward.mistake("upstream-ignored", "what comes from above is multiplied in.")
def _(dh, h):
    return 1 - h**2


@tanh_backward.mistake("wrong-derivative-formula", "brackets: dh multiplies the whole of 1 - h^2.")
def _(dh, h):
    return dh - h**2


@tanh_backward.mistake("wrong-derivative-formula", "1 - dh^2: the square belongs to h.")
def _(dh, h):
    return h * (1 - dh**2)


@tanh_backward.mistake("division-by-zero", "the gradient is multiplied by the slope, not divided.")
def _(dh, h):
    return dh / (1 - h**2)


# two_layer_gradients ------------------------------------------------------------------------------------------------


def _two_layer_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, D, H, K in [(7, 3, 5, 2), (4, 6, 2, 3), (9, 2, 4, 1), (1, 3, 4, 2), (5, 5, 5, 5)]:
        about = {1: "one example", 5: "all sizes equal"}.get(N, Case.about)
        X, Y, W1, b1 = rng.normal(size=(N, D)), rng.normal(size=(N, K)), rng.normal(size=(D, H)), rng.normal(size=H)
        arguments = (X, Y, 0.7 * W1, b1, rng.normal(size=(H, K)), rng.normal(size=K))
        cases.append(Case(arguments, about, {"N": N, "D": D, "H": H, "K": K}, 1e-11, 1e-13))
    scale = 10.0 ** np.linspace(-5, 3, 5)
    X, W1 = rng.normal(size=(8, 5)) * scale, 0.5 * rng.normal(size=(5, 3)) / scale[:, None]
    arguments = (X, rng.normal(size=(8, 2)), W1, rng.normal(size=3), rng.normal(size=(3, 2)), rng.normal(size=2))
    cases.append(Case(arguments, "inputs of unequal scale", {"N": 8, "D": 5, "H": 3, "K": 2}, 1e-8, 1e-15))
    return cases


two_layer_gradients = Exercise(
    ID,
    "two_layer_gradients",
    arguments="X, Y, W1, b1, W2, b2",
    cases=_two_layer_cases,
    parts="dW1, db1, dW2, db2",
    analytic=True,
)


def two_layers(X, Y, W1, b1, W2, b2, *, wrong=""):
    """Return (dW1, db1, dW2, db2); `wrong` names the one thing that is done wrongly."""
    N = len(X)
    z = X @ W1 + (0.0 if wrong == "no b1" else b1)
    h = z if wrong == "no tanh" else np.tanh(z)
    out = h @ W2 + (0.0 if wrong == "no b2" else b2)
    if wrong == "tanh output":
        out = np.tanh(out)
    dout = (out - Y) / N
    if wrong == "tanh output":
        dout = dout * (1 - out**2)
    if wrong == "softmax output":
        e = np.exp(out - out.max(axis=1, keepdims=True))
        dout = (e / e.sum(axis=1, keepdims=True) - Y) / N
    W_back = W2 - 0.1 * (h.T @ dout) if wrong == "stale" else W2
    dh = dout @ W_back.T
    if wrong == "no W2":
        dh = np.repeat(dout.sum(axis=1, keepdims=True), len(W2), axis=1)
    slopes = {
        "(1-h)^2": (1 - h) ** 2,
        "no slope": 1.0,
        "slope of z": 1 - z**2,
        "slope twice": (1 - h**2) ** 2,
        "tanh twice": 1 - np.tanh(h) ** 2,
        "sigmoid slope": h * (1 - h),
        "relu slope": (z > 0).astype(float),
    }
    dz = dh * slopes.get(wrong, 1 - h**2)
    dW1, db1 = X.T @ dz, dz.sum(axis=0)
    dW2, db2 = (z if wrong == "z for h" else h).T @ dout, dout.sum(axis=0)
    changes = {
        "db1 mean": lambda: (dW1, dz.mean(axis=0), dW2, db2),
        "db2 mean": lambda: (dW1, db1, dW2, dout.mean(axis=0)),
        "both db mean": lambda: (dW1, dz.mean(axis=0), dW2, dout.mean(axis=0)),
        "db1 rows": lambda: (dW1, dz, dW2, db2),
        "db2 rows": lambda: (dW1, db1, dW2, dout),
        "both db rows": lambda: (dW1, dz, dW2, dout),
        "db last": lambda: (dW1, dz[-1], dW2, dout[-1]),
        "X for h": lambda: (dW1, db1, X.T @ dout if X.shape[1] == h.shape[1] else dW2 * 0, db2),
        "last only": lambda: (np.zeros_like(dW1), np.zeros_like(db1), dW2, db2),
        "first layer": lambda: (dW1 * N, db1 * N, dW2, db2),
        "second layer": lambda: (dW1, db1, dW2 * N, db2 * N),
        "only weights": lambda: (dW1 * N, db1, dW2 * N, db2),
        "only biases": lambda: (dW1, db1 * N, dW2, db2 * N),
        "first extra": lambda: (dW1 / N, db1 / N, dW2, db2),
        "weights extra": lambda: (dW1 / N, db1, dW2 / N, db2),
    }
    return changes.get(wrong, lambda: (dW1, db1, dW2, db2))()


two_layer_gradients.reference(two_layers)

for _wrong, _cause, _hint in [
    ("(1-h)^2", "slide-bug-(1-z)^2", "the slope of tanh is 1 - h^2, not (1 - h)^2."),
    ("no slope", "activation-derivative-missing", "between dh and dz stands the slope of tanh."),
    ("slope of z", "activation-derivative-wrong-argument", "1 - h^2 takes the output h = tanh(z), not z."),
    ("tanh twice", "activation-derivative-wrong-argument", "h is tanh(z) already: tanh was applied again."),
    ("slope twice", "extra-activation-derivative", "the slope of tanh is there twice."),
    ("tanh output", "activation-on-output", "the output layer is linear."),
    ("softmax output", "activation-on-output", "the output layer is linear: this is a softmax."),
    ("no tanh", "activation-missing", "the hidden layer passes through tanh."),
    ("z for h", "wrong-layer-input", "W2 sees the hidden outputs h, not z."),
    ("X for h", "wrong-layer-input", "W2 sees the hidden outputs h, not the inputs X."),
    ("no W2", "weights-not-in-chain", "the error reaches the hidden units through W2."),
    ("stale", "stale-weights", "W2 was updated before the error went back through it."),
    ("no b1", "bias-missing", "the hidden units have biases, in the forward pass too."),
    ("no b2", "bias-missing", "the outputs have biases, in the forward pass too."),
    ("db1 mean", "bias-mean-instead-of-sum", "db1 is a sum: the mean is already in the loss."),
    ("db2 mean", "bias-mean-instead-of-sum", "db2 is a sum: the mean is already in the loss."),
    ("both db mean", "bias-mean-instead-of-sum", "db1 and db2 are sums: the mean is already in the loss."),
    ("db1 rows", "bias-not-summed", SUM_BIAS),
    ("db2 rows", "bias-not-summed", SUM_BIAS),
    ("both db rows", "bias-not-summed", SUM_BIAS),
    ("db last", "loop-overwrites-accumulator", LOOP),
    ("last only", "last-layer-only", "the first layer has gradients as well."),
    ("first layer", "missing-mean", "the first layer's gradients are N times too large."),
    ("second layer", "missing-mean", "the second layer's gradients are N times too large."),
    ("only weights", "missing-mean", "the weights' gradients are N times too large."),
    ("only biases", "missing-mean", "the biases' gradients are N times too large."),
    ("first extra", "extra-mean", "the first layer's gradients are divided by N twice."),
    ("weights extra", "extra-mean", "the weights' gradients are divided by N twice."),
    ("sigmoid slope", "wrong-derivative-formula", "h (1 - h) is the slope of the sigmoid."),
    ("relu slope", "wrong-derivative-formula", "this is the slope of a rectifier."),
]:
    two_layer_gradients.mistake(_cause, _hint)(lambda *a, wrong=_wrong: two_layers(*a, wrong=wrong))


@two_layer_gradients.mistake("loop-overwrites-accumulator", LOOP)
def _(X, Y, W1, b1, W2, b2):
    return tuple(part / len(X) for part in two_layers(X[-1:], Y[-1:], W1, b1, W2, b2))


@two_layer_gradients.mistake("divides-by-wrong-count", "the mean runs over the examples; here also over the outputs.")
def _(X, Y, W1, b1, W2, b2):
    return tuple(part / Y.shape[1] for part in two_layers(X, Y, W1, b1, W2, b2))
