"""The key appears in no error, no attribute of an error, and no variable of a verbose traceback."""

from __future__ import annotations

import _thread
import base64
import json
import socket
import threading
import time
import traceback
from typing import Any

import pytest

import influtics_lab as lab
from influtics_lab.api.connection import Connection
from influtics_lab.api.query import Query
from influtics_lab.config import ApiKey
from influtics_lab.errors import ConfigError, InfluticsError
from tests.answers import answer
from tests.sockets import Handler, answers_with, raw_server

KEY = "sk-SECRET/KEY+1&2\\3"
SPELLINGS = {
    "plain": KEY,
    "JSON": json.dumps(KEY)[1:-1],
    "JSON with escaped slashes": json.dumps(KEY)[1:-1].replace("/", "\\/"),
    "address": "sk-SECRET%2FKEY%2B1%262%5C3",
    "HTML": "sk-SECRET/KEY+1&amp;2\\3",
}


def shown(error: BaseException | None) -> str:
    """Return all that a verbose traceback or an error report shows of an error, but for the frames of this file."""
    parts: list[str] = []
    while error is not None:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        parts += [f"{frame.line} {frame.locals}" for frame in frames if frame.filename != __file__]
        parts += [str(error), repr(error), repr(vars(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


def assert_hidden(text: str) -> None:
    assert "SECRET" not in text


def hostile_bodies() -> dict[str, Any]:
    bodies: dict[str, Any] = {}
    for name, spelling in SPELLINGS.items():
        raw = spelling.encode()
        bodies[f"{name} as text"] = raw
        bodies[f"{name} in HTML"] = b"<html><a href='/?key=" + raw + b"'>login</a></html>"
    bodies["JSON of the service"] = {"success": False, "error": f"bad {KEY}", "code": KEY, "details": {KEY: [KEY, 1]}}
    bodies["escaped slashes"] = json.dumps(bodies["JSON of the service"]).replace("/", "\\/").encode()
    nested: Any = KEY
    for _ in range(200):
        nested = [nested]
    bodies["nested"] = {"success": False, "error": "x", "details": nested}
    bodies["request id"] = {"success": False, "error": "x", "meta": {"request_id": f"r-{KEY}"}}
    bodies["shape"] = {"videos": KEY}
    bodies["cut by our own limits"] = b"a" * 50 + KEY.encode()
    bodies["cut by our own limits, in JSON"] = {"success": False, "error": "a" * 190 + KEY}
    bodies["key of the envelope"] = json.dumps({KEY: 1})[:-1].encode() + b", " + json.dumps({KEY: 2})[1:].encode()
    return bodies


@pytest.mark.parametrize("status", ["200 OK", "400 No", "401 No", "404 No", "418 No", "500 No", "302 Found"])
@pytest.mark.parametrize("body", hostile_bodies().values(), ids=hostile_bodies().keys())
def test_a_server_that_repeats_the_key_brings_it_into_no_error(status: str, body: Any) -> None:
    where = f"Location: /{SPELLINGS['address']}/login?token={SPELLINGS['address']}"
    with raw_server(answers_with(body, where, status=status)) as url:
        connection = Connection(KEY, url, patience=0.01, timeout=2)
        with pytest.raises(InfluticsError) as caught:
            connection.get(Query())
    assert_hidden(shown(caught.value))


def _reset(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")


BROKEN: dict[str, Handler] = {
    "cut short": _reset,
    "silent": lambda *_: time.sleep(2),
    "no HTTP": lambda connection, _: connection.sendall(b"\x16\x03\x01 what\r\n\r\n"),
    "long header": lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000),
    "bad chunks": lambda connection, _: connection.sendall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    ),
    "bad gzip": answers_with(b"no gzip", "Content-Encoding: gzip"),
    "bad redirect": answers_with(b"", "Location: http://[bad", status="302 Found"),
}


@pytest.mark.parametrize("handler", BROKEN.values(), ids=BROKEN.keys())
def test_a_connection_that_breaks_leaves_the_key_in_no_variable(handler: Handler) -> None:
    with raw_server(handler) as url:
        client = lab.Client(KEY, url, patience=0.01, timeout=0.3)
        with pytest.raises(InfluticsError) as caught:
            client.page()
    assert_hidden(shown(caught.value))


@pytest.mark.slow
def test_ctrl_c_while_an_answer_is_awaited_leaves_the_key_in_no_variable() -> None:
    with raw_server(lambda *_: time.sleep(3)) as url:
        client = lab.Client(KEY, url, patience=0.01, timeout=5)
        threading.Timer(0.5, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt) as caught:
            client.page()
    assert_hidden(shown(caught.value))


@pytest.mark.parametrize("by", ["argument", "environment"])
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("", {"base_url": "http://typo.example"}),
        ("", {"base_url": "https://name:word@example.com"}),
        ("", {"base_url": "http://127.0.0.1:1", "workers": 0}),
        ("", {"base_url": "http://127.0.0.1:1", "timeout": "1"}),
        (" and a blank", {}),
        ("\nline", {}),
    ],
)
def test_a_wrong_setting_leaves_the_key_in_no_variable(
    monkeypatch: pytest.MonkeyPatch, by: str, suffix: str, options: dict[str, Any]
) -> None:
    held = [KEY + suffix]  # the caller's own variable, which is named like a key, is not ours to hide
    if by == "environment":
        monkeypatch.setenv("INFLUTICS_API_KEY", held.pop())
    with pytest.raises(ConfigError) as caught:
        lab.Client(*held, **options)
    assert "ApiKey('***')" in shown(caught.value)
    assert_hidden(shown(caught.value))


def test_the_key_is_in_no_manifest_though_the_server_repeats_it_as_request_id() -> None:
    page = answer()
    page["meta"]["request_id"] = f"r-{KEY}"
    with raw_server(answers_with(page)) as url:
        assert_hidden(repr(lab.take_snapshot(client=lab.Client(KEY, url)).manifest))


def test_redacting_changes_nothing_else() -> None:
    value = {"a": [1, None, True, "b"], "c": base64.b64encode(b"text").decode()}
    assert ApiKey(KEY).redact(value) == value
