"""A try ends within its deadline and in bounded memory, whatever bytes arrive and however slowly."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import pytest

from influtics_lab.api.connection import Connection
from influtics_lab.api.query import Query
from influtics_lab.errors import ConfigError, PayloadError, UnavailableError
from tests.answers import answer, video
from tests.sockets import answers_with, http_answer, raw_server

TIMEOUT = 0.25
PAGE = json.dumps(answer(video("a", {"views": {"2025-06-30 08:00:00+00": 5}}))).encode()

DRIPS = {
    "status line": (b"HTTP/1.1 2", b"0"),
    "header": (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "size of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n", b"X-A: a\r\n"),
    "empty gzip members": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "body of an error": (b"HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n", b" "),
}


@pytest.mark.parametrize(("start", "drop"), DRIPS.values(), ids=DRIPS.keys())
def test_an_answer_that_drips_is_given_up_after_four_timeouts(start: bytes, drop: bytes) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    with (
        raw_server(drip) as url,
        Connection("some-key", url, timeout=TIMEOUT, patience=0.1) as connection,
        pytest.raises(UnavailableError) as caught,
    ):
        connection.get(Query())
    assert caught.value.tries == 1
    assert caught.value.seconds < 5 * TIMEOUT + 1.5  # the machine may be busy; without a deadline it never ends


def test_silent_server_is_abandoned_after_one_timeout() -> None:
    with (
        raw_server(lambda *_: time.sleep(3)) as url,
        Connection("some-key", url, timeout=TIMEOUT, patience=0.1) as connection,
        pytest.raises(UnavailableError, match="sent none in time") as caught,
    ):
        connection.get(Query())
    assert TIMEOUT <= caught.value.seconds < 4 * TIMEOUT + 1.5


@pytest.mark.slow
def test_the_deadline_of_one_try_does_not_shorten_the_next_on_the_same_connection() -> None:
    numbers = itertools.count()

    def slow_first(connection: socket.socket, _: bytes) -> bool:
        if next(numbers) == 0:
            whole = http_answer(PAGE)
            step = 1 + len(whole) // 12
            for start in range(0, len(whole), step):
                connection.sendall(whole[start : start + step])
                time.sleep(0.28)
        else:
            time.sleep(0.6)
            connection.sendall(http_answer(PAGE))
        return True

    with raw_server(slow_first) as url, Connection("some-key", url, timeout=1.0, patience=0.1) as connection:
        for _ in range(2):
            assert connection.get(Query())[0].total == 1


def test_threads_have_deadlines_of_their_own() -> None:
    def by_offset(connection: socket.socket, request: bytes) -> bool:
        if b"offset=1" in request:
            time.sleep(3)
        connection.sendall(http_answer(PAGE))
        return True

    totals = []
    with raw_server(by_offset) as url, Connection("some-key", url, timeout=0.5, patience=0.1) as connection:

        def ask_often() -> None:
            for _ in range(20):
                totals.append(connection.get(Query())[0].total)
                time.sleep(0.05)

        thread = threading.Thread(target=ask_often)
        thread.start()
        with pytest.raises(UnavailableError):
            connection.get(Query(offset=1))
        thread.join()
    assert totals == [1] * 20


def _packed(parts: Iterator[bytes], window: int = 31) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, window)
    return b"".join(packer.compress(part) for part in parts) + packer.flush()


def _blanks(megabytes: int) -> Iterator[bytes]:
    return itertools.repeat(b" " * 1_000_000, megabytes)


TOO_LARGE = {
    "plain": lambda: answers_with(PAGE + b" " * 3_000_000),
    "gzip": lambda: answers_with(_packed(_blanks(300)), "Content-Encoding: gzip"),
    "deflate": lambda: answers_with(_packed(_blanks(300), 15), "Content-Encoding: deflate"),
    "raw deflate": lambda: answers_with(_packed(_blanks(300), -15), "Content-Encoding: deflate"),
    "gzip in gzip": lambda: answers_with(_packed(iter([_packed(_blanks(300))])), "Content-Encoding: gzip, gzip"),
    "two members": lambda: answers_with(_packed(_blanks(2)) + _packed(_blanks(300)), "Content-Encoding: gzip"),
    "empty lists": lambda: answers_with(b"[" + b"[]," * 600_000 + b"[]]"),
    "empty objects": lambda: answers_with(b"[" + b"{}," * 600_000 + b"{}]"),
    "numbers": lambda: answers_with(b"[" + b"1," * 900_000 + b"1]"),
    "an error": lambda: answers_with(b" " * 3_000_000, status="503 Busy"),
}


@pytest.mark.slow
@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_an_answer_larger_than_the_bound_is_refused_at_once(make) -> None:
    with (
        raw_server(make()) as url,
        Connection("some-key", url, max_page_mb=2, timeout=5, patience=0.1) as connection,
        pytest.raises(PayloadError, match="max_page_mb"),
    ):
        connection.get(Query(offset=7))


def test_an_answer_below_the_bound_is_read_where_the_user_raised_it() -> None:
    body = PAGE + b" " * 3_000_000
    with raw_server(answers_with(body)) as url, Connection("some-key", url, max_page_mb=4) as connection:
        answered, received = connection.get(Query())
    assert (answered.total, received) == (1, body)


def test_a_body_without_a_length_that_never_ends_is_refused_at_the_bound() -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"a":"')
        while True:
            connection.sendall(b"x" * 100_000)

    with (
        raw_server(endless) as url,
        Connection("some-key", url, max_page_mb=1, timeout=5) as connection,
        pytest.raises(PayloadError, match="larger than 1 MB"),
    ):
        connection.get(Query())


@pytest.mark.parametrize("setting", ["max_page_mb", "max_pages"])
@pytest.mark.parametrize("value", [0, -1, True, "4", None, float("nan"), float("inf")])
def test_a_bound_that_is_no_number_above_zero_is_refused(setting: str, value: object) -> None:
    with pytest.raises(ConfigError, match=setting):
        Connection("some-key", "http://127.0.0.1:1", **{setting: value})  # type: ignore[arg-type]  # that is the test
