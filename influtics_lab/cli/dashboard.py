"""``influtics-lab dashboard``: notebook 02 as a web page on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson

from influtics_lab.archive import Archive, is_archive
from influtics_lab.cli.console import print_line
from influtics_lab.config import find_bundled
from influtics_lab.errors import ConfigError, MissingExtraError
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural

NOTEBOOK: Final = "02_performance_dashboard.ipynb"
HOST: Final = "127.0.0.1"
KERNEL: Final = "influtics-lab-dashboard"
TEMPLATE: Final = "influtics-lab"
_START_TIMEOUT_S: Final = 60.0  # until the server answers; measured: 1.5 to 4
_IDLE_S: Final = 120  # then a kernel whose page was closed is ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = "a snapshot's folder, or an archive's; default: the bundled sample"
    parser.add_argument("place", type=to_location, nargs="?", metavar="PLACE", help=what)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, chooses a free port")
    parser.add_argument("--no-browser", action="store_true", help="print the address, but open no browser")


def run_command(options: argparse.Namespace) -> int:
    """Serve the dashboard; print its address as the first line of standard output, once it answers."""
    if find_spec("voila") is None:
        raise MissingExtraError("The dashboard needs Voilà. Install the extra: pip install 'influtics-lab[lab]'")
    description = _describe_source(options.place)
    port = _find_port(options.port)
    with tempfile.TemporaryDirectory(prefix="influtics-dashboard-") as folder:
        token = secrets.token_urlsafe(24)
        notebook = _prepare_notebook(Path(folder), options.place)
        with _run_server(notebook, port, token) as server:
            _wait_for_server(server, port)
            url = f"http://{HOST}:{port}/?token={token}"
            print(url, flush=True)
            print_line(f"The dashboard of {description}. Ctrl-C ends.", on_stderr=True)
            if not options.no_browser:
                webbrowser.open(url)
            while server.poll() is None:  # not wait(): polars' signal handler keeps Ctrl-C from it
                time.sleep(0.2)
    raise ConfigError(f"The dashboard's server ended with exit code {server.returncode}. Start it again.")


def _prepare_notebook(folder: Path, place: Path | str | None) -> Path:
    """Write the notebook, its kernel and its page template to a folder; return the notebook's path.

    The kernel is this interpreter under a unique name, so that the notebook runs where this package is installed.
    """
    kernel, template = folder / "jupyter" / "kernels" / KERNEL, folder / "jupyter" / "voila" / "templates" / TEMPLATE
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "influtics-lab", "language": "python"}
    (kernel / "kernel.json").write_bytes(orjson.dumps(spec))
    shutil.copytree(Path(__file__).parent / "dashboard_page", template)
    notebook = folder / NOTEBOOK
    stored = with_parameters((find_bundled("notebooks") / NOTEBOOK).read_bytes(), place)
    parsed = orjson.loads(stored)
    parsed["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": "influtics-lab", "language": "python"}
    notebook.write_bytes(orjson.dumps(parsed))
    return notebook


def with_parameters(notebook: bytes, place: Path | str | None) -> bytes:
    r"""Return a copy of a notebook with the snapshot's path written into its parameters cell.

    Parameters
    ----------
    notebook : bytes
        The content of the notebook's file.
    place : pathlib.Path or None
        A snapshot's folder or an archive's; None shows the sample.

    Returns
    -------
    bytes

    Examples
    --------
    >>> cell = {"metadata": {"tags": ["parameters"]}, "source": ["snapshot = None  # the sample\n", "top = 10"]}
    >>> changed = with_parameters(orjson.dumps({"cells": [cell]}), Path("/data/o'hara"))
    >>> print(orjson.loads(changed)["cells"][0]["source"])
    snapshot = "/data/o'hara"
    top = 10
    """
    parsed: dict[str, Any] = orjson.loads(notebook)
    snapshot = None if place is None else str(place if isinstance(place, str) else place.absolute())
    for cell in parsed["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            lines = "".join(cell["source"]).splitlines()
            cell["source"] = "\n".join(f"snapshot = {snapshot!r}" if _sets_snapshot(line) else line for line in lines)
    return orjson.dumps(parsed)


def _sets_snapshot(line: str) -> bool:
    return line.partition("=")[0].strip() == "snapshot"


def _describe_source(place: Path | str | None) -> str:
    """Describe the data to show; raise if it is invalid, since the page could only show a traceback."""
    if place is None:
        return "the bundled sample of invented videos"
    if is_archive(place):
        return f"{place}, {plural(Archive(place).snapshots().height, 'snapshot')}"
    return f"{place}, {plural(Snapshot.read(place).manifest['videos'], 'video')}"


def _find_port(port: int) -> int:
    """Return the port, or a free one for 0; raise ConfigError if it is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigError(f"Port {port} of {HOST} cannot be used: {error}. Choose another --port.") from None
        free_port: int = probe.getsockname()[1]
        return free_port


@contextmanager
def _run_server(notebook: Path, port: int, token: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Voilà in its own process group; at the end stop it and its kernels, and wait for that."""
    command = [
        sys.executable, "-m", "voila", notebook.name, "--no-browser", "--token", f"--port={port}", f"--Voila.ip={HOST}",
        "--Voila.port_retries=0", "--Voila.log_level=ERROR", f"--MappingKernelManager.cull_idle_timeout={_IDLE_S}",
        "--MappingKernelManager.cull_interval=30", "--VoilaConfiguration.show_tracebacks=True",
        "--VoilaConfiguration.http_keep_alive_timeout=5", f"--template={TEMPLATE}", "--theme=light",
        f"--KernelSpecManager.allowed_kernelspecs={{{KERNEL!r}}}",
        # A dead kernel is not restarted: the page would look alive, but its controls would do nothing.
        "--KernelRestarter.restart_limit=0", "--KernelRestarter.time_to_dead=1.0",
    ]  # fmt: skip
    # The environment carries the token, since other users of this machine cannot read it; the API key is left out.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INFLUTICS_", "JPY_"))}
    paths = filter(None, (str(notebook.parent / "jupyter"), environment.get("JUPYTER_PATH", "")))
    (notebook.parent / "voila.json").write_bytes(orjson.dumps({"Voila": {"tornado_settings": _tornado_settings(port)}}))
    log = notebook.parent / "voila.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603  # our own interpreter, and no arguments from outside
            command,
            cwd=notebook.parent,
            env=environment | {"JUPYTER_TOKEN": token, "JUPYTER_PATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield server
        finally:
            _end_server(server)


def _tornado_settings(port: int) -> dict[str, Any]:
    """Return the server's settings, with a security policy that keeps pages from requesting other hosts."""
    policy = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",  # Voilà's own pages need both
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' ws://{HOST}:{port} blob: data:",
        "frame-ancestors": "'self'",
        "form-action": "'self'",
        "base-uri": "'self'",
        "object-src": "'none'",
    }
    text = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    headers = {"Content-Security-Policy": text, "Referrer-Policy": "no-referrer"}
    mathjax = f"http://{HOST}:{port}/voila/templates/{TEMPLATE}/static/no-mathjax.js"
    return {"headers": headers, "mathjax_url": mathjax}


def _end_server(server: subprocess.Popen[bytes]) -> None:
    """Stop the server and its kernels: first with SIGTERM, then with SIGKILL."""
    for signal_number, timeout_s in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal_number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout_s)
            return


def _wait_for_server(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers a request for a static file; a page would start a kernel."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ConfigError(
                f"The dashboard's server ended with exit code {server.returncode}. Choose another --port."
            )
        with suppress(OSError, http.client.HTTPException), closing(_open_connection(port)) as connection:
            connection.request("GET", "/static/none")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise ConfigError(f"The dashboard's server did not answer within {_START_TIMEOUT_S:.0f} s. Try again.")


def _open_connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, port, timeout=5)
