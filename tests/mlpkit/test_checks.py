"""The checks of the assignments refuse what only looks right, and say what came and what was expected."""

import numpy as np
import pytest

from mlpkit.checks import check_array, check_close, check_float, check_pair, strict, unchanged


def test_a_close_array_passes_and_a_far_entry_is_shown():
    check_close("dw", np.array([1.0, 2.0 + 1e-12]), [1.0, 2.0])
    with pytest.raises(AssertionError, match=r"dw\[1\] is 2.5 where 2 is expected \(1 of 2 entries differ\)"):
        check_close("dw", np.array([1.0, 2.5]), [1.0, 2.0])


def test_a_short_table_says_which_of_its_entries_are_wrong():
    said = r"slopes\[0, 1\] is 5 where 1 is expected \(2 of 4 entries differ: \[0, 1\], \[1, 1\]\)"
    with pytest.raises(AssertionError, match=said):
        check_close("slopes", np.array([[0.0, 5.0], [0.0, 3.0]]), [[0, 1], [0, 1]])
    with pytest.raises(AssertionError, match=r"\(20 of 40 entries differ\)$"):
        check_close("long", np.arange(40.0) % 2, np.zeros(40))


@pytest.mark.parametrize("off", [1e-9, 1e-12, 2.3e-16])
def test_the_two_numbers_of_a_message_are_never_the_same(off):
    with pytest.raises(AssertionError) as caught:
        check_close("loss", 0.801088 + off, 0.801088, rtol=0.0, atol=0.0)
    mine, right = str(caught.value).removeprefix("loss is ").removesuffix(" is expected").split(" where ")
    assert mine != right
    assert float(mine) > float(right)


@pytest.mark.parametrize("wrong", [np.ones((3, 1)), np.ones(()), np.ones(2)])
def test_a_shape_that_would_broadcast_is_refused(wrong):
    with pytest.raises(AssertionError, match=r"dw should have shape \(3,\), but its shape is"):
        check_close("dw", wrong, np.ones(3))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_never_close(value):
    with pytest.raises(AssertionError, match="loss is"):
        check_close("loss", value, 1.0)
    check_close("an infinite value that is meant", np.array([np.inf]), [np.inf])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, r"None \(is a return missing\?\)"),
        ([1.0], "a list of 1"),
        (3, "an int, 3"),
        (np.float32(1), "a float32"),
    ],
)
def test_what_is_no_float_is_described(value, said):
    with pytest.raises(AssertionError, match=f"db should be a single float, but it is {said}"):
        check_float("db", value)


def test_python_and_numpy_floats_are_both_floats_and_tuples_and_lists_both_pairs():
    check_float("db", 1.0)
    check_float("db", np.float64(1.0))
    check_pair("gradient", (1, 2), "dw, db")
    check_pair("gradient", [1, 2], "dw, db")
    with pytest.raises(AssertionError, match=r"gradient should return \(dw, db\), but it returned a tuple of 3"):
        check_pair("gradient", (1, 2, 3), "dw, db")


def test_float32_is_not_float64():
    with pytest.raises(AssertionError, match="p should hold float64 numbers, but it holds float32"):
        check_array("p", np.ones(2, dtype=np.float32), (2,))


def test_strict_turns_overflow_into_a_failure_and_lets_underflow_pass():
    with strict("sigmoid"):
        np.exp(np.array([-1000.0]))
    fault = "sigmoid caused a floating-point fault: overflow encountered in exp"
    with pytest.raises(AssertionError, match=fault), strict("sigmoid"):
        np.exp(np.array([1000.0]))


def test_a_changed_argument_is_named():
    X = np.zeros(3)
    with pytest.raises(AssertionError, match="relu changed its argument X"), unchanged("relu", X=X):
        X[0] = 1.0
