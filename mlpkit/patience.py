"""A limit on time for code that may never end, and the name of the function that kept it from ending."""

import ctypes
import os
import sys
import sysconfig
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FrameType

from mlpkit.freshness import current_shell

VALIDATED_CELL = 20.0  # seconds
_SAMPLES = 20
_LIBRARIES = tuple(
    str(Path(path)) + os.sep
    for path in {*map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")), Path(__file__).parent}
)


class TimeUp(BaseException):
    """What stops the code. No Exception, so that a student's `except Exception` does not swallow it."""

    def _render_traceback_(self) -> list[str]:
        return ["This cell was stopped: it took too long."]


class NeverEnded(TimeoutError):
    """Code was stopped after `seconds`. `function` is the name of the one at fault, "" when that is not known."""

    def __init__(self, function: str, seconds: float) -> None:
        self.function, self.seconds = function, seconds
        what = function or "This"
        super().__init__(
            f"{what} did not come to an end within {seconds:g} seconds: is there a loop that never ends? "
            "Mend it and run its cell again."
        )


class time_limit:
    """Raise NeverEnded if the block takes longer than `seconds`.

    A second thread raises an exception in the block's, at the next line of Python that it comes to: a loop in Python
    or over NumPy's functions stops at once, a single call that computes in C when it returns. The function at fault
    is the innermost of the notebook's functions that was running all through the second half of the time. If
    `refuse`, its name is bound to a function that raises NeverEnded at once, until its cell is run again. Where no
    thread can be started (Python in a browser) there is no limit.
    """

    def __init__(self, seconds: float, refuse: bool = False) -> None:
        self.seconds, self.refuse = seconds, refuse
        self._stack: list[FrameType] | None = None
        self._over, self._lock, self._fired = threading.Event(), threading.Lock(), False

    def __enter__(self) -> "time_limit":
        self._thread = threading.get_ident()
        self._outer = _stack_of(self._thread)
        try:
            threading.Thread(target=self._watch, daemon=True).start()
        except RuntimeError:
            self._over.set()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        try:
            self._close()
        except TimeUp:  # it was sent just before the end
            self._close()
        stack = self._stack or []
        inner = stack[len(_common(self._outer, stack)) :]
        self._outer = self._stack = None  # frames keep whatever they hold alive
        if self._fired and (kind is None or issubclass(kind, TimeUp | Exception)):
            raise self._blame(inner) from None

    def _close(self) -> None:
        with self._lock:
            self._over.set()
            _raise_in(self._thread, None)  # take back what has not arrived

    def _watch(self) -> None:
        for sample in range(_SAMPLES):
            if self._over.wait(self.seconds / _SAMPLES):
                return
            if sample >= _SAMPLES // 2:
                self._stack = _common(self._stack, _stack_of(self._thread))
        while True:  # more than once, for a bare `except:` may swallow it
            with self._lock:
                if self._over.is_set():
                    return
                self._fired = True
                _raise_in(self._thread, TimeUp)
            if self._over.wait(0.05):
                return

    def _blame(self, stack: list[FrameType]) -> NeverEnded:
        for frame in reversed(stack):
            if is_library(frame.f_code.co_filename):
                continue
            name = frame.f_code.co_qualname.partition(".")[0]
            if name == "<module>":
                break
            stopped = NeverEnded(name, self.seconds)
            if self.refuse and callable(frame.f_globals.get(name)):
                frame.f_globals[name] = _refusing(frame.f_globals[name], stopped)
            return stopped
        return NeverEnded("", self.seconds)


def limit_validated_cells() -> None:
    """While nbgrader validates a notebook, stop every cell after 20 seconds, so that an answer comes soon."""
    shell = current_shell()
    if shell is None or os.environ.get("NBGRADER_EXECUTION") != "validate":
        return
    running: list[time_limit] = []

    def begin(_: object) -> None:
        running.append(time_limit(VALIDATED_CELL, refuse=True).__enter__())

    def end(_: object) -> None:
        try:
            for limit in (running.pop() for _ in range(len(running))):
                limit.__exit__(None, None, None)
        except NeverEnded as stopped:
            print(stopped)

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", end)


def _refusing(function: Callable, stopped: NeverEnded) -> Callable:
    @wraps(function)
    def refuse(*arguments: object, **named: object) -> object:
        raise NeverEnded(stopped.function, stopped.seconds)

    refuse.never_ended = stopped
    return refuse


def is_library(file: str) -> bool:
    """Return whether a file of code belongs to Python, to an installed package or to mlpkit, not to a notebook."""
    return file.startswith(("<frozen", *_LIBRARIES))


def _stack_of(thread: int) -> list[FrameType]:
    """Return the frames of a thread, the outermost first."""
    frame, stack = sys._current_frames().get(thread), []
    while frame is not None:
        stack.append(frame)
        frame = frame.f_back
    return stack[::-1]


def _common(before: list[FrameType] | None, now: list[FrameType]) -> list[FrameType]:
    """Return the beginning that two stacks share: what runs only now and then is not at fault."""
    if before is None:
        return now
    shared = 0
    while shared < min(len(before), len(now)) and before[shared] is now[shared]:
        shared += 1
    return now[:shared]


def _raise_in(thread: int, kind: type | None) -> None:
    exception = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), exception)
