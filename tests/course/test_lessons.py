"""What every lesson has: a turn of the reader in each section, headings that give nothing away, and honest times."""

import json
from collections import Counter

import pytest

from mlpkit.predictions import all_predictions, all_questions
from mlpkit.widgets.question import in_fixed_order
from tests.course.classroom import ROOT
from tests.lesson_time import LESSONS, TOTAL, rounded, sections, source

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)

# Headings that are no questions, read one by one: each names what comes, and none says what will be found.
NAMES = {
    "Gradient descent",
    "Three ways to get features",
    "A ReLU network by hand",
    "Folding the plane",
    "Half-planes, convex regions, unions",
    "The vocabulary of feedforward networks",
    "Several outputs: one-hot labels and logits",
    "From two logits to one sigmoid",
    "Softmax",
    "Multiplying by a constant: temperature",
    "Cross-entropy: a likelihood and a distance",
    "Output units and losses from likelihoods",
    "A classifier in the plane",
    "Digits: calibration over temperature",
    "What a unit represents: direction, position, symmetry",
    "All the units side by side",
    "Saturation",
    "Zero-centred outputs",
    "Kinks: one-sided derivatives",
    "Generalised rectifiers: one slope, many names",
    "Maxout",
    "Radial basis functions: local units",
    "A race, with honest statistics",
    "Backpropagation: forward pass, error signals, chain rule",
    "A computation example and a quiz",
    "Bias weights",
    "Matrix form",
    "The tanh example with several outputs",
    "Losses for several outputs, and their deltas",
    "Gradient checking as a craft",
    "Mistakes on the slides",
}


@every_lesson
def test_each_section_has_a_prediction_and_a_check_that_the_reader_answers(path):
    for section in sections(path):
        assert "predict" in section.made, f"{section.heading}: nothing is predicted"
        assert "ask" in section.made, f"{section.heading}: nothing is asked"


@every_lesson
def test_a_heading_asks_or_names(path):
    for section in sections(path):
        assert section.heading.endswith("?") or section.heading in NAMES, section.heading


@every_lesson
def test_the_times_stated_are_those_estimated(path):
    parts = sections(path)
    for section in parts:
        assert section.stated == rounded(section.minutes()), section.heading
    title = source(title_of(path))
    assert int(TOTAL.search(title)[1]) == sum(section.stated for section in parts)


def title_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"][0]


@every_lesson
def test_nobody_reads_for_more_than_90_minutes_without_a_place_to_stop(path):
    stretch = 0
    for section in sections(path):
        stretch += section.stated
        assert stretch <= 90, f"{stretch} minutes up to the end of {section.heading}"
        if section.stops:
            stretch = 0


@every_lesson
def test_every_question_of_a_lesson_is_asked_in_it_once(path):
    lesson = path.parent.name[:2]
    code = "".join(
        source(cell) for section in sections(path) for cell in section.cells if cell["cell_type"] == "code"
    )
    for question in all_questions():
        if question[:2] == lesson:
            assert code.count(f'("{question}")') == 1, question


def test_every_prediction_has_a_second_wording_that_is_answered_differently_or_asked_otherwise():
    for question, asked in all_predictions().items():
        again = asked.get("again")
        assert again, f"{question} has one wording"
        assert again["prompt"] != asked["prompt"], question
        assert again.get("answer", asked["answer"]) in again.get("options", asked["options"]), question


def test_the_right_option_has_no_place_of_its_own():
    """Neither where a reader meets it, shuffled anew each time, nor in the pages that are kept."""
    places = Counter()
    for question, asked in all_predictions().items():
        options = in_fixed_order(question, asked["options"])
        places[options.index(asked["answer"]) / (len(options) - 1)] += 1
    count = sum(places.values())
    expected = sum(1 / len(asked["options"]) for asked in all_predictions().values())
    spread = (expected * (1 - expected / count)) ** 0.5

    for place in (0.0, 1.0):
        assert abs(places[place] - expected) < 2.6 * spread, f"{places[place]} of {count} at {place:.0%}"


def test_the_longest_option_is_not_the_right_one_more_often_than_chance_allows():
    """Who has not read the lesson should not be able to guess by the length of an answer."""
    asked = list(all_predictions().values())
    longest = sum(len(a["answer"]) == max(map(len, a["options"])) for a in asked)

    assert longest < 0.6 * len(asked), f"{longest} of {len(asked)}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("lessons/*/assignment.ipynb")), ids=lambda path: path.parent.name)
def test_an_assignment_shows_the_lines_to_write_and_folds_those_that_check(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        role = cell["metadata"].get("nbgrader", {})
        checks = cell["cell_type"] == "code" and role.get("grade") and not role.get("solution")
        assert bool(cell["metadata"].get("jupyter", {}).get("source_hidden")) == bool(checks), cell["id"]
