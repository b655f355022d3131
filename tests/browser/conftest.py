"""A JupyterLab server with folders of its own, and one headless Chromium page that talks to this machine alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from browser.pages import SHOTS, WINDOW, photograph, write_notebooks
from playwright.sync_api import Browser, Page, sync_playwright

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},  # no pop-up over the page
    "apputils-extension/themes": {"adaptive-theme": True},  # the theme of the browser, which a test can change
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight stay in the page, to be found there
}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing outside this machine is asked
]


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = _chromium()
    if found is None:
        pytest.skip("no Chromium on this machine: install it, or name it in the environment variable CHROMIUM")
    return found


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots and logs go."""
    given = os.environ.get(SHOTS)
    folder = Path(given) if given else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without the user's settings, workspaces and keys."""
    base = tmp_path_factory.mktemp("jupyter")
    for name, value in SETTINGS.items():
        file = base / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFLUTICS_", "JUPYTER", "JPY_"))}
    return kept | {
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "IPYTHONDIR": str(base / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
    }


@pytest.fixture(scope="session")
def jupyterlab(
    chromium: str, own_folders: dict[str, str], shots: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a JupyterLab whose root holds a copy of the notebooks."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(NOTEBOOKS, root / "notebooks")
    write_notebooks(root / "notebooks")
    port = _free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=",
        "--ServerApp.allow_root=True", f"--ServerApp.root_dir={root}", "--LabApp.extension_manager=readonly",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with _serving(command, own_folders, root, shots / "jupyterlab.log") as process:
        _wait_for(url + "/api", process)
        yield url


@pytest.fixture(scope="session")
def voila(
    chromium: str, own_folders: dict[str, str], shots: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a Voilà that serves the notebooks of the tests."""
    pytest.importorskip("voila", reason="Voilà is not installed")
    root = tmp_path_factory.mktemp("voila")
    write_notebooks(root)
    port = _free_port()
    command = [
        sys.executable, "-m", "voila", str(root), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1",
        "--show_tracebacks=True",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with _serving(command, own_folders, root, shots / "voila.log") as process:
        _wait_for(url + "/", process)
        yield url


@contextmanager
def _serving(
    command: list[str], environment: dict[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process group of its own, and end the whole group, kernels too, whatever happens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder, start_new_session=True
        )
        try:
            yield process
        finally:
            for sign, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(patience)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}: see its log")
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"no answer from {url} in {seconds:.0f} s")


@pytest.fixture(scope="module")  # Playwright's event loop would be running in the tests that come after
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def console_errors() -> list[str]:
    return []


@pytest.fixture(scope="module")
def lab_page(browser: Browser) -> Page:
    """A page in which JupyterLab stays open: to load it takes longer than to run most notebooks."""
    return browser.new_page()


@pytest.fixture
def page(browser: Browser, console_errors: list[str], shots: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of its own, or the one of JupyterLab for a test in JupyterLab."""
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    in_lab = "jupyterlab" in request.fixturenames or params.get("place") == "jupyterlab"
    page = request.getfixturevalue("lab_page") if in_lab else browser.new_page()
    page.set_viewport_size(WINDOW)
    listeners = {
        "console": lambda message: console_errors.append(message.text) if message.type == "error" else None,
        "pageerror": lambda error: console_errors.append(f"uncaught: {error}"),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    yield page
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    photograph(page, shots / f"{request.node.name}_last.png")
    if not in_lab:
        page.close()
