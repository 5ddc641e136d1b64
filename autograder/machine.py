"""Whether this machine can grade: versions, the sandbox, limits, room. In words, with what to do."""

import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import course as courses
from autograder.confine import AUDIT_ARCH
from autograder.sandbox import Limits, NoSandbox, start_template, wait_ready

ADVICE = {
    "bwrap": "install bubblewrap: 'apt install bubblewrap' or 'dnf install bubblewrap'",
    "userns": (
        "let this user make namespaces: on Ubuntu 23.10 and newer"
        " 'sysctl kernel.apparmor_restrict_unprivileged_userns=0', on older Debian"
        " 'sysctl kernel.unprivileged_userns_clone=1', in Docker run as root with"
        " '--security-opt seccomp=unconfined --cap-add SYS_ADMIN'; or grade as root: students' code never is root"
    ),
    "system": "grade on Linux: in WSL 2 on Windows, in a Linux virtual machine or container on macOS",
}


def examine(folder: Path | None) -> int:
    """Print one line for each thing that grading needs. Returns 0 if all are there, else 1."""
    ok = [_python(), _packages(), _system(), _sandbox(), _room(), _course(folder)]
    print("This machine can grade." if all(ok) else "This machine cannot grade yet: see the lines with NO.")
    return 0 if all(ok) else 1


def _line(good: bool, what: str, advice: str = "") -> bool:
    print(f"{'ok ' if good else 'NO '} {what}{': ' + advice if advice and not good else ''}")
    return good


def _python() -> bool:
    return _line(sys.version_info >= (3, 11), f"Python {platform.python_version()}", "install Python 3.11 or newer")


def _packages() -> bool:
    good = True
    for name in ("numpy", "matplotlib", "ipython", "nbgrader", "sqlalchemy"):
        try:
            _line(True, f"{name} {version(name)}")
        except PackageNotFoundError:
            good = _line(False, name, f"pip install {name}")
    return good


def _system() -> bool:
    machine = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if platform.system() != "Linux":
        return _line(False, machine, ADVICE["system"])
    return _line(platform.machine() in AUDIT_ARCH, machine, f"the sandbox knows {' and '.join(AUDIT_ARCH)} only")


def _sandbox() -> bool:
    if platform.system() != "Linux":
        return False
    bwrap = shutil.which("bwrap")
    if not _line(bwrap is not None, "bubblewrap" + (f" {_version(bwrap)}" if bwrap else ""), ADVICE["bwrap"]):
        return False
    start = time.monotonic()
    try:
        template = start_template([], [], Limits())
        wait_ready(template)
    except (NoSandbox, OSError) as error:
        return _line(False, f"the sandbox ({error})", ADVICE["userns"])
    warm, start = time.monotonic() - start, time.monotonic()
    try:
        for _ in range(5):
            template.fork(0).kill()
    except (NoSandbox, OSError) as error:
        return _line(False, f"a worker in the sandbox ({error})", ADVICE["userns"])
    finally:
        template.close()
    each = (time.monotonic() - start) / 5
    user = "as root, which drops its rights" if os.geteuid() == 0 else "as an ordinary user"
    return _line(True, f"the sandbox, {user}: warm in {warm:.1f} s, then {1000 * each:.0f} ms for each submission")


def _version(bwrap: str) -> str:
    return subprocess.run([bwrap, "--version"], capture_output=True, text=True).stdout.strip().rpartition(" ")[2]


def _room() -> bool:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    memory, cores = pages * size / 2**30, os.cpu_count() or 1
    free = shutil.disk_usage(".").free / 2**30
    good = _line(memory >= 2, f"{memory:.1f} GB of memory for {cores} cores", "use a machine with at least 2 GB")
    return _line(free >= 1, f"{free:.1f} GB free on the disk", "make room") and good


def _course(folder: Path | None) -> bool:
    try:
        course = courses.load(folder)
    except courses.CourseError as error:
        return _line(False, "a course", str(error))
    names = sorted(p.parent.name for p in course.source.glob("*/*.ipynb"))
    return _line(bool(names), f"the course {course.root}: {', '.join(names)}", f"no assignments in {course.source}")
