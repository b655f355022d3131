"""A server of Google's storage on this machine: fake-gcs-server, and a front before it that translates writes.

obstore writes through the XML API (``PUT /bucket/object``), which fake-gcs-server 1.54 refuses: 400, "invalid
uploadType". The front sends such a write as an upload of the JSON API, and ``x-goog-if-generation-match`` as
``ifGenerationMatch``; the server itself compares the generations. The server also ignores ``start-after`` in lists,
without which delta-rs commits nothing ("Invalid table version"): the front drops what it excludes. All other requests
pass as they are. ``GET /-/counts`` is as in ``tests/s3_server.py``.
"""

from __future__ import annotations

import atexit
import json
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from functools import cache
from html import unescape
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

BUCKET = "bucket"
_LISTED = re.compile(rb"<Contents><Key>(.*?)</Key>.*?</Contents>")


@cache
def start_server(binary: str) -> tuple[str, dict[str, str]]:
    """Start this process's server, which ends with it; return its front's address and the environment for clients."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    options = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", host.rpartition(":")[2]]
    command = [binary, *options, "-public-host", host, "-external-url", f"http://{host}", "-log-level", "error"]
    server = subprocess.Popen(command)
    atexit.register(server.wait)
    atexit.register(server.terminate)  # before the wait: in reverse order
    _make_bucket(f"http://{host}/storage/v1/b?project=p")
    Front.server_host = host
    front = _Server(("127.0.0.1", 0), Front)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{front.server_port}"
    return address, client_variables(address)


def client_variables(address: str) -> dict[str, str]:
    """Return the environment in which clients use the server at an address."""
    account = {"gcs_base_url": address, "disable_oauth": True}
    account |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    return {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}


def _make_bucket(url: str) -> None:
    body, deadline = json.dumps({"name": BUCKET}).encode(), time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, body, timeout=30).close()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Print nothing: writers are killed on purpose."""


class Front(BaseHTTPRequestHandler):
    """Passes requests of one connection on, and counts them.

    A write of an object within ``throttle_s`` of the one before is answered 429: Google's limit is one a second.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_host, throttle_s = "", 0.0
    counts: ClassVar = {"requests": 0, "up": 0, "down": 0}
    written_at: ClassVar[dict[str, float]] = {}
    lock = threading.Lock()

    def setup(self) -> None:
        super().setup()
        self.upstream = HTTPConnection(self.server_host, timeout=60)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def answer(self) -> None:
        """Answer a request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/-/counts":
            with self.lock:
                counts = json.dumps(self.counts).encode()
                self.counts.update(dict.fromkeys(self.counts, 0))
            self.respond(200, {}, counts)
            return
        if self.command == "PUT":
            status, headers, answer = self.write(body)
        else:
            ranges = {"Range": self.headers["Range"]} if "Range" in self.headers else {}
            status, headers, answer = self.ask(self.command, self.path, None, ranges)
            start = parse_qs(urlsplit(self.path).query).get("start-after", [""])[0]
            if start:
                answer = _LISTED.sub(lambda entry: entry[0] if unescape(entry[1].decode()) > start else b"", answer)
                headers["Content-Length"] = str(len(answer))
        with self.lock:
            self.counts["requests"] += 1
            self.counts["up"] += len(body)
            self.counts["down"] += len(answer)
        self.respond(status, headers, answer)

    do_GET = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815  # the base class's names

    def write(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Write an object, if it has the generation that the request expects."""
        with self.lock:
            if time.monotonic() - self.written_at.get(self.path, -self.throttle_s) < self.throttle_s:
                return 429, {}, b""
        bucket, _, name = unquote(self.path).lstrip("/").partition("/")
        metadata = json.dumps({"name": name}).encode()
        parts = [b"--part\r\nContent-Type: application/json\r\n\r\n", metadata]
        parts += [b"\r\n--part\r\nContent-Type: application/octet-stream\r\n\r\n", body, b"\r\n--part--\r\n"]
        path = f"/upload/storage/v1/b/{quote(bucket)}/o?uploadType=multipart"
        if (generation := self.headers.get("x-goog-if-generation-match")) is not None:
            path += f"&ifGenerationMatch={generation}"
        content = {"Content-Type": "multipart/related; boundary=part"}
        status, headers, answer = self.ask("POST", path, b"".join(parts), content)
        if status != 200:
            return status, headers, answer
        with self.lock:
            self.written_at[self.path] = time.monotonic()
        written = json.loads(answer)
        return 200, {"ETag": f'"{written["etag"]}"', "x-goog-generation": written["generation"]}, b""

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request to the server."""
        self.upstream.request(method, path, body, headers or {})
        answer = self.upstream.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            if name.lower() not in {"transfer-encoding", "date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""
