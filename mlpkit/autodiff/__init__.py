"""Automatic differentiation: reverse mode (`Var`, and `ArrayVar` for arrays), forward mode (`Dual`), and graphs."""

from mlpkit.autodiff.array import ArrayVar
from mlpkit.autodiff.dual import Dual, forward_gradient, operation_counts
from mlpkit.autodiff.graph import Graph, computation_graph
from mlpkit.autodiff.scalar import Var, gradient

__all__ = [
    "ArrayVar",
    "Dual",
    "Graph",
    "Var",
    "computation_graph",
    "forward_gradient",
    "gradient",
    "operation_counts",
]
