"""Every bad input has an outcome in words: a file with mistakes, missing secrets, foreign or damaged states, titles."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from commands import run_here
from watch.cases import Watched, brief, growing, item
from watch.receivers import http_receiver, smtp_receiver
from watch.test_delivery import SECRET, VALUE, fire, mail, webhook

from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.watch import parse_watch
from influtics_lab.watch.watch_state import hold_state

PURGE = '[[purge]]\nname = "p"\n'
MAIL = f'{PURGE}[[mail]]\nhost = "h"\nsender = "a@b.c"\nto = "x@y.z"\n'
STATE = '{"kind": "influtics-lab watch state", "format": 1'
EMPTY = f'{STATE}, "archive": "", "read_until": "", "opened": {{}}, "kinds": {{}}, '
EVENT = {"key": "k", "condition": "v", "summary": "s", "change": "begins", "at": "", "urgent": False}
ENTRY: dict[str, Any] = {"event": EVENT, "to": ["stdout"], "batch": 1}
HOSTILE = 'Sale\r\nBcc: x@example.com\r\n\r\n<script>alert(1)</script> \x1b[2J\u202e&amp; "quotes" \\n 한글 🎧'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: there is no condition; allowed are tables such as [[purge]]."),
        ('[[purg]]\nname = "p"', "line 1: purg is no key of a watch file; allowed are time_zone, "),
        (
            f'{PURGE}[quiet]\nstart = "22:00"\nend = "22:00"',
            'line 5: quiet.end is "22:00", as start; allowed is another time.',
        ),
        ("[[purge]]\nreadings = 2", "line 1: purge[1].name is missing; allowed is a text."),
        (f"{PURGE}readings = 0", "line 3: purge[1].readings is 0; allowed is a whole number from 1 to 100."),
        (f"{PURGE}redings = 2", "line 3: purge[1].redings is no key of a watch file; allowed are name, "),
        (f"{PURGE}redings = 2", "Do you mean readings?"),
        (f'{PURGE}urgent = "yes"', 'line 3: purge[1].urgent is "yes"; allowed is true or false.'),
        (
            f"{PURGE}silence_until = 19.05.2026",
            "line 3: 19.05.2026 has the day first. Write silence_until = 2026-05-19",
        ),
        (
            f'{PURGE}count = "plays"',
            'line 3: purge[1].count is "plays"; allowed is one of views, likes, comments, reposts.',
        ),
        (f"{PURGE}{PURGE}", 'line 4: purge[2].name is "p" again; allowed is each name once.'),
        (f'{PURGE}creator = "Ann"', "line 3: purge[1].creator is given; allowed with creators_csv, or with a campaign"),
        (
            f'{PURGE}campaign = "no.toml"',
            'line 3: purge[1].campaign is "no.toml", which does not exist; allowed is a file',
        ),
        (
            f'creators_csv = "no.csv"\n{PURGE}',
            'line 1: creators_csv is "no.csv", which does not exist; allowed is a file',
        ),
        (
            '[[value]]\nname = "v"\nmeasure = "views"',
            "line 1: value[1] has at_least and at_most, or neither; allowed is one",
        ),
        (f"{VALUE}at_most = 5", "value[1] has at_least and at_most, or neither; allowed is one of them."),
        (
            '[[value]]\nname = "v"\nmeasure = "views_per_day"\nat_least = 1\ntotal = true',
            'line 3: value[1].measure is "views_per_day" of a total; allowed is it for each video.',
        ),
        ('[[milestone]]\nname = "m"', "line 1: milestone[1] has levels and every, or neither; allowed is one of them."),
        (
            '[[milestone]]\nname = "m"\nlevels = [0]',
            "line 3: milestone[1].levels is [0]; allowed is a list of numbers above 0.",
        ),
        (
            '[[pace]]\nname = "m"\ntarget = 5',
            "line 1: pace[1] lacks target or by; allowed are both, or neither with a campaign",
        ),
        (
            '[[pace]]\nname = "m"\ntarget = 5\nby = 2026-07-01\nstart = 2026-07-02',
            "line 5: pace[1].start is 2026-07-02; allowed is a day up to 2026-07-01.",
        ),
        (
            '[[forecast]]\nname = "m"\ntarget = 5\nhorizon = "2d"',
            'line 4: forecast[1].horizon is "2d"; allowed is an age above 2 days.',
        ),
        ('[[no_reading]]\nname = "n"', "line 1: no_reading[1].hours is missing; allowed is a number above 0"),
        (
            f'[quiet]\nstart = "25:00"\nend = "7"\n{PURGE}',
            'line 2: quiet.start is "25:00"; allowed is a time of day such as "22:00".',
        ),
        (f'time_zone = "Berlin"\n{PURGE}', 'line 1: time_zone is "Berlin"; allowed is a name of the IANA time zones'),
        (f'retry_for = "soon"\n{PURGE}', 'line 1: retry_for is "soon"; allowed is a duration such as 24h or 7d.'),
        (f"{PURGE}[[webhook]]", "line 3: webhook[1] has url and url_env, or neither; allowed is one of them."),
        (
            f'{PURGE}[[webhook]]\nurl = "http://a.example/SECRET"',
            "line 4: webhook[1].url would send alerts unencrypted; allowed is",
        ),
        (
            f'{PURGE}[[webhook]]\nurl = "https://a:SECRET@b.example"',
            "line 4: webhook[1].url holds a name or password; allowed is",
        ),
        (f'{PURGE}[[webhook]]\nurl = "example.com"', "line 4: webhook[1].url is no address of a server; allowed is"),
        (
            f'{PURGE}[[webhook]]\nurl_env = "a b"',
            'line 4: webhook[1].url_env is "a b"; allowed is the name of an environment',
        ),
        (
            f'{PURGE}[[mail]]\nhost = "h"\nsender = "a@b.c"\nto = "x@y.z\\nBcc: c@d.e"',
            'line 6: mail[1].to is "x@y.z\\u{a}Bcc: c@d.e"; allowed is a mail address, or a list of them.',
        ),
        (f'{MAIL}user = "u"', "line 3: mail[1] has user or password_env alone; allowed are both, or neither."),
        (
            f'{MAIL}user = "u"\npassword_env = "P"\nsecurity = "none"',
            'mail[1].security is "none", which would send the password unencrypted; allowed is starttls or tls.',
        ),
        (
            PURGE + 2 * '[[webhook]]\nurl = "https://a.b"\nname = "x"\n',
            'line 8: webhook[2].name is "x" again; allowed is each name once.',
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_with_line_and_key(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_watch(text)
    assert error in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_watch('[[purge]]\nreadings = 0\n[[stall]]\nname = 5\n[[value]]\nname = "v"\nmeasure = "vews"')
    assert re.findall(r"line \d+: (\S+)", str(caught.value)) == [
        "purge[1].name", "purge[1].readings", "stall[1].name", "value[1].measure",
    ]  # fmt: skip


def test_a_missing_secret_stops_the_run_before_anything_is_checked(tmp_path: Path) -> None:
    with http_receiver() as receiver:
        watched = Watched(tmp_path, webhook(receiver))
        watched.add(5, item("a", growing(5)))
        with pytest.raises(ConfigError, match=r"webhook: the environment variable INFLUTICS_WATCH_SECRET is not set\."):
            watched.run(5)
        assert not watched.state.exists()
        with pytest.raises(ConfigError, match="begins with whsec_, and what follows is no base64"):
            watched.run(5, INFLUTICS_WATCH_SECRET="whsec_SECRET!")
        assert receiver.requests == []
        assert len(watched.run(5, **SECRET).events) == 1


def test_an_address_in_a_variable_is_checked_and_not_shown(tmp_path: Path) -> None:
    watched = Watched(tmp_path, f'{VALUE}[[webhook]]\nurl_env = "URL"\n')
    watched.add(5, item("a", growing(5)))
    with pytest.raises(ConfigError, match="environment variable URL would send alerts unencrypted") as caught:
        watched.run(5, URL="http://a.example/S3CRET", **SECRET)
    assert "S3CRET" not in str(caught.value)


def test_a_state_of_another_archive_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    with http_receiver(500) as receiver:
        watched, _ = fire(tmp_path, webhook(receiver))
        receiver.answers = [200]
        shutil.rmtree(watched.archive.folder)
        watched.add(6, item("other", growing(5)))
        before = watched.state.read_bytes()
        with pytest.raises(
            ConfigError, match=r"is the state of a watch over another archive than .* Nothing was checked"
        ):
            watched.run(6, **SECRET)
    assert receiver.requests == []
    assert watched.state.read_bytes() == before


def test_an_archive_that_went_back_in_time_is_not_judged_until_it_has_caught_up(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 18000')
    watched.see(5, item("a", growing(20)))
    shutil.copytree(watched.archive.folder, tmp_path / "backup")
    assert brief(watched.see(9, item("a", growing(20)))) == [("v", "begins", 8)]
    shutil.rmtree(watched.archive.folder)
    shutil.move(tmp_path / "backup", watched.archive.folder)
    with pytest.raises(ConfigError, match=r"went back in time: its last read ended at 2026-07-01T05:00.* Nothing was"):
        watched.run(9)
    assert watched.see(10, item("a", growing(20))) == []


def test_what_was_not_delivered_is_sent_also_while_the_archive_cannot_be_judged(tmp_path: Path) -> None:
    with http_receiver(500) as receiver:
        watched, result = fire(tmp_path, webhook(receiver))
        receiver.answers = [200]
        (watched.archive.folder / "archive.json").write_text("{}")
        with pytest.raises(Exception, match="is no log of an archive"):
            watched.run(6, **SECRET)
        assert receiver.events == result.events


def test_of_two_watches_at_once_the_second_does_nothing(tmp_path: Path) -> None:
    watched = Watched(tmp_path, VALUE)
    watched.add(5, item("a", growing(5)))
    with (
        hold_state(watched.state),
        pytest.raises(StorageError, match=r"Another watch is at work with .*\. Nothing was checked or sent\."),
    ):
        watched.run(5)
    assert len(watched.run(5).events) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", "is not the state of a watch: it is not JSON"),
        ("[]", "is not the state of a watch. Name another file with --state."),
        ('{"kind": "influtics-lab watch state", "format": 2}', "has the format 2; this version reads 1."),
        (f"{STATE}}}", "is damaged: it lacks what a state has."),
        (f'{STATE}, "archive": "", "read_until": "soon", "opened": {{}}, "kinds": {{}}, "outbox": []}}', "is damaged"),
        (f'{EMPTY}"outbox": [{{}}]}}', "is damaged"),
        (f'{EMPTY}"outbox": [{{"event": {{}}, "to": ["webhook"]}}]}}', "is damaged"),
        *((f'{EMPTY}"outbox": [{json.dumps(ENTRY | {"to": to})}]}}', "is damaged") for to in (None, 7, [[]], "stdout")),
        *(
            (f'{EMPTY}"outbox": [{json.dumps(ENTRY | {"event": ENTRY["event"] | {key: value}})}]}}', "is damaged")
            for key, value in (("key", []), ("key", None), ("condition", 7), ("summary", {}), ("urgent", "no"))
        ),
    ],
)
def test_a_state_that_is_none_is_refused_and_stays(tmp_path: Path, content: str, error: str) -> None:
    watched = Watched(tmp_path, VALUE)
    watched.add(5, item("a", growing(5)))
    watched.state.write_text(content)
    with pytest.raises(ConfigError, match=re.escape(error)):
        watched.run(5)
    assert watched.state.read_text() == content


def test_an_archive_without_a_read_is_refused(tmp_path: Path) -> None:
    watched = Watched(tmp_path, VALUE)
    with pytest.raises(Exception, match="is not an archive"):
        watched.run(5)


def test_names_of_no_video_are_noted(tmp_path: Path) -> None:
    watched = Watched(tmp_path, f'{PURGE}video = ["a", "b", "https://youtu.be/dQw4w9WgXcQ"]')
    watched.add(5, item("a", growing(5)))
    assert watched.run(5).notes == [
        "p: 'b' is no video of the archive.",
        "p: 'https://youtu.be/dQw4w9WgXcQ' is no video of the archive.",
    ]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, _: object) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_hostile_title_is_text_in_a_mail(tmp_path: Path) -> None:
    with smtp_receiver() as receiver:
        watched = Watched(tmp_path, mail(receiver))
        watched.add(5, item("a", growing(5), title=HOSTILE))
        watched.run(5, **SECRET)
    ((to, message),) = receiver.mails
    assert to == ["a@example.com", "b@example.com"]
    assert message["Bcc"] is None
    assert message["Subject"].startswith('v: "Sale Bcc: x@example.com <script>')
    plain, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert plain.get_content().replace("\r\n", "").isprintable()
    tags = Tags()
    tags.feed(page.get_content())
    assert tags.names.isdisjoint({"script", "a", "img", "link", "iframe"})
    assert "<script>" in tags.text


def test_a_hostile_title_reaches_no_terminal_and_stays_whole_in_json(tmp_path: Path) -> None:
    (tmp_path / "watch.toml").write_text(VALUE)
    watched = Watched(tmp_path, VALUE)
    watched.add(5, item("a", growing(5), title=HOSTILE))
    command = ("watch", tmp_path / "watch.toml", "--archive", watched.archive.folder)
    preview = run_here(*command, "--dry-run")
    assert preview.returncode == 0
    assert preview.stdout.replace("\n", "").isprintable()
    done = run_here(*command)
    assert done.returncode == 1
    assert done.stdout.removesuffix("\n").isascii()
    assert done.stdout.removesuffix("\n").isprintable()
    assert json.loads(done.stdout)["subject"]["title"] == HOSTILE.strip()
