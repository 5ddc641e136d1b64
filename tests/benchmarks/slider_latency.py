"""From a key on a slider to changed pixels, in a real JupyterLab: explorers beside `interact` with a full redraw.

Run it from the repository's top: `python -m tests.benchmarks.slider_latency [--presses 40] [NAME ...]`. For each
explorer one notebook holds two views of the same figure: the explorer, and ipywidgets' `interact` whose callback sets
the same artists and lets Matplotlib's inline backend draw the figure anew, as `plt.show()` does. Keys are pressed on
both in turn. The time runs in the page, from the keydown event to the first animation frame after the new picture was
decoded. `interact` is spared the making of the figure's artists, which code with `plt.show()` does each time.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Lab, start_lab

# 100 networks with 8 hidden units at 61 steps, drawn and not trained: what is drawn costs the same
RUNS = """{8: [
    *(np.random.default_rng(0).normal(size=(61, 100, *shape)) for shape in ((2, 8), (8,), (8,), ())),
    np.geomspace(1, 1e-5, 6100).reshape(61, 100),
]}"""

# a network's logits for the 1,337 digits that it has not seen
LOGITS = "np.random.default_rng(0).normal(scale=4, size=(1337, 10)), np.random.default_rng(1).integers(0, 10, 1337)"
CLOUD_AND_LAYER = "*(np.random.default_rng(0).normal(size=shape) for shape in ((100, 2), (2, 20)))"
CLASSES = "datasets.spirals(150, classes=3, seed=1)"

# 2 x 16 units at 41 steps, drawn and not trained
NETWORKS = """[
    (
        [np.random.default_rng([n, 0]).normal(size=s) for s in ((2, 16), (16, 16), (16, 1))],
        [np.random.default_rng([n, 1]).normal(size=s) for s in (16, 16, 1)],
    )
    for n in range(41)
]"""

# name: (code that makes the explorer, the control that is moved)
EXPLORERS = {
    "first_neuron": ("widgets.first_neuron()", "w"),
    "neuron": ("widgets.neuron(*datasets.two_gaussians(100, seed=1))", "w1"),
    "descent": (
        "widgets.descent(datasets.two_gaussians(100, seed=1)[0][:, 0], datasets.two_gaussians(100, seed=1)[1])",
        "w",
    ),
    "logit_losses": ("widgets.logit_losses()", "z"),
    "fold": ("widgets.fold()", "c2"),
    "half_planes": ("widgets.half_planes(*datasets.two_gaussians(90, seed=1))", "angle"),
    "trained_networks": (f"widgets.trained_networks(*datasets.xor(), {RUNS}, every=25)", "step"),
    "temperature": ("widgets.temperature()", "number"),
    "overflow": ("widgets.overflow(number_format='float16')", "c"),
    "class_regions": (
        f"widgets.class_regions(*{CLASSES}, np.array([[-2.0, 2.0, 0.0], [-1.0, -1.0, 2.0]]), np.zeros(3))",
        "x1",
    ),
    "calibration": (f"widgets.calibration({LOGITS})", "T"),
    "evidence": ("widgets.evidence()", "x1"),
    "likelihood": ("widgets.likelihood(n=12)", "w"),
    "one_gradient": ("widgets.one_gradient(steps=10)", "x1"),
    "clip_weigh_sum": ("widgets.clip_weigh_sum(stage=3)", "k1"),
    "unit": ("widgets.unit(*datasets.xor(120, noise=0.2, seed=1))", "angle"),
    "rectifier": ("widgets.rectifier()", "a"),
    "dead_units": (f"widgets.dead_units({CLOUD_AND_LAYER})", "b"),
    "maxout": ("widgets.maxout()", "step"),
    "locality": ("widgets.locality()", "width"),
    "error_signals": ("widgets.error_signals()", "x1"),
    "step_size": ("widgets.step_size()", "h"),
    "first_wrong": ("widgets.first_wrong()", "size"),
    "graph_walk": ("widgets.graph_walk(step=7)", "x"),
    "diamond": ("widgets.diamond(step=5, x=-2)", "x"),
    "bracketing": ("widgets.bracketing(inputs=50)", "inputs"),
    "swell": ("widgets.swell()", "times_in"),
    "recomputation": ("widgets.recomputation(time=60)", "k"),
    "one_chain": ("widgets.one_chain(layer=30)", "w"),
    "layers_at_start": ("widgets.layers_at_start(depth=30)", "scale"),
    "order_and_chaos": ("widgets.order_and_chaos()", "weight"),
    "clipping": ("widgets.clipping(step=60)", "w"),
    "build_a_curve": ("widgets.build_a_curve(units=20)", "steepness"),
    "folding": ("widgets.folding(step=2, depth=5)", "height"),
    "regions": (f"widgets.regions(*datasets.two_gaussians(100, seed=1), {NETWORKS}, every=25)", "step"),
    "minibatch_path": ("widgets.minibatch_path(time=40, size=4)", "rate"),
    "bowl": ("widgets.bowl(step=100)", "k"),
    "flight_simulator": ("widgets.flight_simulator()", "time"),
}

SETUP = """%matplotlib inline
import numpy as np
from IPython.display import display
import ipywidgets
from mlpkit import datasets, widgets
"""
INTERACT = """other = {make}
for ax in other.figure.axes:
    for artist in ax.get_children():
        artist.set_animated(False)

def draw(**values):
    other._update(**{{name: other.controls[name].at(at) if name in values else control.value
                     for name, control in other.controls.items() for at in [values.get(name)]}})
    display(other.figure)

def ordinary(control):
    if hasattr(control, "options"):
        return ipywidgets.ToggleButtons(options=[(words, n) for n, (words, _) in enumerate(control.options)],
                                        index=control.position)
    kind = ipywidgets.IntSlider if control.whole else ipywidgets.FloatSlider
    return kind(control.position, min=control.low, max=control.high, step=control.step)

shown = {{name: ordinary(control) for name, control in other.controls.items() if control.label}}
view = ipywidgets.interactive(draw, **shown)
view.add_class("full-redraw")
view
"""

# Measures from keydown to the animation frame after `newPicture` says that the new image is there.
TIMER = """() => {
    document.addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
    const painted = () => requestAnimationFrame(() => setTimeout(() => {
        if (window.pressed) { window.answer(performance.now() - window.pressed); window.pressed = null; }
    }));
    const explorer = document.querySelector("img.mlpkit-picture");
    explorer.addEventListener("load", painted);
    const output = document.querySelector(".full-redraw");
    new MutationObserver(() => {
        const image = output.querySelector(".jp-OutputArea-output img");
        if (image && !image.dataset.seen) { image.dataset.seen = "1"; image.decode().then(painted); }
    }).observe(output, { childList: true, subtree: true });
}"""


def press(page: object, handle: object, key: str) -> float:
    """Press a key on a slider and return the milliseconds until the pixels changed."""
    page.evaluate("() => { window.pressed = null; window.latency = new Promise((done) => (window.answer = done)); }")
    handle.focus()
    page.wait_for_timeout(250)  # Lab makes the cell with the focus its active one; readers press keys after that
    page.keyboard.press(key)
    # A promise, for polling would load the page that is measured. A step that changes no pixel is no step to measure.
    late = "new Promise((_, fail) => setTimeout(() => fail(new Error('no picture followed the key')), 5000))"
    latency = page.evaluate(f"Promise.race([window.latency, {late}])")
    page.wait_for_timeout(250)
    return latency


def measure(lab: Lab, folder: Path, name: str, presses: int) -> tuple[list[float], list[float]]:
    """Return the latencies of the explorer and of interact, in milliseconds, taken in turn."""
    make, moved = EXPLORERS[name]
    cells = [new_code_cell(SETUP), new_code_cell(make), new_code_cell(INTERACT.format(make=make))]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(notebook, folder / f"{name}.ipynb")
    page = lab.open(f"{name}.ipynb", height=1600)
    errors = lab.run_all(page)
    assert not errors, errors
    page.locator(".full-redraw .jp-OutputArea-output img").wait_for()
    page.wait_for_timeout(1000)
    page.evaluate(TIMER)
    sliders = [name for name, control in _controls(make).items() if hasattr(control, "max")]
    position = sliders.index(moved)
    explorer = page.locator(".mlpkit-explorer").first.locator("input[type=range]").nth(position)
    interact = page.locator(".full-redraw .noUi-handle").nth(position)
    fast, slow = [], []
    for n in range(presses + 5):
        key = "ArrowRight" if n // 10 % 2 == 0 else "ArrowLeft"
        fast.append(press(page, explorer, key))
        slow.append(press(page, interact, key))
    lab.close(page)
    return fast[5:], slow[5:]


def _controls(make: str) -> dict:
    import numpy as np

    from mlpkit import datasets, widgets

    return eval(make, {"datasets": datasets, "np": np, "widgets": widgets}).controls


def measure_motion(lab: Lab) -> None:
    """Print how long after a drag of one second the picture still follows, and the frames a second of play."""
    page = lab.open("neuron.ipynb", height=1600)
    lab.run_all(page)
    image = page.locator(".mlpkit-explorer img").first
    image.wait_for()
    page.wait_for_timeout(1000)
    loads = """(image) => { window.loads = [];
        image.addEventListener("load", () => window.loads.push(performance.now())); }"""
    page.evaluate(loads, image.element_handle())
    box = image.bounding_box()
    lags = []
    for _ in range(10):
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
        page.mouse.down()
        for n in range(60):
            page.mouse.move(box["x"] + (0.6 + 0.005 * n) * box["width"], box["y"] + (0.3 + 0.005 * n) * box["height"])
            page.wait_for_timeout(14)
        ended = page.evaluate("performance.now()")
        page.mouse.up()
        page.wait_for_timeout(700)
        lags.append(page.evaluate("window.loads.at(-1)") - ended)
    print(f"drag of one second: the last picture came {statistics.median(lags):.0f} ms after the hand (median of 10)")
    lab.close(page)
    page = lab.open("descent.ipynb", height=1600)
    lab.run_all(page)
    one = page.locator(".mlpkit-explorer").first
    one.locator("img").wait_for()
    page.evaluate(loads, one.locator("img").element_handle())
    one.get_by_label("speed").select_option("4")
    one.get_by_role("button", name="Play").click()
    page.wait_for_timeout(3000)
    times = page.evaluate("window.loads")
    print(f"play: {1000 * (len(times) - 1) / (times[-1] - times[0]):.0f} frames a second")
    lab.close(page)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *EXPLORERS], help="explorers to measure (all)")
    parser.add_argument("--presses", type=int, default=40)
    options = parser.parse_args()
    folder, home = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    server, url = start_lab(folder, home=home)
    print(f"{'explorer':16} {'median ms':>10} {'p95 ms':>8} {'interact median':>16} {'p95':>6} {'ratio':>6}")
    try:
        with sync_playwright() as playwright:
            lab = Lab(url, home, playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS), folder)
            for name in options.names or EXPLORERS:
                fast, slow = measure(lab, folder, name, options.presses)
                a, b = statistics.median(fast), statistics.median(slow)
                print(f"{name:16} {a:10.0f} {p95(fast):8.0f} {b:16.0f} {p95(slow):6.0f} {a / b:6.2f}", flush=True)
            if not options.names:
                measure_motion(lab)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
