"""Grading as a function of bytes, on any executor: `grade_bytes(job, submission)`.

Behind it stands an engine for each thread that calls it: a trusted process that has the source and the modules of
the tests in memory and forks once for each submission, and its template of workers (see sandbox.py). Neither grader
nor worker outlives its submission, so the thousandth is graded in the state in which the first one was.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from autograder.notebooks import STUBS, Source, read_source
from autograder.sandbox import Limits, NoSandbox, Template, start_template, wait_ready

FAULT = b'{"status": "fault"'
JOB, SUBMISSION = b"j", b"s"  # what a frame to an engine begins with
GRADER_MEMORY, CPU_SECONDS = 4 * 2**30, 300  # of the process in which one submission's tests run
GRACE = 30.0  # seconds beyond a notebook's own limit until a grader is given up


@dataclass(frozen=True)
class Job:
    """All that the grading of an assignment depends on but the submission."""

    source: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    assignment: str = ""  # by this name the doctor knows what its functions should do
    stubs: tuple[str, str] = STUBS
    limits: Limits = field(default_factory=Limits)
    sandboxed: bool = True

    @cached_property
    def parsed(self) -> Source:
        return read_source(self.source, self.files, self.stubs)

    @cached_property
    def kin(self) -> tuple:
        """Jobs of which this is the same can be graded by one engine: they differ in their cells alone."""
        parsed = self.parsed
        modules, withheld = tuple(parsed.modules(tests=False)), tuple(parsed.withheld)
        files = tuple(sorted(self.files.items()))
        return (self.assignment, self.sandboxed, tuple(vars(self.limits).values()), modules, withheld, files)

    @cached_property
    def key(self) -> str:
        return f"{self.assignment}/{self.parsed.hash}/{self.sandboxed}/{sorted(vars(self.limits).items())}"


class Engine:
    """An engine's process, seen from the one that asks it."""

    def __init__(self, job: Job, brothers: int = 0) -> None:
        package = str(Path(__file__).parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONHASHSEED": "0",
            "NBGRADER_EXECUTION": "autograde",
            "MPLBACKEND": "agg",
            **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }
        # Engines that are wanted together are warmed once and then forked; each has two pipes of its own.
        pipes = [(os.pipe(), os.pipe()) for _ in range(brothers)]
        theirs = [(question[0], answer[1]) for question, answer in pipes]
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from autograder.engine import serve; serve()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True,
            pass_fds=[end for ends in theirs for end in ends],
        )  # fmt: skip
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.brothers = [Brother(job, os.fdopen(q[1], "wb"), os.fdopen(a[0], "rb")) for q, a in pipes]
        for end in (end for ends in theirs for end in ends):
            os.close(end)
        _send(self.stdin, pickle.dumps((replace(job), theirs)))
        self.ready, self.closed, self.key = False, False, job.key

    def grade(self, job: Job, data: bytes) -> dict:
        """The result of one submission. Raises NoSandbox, or OSError if the engine is gone."""
        if not self.ready:
            answer = json.loads(_receive(self.stdout))
            if not answer["ready"]:
                raise NoSandbox(answer["why"])
            self.ready = True
        if job.key != self.key:
            _send(self.stdin, JOB + pickle.dumps(replace(job)))
            self.key = job.key
        _send(self.stdin, SUBMISSION + data)
        return json.loads(_receive(self.stdout))

    def close(self) -> None:
        """End the engine, and with it everything below it."""
        self.closed = True
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        if self.process is None:
            return
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Brother(Engine):
    """An engine that was forked from another one when both were warm."""

    def __init__(self, job: Job, stdin: object, stdout: object) -> None:
        self.stdin, self.stdout, self.process = stdin, stdout, None
        self.ready, self.closed, self.key = False, False, job.key


_mine = threading.local()
_all: list[Engine] = []
_spare: dict[tuple, list[Engine]] = {}  # warmed together, waiting for a thread


def prepare_engines(job: Job, count: int) -> None:
    """Start `count` engines at the price of little more than one, for as many threads."""
    first = Engine(job, count - 1)
    _spare[job.kin] = [first, *first.brothers]
    _all.extend(_spare[job.kin])


def grade_bytes(job: Job, data: bytes) -> dict:
    """Grade one submission; nothing but the arguments decides about the result.

    A result whose status is "fault" says why the machine could not grade it. Raises NoSandbox.
    """
    for attempt in (1, 2):
        engine = warm_engine(job)
        try:
            result = engine.grade(job, data)
        except (OSError, EOFError, ValueError) as error:
            result = {"status": "fault", "why": f"the engine ended: {error or type(error).__name__}"}
            _mine.engines.pop(job.kin).close()
        except NoSandbox:
            _mine.engines.pop(job.kin).close()
            raise
        if result["status"] != "fault" or attempt == 2:
            return result
    raise AssertionError


def warm_engine(job: Job) -> Engine:
    """This thread's engine for a job or one of its kin, started if it is not there yet."""
    engines = _mine.__dict__.setdefault("engines", {})
    if job.kin not in engines or engines[job.kin].closed:
        for old in engines.values():
            old.close()
        engines.clear()
        try:
            engines[job.kin] = _spare[job.kin].pop()
        except (KeyError, IndexError):
            engines[job.kin] = Engine(job)
            _all.append(engines[job.kin])
    return engines[job.kin]


@atexit.register
def close_engines() -> None:
    """End every engine of this process; whoever grades afterwards gets a new one."""
    _spare.clear()
    while _all:
        _all.pop().close()


def _send(pipe: object, data: bytes) -> None:
    pipe.write(struct.pack(">Q", len(data)) + data)
    pipe.flush()


def _receive(pipe: object) -> bytes:
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    (size,) = struct.unpack(">Q", head)
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def serve() -> None:
    """The engine's own process: submissions come on standard input, results go to standard output."""
    with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
        _serve()


def _serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stdin, stdout = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job, brothers = pickle.loads(_read_frame(stdin))
    folder = tempfile.TemporaryDirectory(prefix="autograder-")
    try:
        template = _start(job)
        from autograder import grader

        _warm(job, grader)
        for name, data in job.files.items():
            path = Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        os.chdir(folder.name)
        wait_ready(template)
    except NoSandbox as error:
        for pipe in (stdout, *(os.fdopen(ends[1], "wb") for ends in brothers)):
            _send(pipe, json.dumps({"ready": False, "why": str(error)}).encode())
        return
    gc.collect()
    gc.freeze()
    for ends in brothers:
        second = template.split()
        if os.fork() == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            stdin.close()
            stdout.close()
            template.control.close()
            template = second
            for other in brothers:
                if other != ends:
                    with contextlib.suppress(OSError):
                        os.close(other[0])
                        os.close(other[1])
            stdin, stdout = os.fdopen(ends[0], "rb", buffering=0), os.fdopen(ends[1], "wb")
            break
        second.control.close()
        os.close(ends[0])
        os.close(ends[1])
    _send(stdout, json.dumps({"ready": True}).encode())
    while True:
        try:
            frame = _read_frame(stdin)
        except EOFError:
            break
        if frame.startswith(JOB):
            job = pickle.loads(frame[len(JOB) :])
            _warm(job, grader)
            continue
        result = _grade_in_a_fork(job, frame[len(SUBMISSION) :], template, grader.grade, stdin)
        if result is None:
            break
        if result.startswith(FAULT):
            template.close()
            template = _start(job)
            wait_ready(template)
        _send(stdout, result)
    template.close()
    folder.cleanup()


def _warm(job: Job, grader: object) -> None:
    """Load what the tests import, and compile the instructor's cells."""
    for name in job.parsed.modules(tests=True):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    grader.warm_up(job.parsed, job.assignment)


def _start(job: Job) -> Template:
    return start_template(job.parsed.modules(tests=False), job.parsed.withheld, job.limits, job.sandboxed)


def _read_frame(stdin: object) -> bytes:
    """A frame from an unbuffered pipe: nothing may be read ahead, or `select` would not see it."""
    (size,) = struct.unpack(">Q", _exactly(stdin, 8))
    return _exactly(stdin, size)


def _exactly(stdin: object, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = stdin.read(min(count - len(data), 2**20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def _grade_in_a_fork(job: Job, data: bytes, template: Template, grade: object, stdin: object) -> bytes | None:
    """Grade in a process that is thrown away. None if the one who asked has gone."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: die with the engine
        for what, most in ((resource.RLIMIT_AS, GRADER_MEMORY), (resource.RLIMIT_CPU, CPU_SECONDS)):
            if sys.platform == "linux":
                with contextlib.suppress(ValueError, OSError):
                    resource.setrlimit(what, (most, most))
        try:
            result = grade(job.parsed, job.files, data, template, job.limits, job.assignment)
        except BaseException as error:
            result = {"status": "fault", "why": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    parts, deadline = [], time.monotonic() + job.limits.notebook_seconds + GRACE
    gone = False
    while True:
        ready, _, _ = select.select([reading, stdin], [], [], max(deadline - time.monotonic(), 0))
        if stdin in ready or not ready:  # nothing is asked while this goes on, so this is the end of the input
            gone = stdin in ready
            os.kill(pid, signal.SIGKILL)
            parts = []
            break
        part = os.read(reading, 2**20)
        if not part:
            break
        parts.append(part)
    os.close(reading)
    os.waitpid(pid, 0)
    if gone:
        return None
    result = b"".join(parts)
    return result if result.endswith(b"}") else json.dumps({"status": "fault", "why": "the grader ended"}).encode()
