"""Assignment 9: minibatches and l2_gradient. (dropout, momentum, early_stopping and training_runs have the rest.)"""

import numpy as np

from mlpkit.doctor.exercise import Case, Exercise

ID = "09_training"

# minibatches --------------------------------------------------------------------------------------------------------


def _batch_cases(rng: np.random.Generator) -> list[Case]:
    sizes = [(10, 3), (12, 4), (7, 7), (5, 8), (9, 1), (1, 1), (13, 6), (2000, 64)]
    abouts = {7: "one batch", 5: "a batch size above N", 9: "batches of one", 1: "one example"}
    return [Case((N, size, int(rng.integers(2**31))), abouts.get(N, Case.about)) for N, size in sizes]


def _joined(batches: list) -> np.ndarray:
    return np.concatenate([*batches, np.zeros(0, int)]).astype(int)


def _order_of(indices: np.ndarray) -> str:
    """Say whether thousands of indices look shuffled; chance misses that in fewer than one of 10^9 draws."""
    neighbours = int(np.sum(np.abs(np.diff(indices)) == 1))
    trend = abs(np.corrcoef(indices, np.arange(len(indices)))[0, 1])
    return "shuffled" if neighbours < 30 and trend < 0.15 else "in order, at least in part"


def _observe_batches(function, N, batch_size, seed):
    rng = np.random.default_rng(seed)
    batches, next_ones = function(N, batch_size, rng), function(N, batch_size, rng)
    if not isinstance(batches, (list, tuple)):
        return {"the result": f"a {type(batches).__name__}, not a list"}
    arrays = [isinstance(batch, np.ndarray) and batch.ndim == 1 and batch.dtype.kind in "iu" for batch in batches]
    if not all(arrays):
        return {"the result": "a list of something else than arrays of indices"}
    indices = _joined(batches)
    # With few examples, drawing with replacement may by chance give each of them once, but not nine times in a row.
    epochs = [indices] + [_joined(function(N, batch_size, rng)) for _ in range(8 if N < 1000 else 0)]
    counts = [np.bincount(one[(one >= 0) & (one < N)], minlength=N) for one in epochs]
    parts = {
        "the result": "a list of arrays of indices",
        "the batches' sizes": str([len(batch) for batch in batches]),
        "every index is in 0 .. N - 1": bool(np.all((indices >= 0) & (indices < N))),
        "some example comes twice": any(bool((count > 1).any()) for count in counts),
        "some example never comes": any(bool((count == 0).any()) for count in counts),
    }
    if N > 1000:  # few examples come in the same order now and then by chance
        again = function(N, batch_size, np.random.default_rng(seed))
        parts["the same generator gives the same batches"] = _same(batches, again)
        parts["a second call gives other batches"] = not _same(batches, next_ones)
        parts["the order"] = _order_of(indices) if len(indices) > 1000 else "too few to say"
    return parts


def _same(a, b):
    return len(a) == len(b) and all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


minibatches = Exercise(
    ID, "minibatches", arguments="N, batch_size, rng", cases=_batch_cases, observe=_observe_batches
)


def _cut(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


@minibatches.reference
def _(N, batch_size, rng):
    return _cut(rng.permutation(N), batch_size)


@minibatches.mistake("not-shuffled", "the examples come in a fresh random order.")
def _(N, batch_size, rng):
    return _cut(np.arange(N), batch_size)


@minibatches.mistake("not-shuffled", "the examples mix over all batches: this order is shuffled only in part.")
def _(N, batch_size, rng):
    batches = _cut(np.arange(N), batch_size)
    return [batches[k] for k in rng.permutation(len(batches))]


@minibatches.mistake("not-shuffled", "the examples mix over all batches: this order is shuffled only in part.")
def _(N, batch_size, rng):
    return [rng.permutation(batch) for batch in _cut(np.arange(N), batch_size)]


_DRAWN = "in one epoch every example comes exactly once: draw without putting back."


@minibatches.mistake("not-shuffled", _DRAWN)
def _(N, batch_size, rng):
    return _cut(rng.integers(N, size=N), batch_size)


@minibatches.mistake("not-shuffled", _DRAWN)
def _(N, batch_size, rng):
    return [rng.choice(N, min(batch_size, N), replace=False) for _ in range(max(N // batch_size, 1))]


@minibatches.mistake("not-shuffled", _DRAWN)
def _(N, batch_size, rng):
    return [rng.integers(N, size=batch_size) for _ in range(-(-N // batch_size))]


@minibatches.mistake("last-batch-dropped", "what is left for the last batch belongs to it, even if it is short.")
def _(N, batch_size, rng):
    return [batch for batch in _cut(rng.permutation(N), batch_size) if len(batch) == batch_size]


@minibatches.mistake("last-batch-dropped", "what is left for the last batch belongs to it, even if it is short.")
def _(N, batch_size, rng):
    return _cut(rng.permutation(N), batch_size)[: max(N // batch_size, 1)]


@minibatches.mistake("off-by-one", "the last batch is left out even when it is whole.")
def _(N, batch_size, rng):
    order = rng.permutation(N)
    return [order[start : start + batch_size] for start in range(0, N - batch_size, batch_size)]


@minibatches.mistake("off-by-one", "an empty batch at the end is no batch.")
def _(N, batch_size, rng):
    order = rng.permutation(N)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(N // batch_size + 1)]


@minibatches.mistake("off-by-one", "each batch lacks its last example.")
def _(N, batch_size, rng):
    return [batch[:-1] if len(batch) == batch_size else batch for batch in _cut(rng.permutation(N), batch_size)]


@minibatches.mistake("wrong-formula", "batch_size is the size of a batch, not the number of batches.")
def _(N, batch_size, rng):
    return np.array_split(rng.permutation(N), batch_size)


@minibatches.mistake("wrong-formula", "all batches but the last have batch_size examples: these are evened out.")
def _(N, batch_size, rng):
    return np.array_split(rng.permutation(N), -(-N // batch_size))


@minibatches.mistake("wrong-formula", "what is left is a short batch of its own, not a part of the one before.")
def _(N, batch_size, rng):
    return np.array_split(rng.permutation(N), max(N // batch_size, 1))


for _make in (lambda: np.random.default_rng(0), lambda: np.random.default_rng()):

    @minibatches.mistake("seed-ignored", "the order comes from rng, the generator that is given.")
    def _(N, batch_size, rng, make=_make):
        return _cut(make().permutation(N), batch_size)


@minibatches.mistake("returns-wrong-type", "a list of arrays is asked for.")
def _(N, batch_size, rng):
    return [batch.tolist() for batch in _cut(rng.permutation(N), batch_size)]


@minibatches.mistake("returns-wrong-type", "a list of arrays is asked for: yield makes a generator.")
def _(N, batch_size, rng):
    yield from _cut(rng.permutation(N), batch_size)


@minibatches.mistake("returns-wrong-type", "a list of index arrays is asked for, not the permutation as a whole.")
def _(N, batch_size, rng):
    return rng.permutation(N)


# l2_gradient --------------------------------------------------------------------------------------------------------


def _penalty_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for shape, C in [((4, 3), 0.3), ((2, 5), 1.7), ((5, 1), 0.01), ((3, 3), 2.3)]:
        sizes = {"D": shape[0], "H": shape[1], "N": shape[0] * shape[1]}
        about = "all sizes equal" if shape == (3, 3) else Case.about
        cases.append(Case((rng.normal(size=shape), C), about, sizes, 1e-11, 1e-15))
    cases.append(Case((rng.normal(size=(3, 4)), 0.0), "no penalty, C = 0", {}, 1e-11, 1e-15))
    W = np.array([[0.0, -2.0, 1.0], [3.0, 0.0, -0.5]])
    cases.append(Case((W, 0.7), "weights of 0", {}, 1e-11, 1e-15))
    return cases


l2_gradient = Exercise(ID, "l2_gradient", arguments="W, C", cases=_penalty_cases, analytic=True)


@l2_gradient.reference
def _(W, C):
    return C * W


_HALF = "the 1/2 in C / 2 and the 2 of the square: what is left?"
for _cause, _words, _wrong in [
    ("l2-missing-half-or-doubled", _HALF, lambda W, C: 2.0 * C * W),
    ("l2-missing-half-or-doubled", _HALF, lambda W, C: 0.5 * C * W),
    ("l2-missing", "C is the weight of the penalty.", lambda W, C: W.copy()),
    ("l2-missing", "C is the weight of the penalty.", lambda W, C: 2.0 * W),
    ("l2-missing", "the penalty has a gradient.", lambda W, C: np.zeros_like(W)),
    ("argument-ignored", "C is an argument.", lambda W, C: 0.01 * W),
    ("argument-ignored", "C is an argument.", lambda W, C: 0.1 * W),
    ("l2-wrong-power", "this is the gradient of the sum of sizes |W|.", lambda W, C: C * np.sign(W)),
    ("l2-wrong-power", "this is the gradient of the sum of sizes |W|.", lambda W, C: C / 2 * np.sign(W)),
    ("l2-wrong-power", "this is the gradient of the sum of W.", lambda W, C: np.full_like(W, C)),
    ("l2-wrong-power", "this is the gradient of the sum of W.", lambda W, C: np.full_like(W, C / 2)),
    ("l2-wrong-power", "the derivative of a square is not the square.", lambda W, C: C * W**2),
    ("l2-wrong-power", "the derivative of a square is not the square.", lambda W, C: C / 2 * W**2),
    ("l2-wrong-power", "this is the gradient of a sum of cubes.", lambda W, C: 3 * C / 2 * W**2),
    ("l2-wrong-power", "the sign of a weight counts.", lambda W, C: C * np.abs(W)),
    ("l2-wrong-power", "the norm is squared: there is no root.", lambda W, C: C * W / np.linalg.norm(W)),
    ("l2-wrong-power", "the norm is squared: there is no root.", lambda W, C: C / 2 * W / np.linalg.norm(W)),
    ("wrong-formula", "this is the penalty itself.", lambda W, C: C / 2 * np.sum(W**2)),
    ("wrong-formula", "this is the penalty itself.", lambda W, C: C * np.sum(W**2)),
    ("missing-term", "each weight has its own derivative: nothing is summed.", lambda W, C: C * np.sum(W)),
    ("wrong-formula", "this is the factor of a step, W - C W.", lambda W, C: (1 - C) * W),
    ("extra-mean", "the penalty is a sum, not a mean.", lambda W, C: C * W / W.size),
    ("divides-by-wrong-count", "the penalty is a sum, not a mean.", lambda W, C: C * W / len(W)),
    ("divides-by-wrong-count", "the penalty is a sum, not a mean.", lambda W, C: C * W / W.shape[1]),
    ("wrong-axis", "each weight has its own derivative.", lambda W, C: C * W.sum(axis=0)),
    ("wrong-axis", "each weight has its own derivative.", lambda W, C: C * W.sum(axis=1)),
    ("elementwise-instead-of-matmul", "C is a number.", lambda W, C: C * W.T @ W),
]:
    l2_gradient.mistake(_cause, _words)(_wrong)
