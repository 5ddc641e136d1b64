"""Assignment 2: least_squares, relu_network, xor_parameters, convex_region. (The gradients are in xor_gradients.)"""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "02_xor"
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


# least_squares ------------------------------------------------------------------------------------------------------


def _least_squares_cases(rng: np.random.Generator) -> list[Case]:
    cases = [Case((CORNERS.copy(), XOR.copy()), "the four corners of XOR", {"N": 4, "D": 2}, 1e-8, 1e-10)]
    for N, D in [(9, 3), (12, 5), (6, 1)]:
        X = rng.normal(size=(N, D)) + 0.7
        y = X @ rng.normal(size=D) + 1.5 + 0.5 * rng.normal(size=N)
        cases.append(Case((X, y), sizes={"N": N, "D": D}, rtol=1e-7, atol=1e-9))
    return cases


least_squares = Exercise(ID, "least_squares", arguments="X, y", cases=_least_squares_cases, parts="w, b")


def _solve(X, y):
    """Return (w, b) by the normal equations with a column of ones."""
    X1 = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(X1.T @ X1, X1.T @ y)
    return solution[:-1], float(solution[-1])


@least_squares.reference
def _(X, y):
    return _solve(X, y)


@least_squares.mistake("bias-missing", "without a bias every plane goes through the origin.")
def _(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0], 0.0


@least_squares.mistake("bias-missing", "the bias is fitted together with the weights, not read off afterwards.")
def _(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0], float(np.mean(y))


@least_squares.mistake("returns-list-order-swapped", "the column of ones stands first: which entry is then the bias?")
def _(X, y):
    w, b = _solve(X, y)
    return np.append(b, w[:-1]), float(w[-1])


@least_squares.mistake("missing-term", "X.T @ y is half of it: the matrix X.T @ X has to be solved for.")
def _(X, y):
    X1 = np.column_stack([X, np.ones(len(X))])
    solution = X1.T @ y
    return solution[:-1], float(solution[-1])


@least_squares.mistake("wrong-formula", "the weights' penalty shifts the solution: none was asked for.")
def _(X, y):
    X1 = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(X1.T @ X1 + np.eye(X1.shape[1]), X1.T @ y)
    return solution[:-1], float(solution[-1])


@least_squares.mistake("hard-coded-answer", "this is the answer for XOR, and the question is about any X and y.")
def _(X, y):
    return np.zeros(X.shape[1]), 0.5


# relu_network -------------------------------------------------------------------------------------------------------


def _network(rng: np.random.Generator, N: int, D: int, H: int) -> tuple:
    return (
        rng.normal(size=(N, D)),
        rng.normal(size=(D, H)),
        rng.normal(size=H),
        rng.normal(size=H),
        float(rng.normal()),
    )


def _network_cases(rng: np.random.Generator) -> list[Case]:
    sizes = [(7, 3, 5), (4, 6, 2), (1, 2, 3), (6, 1, 4), (4, 4, 4)]
    names = {1: "one example"}
    cases = []
    for N, D, H in sizes:
        about = "all sizes equal" if N == D == H else names.get(N, Case.about)
        cases.append(Case(_network(rng, N, D, H), about, {"N": N, "D": D, "H": H}, 1e-10, 1e-12))
    return cases


relu_network = Exercise(ID, "relu_network", arguments="X, W, c, w, b", cases=_network_cases)


@relu_network.reference
def _(X, W, c, w, b):
    return np.maximum(X @ W + c, 0.0) @ w + b


@relu_network.mistake("bias-missing", "the hidden units have biases c.")
def _(X, W, c, w, b):
    return np.maximum(X @ W, 0.0) @ w + b


@relu_network.mistake("bias-missing", "the output has a bias b.")
def _(X, W, c, w, b):
    return np.maximum(X @ W + c, 0.0) @ w


@relu_network.mistake("activation-missing", "without the rectifier the two layers are one linear map.")
def _(X, W, c, w, b):
    return (X @ W + c) @ w + b


@relu_network.mistake("activation-on-output", "the output is linear: it may be negative.")
def _(X, W, c, w, b):
    return np.maximum(np.maximum(X @ W + c, 0.0) @ w + b, 0.0)


@relu_network.mistake("wrong-formula", "the bias c is added before the rectifier.")
def _(X, W, c, w, b):
    return (np.maximum(X @ W, 0.0) + c) @ w + b


@relu_network.mistake("wrong-formula", "the rectifier keeps what is positive.")
def _(X, W, c, w, b):
    return np.minimum(X @ W + c, 0.0) @ w + b


@relu_network.mistake("wrong-formula", "the rectifier gives 0 for what is negative, not its size.")
def _(X, W, c, w, b):
    return np.abs(X @ W + c) @ w + b


@relu_network.mistake("wrong-formula", "a hidden unit gives its sum, not only whether it is positive.")
def _(X, W, c, w, b):
    return (X @ W + c > 0) @ w + b


@relu_network.mistake("returns-wrong-shape", "one number an example: (N,), not (N, 1).")
def _(X, W, c, w, b):
    return (np.maximum(X @ W + c, 0.0) @ w + b)[:, None]


# xor_parameters -----------------------------------------------------------------------------------------------------


def _observe_xor(function):
    W, c, w, b = function()
    W, c, w = (np.asarray(part, dtype=float) for part in (W, c, w))
    shapes = [W.shape == (2, 2), c.shape == (2,), w.shape == (2,), np.ndim(b) == 0]
    if not all(shapes):
        return {"W is (2, 2), c and w are (2,), b is a number": str([W.shape, c.shape, w.shape, np.shape(b)])}
    out = np.maximum(CORNERS @ W + c, 0.0) @ w + float(b)
    return {"W is (2, 2), c and w are (2,), b is a number": "yes", "the network at 00, 01, 10, 11": out}


xor_parameters = Exercise(
    ID,
    "xor_parameters",
    arguments="",
    cases=lambda rng: [Case((), "the four corners", atol=1e-12)],
    observe=_observe_xor,
)


@xor_parameters.reference
def _():
    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


def _xor_mistake(cause, hint, W, c, w, b):
    xor_parameters.mistake(cause, hint)(lambda: (np.array(W, float), np.array(c, float), np.array(w, float), b))


_ONES = [[1, 1], [1, 1]]
_xor_mistake("bias-missing", "with both biases 0 the two units fold at the same place.", _ONES, [0, 0], [1, -2], 0)
_xor_mistake(
    "wrong-formula", "at (1, 1) the second unit has to take back twice what it adds.", _ONES, [0, -1], [1, -1], 0
)
_xor_mistake("sign", "the second unit should take away, not add.", _ONES, [0, -1], [1, 2], 0)
_xor_mistake("sign", "the second unit should switch on late: what sign has its bias?", _ONES, [0, 1], [1, -2], 0)
_xor_mistake(
    "labels-swapped", "this is 1 where the inputs agree: XOR is 1 where they differ.", _ONES, [0, -1], [-1, 2], 1
)
_xor_mistake("wrong-formula", "this is OR: what should happen at (1, 1)?", _ONES, [0, -1], [1, -1], 0.0)


# convex_region ------------------------------------------------------------------------------------------------------


def _region_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for N, M, D in [(60, 3, 2), (80, 4, 3), (40, 1, 2)]:
        normals = rng.normal(size=(M, D))
        cases.append(Case((3.0 * rng.normal(size=(N, D)), normals, rng.uniform(0.0, 1.0, size=M)), sizes={"N": N}))
    # A triangle with corners (0, 0), (1, 0), (0, 1): points on its edges lie outside, for the inequality is strict.
    normals, offsets = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([0.0, 0.0, 1.0])
    points = np.array(
        [[0.25, 0.25], [0.0, 0.5], [0.5, 0.5], [0.5, 0.0], [0.0, 0.0], [0.6, 0.6], [-0.1, 0.3], [0.3, 0.6]]
    )
    cases.append(Case((points, normals, offsets), "points on an edge"))
    return cases


def _observe_region(function, X, normals, offsets):
    inside = function(X, normals, offsets)
    if isinstance(inside, np.ndarray) and inside.dtype.kind in "fiub":
        return inside.astype(float)  # 0 and 1 may be floats, whole numbers or booleans
    return inside


convex_region = Exercise(
    ID, "convex_region", arguments="X, normals, offsets", cases=_region_cases, observe=_observe_region
)


@convex_region.reference
def _(X, normals, offsets):
    return (X @ normals.T + offsets > 0).all(axis=1).astype(float)


@convex_region.mistake("not-strict", "a point on the edge gives exactly 0, and 0 is not greater than 0.")
def _(X, normals, offsets):
    return (X @ normals.T + offsets >= 0).all(axis=1).astype(float)


@convex_region.mistake("wrong-threshold", "inside one half-plane is not enough: the top unit is an AND, not an OR.")
def _(X, normals, offsets):
    return (X @ normals.T + offsets > 0).any(axis=1).astype(float)


@convex_region.mistake("wrong-threshold", "all but one half-plane is not enough: where is the top unit's threshold?")
def _(X, normals, offsets):
    return ((X @ normals.T + offsets > 0).sum(axis=1) >= max(len(normals) - 1, 1)).astype(float)


@convex_region.mistake("wrong-threshold", "more than half of the half-planes is a vote, not an AND.")
def _(X, normals, offsets):
    return ((X @ normals.T + offsets > 0).sum(axis=1) > len(normals) / 2).astype(float)


@convex_region.mistake("bias-missing", "the offsets move the half-planes away from the origin.")
def _(X, normals, offsets):
    return (X @ normals.T > 0).all(axis=1).astype(float)


@convex_region.mistake(
    "sign", "with a minus before the offsets every half-plane lies on the other side of the origin."
)
def _(X, normals, offsets):
    return (X @ normals.T - offsets > 0).all(axis=1).astype(float)


@convex_region.mistake("labels-swapped", "this is 1 outside and 0 inside.")
def _(X, normals, offsets):
    return 1.0 - (X @ normals.T + offsets > 0).all(axis=1)


@convex_region.mistake("sign", "this is the region on the other side of every line.")
def _(X, normals, offsets):
    return (X @ normals.T + offsets < 0).all(axis=1).astype(float)


@convex_region.mistake("activation-missing", "the half-planes vote with 0 and 1: the step units are missing.")
def _(X, normals, offsets):
    return ((X @ normals.T + offsets).sum(axis=1) > 0).astype(float)


@convex_region.mistake("wrong-threshold", "the top unit never fires: can the sum exceed the number of half-planes?")
def _(X, normals, offsets):
    return np.zeros(len(X))
