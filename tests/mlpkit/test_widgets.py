"""Explorers follow their controls, at the ends of every slider too, and say what they show."""

import io
import itertools

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from mlpkit import datasets, plotting, widgets
from mlpkit.widgets.descent import descend

X, Y = datasets.two_gaussians(60, seed=1)
EXPLORERS = {
    "first_neuron": widgets.first_neuron,
    "neuron": lambda: widgets.neuron(X, Y),
    "descent": lambda: widgets.descent(X[:, 0], Y),
    "logit_losses": widgets.logit_losses,
}


def extremes(control: ipywidgets.Widget) -> list:
    """Return the values at a control's ends, or all of its options."""
    if hasattr(control, "options"):
        return [value for _, value in control.options]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [control.base**control.min, control.base**control.max]
    return [control.min, control.max]


@pytest.fixture(params=EXPLORERS, name="explorer")
def make_explorer(request):
    return EXPLORERS[request.param]()


def test_every_corner_of_the_controls_is_drawn_without_a_fault(explorer):
    names = list(explorer.controls)
    for values in itertools.product(*(extremes(control) for control in explorer.controls.values())):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            explorer.set(**dict(zip(names, values, strict=True)))
        assert explorer.error is None


def test_a_control_changes_the_picture_and_its_words(explorer):
    for control in explorer.controls.values():
        frame, words, pixels = explorer.picture.frame, explorer.picture.alt, explorer.picture.data
        control.value = next(value for value in extremes(control) if value != control.value)

        assert explorer.picture.frame == frame + 1
        assert explorer.picture.alt != words
        assert explorer.picture.data != pixels


def test_moving_and_back_gives_the_same_picture(explorer):
    """What is drawn over the kept background leaves no trace."""
    name, control = next(iter(explorer.controls.items()))
    start, pixels = control.value, explorer.picture.data
    explorer.set(**{name: extremes(control)[0]})
    explorer.set(**{name: start})

    assert explorer.picture.data == pixels


def test_the_moving_picture_is_the_one_that_a_full_drawing_gives(explorer):
    name, control = next(iter(explorer.controls.items()))
    explorer.set(**{name: extremes(control)[1]})
    moving = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)
    for artist in itertools.chain.from_iterable(ax.get_children() for ax in explorer.figure.axes):
        artist.set_animated(False)
    explorer.figure.canvas.draw()
    full = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)

    # They may differ where a moving artist passes under a tick or a spine.
    assert np.mean(np.abs(moving - full).max(axis=2) > 32) < 0.01


def test_an_error_in_a_callback_is_shown_and_kept_until_the_next_success():
    def update(x):
        if x > 1:
            raise ZeroDivisionError("x is too large <b>")
        return f"x is {x}"

    explorer = widgets.Explorer(plotting.figure()[0], {"x": ipywidgets.FloatSlider(0, min=0, max=2)}, update)
    explorer.controls["x"].value = 2
    assert isinstance(explorer.error, ZeroDivisionError)
    assert "x is too large &lt;b&gt;" in explorer._alert.value
    assert 'role="alert"' in explorer._alert.value

    explorer.controls["x"].value = 1
    assert (explorer.error, explorer._alert.value) == (None, "")


def test_an_error_while_an_explorer_is_made_is_raised():
    def update(x):
        raise ZeroDivisionError("at once")

    with pytest.raises(ZeroDivisionError, match="at once"):
        widgets.Explorer(plotting.figure()[0], {"x": ipywidgets.FloatSlider()}, update)


def test_pressing_in_the_surface_sets_the_nearest_values_of_the_two_sliders():
    explorer = EXPLORERS["descent"]()
    surface = explorer.figure.axes[0]
    width, height = explorer.figure.canvas.get_width_height()
    x, y = surface.transData.transform((2.04, -3.0))
    explorer.picture.pointer = [x / width, 1 - y / height]

    assert explorer.controls["w"].value == pytest.approx(2.0)
    assert explorer.controls["b"].value == pytest.approx(-3.0)

    explorer.picture.pointer = [0.99, 0.5]  # in the other Axes
    assert explorer.controls["w"].value == pytest.approx(2.0)


def test_a_screen_with_more_pixels_gets_a_picture_with_more_pixels():
    explorer = EXPLORERS["first_neuron"]()
    width = Image.open(io.BytesIO(explorer.picture.data)).width
    explorer.picture.pixel_ratio = 2.0

    assert Image.open(io.BytesIO(explorer.picture.data)).width == 2 * width
    assert explorer.picture.width == width


def test_without_a_kernel_a_reader_gets_the_picture_and_its_words(explorer):
    data = explorer._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == explorer.picture.alt
    assert len(explorer.picture.alt.split()) > 8


def test_descent_records_the_loss_at_every_point_and_goes_against_the_gradient():
    points, losses = descend(X[:, 0], Y.astype(float), 0.0, 0.0, 0.1, 5)

    assert losses[0] == pytest.approx(np.log(2))
    assert (points.shape, losses.shape) == ((6, 2), (6,))
    assert np.all(np.diff(losses) < 0)
    assert points[1] == pytest.approx([0.1 * np.mean((Y - 0.5) * X[:, 0]), 0.1 * np.mean(Y - 0.5)])


def test_too_large_a_learning_rate_is_shown_as_a_rising_loss():
    explorer = EXPLORERS["descent"]()
    explorer.set(rate=300.0, steps=50)

    assert "the loss rose in" in explorer.picture.alt


def test_a_prediction_reveals_only_after_it_is_locked_in(tmp_path, monkeypatch):
    monkeypatch.setenv("MLPKIT_PREDICTIONS", str(tmp_path / "mine.json"))
    asked = widgets.predict("00-weight-zero")
    assert (asked.button.disabled, asked.verdict.value) == (True, "")

    asked.choice.value = asked.options[0]
    asked.confidence.value = 80
    asked.button.click()

    assert asked.verdict.value.startswith("<b>Right.</b>")
    assert asked.choice.disabled
    assert '"confidence": 80' in (tmp_path / "mine.json").read_text()
    assert "answered this one before" in widgets.predict("00-weight-zero").verdict.value
