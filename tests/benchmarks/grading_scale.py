"""Ten thousand generated submissions of a small assignment: cost of the last thousand over the first, and memory.

python tests/benchmarks/grading_scale.py [10000]
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from autograder.course import load
from autograder.engine import close_engines
from autograder.runs import Run, Summary
from autograder.submissions import Submission
from tests.autograder.course import ID, make_course, submission


def memory(pid: int) -> int:
    """Bytes that a process and all below it hold for themselves."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += 1024 * int(line.split()[1])
        for task in os.listdir(f"/proc/{pid}/task"):
            children = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
            total += sum(memory(int(child)) for child in children)
    except OSError:
        pass
    return total


class Watched(Run):
    """A run that notes the time and its memory after each thousandth of it."""

    def __init__(self, *arguments: object, step: int) -> None:
        super().__init__(*arguments)
        self.step, self.done, self.begin = step, 0, time.perf_counter()
        self.notes: list[tuple[float, int]] = []

    def _finish(self, future: object, key: str, owners: list, summary: Summary) -> None:
        super()._finish(future, key, owners, summary)
        if not self.done:
            self.begin = time.perf_counter()  # the engines' start is nobody's cost in particular
        self.done += len(owners)
        if self.done % self.step == 0:
            now = time.perf_counter()
            self.notes.append((now - self.begin, memory(os.getpid())))
            seconds, held = self.notes[-1]
            print(f"{self.done:6d}: {1000 * seconds / self.step:.1f} ms each, {held / 2**20:.0f} MB", flush=True)
            self.begin = time.perf_counter()


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        course = load(make_course(Path(name, "course")))

        def generate(i: int) -> Submission:
            def read() -> bytes:
                factor = 2 if i % 3 else 3
                return submission({"double": f"def double(x):\n    # {i}\n    return {factor} * x"})

            return Submission(f"student{i:05d}", read)

        run = Watched(course, ID, course.job(ID), step=count // 10)
        jobs = os.cpu_count() or 1
        with ThreadPoolExecutor(jobs) as executor:
            summary = run.run([generate(i) for i in range(count)], executor, 2 * jobs + 2)
        close_engines()
        assert summary.graded == count
        first, last = run.notes[0], run.notes[-1]
        held = [bytes for _, bytes in run.notes]
        print(
            f"last tenth over first: {last[0] / first[0]:.3f}; memory {(max(held) - min(held)) / 2**20:.0f} MB apart"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
