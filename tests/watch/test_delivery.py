"""Each event reaches each place at least once, whatever that place answers; what was not accepted is sent next time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from watch.cases import START, Watched, growing, item
from watch.certificates import make_server_context
from watch.receivers import Receiver, http_receiver, nobody_listens, smtp_receiver

from influtics_lab.errors import ConfigError
from influtics_lab.watch import alert_sinks, delivery

VALUE = '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 12000\n'
SECRET = {"INFLUTICS_WATCH_SECRET": "my secret", "PASSWORD": "my password"}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_FIRST_PAUSE_S", 0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries end soon, where the other side never ends an answer."""
    monkeypatch.setattr(delivery, "TRY_S", 0.8)
    monkeypatch.setattr(alert_sinks, "TRY_S", 0.6)


def webhook(receiver: Receiver, retry: str = "1s") -> str:
    return f'retry_for = "{retry}"\n{VALUE}[[webhook]]\nurl = "{receiver.url}"\n'


def mail(receiver: Receiver, more: str = "") -> str:
    server = f'[[mail]]\nhost = "127.0.0.1"\nport = {receiver.port}\nsecurity = "none"\n'
    people = 'sender = "lab@example.com"\nto = ["a@example.com", "b@example.com"]\n'
    return f'retry_for = "1s"\n{VALUE}{server}{people}{more}'


def fire(folder: Path, toml: str, videos: int = 1, **environment: str) -> tuple[Watched, Any]:
    watched = Watched(folder, toml)
    watched.add(5, *(item(f"v{n}", growing(5)) for n in range(videos)))
    return watched, watched.run(5, **(SECRET | environment))


def test_a_webhook_gets_each_event_once_signed_with_the_secret(tmp_path: Path) -> None:
    with http_receiver() as receiver:
        watched, result = fire(tmp_path, webhook(receiver), videos=2)
        assert watched.run(6, **SECRET).events == []
    assert result.failures == []
    assert receiver.events == result.events
    headers, body = receiver.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(b"my secret", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["webhook-id"] == headers["Idempotency-Key"] == result.events[0]["key"]
    assert len({event["key"] for event in receiver.events}) == 2


@pytest.mark.parametrize("first", [500, 503, 429, 408, "close"])
def test_a_webhook_that_fails_for_a_while_is_tried_again(tmp_path: Path, first: object) -> None:
    with http_receiver(first, 200) as receiver:
        _, result = fire(tmp_path, webhook(receiver, "10s"))
    assert result.failures == []
    assert receiver.events == result.events


@pytest.mark.parametrize("first", ["hang", "drip"])
def test_a_webhook_that_hangs_once_is_tried_again(tmp_path: Path, first: str, impatient: None) -> None:
    with http_receiver(first, 200) as receiver:
        _, result = fire(tmp_path, webhook(receiver, "20s"))
    assert result.failures == []
    assert {event["key"] for event in receiver.events} == {event["key"] for event in result.events}


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_webhook_that_hangs_is_reported_and_gets_the_events_next_time(
    tmp_path: Path, answer: str, impatient: None
) -> None:
    with http_receiver(answer) as receiver:
        watched, result = fire(tmp_path, webhook(receiver), videos=3)
        assert str(result.failures[0]).startswith("webhook: it did not answer within 0.")
        receiver.answers = [200]
        watched.run(6, **SECRET)
    assert {event["key"] for event in receiver.events} == {event["key"] for event in result.events}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (500, "it answered with HTTP status 500"),
        (404, "it answered with HTTP status 404"),
        (401, "it answered with HTTP status 401"),
        (302, "it answered with HTTP status 302; redirects are not followed"),
        ("close", "the connection failed"),
    ],
)
def test_a_webhook_that_keeps_failing_is_reported_and_gets_the_events_next_time(
    tmp_path: Path, answer: object, reason: str
) -> None:
    with http_receiver(answer) as receiver:
        watched, result = fire(tmp_path, webhook(receiver), videos=3)
        (failure,) = result.failures
        assert str(failure).startswith(f"webhook: {reason}")
        assert str(failure).endswith("3 events will be sent next time.")
        assert "SECRET" not in str(failure)
        assert "abc" not in str(failure)
        assert result.waiting == 3
        receiver.answers = [200]
        again = watched.run(6, **SECRET)
    assert (again.events, again.failures, again.waiting) == ([], [], 0)
    assert receiver.events == result.events


def test_a_slow_webhook_gets_what_the_time_allows_and_the_others_next_time(tmp_path: Path) -> None:
    with http_receiver("slow") as receiver:
        watched, result = fire(tmp_path, webhook(receiver), videos=8)
        assert 0 < result.waiting < 8
        assert str(result.failures[0]).startswith("webhook: it accepts events too slowly.")
        receiver.answers = [200]
        watched.run(6, **SECRET)
    assert receiver.events == result.events


def test_a_place_where_nothing_listens_does_not_keep_others_from_getting_theirs(tmp_path: Path) -> None:
    with nobody_listens() as gone, http_receiver() as there:
        toml = f'{webhook(gone)}\n[[webhook]]\nname = "second"\nurl = "{there.url}"\n'
        _, result = fire(tmp_path, toml)
    assert [str(failure) for failure in result.failures] == [
        "webhook: nothing listens there. 1 event will be sent next time."
    ]
    assert there.events == result.events


@pytest.mark.slow
def test_a_mail_has_all_events_of_a_run_and_the_same_id_when_it_is_sent_again(tmp_path: Path) -> None:
    with smtp_receiver(end="451 later") as busy:
        watched, result = fire(tmp_path, mail(busy), videos=2)
        assert [str(failure) for failure in result.failures] == [
            "mail: it answered with SMTP status 451. 2 events will be sent next time."
        ]
    with smtp_receiver() as receiver:
        watched.watch = Watched(tmp_path, mail(receiver)).watch
        watched.see(6, item("v0", growing(6)), item("v1", growing(6)), item("v2", growing(6)))
        watched.run(7, **SECRET)
    (first, second) = receiver.mails
    assert first[0] == ["a@example.com", "b@example.com"]
    assert first[1]["Subject"] == "2 alerts: v"
    assert second[1]["Subject"] == 'v: "Title of v2" (TikTok): 12,000 views, at least 12,000.'
    assert first[1]["Message-ID"] != second[1]["Message-ID"]
    plain = first[1].get_body(("plain",))
    assert plain is not None
    for event in result.events:
        assert event["summary"] in plain.get_content()


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ({"greeting": "554 go away"}, "it answered with SMTP status 554"),
        ({"mail": "550 not you"}, "it answered with SMTP status 550"),
        ({"rcpt": "550 not here"}, "it refused a***@example.com, b***@example.com"),
        ({"end": "552 too much"}, "it answered with SMTP status 552"),
        ({"greeting": "nonsense"}, "it answered with SMTP status -1"),
    ],
)
def test_a_mail_server_that_fails_is_reported(tmp_path: Path, replies: dict[str, str], reason: str) -> None:
    with smtp_receiver(**replies) as receiver:
        _, result = fire(tmp_path, mail(receiver))
    (failure,) = result.failures
    assert str(failure).startswith(f"mail: {reason}")
    assert result.waiting == 1


@pytest.mark.parametrize("command", ["greeting", "mail", "data", "end"])
def test_a_mail_server_that_hangs_is_reported(tmp_path: Path, command: str, impatient: None) -> None:
    with smtp_receiver(**{command: "hang"}) as receiver:
        _, result = fire(tmp_path, mail(receiver))
    assert str(result.failures[0]).startswith("mail: it did not answer within ")
    assert result.waiting == 1


def test_a_recipient_that_is_refused_is_reported_and_the_others_get_the_mail_once(tmp_path: Path) -> None:
    with smtp_receiver(b="550 unknown") as receiver:
        watched, result = fire(tmp_path, mail(receiver))
        watched.run(6, **SECRET)
    assert [str(failure) for failure in result.failures] == [
        "mail: it refused b***@example.com and sent to the others."
    ]
    assert [to for to, _ in receiver.mails] == [["a@example.com"]]


@pytest.mark.parametrize(
    ("replies", "security", "reason"),
    [
        ({"auth": "535 wrong"}, "none", "it refused name or password (535)"),
        ({"auth": "454 later"}, "none", "it refused name or password (454)"),
        ({}, "starttls", "it offers no encryption or no login"),
        ({}, "tls", "its certificate or protocol was refused"),
        ({}, "none", None),
    ],
)
def test_a_login_that_fails_is_reported_and_the_password_not_shown(
    tmp_path: Path, replies: dict[str, str], security: str, reason: str | None
) -> None:
    with smtp_receiver(**replies) as receiver:
        toml = mail(receiver, 'user = "lab"\npassword_env = "PASSWORD"\n').replace('"none"', f'"{security}"')
        _, result = fire(tmp_path, toml)
    assert [str(failure).partition(".")[0] for failure in result.failures] == ([f"mail: {reason}"] if reason else [])
    assert "my password" not in repr(result)


LOGIN = 'user = "lab"\npassword_env = "PASSWORD"\n'


def test_by_starttls_name_password_and_mail_are_sent_only_in_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_receiver(make_server_context(tmp_path)) as receiver:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        _, result = fire(tmp_path, mail(receiver, LOGIN).replace('"none"', '"starttls"'))
    assert result.failures == []
    assert [sent["Subject"] for _, sent in receiver.mails] == [
        'v: "Title of v0" (TikTok): 12,000 views, at least 12,000.'
    ]
    assert receiver.commands == [
        "ehlo", "star",
        *(f"{verb} in TLS" for verb in ("ehlo", "auth", "mail", "rcpt", "rcpt", "data")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("certificate", "is_trusted", "reason"),
    [
        ({}, False, "unable to get local issuer certificate"),
        ({"address": "127.0.0.2"}, True, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ({"days": -1}, True, "certificate has expired"),
    ],
)
def test_to_a_server_with_a_wrong_certificate_nothing_is_sent(
    tmp_path: Path, certificate: dict[str, Any], is_trusted: bool, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_receiver(make_server_context(tmp_path, **certificate)) as receiver:
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        _, result = fire(tmp_path, mail(receiver, LOGIN).replace('"none"', '"starttls"'))
    assert [str(failure) for failure in result.failures] == [
        f"mail: its certificate was refused: {reason}. 1 event will be sent next time."
    ]
    assert receiver.commands == ["ehlo", "star"]


def test_where_starttls_fails_no_password_is_sent(tmp_path: Path) -> None:
    with smtp_receiver(make_server_context(tmp_path), star="454 not now") as receiver:
        _, result = fire(tmp_path, mail(receiver, LOGIN).replace('"none"', '"starttls"'))
    assert [str(failure) for failure in result.failures] == [
        "mail: it answered with SMTP status 454. 1 event will be sent next time."
    ]
    assert set(receiver.commands) == {"ehlo", "star"}


def test_an_error_of_a_library_is_a_failure_in_words_without_the_secret(tmp_path: Path) -> None:
    with smtp_receiver() as receiver, http_receiver() as there:
        login = f'user = "lab"\npassword_env = "PASSWORD"\n[[webhook]]\nurl = "{there.url}"\n'
        _, result = fire(tmp_path, mail(receiver, login), PASSWORD="pässword")
    assert [str(failure) for failure in result.failures] == [
        "mail: it failed (UnicodeEncodeError). 1 event will be sent next time."
    ]
    assert there.events == result.events


def test_quiet_hours_hold_back_what_is_not_urgent(tmp_path: Path) -> None:
    quiet = 'time_zone = "Europe/Berlin"\n[quiet]\nstart = "22:00"\nend = "08:00"\n'
    urgent = '[[value]]\nname = "u"\nmeasure = "views"\nat_least = 13000\nurgent = true\n'
    with http_receiver() as receiver:
        toml = f'{quiet}{VALUE}{urgent}[[webhook]]\nurl = "{receiver.url}"\n'
        watched, result = fire(tmp_path, toml)  # 5:00 UTC is 7:00 in Berlin
        assert [event["condition"] for event in receiver.events] == ["u"]
        assert (len(result.events), result.waiting, result.failures) == (2, 1, [])
        watched.run(6, **SECRET)
    assert [event["condition"] for event in receiver.events] == ["u", "v"]


QUIET = '[quiet]\nstart = "22:00"\nend = "08:00"\n'


def test_after_quiet_hours_one_mail_has_what_waited_in_the_order_it_was_found(tmp_path: Path) -> None:
    with smtp_receiver() as receiver:
        watched = Watched(tmp_path, f"{mail(receiver)}{QUIET}")
        for hour in (5, 7, 8, 9):
            watched.add(hour, *(item(f"v{n}", growing(hour)) for n in range(hour, 3, -1)))
            result = watched.run(hour, **SECRET)
            assert result.waiting == {5: 2, 7: 4}.get(hour, 0)
    (waited, later) = (sent.get_body(("plain",)).get_content() for _, sent in receiver.mails)
    assert re.findall('"Title of (.*)".*at least', waited) == ["v4", "v5", "v6", "v7", "v8"]
    assert waited.rstrip().endswith("read until 2026-07-01 08:00 UTC.")
    assert re.findall('"Title of (.*)".*at least', later) == ["v9"]


def test_an_event_that_waits_waits_once_also_if_its_condition_left_the_file_for_a_run(tmp_path: Path) -> None:
    other = '[[value]]\nname = "w"\nmeasure = "likes"\nat_least = 1\n'
    with smtp_receiver() as receiver:
        toml = f"{mail(receiver)}{QUIET}"
        watched, _ = fire(tmp_path, toml)
        for text in (toml.replace(VALUE, other), toml):
            watched.watch = Watched(tmp_path, text).watch
            watched.run(6, **SECRET)
        watched.run(9, **SECRET)
    assert [sent["Subject"] for _, sent in receiver.mails] == ["2 alerts: v, w"]


def test_a_silenced_condition_is_judged_and_not_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watched, result = fire(tmp_path, f"{VALUE}silence_until = {START:%Y-%m-%d}T12:00:00Z\n")
    assert (result.events, result.silenced) == ([], 1)
    assert watched.run(13).events == []
    assert capsys.readouterr().out == ""


def test_events_without_a_place_are_lines_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, result = fire(tmp_path, VALUE, videos=2)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == result.events


def test_a_closed_standard_output_is_a_place_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

        def flush(self) -> None:
            pass

    monkeypatch.setattr("sys.stdout", Closed())
    watched, result = fire(tmp_path, VALUE)
    assert [str(failure) for failure in result.failures] == ["stdout: Broken pipe. 1 event will be sent next time."]
    assert len(json.loads(watched.state.read_bytes())["outbox"]) == 1


def test_a_place_that_left_the_file_gets_nothing_more(tmp_path: Path) -> None:
    with nobody_listens() as gone:
        watched, _ = fire(tmp_path, webhook(gone))
    watched.watch = Watched(tmp_path, VALUE).watch
    assert watched.run(6).waiting == 0


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # an import of Apprise 2.3
@pytest.mark.slow
def test_apprise_gets_one_message_with_all_events(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    toml = f'retry_for = "1s"\n{VALUE}[[apprise]]\nurls_env = "TARGETS"\n'
    with pytest.raises(ConfigError, match=r"apprise: .* TARGETS holds an address .* does not know, number 2\. Nothing"):
        fire(tmp_path, toml, TARGETS="json://localhost nonsense://a:SECRET@b")
    with http_receiver() as receiver:
        target = f"json://127.0.0.1:{receiver.port}/a?token=abc"
        watched, result = fire(tmp_path, toml, videos=2, TARGETS=target)
        assert result.failures == []
        (message,) = receiver.events
        assert message["title"] == "2 alerts: v"
        assert all(event["summary"] in message["message"] for event in result.events)
        receiver.answers = [500]
        watched.add(6, item("w", growing(6)), *(item(f"v{n}", growing(5)) for n in range(2)))
        failed = watched.run(6, **SECRET, TARGETS=target)
    assert [str(failure) for failure in failed.failures] == [
        "apprise: a service did not accept the message. 1 event will be sent next time."
    ]
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
