"""The log keeps its earlier entries in segments: an add stays cheap for years, and every past day is found."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
from archive.days import at, item, same

import influtics_lab as lab
from influtics_lab.archive import commit
from influtics_lab.archive.log import KIND, Log, _shorten_entry, dump_log, parse_log
from influtics_lab.archive.log_entries import CHANGES, Entry, File
from influtics_lab.archive.log_segments import FOLDER, WIDTH
from influtics_lab.errors import ArchiveError, QueryError
from tests.s3_server import find_server, make_bucket

START = dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)
FIRST = at(START.isoformat(), [item("a", {1: 5})])
NOTHING = {table: dict.fromkeys(CHANGES, 0) for table in ("videos", "stats", "rejected")}


def hours_after(entry: Entry, number: int) -> Iterator[Entry]:
    """Entries of hourly reads that found nothing new."""
    for n in range(1, number + 1):
        until = (entry.until + dt.timedelta(hours=n)).isoformat()
        yield replace(entry, number=entry.number + n, taken_at=until, read_until=until, changes=NOTHING)


def with_hours(archive: lab.Archive, number: int) -> lab.Archive:
    """The archive after as many more reads that found nothing new, committed at once."""
    log = archive._load_log()
    assert log.head is not None
    commit.replace_log(archive._store, replace(log, recent=(*log.recent, *hours_after(log.head, number))))
    return archive


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(FIRST)
    return with_hours(archive, 3 * WIDTH)


def last_snapshot(hours: int = 100) -> lab.Snapshot:
    return at((START + dt.timedelta(hours=hours)).isoformat(), [item("a", {1: 5, 2: 6})])


def test_earlier_entries_are_in_segments_and_every_day_is_found(archive: lab.Archive) -> None:
    assert len(list((archive.folder / FOLDER).iterdir())) == 3
    assert len(archive._load_log().recent) == 1
    archive.add(last_snapshot())
    assert archive.verify().snapshots()["number"].to_list() == list(range(1, 3 * WIDTH + 3))
    same(archive, FIRST, START)
    same(archive, last_snapshot())
    assert archive.add(FIRST).number == 1
    assert archive.arrivals(START)["video_id"].to_list() == ["a"]
    with pytest.raises(QueryError, match="begins with the read of 2025-07-01"):
        archive.history("2025-06-30")


def test_a_day_is_found_without_reading_the_whole_log() -> None:
    files: dict[str, bytes] = {}
    reads: list[str] = []

    def read_files(names: list[str]) -> list[bytes | None]:
        reads.extend(names)
        return [files.get(name) for name in names]

    first = entry_of(FIRST)
    entries = (first, *hours_after(first, 700))
    sealed = Log(recent=entries).seal(files.__setitem__)
    log = parse_log(dump_log(sealed), "archive.json", read_files)
    assert log.entries == entries
    assert len(files) > 700 / WIDTH
    for n in range(0, 701, 7):
        reads.clear()
        assert log.as_of(START + dt.timedelta(hours=n, minutes=5)).number == n + 1
        assert len(reads) <= 3
    assert [entry.number for entry in log.read_backwards()] == list(range(701, 0, -1))
    assert len(log.entries_after(600)) == 101


def entry_of(snapshot: lab.Snapshot) -> Entry:
    facts = {name: snapshot.manifest[name] for name in ("videos", "readings", "completeness", "accounting")}
    query = {"platform": None, "status": None, "with_status": False}
    digest, taken_at = snapshot.manifest["content_digest"], snapshot.manifest["taken_at"]
    return Entry(1, taken_at, taken_at, query, digest, digest, facts, NOTHING)


@pytest.mark.slow
def test_an_add_after_three_years_of_hours_uploads_less_than_10_kilobytes() -> None:
    draw, files = random.Random(1), dict[str, bytes]()
    first = entry_of(FIRST)
    first.refresh.update(watermark=1751327589141521, full_at=first.read_until, full=False)
    first.facts.update(pages=1, retries=0, total_reported=[300, 300], host="api.example", finished_at=first.read_until)

    def digest() -> str:
        return f"{draw.getrandbits(256):064x}"

    def files_of(number: int, month: str) -> list[File]:
        names = [(table, digest()) for table in NOTHING]
        folder = f"snapshot_date={month}-01/{number:06d}-{number:06d}"
        return [File(f"{table}/{folder}-{sha256[:8]}.parquet", table, number, number, number, sha256)
                for table, sha256 in names]  # fmt: skip

    def digested(entry: Entry) -> Entry:
        return replace(entry, content_digest=(sha256 := digest()), state_digest=sha256)

    entries = list(map(digested, hours_after(first, 26_580)))
    months = [f"{2025 + (6 + n) // 12}-{(6 + n) % 12 + 1:02d}" for n in range(36)]
    merged = [file for n, month in enumerate(months, start=1) for file in files_of(n, month)]
    small = [file for n in range(21) for file in files_of(26_280 - n, f"{entries[26_280].until:%Y-%m}")]
    log = Log(recent=tuple(entries[:26_280]), open_files=(*merged, *small)).seal(files.__setitem__)
    uploads = []
    for entry in entries[26_280:]:
        written: dict[str, bytes] = {}
        log = log.with_entry(entry, []).seal(written.__setitem__)
        uploads.append(len(dump_log(log)) + sum(map(len, written.values())))
    assert max(uploads) < 10_000
    assert len(log.sealed_files.levels[0]) == 36 * 3 // WIDTH


@pytest.mark.parametrize("damage", ["missing", "changed", "foreign"])
def test_a_damaged_segment_is_named(archive: lab.Archive, tmp_path: Path, damage: str) -> None:
    (segment, *_) = sorted((archive.folder / FOLDER).iterdir())
    name = f"{FOLDER}/{segment.name}"
    if damage == "missing":
        segment.unlink()
    elif damage == "changed":
        segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    else:
        other = lab.Archive(tmp_path / "other")
        other.add(at(START.isoformat(), [item("b", {1: 1})]))
        with_hours(other, 3 * WIDTH)
        segment.write_bytes(next((other.folder / FOLDER).iterdir()).read_bytes())
    expected = f"{name} {'is missing' if damage == 'missing' else 'has other bytes than when it was written'}"
    with pytest.raises(ArchiveError) as caught:
        archive.verify()
    assert caught.value.problems == (expected,)
    with pytest.raises(ArchiveError, match="Restore it from a backup") as caught:
        archive.snapshots()
    assert caught.value.problems == (expected,)
    assert archive.history().height == 1  # the latest state needs no segment


def to_format_1(archive: lab.Archive) -> bytes:
    """Write the log as version 0.1 wrote it, and return it."""
    log, place = archive._load_log(), archive._store.place
    content = {"snapshots": list(map(_shorten_entry, log.entries)), "files": list(map(asdict, log.files))}
    head = {"kind": KIND, "format": 1, "sha256": hashlib.sha256(orjson.dumps(content)).hexdigest()}
    plain = orjson.dumps(head | content, option=orjson.OPT_APPEND_NEWLINE)
    place.replace("archive.json", plain)
    for name in place.list_names():
        if name.startswith(f"{FOLDER}/"):
            place.delete(name)
    return plain


def test_a_log_of_format_1_is_read_and_replaced_by_the_next_add(archive: lab.Archive) -> None:
    plain = to_format_1(archive)
    before = archive.verify().snapshots()
    same(archive, FIRST, START)
    (archive.folder / "archive.json").write_bytes(plain.replace(b'"rows":1', b'"rows":2'))
    with pytest.raises(ArchiveError, match="other bytes"):
        archive.history()
    (archive.folder / "archive.json").write_bytes(plain)
    archive.add(last_snapshot())
    assert archive.verify().snapshots()[:-1].equals(before)
    assert b'"format":2' in (archive.folder / "archive.json").read_bytes()
    same(archive, FIRST, START)


@pytest.fixture(params=["folder", "bucket"])
def location(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "folder":
        return str(tmp_path / "archive")
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    bucket, environment = make_bucket(find_server(request.getfixturevalue("run_folder")))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return f"{bucket}/archive"


@pytest.mark.slow
def test_two_writers_replace_a_log_of_format_1_while_others_read(location: str) -> None:
    archive = lab.Archive(location)
    archive.add(FIRST)
    to_format_1(with_hours(archive, 3 * WIDTH))
    before, stop, reads = archive.snapshots(), threading.Event(), list[object]()

    def read() -> None:
        while not stop.is_set():
            try:
                same(lab.Archive(location), FIRST, START)
                reads.append(lab.Archive(location).verify().snapshots()[: before.height].equals(before))
            except Exception as error:  # noqa: BLE001  # each is shown below
                reads.append(error)

    def write(platform: str) -> None:
        for n in range(3):
            videos = [item(f"{platform} {n}", {1: n}, platform=platform)]
            lab.Archive(location).add(at((START + dt.timedelta(hours=100)).isoformat(), videos, platform=platform))

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=[platform]) for platform in ("YouTube", "Instagram")]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert set(reads) == {True}
    assert archive.verify().snapshots()[:-6].equals(before)
    assert archive.videos()["video_id"].to_list() == ["Instagram 2", "YouTube 2", "a"]


def test_a_segment_of_a_killed_writer_is_deleted_by_the_next(archive: lab.Archive) -> None:
    orphan = archive.folder / FOLDER / f"{'0' * 64}.json.gz"
    orphan.write_bytes(b"half a segm")
    archive.verify().add(last_snapshot())
    assert not orphan.exists()
    assert archive.verify().snapshots().height == 3 * WIDTH + 2
