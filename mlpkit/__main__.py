"""`python -m mlpkit`: is everything in place to work on the course? Says in one line what to do about what is not."""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from mlpkit import place
from mlpkit.freshness import current_shell

REPAIR = "run 'make lab' in the course's folder"


def installation_problems() -> list[str]:
    """Return what stands in the way of working on the course, one line each with what to do; [] when nothing does."""
    return _misplaced(Path(__file__).resolve().parents[1]) + _missing_packages() + _missing_kernel() + _damaged_data()


def _misplaced(folder: Path) -> list[str]:
    """Look at where the course's folder stands, unless mlpkit was installed without it."""
    if not (folder / "lessons" / "00_start_here.ipynb").exists():
        return []
    problems = place.folder_problems(folder, set_up=False)
    if place.was_moved(folder):
        without = f"(without make: '{Path(sys.executable).name} mlpkit/place.py')"
        problems.append(
            f"The course's folder was moved, and its environment still has the old path: {REPAIR} {without}."
        )
    return problems


def _missing_packages() -> list[str]:
    """Look for what mlpkit needs, and for JupyterLab and nbgrader if either of them is there."""
    try:
        wanted = requires("mlpkit") or []
    except PackageNotFoundError:
        return [f"The package mlpkit is not installed for {sys.executable}: {REPAIR}, and start Jupyter from there."]
    needed = [line for line in wanted if "extra ==" not in line]
    lab = [line.split(";")[0] for line in wanted if re.search(r"extra == ['\"]lab['\"]", line)]
    return _package_problems(needed) + (_package_problems(lab) if any(map(_is_there, lab)) else [])


def _is_there(line: str) -> bool:
    try:
        version(line.partition(">=")[0].strip())
    except PackageNotFoundError:
        return False
    return True


def _package_problems(lines: list[str]) -> list[str]:
    problems = []
    for line in lines:
        name, _, oldest = line.split(";")[0].strip().partition(">=")
        if not _is_there(name):
            problems.append(f"The package {name} is not installed: {REPAIR}.")
        elif _numbers(version(name)) < _numbers(oldest):
            problems.append(f"{name} is {version(name)} and must be {oldest} or newer: {REPAIR}.")
    return problems


def _numbers(release: str) -> list[int]:
    return [int(part) for part in release.split(".") if part.isdigit()]


def _missing_kernel() -> list[str]:
    """Look for the kernel 'python3' of this environment, which every notebook of the course names.

    It is not missed where a kernel is running already, nor where nothing is installed that would start one.
    """
    if hasattr(current_shell(), "kernel") or not any(map(_is_there, ("jupyterlab", "notebook"))):
        return []
    spec = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    try:
        json.loads(spec.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [f"Jupyter's Python kernel is missing: run '{sys.executable} -m ipykernel install --sys-prefix'."]
    return []


def _damaged_data() -> list[str]:
    try:
        from mlpkit import datasets

        datasets.digits()
    except (ImportError, OSError, ValueError) as error:
        return [f"{str(error)[:1].upper()}{str(error)[1:]}."]
    return []


if __name__ == "__main__":
    found = installation_problems()
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)
