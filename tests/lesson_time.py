"""How long a lesson takes a reader, section by section: `python -m tests.lesson_time [--write]`.

Words at 180 a minute, half a minute for a line of code, two minutes for a prediction, three for an explorer (and for
each of the runs of the flight simulator, which are explorers of their own).
`--write` puts the estimates, rounded to five minutes, under the headings and the sum under the title.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(ROOT.glob("lessons/*/lesson.ipynb"))
STATED = re.compile(r"(?<=\*)((?:Optional, )?)(\d+) minutes(?=\.\*)")
TOTAL = re.compile(r"(?<=\*About )(\d+)(?= minutes)")
MINUTES = {"flight_simulator": 3 * 13}  # for an explorer; 3 for all others
NO_EXPLORERS = {"predict", "ask", "recall", "progress", "working"}


@dataclass
class Section:
    """A heading with all that stands under it, up to the next one."""

    heading: str
    cells: list[dict] = field(default_factory=list)

    @property
    def made(self) -> list[str]:
        """What the section makes of mlpkit.widgets, by name, in order."""
        code = "\n".join(source(cell) for cell in self.cells if cell["cell_type"] == "code")
        return re.findall(r"widgets\.(\w+)\(", code)

    @property
    def explorers(self) -> list[str]:
        return [name for name in self.made if name not in NO_EXPLORERS]

    @property
    def stated(self) -> int | None:
        found = STATED.search(source(self.cells[0]))
        return int(found[2]) if found else None

    def minutes(self) -> float:
        """Estimate how long the section takes."""
        words = sum(len(source(cell).split()) for cell in self.cells if cell["cell_type"] == "markdown")
        lines = sum(map(lines_to_read, self.cells))
        return (
            words / 180
            + lines / 2
            + 2 * self.made.count("predict")
            + sum(MINUTES.get(name, 3) for name in self.explorers)
        )

    @property
    def stops(self) -> bool:
        """Whether the reader is told that this is a good place to stop."""
        return any("place to stop" in source(cell) for cell in self.cells)


def source(cell: dict) -> str:
    return "".join(cell["source"])


def lines_to_read(cell: dict) -> int:
    """Count the lines of code of a cell, without imports, questions and explorers."""
    skipped = ("import ", "from ", "widgets.")
    lines = source(cell).splitlines() if cell["cell_type"] == "code" else []
    return sum(bool(line.strip()) and not line.startswith(skipped) for line in lines)


def sections(path: Path) -> list[Section]:
    """Return a lesson's sections, without its title and what to take away."""
    found: list[Section] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = source(cell)
        if cell["cell_type"] == "markdown" and text.startswith("## "):
            found.append(Section(text.partition("\n")[0][3:].strip()))
        if found:
            found[-1].cells.append(cell)
    return [section for section in found if section.heading != "What to take away"]


def rounded(minutes: float) -> int:
    return max(5, 5 * round(minutes / 5))


def write(path: Path) -> None:
    """Put the estimated minutes under the headings of a lesson, and their sum under its title."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    total = 0
    for section in sections(path):
        here = rounded(section.minutes())
        total += here
        for cell in notebook["cells"]:
            if source(cell).startswith(f"## {section.heading}\n"):
                cell["source"] = STATED.sub(rf"\g<1>{here} minutes", source(cell)).splitlines(True)
    title = notebook["cells"][0]
    title["source"] = TOTAL.sub(str(total), source(title)).splitlines(True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for lesson in LESSONS:
        if "--write" in sys.argv:
            write(lesson)
        print(lesson.parent.name)
        for part in sections(lesson):
            print(f"  {part.stated!s:>4} stated, {part.minutes():5.1f} estimated  {part.heading}")
