"""Assignment 7: orthogonal, judged by what makes a matrix orthogonal, and by the distribution of several hundred.

A right answer may draw as it likes (QR, Gram and Schmidt, a polar decomposition, random rotations), so nothing is
compared with the reference's numbers: each part says in words what is true of a matrix, or of many.
"""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise
from mlpkit.doctor.exercises.initialisation import ID

_MANY = 150
_SURE = 6.5  # standard deviations: chance goes further in fewer than one of 10^9 draws


def _cases(rng: np.random.Generator) -> list[Case]:
    def case(n_in, n_out, about=Case.about, many=False):
        return Case((n_in, n_out, int(rng.integers(2**31)), many), about)

    return [
        case(4, 4, "a square matrix"),
        case(7, 3, "more inputs than units"),
        case(3, 7, "more units than inputs"),
        case(60, 35, "more inputs than units"),
        case(20, 45, "more units than inputs"),
        case(1, 5, "one input"),
        case(6, 1, "one unit"),
        case(1, 1, "one input, one unit"),
        case(2, 2, "many square matrices", many=True),
        case(3, 3, "many square matrices", many=True),
        case(4, 2, "many with more inputs than units", many=True),
        case(2, 4, "many with more units than inputs", many=True),
    ]


def shape_of(W: np.ndarray) -> str:
    """Say in words whether the longer side's vectors are orthonormal to 1e-10, and if not what they are."""
    tall = W if W.shape[0] >= W.shape[1] else W.T
    which = "columns" if W.shape[0] >= W.shape[1] else "rows"
    if not np.isfinite(W).all():
        return "not finite"
    products = tall.T @ tall
    lengths, off = np.sqrt(np.diag(products)), np.abs(products - np.diag(np.diag(products))).max()
    if off > 1e-10 * max(lengths.max() ** 2, 1e-300):
        nearly = off < 1e-5 * lengths.max() ** 2
        if nearly:
            return f"{which} at right angles to six digits only"
        unit = np.abs(lengths - 1).max() < 1e-10
        return f"{which} not at right angles, {'of length 1' if unit else 'and of other lengths than 1'}"
    if np.abs(lengths - 1).max() < 1e-10:
        return f"orthonormal {which}"
    if np.abs(lengths - 1).max() < 1e-5:
        return f"{which} of length 1 to six digits only"
    return f"{which} at right angles, and of length {lengths.mean():.6g}"


def _half_the_time(happened: np.ndarray) -> str:
    share = float(np.mean(happened))
    if abs(share - 0.5) < _SURE * 0.5 / np.sqrt(len(happened)):
        return "half the time"
    return {0.0: "never", 1.0: "always"}.get(share, "less often" if share < 0.5 else "more often")


def distribution_of(stack: np.ndarray) -> dict[str, str]:
    """Say of many matrices (K, n_in, n_out) whether they look like draws of which none is likelier than another."""
    K, n_in, n_out = stack.shape
    n = max(n_in, n_out)
    if (stack == stack[0]).all():
        return {"many draws": "are all the same matrix"}
    said = {}
    if n_in == n_out:
        said["determinant -1"] = _half_the_time(np.linalg.det(stack) < 0)
    said["a negative first entry"] = _half_the_time(stack[:, 0, 0] < 0)
    said["a negative second entry of the diagonal"] = _half_the_time(stack[:, 1, 1] < 0)
    mean = np.abs(stack.mean(axis=0)).max() * np.sqrt(K * n)
    said["the mean of each entry"] = "0" if mean < _SURE else "not 0"
    # The direction of a column is uniform: w^2 is 1 / n on average and w^4 is 3 / (n (n + 2)).
    second = np.abs((stack**2).mean(axis=0) * n - 1).max()
    fourth = float((stack**4).mean() * n * (n + 2) / 3)
    uniform = second < 0.6 and abs(fourth - 1) < 0.25
    said["the sizes of the entries"] = "those of random directions" if uniform else "not those of random directions"
    return said


def _observe(function, n_in, n_out, seed, many):
    rng = np.random.default_rng(seed)
    W = function(n_in, n_out, rng)
    if not isinstance(W, np.ndarray):
        return {"the matrix": W}
    parts = {"the shape": str(W.shape), "the dtype": str(W.dtype)}
    if W.shape != (n_in, n_out):
        return parts
    if not many:
        again = function(n_in, n_out, np.random.default_rng(seed))
        parts["the matrix"] = shape_of(W)
        if W.size >= 12:  # smaller ones may be alike by chance
            parts["the same generator gives the same matrix"] = bool(np.array_equal(W, again))
            parts["a second call gives another one"] = not np.array_equal(W, function(n_in, n_out, rng))
        return parts
    return parts | distribution_of(np.array([function(n_in, n_out, rng) for _ in range(_MANY)]))


orthogonal = Exercise(ID, "orthogonal", arguments="n_in, n_out, rng", cases=_cases, observe=_observe)


def _directions(n_in, n_out, rng, draw=None, signs="balanced"):
    """Return orthonormal columns, or rows, by a QR decomposition; the keywords stand for the mistakes."""
    tall = max(n_in, n_out), min(n_in, n_out)
    A = rng.standard_normal(tall) if draw is None else draw(rng, tall)
    Q, R = np.linalg.qr(A)
    if signs == "balanced":
        Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    elif signs == "rotation" and n_in == n_out:
        Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
        Q[:, 0] *= np.sign(np.linalg.det(Q))
    return Q if n_in >= n_out else Q.T


@orthogonal.reference
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, rng)


_SIGNS = "the QR decomposition has chosen the signs of the columns for you: which determinants do you get?"


@orthogonal.mistake("sign", _SIGNS)
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, rng, signs="as they come")


@orthogonal.mistake("sign", "these are rotations only: in half of all orthogonal matrices the determinant is -1.")
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, rng, signs="rotation")


_UNIFORM = "directions are equally likely when normal numbers are decomposed, not uniform ones."
for _shift in (0.0, 0.5):
    for _signs in ("balanced", "as they come"):

        @orthogonal.mistake("uniform-instead-of-normal", _UNIFORM)
        def _(n_in, n_out, rng, shift=_shift, signs=_signs):
            return _directions(n_in, n_out, rng, lambda rng, shape: rng.random(shape) - shift, signs)


@orthogonal.mistake("transpose", "n_in rows and n_out columns: the layer is h @ W.")
def _(n_in, n_out, rng):
    return _directions(n_out, n_in, rng)


@orthogonal.mistake("transpose", "n_in rows and n_out columns, also where n_in is the smaller one.")
def _(n_in, n_out, rng):
    W = _directions(n_in, n_out, rng)
    return W if n_in >= n_out else W.T.copy()


_WIDE = "with more units than inputs the decomposition gives n_in columns only: whose columns can be orthonormal?"
for _signs in ("balanced", "as they come"):

    @orthogonal.mistake("returns-wrong-shape", _WIDE)
    def _(n_in, n_out, rng, signs=_signs):
        W = _directions(n_in, n_out, rng, signs=signs)
        return W if n_in >= n_out else _directions(n_in, n_in, rng, signs=signs)

    @orthogonal.mistake("returns-wrong-shape", "n_in rows and n_out columns, not a square matrix.")
    def _(n_in, n_out, rng, signs=_signs):
        return _directions(n_in, n_in, rng, signs=signs)

    @orthogonal.mistake("returns-wrong-shape", "mode='complete' gives a square matrix: n_out columns are asked for.")
    def _(n_in, n_out, rng, signs=_signs):
        return _directions(max(n_in, n_out), max(n_in, n_out), rng, signs=signs)


_ANGLES = "the longer side's vectors should be of length 1 and at right angles: what is W.T @ W, or W @ W.T?"


@orthogonal.mistake("wrong-formula", _ANGLES)
def _(n_in, n_out, rng):
    A = rng.standard_normal((n_in, n_out))
    return A / np.linalg.norm(A, axis=0)


@orthogonal.mistake("wrong-formula", _ANGLES)
def _(n_in, n_out, rng):
    A = rng.standard_normal((n_in, n_out))
    return A / np.linalg.norm(A, axis=1, keepdims=True)


@orthogonal.mistake("wrong-formula", _ANGLES)
def _(n_in, n_out, rng):
    A = rng.standard_normal((n_in, n_out))
    long, axis = (A, 0) if n_in >= n_out else (A, 1)
    return long / np.linalg.norm(long, axis=axis, keepdims=True)


for _scale in (lambda a, b: a**-0.5, lambda a, b: max(a, b) ** -0.5, lambda a, b: 1.0, lambda a, b: (2 / a) ** 0.5):

    @orthogonal.mistake("wrong-formula", _ANGLES)
    def _(n_in, n_out, rng, scale=_scale):
        return scale(n_in, n_out) * rng.standard_normal((n_in, n_out))


_LENGTH = "at right angles, but not of length 1."
for _factor in (lambda a, b: 2**0.5, lambda a, b: a**-0.5, lambda a, b: (2 / a) ** 0.5, lambda a, b: 2.0):

    @orthogonal.mistake("wrong-formula", _LENGTH)
    def _(n_in, n_out, rng, factor=_factor):
        return factor(n_in, n_out) * _directions(n_in, n_out, rng)


@orthogonal.mistake("seed-ignored", "the numbers come from rng, the generator that is given.")
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, np.random.default_rng(0))


for _signs in ("balanced", "as they come"):

    @orthogonal.mistake("seed-ignored", "the numbers come from rng, the generator that is given.")
    def _(n_in, n_out, rng, signs=_signs):
        return _directions(n_in, n_out, np.random.default_rng(), signs=signs)


@orthogonal.mistake("seed-ignored", "that is one matrix, always the same: every orthogonal one is to be likely.")
def _(n_in, n_out, rng):
    return np.eye(n_in, n_out)


@orthogonal.mistake("wrong-formula", "the columns of the identity, shuffled: few of all the directions there are.")
def _(n_in, n_out, rng):
    n = max(n_in, n_out)
    W = (np.eye(n) * rng.choice([-1.0, 1.0], size=n))[rng.permutation(n)]
    return W[:n_in, :n_out].copy()


@orthogonal.mistake("float32-precision", "the weights are float64, and orthonormal to 1e-10.")
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, rng).astype(np.float32)


@orthogonal.mistake("float32-precision", "orthonormal to 1e-10: is something computed in float32?")
def _(n_in, n_out, rng):
    return _directions(n_in, n_out, rng).astype(np.float32).astype(np.float64)
