"""Pictures of data, neurons and losses: each function takes data and `ax=None` and returns the Axes."""

from mlpkit.plotting.architecture import architecture
from mlpkit.plotting.bands import bands, legend_below
from mlpkit.plotting.confidence import confidence_curve
from mlpkit.plotting.curves import curve, loss_curve, loss_surface
from mlpkit.plotting.graph import graph
from mlpkit.plotting.points import decision_boundary, points, probability_image
from mlpkit.plotting.ratios import ratios
from mlpkit.plotting.seeds import seed_curves
from mlpkit.plotting.slopes import value_and_slope
from mlpkit.plotting.strip import strip
from mlpkit.plotting.style import CLASS_COLOURS, CLASS_MARKERS, COLOURS, figure, png, show

__all__ = [
    "CLASS_COLOURS",
    "CLASS_MARKERS",
    "COLOURS",
    "architecture",
    "bands",
    "confidence_curve",
    "curve",
    "decision_boundary",
    "figure",
    "graph",
    "legend_below",
    "loss_curve",
    "loss_surface",
    "png",
    "points",
    "probability_image",
    "ratios",
    "seed_curves",
    "show",
    "strip",
    "value_and_slope",
]
