"""The course's questions, and the reader's predictions: kept in a file that the reader can open, and never sent."""

import json
import os
import tomllib
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_NAME = "my_predictions.json"
_QUESTIONS = Path(__file__).parent / "questions"


@cache
def all_questions() -> dict[str, dict]:
    """Return every question of the course by its id, in the order of the lessons."""
    questions = {}
    for path in sorted(_QUESTIONS.glob("*.toml")):
        questions |= tomllib.loads(path.read_text(encoding="utf-8"))
    return questions


def find_question(question: str) -> dict:
    """Return one question of the course; ValueError when there is none of that id."""
    if question not in all_questions():
        raise ValueError(f"question must be the id of a question in mlpkit/questions/, but it is {question!r}")
    return all_questions()[question]


def all_predictions() -> dict[str, dict]:
    """Return the questions that are asked before a reveal, without the checks after it, by id."""
    return {question: asked for question, asked in all_questions().items() if "kind" not in asked}


def predictions_file() -> Path:
    """Return where predictions are kept: $MLPKIT_PREDICTIONS, or my_predictions.json in the course's lessons/."""
    if named := os.environ.get("MLPKIT_PREDICTIONS"):
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "00_start_here.ipynb").exists():
            return folder / _NAME
    return here / _NAME


def read_predictions() -> dict[str, dict]:
    """Return what was predicted so far, by the id of the question; an empty dict when there is nothing yet.

    Raises ValueError with what to do when the file cannot be read as JSON.
    """
    path = predictions_file()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise ValueError(f"{path.name} is damaged: mend it, or delete it to start anew") from None
    if not isinstance(kept, dict):
        raise ValueError(f"{path.name} should hold a JSON object: mend it, or delete it to start anew")
    return kept


def keep_prediction(
    question: str, prompt: str, chosen: str, right: bool, answer: str, confidence: int | None
) -> None:
    """Keep one answer, of a prediction with its confidence (0 to 100, percent); the first answer is what counts.

    The file is replaced in one move, so that it is never half-written.
    """
    kept = read_predictions()
    entry = {"chosen": chosen, "right": right} | ({} if confidence is None else {"confidence": confidence})
    entry["when"] = datetime.now(UTC).isoformat(timespec="seconds")
    if question in kept:
        before = kept[question].get("again", kept[question])
        entry["in a row"] = before.get("in a row", int(bool(before.get("right")))) + 1 if right else 0
        kept[question]["again"] = entry
    else:
        kept[question] = {"prompt": prompt, "answer": answer, **entry}
    path = predictions_file()
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def count_by_lesson(kept: dict[str, dict]) -> dict[str, tuple[int, int, int]]:
    """Return for each lesson, by its two digits, how many questions it asks, how many were answered, how many right.

    `kept` is what `read_predictions` returns. The first answer to a question is what counts.
    """
    asked = Counter(question[:2] for question in all_predictions())
    known = [question for question in kept if question in all_predictions()]
    answered = Counter(question[:2] for question in known)
    right = Counter(question[:2] for question in known if kept[question].get("right"))
    return {lesson: (asked[lesson], answered[lesson], right[lesson]) for lesson in asked}


def calibration(kept: dict[str, dict]) -> dict[int, tuple[int, int]]:
    """Return for each confidence that was given (percent) how many predictions had it, and how many were right.

    Who is well calibrated is right in 70 of 100 cases when 70 % sure (Lichtenstein and Fischhoff, 1977).
    """
    known = [entry for question, entry in kept.items() if question in all_predictions()]
    said = Counter(entry.get("confidence", 50) for entry in known)
    right = Counter(entry.get("confidence", 50) for entry in known if entry.get("right"))
    return {confidence: (said[confidence], right[confidence]) for confidence in sorted(said)}


def missed(kept: dict[str, dict]) -> list[str]:
    """Return the questions whose latest answer was wrong, the surest errors first.

    An error made with confidence teaches most when it is met again (the hypercorrection effect, Butterfield and
    Metcalfe 2001).
    """
    latest = {
        question: kept[question].get("again", kept[question]) for question in all_predictions() if question in kept
    }
    wrong = [question for question, entry in latest.items() if not entry.get("right")]
    return sorted(wrong, key=lambda question: -latest[question].get("confidence", 50))


def due(kept: dict[str, dict], lesson: str, now: datetime | None = None) -> list[str]:
    """Return the questions of the lessons before `lesson` ("03"), those first that it is time to ask again.

    A question that was missed is due at once, one that was right with little confidence after a day, others after
    three; each time that it is right again the interval doubles (expanding retrieval practice, Landauer and Bjork
    1978; spacing, Cepeda et al. 2006). Questions that were never answered come last.
    """
    now = now or datetime.now(UTC)
    earlier = [question for question in all_predictions() if question[:2] < lesson]
    waits = {question: _days_to_wait(kept[question], now) for question in earlier if question in kept}
    asked = sorted(waits, key=waits.get)
    return asked + [question for question in reversed(earlier) if question not in waits]


def due_now(kept: dict[str, dict], now: datetime | None = None) -> list[str]:
    """Return the questions that were answered and whose day has come, those first that have waited longest."""
    now = now or datetime.now(UTC)
    waits = {question: _days_to_wait(kept[question], now) for question in all_predictions() if question in kept}
    return sorted((question for question, days in waits.items() if days <= 0), key=waits.get)


def _days_to_wait(entry: dict, now: datetime) -> float:
    """Return in how many days a question is due; below 0 when its day has passed."""
    latest = entry.get("again", entry)
    if not latest.get("right"):
        interval = 0.0
    else:
        sure = latest.get("confidence", entry.get("confidence", 50)) >= 70
        interval = (3.0 if sure else 1.0) * 2.0 ** max(latest.get("in a row", 1) - 1, 0)
    try:
        asked = datetime.fromisoformat(latest.get("when", ""))
    except ValueError:
        asked = now
    return interval - (now - asked).total_seconds() / 86400.0
