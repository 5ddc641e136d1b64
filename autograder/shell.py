"""IPython's shell as the worker has it: nothing is printed, shown or asked but what is kept for the notebook."""

import functools
import importlib
import io
import linecache
import os
import sys
import traceback
from pathlib import Path

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Type

MAX_TEXT = 100_000  # characters of output that a cell or a call may print


MAX_LINES = 1_000


MAX_IMAGE = 2_000_000  # characters of a base64 image


MAX_OUTPUTS = 100


SHELL_LINES = ("pip", "conda", "mamba", "micromamba", "uv", "sx", "sc", "system")


SHELL_CELLS = ("bash", "sh", "script", "perl", "ruby", "pypy", "python", "python2", "python3", "!", "sx", "system")


CROSSING_MIMES = ("text/plain", "image/png", "image/jpeg")


class Outputs:
    """What one cell or one call has shown so far, as nbformat outputs, capped while it is produced."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.items: list[dict] = []
        self.room, self.lines = MAX_TEXT, MAX_LINES

    def write(self, name: str, text: str) -> None:
        if self.room <= 0 or not text:
            return
        kept = text[: self.room]
        if kept.count("\n") >= self.lines:
            kept = "".join(kept.splitlines(keepends=True)[: self.lines])
        self.lines -= kept.count("\n")
        self.room -= len(kept)
        if len(kept) < len(text) or self.lines <= 0:
            kept, self.room = kept + "\n... output cut here ...\n", 0
        if self.items and self.items[-1].get("name") == name:
            self.items[-1]["text"] += kept
        else:
            self.items.append({"output_type": "stream", "name": name, "text": kept})

    def show(self, kind: str, data: dict, metadata: dict | None, count: int | None = None) -> None:
        kept = {}
        for mime in CROSSING_MIMES:
            value = data.get(mime)
            if isinstance(value, str) and len(value) <= (MAX_TEXT if mime == "text/plain" else MAX_IMAGE):
                kept[mime] = value
            elif isinstance(value, str):
                kept["text/plain"] = f"... {mime} of {len(value)} characters left out ..."
        if kept and len(self.items) < MAX_OUTPUTS:
            extra = {} if count is None else {"execution_count": count}
            self.items.append({"output_type": kind, "data": kept, "metadata": {}, **extra})

    def error(self, name: str, message: str, lines: list[str]) -> None:
        item = {"output_type": "error", "ename": name[:200], "evalue": message[:5000]}
        self.items.append({**item, "traceback": [line[:2000] for line in lines[-60:]]})

    def text(self, name: str) -> str:
        return "".join(item["text"] for item in self.items if item.get("name") == name)


outputs = Outputs()


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a worker."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        outputs.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        outputs.show("execute_result", format_dict, md_dict, self.prompt_count)


class Publisher(DisplayPublisher):
    def publish(self, data: dict, metadata: dict | None = None, *args: object, **kwargs: object) -> None:
        outputs.show("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        outputs.clear()


class Shell(InteractiveShell):
    """IPython as a notebook has it, without a kernel."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def showtraceback(self, exc_tuple: tuple | None = None, *args: object, **kwargs: object) -> None:
        kind, error, _ = exc_tuple or sys.exc_info()
        if error is not None:
            outputs.error(kind.__name__, message(error), student_traceback(error).splitlines())

    def showsyntaxerror(self, *args: object, **kwargs: object) -> None:
        self.showtraceback()

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list) -> None:
        self.showtraceback((etype, evalue, None))

    def enable_gui(self, gui: str | None = None) -> None:
        pass

    def enable_matplotlib(self, gui: str | None = None) -> tuple:
        return super().enable_matplotlib("inline")  # there is no window and no browser for any other

    def run_cell(self, *args: object, **kwargs: object) -> object:
        importlib.invalidate_caches()  # a module that the cell before has written is there
        return super().run_cell(*args, **kwargs)

    def system(self, cmd: str) -> None:
        """A shell line, however it is written: it fails as in a notebook, and the cell goes on."""
        print(f"there is no shell here: {str(cmd).strip()[:200]!r} did nothing")
        self.user_ns["_exit_code"] = 127

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> object:
        self.system(cmd)
        return SList() if split else ""

    def raw_input(self, prompt: str = "") -> str:
        raise EOFError("a notebook that is graded has nobody to ask for input")


def _shell_line(shell: Shell, name: str, line: str) -> object:
    return shell.getoutput(line) if name in ("sx", "sc") else shell.system(f"{name} {line}")


def _shell_cell(shell: Shell, name: str, line: str, cell: str = "") -> None:
    shell.system(f"%%{name} {line}")


def message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(an exception that cannot be printed)"


def student_traceback(error: BaseException) -> str:
    """The traceback of an exception, from the first frame of a notebook's cell on."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
        first = next((i for i, f in enumerate(frames) if _in_cell(f.filename)), 0)
        lines = []
        for frame in frames[first:][-20:]:
            where = "the notebook" if _in_cell(frame.filename) else Path(frame.filename).name
            lines.append(f"  in {frame.name}, line {frame.lineno} of {where}")
            text = linecache.getline(frame.filename, frame.lineno or 0).rstrip()
            lines += [f"    {text.strip()[:300]}"] if text else []
        if isinstance(error, SyntaxError):
            lines += [f"  line {error.lineno}", f"    {(error.text or '').strip()[:300]}"]
        return "\n".join([*lines, f"{type(error).__name__}: {message(error)[:2000]}"])
    except Exception:
        return "(a traceback that cannot be printed)"


def _in_cell(filename: str) -> bool:
    return filename.startswith("<") or "ipykernel_" in filename


def make_shell() -> Shell:
    """The one shell of the template, with nothing in it that starts a thread or writes a file."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autoindent = False
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = Shell.instance(config=config)
    for name in SHELL_LINES:
        shell.register_magic_function(functools.partial(_shell_line, shell, name), "line", name)
    for name in SHELL_CELLS:
        shell.register_magic_function(functools.partial(_shell_cell, shell, name), "cell", name)
    import matplotlib.pyplot as plt

    shell.enable_matplotlib("inline")
    figure = plt.figure()  # draws once, so that fonts are found here and not in every worker
    figure.add_subplot().set_title("0123")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")
    for cell in ("import sys; 1", "1 / 0", "syntax error"):  # what IPython loads when it is first used
        shell.run_cell(cell, store_history=True)
    shell.reset(new_session=True)
    outputs.clear()
    return shell
