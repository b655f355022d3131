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
from influtics_lab.cli.console import say
from influtics_lab.config import find_bundled
from influtics_lab.errors import ConfigError, MissingExtraError
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

NOTEBOOK: Final = "02_performance_dashboard.ipynb"
HOST: Final = "127.0.0.1"
KERNEL: Final = "influtics-lab-dashboard"
TEMPLATE: Final = "influtics-lab"
_PATIENCE: Final = 60.0  # seconds until the server answers; seen: 1.5 to 4
_IDLE: Final = 120  # seconds after which a kernel whose page has gone is ended


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = "a snapshot's folder, or an archive's; else the bundled sample"
    parser.add_argument("place", type=Path, nargs="?", metavar="PLACE", help=what)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, takes a free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address, open nothing")


def run(options: argparse.Namespace) -> int:
    """Serve; the first line of standard output is the address, as soon as it answers."""
    if find_spec("voila") is None:
        raise MissingExtraError("The dashboard needs Voilà. Install the extra: pip install 'influtics-lab[lab]'")
    said = _checked(options.place)
    port = _free(options.port)
    with tempfile.TemporaryDirectory(prefix="influtics-dashboard-") as folder:
        token = secrets.token_urlsafe(24)
        notebook = _prepare(Path(folder), options.place)
        with _served(notebook, port, token) as server:
            _wait(server, port)
            url = f"http://{HOST}:{port}/?token={token}"
            print(url, flush=True)
            say(f"The dashboard of {said}. Ctrl-C ends.", on_stderr=True)
            if not options.no_browser:
                webbrowser.open(url)
            while server.poll() is None:  # not wait(): with the handler that polars sets, Ctrl-C does not interrupt it
                time.sleep(0.2)
    raise ConfigError(f"The dashboard's server ended by itself with exit code {server.returncode}. Start it again.")


def _prepare(folder: Path, place: Path | None) -> Path:
    """Write the notebook, its kernel and its page's template into a folder; return the notebook.

    The kernel is this interpreter, under a name that no other kernel has: whichever kernels this machine has, the
    notebook runs where this package is.
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


def with_parameters(notebook: bytes, place: Path | None) -> bytes:
    r"""Give the notebook with what it shows written into its cell of parameters; the stored one stays as it is.

    Parameters
    ----------
    notebook : bytes
        The notebook as its file has it.
    place : pathlib.Path or None
        A snapshot's folder or an archive's; None leaves the sample.

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
    given = None if place is None else str(place.absolute())
    for cell in parsed["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            lines = "".join(cell["source"]).splitlines()
            cell["source"] = "\n".join(f"snapshot = {given!r}" if _sets(line) else line for line in lines)
    return orjson.dumps(parsed)


def _sets(line: str) -> bool:
    return line.partition("=")[0].strip() == "snapshot"


def _checked(place: Path | None) -> str:
    """Say what is there, or raise what is wrong with it: a page could only show a traceback."""
    if place is None:
        return "the bundled sample of invented videos"
    if is_archive(place):
        return f"{place}, {plural(Archive(place).snapshots().height, 'snapshot')}"
    return f"{place}, {plural(Snapshot.read(place).manifest['videos'], 'video')}"


def _free(port: int) -> int:
    """Give the port, or any free one for 0; say so now if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ConfigError(f"Port {port} of {HOST} cannot be used: {error}. Choose another --port.") from None
        found: int = probe.getsockname()[1]
        return found


@contextmanager
def _served(notebook: Path, port: int, token: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Voilà in a process group of its own; at the end it ends its kernels, and is waited for."""
    command = [
        sys.executable, "-m", "voila", notebook.name, "--no-browser", "--token", f"--port={port}", f"--Voila.ip={HOST}",
        "--Voila.port_retries=0", "--Voila.log_level=ERROR", f"--MappingKernelManager.cull_idle_timeout={_IDLE}",
        "--MappingKernelManager.cull_interval=30", "--VoilaConfiguration.show_tracebacks=True",
        "--VoilaConfiguration.http_keep_alive_timeout=5", f"--template={TEMPLATE}", "--theme=light",
        f"--KernelSpecManager.allowed_kernelspecs={{{KERNEL!r}}}",
        # A kernel that died is not started anew: the page would look alive, and nothing on it would answer.
        "--KernelRestarter.restart_limit=0", "--KernelRestarter.time_to_dead=1.0",
    ]  # fmt: skip
    # The token goes by the environment, where other users of this machine cannot read it; no key goes there at all.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFLUTICS_", "JPY_"))}
    paths = filter(None, (str(notebook.parent / "jupyter"), kept.get("JUPYTER_PATH", "")))
    (notebook.parent / "voila.json").write_bytes(orjson.dumps({"Voila": {"tornado_settings": _settings(port)}}))
    log = notebook.parent / "voila.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603  # our own interpreter, and arguments that are all made here
            command,
            cwd=notebook.parent,
            env=kept | {"JUPYTER_TOKEN": token, "JUPYTER_PATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield server
        finally:
            _end(server)


def _settings(port: int) -> dict[str, Any]:
    """Return what the server sends with each page: a policy under which no page can ask another host for anything."""
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


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server: asked first, which ends its kernels, then made to (and kernels end with their parent)."""
    for sign, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers: asked for something small, for each page starts a kernel."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            raise ConfigError(
                f"The dashboard's server ended with exit code {server.returncode}. Choose another --port."
            )
        with suppress(OSError, http.client.HTTPException), closing(_connection(port)) as connection:
            connection.request("GET", "/static/none")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise ConfigError(f"The dashboard's server did not answer in {_PATIENCE:.0f} s. Try it again.")


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, port, timeout=5)
