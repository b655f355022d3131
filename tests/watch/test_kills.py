"""A watch that is killed at any moment loses no event, and sends none twice to a receiver that honours its key.

``INFLUTICS_LAB_KILLS=50 pytest -s tests/watch/test_kills.py`` printed: 50 kills, 612 events; sent again: 140 posts, 1
mails; on a loaded machine, where most runs are killed early, 874 posts, 3 mails.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from draws import count_draws
from watch.cases import Watched, at, growing, item
from watch.receivers import http_receiver, smtp_receiver
from watch.test_delivery import SECRET, VALUE

VIDEOS = 12


@pytest.mark.slow
def test_killed_at_drawn_moments_every_event_arrives_and_none_twice_by_its_key(tmp_path: Path) -> None:
    draw = random.Random(22)
    kills = count_draws(4, "INFLUTICS_LAB_KILLS")
    with http_receiver() as posts, smtp_receiver() as mails:
        toml = (
            f'{VALUE}[[webhook]]\nurl = "{posts.url}"\n[[mail]]\nhost = "127.0.0.1"\nport = {mails.port}\n'
            'security = "none"\nsender = "a@example.com"\nto = "b@example.com"\n'
        )
        (tmp_path / "watch.toml").write_text(toml, encoding="utf-8")
        watched = Watched(tmp_path, toml)
        watched.add(1, *(item(f"r0v{n}", growing(1)) for n in range(VIDEOS)))
        for number in range(1, kills + 1):
            names = [f"r{r}v{n}" for r in range(number + 1) for n in range(VIDEOS)]
            watched.add(5 + number, *(item(name, growing(5)) for name in names))
            _kill_run(tmp_path, draw.uniform(0.0, 1.0))
        subprocess.run(_command(tmp_path), env=os.environ | SECRET, check=False, timeout=120, stderr=subprocess.PIPE)
        result = watched.run(500, **SECRET)
    expected = {f"r{r}v{n}" for r in range(kills + 1) for n in range(VIDEOS)}
    assert (result.events, result.waiting, result.failures) == ([], 0, [])
    assert list(tmp_path.glob(".watch.state.json.*")) == []
    by_key = {event["key"]: event for event in posts.events}
    assert {event["subject"]["video_id"] for event in by_key.values()} == expected
    assert len(by_key) == len(expected)
    assert all(event == by_key[event["key"]] for event in posts.events)
    again = (len(posts.events) - len(by_key), len(mails.mails) - len({mail["Message-ID"] for _, mail in mails.mails}))
    print(f"{kills} kills, {len(expected)} events; sent again: {again[0]} posts, {again[1]} mails")
    by_id = {mail["Message-ID"]: mail.get_body(("plain",)).get_content() for _, mail in mails.mails}
    counted = {name: sum(text.count(f'"Title of {name}"') for text in by_id.values()) for name in expected}
    assert set(counted.values()) == {1}


def _command(folder: Path) -> list[str]:
    command = "import sys; from influtics_lab.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["watch", str(folder / "watch.toml"), "--archive", str(folder / "archive")]
    return [sys.executable, "-c", command, *words]


def _kill_run(folder: Path, share: float) -> None:
    """Kill a run after a share of the time from its first sign of work, the lock of the state, to about its end."""
    lock = folder / "watch.state.json.lock"
    lock.unlink(missing_ok=True)
    with subprocess.Popen(_command(folder), env=os.environ | SECRET, stderr=subprocess.DEVNULL) as process:
        while not lock.exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(share * 0.6)
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
def test_killed_after_quiet_hours_the_mail_of_what_waited_is_sent_again_as_it_was(tmp_path: Path) -> None:
    with smtp_receiver(end="250 accepted, but the answer will hang") as mails:
        quiet = '[quiet]\nstart = "22:00"\nend = "08:00"\n'
        server = f'[[mail]]\nhost = "127.0.0.1"\nport = {mails.port}\nsecurity = "none"\n'
        toml = f'{VALUE}{quiet}{server}sender = "a@example.com"\nto = "b@example.com"\n'
        (tmp_path / "watch.toml").write_text(toml, encoding="utf-8")
        watched = Watched(tmp_path, toml)
        for hour in (4, 5, 6):
            watched.see(hour, *(item(f"v{n}", growing(hour)) for n in range(4, hour + 1)))
        with subprocess.Popen([sys.executable, "-c", RUN_AT, str(tmp_path), at(9).isoformat()]) as process:
            while not mails.mails:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        mails.replies.clear()
        watched.see(10, *(item(f"v{n}", growing(10)) for n in range(4, 8)))
    first, again, last = (sent for _, sent in mails.mails)
    assert first["Message-ID"] == again["Message-ID"] != last["Message-ID"]
    assert first.get_body(("plain",)).get_content() == again.get_body(("plain",)).get_content()
    assert [sent["Subject"][:8] for sent in (first, last)] == ["3 alerts", 'v: "Titl']
    assert '"Title of v7"' in last["Subject"]


RUN_AT = """
import sys
from datetime import datetime
from pathlib import Path
import influtics_lab as lab
from influtics_lab.watch import read_watch, run_watch
folder = Path(sys.argv[1])
watch, archive = read_watch(folder / "watch.toml"), lab.Archive(folder / "archive")
run_watch(watch, archive, folder / "watch.state.json", now=datetime.fromisoformat(sys.argv[2]))
"""
