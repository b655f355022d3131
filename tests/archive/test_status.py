"""The status of an archive: its size, the result of the last verification, and how reliable refreshes were."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest
from archive.days import day, item

import influtics_lab as lab
from influtics_lab.archive import commit
from influtics_lab.cli import main
from influtics_lab.errors import ArchiveError
from influtics_lab.simulation import SimulatedVideo


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    archive.add(day(2, item("a", {1: 5, 2: 6})))
    return archive


def test_status_counts_what_the_archive_holds(archive: lab.Archive) -> None:
    status = archive.status()
    assert (status.snapshots, status.files) == (2, 3)
    assert status.first_read == dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)
    assert status.last_read == dt.datetime(2025, 7, 2, 12, tzinfo=dt.UTC)
    files = [file for table in ("stats", "videos") for file in archive.files(table)]
    assert status.size_bytes == sum(file.stat().st_size for file in files)
    assert (status.verified, status.refresh) == ("not recorded", "never refreshed")


def test_status_tells_what_verify_found_last(archive: lab.Archive) -> None:
    archive.verify()
    assert archive.status().verified.startswith("nothing wrong, on 20")
    archive.add(day(3, item("a", {1: 5})))
    assert archive.status().verified.endswith("UTC; 1 snapshot added since")
    file = archive.files()[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(ArchiveError):
        archive.verify()
    name = file.relative_to(archive.folder).as_posix()
    assert archive.status().verified.startswith(f"1 problem, the first: {name} has other bytes")
    file.write_bytes(whole)
    assert archive.verify().status().verified.startswith("nothing wrong")


def test_a_record_that_was_changed_is_reported_once_and_written_again(archive: lab.Archive) -> None:
    record = archive.verify().folder / "verified.json"
    for changed in (record.read_bytes().replace(b"[]", b'["x"]'), b"", b"[]", b"{}"):
        record.write_bytes(changed)
        assert "verify again" in archive.status().verified
        with pytest.raises(ArchiveError, match=r"verified\.json has other bytes"):
            archive.verify()
        archive.verify()


@pytest.mark.slow
def test_status_tells_how_far_refreshes_can_be_trusted(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    stamps = [f"2025-07-01T{n // 10:02d}:0{n % 10}:00+00:00" for n in range(120)]
    items = [item(f"v{n:03d}", {1: n}, stats_last_updated=stamp) for n, stamp in enumerate(stamps)]
    videos = [SimulatedVideo(answer, "active") for answer in items]
    with lab.LocalAPI(videos) as api, lab.Client(api.key, api.url) as client:
        archive.refresh(client)
        today = dt.datetime.now(dt.UTC).date()
        assert archive.status().refresh == f"0 of 1 read were partial; the last full read was on {today}"
        archive.refresh(client)
        assert archive.status().refresh.endswith("; not yet checked by a full read")
        archive.refresh(client, full_every=0)
        assert archive.status().refresh.endswith("; 1 full read after refreshes found nothing unseen")
        archive.refresh(client)
        api.catalogue.update("v001", title="Another title")
        archive.refresh(client, full_every=0)
        assert "; 1 of 2 full reads after refreshes found what they had not shown, 1 video" in archive.status().refresh


def test_an_archive_of_version_0_1_has_a_status(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    archive.add(day(2, item("a", {1: 6})))
    found = commit.load_log(archive._store)
    states = (
        {"watermark": 5, "full_at": "2025-07-01T12:00:00+00:00", "full": False},
        {"watermark": 5, "full_at": "2025-07-02T12:00:00+00:00", "full": True, "why": "every 7 days", "missed": ["a"]},
    )
    for entry, state in zip(found.entries, states, strict=True):
        entry.refresh.update(state)
    commit.replace_log(archive._store, found)
    assert archive.verify().history()["views"].to_list() == [6]
    assert "1 of 1 full read after refreshes found what they had not shown, 1 video" in archive.status().refresh


def test_status_reads_no_file_of_data_and_needs_no_write_access(archive: lab.Archive) -> None:
    for file in archive.folder.rglob("*.parquet"):
        file.write_bytes(b"x")
    assert archive.status().size_bytes == 3
    assert not (archive.folder / "verified.json").exists()


def test_the_command_prints_a_line_for_each_fact(archive: lab.Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "status", str(archive.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == [
        "snapshots", "first read", "last read", "size", "verified", "refresh",
    ]  # fmt: skip
    assert main(["archive", "status", str(archive.folder / "nowhere")]) == 2


def test_the_record_is_plain_json(archive: lab.Archive) -> None:
    record = orjson.loads((archive.verify().folder / "verified.json").read_bytes())
    assert (record["snapshots"], record["problems"]) == (2, [])


def test_the_log_is_listed_newest_first(archive: lab.Archive, capsys: pytest.CaptureFixture[str]) -> None:
    archive.add(day(3, item("b", platform="YouTube"), platform="YouTube"))
    archive.add(day(4, platform="TikTok"))
    assert main(["archive", "log", str(archive.folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "4: 2025-07-04 12:00:00 UTC, TikTok: 0 videos, 0 readings (none changed); 1 video removed",
        "3: 2025-07-03 12:00:00 UTC, YouTube: 1 video, 0 readings (none changed)",
        "2: 2025-07-02 12:00:00 UTC, everything: 1 video, 2 readings (1 new)",
        "1: 2025-07-01 12:00:00 UTC, everything: 1 video, 1 reading (1 new)",
    ]
