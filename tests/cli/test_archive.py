"""The archive commands as cron calls them: one line of output or error, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from archive.days import day, item
from commands import KEY, run_here

import influtics_lab as lab
from influtics_lab.localapi import Fault


def outcome(*words: object) -> str:
    result = run_here("archive", *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert KEY not in result.stdout
    (line,) = result.stdout.splitlines()
    return line


def refused(code: int, *words: object, key: str | None = KEY) -> str:
    result = run_here(*words, key=key)
    assert (result.returncode, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    assert KEY not in line
    return line


@pytest.fixture
def api() -> Iterator[lab.LocalAPI]:
    with lab.LocalAPI(lab.simulate(120, seed=4), key=KEY) as running:
        yield running


def test_snapshots_are_added_and_a_day_comes_out_again(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    days = [day(1, item("a", {1: 5})), day(2, item("a", {1: 6, 2: 7}))]
    paths = [snapshot.write(tmp_path / "snapshots") for snapshot in days]
    assert outcome("add", archive, paths[0]) == f"{archive}: snapshot 1: videos: 1 new; readings: 1 new."
    assert outcome("add", archive, paths[1]) == f"{archive}: snapshot 2: readings: 1 new, 1 changed."
    assert outcome("add", archive, paths[1]) == f"{archive}: snapshot 2 is already there."
    out = tmp_path / "first.parquet"
    assert outcome("history", archive, "--as-of", "2025-07-01", "--out", out) == f"{out}: 1 video, 1 reading."
    assert pl.read_parquet(out).equals(days[0].frame())
    assert outcome("history", archive, "--out", tmp_path / "now.csv").endswith("1 video, 2 readings.")
    unread = day(3, item("a", {1: 6, 2: 7}), item("b", {})).write(tmp_path / "snapshots")
    outcome("add", archive, unread)
    printed = outcome("history", archive, "--out", tmp_path / "later.csv")
    assert printed.endswith("1 video, 2 readings; 1 more video without readings.")
    frozen = lab.Snapshot.read(outcome("export", archive, "--as-of", "2025-07-01", "--out", tmp_path / "again"))
    assert frozen.verify().path == tmp_path / "again" / paths[0].name


@pytest.mark.slow
def test_refresh_prints_its_result_in_one_line(api: lab.LocalAPI, tmp_path: Path) -> None:
    words = ("refresh", tmp_path / "archive", "--base-url", api.url)
    assert "read everything (the first read of this query): 3 pages, 120 videos; snapshot 1: " in outcome(*words)
    assert "read the latest updates: 1 page, 120 videos; snapshot " in outcome(*words)
    assert "read everything (every 0 days): " in outcome(*words, "--full-every", 0)
    assert "(the first read of this query): " in outcome(*words, "--platform", "TikTok", "--with-status")
    result = run_here("verify", tmp_path / "archive")
    assert result.returncode == 0
    assert " snapshots, the last one read until " in result.stdout


def test_a_refresh_that_fails_has_its_exit_code_and_changes_nothing(api: lab.LocalAPI, tmp_path: Path) -> None:
    words = ("archive", "refresh", tmp_path / "archive", "--base-url", api.url)
    assert "INFLUTICS_API_KEY" in refused(2, *words, key=None)
    assert "refused" in refused(3, *words, key="wrong")
    api.faults.add(Fault.http(404), times=None)
    assert "404" in refused(4, *words)
    assert not (tmp_path / "archive" / "archive.json").exists()


def test_archive_errors_are_one_line(tmp_path: Path) -> None:
    older, newer = (day(n, item("a", {1: n})).write(tmp_path) for n in (1, 2))
    archive = tmp_path / "archive"
    assert "is not an archive" in refused(2, "archive", "history", archive, "--out", tmp_path / "out.csv")
    outcome("add", archive, newer)
    assert "in the order in which they were taken" in refused(1, "archive", "add", archive, older)
    assert "is not a snapshot" in refused(2, "archive", "add", archive, tmp_path / "nowhere")
    assert "begins with" in refused(2, "archive", "export", archive, "--as-of", "2025-07-01", "--out", tmp_path)
    assert ".parquet, .csv, .arrow" in refused(2, "archive", "history", archive, "--out", tmp_path / "out.xlsx")


def test_verify_names_the_file_with_a_flipped_bit(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    (file,) = archive.files()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)
    assert file.relative_to(archive.folder).as_posix() in refused(1, "verify", archive.folder)
    log = archive.folder / "archive.json"
    log.write_bytes(log.read_bytes().replace(b'"content":"H4', b'"content":"H5'))
    assert "archive.json has other bytes" in refused(1, "verify", archive.folder)
