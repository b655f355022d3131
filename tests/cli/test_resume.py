"""An interrupted read leaves no snapshot, and can be resumed."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import video
from draws import count_draws

import influtics_lab as lab
from influtics_lab.localapi import Catalogue, Fault
from influtics_lab.simulation import SimulatedVideo

pytestmark = pytest.mark.slow  # each test starts two processes or more
COMMAND = Path(sys.executable).parent / "influtics-lab"
KEY = "sk-very-secret-4711"
MOMENTS = count_draws(4, "INFLUTICS_LAB_KILLS")  # 20 before a release


def numbered(n: int) -> list[SimulatedVideo]:
    stats = {"views": {"2025-06-30 08:26:03+00": 7}}
    at = [f"2025-06-{1 + i // 1440:02d}T{i // 60 % 24:02d}:{i % 60:02d}:00+00:00" for i in range(n)]
    return [SimulatedVideo(video(f"v{i:05d}", stats, created_at=at[i]), "active") for i in range(n)]


@pytest.fixture
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(numbered(2000), key=KEY, delay=0.05) as running:
        yield running


def start(api: lab.LocalAPI, out: Path, *words: str) -> subprocess.Popen[str]:
    command = [COMMAND, "snapshot", "--out", out, "--base-url", api.url, *words]
    env = os.environ | {"INFLUTICS_API_KEY": KEY}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(reader: subprocess.Popen[str]) -> lab.Snapshot:
    said, complained = reader.communicate(timeout=60)
    assert reader.returncode == 0, complained
    return lab.Snapshot.read(said.splitlines()[-1]).verify()


def kill_after(api: lab.LocalAPI, requests: int, out: Path) -> None:
    before = len(api.requests)
    with start(api, out) as reader:
        while len(api.requests) < before + requests and reader.poll() is None:
            time.sleep(0.002)
        reader.kill()


def test_killed_read_leaves_no_snapshot_and_can_be_resumed(api: lab.LocalAPI, tmp_path: Path) -> None:
    whole = finish(start(api, tmp_path / "whole"))
    new_read = len(api.requests)
    for moment in range(MOMENTS):
        out = tmp_path / f"out{moment}"
        kill_after(api, 6 + moment * (new_read - 8) // MOMENTS, out)
        assert list(out.glob("[!.]*")) == []
        before = len(api.requests)
        resumed = finish(start(api, out, "--resume"))
        assert len(api.requests) - before < new_read
        assert resumed.manifest["resumed_pages"] > 0
        assert resumed.manifest["completeness"]["proven"] == "strict"
        assert resumed.manifest["content_digest"] == whole.manifest["content_digest"]
        assert [file.name for file in out.iterdir()] == [resumed.manifest["snapshot_id"]]


def test_changes_between_interruption_and_resume_are_not_lost(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 12, tmp_path)
    for n in range(0, 700, 2):
        api.catalogue.delete(f"v{n:05d}")
    for new in numbered(2050)[2000:]:
        api.catalogue.insert(new.answer)
    resumed = finish(start(api, tmp_path, "--resume"))
    assert {entry.answer()["video_id"] for entry in api.catalogue} <= set(resumed.videos["video_id"])


def test_without_resume_no_left_page_is_used(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 12, tmp_path)
    assert finish(start(api, tmp_path)).manifest["resumed_pages"] == 0


def test_truncated_page_is_not_used(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 15, tmp_path)
    (spool,) = tmp_path.glob(".reading-*")
    first, second, *_ = sorted(spool.iterdir())
    first.write_bytes(first.read_bytes()[:1000])
    second.write_bytes(b"")
    assert finish(start(api, tmp_path, "--resume")).videos.height == 2000


def test_different_query_does_not_use_left_pages(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 12, tmp_path)
    resumed = finish(start(api, tmp_path, "--resume", "--status", "active"))
    assert resumed.manifest["resumed_pages"] == 0


@pytest.mark.slow
@pytest.mark.smoke
def test_an_error_on_the_way_can_be_resumed_too(api: lab.LocalAPI, tmp_path: Path) -> None:
    def beyond(catalogue: Catalogue, number: int) -> None:
        if number == 10:
            api.faults.add(Fault.http(404), times=None)

    api.before_request = beyond
    with start(api, tmp_path) as reader:
        assert reader.wait(60) == 4
    api.before_request = None
    api.faults.clear()
    assert finish(start(api, tmp_path, "--resume")).manifest["resumed_pages"] > 0


def test_different_key_does_not_use_left_pages(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 12, tmp_path)
    api.key = "sk-another-4712"
    env = os.environ | {"INFLUTICS_API_KEY": api.key}
    words = ["snapshot", "--out", tmp_path, "--base-url", api.url, "--resume"]
    other = subprocess.Popen([COMMAND, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert finish(other).manifest["resumed_pages"] == 0


def test_pages_a_day_old_are_not_used_and_younger_ones_date_the_snapshot(api: lab.LocalAPI, tmp_path: Path) -> None:
    kill_after(api, 15, tmp_path)
    (spool,) = tmp_path.glob(".reading-*")
    first, *others = sorted(spool.iterdir())
    hours = 3600
    os.utime(first, (time.time() - 2 * hours,) * 2)
    os.utime(others[0], (time.time() - 25 * hours,) * 2)
    resumed = finish(start(api, tmp_path, "--resume")).manifest
    assert resumed["resumed_pages"] <= len(others)
    age = dt.datetime.fromisoformat(resumed["finished_at"]) - dt.datetime.fromisoformat(resumed["taken_at"])
    assert 1.9 < age / dt.timedelta(hours=1) < 2.1


def test_concurrent_reads_of_one_query_are_refused(api: lab.LocalAPI, tmp_path: Path) -> None:
    api.delay = 3.0
    with start(api, tmp_path) as one:
        while not list(tmp_path.glob(".reading-*")):
            time.sleep(0.002)
        with start(api, tmp_path) as two:
            assert two.wait(60) == 2
            assert two.stderr is not None
            assert "Another process" in two.stderr.read()
        api.delay = 0.0
        assert finish(one).videos.height == 2000
