"""Starts the template of the workers inside bubblewrap, in a file system where answers do not exist.

What is in there, read-only: Python, the packages that are installed beside it, mlpkit without the withheld rooms,
and the three files of this package that a worker is made of. What is not: the course, the environment, the network,
other processes. Each submission then gets namespaces of its own (see confine.py).
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

COURSE = "/course"  # where mlpkit and the worker's own files are, inside
ENVIRONMENT = "/environment"
WORKER_FILES = tuple(f"{n}.py" for n in ("__init__", "channel", "confine", "protocol", "replies", "shell", "worker"))
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


class NoSandbox(RuntimeError):
    """This machine cannot shut a submission in; the message says what to do."""


@dataclass
class Limits:
    """What one submission may use, and how much of it runs.

    Seconds are of wall time; `memory` is of the worker's processes together, in bytes.
    """

    call_seconds: float = 20.0
    cell_seconds: float = 30.0
    notebook_seconds: float = 180.0
    replays: int = 6
    memory: int = 3 * 2**30
    processes: int = 32
    file_bytes: int = 64 * 2**20
    tmp_bytes: int = 128 * 2**20
    cpu_seconds: int = 600
    run_all: bool = False  # also what comes after the last question
    until_lost: bool = False  # nothing of what comes after the first test that is not passed


@dataclass
class Template:
    """A warm template process: `fork()` gives a new worker."""

    process: subprocess.Popen | None
    control: socket.socket
    sandboxed: bool
    map_user: bool
    limits: Limits = field(default_factory=Limits)

    def fork(self, seed: int) -> "Worker":
        """A worker that has shut itself in. Raises NoSandbox if it could not, OSError if the template is gone."""
        # A signal between request and reply would leave the reply to whoever asks next, who would then watch, and
        # kill, another worker: none is let in, and replies have numbers.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGINT, signal.SIGTERM})
        try:
            return self._fork(seed)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _fork(self, seed: int) -> "Worker":
        ours, theirs = socket.socketpair()
        number = secrets.randbits(62)
        # As root, workers become a user that nobody else is, so that the limit on processes counts theirs alone.
        root = os.geteuid() == 0
        request = {
            "limits": vars(self.limits),
            "uid": 1_000_000 + os.getpid() if root else os.getuid(),
            "gid": 1_000_000 + os.getpid() if root else os.getgid(),
            "seed": seed,
            "number": number,
            "folder": "/tmp/notebook"
            if self.sandboxed
            else os.path.join(os.environ.get("TMPDIR", "/tmp"), "notebook"),
        }
        with theirs:
            socket.send_fds(self.control, [json.dumps(request).encode()], [theirs.fileno()])
        reply, descriptors = self._reply(number)
        if "pid" not in reply:
            raise NoSandbox(reply["why"])
        worker = Worker(ours, reply["pid"], descriptors[0] if descriptors else None, self.limits.memory)
        ours.settimeout(30)
        hello = b""
        while not hello.endswith(b"\n"):
            part = ours.recv(1)
            if not part:
                raise NoSandbox("a worker died while it was being shut in")
            hello += part
        answer = json.loads(hello)
        if not answer["ready"]:
            worker.kill()
            raise NoSandbox(answer["why"])
        return worker

    def _reply(self, number: int) -> tuple[dict, list[int]]:
        """The reply to this request; those to earlier ones, which nobody waits for any more, are thrown away."""
        self.control.settimeout(30)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.control, 2**16, 1)
            if not message:
                raise OSError("the template of the workers has ended")
            reply = json.loads(message)
            if reply.get("number") == number:
                return reply, descriptors
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                os.close(descriptor)

    def split(self) -> "Template":
        """A second template in the same sandbox, at the price of a fork; it lives no longer than this one."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self.control, [json.dumps({"split": True}).encode()], [theirs.fileno()])
        return replace(self, process=None, control=ours)

    def close(self) -> None:
        self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Worker:
    """A worker's process as the grader sees it: a socket and a pidfd."""

    def __init__(self, sock: socket.socket, pid: int, pidfd: int | None, memory: int) -> None:
        self.sock, self.pid, self.pidfd, self.memory = sock, pid, pidfd, memory

    def kill(self) -> None:
        """Kill it and all that it started; returns when they are dead."""
        self.sock.close()
        if self.pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            # Process 1 of a PID namespace is reaped after all the others in it, so this waits for every one of them.
            poll = select.poll()
            poll.register(self.pidfd, select.POLLIN)
            if not poll.poll(30_000):
                raise OSError("a worker could not be killed")
            os.close(self.pidfd)
            self.pidfd = None
        else:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(self.pid, 9)

    def over_memory(self) -> bool:
        """Whether its processes together hold more memory than they may (rlimits count each alone)."""
        if self.pidfd is None:
            return False
        try:
            info = Path(f"/proc/self/fdinfo/{self.pidfd}").read_text()
            pid = int(info.partition("Pid:")[2].split()[0])
        except (OSError, ValueError, IndexError):
            return False
        return _tree_memory(pid) > self.memory


def _tree_memory(root: int) -> int:
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except (OSError, ValueError):
            continue
    return total


def start_template(modules: list[str], withheld: list[str], limits: Limits, sandboxed: bool = True) -> Template:
    """Start a template with `modules` imported ahead and the rooms `withheld` of mlpkit absent.

    Raises NoSandbox with what to do where no sandbox can be had.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    root = os.geteuid() == 0
    code = f"from autograder.worker import template; template({theirs.fileno()})"
    if sandboxed:
        command = [*bubblewrap(withheld, root), "--", _inside(sys.executable), "-c", code]
        environment = {}
    else:
        command, environment = (
            [sys.executable, "-c", code],
            {**os.environ, **_environment(os.path.dirname(_package("autograder")))},
        )
        environment.pop("MPLCONFIGDIR")
    process = subprocess.Popen(
        command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        cwd="/", start_new_session=True,
    )  # fmt: skip
    theirs.close()
    settings = {"modules": modules, "withheld": withheld, "sandboxed": sandboxed, "map_user": sandboxed and not root}
    ours.sendall(json.dumps(settings).encode())
    return Template(process, ours, sandboxed, settings["map_user"], limits)


def wait_ready(template: Template, seconds: float = 120) -> None:
    """Wait until the template has imported everything. Raises NoSandbox with bubblewrap's own words if it has not."""
    template.control.settimeout(seconds)
    try:
        message = template.control.recv(2**16)
    except TimeoutError:
        message = b""
    if not message:
        template.process.kill()
        words = (template.process.stderr.read() or b"").decode(errors="replace").strip().splitlines()
        raise NoSandbox(f"the sandbox did not start: {words[-1] if words else 'no reason given'}")
    reply = json.loads(message)
    if not reply["ready"]:
        raise NoSandbox(reply["why"])


def bubblewrap(withheld: list[str], root: bool) -> list[str]:
    """The command line of bubblewrap up to the program."""
    program = shutil.which("bwrap")
    if program is None:
        raise NoSandbox("bubblewrap (bwrap) is not installed: apt install bubblewrap, or dnf install bubblewrap")
    command = [program, "--die-with-parent", "--new-session", "--clearenv"]
    if root:
        command += ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--cap-drop", "ALL"]
        command += [word for name in CAPABILITIES for word in ("--cap-add", name)]
    else:
        command += ["--unshare-all"]
    for name, value in _environment(COURSE).items():
        command += ["--setenv", name, value]
    folders = _read_only()
    for ancestor in sorted(
        {
            str(p)
            for f in [*map(_inside, folders), f"{COURSE}/mlpkit/x", f"{COURSE}/autograder/x"]
            for p in Path(f).parents
        }
        - {"/"}
    ):
        command += ["--perms", "0755", "--dir", ancestor]  # bubblewrap's own would be closed to the workers' user
    for folder in folders:
        command += ["--ro-bind", folder, _inside(folder)]
    for name in ("mlpkit", "autograder"):  # an installed copy would hold what is withheld
        for path in sys.path:
            if path.endswith("site-packages") and os.path.isdir(os.path.join(path, name)):
                command += ["--tmpfs", os.path.join(_inside(path), name)]
    command += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    for source, target in _course_files(withheld):
        command += ["--ro-bind", source, target]
    return [*command, "--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/tmp"]


def _inside(path: str) -> str:
    """Where a path of this machine is found in the sandbox.

    A virtual environment moves to a place of its own, so that it may lie anywhere, in /tmp too, which is private.
    """
    if sys.prefix != sys.base_prefix and (path == sys.prefix or path.startswith(sys.prefix + os.sep)):
        return ENVIRONMENT + path[len(sys.prefix) :]
    return path


def _environment(course: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": course,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "NBGRADER_EXECUTION": "autograde",
        "IPYTHONDIR": "/tmp/ipython",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _read_only() -> list[str]:
    """The folders that Python runs from, and the system's libraries; no folder twice."""
    wanted = [
        sys.prefix,
        sys.base_prefix,
        "/lib",
        "/lib64",
        "/lib32",
        "/usr/lib",
        "/usr/lib64",
        "/usr/share/zoneinfo",
    ]
    wanted += ["/etc/ld.so.cache", "/etc/localtime", os.path.dirname(os.path.realpath(sys.executable))]
    found: list[str] = []
    for folder in wanted:
        if os.path.exists(folder) and not any(folder == f or folder.startswith(f + "/") for f in found):
            found.append(folder)
    return found


def _package(name: str) -> str:
    import mlpkit

    return os.path.dirname(__file__ if name == "autograder" else mlpkit.__file__)


def _course_files(withheld: list[str]) -> list[tuple[str, str]]:
    files = [(os.path.join(_package("autograder"), name), f"{COURSE}/autograder/{name}") for name in WORKER_FILES]
    hidden = {*withheld, *(f"{room}.py" for room in withheld), "__pycache__"}
    rooms = _package("mlpkit")
    files += [(os.path.join(rooms, e), f"{COURSE}/mlpkit/{e}") for e in sorted(os.listdir(rooms)) if e not in hidden]
    import matplotlib

    cache = Path(matplotlib.get_cachedir())
    if not list(cache.glob("fontlist-*.json")):
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=False, capture_output=True)
    files += [(str(found), f"/tmp/matplotlib/{found.name}") for found in cache.glob("fontlist-*.json")]
    return files
