"""Bad input is met at the edge, in one line that names the argument, what came and what was expected."""

import numpy as np
import pytest

from mlpkit.arguments import choice, floats, generator, labels, number, whole


def test_arrays_whose_shapes_fit_come_back_as_floats():
    X, W = floats(X=([[1, 2, 3]], "N D"), W=(np.ones((3, 2), dtype=np.float32), "D H"))

    assert (X.dtype, W.dtype) == (np.float64, np.float32)
    assert X.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("value", "dims", "kind", "message"),
    [
        (np.ones(3), "N D", ValueError, r"X must have shape \(N, D\), but its shape is \(3,\)"),
        (np.ones((2, 3)), "N 2", ValueError, r"X must have shape \(N, 2\), but its shape is \(2, 3\)"),
        (np.ones((0, 3)), "N D", ValueError, r"X must not be empty, but its shape is \(0, 3\)"),
        ([[1.0], [1.0, 2.0]], "N D", ValueError, "X must be a rectangular array of numbers, but its rows differ"),
        (["a"], "N", TypeError, "X must be an array of real numbers, not an array of <U1"),
        (None, "N", TypeError, "X must be an array of real numbers, not NoneType None"),
        (np.array([1j]), "N", TypeError, "X must be an array of real numbers, not an array of complex128"),
        ([1.0, np.nan], "N", ValueError, "X must be finite, but it holds nan at index 1"),
        ([[1.0, np.inf]], "N D", ValueError, r"X must be finite, but it holds inf at index \(0, 1\)"),
    ],
)
def test_a_wrong_array_is_named(value, dims, kind, message):
    with pytest.raises(kind, match=message):
        floats(X=(value, dims))


def test_a_letter_that_occurs_twice_has_one_size():
    with pytest.raises(ValueError, match=r"W must have shape \(D, H\) with D = 3, but its shape is \(2, 4\)"):
        floats(X=(np.ones((5, 3)), "N D"), W=(np.ones((2, 4)), "D H"))


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ([0, 1], ValueError, r"y must have shape \(3,\), one label a row, but its shape is \(2,\)"),
        ([0, 1, 3], ValueError, r"y must hold class numbers 0 to 2, but y\[2\] is 3"),
        ([0, -1, 2], ValueError, r"y must hold class numbers 0 to 2, but y\[1\] is -1"),
        ([0.5, 1, 2], ValueError, r"y must hold class numbers 0 to 2, but y\[0\] is 0.5"),
        (["a", "b", "c"], TypeError, "y must be an array of class numbers, not an array of <U1"),
    ],
)
def test_wrong_labels_are_named(value, kind, message):
    with pytest.raises(kind, match=message):
        labels("y", value, 3, 3)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (-0.1, ValueError, "rate must be at least 0 and less than 1, but it is -0.1"),
        (1.0, ValueError, "rate must be at least 0 and less than 1, but it is 1.0"),
        (np.nan, ValueError, "rate must be at least 0 and less than 1, but it is nan"),
        ("0.5", TypeError, "rate must be a number, not str '0.5'"),
        (True, TypeError, "rate must be a number, not bool True"),
    ],
)
def test_a_wrong_number_is_named(value, kind, message):
    with pytest.raises(kind, match=message):
        number("rate", value, 0.0, 1.0, high_included=False)


def test_whole_numbers_choices_and_seeds_are_checked():
    with pytest.raises(TypeError, match=r"steps must be a whole number, not float 2\.5"):
        whole("steps", 2.5, 1)
    with pytest.raises(ValueError, match="steps must be at least 1 and at most 9, but it is 10"):
        whole("steps", 10, 1, 9)
    with pytest.raises(ValueError, match="hidden must be one of 'relu', 'tanh', but it is 'rely'"):
        choice("hidden", "rely", ("relu", "tanh"))
    with pytest.raises(ValueError, match="seed must be at least 0, but it is -1"):
        generator(-1)
    rng = np.random.default_rng(3)
    assert generator(rng) is rng
