"""Every explorer of the course with small data of its own: what the tests and the benchmarks go through."""

import numpy as np

from mlpkit import datasets, widgets
from mlpkit.widgets.explorer import Explorer

X, Y = datasets.two_gaussians(60, seed=1)
CORNERS, XOR = datasets.xor()
RNG = np.random.default_rng(0)
CLOUD, CLASSES = RNG.normal(size=(40, 2)), RNG.integers(0, 3, size=40)
W3, B3 = np.array([[-1.0, 1.0, 0.0], [-0.5, -0.5, 1.0]]), np.array([0.0, 1.0, -0.5])
LOGITS, LABELS = 3.0 * RNG.normal(size=(200, 5)), RNG.integers(0, 5, size=200)
POINTS, UNITS = RNG.normal(size=(50, 2)), RNG.normal(size=(2, 12))


def some_runs() -> dict[int, tuple]:
    """Return parameters as training would leave them: (T, S, ...) with 3 kept steps and 5 starts."""
    rng, runs = np.random.default_rng(0), {}
    for H in (2, 3):
        W, c, w, b = (rng.normal(size=(3, 5, *shape)) for shape in ((2, H), (H,), (H,), ()))
        runs[H] = W, c, w, b, np.geomspace(1e-30, 2.0, 15).reshape(3, 5)
    return runs


def some_networks() -> list[tuple]:
    """Return networks of 2 x 8 units as training would leave them, at three steps."""
    rng = np.random.default_rng(3)
    shapes = ((2, 8), (8, 8), (8, 1))
    return [([rng.normal(size=s) for s in shapes], [rng.normal(size=s[1]) for s in shapes]) for _ in range(3)]


EXPLORERS = {
    "first_neuron": widgets.first_neuron,
    "neuron": lambda **start: widgets.neuron(X, Y, **start),
    "evidence": widgets.evidence,
    "likelihood": widgets.likelihood,
    "one_gradient": widgets.one_gradient,
    "clip_weigh_sum": widgets.clip_weigh_sum,
    "descent": lambda **start: widgets.descent(X[:, 0], Y, **start),
    "logit_losses": widgets.logit_losses,
    "fold": widgets.fold,
    "half_planes": lambda **start: widgets.half_planes(X.clip(-1.9, 1.9), Y, **start),
    "trained_networks": lambda **start: widgets.trained_networks(CORNERS, XOR, some_runs(), every=10, **start),
    "temperature": widgets.temperature,
    "overflow": widgets.overflow,
    "class_regions": lambda **start: widgets.class_regions(CLOUD, CLASSES, W3, B3, **start),
    "calibration": lambda **start: widgets.calibration(LOGITS, LABELS, **start),
    "unit": lambda **start: widgets.unit(X.clip(-2.4, 2.4), Y, **start),
    "rectifier": widgets.rectifier,
    "dead_units": lambda **start: widgets.dead_units(POINTS, UNITS, **start),
    "maxout": widgets.maxout,
    "locality": widgets.locality,
    "error_signals": widgets.error_signals,
    "step_size": widgets.step_size,
    "first_wrong": widgets.first_wrong,
    "graph_walk": widgets.graph_walk,
    "diamond": widgets.diamond,
    "bracketing": widgets.bracketing,
    "swell": widgets.swell,
    "recomputation": widgets.recomputation,
    "one_chain": widgets.one_chain,
    "layers_at_start": widgets.layers_at_start,
    "order_and_chaos": widgets.order_and_chaos,
    "clipping": widgets.clipping,
    "build_a_curve": widgets.build_a_curve,
    "folding": widgets.folding,
    "regions": lambda **start: widgets.regions(X, Y, some_networks(), every=100, **start),
    "minibatch_path": widgets.minibatch_path,
    "bowl": widgets.bowl,
    "flight_simulator": widgets.flight_simulator,
}


def hold(explorer: Explorer, name: str, at: tuple[float, float], part: int = 0, deed: str = "move") -> None:
    """Do what a hand does that takes the thing called `name` and brings it to a place in its Axes."""
    index = [hand.name for hand in explorer.hands].index(name)
    x, y = explorer.hands[index].ax.transData.transform(at)
    width, height = explorer.figure.canvas.get_width_height()
    across, down = x / width, 1 - y / height
    count = explorer.picture.pointer.get("count", 0) + 1
    said = {"grip": index, "part": part, "x": across, "y": down, "deed": deed, "count": count}
    explorer.picture.pointer = said
