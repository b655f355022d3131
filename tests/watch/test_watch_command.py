"""``influtics-lab watch`` as cron calls it: its output, its exit codes, and what a dry run shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import run_here
from watch.cases import Watched, growing, item, read_at, shows
from watch.receivers import http_receiver
from watch.test_conditions import fallen
from watch.test_delivery import VALUE

import influtics_lab as lab
from influtics_lab.campaign.file.field_types import list_keys
from influtics_lab.watch import Watch, parse_watch
from influtics_lab.watch.watch_template import WATCH_TEMPLATE
from tests.s3_server import find_server, make_bucket


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "watch.toml").write_text(f'{VALUE}[[purge]]\nname = "p"\n', encoding="utf-8")
    watched = Watched(tmp_path, VALUE)
    watched.add(5, item("a", growing(5)))
    return tmp_path


def test_exit_codes_are_0_without_events_1_with_and_5_where_a_place_failed(home: Path) -> None:
    command = ("watch", home / "watch.toml", "--archive", home / "archive")
    first = run_here(*command)
    assert (first.returncode, first.stderr) == (1, f"{home / 'watch.toml'}: 1 event.\n")
    assert json.loads(first.stdout)["condition"] == "v"
    again = run_here(*command)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", f"{home / 'watch.toml'}: 0 events.\n")
    with http_receiver(500) as receiver:
        text = f'retry_for = "1s"\n{VALUE}[[webhook]]\nurl = "{receiver.url}"\n'
        (home / "other.toml").write_text(text, encoding="utf-8")
        failed = run_here("watch", home / "other.toml", "--archive", home / "archive", INFLUTICS_WATCH_SECRET="s")
    assert failed.returncode == 5
    assert failed.stderr.splitlines() == [
        "influtics-lab watch: webhook: it answered with HTTP status 500. 1 event will be sent next time.",
        f"{home / 'other.toml'}: 1 event, 1 not sent yet.",
    ]
    assert run_here("watch", home / "other.toml", "--archive", home / "archive").returncode == 2
    assert run_here("watch", home / "watch.toml").returncode == 2
    assert run_here("watch", home / "watch.toml", "--archive", home / "none").returncode == 2


def test_a_dry_run_shows_what_would_be_sent_and_the_last_time_and_writes_nothing(home: Path) -> None:
    watched = Watched(home, VALUE)
    watched.add(50, item("a", fallen(50, 21)))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    shown = run_here("watch", home / "watch.toml", "--archive", home / "archive", "--dry-run")
    assert shown.returncode == 0
    value = '"Title of a" (TikTok): 12,000 views, at least 12,000.'
    purge = 'Views of "Title of a" (TikTok) fell by 16.7 %, from 30,000 to 25,000.'
    once = "it began 1 time in this archive, last at 2026-07-01"
    assert shown.stdout.splitlines() == [
        f"v (value): 1 event now; {once} 02:00 UTC: {value}",
        f"  begins at 2026-07-01 02:00 UTC: {value}",
        f"p (purge): 0 events now; {once} 21:00 UTC: {purge}",
    ]
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_the_archive_may_be_in_a_bucket(home: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, environment = make_bucket(find_server(run_folder))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    place = f"{bucket}/lab/archive"
    command = ("watch", home / "watch.toml", "--archive", place)
    assert run_here(*command).returncode == 2
    archive = lab.Archive(place)
    archive.add(read_at(5, item("a", growing(5))))
    dry = run_here(*command, "--dry-run")
    assert (dry.returncode, dry.stdout.splitlines()[0].partition(";")[0]) == (0, "v (value): 1 event now")
    first = run_here(*command)
    assert (first.returncode, first.stderr) == (1, f"{home / 'watch.toml'}: 1 event.\n")
    event = json.loads(first.stdout)
    assert event["archive"]["place"] == place
    assert shows(event)
    assert run_here(*command).returncode == 0
    archive.add(read_at(50, item("a", fallen(50, 21))))
    assert json.loads(run_here(*command).stdout.splitlines()[0])["condition"] == "p"


def test_init_writes_a_file_that_works_and_overwrites_nothing(home: Path) -> None:
    new = home / "new.toml"
    assert run_here("watch", new, "--init").stdout == f"{new}\n"
    assert run_here("watch", new, "--archive", home / "archive").returncode == 1  # no new reading for 26 hours
    refused = run_here("watch", new, "--init")
    assert refused.returncode == 2
    assert "already exists" in refused.stderr


def test_every_example_of_the_first_file_is_allowed(home: Path) -> None:
    run_here("watch", home / "new.toml", "--init")
    lines = (home / "new.toml").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.removeprefix("#") if line.startswith("#") and line[1:2] != " " else line for line in lines)
    for name in ("creators.csv", "june.toml"):
        (home / name).touch()
    watch = parse_watch(text, folder=home)
    assert {condition.kind for condition in watch.conditions} == {
        "purge", "stall", "burst", "failed_polls", "removed", "hidden", "no_reading", "milestone", "value", "pace",
        "forecast", "counting_rule",
    }  # fmt: skip
    assert list(watch.sinks) == ["our server", "mail", "apprise"]


def test_the_first_file_names_every_key() -> None:
    keys, tables = {"name"}, [Watch]
    for table in tables:
        for key in list_keys(table):
            keys.add(key.name)
            tables += [key.metadata["type"]] if isinstance(key.metadata["type"], type) else []
    assert {key for key in keys if not re.search(rf"\b{key}\b", WATCH_TEMPLATE)} == set()
