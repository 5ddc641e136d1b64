"""What several rooms of the tests share."""

import os

import pytest

from tests.course.classroom import ROOT, Course

# The tests share the cores already: threads of NumPy in each kernel, grader and worker would only wait for others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The files that take longest, begun first, so that no process is left with one of them at the end.
SLOW = (
    "test_lessons.py",
    "test_faults.py",
    "test_soundness.py",
    "test_stock_nbgrader.py",
    "test_power_06.py",
    "test_power_09.py",
    "lesson.ipynb",
    "test_explorers.py",
    "test_release.py",
    "test_runs.py",
    "test_main.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are cores: a browser, a grader and a killed run are waited for a good deal."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the slow files to the front and leave the rest in its order."""
    rank = {name: place for place, name in enumerate(SLOW)}
    items.sort(key=lambda item: rank.get(item.path.name, len(SLOW)))


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A fresh course in which every assignment has been released, once for all parallel processes of a run."""
    import fcntl

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    released = base / "released"
    with (base / "released.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not released.exists():
            made = Course(tmp_path_factory.mktemp("releasing"))
            for source in sorted((ROOT / "solutions").iterdir()):
                made.nbgrader("generate_assignment", source.name)
            made.root.rename(released)
    return Course(tmp_path_factory.mktemp("course"), released)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the doctor can tell apart: the table of right and wrong answers, and the causes it names."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "power"
    ]
    if not rows:
        return
    terminalreporter.section("the doctor: right and wrong answers on 20 seeds")
    terminalreporter.write_line(f"{'assignment and function':52} {'right':>5} {'wrong':>5} {'named':>5}  not named")
    for assignment, function, right, wrong, named, unnamed in sorted(rows):
        line = f"{assignment + ' ' + function:52} {right:5} {wrong:5} {named:5}  {', '.join(unnamed)}"
        terminalreporter.write_line(line)
    right, wrong, named = (sum(row[k] for row in rows) for k in (2, 3, 4))
    share = f"{100 * named / max(wrong, 1):.1f} % named by their cause"
    terminalreporter.write_line(f"{'in all':52} {right:5} {wrong:5} {named:5}  {share}")
