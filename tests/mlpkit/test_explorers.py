"""What every explorer does: it follows its controls and the hand, at their ends too, and says what it shows."""

import io
import itertools
from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from mlpkit import datasets, plotting, widgets
from mlpkit.widgets.controls import Control, Slider, slider
from tests.mlpkit.explorers import EXPLORERS


def extremes(control: Control) -> list:
    """Return the values at a control's ends, or all of its options."""
    if hasattr(control, "options"):
        return [value for _, value in control.options]
    return [control.min, control.max] if isinstance(control, Slider) else [control.value]


def movable(explorer: widgets.Explorer) -> dict[str, Control]:
    return {name: control for name, control in explorer.controls.items() if len(extremes(control)) > 1}


@pytest.fixture(params=EXPLORERS, name="explorer")
def make_explorer(request):
    return EXPLORERS[request.param]()


@cache
def untouched(name: str) -> widgets.Explorer:
    """Return an explorer as it opens, one for all tests that only look at it."""
    return EXPLORERS[name]()


@pytest.fixture(params=EXPLORERS, name="opened")
def look_at_explorer(request):
    return untouched(request.param)


def test_every_corner_of_the_controls_is_drawn_without_a_fault(explorer):
    controls = movable(explorer)
    for values in itertools.product(*(extremes(control) for control in controls.values())):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            explorer.set(**dict(zip(controls, values, strict=True)))
        assert explorer.error is None


def test_a_control_changes_the_picture_and_its_words(explorer):
    if play := explorer.picture.about["play"]:  # at the beginning of a story there is little to see
        explorer.set(**{play: explorer.controls[play].max})
    for control in movable(explorer).values():
        frame, words, pixels = explorer.picture.frame, explorer.picture.alt, explorer.picture.data
        control.value = next(value for value in extremes(control) if value != control.value)

        assert explorer.picture.frame == frame + 1
        assert explorer.picture.alt != words
        assert explorer.picture.data != pixels


def test_moving_and_back_gives_the_same_picture(explorer):
    """What is drawn over the kept background leaves no trace; undo in the page sends such states."""
    first, pixels = explorer.picture.values, explorer.picture.data
    explorer.set(**{name: extremes(control)[0] for name, control in movable(explorer).items()})
    explorer.set(**{name: extremes(control)[-1] for name, control in movable(explorer).items()})
    explorer.picture.values = first

    assert explorer.picture.data == pixels


def test_the_moving_picture_is_the_one_that_a_full_drawing_gives(explorer):
    explorer.set(**{name: extremes(control)[0] for name, control in movable(explorer).items()})
    moving = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)
    for artist in itertools.chain.from_iterable(ax.get_children() for ax in explorer.figure.axes):
        artist.set_animated(False)
    explorer.figure.canvas.draw()
    full = np.asarray(explorer.figure.canvas.buffer_rgba()).astype(int)

    # They may differ where a moving artist passes under a tick or a spine.
    assert np.mean(np.abs(moving - full).max(axis=2) > 32) < 0.01


def test_without_a_kernel_a_reader_gets_the_picture_and_its_words(opened):
    data = opened._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == opened.picture.alt
    assert len(opened.picture.alt.split()) > 8


def test_it_says_what_to_try_has_a_goal_not_yet_reached_and_shows_a_few_dozen_lines(opened):
    about, goal = opened.picture.about, opened.picture.goal

    assert len(about["tries"].split()) > 4
    assert goal["text"]
    assert not goal["reached"]
    assert 2 <= len(about["code"].splitlines()) <= 40


def test_what_can_be_taken_can_be_moved_to_every_corner_of_its_panel(explorer):
    for index, hand in enumerate(explorer.hands):
        left, bottom, right, top = np.array(explorer.picture.grips[index]["panel"]).ravel()
        for x, y in itertools.product((left, (left + right) / 2, right), (bottom, (bottom + top) / 2, top)):
            for deed in ("take", "move"):
                explorer.picture.pointer = {"grip": index, "part": 0, "x": x, "y": y, "deed": deed}
                assert explorer.error is None, hand.name


def test_where_it_plays_it_opens_at_the_beginning_of_the_story(opened):
    play = opened.picture.about["play"]

    assert play is None or opened.controls[play].value == opened.controls[play].min


def test_the_line_of_code_rebuilds_what_is_seen(explorer, request):
    name = request.node.callspec.params["explorer"]
    explorer.set(**{name: extremes(control)[-1] for name, control in movable(explorer).items()})
    values = {name: c.value for name, c in explorer.controls.items() if c.value != c.first}
    again = EXPLORERS[name](**values)

    assert again.picture.alt == explorer.picture.alt
    assert again.picture.data == explorer.picture.data


def test_on_a_narrow_page_it_is_drawn_anew_with_words_of_9_pixels_and_more(explorer):
    for room in (640, 280, 400):  # as a window that is drawn narrower, and a little wider again
        explorer.picture.page = {"room": room, "pixels": 1.0}
        check_words(explorer, room)


def check_words(explorer: widgets.Explorer, room: int) -> None:
    """Assert that all words of a picture are large enough in a page of this width, and inside it."""
    figure, shrunk = explorer.figure, min(1.0, room / explorer.picture.width)
    words = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    of_ticks = {label for ax in figure.axes for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]}
    width, height = figure.canvas.get_width_height()

    assert min(text.get_fontsize() for text in words) * figure.dpi / 72 * shrunk >= 9.0
    assert Image.open(io.BytesIO(explorer.picture.data)).width == width
    for text in set(words) - of_ticks:
        box = text.get_window_extent()
        inside = box.x0 > -2 and box.x1 < width + 2 and box.y0 > -2 and box.y1 < height + 2
        assert inside, f"{text.get_text()!r} is cut off"


# the base


def test_an_error_in_a_callback_is_shown_and_kept_until_the_next_success():
    def update(x):
        if x > 1:
            raise ZeroDivisionError("x is too large <b>")
        return f"x is {x}"

    explorer = widgets.Explorer(plotting.figure()[0], {"x": slider("x", 0, 2, 0, 0.1)}, update)
    explorer.controls["x"].value = 2
    assert isinstance(explorer.error, ZeroDivisionError)
    assert "x is too large &lt;b&gt;" in explorer.picture.error

    explorer.controls["x"].value = 1
    assert (explorer.error, explorer.picture.error) == (None, "")


def test_an_error_while_an_explorer_is_made_is_raised():
    def update(x):
        raise ZeroDivisionError("at once")

    with pytest.raises(ZeroDivisionError, match="at once"):
        widgets.Explorer(plotting.figure()[0], {"x": slider("x", 0, 1, 0, 0.1)}, update)


def test_a_screen_with_more_pixels_gets_a_picture_with_more_pixels():
    explorer = widgets.first_neuron()
    width = Image.open(io.BytesIO(explorer.picture.data)).width
    explorer.picture.page = {"room": 0, "pixels": 2.0}

    assert Image.open(io.BytesIO(explorer.picture.data)).width == 2 * width
    assert explorer.picture.width == width


def test_panels_stand_under_each_other_where_the_page_is_narrow_and_beside_each_other_where_it_is_wide():
    explorer = widgets.maxout()
    left, right = explorer.figure.axes

    explorer.picture.page = {"room": 300, "pixels": 1.0}
    assert left.get_position().y0 > right.get_position().y1

    explorer.picture.page = {"room": 1200, "pixels": 1.0}
    assert left.get_position().x1 < right.get_position().x0
    assert explorer.picture.width == 900


def test_a_value_outside_a_control_is_refused_with_its_name_and_bounds():
    explorer = widgets.first_neuron()

    with pytest.raises(ValueError, match="weight w must lie between -5 and 5, but it is 9"):
        explorer.set(w=9)
    with pytest.raises(ValueError, match="weight w must lie between"):
        widgets.first_neuron(w=-7)
    with pytest.raises(TypeError, match="no control 'v' to begin with: there are w, b"):
        widgets.first_neuron(v=1)


def test_the_line_of_code_is_the_readers_own_call_with_the_changed_values_added():
    X, y = datasets.two_gaussians(30, seed=1)
    explorer = widgets.neuron(X, y)
    assert explorer.code_line() == "widgets.neuron(X, y)"

    explorer.set(w1=2.5, b=-0.3)
    assert explorer.code_line() == "widgets.neuron(X, y, w1=2.5, b=-0.3)"


def test_a_call_over_several_lines_is_found_whole():
    explorer = widgets.neuron(
        *datasets.two_gaussians(
            30,
            seed=1,
        ),
        w1=1.5,
    )
    explorer.set(w2=0.5)

    assert explorer.code_line() == "widgets.neuron(*datasets.two_gaussians(30, seed=1), w1=1.5, w2=0.5)"
