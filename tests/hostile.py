"""Answers that no service should send, drawn from a number: endless, dripping, huge, broken, or of another shape."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.answers import answer, video
from tests.sockets import http_answer

Parts = Iterable[bytes | float]  # bytes to send, and seconds to wait
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WORDS = ["", "a", "-1", "NaN", "9" * 400, "é😀", "\x00", "\x1b[2J", "2025-06-30 08:00:00+00", "0000-00-00", "TikTok"]


def drawn_answer(number: int) -> Parts:
    """Return the parts of the answer with this number."""
    draw = random.Random(number)
    return KINDS[number % len(KINDS)](draw)


def hostile_handler(connection: socket.socket, request: bytes) -> bool:
    """Answer with the number that stands in the request's offset."""
    found = re.search(rb"offset=(\d+)", request)
    for part in drawn_answer(int(found[1]) if found else 0):
        if isinstance(part, bytes):
            connection.sendall(part)
        else:
            time.sleep(part)
    return False


def _drip(draw: random.Random) -> Parts:
    start, drop = draw.choice(
        [
            (b"HTTP/1.1 200 O", b"K"),
            (HEAD + b"X-A: ", b"a"),
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            (HEAD + b"\r\n", b" "),
            (HEAD + b"Content-Length: 999\r\n\r\n", b"{"),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            (HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
        ]
    )
    return itertools.chain([start], itertools.islice(itertools.cycle([drop, draw.choice([0.01, 0.05])]), 20_000))


def _silent(draw: random.Random) -> Parts:
    return [draw.choice([b"", b"HTTP", HEAD, HEAD + b"\r\n{"]), 3.0]


def _flood(draw: random.Random) -> Parts:
    start, block = draw.choice(
        [
            (HEAD + b'\r\n{"a":"', b"x" * 500_000),
            (HEAD + b"\r\n", b"[" * 500_000),
            (HEAD + b"X-A: ", b"a" * 500_000),
            (HEAD, b"X-A: aaaa\r\n" * 50_000),
            (b"", b"HTTP/1.1 103 Early\r\n\r\n" * 20_000),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"7a120\r\n" + b" " * 500_000 + b"\r\n"),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 500_000),
        ]
    )
    return itertools.chain([start], itertools.repeat(block, 300))


def _bomb(draw: random.Random) -> Parts:
    encoding, window = draw.choice([("gzip", 31), ("deflate", 15), ("deflate", -15)])
    block = draw.choice([b" ", b"[],", b"{},", b"0,", b'"a",', b"\x00", b"["]) * 200_000
    times = draw.choice([30, 60_000_000 // len(block), 500_000_000 // len(block)])
    packed = _packed(itertools.chain([b"["], itertools.repeat(block, times)), window)
    if draw.random() < 0.3:
        packed, encoding = gzip.compress(packed), f"{encoding}, gzip"
    return [http_answer(packed, f"Content-Encoding: {encoding}")]


def _packed(blocks: Iterator[bytes], window: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, window)
    return b"".join(packer.compress(block) for block in blocks) + packer.flush()


def _broken_http(draw: random.Random) -> Parts:
    return [
        draw.choice(
            [
                b"",
                b"\r\n\r\n",
                draw.randbytes(200),
                b"<html>" * 99,
                b"HTTP/9.9 200 OK\r\n\r\n{}",
                b"HTTP/1.1 abc OK\r\n\r\n",
                b"HTTP/1.1 99999 OK\r\n\r\n",
                HEAD + b"Content-Length: -5\r\n\r\n{}",
                HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
                HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n",
                HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}",
                HEAD + b": no name\r\n\x00\xff: x\r\n\r\n{}",
                http_answer(b"no gzip", "Content-Encoding: gzip"),
                http_answer(gzip.compress(b"{}" * 99)[:-9], "Content-Encoding: gzip"),
                http_answer(b"{}", "Content-Encoding: " + ", ".join(["gzip"] * 24)),
                http_answer(b"{}", "Content-Encoding: unheard-of"),
            ]
        )
    ]


def _status(draw: random.Random) -> Parts:
    status = draw.choice(
        ["204 No", "301 M", "302 F", "304 N", "400 B", "401 U", "404 N", "418 T", "429 T", "503 S", "999 X"]
    )
    where = draw.choice(["/", "http://[bad", "//", "javascript:1", "http://169.254.1.1/", "\x0b", "é", "a" * 5000])
    pause = draw.choice(["0", "-1", "1e9", "inf", "nan", "soon", "x" * 999])
    headers = [f"Location: {where}", f"Retry-After: {pause}"]
    body = draw.choice(
        [b"", b"{", b'{"error": 5}', b'{"details": ' + b"[" * 900 + b"]" * 900 + b"}", draw.randbytes(99)]
    )
    return [http_answer(body, *headers, status=status)]


def _json(draw: random.Random) -> Parts:
    whole = json.dumps(_mutated(answer(*(_video(draw, n) for n in range(3))), draw)).encode()
    body = draw.choice(
        [
            whole,
            whole.replace(b'"views"', b'"likes"'),
            b"\xef\xbb\xbf" + whole,
            whole.decode().encode("utf-16"),
            whole[: draw.randrange(len(whole))],
            whole + b"}",
            whole.replace(b": 5", b": NaN"),
            whole.replace(b": 5", b": " + b"9" * 5000),
            whole.replace(b'"a', b'"\\ud83d'),
            whole.replace(b"{", b'{"data": 1, "data": 2, ', draw.randrange(9)),
            b'{"a": ' * 90_000,
            b'["' + b"x" * 3_000_000 + "\U0001f600".encode() + b'"]',
            b"[" + b"[[[[[]]]]]," * 200_000 + b"1]",
            draw.randbytes(999),
            b"\x00" * 999,
        ]
    )
    return [http_answer(body)]


def _video(draw: random.Random, n: int) -> dict[str, Any]:
    points = {draw.choice(WORDS): draw.choice([5, -1, 2**70, 1.5, True, None, "7", [], {}]) for _ in range(4)}
    return video(f"a{n}", {draw.choice(["views", "likes", "shares"]): points}, title=draw.choice(WORDS))


def _mutated(value: Any, draw: random.Random) -> Any:
    """Replace a few drawn parts of a page by values of other kinds."""
    if draw.random() < 0.04:
        return draw.choice([None, True, -1, 1e300, 10**30, "", [], {}, [[]], {"data": []}, *WORDS])
    if isinstance(value, dict):
        return {name: _mutated(part, draw) for name, part in value.items()}
    return [_mutated(part, draw) for part in value] if isinstance(value, list) else value


KINDS: list[Callable[[random.Random], Parts]] = [
    _json, _drip, _json, _flood, _json, _bomb, _broken_http, _status, _json, _silent,
]  # fmt: skip
