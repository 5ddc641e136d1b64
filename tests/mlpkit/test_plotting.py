"""Pictures say in words what they show, take an Axes and return one, and keep nothing behind."""

import io

import numpy as np
import pytest
from PIL import Image

from mlpkit import plotting


def test_every_plot_draws_into_the_axes_it_is_given_and_returns_it():
    X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    _, axes = plotting.figure(2, 2)
    a, b, c, d = axes.ravel()

    assert plotting.points(X, y, a) is a
    assert plotting.decision_boundary(X, y, np.array([1.0, 1.0]), -1.0, b) is b
    assert plotting.loss_curve([3.0, 2.0, 1.0], c) is c
    assert plotting.loss_surface(lambda u, v: u**2 + v**2, (-1, 1), (-1, 1), d) is d
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in (a, b, c, d))


def test_classes_differ_in_colour_and_in_marker():
    X, y = np.random.default_rng(0).normal(size=(8, 2)), np.arange(8)
    ax = plotting.points(X, y)
    faces = {tuple(scatter.get_facecolor()[0]) for scatter in ax.collections}
    shapes = {scatter.get_paths()[0].vertices.tobytes() for scatter in ax.collections}

    assert (len(faces), len(shapes)) == (8, 8)


@pytest.mark.parametrize(("w", "b"), [((1.0, 1.0), -1.0), ((0.0, 2.0), 0.5), ((-3.0, 0.0), 0.0)])
def test_the_boundary_is_where_the_logit_is_zero(w, b):
    from mlpkit.plotting.points import boundary_line

    _, ax = plotting.figure()
    x, y = boundary_line(np.array(w), b, ax)

    assert w[0] * x + w[1] * y + b == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_shown_figure_has_alt_text_and_a_small_picture(monkeypatch):
    shown = []
    monkeypatch.setattr("mlpkit.plotting.style.display", lambda data, raw: shown.append(data))
    figure, ax = plotting.figure(width=4)
    plotting.loss_curve([1.0, 0.5], ax)
    plotting.show(figure, alt='The loss falls, from "1" to 0.5.')

    assert 'alt="The loss falls, from &quot;1&quot; to 0.5."' in shown[0]["text/html"]
    assert shown[0]["text/plain"] == 'The loss falls, from "1" to 0.5.'
    assert len(plotting.png(figure)) < 30_000
    assert Image.open(io.BytesIO(plotting.png(figure))).size == (400, 288)


@pytest.mark.parametrize("alt", ["", "plot", None])
def test_a_figure_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say in words what the figure shows"):
        plotting.show(plotting.figure()[0], alt=alt)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"X must have shape \(N, 2\), but its shape is \(5, 3\)"):
        plotting.points(np.ones((5, 3)), np.ones(5))
    with pytest.raises(ValueError, match=r"y must have shape \(N,\) with N = 5, but its shape is \(4,\)"):
        plotting.points(np.ones((5, 2)), np.ones(4))
