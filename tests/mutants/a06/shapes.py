import numpy as np

from tests.mutants.marks import Mutants

answers = Mutants("06_automatic_differentiation", "sum_to_shape")


@answers.right
def in_two_steps(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    spread = tuple(n for n, size in enumerate(shape) if size == 1)
    return g.sum(axis=spread, keepdims=True)


@answers.right
def one_axis_at_a_time(g, shape):
    while np.ndim(g) > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and g.shape[axis] > 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@answers.right
def with_ones_in_front(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = [n for n in range(g.ndim) if padded[n] != g.shape[n]]
    return np.sum(g, axis=tuple(axes), keepdims=True).reshape(shape)


@answers.right
def where_each_number_came_from(g, shape):
    size = int(np.prod(shape))
    source = np.broadcast_to(np.arange(size).reshape(shape), g.shape)
    return np.bincount(source.ravel(), weights=g.ravel(), minlength=size).reshape(shape)


@answers.right
def in_a_loop(g, shape):
    out = np.zeros(shape)
    for index in np.ndindex(g.shape):
        tail = index[g.ndim - len(shape) :]
        out[tuple(0 if size == 1 else i for i, size in zip(tail, shape, strict=True))] += g[index]
    return out


@answers.right
def a_number_for_no_shape(g, shape):
    if shape == ():
        return float(g.sum())
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(extra + n for n, size in enumerate(shape) if size == 1)
    return g.sum(axis=axes).reshape(shape)


@answers.wrong("shared-gradient-not-summed")
def as_it_comes(g, shape):
    return g.copy()


@answers.wrong("shared-gradient-not-summed")
def only_new_axes(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g


@answers.wrong("shared-gradient-not-summed")
def only_axes_of_size_1(g, shape):
    for n in range(1, len(shape) + 1):
        if shape[-n] == 1:
            g = g.sum(axis=-n, keepdims=True)
    return g


@answers.wrong("bias-mean-instead-of-sum")
def means(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape))))
    return g.mean(axis=tuple(n for n, size in enumerate(shape) if size == 1), keepdims=True)


@answers.wrong("returns-wrong-shape")
def without_keepdims(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(n for n, size in enumerate(shape) if size == 1))


@answers.wrong("returns-wrong-shape")
def keepdims_everywhere(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    return g.sum(axis=tuple(n for n in range(g.ndim) if padded[n] == 1 and g.shape[n] > 1), keepdims=True)


@answers.wrong("wrong-axis")
def lined_up_from_the_left(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for n, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=n, keepdims=True)
    return g


@answers.wrong("wrong-axis")
def everything(g, shape):
    return np.ones(shape) * g.sum()


@answers.wrong("missing-term")
def the_first_use(g, shape):
    while g.ndim > len(shape):
        g = g[0]
    for n, size in enumerate(shape):
        if size == 1:
            g = np.take(g, [0], axis=n)
    return g


@answers.wrong("wrong-axis")
def by_size(g, shape):
    keep = [n for n, size in enumerate(g.shape) if size in shape]
    return g.sum(axis=tuple(n for n in range(g.ndim) if n not in keep)).reshape(shape)


@answers.wrong("wrong-formula")
def largest(g, shape):
    g = g.max(axis=tuple(range(g.ndim - len(shape))))
    return g.max(axis=tuple(n for n, size in enumerate(shape) if size == 1), keepdims=True)


@answers.wrong("returns-wrong-type")
def lists(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(n for n, size in enumerate(shape) if size == 1), keepdims=True).tolist()


@answers.wrong("float32-precision")
def short_numbers(g, shape):
    g = g.astype(np.float32).sum(axis=tuple(range(g.ndim - len(shape))))
    g = g.sum(axis=tuple(n for n, size in enumerate(shape) if size == 1), keepdims=True)
    return g.astype(np.float64)


@answers.wrong("mutates-input")
def in_place(g, shape):
    total = g.sum(axis=tuple(range(g.ndim - len(shape))))
    total = total.sum(axis=tuple(n for n, size in enumerate(shape) if size == 1), keepdims=True)
    g *= 0.0
    return total
