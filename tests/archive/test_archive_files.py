"""A killed writer leaves the state before or after; flipped bits are found; concurrent writers both succeed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from archive.days import at, day, item, same
from draws import count_draws

import influtics_lab as lab
from influtics_lab.archive import archive_files, commit
from influtics_lab.errors import ArchiveBusyError, ArchiveError, StorageError
from influtics_lab.storage import open_place, places

MOMENTS = count_draws(6, "INFLUTICS_LAB_KILLS")  # 50 before a release


class Killed(BaseException):
    pass


def two_months() -> list[lab.Snapshot]:
    """Three snapshots, of which the last one also makes the files of the month before one."""
    return [
        at("2025-07-01T12:00:00+00:00", [item("a", {1: 5, 2: 6}), item("b", {1: "bad"})]),
        at("2025-07-20T12:00:00+00:00", [item("a", {1: 5, 2: 7}), item("c", {1: 1})]),
        at("2025-08-01T12:00:00+00:00", [item("a", {2: 7}), item("d", {1: 1, 2: "bad"})]),
    ]


def holds(archive: lab.Archive, snapshots: list[lab.Snapshot]) -> None:
    archive.verify()
    for snapshot in snapshots:
        same(archive, snapshot, snapshot.manifest["taken_at"])


@pytest.mark.slow
def test_interruption_before_any_disk_step_leaves_the_state_before_or_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *earlier, last = two_months()
    fsync, replace = os.fsync, Path.replace
    for nth in range(100):
        archive = lab.Archive(tmp_path / str(nth))
        for snapshot in earlier:
            archive.add(snapshot)
        left = [nth]

        def count(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed

        monkeypatch.setattr(os, "fsync", lambda handle, count=count: (count(), fsync(handle)))
        monkeypatch.setattr(Path, "replace", lambda path, to, count=count: (count(), replace(path, to)))
        try:
            archive.add(last)
            stopped = False
        except Killed:
            stopped = True
        monkeypatch.undo()
        number = archive.snapshots().height
        holds(archive, [*earlier, last][:number])
        assert number == 3 or stopped
        archive.add(last)
        holds(archive, [*earlier, last])
        if not stopped:
            break
    assert nth > 10


def test_files_of_a_killed_writer_are_never_read_and_deleted_by_the_next(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    (named,) = archive.files()
    orphan = named.with_name("000002-000002-0123abcd.parquet")
    orphan.write_bytes(named.read_bytes())
    draft = archive.folder / ".archive.json.writing"
    draft.write_bytes(b"half a lo")
    mine = named.with_name("notes.parquet")
    mine.write_bytes(b"not the archive's")
    assert archive.verify().history().height == 1
    archive.add(day(2, item("a", {1: 5})))
    assert not orphan.exists()
    assert not draft.exists()
    assert mine.exists()


def test_archive_without_its_log_is_refused_and_keeps_its_files(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    whole = (archive.folder / "archive.json").read_bytes()
    files = archive.files()
    (archive.folder / "archive.json").unlink()
    for use in (archive.verify, archive.history, archive.compact, lambda: archive.add(day(2, item("a", {1: 6})))):
        with pytest.raises(ArchiveError, match=r"no archive\.json.*Restore archive\.json from a backup"):
            use()
    assert all(file.exists() for file in files)
    (archive.folder / "archive.json").write_bytes(whole)
    assert archive.verify().history().height == 1


@pytest.mark.slow
def test_interrupted_first_write_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, fsync = day(1, item("a", {1: 5}), item("b", {1: "bad"})), os.fsync
    for nth in range(100):
        archive, left = lab.Archive(tmp_path / str(nth)), [nth]

        def stop(handle: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            fsync(handle)

        monkeypatch.setattr(os, "fsync", stop)
        try:
            archive.add(first)
            stopped = False
        except Killed:
            stopped = True
        monkeypatch.undo()
        archive.add(first)
        holds(archive, [first])
        if not stopped:
            break
    assert nth > 5


WRITER = """
import sys, influtics_lab as lab
archive = lab.Archive(sys.argv[1])
snapshots = [lab.Snapshot.read(path) for path in sys.argv[2:]]
print("ready", flush=True)
for snapshot in snapshots:
    archive.add(snapshot)
"""


@pytest.mark.slow
def test_writer_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    whole = lab.simulate(60, seed=5)
    ids = whole.videos["video_id"]
    snapshots = []
    for n in range(12):
        some = pl.col("video_id").is_in(ids.sample(45, seed=n).implode())
        facts = whole.manifest | {"taken_at": f"2025-07-{10 + n:02d}T00:00:00+00:00"}
        tables = [frame.filter(some) for frame in (whole.videos, whole.stats, whole.rejected)]
        points = tables[2]["field"].str.starts_with("stats.").sum()
        kept = sum(tables[1][name].count() for name in ("views", "likes", "comments", "reposts"))
        facts["accounting"] = {"received": kept + points, "kept": kept, "rejected": points, "duplicates": 0}
        facts["rejected_fields"] = tables[2].height - points
        snapshots.append(lab.Snapshot.build(*tables, facts))
    paths = [snapshot.write(tmp_path / "snapshots") for snapshot in snapshots]
    draw = random.Random(1)
    archive = lab.Archive(tmp_path / "archive-0")
    for kill in range(MOMENTS):
        command = [sys.executable, "-c", WRITER, archive.folder, *paths]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(draw.uniform(0, 0.4))
            writer.kill()
        if archive.folder.exists() and (archive.folder / "archive.json").exists():
            number = archive.verify().snapshots().height
            for snapshot in snapshots[max(number - 2, 0) : number]:
                same(archive, snapshot, snapshot.manifest["taken_at"])
            if number == len(snapshots):
                archive = lab.Archive(tmp_path / f"archive-{kill + 1}")
    for snapshot in snapshots:
        archive.add(snapshot)
    holds(archive, snapshots)


@pytest.mark.slow
def test_flipped_bit_anywhere_is_found_and_its_file_named(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    for snapshot in two_months():
        archive.add(snapshot)
    draw = random.Random(1)
    files = [file for file in archive.folder.rglob("*") if file.is_file() and file.stat().st_size]
    named = {file for table in ("stats", "videos", "rejected") for file in archive.files(table)}
    files = [file for file in files if file in named or file.name == "archive.json"]
    assert len(files) == 7
    for file in files:
        name = file.relative_to(archive.folder).as_posix()
        whole = file.read_bytes()
        bits = range(8 * len(whole)) if file.name == "archive.json" else draw.sample(range(8 * len(whole)), 20)
        for bit in draw.sample(bits, min(len(bits), 200)):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            file.write_bytes(flipped)
            with pytest.raises(ArchiveError) as caught:
                archive.verify()
            assert any(problem.startswith(name) for problem in caught.value.problems), bit
        file.write_bytes(whole)
    archive.verify()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    (file,) = archive.files()
    file.unlink()
    with pytest.raises(ArchiveError, match=r"stats/snapshot_date=2025-07-01/.*parquet is missing"):
        archive.verify()
    with pytest.raises(ArchiveError, match="damaged or missing"):
        archive.history()


def test_newer_format_and_foreign_log_are_reported(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    file = archive.folder / "archive.json"
    file.write_bytes(file.read_bytes().replace(b'"format":2', b'"format":3'))
    with pytest.raises(ArchiveError, match="Install a newer influtics-lab"):
        archive.history()
    file.write_text('{"name": "a package"}')
    with pytest.raises(ArchiveError, match="no log of an archive"):
        archive.add(day(2))


def test_verify_sees_a_log_that_leaves_a_file_out(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))
    archive.add(day(2, item("a", {1: 6})))
    found = commit.load_log(archive._store)
    commit.replace_log(archive._store, found.with_replaced_files([found.files_of("stats")[1]], []))
    with pytest.raises(ArchiveError, match="not what its last snapshot left"):
        archive.verify()


@pytest.mark.slow
def test_concurrent_writers_add_one_after_the_other(tmp_path: Path) -> None:
    def write(platform: str) -> None:
        for n in range(1, 6):
            videos = [item(f"{platform} {n}", {1: n}, platform=platform)]
            lab.Archive(tmp_path / "archive").add(at("2025-07-01T12:00:00+00:00", videos, platform=platform))

    writers = [threading.Thread(target=write, args=[platform]) for platform in ("TikTok", "YouTube", "Instagram")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    archive = lab.Archive(tmp_path / "archive").verify()
    assert archive.snapshots().height == 15
    assert archive.videos()["video_id"].to_list() == ["Instagram 5", "TikTok 5", "YouTube 5"]


def test_writer_that_waits_too_long_raises_and_changes_nothing(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive", patience=0.1)
    archive.add(day(1, item("a", {1: 5})))
    with (
        archive_files.Store(open_place(archive.folder)).hold_lock(1),
        pytest.raises(ArchiveBusyError, match="Nothing was changed"),
    ):
        archive.add(day(2, item("a", {1: 6})))
    assert archive.verify().history()["views"].to_list() == [5]
    archive.add(day(2, item("a", {1: 6})))


@pytest.mark.slow
def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from influtics_lab.archive.archive_files import Store\n"
        "from influtics_lab.storage import open_place\n"
        "with Store(open_place(sys.argv[1])).hold_lock(1): print('held', flush=True); time.sleep(60)"
    )
    archive = lab.Archive(tmp_path / "archive", patience=0.1)
    with subprocess.Popen([sys.executable, "-c", hold, archive.folder], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(ArchiveBusyError):
            archive.add(day(1))
        holder.kill()
    archive.add(day(1))


def test_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        lab.Archive(tmp_path / "file" / "archive").add(day(1))


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5})))

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(places, "write_synced", full)
    with pytest.raises(StorageError, match="No space left on device"):
        archive.add(day(2, item("a", {1: 6})))
    monkeypatch.undo()
    assert archive.verify().history()["views"].to_list() == [5]
    archive.add(day(2, item("a", {1: 6})))
    assert sum(1 for _ in archive.folder.rglob("stats/*/*.parquet")) == 2
