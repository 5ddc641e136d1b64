"""`python -m mlpkit`: is everything in place to work on the course? Says in one line what to do about what is not."""

import json
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

REPAIR = "run 'make lab' in the course's folder"


def installation_problems() -> list[str]:
    """Return what stands in the way of working on the course, one line each with what to do; [] when nothing does."""
    return _missing_packages() + _missing_kernel() + _damaged_data()


def _missing_packages() -> list[str]:
    problems = []
    try:
        wanted = [line.split(";")[0] for line in requires("mlpkit") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        return [f"The package mlpkit is not installed for {sys.executable}: {REPAIR}, and start Jupyter from there."]
    for line in wanted:
        name, _, oldest = line.strip().partition(">=")
        try:
            if _numbers(version(name)) < _numbers(oldest):
                problems.append(f"{name} is {version(name)} and must be {oldest} or newer: {REPAIR}.")
        except PackageNotFoundError:
            problems.append(f"The package {name} is not installed: {REPAIR}.")
    return problems


def _numbers(release: str) -> list[int]:
    return [int(part) for part in release.split(".") if part.isdigit()]


def _missing_kernel() -> list[str]:
    """Look for the kernel 'python3' of this environment, which every notebook of the course names."""
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
