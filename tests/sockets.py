"""A server that sends bytes as a test wants them, over a real socket of this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Handler = Callable[[socket.socket, bytes], object]


@contextmanager
def raw_server(handler: Handler) -> Iterator[str]:
    """Serve every request by ``handler(connection, request)``, which sends what it wants; yield the address."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            while not stop.is_set() and (request := _request(connection)):
                if not handler(connection, request):
                    return

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while not stop.is_set():
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=[connection], daemon=True))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=accept, args=[listener], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        if not (more := connection.recv(65536)):
            return b""
        request += more
    return request


def http_answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return the bytes of an answer with its length."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers_with(body: Any, *headers: str, status: str = "200 OK") -> Handler:
    """Return a handler that answers every request with a body; an object is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def handler(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(http_answer(data, *headers, status=status))
        return True

    return handler
