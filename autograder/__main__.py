"""The command line: `autograder` or `python -m autograder`."""

import argparse
import math
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from autograder import course as courses
from autograder.course import Course, CourseError
from autograder.sandbox import Limits, NoSandbox

DESCRIPTION = """Release assignments, grade a class, and say what it did not understand.

  autograder doctor                    can this machine grade?
  autograder check ID                  is the assignment sound?
  autograder release ID                make the students' version
  autograder grade ID                  grade what lies under submitted/
  autograder grade ID submissions.zip --roster class.csv     or the zip of Canvas or Moodle
  autograder extend STUDENT ID --until TIME            more time for one student
  autograder report ID                 one page about the class
  autograder feedback ID               one page for each student
  autograder export ID --for csv       scores as a table (or canvas, moodle)

Every command can be repeated: what is done is not done again, and marks given by hand are kept."""

GRADING = ("nbgrader", "nbconvert", "nbformat", "sqlalchemy", "jupyter_core", "traitlets")  # of the extra "lab"
EXITS = (
    "exit status: 0 all is well, 1 something needs you (it is named above), 2 wrong use, "
    "3 somebody's file was left out (the others are graded), 130 interrupted"
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (CourseError, NoSandbox) as error:
        print(f"autograder: {error}", file=sys.stderr)
        if isinstance(error, NoSandbox) or "shut in" in str(error):
            print("autograder: 'autograder doctor' says what is missing on this machine", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in GRADING:
            raise
        print(f"autograder: {error.name} is not installed: pip install -e '.[lab]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nautograder: stopped; the same command goes on where this one was", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "autograder", description=DESCRIPTION, epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: object, help: str, id: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        if id:
            sub.add_argument(
                "id", metavar="ID", help="the assignment: the name of its folder in the source directory"
            )
        sub.add_argument(
            "--course", type=Path, metavar="FOLDER",
            help="the folder of nbgrader_config.py (default: the current folder, or else this course's autograder/)",
        )  # fmt: skip
        sub.set_defaults(run=run)
        return sub

    command("doctor", run_doctor, "say whether this machine can grade, and what to do if not", id=False)
    check = command("check", run_check, "check that an assignment's source is sound")
    check.add_argument("--variants", type=Path, metavar="FOLDER", help="right*.py and wrong*.py answers to try")
    _limits(check)
    command("release", run_release, "make the students' version with nbgrader")
    grade = command("grade", run_grade, "grade submissions into the gradebook")
    grade.add_argument("submissions", nargs="?", type=Path, help="a folder or zip (default: the course's submitted/)")
    grade.add_argument(
        "--roster", type=Path, metavar="CSV", help="the class list, to match names of files to students"
    )
    grade.add_argument(
        "--pattern", metavar="REGEX",
        help="how files are named, with groups student_id or name, and number and timestamp as there are",
    )  # fmt: skip
    grade.add_argument("--student", action="append", metavar="NAME", help="only this student (may be repeated)")
    grade.add_argument(
        "--jobs", type=_number(int), metavar="N", help="submissions at a time (default: one for each core)"
    )
    grade.add_argument("--dask", metavar="ADDRESS", help="grade on this Dask cluster, as tcp://host:8786")
    grade.add_argument(
        "--run-all", action="store_true", help="also run cells after the last question, which decide nothing"
    )
    grade.add_argument("--quiet", action="store_true", help="no progress line")
    _limits(grade)
    feedback = command("feedback", run_feedback, "write a page for each student")
    feedback.add_argument("--student", action="append", metavar="NAME", help="only this student (may be repeated)")
    extend = commands.add_parser("extend", help="give a student more time", description="Give a student more time.")
    extend.add_argument("student", metavar="STUDENT")
    extend.add_argument("id", metavar="ID", help="the assignment")
    extend.add_argument("--until", required=True, metavar="TIME", help="as '2026-03-08 23:59 Europe/Berlin'")
    extend.add_argument("--course", type=Path, metavar="FOLDER", help="the folder of nbgrader_config.py")
    extend.set_defaults(run=run_extend)
    report = command("report", run_report, "write one page, and a table, about the class")
    report.add_argument("--no-names", action="store_true", help="a page without students' names, to show in class")
    export = command("export", run_export, "write the scores as a table")
    export.add_argument(
        "--for", dest="system", choices=("csv", "canvas", "moodle"), default="csv", help="whose format"
    )
    export.add_argument("--roster", type=Path, metavar="CSV", help="the LMS's own export, whose lines are filled in")
    export.add_argument("--column", metavar="TITLE", help="the LMS's column to fill in (default: the assignment's)")
    export.add_argument("--to", type=Path, metavar="FILE", help="where to write (default: standard output)")
    return parser


def _limits(parser: argparse.ArgumentParser) -> None:
    own = Limits()
    group = parser.add_argument_group("limits, for each submission")
    group.add_argument(
        "--call-seconds", type=_number(float), default=own.call_seconds, help="for one call (default %(default)g)"
    )
    group.add_argument(
        "--cell-seconds", type=_number(float), default=own.cell_seconds, help="for one cell (default %(default)g)"
    )
    group.add_argument(
        "--notebook-seconds",
        type=_number(float),
        default=own.notebook_seconds,
        help="for all of it (default %(default)g)",
    )
    group.add_argument(
        "--memory", type=_number(float), default=own.memory / 2**30, metavar="GB", help="(default %(default)g)"
    )
    group.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run students' code with your own rights: only for code that you trust",
    )


def _job(options: argparse.Namespace, course: Course) -> object:
    limits = Limits(
        call_seconds=options.call_seconds, cell_seconds=options.cell_seconds,
        notebook_seconds=options.notebook_seconds,
        memory=int(options.memory * 2**30), run_all=getattr(options, "run_all", False),
    )  # fmt: skip
    return course.job(options.id, limits, sandboxed=not options.no_sandbox)


def run_doctor(options: argparse.Namespace) -> int:
    from autograder.machine import examine

    return examine(options.course)


def run_check(options: argparse.Namespace) -> int:
    from autograder.check import check

    course = courses.load(options.course)
    return check(course, options.id, _job(options, course), options.variants)


def run_release(options: argparse.Namespace) -> int:
    course = courses.load(options.course)
    course.job(options.id)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", options.id, "--force", "--create"]
    done = subprocess.run(command, cwd=course.config_folder, capture_output=True, text=True)
    if done.returncode:
        raise CourseError(f"nbgrader could not make the students' version:\n{done.stderr[-3000:]}")
    print(
        f"the students' version is {course.release / options.id}; "
        f"nbgrader release_assignment {options.id} hands it out"
    )
    return 0


def run_grade(options: argparse.Namespace) -> int:
    from autograder.engine import close_engines, prepare_engines

    course = courses.load(options.course)
    job = _job(options, course)
    jobs = options.jobs or cores()
    with _executor(options.dask, jobs) as (executor, at_once):
        if not options.dask:  # the engines come up while the rest is imported and the submissions are looked for
            prepare_engines(job, jobs)
        from autograder.gradebook import Gradebook
        from autograder.runs import Run, tell
        from autograder.submissions import find, read_roster, reconcile

        roster = read_roster(options.roster) if options.roster else None
        intake = find(course, options.id, options.submissions, roster, options.pattern)
        for problem in roster.problems if roster else []:
            print(f"roster: {problem}", file=sys.stderr)
        for problem in intake.problems:
            print(f"left out {problem}", file=sys.stderr)
        for note in intake.notes:
            print(note, file=sys.stderr)
        if options.student:
            intake.submissions = _only(intake.submissions, options.student)
        if not intake.submissions:
            raise CourseError(f"there are no submissions of {options.id}")
        people = {person.id: person for person in roster or ()}
        run = Run(course, options.id, job, people=people, quiet=options.quiet)
        summary = run.run(intake.submissions, executor, 2 * at_once + 2, copy=options.submissions is not None)
    close_engines()
    print(tell(summary, course, options.id, f"autograder {shlex.join(sys.argv[1:])}"))
    if summary.interrupted:
        return 130
    if not options.student:
        gradebook = Gradebook(course, options.id, job.parsed)
        gradebook.prepare()
        intake.late = sorted({*intake.late, *gradebook.late()})
        gradebook.close()
        print(reconcile(intake, roster))
    if summary.failed:
        return 1
    return 3 if intake.problems or (roster and roster.lost) else 0


def cores() -> int:
    """How many cores this process may use; where the system does not say (macOS), how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _only(submissions: list, wanted: list[str]) -> list:
    """The submissions of the students named by --student. CourseError for a name that is nobody's."""
    from autograder.rosters import fold

    asked = {fold(name): name for name in wanted}
    chosen = [s for s in submissions if fold(s.student) in asked]
    nobody = asked.keys() - {fold(s.student) for s in chosen}
    if nobody:
        raise CourseError(f"--student {', '.join(sorted(asked[n] for n in nobody))}: nobody of that name handed in")
    return chosen


def _number(kind: type) -> Callable[[str], float]:
    """A number above nothing, of an option."""

    def read(text: str) -> float:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"it must be above 0, but it is {text}")
        return value

    read.__name__ = "number"
    return read


class _Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"autograder: {message} (see {self.prog} --help)\n")


@contextmanager
def _executor(address: str | None, jobs: int) -> Iterator[tuple[Executor, int]]:
    if address is None:
        with ThreadPoolExecutor(jobs) as executor:
            yield executor, jobs
        return
    try:
        from distributed import Client
    except ImportError:
        raise CourseError("Dask is not installed: pip install -e '.[dask]'") from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise CourseError(f"there is no Dask scheduler at {address}: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CourseError(f"the Dask scheduler at {address} has no workers")
        yield client.get_executor(pure=False, retries=2), threads


def run_feedback(options: argparse.Namespace) -> int:
    from autograder.feedback import write_feedback

    course = courses.load(options.course)
    count = write_feedback(course, options.id, options.student)
    print(f"{count} pages under {course.feedback}; nbgrader release_feedback {options.id} hands them out")
    return 0


def run_extend(options: argparse.Namespace) -> int:
    from autograder.gradebook import Gradebook
    from autograder.rosters import fold, usable
    from autograder.times import read_time

    course = courses.load(options.course)
    until, words = read_time(options.until)
    if until is None or words:
        raise CourseError(f"--until: {words or 'it is empty'}; write 2026-03-08 23:59 Europe/Berlin")
    gradebook = Gradebook(course, options.id, course.job(options.id).parsed)
    try:
        gradebook.prepare()
        known = [s for s in gradebook.students() if fold(s) == fold(options.student)]
        if not known and not (usable(options.student) and (course.submitted / options.student).is_dir()):
            raise CourseError(f"{options.student!r} is no student of the gradebook, and handed in nothing")
        student = known[0] if len(known) == 1 else options.student
        due = gradebook.extend(student, until)
    finally:
        gradebook.close()
    print(f"{student} has until {until} UTC to hand in {options.id}, which is due {due} UTC")
    return 0


def run_report(options: argparse.Namespace) -> int:
    from autograder.report import write_report

    for path in write_report(courses.load(options.course), options.id, not options.no_names):
        print(path)
    return 0


def run_export(options: argparse.Namespace) -> int:
    from autograder.export import export

    notes: list[str] = []
    text = export(courses.load(options.course), options.id, options.system, options.roster, options.column, notes)
    for note in notes:
        print(note, file=sys.stderr)
    if options.to:
        try:
            options.to.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CourseError(f"{options.to} cannot be written: {error.strerror or error}") from None
        print(options.to)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
