"""``influtics-lab serve``: it ends on signals, answers at once, and does not grow."""

from __future__ import annotations

import fcntl
import http.client
import os
import pty
import resource
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from draws import count_draws

import influtics_lab as lab

COMMAND = [str(Path(sys.executable).parent / "influtics-lab"), "serve"]
REQUESTS = count_draws(1000, "INFLUTICS_LAB_REQUESTS")


class Terminal:
    """The command in a pseudo-terminal of its own, once it serves."""

    def __init__(self) -> None:
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            COMMAND, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no thread runs here
        )  # fmt: skip
        os.close(inside)
        self.text = ""
        until = time.monotonic() + 60
        while "Ctrl-C" not in self.text and time.monotonic() < until:
            self.read(1)
        url, self.key = (word.split("=", 1)[1] for word in self.text.split()[:2])
        self.port = urlsplit(url).port

    def read(self, seconds: float) -> bool:
        if select.select([self.screen], [], [], seconds)[0]:
            with suppress(OSError):  # the other side is closed
                self.text += os.read(self.screen, 4096).decode(errors="replace")
                return True
        return False

    def ask(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/v1/videos/stats?limit=1", headers={"Authorization": f"Bearer {self.key}"})
        assert connection.getresponse().read()
        return connection


@contextmanager
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.screen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("requests", "end"),
    [("none", b"\x03"), ("answered", b"\x03"), ("open", b"\x03"), ("open", signal.SIGTERM)],
)
def test_ctrl_c_and_sigterm_end_it_within_seconds_without_a_traceback(
    requests: str, end: bytes | signal.Signals
) -> None:
    with terminal() as server:
        connection = server.ask() if requests != "none" else None
        if connection is not None and requests == "answered":
            connection.close()
        started = time.monotonic()
        if isinstance(end, bytes):
            os.write(server.screen, end)
        else:
            server.process.send_signal(end)
        assert server.process.wait(20) == 130
        assert time.monotonic() - started < 5
        while server.read(0.1):
            pass
        assert server.text.strip().endswith("influtics-lab: stopped.")
        assert "Traceback" not in server.text
        if connection is not None:
            connection.close()


def test_connections_are_sent_without_delay() -> None:
    with (
        lab.LocalAPI(lab.simulate(3)) as api,
        socket.create_connection(("127.0.0.1", urlsplit(api.url).port)) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(10)
        server, _, _ = api._running
        (connection,) = server.server_state.connections
        inner = connection.transport.get_extra_info("socket")
        assert inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.slow
def test_memory_stays_flat_over_many_long_requests() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            port = urlsplit(server.stdout.readline().split()[0].split("=", 1)[1]).port
            ask(port, 300)
            before = resident_mb(server.pid)
            ask(port, REQUESTS)
            assert resident_mb(server.pid) - before < 5
        finally:
            server.kill()


def ask(port: int | None, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(times):
        connection.request("GET", f"/v1/videos/stats?limit=1&x={number}" + "y" * 16_000)
        connection.getresponse().read()
    connection.close()


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def test_the_request_log_keeps_the_newest_and_their_numbers() -> None:
    with lab.LocalAPI(lab.simulate(3), keep_requests=3) as api:
        client = lab.Client(api.key, base_url=api.url)
        for _ in range(5):
            client.page(limit=1)
        assert [asked.number for asked in api.requests] == [2, 3, 4]
        assert {asked.outcome for asked in api.requests} == {"200"}
        api.requests.clear()
        client.page(limit=1)
        assert [asked.number for asked in api.requests] == [0]
