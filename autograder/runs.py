"""A class, graded: submissions go to an executor, results come back to the journal, then into the gradebook.

Whatever ends a run, the next one goes on: what is in the journal is not graded again, and what the gradebook or the
autograded folder lacks of it is written. One submission that cannot be graded stops no other.
"""

import contextlib
import json
import signal
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field

from autograder.course import Course, CourseError, write_if_changed
from autograder.engine import Job, grade_bytes
from autograder.gradebook import Gradebook
from autograder.journal import Journal, result_key
from autograder.submissions import Submission, file_away

BATCH, BATCH_SECONDS = 100, 2.0


@dataclass
class Summary:
    """What a run did, in numbers and names."""

    total: int = 0
    graded: int = 0
    known: int = 0
    verdicts: Counter = field(default_factory=Counter)
    scores: list[float] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # student: why the machine could not grade it
    flagged: dict[str, list[str]] = field(default_factory=dict)
    interrupted: bool = False
    stopped: str = ""

    @property
    def done(self) -> int:
        return self.graded + self.known + len(self.failed)

    def count(self, student: str, result: dict) -> None:
        self.verdicts.update(q["verdict"] for q in result["questions"])
        self.scores.append(sum(q["score"] or 0.0 for q in result["questions"]))
        if (
            result["status"] != "graded"
            or result.get("look")
            or any(q["verdict"] in ("tampering", "not graded") for q in result["questions"])
        ):
            self.flagged[student] = result.get("look") or result["findings"] or ["not graded"]


class Progress:
    """One line on a terminal, rewritten; now and then a line elsewhere."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.quiet, self.start, self.shown = total, quiet, time.monotonic(), 0.0
        self.terminal = sys.stderr.isatty()

    def show(self, summary: Summary, last: bool = False) -> None:
        now = time.monotonic()
        if self.quiet or (not last and now - self.shown < (0.2 if self.terminal else 10)):
            return
        self.shown = now
        rate = summary.graded / max(now - self.start, 1e-9)
        left = (self.total - summary.done) / rate if rate else 0.0
        mean = sum(summary.scores) / len(summary.scores) if summary.scores else 0.0
        bar = "#" * (30 * summary.done // max(self.total, 1))
        text = (
            f"[{bar:30}] {summary.done}/{self.total}  {rate:.1f}/s  {_clock(left)} left  mean {mean:.1f}"
            f"  flagged {len(summary.flagged)}  failed {len(summary.failed)}"
        )
        print(
            f"\r{text}\033[K" if self.terminal else text,
            end="" if self.terminal and not last else "\n",
            file=sys.stderr,
        )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Interrupt:
    """The first Ctrl-C asks the run to end after what is in flight, the second one ends it at once."""

    def __enter__(self) -> "Interrupt":
        self.asked, self.previous = False, None
        with contextlib.suppress(ValueError):  # not in the main thread: whoever called has the signals
            self.previous = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        print("\nFinishing what is in flight; Ctrl-C again to stop at once.", file=sys.stderr)

    def __exit__(self, *_: object) -> None:
        if self.previous is not None:
            signal.signal(signal.SIGINT, self.previous)


class Run:
    """Grades an assignment's submissions into the journal and the gradebook."""

    def __init__(
        self, course: Course, assignment: str, job: Job, *, people: dict | None = None, quiet: bool = True
    ) -> None:
        self.course, self.assignment, self.job, self.people, self.quiet = course, assignment, job, people or {}, quiet
        self.name = course.notebook(assignment).name
        self.pending: list[tuple[str, dict, str | None]] = []
        self.flushed = time.monotonic()

    def run(
        self, submissions: list[Submission], executor: Executor, in_flight: int, *, copy: bool = False
    ) -> Summary:
        """Grade what is not in the journal yet; `copy` files the notebooks away under submitted/.

        Raises CourseError if the journal or the gradebook cannot be written; all graded so far is kept.
        """
        summary = Summary(total=len(submissions))
        progress = Progress(len(submissions), self.quiet)
        waiting: dict[Future, tuple[str, list[Submission]]] = {}
        by_key: dict[str, Future] = {}
        self.journal = Journal(self.course.journal)
        self.journal.reserve()
        self.gradebook: Gradebook | None = None
        todo = iter(submissions)
        try:
            with Interrupt() as interrupt:
                more = True
                while more or waiting:
                    while more and len(waiting) < in_flight and not interrupt.asked:
                        submission = next(todo, None)
                        if submission is None:
                            more = False
                        else:
                            self._begin(submission, executor, waiting, by_key, summary, copy)
                    if interrupt.asked:
                        more, summary.interrupted = False, True
                    done, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        key, owners = waiting.pop(future)
                        by_key.pop(key, None)
                        self._finish(future, key, owners, summary)
                    if len(self.pending) >= BATCH or time.monotonic() - self.flushed > BATCH_SECONDS:
                        self._flush(summary)
                    progress.show(summary)
                self._flush(summary)
        finally:
            for future in waiting:
                future.cancel()
            progress.show(summary, last=True)
            self.journal.close()
            if self.gradebook is not None:
                self.gradebook.close()
        return summary

    def _open_gradebook(self) -> None:
        if self.gradebook is None:
            gradebook = Gradebook(self.course, self.assignment, self.job.parsed)
            gradebook.prepare()
            self.gradebook = gradebook

    def _begin(self, submission: Submission, executor: Executor, waiting: dict, by_key: dict, summary: Summary,
               copy: bool) -> None:  # fmt: skip
        try:
            data = submission.read()
            if copy:
                file_away(self.course, self.assignment, submission.student, data)
        except Exception as error:  # a link, a broken zip entry: this one submission's matter
            summary.failed[submission.student] = f"cannot be read: {error}"
            return
        key = result_key(self.job, data)
        if key in by_key:  # somebody else handed in the same bytes
            waiting[by_key[key]][1].append(submission)
            return
        result = self.journal.get(key)
        if result is not None:
            self.journal.claim(key, self.assignment, [submission.student])
            self._keep(submission, result)
            summary.known += 1
            summary.count(submission.student, result)
            return
        by_key[key] = executor.submit(grade_bytes, self.job, data)
        waiting[by_key[key]] = (key, [submission])

    def _finish(self, future: Future, key: str, owners: list[Submission], summary: Summary) -> None:
        from autograder.sandbox import NoSandbox

        try:
            result = future.result()
        except NoSandbox as error:
            raise CourseError(f"nothing was graded, because a submission could not be shut in: {error}") from None
        except Exception as error:
            result = {"status": "fault", "why": f"{type(error).__name__}: {error}"}
        if result["status"] == "fault":
            summary.failed.update({s.student: result["why"] for s in owners})
            return
        try:
            self.journal.put(key, result, self.assignment, [s.student for s in owners])
        except ValueError as error:
            summary.failed.update({s.student: str(error) for s in owners})
            return
        for submission in owners:
            self._keep(submission, result)
            summary.graded += 1
            summary.count(submission.student, result)

    def _keep(self, submission: Submission, result: dict) -> None:
        folder = self.course.autograded / submission.student / self.assignment
        metadata = {k: v for k, v in self.job.parsed.metadata.items() if k in ("kernelspec", "language_info")}
        notebook = {"cells": result["cells"], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
        try:
            write_if_changed(folder / self.name, json.dumps(notebook).encode(), 0o444)
            if submission.timestamp:
                write_if_changed(folder / "timestamp.txt", f"{submission.timestamp}\n".encode(), 0o444)
        except OSError as error:
            raise CourseError(f"{folder} cannot be written: {error} (results are safe in the journal)") from None
        self.pending.append((submission.student, result, submission.timestamp))

    def _flush(self, summary: Summary) -> None:
        self.flushed = time.monotonic()
        if self.pending:
            self._open_gradebook()
            try:
                self.gradebook.record(self.pending, self.people)
            except CourseError:
                raise
            except Exception:  # one of them: each on its own
                for entry in self.pending:
                    self._record_alone(entry, summary)
            self.pending = []

    def _record_alone(self, entry: tuple[str, dict, str | None], summary: Summary) -> None:
        try:
            self.gradebook.record([entry], self.people)
        except CourseError:
            raise
        except Exception as error:
            summary.failed[entry[0]] = f"cannot be written into the gradebook: {str(error)[:300]}"


def tell(summary: Summary, course: Course, assignment: str, command: str) -> str:
    """A run in words, for the end of it."""
    mean = sum(summary.scores) / len(summary.scores) if summary.scores else 0.0
    lines = [f"{summary.graded} graded, {summary.known} already known, mean automatic score {mean:.2f}"]
    counts = ", ".join(f"{n} {verdict}" for verdict, n in summary.verdicts.most_common())
    lines += [f"questions: {counts}"] if counts else []
    for student, why in sorted(summary.failed.items()):
        lines.append(f"NOT GRADED {student}: {why}")
    for student, findings in sorted(summary.flagged.items()):
        lines.append(f"look at {student}: {'; '.join(findings)[:300]}")
    if summary.interrupted:
        lines.append(f"interrupted at {summary.done} of {summary.total}; to go on: {command}")
    elif summary.failed:
        lines.append(f"to try those again that were not graded: {command}")
    lines.append(f"gradebook: {course.db_url}; next: autograder report {assignment}")
    return "\n".join(lines)
