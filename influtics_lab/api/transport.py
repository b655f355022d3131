"""The HTTP session: the key in one header, and one deadline for all of a try, headers and body alike.

A socket's own timeout starts again at each byte, so a header or a body that drips, or endless ``100 Continue``, would
never end. Here each read from the socket waits at most until the deadline of the try that its thread makes.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from influtics_lab.config import VERSION, ApiKey, is_loopback

_CHUNK: Final = 1 << 16
_BYTES_A_VALUE: Final = 24  # a point of a reading has more; an empty list of two bytes takes 60 bytes of memory
_current: Final = threading.local()


class BodyTooLargeError(Exception):
    """The decoded body of an answer is larger than the bound, or has more values than such a body should have."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let every answer that this thread reads meanwhile end within so many seconds from now."""
    _current.end = time.monotonic() + seconds
    try:
        yield
    finally:
        _current.end = math.inf


class _DeadlineReader(io.RawIOBase):
    """A socket's stream that waits for the next bytes as long as the socket does, and never beyond the deadline."""

    def __init__(self, stream: Any, connection: socket.socket) -> None:
        self._stream = stream
        self._connection = connection
        self._timeout = connection.gettimeout()

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def readinto(self, buffer: Any) -> int | None:
        left = getattr(_current, "end", math.inf) - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out: the answer drips in")
        if self._timeout is not None or left < math.inf:
            self._connection.settimeout(min(left, self._timeout or math.inf))
        received: int | None = self._stream.readinto(buffer)
        return received

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _PlainConnection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    _pools: Final = {"http": _PlainPool, "https": _SecurePool}

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Bearer(AuthBase):
    """Sets the one header that carries the key; as an auth object it cannot be replaced by ``.netrc``."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


def make_session(key: ApiKey, base_url: str, workers: int) -> requests.Session:
    """Return a session without retries of its own; on this machine it asks no proxy."""
    session = requests.Session()
    session.auth = _Bearer(key)
    session.headers.update(
        {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": f"influtics-lab/{VERSION}"}
    )
    if is_loopback(urlsplit(base_url).hostname or ""):
        session.trust_env = False
    adapter = _Adapter(pool_connections=1, pool_maxsize=workers, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def read_body(response: requests.Response, max_bytes: int) -> bytearray:
    """Read and decode a body in small parts.

    Raises
    ------
    BodyTooLargeError
        As soon as more than ``max_bytes`` are decoded: a small compressed body may unpack to any size. Also where the
        body would unpack again as JSON, to millions of empty lists.
    """
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):  # what has come, however little
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLargeError
    if sum(map(body.count, (b",", b"[", b"{"))) > max_bytes // _BYTES_A_VALUE:
        raise BodyTooLargeError
    return body
