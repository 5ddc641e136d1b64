"""What is wrong with an argument, said in one line at the edge and not deep inside."""

import numbers

import numpy as np


def floats(**arguments: tuple[object, str]) -> list[np.ndarray]:
    """Return the arguments as float arrays whose shapes fit together.

    Each argument is `name=(value, dims)`, where `dims` names its dimensions, as in
    `X, W, b = floats(X=(X, "N D"), W=(W, "D H"), b=(b, "H"))`: a letter that occurs twice must have one size, a
    number is a fixed size, `""` is a scalar and `"..."` is any shape. float32 stays float32, every other real dtype
    becomes float64.

    Raises TypeError for what is no array of real numbers; ValueError for a wrong shape, an empty array, NaN or
    infinity. The message names the argument, what came and what was expected.
    """
    sizes: dict[str, int] = {}
    return [_float_array(name, value, dims, sizes) for name, (value, dims) in arguments.items()]


def _float_array(name: str, value: object, dims: str, sizes: dict[str, int]) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of numbers, but its rows differ in length") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of real numbers, not {_what(value, array)}")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    _fit(name, array, dims, sizes)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, but its shape is {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        at = f" at index {where if len(where) > 1 else where[0]}" if where else ""
        raise ValueError(f"{name} must be finite, but it holds {array[where]}{at}")
    return array


def _fit(name: str, array: np.ndarray, dims: str, sizes: dict[str, int]) -> None:
    """Raise ValueError unless the array's shape is `dims`, given the `sizes` that earlier arguments fixed."""
    if dims == "...":
        return
    letters = dims.split()
    known = [f"{d} = {sizes[d]}" for d in dict.fromkeys(letters) if d in sizes]
    expected = f"({', '.join(letters)}{',' if len(letters) == 1 else ''})" + (
        f" with {', '.join(known)}" if known else ""
    )
    if array.ndim != len(letters):
        raise ValueError(f"{name} must have shape {expected}, but its shape is {array.shape}")
    for letter, size in zip(letters, array.shape, strict=True):
        wanted = int(letter) if letter.isdigit() else sizes.setdefault(letter, size)
        if size != wanted:
            raise ValueError(f"{name} must have shape {expected}, but its shape is {array.shape}")


def labels(name: str, value: object, count: int, classes: int) -> np.ndarray:
    """Return `value` as `(count,)` int64 class numbers in `0 .. classes - 1`.

    Raises TypeError for labels that are not whole numbers; ValueError for a wrong shape or a number out of range.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of class numbers, not {_what(value, array)}")
    if array.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), one label a row, but its shape is {array.shape}")
    whole = array.astype(np.int64) if np.isfinite(array).all() else np.full(count, -1)
    wrong = (whole != array) | (whole < 0) | (whole >= classes)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"{name} must hold class numbers 0 to {classes - 1}, but {name}[{at}] is {array[at]}")
    return whole


def number(
    name: str,
    value: object,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    low_included: bool = True,
    high_included: bool = True,
) -> float:
    """Return `value` as a float between `low` and `high`.

    Raises TypeError for what is no real number; ValueError for NaN, infinity or a number out of range.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, not {_what(value)}")
    above = value >= low if low_included else value > low
    below = value <= high if high_included else value < high
    if not (above and below and np.isfinite(value)):
        raise ValueError(f"{name} must be {_range(low, high, low_included, high_included)}, but it is {value}")
    return float(value)


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return `value` as an int of at least `low` (and at most `high`); TypeError or ValueError if it is not one."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, not {_what(value)}")
    if value < low or (high is not None and value > high):
        upto = "" if high is None else f" and at most {high}"
        raise ValueError(f"{name} must be at least {low}{upto}, but it is {value}")
    return int(value)


def choice(name: str, value: object, options: tuple[str, ...]) -> str:
    """Return `value` if it is one of the `options`, else raise ValueError with the list of them."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, but it is {value!r}")
    return str(value)


def generator(seed: object, name: str = "seed") -> np.random.Generator:
    """Return a Generator from a whole number of at least 0, or the Generator that was given."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(whole(name, seed, 0))


def _range(low: float, high: float, low_included: bool, high_included: bool) -> str:
    if np.isinf(low) and np.isinf(high):
        return "finite"
    parts = []
    if not np.isinf(low):
        parts.append(f"{'at least' if low_included else 'greater than'} {low:g}")
    if not np.isinf(high):
        parts.append(f"{'at most' if high_included else 'less than'} {high:g}")
    return " and ".join(parts)


def _what(value: object, array: np.ndarray | None = None) -> str:
    if array is not None and array.ndim:
        return f"an array of {array.dtype}"
    return f"{type(value).__name__} {value!r:.40}"
