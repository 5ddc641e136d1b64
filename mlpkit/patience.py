"""A limit on time for code that may never end, and the name of the function that kept it from ending."""

import _thread
import os
import signal
import sys
import sysconfig
import threading
import time
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

    A second thread interrupts the main one, as Ctrl+C does: a loop in Python or over NumPy's functions stops at once,
    and so does a call that waits; one that computes in C stops on its return. The function at fault is the innermost
    of the notebook's functions that was running all through the second half of the time. If `refuse`, its name is
    bound to a function that raises NeverEnded at once, until its cell is run again. There is no limit where no thread
    can be started (Python in a browser), and none for a block outside of the main thread.
    """

    def __init__(self, seconds: float, refuse: bool = False) -> None:
        self.seconds, self.refuse = seconds, refuse
        self._stack: list[FrameType] | None = None
        self._over, self._lock = threading.Event(), threading.Lock()
        self._is_set = self._sent = self._closing = False
        self._stops = 0

    def __enter__(self) -> "time_limit":
        self._thread = threading.get_ident()
        self._outer = _stack_of(self._thread)
        if threading.current_thread() is not threading.main_thread():
            return self
        try:
            threading.Thread(target=self._watch, daemon=True).start()
        except RuntimeError:
            return self
        self._previous, self._is_set = signal.signal(signal.SIGINT, self._stop), True
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        self._closing = True
        if not self._is_set:
            return
        with self._lock:
            self._over.set()
        for _ in range(200):
            if not self._sent:
                break
            time.sleep(0.001)  # what was sent just before the end arrives here, and does no harm
        signal.signal(signal.SIGINT, self._previous)
        stack = self._stack or []
        inner = stack[len(_common(self._outer, stack)) :]
        self._outer = self._stack = None  # frames keep whatever they hold alive
        if self._stops and (kind is None or issubclass(kind, TimeUp | Exception)):
            raise self._blame(inner) from None

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
                self._sent = True
                _interrupt(self._thread)
            if self._over.wait(0.1):
                return

    def _stop(self, number: int, frame: FrameType) -> None:
        """Take the interrupt in the main thread: pass on what a reader sent, stop the block for what we did."""
        if not self._sent:
            previous = self._previous if callable(self._previous) else signal.default_int_handler
            previous(number, frame)
            return
        self._sent = False
        leaves = frame.f_code.co_name == "__exit__" and is_library(frame.f_code.co_filename)
        if self._closing or leaves:
            return
        self._stops += 1
        if self._stops > 2:
            _stop_at_next_line(frame)
        raise TimeUp

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


def _interrupt(thread: int) -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)  # which also wakes a call that waits
    else:
        _thread.interrupt_main()


def _stop_at_next_line(frame: FrameType | None) -> None:
    """Stop also a loop whose bare `except:` swallows everything: by an exception in the line that comes after it."""

    def trace(frame: FrameType, event: str, _: object) -> Callable | None:
        if is_library(frame.f_code.co_filename):
            return None
        if event == "line":
            sys.settrace(None)
            raise TimeUp
        return trace

    sys.settrace(trace)
    while frame is not None and not is_library(frame.f_code.co_filename):
        frame.f_trace = trace
        frame = frame.f_back
