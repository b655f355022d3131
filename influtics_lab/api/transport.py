"""The HTTP session: the key in one header, and one deadline for each whole try, headers and body.

The timeout of a socket starts again at each byte, so a slow header or body, or endless ``100 Continue``, would never
end. Here each read from the socket waits at most until the deadline of its thread's current try.
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
_BYTES_A_VALUE: Final = 24  # a point of a reading has more; an empty list of two bytes needs 60 bytes of memory
_current: Final = threading.local()


class BodyTooLargeError(Exception):
    """The decoded body of an answer exceeds the limit, or has more values than a body of that size can have."""


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Limit the time in which this thread may read answers: within the context, at most so many seconds."""
    _current.end = time.monotonic() + seconds
    try:
        yield
    finally:
        _current.end = math.inf


class _DeadlineReader(io.RawIOBase):
    """A socket's stream whose reads wait no longer than the socket's timeout and the thread's deadline."""

    def __init__(self, stream: Any, connection: socket.socket) -> None:
        self._stream = stream
        self._connection = connection
        self._timeout = connection.gettimeout()

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def readinto(self, buffer: Any) -> int | None:
        remaining = getattr(_current, "end", math.inf) - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out: the answer arrives too slowly")
        if self._timeout is not None or remaining < math.inf:
            self._connection.settimeout(min(remaining, self._timeout or math.inf))
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
    """Sets the header that carries the key; as an auth object it takes precedence over ``.netrc``."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


def open_session(key: ApiKey, base_url: str, workers: int) -> requests.Session:
    """Return a session without retries; for this machine it uses no proxy."""
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
    """Read and decompress a body in small parts.

    Raises
    ------
    BodyTooLargeError
        As soon as more than ``max_bytes`` are decompressed: a small compressed body may expand to any size. Also if
        the JSON would expand again, to millions of empty lists.
    """
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):  # as soon as any bytes arrive
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLargeError
    most = max_bytes // _BYTES_A_VALUE
    if len(body) > most and sum(map(body.count, (b",", b"[", b"{"))) > most:
        raise BodyTooLargeError
    return body
