"""Explorers: one line in a lesson gives a figure with controls. The only room that knows ipywidgets."""

from mlpkit.widgets.bowl import bowl
from mlpkit.widgets.bracketing import bracketing
from mlpkit.widgets.build_a_curve import build_a_curve
from mlpkit.widgets.calibration import calibration
from mlpkit.widgets.class_regions import class_regions
from mlpkit.widgets.clip_weigh_sum import clip_weigh_sum
from mlpkit.widgets.clipping import clipping
from mlpkit.widgets.dead_units import dead_units
from mlpkit.widgets.descent import descent
from mlpkit.widgets.diamond import diamond
from mlpkit.widgets.error_signals import error_signals
from mlpkit.widgets.evidence import evidence
from mlpkit.widgets.explorer import Explorer
from mlpkit.widgets.first_neuron import first_neuron
from mlpkit.widgets.first_wrong import first_wrong
from mlpkit.widgets.flight_simulator import flight_simulator
from mlpkit.widgets.fold import fold
from mlpkit.widgets.folding import folding
from mlpkit.widgets.graph_walk import graph_walk
from mlpkit.widgets.half_planes import half_planes
from mlpkit.widgets.layers_at_start import layers_at_start
from mlpkit.widgets.likelihood import likelihood
from mlpkit.widgets.linear_regions import regions
from mlpkit.widgets.locality import locality
from mlpkit.widgets.logit_losses import logit_losses
from mlpkit.widgets.maxout import maxout
from mlpkit.widgets.minibatch_path import minibatch_path
from mlpkit.widgets.neuron import neuron
from mlpkit.widgets.one_chain import one_chain
from mlpkit.widgets.one_gradient import one_gradient
from mlpkit.widgets.order_and_chaos import order_and_chaos
from mlpkit.widgets.overflow import overflow
from mlpkit.widgets.progress import progress
from mlpkit.widgets.question import ask, predict, recall
from mlpkit.widgets.recomputation import recomputation
from mlpkit.widgets.rectifier import rectifier
from mlpkit.widgets.step_size import step_size
from mlpkit.widgets.swell import swell
from mlpkit.widgets.temperature import temperature
from mlpkit.widgets.trained_networks import trained_networks
from mlpkit.widgets.unit import unit
from mlpkit.widgets.working import working

__all__ = [
    "Explorer",
    "ask",
    "bowl",
    "bracketing",
    "build_a_curve",
    "calibration",
    "class_regions",
    "clip_weigh_sum",
    "clipping",
    "dead_units",
    "descent",
    "diamond",
    "error_signals",
    "evidence",
    "first_neuron",
    "first_wrong",
    "flight_simulator",
    "fold",
    "folding",
    "graph_walk",
    "half_planes",
    "layers_at_start",
    "likelihood",
    "locality",
    "logit_losses",
    "maxout",
    "minibatch_path",
    "neuron",
    "one_chain",
    "one_gradient",
    "order_and_chaos",
    "overflow",
    "predict",
    "progress",
    "recall",
    "recomputation",
    "rectifier",
    "regions",
    "step_size",
    "swell",
    "temperature",
    "trained_networks",
    "unit",
    "working",
]
