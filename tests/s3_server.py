"""A real S3 server on this machine: moto's, in a process of its own that all workers share and that ends when idle.

``python tests/s3_server.py FILE`` writes its address into FILE. ``GET /-/counts`` returns the numbers of requests and
of bytes up and down since the last such request.

With INFLUTICS_LAB_GCS=PROGRAM it is a server of Google's storage in the process that asks, see ``gcs_server.py``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.gcs_server import BUCKET, start_server

IDLE_S = 60.0
_started: list[subprocess.Popen[bytes]] = []  # referred to, so that nobody waits for its end
_GCS = os.environ.get("INFLUTICS_LAB_GCS")
_KEY = "secret-that-no-message-shows"


def find_server(folder: Path) -> str:
    """Return the address of the run's server; start it if nobody has."""
    if _GCS:
        return start_server(_GCS)[0]
    address = folder / "s3-address"
    with FileLock(folder / "s3-address.lock"):
        if not address.exists() or not _answers(address.read_text()):
            address.unlink(missing_ok=True)
            command = [sys.executable, __file__, address]
            _started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            deadline = time.monotonic() + 60
            while not address.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
    return address.read_text()


def make_bucket(server: str) -> tuple[str, dict[str, str]]:
    """Make a bucket; return its URL and the environment in which it can be used."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    if _GCS:
        return f"gs://{BUCKET}/{name}", start_server(_GCS)[1]
    urllib.request.urlopen(urllib.request.Request(f"{server}/{name}", method="PUT"), timeout=30).close()
    env = {"AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    return f"s3://{name}", env | {"AWS_ACCESS_KEY_ID": "key-id", "AWS_SECRET_ACCESS_KEY": _KEY}


def read_counts(server: str) -> dict[str, int]:
    """Return the numbers of requests and bytes since the last call."""
    with urllib.request.urlopen(f"{server}/-/counts", timeout=30) as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def _answers(server: str) -> bool:
    try:
        read_counts(server)
    except OSError:
        return False
    return True


class _Counter:
    """Counts what passes through an application, and when it did last."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._counts = {"requests": 0, "up": 0, "down": 0}
        self.last_at = time.monotonic()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        self.last_at = time.monotonic()
        if environ["PATH_INFO"] == "/-/counts":
            body, self._counts = json.dumps(self._counts).encode(), dict.fromkeys(self._counts, 0)
            start_response("200 OK", [("Content-Length", str(len(body)))])
            yield body
            return
        self._counts["requests"] += 1
        self._counts["up"] += int(environ.get("CONTENT_LENGTH") or 0)
        for part in self._application(environ, start_response):
            self._counts["down"] += len(part)
            yield part


def _serve(address: Path) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    counter = _Counter(DomainDispatcherApplication(create_backend_app))
    # One request at a time: moto's comparison of versions is not atomic between threads.
    server = make_server("127.0.0.1", 0, counter, threaded=False)

    def stop_when_idle() -> None:
        while time.monotonic() - counter.last_at < IDLE_S:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=stop_when_idle, daemon=True).start()
    draft = address.with_suffix(".draft")
    draft.write_text(f"http://127.0.0.1:{server.socket.getsockname()[1]}")
    draft.replace(address)
    server.serve_forever()


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    _serve(Path(sys.argv[1]))
