"""The notebooks and the documents hold together: links lead somewhere, figures have words, the style is one."""

import json
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.course.classroom import ROOT
from tests.run_notebooks import notebooks_with_outputs

NOTEBOOKS = [*notebooks_with_outputs(), *sorted(ROOT.glob("lessons/*/assignment.ipynb"))]
DOCUMENTS = sorted(path for path in ROOT.rglob("*.md") if not {".venv", "class"} & set(path.parts))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as Lab makes them and, in lower case, GitHub."""
    headings = re.findall(r"^#+ (.+)$", words(path), flags=re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in headings} | {heading.lower() for heading in plain}


def words(path: Path) -> str:
    """Return the prose of a notebook or a document."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("path", [*NOTEBOOKS, *DOCUMENTS], ids=named)
def test_every_link_and_anchor_leads_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", words(path)):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        # A source of an assignment is read where its students' version lies, in lessons/.
        base = ROOT / "lessons" / path.parent.name if "solutions" in path.parts else path.parent
        there = (base / name).resolve() if name else path
        assert there.exists(), f"{named(path)} links to {target}"
        assert not anchor or anchor in anchors(there), f"{named(path)}: {target} names no heading"


class Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str | None] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "img":
            self.alts.append(dict(attributes).get("alt"))


@pytest.mark.parametrize("path", notebooks_with_outputs(), ids=named)
def test_every_figure_says_in_words_what_it_shows(path: Path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            images = Images()
            images.feed("".join(data.get("text/html", "")))
            assert all(alt and len(alt.split()) >= 3 for alt in images.alts), f"{named(path)}, cell {cell['id']}"
            assert "image/png" not in data or images.alts, f"{named(path)}, cell {cell['id']}: use plotting.show"


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_picture_in_a_document_has_alt_text(path: Path):
    assert not re.findall(r"!\[\s*\]\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", notebooks_with_outputs(), ids=named)
def test_a_committed_notebook_was_run_from_top_to_bottom(path: Path):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]

    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", sorted(ROOT.glob("lessons/*/lesson.ipynb")), ids=named)
def test_a_lesson_has_its_anatomy(path: Path):
    """A title, what the reader will be able to do, a time, three explorers or more, three predictions or more."""
    prose = words(path)
    code = path.read_text(encoding="utf-8")

    assert prose.startswith("# ")
    assert "**After this lesson you can**" in prose
    assert re.search(r"\*About \d+ minutes", prose)
    assert len(re.findall(r"widgets\.predict\(", code)) >= 3
    assert len(re.findall(r"widgets\.(?!predict|ask|working|progress)\w+\(", code)) >= 3


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_code_and_notebooks_are_in_one_style(arguments: list[str]):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def direct_dependencies() -> set[str]:
    """Return what mlpkit, the lab and the tests need by name, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert "mlpkit[lab]" in extras["test"]
    return {*project["dependencies"], *extras["lab"], *extras["test"]} - {"mlpkit[lab]"}


def test_the_conda_environment_names_the_same_packages_as_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {*direct_dependencies(), f"python{project['requires-python']}"}
    listed = re.findall(r"^ +- (\S+)$", (ROOT / "environment.yml").read_text().split("dependencies:")[1], flags=re.M)

    assert set(listed) - {"pip", "pip:"} == wanted
    assert "--editable .[lab]" in (ROOT / "environment.yml").read_text()


def test_the_constraints_pin_every_direct_dependency_within_its_bounds():
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)
    for requirement in direct_dependencies():
        name, _, oldest = re.match(r"([\w-]+)([>=]=)([\d.]+)", requirement).groups()
        assert name in pins
        assert [int(n) for n in pins[name].split(".")] >= [int(n) for n in oldest.split(".")]
