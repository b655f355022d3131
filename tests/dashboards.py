"""The dashboard as a process of its own, for the tests that look at what it serves."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from importlib.util import find_spec
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "influtics-lab"
needs_voila = pytest.mark.skipif(find_spec("voila") is None, reason="Voilà is not installed")  # not imported: 3 s


@contextmanager
def dashboard(folder: Path, *words: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it in an environment of its own, give its address, and end it whatever happens."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFLUTICS_", "JPY_"))}
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = kept | own | {"IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(folder)}
    environment["INFLUTICS_API_KEY"] = "sk-very-secret-4711"
    command = [COMMAND, "dashboard", "--no-browser", *map(str, words)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            ready, _, _ = select.select([server.stdout], [], [], 60)
            assert ready, "no first line"
            yield server, server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait(30)


def page(url: str) -> str:
    """Open the page as a browser does, which keeps the cookie that the token gives."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(url, timeout=60) as answered:
        return answered.read().decode()
