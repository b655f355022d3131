"""Servers on this machine that receive alerts: HTTP and SMTP, which accept, refuse, hang or fail as a test wants it."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANGS_S = 60


class Receiver:
    """What a receiver got, and how it answers: statuses in turn, the last one for good."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers) or [200]
        self.port = 0
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.mails: list[tuple[list[str], Any]] = []
        self.commands: list[str] = []
        self.replies: dict[str, str] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/T0P-SECRET?token=abc"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    def next_answer(self) -> Any:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def http_receiver(*answers: Any) -> Iterator[Receiver]:
    """Answer each request with the next of some statuses; ``"hang"`` and ``"drip"`` never end an answer."""
    receiver = Receiver(*answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            body = self.rfile.read(length := int(self.headers["Content-Length"]))
            if len(body) < length:  # whoever posts it was killed: no request, as any server would have it
                return
            answer = receiver.next_answer()
            if answer == "hang":
                time.sleep(HANGS_S)
            if answer == "slow":
                time.sleep(0.3)
                answer = 200
            with suppress(OSError):
                if answer == "drip":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    for _ in range(HANGS_S * 10):
                        self.wfile.write(b"X-A: a\r\n")
                        time.sleep(0.1)
                if answer == "close":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if isinstance(answer, int) and 200 <= answer < 300:
                    with receiver.lock:
                        receiver.requests.append((dict(self.headers), body))
                self.send_response(answer)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class MailServer:
    """One connection of an SMTP server."""

    def __init__(
        self,
        receiver: Receiver,
        connection: socket.socket,
        context: ssl.SSLContext | None,
    ) -> None:
        self.receiver, self.replies = receiver, receiver.replies
        self.connection, self.context = connection, context
        self.stream = connection.makefile("rwb", buffering=0)
        self.to: list[str] = []

    def serve(self) -> None:
        self.say(self.replies.get("greeting", "220 here"))
        while line := self.stream.readline():
            verb = line[:4].strip().lower().decode("latin-1")
            self.receiver.commands.append(f"{verb}{' in TLS' if self.is_encrypted else ''}")
            answer = getattr(self, f"on_{verb}", lambda _: "250 fine")
            usual = self.replies.get(verb) or answer(line.decode("latin-1"))
            self.say(usual)
            if verb == "star" and usual.startswith("220") and self.context is not None:
                self.connection = self.context.wrap_socket(self.connection, server_side=True)
                self.stream = self.connection.makefile("rwb", buffering=0)

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def say(self, reply: str) -> None:
        if reply.endswith("hang"):
            time.sleep(HANGS_S)
        self.stream.write(f"{reply}\r\n".encode())

    def on_ehlo(self, _: str) -> str:
        return "250-here\r\n250 STARTTLS" if self.context and not self.is_encrypted else "250-here\r\n250 AUTH PLAIN"

    def on_star(self, _: str) -> str:
        return "220 go ahead"

    def on_auth(self, _: str) -> str:
        return "235 welcome"

    def on_rcpt(self, line: str) -> str:
        address = line.partition("<")[2].partition(">")[0]
        reply = self.replies.get(address.partition("@")[0], "250 fine")
        self.to += [address] if reply.startswith("2") else []
        return reply

    def on_data(self, _: str) -> str:
        self.say("354 go on")
        data = b""
        while (part := self.stream.readline()) != b".\r\n":
            data += part.removeprefix(b".") if part.startswith(b"..") else part
        reply = self.replies.get("end", "250 accepted")
        if reply.startswith("2"):
            mail: Any = email.message_from_bytes(data, policy=email.policy.default)
            self.receiver.mails.append((self.to, mail))
        self.to = []
        return reply


@contextmanager
def smtp_receiver(context: ssl.SSLContext | None = None, **replies: str) -> Iterator[Receiver]:
    """Serve SMTP, with a context by STARTTLS. A reply for a command in place of the usual one: ``mail="550 no"``.

    A reply that ends in ``hang`` comes too late.
    """
    receiver = Receiver()
    receiver.replies = replies

    def serve(connection: socket.socket) -> None:
        server = MailServer(receiver, connection, context)
        with suppress(OSError):
            server.serve()
        server.connection.close()

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver.port = listener.getsockname()[1]
        threading.Thread(target=accept, args=[listener], daemon=True).start()
        try:
            yield receiver
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def nobody_listens() -> Iterator[Receiver]:
    """A port of this machine at which nothing listens."""
    receiver = Receiver()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver.port = listener.getsockname()[1]
    yield receiver
