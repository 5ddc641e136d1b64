"""A real JupyterLab and a real browser, one of each for the whole run."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "course"  # of a server that listens to this machine alone, for the minutes of the test


class Lab:
    """A running JupyterLab that serves a copy of the course, and pages opened on it."""

    def __init__(self, url: str, home: Path, browser: object, folder: Path) -> None:
        self.url, self.home, self.browser, self.folder = url, home, browser, folder

    def write(self, notebook: str, *cells: str) -> None:
        """Write a notebook with these cells of code beside the lessons."""
        made = new_notebook(cells=[new_code_cell(code) for code in cells])
        made.metadata["kernelspec"] = {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        }
        nbformat.write(made, self.folder / notebook)

    def open(
        self, notebook: str, width: int = 1300, height: int = 1000, theme: str = "light", **context: object
    ) -> object:
        """Return a page with the notebook open and its kernel started; `context` is what Playwright calls so."""
        page = self.browser.new_page(viewport={"width": width, "height": height}, **context)
        page.goto(f"{self.url}/lab/tree/{notebook}?reset&token={TOKEN}")
        page.wait_for_function("window.jupyterapp?.commands", timeout=60_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(".jp-StatusBar-Widget >> text=/ipykernel.*Idle/", timeout=60_000)
        if theme == "dark":
            self.command(page, "apputils:change-theme", {"theme": "JupyterLab Dark"})
        page.evaluate("() => { const a = window.jupyterapp; if (!a.shell.leftCollapsed) a.shell.collapseLeft(); }")
        return page

    def open_in_notebook_7(self, notebook: str, width: int = 1300, height: int = 1000) -> object:
        """Return a page of Notebook 7, which the same server serves, with the notebook open and its kernel ready."""
        page = self.browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{self.url}/notebooks/{notebook}?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
        return page

    def command(self, page: object, name: str, arguments: dict | None = None) -> None:
        """Execute one of Lab's commands and wait until it is done, five minutes at most."""
        run = """([name, args]) => {
            window.done = false;
            window.jupyterapp.commands.execute(name, args).then(() => { window.done = true; });
        }"""
        page.evaluate(run, [name, arguments or {}])
        page.wait_for_function("window.done", timeout=300_000)

    def run_all(self, page: object) -> list[str]:
        """Run every cell and return the errors that the page shows."""
        self.command(page, "notebook:run-all-cells")
        return page.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedError").all_inner_texts()

    def close(self, page: object) -> None:
        """Close the page and end its kernel."""
        page.close()
        for kernel in self.api("GET", "kernels"):
            self.api("DELETE", f"kernels/{kernel['id']}")

    def predictions(self) -> dict:
        """Return what the reader's file of predictions holds."""
        return json.loads((self.home / "predictions.json").read_text())

    def api(self, method: str, path: str) -> list[dict] | None:
        """Ask the server and return its answer."""
        request = urllib.request.Request(f"{self.url}/api/{path}?token={TOKEN}", method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_lab(folder: Path, *arguments: str, home: Path) -> tuple[subprocess.Popen, str]:
    """Start JupyterLab in `folder` and return its process and address, when it answers."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "MLPKIT_PREDICTIONS": str(home / "predictions.json"),
    }
    command = [str(Path(sys.executable).parent / "jupyter"), "lab", "--no-browser", "--allow-root"]
    command += [
        "--expose-app-in-browser",
        f"--ServerApp.port={url.rsplit(':', 1)[1]}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    log = (home / "lab.log").open("w")
    process = subprocess.Popen([*command, *arguments], cwd=folder, env=environment, stdout=log, stderr=log)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=1)
            return process, url
        except OSError:
            assert process.poll() is None, (home / "lab.log").read_text()
            time.sleep(0.1)
    raise AssertionError("JupyterLab did not answer within 30 seconds:\n" + (home / "lab.log").read_text())


def stop_lab(process: subprocess.Popen) -> None:
    """End a JupyterLab, which first ends its kernels; one that takes its time is killed."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Headless Chromium, driven by Playwright; skipped where there is none, but not in CI."""
    if not Path(CHROMIUM).exists():
        assert os.environ.get("CI") != "true", f"CI needs {CHROMIUM}: .ci/run installs it"
        pytest.skip(f"no browser: {CHROMIUM} does not exist")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a copy of lessons/, so that a run leaves the course as it is."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "lessons", folder / "lessons")
    home = tmp_path_factory.mktemp("home")
    process, url = start_lab(folder, home=home)
    yield Lab(url, home, browser, folder)
    stop_lab(process)


def explorer_count(notebook: str) -> int:
    """Return how many explorers a lesson makes, read from its code."""
    text = (ROOT / notebook).read_text()
    made = re.findall(r"widgets\.(\w+)\(", text)
    return len([name for name in made if name not in ("predict", "ask", "recall", "progress", "working")])


def violations(page: object, selector: str) -> list[str]:
    """Return what axe-core calls serious or critical within the elements selected."""
    if not AXE.exists():
        assert os.environ.get("CI") != "true", "CI needs axe-core: .ci/run installs it"
        pytest.skip("no axe-core: .ci/run installs it with npm")
    page.add_script_tag(path=str(AXE))
    result = page.evaluate(
        "(selector) => axe.run({ include: [[selector]] }, { resultTypes: ['violations'] })", selector
    )
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in result["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
