"""One query and its answer over a real socket, with every kind of failure."""

from __future__ import annotations

import copy
import logging
import pickle
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from influtics_lab.api.connection import Connection
from influtics_lab.api.query import Query
from influtics_lab.config import ApiKey, resolve_settings
from influtics_lab.errors import (
    ConfigError,
    IncompleteReadError,
    InfluticsError,
    KeyRefusedError,
    PayloadError,
    QueryError,
    RequestRefusedError,
    UnavailableError,
)
from influtics_lab.localapi import Fault, LocalAPI
from influtics_lab.simulation import simulate_videos

KEY = "sk-very-secret-4711"


@pytest.fixture(scope="module")
def api() -> Iterator[LocalAPI]:
    with LocalAPI(list(simulate_videos(7, seed=2)), key=KEY) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(api: LocalAPI) -> None:
    api.faults.clear()
    api.requests.clear()


def connect(api: LocalAPI, *, patience: float = 20.0, timeout: float = 2.0) -> Connection:
    return Connection(KEY, api.url, patience=patience, timeout=timeout)


PASSING = {
    "503": Fault.http(503),
    "500 as HTML": Fault.http(500, html=True),
    "429 with seconds": Fault.http(429, retry_after=0.1),
    "429 with nonsense": Fault.http(429, retry_after="soon"),
    "429": Fault.http(429),
    "reset": Fault.reset(),
    "reset in the body": Fault.reset(0.5),
    "body cut short": Fault.short(),
    "JSON cut short": Fault.cut_json(),
    "HTML page": Fault.html(),
    "success false": Fault.unsuccessful(),
    "empty page": Fault.empty(),
    "stall": Fault.stall(5),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_tried_again(api: LocalAPI, fault: Fault) -> None:
    api.faults.add(fault)
    with connect(api, timeout=0.5) as connection:
        answer, body = connection.get(Query(limit=5))
    assert len(answer.items) == 5
    assert body.startswith(b"{")
    assert [asked.outcome for asked in api.requests] == [fault.name, "200"]


FOR_EVER = {
    "503": (Fault.http(503), UnavailableError, 5),
    "429 for an absurd time": (Fault.http(429, retry_after=10**9), UnavailableError, 5),
    "reset": (Fault.reset(), UnavailableError, 5),
    "body cut short": (Fault.short(), UnavailableError, 5),
    "HTML page": (Fault.html(), UnavailableError, 5),
    "success false": (Fault.unsuccessful(), RequestRefusedError, 4),
    "another shape": (Fault("shape", body=lambda _: b'{"videos": []}'), PayloadError, 4),
    "empty page": (Fault.empty(), IncompleteReadError, 6),
}


@pytest.mark.parametrize(("fault", "kind", "code"), FOR_EVER.values(), ids=FOR_EVER.keys())
def test_what_never_passes_ends_when_the_budget_is_spent(
    api: LocalAPI, fault: Fault, kind: type[InfluticsError], code: int
) -> None:
    api.faults.add(fault, times=None)
    with connect(api, patience=0.5) as connection, pytest.raises(kind) as caught:
        connection.get(Query())
    assert caught.value.exit_code == code
    assert 1 <= len(api.requests) < 30


def test_final_error_names_tries_duration_and_request_ids(api: LocalAPI) -> None:
    body = {"success": False, "meta": {"request_id": "r-77"}}
    api.faults.add(Fault.http(503, body=body), times=None)
    with connect(api, patience=0.5) as connection, pytest.raises(UnavailableError, match=r"HTTP status 503") as caught:
        connection.get(Query())
    assert caught.value.tries == len(api.requests)
    assert set(caught.value.request_ids) == {"r-77"}
    assert "r-77" in str(caught.value)
    assert caught.value.seconds > 0


NEVER_AGAIN = {
    400: (RequestRefusedError, 4),
    401: (KeyRefusedError, 3),
    403: (KeyRefusedError, 3),
    404: (RequestRefusedError, 4),
    410: (RequestRefusedError, 4),
}


@pytest.mark.parametrize(("status", "kind", "code"), [(status, *rest) for status, rest in NEVER_AGAIN.items()])
def test_a_refusal_is_not_tried_again(api: LocalAPI, status: int, kind: type[InfluticsError], code: int) -> None:
    api.faults.add(Fault.http(status), times=None)
    with connect(api) as connection, pytest.raises(kind) as caught:
        connection.get(Query())
    assert (caught.value.exit_code, len(api.requests)) == (code, 1)


def test_documented_400_is_reported_with_the_allowed_values(api: LocalAPI) -> None:
    query = Query()
    object.__setattr__(query, "sort", "shares")  # past our own check, to hear the server's
    with connect(api) as connection, pytest.raises(RequestRefusedError, match="Invalid sort parameter") as caught:
        connection.get(query)
    assert caught.value.code == "INVALID_PARAMETER"
    assert caught.value.details == {"valid_sort_options": ["created_at", "views", "likes", "updated_at"]}


def test_a_redirect_is_not_followed(api: LocalAPI) -> None:
    api.faults.add(Fault.redirect("http://127.0.0.1:9/steal"))
    with connect(api) as connection, pytest.raises(RequestRefusedError, match="redirects are not followed"):
        connection.get(Query())
    assert len(api.requests) == 1


def test_wrong_key_is_reported(api: LocalAPI) -> None:
    with Connection("wrong", api.url) as connection, pytest.raises(KeyRefusedError, match="INFLUTICS_API_KEY"):
        connection.get(Query())


@pytest.mark.slow
def test_unreachable_host_is_reported_soon() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with Connection(KEY, url) as connection, pytest.raises(UnavailableError, match="nothing listens") as caught:
        connection.get(Query())
    assert caught.value.seconds < 10


@pytest.mark.parametrize("fault", [Fault.http(401), Fault.http(503), Fault.reset(), Fault.short(), Fault.html()])
def test_the_key_is_in_no_error_repr_or_log(api: LocalAPI, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    api.faults.add(fault, times=None)
    with caplog.at_level(logging.DEBUG), connect(api, patience=0.2) as connection:
        with pytest.raises(InfluticsError) as caught:
            connection.get(Query())
        shown = [repr(connection), str(connection), repr(vars(connection)), repr(connection.settings)]
    shown += [caplog.text, "".join(traceback.format_exception(caught.value)), repr(vars(caught.value))]
    assert KEY not in "".join(shown)
    assert caught.value.__context__ is None


REPEATING = {
    "401": Fault.http(401, body={"success": False, "error": f"Invalid API key {KEY}"}),
    "success false": Fault("soft", body=lambda _: b'{"success": false, "error": "bad key %s"}' % KEY.encode()),
    "HTML page": Fault("html", body=lambda _: b"<html>%s</html>" % KEY.encode()),
    "redirect": Fault.redirect(f"/{KEY}/login?token={KEY}"),
    "details": Fault.http(400, body={"success": False, "error": "x", "details": {"key": KEY}}),
}


@pytest.mark.parametrize("fault", REPEATING.values(), ids=REPEATING.keys())
def test_key_repeated_in_an_answer_is_hidden_in_the_error(api: LocalAPI, fault: Fault) -> None:
    api.faults.add(fault, times=None)
    with connect(api, patience=0.2) as connection, pytest.raises(InfluticsError) as caught:
        connection.get(Query())
    assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_redirect_to_an_invalid_address_is_reported(api: LocalAPI) -> None:
    api.faults.add(Fault.redirect("http://[bad"))
    with connect(api) as connection, pytest.raises(RequestRefusedError, match="redirects"):
        connection.get(Query())


def test_a_title_that_was_cut_inside_a_character_does_not_stop_a_read(api: LocalAPI) -> None:
    api.faults.add(Fault("half", body=lambda body: body.replace(b'"title":"', b'"title":"\\ud83d', 1)))
    with connect(api) as connection:
        answer, _ = connection.get(Query())
    assert any(str(item.get("title")).startswith("\ufffd") for item in answer.items)
    assert len(api.requests) == 1


def test_a_body_that_drips_for_ever_is_given_up() -> None:
    def drip(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                    for _ in range(400):
                        connection.sendall(b" " * 10)
                        time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=[listener], daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Connection(KEY, url, timeout=0.25, patience=0.1) as connection, pytest.raises(UnavailableError) as caught:
            connection.get(Query())
    assert caught.value.seconds < 10


def test_netrc_and_proxies_of_the_environment_do_not_touch_this_machine(
    api: LocalAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with connect(api) as connection:
        answer, _ = connection.get(Query(limit=1))
    assert answer.total == 7


def test_a_key_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(ApiKey(KEY))
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(ApiKey(KEY))


@pytest.mark.parametrize(
    ("key", "url", "why"),
    [
        ("", None, "INFLUTICS_API_KEY"),
        ("  ", None, "INFLUTICS_API_KEY"),
        ("two words", None, "line breaks"),
        ("k\u00f6", None, "line breaks"),
        (KEY, "http://api.influtics.com", "https"),
        (KEY, "ftp://127.0.0.1", "scheme"),
        (KEY, "127.0.0.1:80", "scheme"),
        (KEY, "https://user:word@api.influtics.com", "the address alone"),
        (KEY, "https://api.influtics.com?x=1", "must not contain"),
        (KEY, "https://api.influtics.com:port", "valid URL"),
    ],
)
def test_invalid_settings_are_reported_before_any_request(key: str, url: str | None, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        resolve_settings(key, url)
    assert KEY not in str(caught.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUTICS_API_KEY", KEY)
    monkeypatch.delenv("INFLUTICS_BASE_URL", raising=False)
    assert resolve_settings().base_url == "https://api.influtics.com"
    monkeypatch.setenv("INFLUTICS_BASE_URL", "http://localhost:1234/")
    assert (resolve_settings().base_url, resolve_settings().api_key.reveal()) == ("http://localhost:1234", KEY)
    assert resolve_settings("other").api_key.reveal() == "other"


@pytest.mark.parametrize(
    ("parameters", "allowed"),
    [
        ({"platform": "tik tok"}, "Did you mean 'TikTok'?"),
        ({"status": "done"}, "'completed'"),
        ({"sort": "shares"}, "'updated_at'"),
        ({"order": "up"}, "'desc'"),
        ({"limit": 0}, "1 to 100"),
        ({"limit": 101}, "1 to 100"),
        ({"limit": True}, "1 to 100"),
        ({"limit": 5.0}, "1 to 100"),
        ({"offset": -1}, "0 or more"),
    ],
)
def test_wrong_parameter_is_reported_with_the_allowed_values(parameters: dict[str, object], allowed: str) -> None:
    with pytest.raises(QueryError, match=allowed):
        Query(**parameters)  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("setting", ["workers", "timeout", "patience"])
@pytest.mark.parametrize("value", [0, -1, True, "4", None, float("nan")])
def test_setting_that_is_no_positive_number_is_reported(setting: str, value: object) -> None:
    with pytest.raises(ConfigError, match=setting):
        Connection(KEY, "http://127.0.0.1:1", **{setting: value})  # type: ignore[arg-type]  # that is the test
