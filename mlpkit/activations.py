r"""Activation functions and their derivatives, elementwise: `X(z)` and `X_derivative(z)`.

Every function here takes pre-activations `z`, an array of any shape (float32 stays float32, other real numbers become
float64), and returns an array of the same shape. It raises TypeError for what is no array of real numbers and
ValueError for an empty array, NaN or infinity. Nothing overflows: exponentials are only taken of numbers <= 0.

At a kink the derivative is the one from the left: relu'(0) = 0. (hard_tanh' is 1 strictly inside (-1, 1), else 0.)

`ACTIVATIONS` lists them all with what is worth knowing about each, so that a plot or a lesson can go through them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import erfc, inf, pi, sqrt

import numpy as np

from mlpkit.arguments import floats, number


def _real(z: object) -> np.ndarray:
    return floats(z=(z, "..."))[0]


def step(z: np.ndarray) -> np.ndarray:
    """1 where z > 0, else 0. Source: McCulloch & Pitts 1943."""
    z = _real(z)
    return (z > 0).astype(z.dtype)


def step_derivative(z: np.ndarray) -> np.ndarray:
    """0 everywhere: gradient descent learns nothing through a step."""
    return np.zeros_like(_real(z))


def identity(z: np.ndarray) -> np.ndarray:
    """z itself, as a new array: the output unit of regression."""
    return _real(z).copy()


def identity_derivative(z: np.ndarray) -> np.ndarray:
    """1 everywhere."""
    return np.ones_like(_real(z))


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic function 1 / (1 + e^-z). Source: Verhulst 1845; as a unit, Rumelhart, Hinton & Williams 1986."""
    z = _real(z)
    e = np.exp(-np.abs(z))  # in (0, 1]: for z < 0 the fraction is extended by e^z
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    """sigmoid(z) (1 - sigmoid(z)), at most 1/4."""
    e = np.exp(-np.abs(_real(z)))
    return e / (1 + e) ** 2  # the same product, but without the cancellation in 1 - sigmoid(z)


def log_sigmoid(z: np.ndarray) -> np.ndarray:
    """log sigmoid(z) = -softplus(-z), also where sigmoid(z) itself is 0 in floating point."""
    return -softplus(-_real(z))


def log_sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    """1 - sigmoid(z) = sigmoid(-z)."""
    return sigmoid(-_real(z))


def tanh(z: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent, 2 sigmoid(2z) - 1. Source: LeCun, Bottou, Orr & Müller 1998."""
    return np.tanh(_real(z))


def tanh_derivative(z: np.ndarray) -> np.ndarray:
    """1 - tanh(z)^2, at most 1."""
    return 1 - np.tanh(_real(z)) ** 2


def relu(z: np.ndarray) -> np.ndarray:
    """max(0, z). Source: Nair & Hinton 2010; Glorot, Bordes & Bengio 2011."""
    return np.maximum(_real(z), 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    """1 where z > 0, else 0."""
    return step(z)


def leaky_relu(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """z where z > 0, else alpha z with a small fixed slope alpha. Source: Maas, Hannun & Ng 2013."""
    z, alpha = _real(z), number("alpha", alpha)
    return np.where(z > 0, z, alpha * z)


def leaky_relu_derivative(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """1 where z > 0, else alpha."""
    z, alpha = _real(z), number("alpha", alpha)
    return np.where(z > 0, 1, alpha).astype(z.dtype)


def prelu(z: np.ndarray, a: float = 0.25) -> np.ndarray:
    """Parametric ReLU: a leaky ReLU whose slope a is learned (`layers.prelu_backward`). Source: He et al. 2015."""
    return leaky_relu(z, number("a", a))


def prelu_derivative(z: np.ndarray, a: float = 0.25) -> np.ndarray:
    """1 where z > 0, else a. (The derivative with respect to a is z where z <= 0, else 0.)"""
    return leaky_relu_derivative(z, number("a", a))


def rrelu(z: np.ndarray, low: float = 1 / 8, high: float = 1 / 3) -> np.ndarray:
    """Randomised ReLU in use: a leaky ReLU with the mean of the slopes that training draws from [low, high].

    `layers.rrelu_forward` draws them. Source: Xu, Wang, Chen & Li 2015.
    """
    return leaky_relu(z, _mean_slope(low, high))


def rrelu_derivative(z: np.ndarray, low: float = 1 / 8, high: float = 1 / 3) -> np.ndarray:
    """1 where z > 0, else (low + high) / 2."""
    return leaky_relu_derivative(z, _mean_slope(low, high))


def _mean_slope(low: float, high: float) -> float:
    low = number("low", low)
    return (low + number("high", high, low)) / 2


def absolute(z: np.ndarray) -> np.ndarray:
    """|z|: a unit that does not care for the sign of its feature. Source: Jarrett et al. 2009."""
    return np.abs(_real(z))


def absolute_derivative(z: np.ndarray) -> np.ndarray:
    """1 where z > 0, else -1."""
    z = _real(z)
    return np.where(z > 0, 1, -1).astype(z.dtype)


def elu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """z where z > 0, else alpha (e^z - 1). Source: Clevert, Unterthiner & Hochreiter 2016."""
    z, alpha = _real(z), number("alpha", alpha)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """1 where z > 0, else alpha e^z."""
    z, alpha = _real(z), number("alpha", alpha)
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + e^z), a smooth ReLU. Source: Dugas et al. 2001."""
    z = _real(z)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z: np.ndarray) -> np.ndarray:
    """sigmoid(z)."""
    return sigmoid(z)


def swish(z: np.ndarray) -> np.ndarray:
    """z sigmoid(z). Source: Ramachandran, Zoph & Le 2017; as SiLU, Elfwing, Uchibe & Doya 2018."""
    z = _real(z)
    return z * sigmoid(z)


def swish_derivative(z: np.ndarray) -> np.ndarray:
    """sigmoid(z) + z sigmoid'(z)."""
    z = _real(z)
    return sigmoid(z) + z * sigmoid_derivative(z)


def gelu(z: np.ndarray) -> np.ndarray:
    """z Phi(z), with the normal distribution's Phi: z times the chance that a normal number is below it.

    Source: Hendrycks & Gimpel 2016; the exact form, and not the approximation by tanh.
    """
    z = _real(z)
    return z * _normal_below(z)


def gelu_derivative(z: np.ndarray) -> np.ndarray:
    """Phi(z) + z phi(z), with the normal density phi."""
    z = _real(z)
    near = np.clip(z, -60, 60)  # beyond, the density is 0 in floating point, and z * z might overflow
    return _normal_below(z) + z * np.exp(-near * near / 2) / z.dtype.type(sqrt(2 * pi))


def _normal_below(z: np.ndarray) -> np.ndarray:
    """Phi(z), number by number: NumPy has no error function. (erfc keeps its digits, 1 + erf does not.)"""
    return np.vectorize(lambda number: erfc(-number / sqrt(2)) / 2, otypes=[z.dtype])(z)


def hard_tanh(z: np.ndarray) -> np.ndarray:
    """z cut off at -1 and 1. Source: Collobert 2004."""
    return np.clip(_real(z), -1, 1)


def hard_tanh_derivative(z: np.ndarray) -> np.ndarray:
    """1 strictly inside (-1, 1), else 0."""
    z = _real(z)
    return (np.abs(z) < 1).astype(z.dtype)


@dataclass(frozen=True)
class Activation:
    """An activation function and what is worth knowing about it.

    `range` holds the infimum and supremum of its values. `zero_centred` says whether the values average to 0 over
    pre-activations that do. `saturates` is where the derivative goes to 0: "left", "right", "both" or "never".
    `dead_zone` is the interval of z in which the derivative is exactly 0, or None (hard tanh has two: it is the left
    one). `kinks` are the z at which there is no derivative. `parameters` are the defaults of further arguments.
    `formula` and `derivative_formula` are LaTeX.
    """

    name: str
    function: Callable[..., np.ndarray]
    derivative: Callable[..., np.ndarray]
    formula: str
    derivative_formula: str
    range: tuple[float, float]
    zero_centred: bool
    saturates: str
    source: str
    dead_zone: tuple[float, float] | None = None
    kinks: tuple[float, ...] = ()
    parameters: dict[str, float] = field(default_factory=dict)


def _leaky(name: str, label: str, f: Callable, df: Callable, source: str, **parameters: float) -> Activation:
    formula = rf"\max(0, z) + {label} \min(0, z)"
    derivative = rf"1 \text{{ if }} z > 0 \text{{ else }} {label}"
    return Activation(name, f, df, formula, derivative, (-inf, inf), False, "never", source, None, (0.0,), parameters)


_LIST = (
    Activation(
        name="step",
        function=step,
        derivative=step_derivative,
        formula=r"1 \text{ if } z > 0 \text{ else } 0",
        derivative_formula="0",
        range=(0.0, 1.0),
        zero_centred=False,
        saturates="both",
        source="McCulloch & Pitts 1943",
        dead_zone=(-inf, inf),
        kinks=(0.0,),
    ),
    Activation(
        name="identity",
        function=identity,
        derivative=identity_derivative,
        formula="z",
        derivative_formula="1",
        range=(-inf, inf),
        zero_centred=True,
        saturates="never",
        source="Widrow & Hoff 1960",
    ),
    Activation(
        name="sigmoid",
        function=sigmoid,
        derivative=sigmoid_derivative,
        formula=r"\frac{1}{1 + e^{-z}}",
        derivative_formula=r"\sigma(z) (1 - \sigma(z))",
        range=(0.0, 1.0),
        zero_centred=False,
        saturates="both",
        source="Rumelhart, Hinton & Williams 1986",
    ),
    Activation(
        name="tanh",
        function=tanh,
        derivative=tanh_derivative,
        formula=r"\tanh(z)",
        derivative_formula=r"1 - \tanh(z)^2",
        range=(-1.0, 1.0),
        zero_centred=True,
        saturates="both",
        source="LeCun, Bottou, Orr & Müller 1998",
    ),
    Activation(
        name="relu",
        function=relu,
        derivative=relu_derivative,
        formula=r"\max(0, z)",
        derivative_formula=r"1 \text{ if } z > 0 \text{ else } 0",
        range=(0.0, inf),
        zero_centred=False,
        saturates="left",
        source="Nair & Hinton 2010",
        dead_zone=(-inf, 0.0),
        kinks=(0.0,),
    ),
    _leaky("leaky_relu", r"\alpha", leaky_relu, leaky_relu_derivative, "Maas, Hannun & Ng 2013", alpha=0.01),
    _leaky("prelu", "a", prelu, prelu_derivative, "He, Zhang, Ren & Sun 2015", a=0.25),
    _leaky("rrelu", r"\bar a", rrelu, rrelu_derivative, "Xu, Wang, Chen & Li 2015", low=1 / 8, high=1 / 3),
    Activation(
        name="absolute",
        function=absolute,
        derivative=absolute_derivative,
        formula="|z|",
        derivative_formula=r"1 \text{ if } z > 0 \text{ else } -1",
        range=(0.0, inf),
        zero_centred=False,
        saturates="never",
        source="Jarrett, Kavukcuoglu, Ranzato & LeCun 2009",
        kinks=(0.0,),
    ),
    Activation(
        name="elu",
        function=elu,
        derivative=elu_derivative,
        formula=r"z \text{ if } z > 0 \text{ else } \alpha (e^z - 1)",
        derivative_formula=r"1 \text{ if } z > 0 \text{ else } \alpha e^z",
        range=(-1.0, inf),
        zero_centred=False,
        saturates="left",
        source="Clevert, Unterthiner & Hochreiter 2016",
        parameters={"alpha": 1.0},
    ),
    Activation(
        name="softplus",
        function=softplus,
        derivative=softplus_derivative,
        formula=r"\log(1 + e^z)",
        derivative_formula=r"\sigma(z)",
        range=(0.0, inf),
        zero_centred=False,
        saturates="left",
        source="Dugas, Bengio, Bélisle, Nadeau & Garcia 2001",
    ),
    Activation(
        name="swish",
        function=swish,
        derivative=swish_derivative,
        formula=r"z\, \sigma(z)",
        derivative_formula=r"\sigma(z) + z\, \sigma(z) (1 - \sigma(z))",
        range=(-0.2784645427610738, inf),
        zero_centred=False,
        saturates="left",
        source="Ramachandran, Zoph & Le 2017",
    ),
    Activation(
        name="gelu",
        function=gelu,
        derivative=gelu_derivative,
        formula=r"z\, \Phi(z)",
        derivative_formula=r"\Phi(z) + z\, \varphi(z)",
        range=(-0.16997120747990369, inf),
        zero_centred=False,
        saturates="left",
        source="Hendrycks & Gimpel 2016",
    ),
    Activation(
        name="hard_tanh",
        function=hard_tanh,
        derivative=hard_tanh_derivative,
        formula=r"\max(-1, \min(1, z))",
        derivative_formula=r"1 \text{ if } -1 < z < 1 \text{ else } 0",
        range=(-1.0, 1.0),
        zero_centred=True,
        saturates="both",
        source="Collobert 2004",
        dead_zone=(-inf, -1.0),
        kinks=(-1.0, 1.0),
    ),
)

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _LIST}
