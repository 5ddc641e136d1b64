import numpy as np

from tests.mutants.marks import Mutants

forwards = Mutants("09_training", "dropout_forward")
backwards = Mutants("09_training", "dropout_backward")


def dropout_forward(h, rate, rng):
    """The forward pass that the backward passes below belong to."""
    mask = (rng.random(h.shape) >= rate) / (1 - rate)
    return h * mask, (mask, rate)


def dropout_backward(dout, cache):
    """The way back that goes with each of the forward passes below."""
    if isinstance(cache, dict):
        return dout * cache["mask"] / cache["keep"]
    if isinstance(cache, tuple):
        return dout * (cache[0] > 0) / (1 - cache[1])
    return dout * cache


@forwards.right
def scaled_mask(h, rate, rng):
    mask = (rng.random(h.shape) >= rate) / (1 - rate)
    return h * mask, mask


@forwards.right
def binomial(h, rate, rng):
    keep = 1.0 - rate
    mask = rng.binomial(1, keep, size=h.shape)
    return [h * mask / keep, {"mask": mask, "keep": keep}]


@forwards.right
def column_by_column(h, rate, rng):
    out = np.empty_like(h)
    for j in range(h.shape[1]):
        u = rng.uniform(size=len(h))
        out[:, j] = np.where(u < rate, 0.0, h[:, j] / (1 - rate))
    return out, (out != 0, rate)


@forwards.right
def choice(h, rate, rng):
    kept = rng.choice([0.0, 1.0], p=[rate, 1 - rate], size=h.shape)
    return kept * h * (1 / (1 - rate)), (kept, rate)


@forwards.right
def nothing_to_draw_without_a_rate(h, rate, rng):
    if rate == 0:
        return h, (np.ones(h.shape), rate)
    dropped = np.array([[rng.random() < rate for _ in row] for row in h])
    return np.where(dropped, 0, h) / (1 - rate), (~dropped, rate)


@forwards.wrong("not-inverted-dropout")
def not_scaled(h, rate, rng):
    mask = rng.random(h.shape) >= rate
    return h * mask, mask


@forwards.wrong("not-inverted-dropout")
def divided_by_the_rate(h, rate, rng):
    mask = rng.random(h.shape) >= rate
    return h * mask / (rate if rate else 1), mask


@forwards.wrong("not-inverted-dropout")
def scaled_down(h, rate, rng):
    mask = rng.random(h.shape) >= rate
    return h * mask * (1 - rate), mask


@forwards.wrong("keep-rate-as-drop-rate")
def keeps_with_rate(h, rate, rng):
    mask = rng.random(h.shape) < rate
    return h * mask / (1 - rate), mask


@forwards.wrong("dropout-mask-shared")
def one_mask(h, rate, rng):
    mask = rng.random(h.shape[1]) >= rate
    return h * mask / (1 - rate), mask


@forwards.wrong("dropout-mask-shared")
def whole_examples(h, rate, rng):
    mask = rng.random((h.shape[0], 1)) >= rate
    return h * mask / (1 - rate), mask


@forwards.wrong("seed-ignored")
def global_state(h, rate, rng):
    mask = np.random.rand(*h.shape) >= rate  # noqa: NPY002
    return h * mask / (1 - rate), mask


@forwards.wrong("mutates-input")
def into_h(h, rate, rng):
    mask = rng.random(h.shape) >= rate
    h *= mask / (1 - rate)
    return h, mask


@forwards.wrong("returns-wrong-type")
def out_alone(h, rate, rng):
    return h * (rng.random(h.shape) >= rate) / (1 - rate)


@backwards.right
def times_the_mask(dout, cache):
    return dout * cache[0]


@backwards.right
def where(dout, cache):
    mask, rate = cache
    return np.where(mask > 0, dout / (1 - rate), 0.0)


@backwards.right
def loop(dout, cache):
    dh = np.zeros(dout.shape)
    for n in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            if cache[0][n, j]:
                dh[n, j] = dout[n, j] / (1 - cache[1])
    return dh


@backwards.right
def masked_copy(dout, cache):
    dh = dout.copy()
    dh[cache[0] == 0] = 0
    dh /= 1 - cache[1]
    return dh


@backwards.wrong("dropout-scale-missing-in-backward")
def mask_alone(dout, cache):
    return dout * (cache[0] > 0)


@backwards.wrong("dropout-not-in-backward")
def passed_on(dout, cache):
    return dout.copy()


@backwards.wrong("dropout-not-in-backward")
def scaled_only(dout, cache):
    return dout / (1 - cache[1])


@backwards.wrong("dropout-mask-resampled-in-backward")
def a_new_mask(dout, cache):
    mask = np.random.default_rng().random(dout.shape) >= cache[1]
    return dout * mask / (1 - cache[1])


@backwards.wrong("upstream-ignored")
def mask_as_gradient(dout, cache):
    return cache[0].copy()


@backwards.wrong("extra-activation-derivative")
def scaled_twice(dout, cache):
    return dout * cache[0] / (1 - cache[1])


@backwards.wrong("mutates-input")
def in_place(dout, cache):
    dout *= cache[0]
    return dout


@backwards.wrong("sign")
def negative(dout, cache):
    return -dout * cache[0]


@backwards.wrong("dropout-scale-missing-in-backward")
def scaled_back(dout, cache):
    return dout * (cache[0] > 0) * (1 - cache[1])


@backwards.wrong("keep-rate-as-drop-rate")
def the_dropped_ones(dout, cache):
    return dout * (cache[0] == 0) / (1 - cache[1])
