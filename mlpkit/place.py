"""Where the course's folder stands, and whether its environment .venv still fits there.

`make` runs this file before anything else, with whatever Python there is: nothing but the standard library is used.
An environment whose folder was moved is mended, and one whose Python is gone is removed, to be set up anew; each is
said in one line. What only the reader can mend is said in one line too, and ends in exit status 1.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SET_UP_NEEDS, WORK_NEEDS = (
    1000,
    20,
)  # megabytes: an environment with JupyterLab and pip's cache, and room for notebooks
_PREVIEW = re.compile(r"\.zip$|\.zip\.|^Temp\d+_|^\.fr-|^archive:|AppTranslocation", re.I)
_COPY = "copy the whole course's folder to a place of your own, such as your home folder, and run 'make lab' there"


def folder_problems(folder: Path, set_up: bool) -> list[str]:
    """Return what is wrong with where the course stands, one line each with what to do; [] when nothing is.

    `set_up` says that an environment has yet to be made there.
    """
    if any(map(_PREVIEW.search, folder.parts)):
        return [f"{folder} is a look into a zip file, and is soon gone: unpack the zip file first, or {_COPY}."]
    if set_up and os.pathsep in str(folder):
        return [f"Python makes no environment in a folder whose path contains {os.pathsep!r}: rename it ({folder})."]
    for place in (folder, folder / "lessons"):
        problem = _write_problem(place)
        if problem:
            return [problem]
    needed, free = SET_UP_NEEDS if set_up else WORK_NEEDS, shutil.disk_usage(folder).free / 1e6
    if free < needed:
        return [f"The disk of {folder} has {free:.0f} MB left, and {needed} MB are needed: make room, or {_COPY}."]
    return []


def _write_problem(place: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".room-") as file:
            file.write(bytes(2**16))
            file.flush()
    except FileNotFoundError:
        return f"There is no folder {place}: unpack or clone the whole course again."
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"The disk of {place} is full: make room, or {_COPY}."
        if error.errno == errno.EROFS:
            return f"The disk of {place} can only be read: {_COPY}."
        return f"You may not write into {place}: {_COPY}."
    return ""


def environment_problem(folder: Path) -> str:
    """Return "gone" for an environment whose Python does not run or is another one now, "moved" after a move.

    "" for an environment that fits, and where there is none.
    """
    settings = _settings(folder)
    if not settings:
        return ""
    ready = (folder / ".venv" / "ready").exists()
    code = f"import sys{', numpy' if ready else ''}; print('%d.%d.' % sys.version_info[:2])"
    try:
        done = subprocess.run([str(_python(folder)), "-I", "-c", code], capture_output=True, text=True)
    except OSError:
        return "gone"
    version = done.stdout.strip()
    if done.returncode or not settings.get("version", version).startswith(version):
        return "gone"
    return "moved" if was_moved(folder) else ""


def was_moved(folder: Path) -> bool:
    """Return whether the environment of the folder was made when the folder had another path."""
    made_for = _made_for(_settings(folder))
    return made_for is not None and _same_form(made_for) != _same_form(folder / ".venv")


def _same_form(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _python(folder: Path) -> Path:
    return folder / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _settings(folder: Path) -> dict[str, str]:
    """Return what .venv/pyvenv.cfg says, nothing if there is no such file."""
    try:
        lines = (folder / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _made_for(settings: dict[str, str]) -> Path | None:
    """Return the path of the environment at the time when it was made, as the venv module has noted it."""
    found = re.search(r" -m venv (?:--.*? )?(/.*|[A-Za-z]:[\\/].*)$", settings.get("command", ""))
    return Path(found.group(1)) if found else None


def mend(folder: Path) -> None:
    """Tell an environment that was moved with its folder the new path: its scripts, mlpkit's place, its kernel."""
    old, new = str(_made_for(_settings(folder)).parent), str(folder)
    environment = folder / ".venv"
    for script in (environment / "bin").glob("*") if os.name != "nt" else ():
        if script.is_file() and not script.is_symlink():
            _mend_script(script, old, new)
    packages = [*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages")]
    for file in (file for folder in packages for file in [*folder.glob("*.pth"), *folder.glob("__editable__*.py")]):
        _replace(file, old, new, _in_python if file.suffix == ".py" else str)
    for file in (file for folder in packages for file in folder.glob("mlpkit-*/direct_url.json")):
        _replace(file, Path(old).as_uri(), Path(new).as_uri())
    for file in environment.glob("share/jupyter/kernels/*/kernel.json"):
        _replace(file, old, new, _in_json)
    _replace(environment / "pyvenv.cfg", old, new)  # the last, so that what was broken off is done again


def _mend_script(script: Path, old: str, new: str) -> None:
    """Give a script of the environment its Python back; a path with a space, or a long one, needs the shell."""
    head, _, body = script.read_bytes().partition(b"\n")
    old_python, new_python = (os.fsencode(f"{path}/.venv/bin/python") for path in (old, new))
    if head == b"#!/bin/sh" and body.startswith(b"'''exec'") and old_python in body:
        body = body.split(b"\n' '''\n", 1)[1]
    elif not (head.startswith(b"#!") and old_python in head):
        if script.name.lower().startswith("activate"):
            _replace(script, old, new)
        return
    exec_line = b"#!/bin/sh\n'''exec' \"" + new_python + b'" "$0" "$@"\n\' \'\'\'\n'
    plain = b"#!" + new_python + b"\n"
    script.write_bytes((exec_line if b" " in plain or len(plain) > 127 else plain) + body)


def _in_json(path: str) -> str:
    return json.dumps(path, ensure_ascii=False)[1:-1]


def _in_python(path: str) -> str:
    """Return a path as it may stand between either kind of quotes."""
    return path.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')


def _replace(file: Path, old: str, new: str, written: Callable[[str], str] = str) -> None:
    """Replace a path in a file; `written` says how a path is written there. A repr escapes only what it must."""
    text = file.read_text(encoding="utf-8")
    forms = {written(old), repr(old)[1:-1], old} if written is _in_python else {written(old)}
    pattern = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    mended = re.sub(pattern, lambda _: written(new), text)
    if mended != text:
        file.write_text(mended, encoding="utf-8")


def main() -> int:
    """Look at the folder above this file; print "well" or "wrong" for make, and lines for the reader beside it."""
    folder = Path(__file__).resolve().parents[1]
    state = environment_problem(folder)
    problems = folder_problems(folder, set_up=state == "gone" or not (folder / ".venv" / "ready").exists())
    for line in problems:
        print(line, file=sys.stderr)
    if problems:
        print("wrong")
        return 1
    if state == "gone":
        print(
            "The Python that .venv was made with is gone, or is another one now: setting up again.", file=sys.stderr
        )
        shutil.rmtree(folder / ".venv", ignore_errors=True)
    elif state == "moved":
        mend(folder)
        print(f"The course's folder has moved to {folder}: its environment has followed.", file=sys.stderr)
    print("well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
