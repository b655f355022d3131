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
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from influtics_lab.archive import Archive, is_archive, open_snapshot
from influtics_lab.cli.console import print_line
from influtics_lab.config import find_bundled
from influtics_lab.errors import ConfigError, MissingExtraError
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural
from influtics_lab.time_zones import check_time_zone

NOTEBOOK: Final = "02_performance_dashboard.ipynb"
HOST: Final = "127.0.0.1"
KERNEL: Final = "influtics-lab-dashboard"
TEMPLATE: Final = "influtics-lab"
_START_TIMEOUT_S: Final = 60.0  # until the server answers; measured: 1.5 to 4
# Voilà without a grammar of international addresses, which nothing here checks: it is three quarters of its import.
_START: Final = "import sys; sys.modules['rfc3987_syntax'] = None; from voila.app import main; main()"
_IDLE_S: Final = 120  # then a kernel whose page was closed is ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = "a snapshot's folder, or an archive's; default: the bundled sample"
    parser.add_argument("place", type=to_location, nargs="?", metavar="PLACE", help=what)
    creators = "a CSV file with the columns link and creator: adds a filter and a column"
    parser.add_argument("--creators", type=Path, metavar="FILE", help=creators)
    thumbnails = "load thumbnails from the host that the data name, which then learns who looks"
    parser.add_argument("--thumbnails", action="store_true", help=thumbnails)
    zone = "the time zone of days and instants, such as Europe/Berlin; default: UTC"
    parser.add_argument("--tz", default="UTC", metavar="ZONE", help=zone)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, chooses a free port")
    parser.add_argument("--no-browser", action="store_true", help="print the address, but open no browser")


def run_command(options: argparse.Namespace) -> int:
    """Serve the dashboard; print its address as the first line of standard output, once it answers."""
    if find_spec("voila") is None:
        raise MissingExtraError("The dashboard needs Voilà. Install the extra: pip install 'influtics-lab[lab]'")
    check_time_zone("--tz", options.tz)
    description, hosts = _describe_source(options.place, thumbnails=options.thumbnails)
    port = _find_port(options.port)
    with tempfile.TemporaryDirectory(prefix="influtics-dashboard-") as folder:
        token = secrets.token_urlsafe(24)
        parameters = {"snapshot": options.place, "creators": options.creators, "thumbnails": options.thumbnails}
        parameters["tz"] = options.tz
        notebook = _prepare_notebook(Path(folder), parameters, f"Dashboard of {description}")
        with _run_server(notebook, port, token, hosts) as server:
            _wait_for_server(server, port)
            url = f"http://{HOST}:{port}/?token={token}"
            print(url, flush=True)
            print_line(f"The dashboard of {description}. Ctrl-C ends.", on_stderr=True)
            if not options.no_browser:
                webbrowser.open(url)
            while server.poll() is None:  # not wait(): polars' signal handler keeps Ctrl-C from it
                time.sleep(0.2)
    raise ConfigError(f"The dashboard's server ended with exit code {server.returncode}. Start it again.")


def _prepare_notebook(folder: Path, parameters: Mapping[str, object], title: str) -> Path:
    """Write notebook, kernel and page template to a folder, and return the notebook's path; its analyses are left out.

    The kernel is this interpreter under a unique name, so that the notebook runs where this package is installed.
    """
    kernel, template = folder / "jupyter" / "kernels" / KERNEL, folder / "jupyter" / "voila" / "templates" / TEMPLATE
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "influtics-lab", "language": "python"}
    (kernel / "kernel.json").write_bytes(orjson.dumps(spec))
    shutil.copytree(Path(__file__).parent / "dashboard_page", template)
    notebook = folder / NOTEBOOK
    parsed = orjson.loads(with_parameters((find_bundled("notebooks") / NOTEBOOK).read_bytes(), parameters))
    parsed["cells"] = [cell for cell in parsed["cells"] if "analysis" not in cell["metadata"].get("tags", [])]
    parsed["metadata"]["title"] = title
    parsed["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": "influtics-lab", "language": "python"}
    notebook.write_bytes(orjson.dumps(parsed))
    return notebook


def with_parameters(notebook: bytes, parameters: Mapping[str, object]) -> bytes:
    r"""Return a copy of a notebook with values written into its parameters cell; a path becomes an absolute text.

    Parameters
    ----------
    notebook : bytes
        The content of the notebook's file.
    parameters : mapping
        Values by name.

    Returns
    -------
    bytes

    Examples
    --------
    >>> cell = {"metadata": {"tags": ["parameters"]}, "source": ["snapshot = None  # the sample\n", "top = 10"]}
    >>> changed = with_parameters(orjson.dumps({"cells": [cell]}), {"snapshot": Path("/data/o'hara")})
    >>> print(orjson.loads(changed)["cells"][0]["source"])
    snapshot = "/data/o'hara"
    top = 10
    """
    parsed: dict[str, Any] = orjson.loads(notebook)
    values = {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in parameters.items()}
    for cell in parsed["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            lines = [(line.partition("=")[0].strip(), line) for line in "".join(cell["source"]).splitlines()]
            cell["source"] = "\n".join(f"{name} = {values[name]!r}" if name in values else line for name, line in lines)
    return orjson.dumps(parsed)


def _describe_source(place: Path | None, *, thumbnails: bool) -> tuple[str, set[str]]:
    """Describe the data to show, with the hosts of thumbnails if they are to be loaded.

    Raise if the data are invalid, since the page could only show a traceback.
    """
    data = open_snapshot(place)
    videos = plural(data.videos.height, "video")
    description = f"{place}, {videos}"
    if place is None:
        description = "the bundled sample of invented videos"
    elif is_archive(place):
        description = f"{place}, {plural(Archive(place).snapshots().height, 'snapshot')}"
    addresses: list[str] = data.videos["thumbnail_url"].drop_nulls().to_list() if thumbnails else []
    return description, {urlsplit(address).netloc for address in addresses if address.startswith("https://")}


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
def _run_server(notebook: Path, port: int, token: str, hosts: Collection[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run Voilà in its own process group; at the end stop it and its kernels, and wait for that.

    Its page may load images from these hosts.
    """
    command = [
        sys.executable, "-c", _START, notebook.name, "--no-browser", "--token", f"--port={port}", f"--Voila.ip={HOST}",
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
    (notebook.parent / "voila.json").write_bytes(
        orjson.dumps({"Voila": {"tornado_settings": _tornado_settings(port, hosts)}})
    )
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


def _tornado_settings(port: int, hosts: Collection[str]) -> dict[str, Any]:
    """Return the server's settings, with a security policy that keeps pages from requesting other hosts."""
    policy = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Voilà's own pages and anywidget need these
        "style-src": "'self' 'unsafe-inline'",
        "img-src": " ".join(["'self' data: blob:", *(f"https://{host}" for host in sorted(hosts))]),
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
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        with suppress(OSError, http.client.HTTPException), closing(connection):
            connection.request("GET", "/static/none")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise ConfigError(f"The dashboard's server did not answer within {_START_TIMEOUT_S:.0f} s. Try again.")
