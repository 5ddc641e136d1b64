"""One page about a class: how it scored, what was hard, why answers were wrong, who needs a human. Also as CSV."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html import escape
from math import sqrt
from pathlib import Path

from autograder.course import Course, CourseError, write_if_changed
from autograder.export import safe, table
from autograder.gradebook import read_scores
from autograder.journal import Journal
from autograder.notebooks import Source
from autograder.pages import number, page, pre, verdict


@dataclass
class Question:
    """What a class made of one question."""

    id: str
    points: float
    shares: dict[str, float] = field(default_factory=dict)  # student: score / points
    verdicts: Counter = field(default_factory=Counter)
    messages: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # words: students
    causes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    example: dict[str, str] = field(default_factory=dict)


@dataclass
class Class:
    """What the journal and the gradebook know of one assignment."""

    totals: dict[str, float]
    max_score: float
    questions: dict[str, Question]
    humans: dict[str, list[str]]
    tampering: dict[str, list[str]]
    slow: dict[str, list[str]]
    mistakes: dict[str, "Mistake"] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)  # written answers that wait, by student


@dataclass
class Mistake:
    """One mistake over all questions: who made it, where, and what it cost."""

    named: bool
    example: str
    students: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    cost: float = 0.0

    def add(self, student: str, question: str, points: float) -> None:
        for names, name in ((self.students, student), (self.questions, question)):
            if name not in names:
                names.append(name)
        self.cost += points


def write_report(course: Course, assignment: str, names: bool = True) -> list[Path]:
    """Write the page and two tables under reports/; returns their paths. CourseError if nobody was graded.

    Without `names` the page names no student, so that it can be shown in class; the tables are the same.
    """
    source, scores, marks = read_scores(course, assignment)
    journal = Journal(course.journal)
    try:
        seen = gather(source, scores, marks, journal.latest(assignment))
    finally:
        journal.close()
    if not seen.totals:
        raise CourseError(f"nobody was graded yet: autograder grade {assignment}")
    paths = [course.reports / f"{assignment}{end}" for end in (".html", "-questions.csv", "-students.csv")]
    for path, text in zip(
        paths, (html(assignment, seen, names), questions_csv(seen), students_csv(seen)), strict=True
    ):
        write_if_changed(path, text.encode())
    return paths


def gather(source: Source, scores: dict, marks: dict, results: object) -> Class:
    """Go through the results once, keeping counts and one example of each kind."""
    questions = {cell.id: Question(cell.id, cell.points) for cell in source.graded}
    seen = Class({}, sum(c.points for c in source.graded), questions, {}, {}, {})
    for student, result in results:
        if student not in scores:
            continue
        seen.totals[student] = scores[student]["score"]
        for asked in result["questions"]:
            question = questions.get(asked["id"])
            if question is not None:
                _count(seen, question, student, asked, marks.get(student, {}).get(asked["id"], {}))
        serious = [words for words in result["findings"] if "was missing" not in words]
        if serious:
            seen.tampering[student] = serious
        if result["status"] != "graded":
            seen.humans.setdefault(student, []).append("the file could not be read")
    return seen


def _count(seen: Class, question: Question, student: str, asked: dict, mark: dict) -> None:
    score = mark.get("score", asked["score"])
    waits = mark.get("waits", asked["score"] is None)
    question.verdicts[asked["verdict"]] += 1
    if waits and asked["verdict"] == "manual":
        seen.written.setdefault(student, []).append(question.id)
    if waits:
        old = "" if mark.get("manual") is None else f", handed in anew; its old mark is {number(mark['manual'])}"
        seen.humans.setdefault(student, []).append(f"{question.id} ({asked['verdict']}{old})")
    elif score is not None and question.points:
        question.shares[student] = score / question.points
    if asked["verdict"] in ("time-out", "crash", "memory"):
        seen.slow.setdefault(student, []).append(f"{question.id}: {asked['verdict']}")
    if asked["verdict"] in ("wrong", "partial"):
        words = (asked["messages"] or [""])[0].split("\n")
        shown = next((line for line in reversed(words) if line.strip()), "") if words[0].endswith(":") else words[0]
        for cause in asked.get("causes") or []:
            question.causes[cause].append(student)
            question.example.setdefault(cause, "\n".join(asked["messages"])[:1_000])
        lost = question.points - (score or 0.0)
        kinds = asked.get("causes") or [_without_numbers(shown)]
        for kind in kinds:
            mistake = seen.mistakes.setdefault(
                kind, Mistake(bool(asked.get("causes")), "\n".join(asked["messages"])[:1_000])
            )
            mistake.add(student, question.id, lost / len(kinds))
        if not asked.get("causes"):
            question.messages[_without_numbers(shown)].append(student)
            question.example.setdefault(_without_numbers(shown), "\n".join(asked["messages"])[:1_000])


def _without_numbers(words: str) -> str:
    """Messages that differ in numbers alone are one kind of message."""
    return re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", words)[:160]


def difficulty(question: Question) -> float | None:
    """The mean share of the points, 1 for a question that everybody got."""
    return sum(question.shares.values()) / len(question.shares) if question.shares else None


def discrimination(question: Question, totals: dict[str, float]) -> float | None:
    """The correlation of a question's score with the rest of the total; None where one of them does not vary."""
    students = [s for s in question.shares if s in totals]
    own = [question.shares[s] for s in students]
    rest = [totals[s] - question.shares[s] * question.points for s in students]
    if len(students) < 3:
        return None
    a, b = sum(own) / len(own), sum(rest) / len(rest)
    both = sqrt(sum((x - a) ** 2 for x in own) * sum((y - b) ** 2 for y in rest))
    if both < 1e-12:
        return None
    return sum((x - a) * (y - b) for x, y in zip(own, rest, strict=True)) / both


def html(assignment: str, seen: Class, names: bool = True) -> str:
    values = sorted(seen.totals.values())
    middle = values[len(values) // 2] if len(values) % 2 else sum(values[len(values) // 2 - 1 :][:2]) / 2
    mean = sum(values) / len(values)
    summary = (
        f"{len(values)} students; of {number(seen.max_score)} points mean {number(mean)}, median {number(middle)}. "
        f"{len(seen.humans)} wait for a human, {len(seen.tampering)} have findings, "
        f"{len(seen.slow)} ran out of time or memory or crashed."
    )
    legend = (
        "Share: the mean share of the points. Tells apart: the correlation of a question with the rest of the score; "
        "near 0 or below it says little about who understood, and the question deserves a look."
    )
    body = [
        f"<p>{summary}</p>",
        "<h2>What to teach</h2>", _mistakes(seen, names),
        "<h2>Scores</h2>", _histogram(values, seen.max_score),
        "<h2>Questions</h2>", _questions(seen),
        f'<p class="soft">{legend}</p>',
        "<h2>Students and questions</h2>", _grid(seen, names),
        "<h2>Why answers were wrong, by question</h2>", _causes(seen),
        "<h2>For a human</h2>", _waiting(seen, names),
        "<h2>Out of time, out of memory, crashed</h2>", _people(seen.slow, "None.", names),
        "<h2>Changed or interfered with</h2>", _people(seen.tampering, "None.", names),
    ]  # fmt: skip
    return page(f"Report on {assignment}", "\n".join(body))


def _histogram(values: list[float], most: float) -> str:
    """Scores in ten bins, as a picture with a table behind it for those who do not see it."""
    bins = [0] * 10
    for value in values:
        bins[min(9, max(0, int(10 * value / most)))] += 1
    high = max(bins)
    bars = []
    for i, count in enumerate(bins):
        height = 120 * count / high
        bars.append(
            f'<rect x="{i * 56 + 4}" y="{140 - height:.1f}" width="48" height="{height:.1f}" fill="#33658a"/>'
            f'<text x="{i * 56 + 28}" y="{134 - height:.1f}" text-anchor="middle">{count or ""}</text>'
            f'<text x="{i * 56 + 28}" y="158" text-anchor="middle">{number(i * most / 10)}</text>'
        )
    words = "; ".join(f"{n} from {number(i * most / 10)}" for i, n in enumerate(bins) if n)
    return (
        f'<svg viewBox="0 0 570 185" role="img" aria-label="Number of students by score: {words}" font-size="13" '
        f'fill="currentColor">{"".join(bars)}<line x1="0" x2="564" y1="140.5" y2="140.5" stroke="#57606a"/>'
        f'<text x="282" y="180" text-anchor="middle">points, from</text></svg>'
    )


def _questions(seen: Class) -> str:
    rows = []
    for question in seen.questions.values():
        share, tells = difficulty(question), discrimination(question, seen.totals)
        width = 0 if share is None else round(100 * share)
        filled = f'<rect width="{width}" height="12" fill="#33658a"/>'
        bar = f'<svg class="bar" width="104" height="12" aria-hidden="true">{filled}</svg>'
        counts = ", ".join(f"{n} {verdict(name)}" for name, n in question.verdicts.most_common())
        rows.append(
            f'<tr><td>{escape(question.id)}</td><td class="number">{number(question.points)}</td>'
            f'<td class="number">{"–" if share is None else f"{width} %"}</td><td>{bar}</td>'
            f'<td class="number">{number(tells)}</td><td>{counts}</td></tr>'
        )
    names = ("question", "points", "share", "", "tells apart", "answers")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<table><tr>{head}</tr>\n" + "\n".join(rows) + "</table>"


def _causes(seen: Class) -> str:
    parts = []
    for question in seen.questions.values():
        found = [(len(who), name, True) for name, who in question.causes.items()]
        found += [(len(who), name, False) for name, who in question.messages.items()]
        if not found:
            continue
        items = []
        for count, name, named in sorted(found, key=lambda item: -item[0])[:8]:
            label = f"<strong>{escape(name)}</strong>" if named else escape(name)
            items.append(
                f"<li>{count} × {label}<details><summary>an example</summary>"
                f"{pre(question.example[name])}</details></li>"
            )
        parts.append(f"<h3>{escape(question.id)}</h3><ul>{''.join(items)}</ul>")
    return "\n".join(parts) or "<p>No wrong answers.</p>"


def _mistakes(seen: Class, names: bool) -> str:
    """The mistakes of the class in sentences, the most frequent first, each once over all questions."""
    if not seen.mistakes:
        return "<p>No wrong answers.</p>"
    items = []
    for kind, mistake in sorted(seen.mistakes.items(), key=lambda item: (-len(item[1].students), -item[1].cost)):
        count = len(mistake.students)
        who = f"{count} student{'s' if count > 1 else ''} of {len(seen.totals)}"
        what = f"<strong>{escape(kind)}</strong>" if mistake.named else f"“{escape(kind)}”"
        where = ", ".join(map(escape, mistake.questions))
        folded = _folded("who", ", ".join(map(escape, sorted(mistake.students)))) if names else ""
        items.append(
            f"<li>{who}: {what} in {where}; it cost {number(mistake.cost)} points in all."
            f"{_folded('an example', pre(mistake.example))}{folded}</li>"
        )
    more = f"<p>and {len(items) - 20} more, by question below</p>" if len(items) > 20 else ""
    return f"<ol>{''.join(items[:20])}</ol>{more}"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>{text}</details>" if text else ""


def _grid(seen: Class, names: bool) -> str:
    """Students against questions: the darker, the larger the share of the points; weakest students first."""
    students = sorted(seen.totals, key=lambda s: (seen.totals[s], s))
    questions = list(seen.questions.values())
    side, left, top = 18, 150 if names else 8, 16
    shapes = []
    for i, student in enumerate(students):
        y = top + i * side
        if names:
            shown = student if len(student) <= 20 else student[:19] + "…"
            shapes.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{escape(shown)}</text>')
        for j, question in enumerate(questions):
            share = question.shares.get(student)
            fill = (
                'fill="none" stroke-dasharray="2"' if share is None else f'fill="#33658a" fill-opacity="{share:.2f}"'
            )
            shapes.append(
                f'<rect x="{left + j * side}" y="{y}" width="{side - 3}" height="{side - 3}" stroke="#57606a" '
                f'stroke-width=".6" {fill}/>'
            )
    columns = [
        f'<text x="{left + j * side + 7}" y="11" text-anchor="middle">{j + 1}</text>' for j in range(len(questions))
    ]
    width, height = left + side * len(questions) + 8, top + side * len(students) + 4
    legend = "; ".join(f"{j + 1} {escape(q.id)}" for j, q in enumerate(questions))
    return (
        f'<svg viewBox="0 0 {width} {height}" style="max-width: {2 * width}px" role="img" font-size="10" '
        f'fill="currentColor" aria-label="The share of the points of each student in each question, as in the table '
        f'of students">{"".join(columns)}{"".join(shapes)}</svg><p class="soft">Full: all points; empty: none; '
        f"dashed: waits for a human. {legend}.</p>"
    )


def _waiting(seen: Class, names: bool) -> str:
    """Who waits and why: unreadable files first, written answers counted in one line."""
    lines = []
    if seen.written:
        answers = sum(map(len, seen.written.values()))
        lines.append(
            f"<p>{answers} written answers of {len(seen.written)} students wait to be marked in Formgrader.</p>"
        )
    rest = {}
    for student, words in seen.humans.items():
        own = [w for w in words if not w.endswith("(manual)")]
        if own:
            rest[student] = sorted(own, key=lambda w: "could not be read" not in w)
    first = dict(sorted(rest.items(), key=lambda item: ("could not be read" not in item[1][0], item[0])))
    return "".join(lines) + (_people(first, "", names) if first else "" if lines else "<p>Nothing waits.</p>")


def _people(people: dict[str, list[str]], nothing: str, names: bool) -> str:
    if not people:
        return f"<p>{nothing}</p>"
    if not names:
        return f"<p>{len(people)} students.</p>"
    rows = [f"<tr><td>{escape(s)}</td><td>{escape('; '.join(words)[:600])}</td></tr>" for s, words in people.items()]
    return f'<table><tr><th scope="col">student</th><th scope="col">what</th></tr>{"".join(rows)}</table>'


def questions_csv(seen: Class) -> str:
    lines = [["question", "points", "share", "discrimination", "cause_or_message", "students"]]
    for question in seen.questions.values():
        figures = [
            number(question.points),
            number(difficulty(question)),
            number(discrimination(question, seen.totals)),
        ]
        lines.append([question.id, *figures, "", str(sum(question.verdicts.values()))])
        kinds = [*question.causes.items(), *question.messages.items()]
        lines += [[question.id, "", "", "", safe(name), str(len(who))] for name, who in kinds]
    return table(lines)


def students_csv(seen: Class) -> str:
    ids = list(seen.questions)
    lines = [["student_id", "score", *ids, "human", "findings"]]
    for student, total in sorted(seen.totals.items()):
        own = [seen.questions[id].shares.get(student) for id in ids]
        points = [
            number(None if s is None else s * seen.questions[id].points) for s, id in zip(own, ids, strict=True)
        ]
        words = [safe("; ".join(group.get(student, []))) for group in (seen.humans, seen.tampering)]
        lines.append([safe(student), number(total), *points, *words])
    return table(lines)
