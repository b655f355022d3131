"""A snapshot on disk: whole or not at all, the same bytes each time, and verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.errors import SnapshotError, StorageError


@pytest.fixture(scope="module")
def snapshot() -> lab.Snapshot:
    return lab.simulate(20, seed=3)


@pytest.fixture
def path(snapshot: lab.Snapshot, tmp_path: Path) -> Path:
    return snapshot.write(tmp_path)


def test_what_was_written_is_read_again(snapshot: lab.Snapshot, path: Path) -> None:
    again = lab.Snapshot.read(path)
    assert again.verify().path == path
    for name in ("videos", "stats", "rejected"):
        assert getattr(again, name).equals(getattr(snapshot, name))
    assert snapshot.manifest.items() <= again.manifest.items()
    assert sorted(file.name for file in path.iterdir()) == [
        "manifest.json", "rejected.parquet", "stats.parquet", "videos.parquet",
    ]  # fmt: skip


def test_the_same_frames_give_the_same_bytes(snapshot: lab.Snapshot, tmp_path: Path) -> None:
    chunked = lab.Snapshot(
        snapshot.videos,
        pl.concat([snapshot.stats[:7], snapshot.stats[7:]], rechunk=False),
        snapshot.rejected,
        snapshot.manifest,
    )
    one, two = snapshot.write(tmp_path / "one"), chunked.write(tmp_path / "two")
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()


def test_the_frame_is_one_row_for_each_video_and_timestamp(snapshot: lab.Snapshot) -> None:
    frame = snapshot.frame()
    assert frame.select(snapshot.stats.columns).equals(snapshot.stats)
    row = frame.row(0, named=True)
    assert snapshot.videos.filter(video_id=row["video_id"])["created_at"].item() == row["created_at"]


def test_writing_again_leaves_what_is_there(snapshot: lab.Snapshot, path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in path.iterdir()}
    assert snapshot.write(path.parent) == path
    assert {file: file.stat().st_mtime_ns for file in path.iterdir()} == before


@pytest.mark.parametrize("name", ["videos.parquet", "stats.parquet", "rejected.parquet"])
def test_one_flipped_bit_is_found(path: Path, name: str) -> None:
    data = bytearray((path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (path / name).write_bytes(data)
    with pytest.raises(SnapshotError, match=name):
        lab.Snapshot.read(path).verify()


def test_a_missing_file_is_named(path: Path) -> None:
    (path / "stats.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"stats\.parquet"):
        lab.Snapshot.read(path)


def rewrite(path: Path, **changes: object) -> None:
    manifest = json.loads((path / "manifest.json").read_bytes())
    (path / "manifest.json").write_text(json.dumps(manifest | changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 2}, "newer influtics-lab"),
        ({"kind": "x"}, "something else"),
    ],
)
def test_a_foreign_or_newer_folder_says_so(path: Path, changes: dict[str, object], why: str) -> None:
    rewrite(path, **changes)
    with pytest.raises(SnapshotError, match=why):
        lab.Snapshot.read(path)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"accounting": {"received": 1, "kept": 1, "rejected": 1, "duplicates": 0}}, "does not add up"),
        ({"videos": 3}, "numbers of rows"),
        ({"content_digest": "0" * 64}, "content_digest"),
    ],
)
def test_a_manifest_that_says_otherwise_is_named(path: Path, changes: dict[str, object], why: str) -> None:
    rewrite(path, **changes)
    with pytest.raises(SnapshotError, match=why) as caught:
        lab.Snapshot.read(path).verify()
    assert caught.value.problems


def test_laws_are_checked_beyond_the_digests(snapshot: lab.Snapshot) -> None:
    twice = pl.concat([snapshot.stats, snapshot.stats[:1]])
    broken = lab.Snapshot(snapshot.videos, twice, snapshot.rejected, snapshot.manifest)
    with pytest.raises(SnapshotError, match="not unique"):
        broken.verify()


@pytest.mark.parametrize("content", [None, b"no json", b"[]"])
def test_what_is_no_snapshot_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError, match=r"snapshot|cannot be read"):
        lab.Snapshot.read(tmp_path)
    with pytest.raises(SnapshotError, match="is no folder"):
        lab.Snapshot.read(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_written_says_so(snapshot: lab.Snapshot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="Choose another folder"):
        snapshot.write(tmp_path / "file")


def test_the_digest_does_not_see_when_or_how_it_was_read(snapshot: lab.Snapshot) -> None:
    moved = snapshot.rejected.with_columns(page=pl.col("page") + 5)
    shuffled = snapshot.videos.sample(fraction=1, shuffle=True, seed=1)
    facts = {**snapshot.manifest, "taken_at": "2030-01-01T00:00:00+00:00"}
    other = lab.Snapshot.build(shuffled, snapshot.stats, moved, facts)
    assert other.manifest["content_digest"] == snapshot.manifest["content_digest"]
    assert other.manifest["snapshot_id"] != snapshot.manifest["snapshot_id"]


@pytest.mark.parametrize("column", ["title", "latest_views", "er_reported_pct", "created_at"])
def test_the_digest_sees_every_value(snapshot: lab.Snapshot, column: str) -> None:
    row = snapshot.videos[column].is_not_null().arg_true()[0]
    hole = pl.when(pl.int_range(pl.len()) != row).then(pl.col(column))
    changed = snapshot.videos.with_columns(hole.alias(column))
    other = lab.Snapshot.build(changed, snapshot.stats, snapshot.rejected, snapshot.manifest)
    assert other.manifest["content_digest"] != snapshot.manifest["content_digest"]


def test_a_killed_writer_leaves_no_snapshot(tmp_path: Path) -> None:
    script = (
        "import sys, influtics_lab as lab\n"
        "snapshot = lab.simulate(30, seed=int(sys.argv[2]))\n"
        "print('ready', flush=True)\n"
        "snapshot.write(sys.argv[1])\n"
    )
    for seed in range(4):
        command = [sys.executable, "-c", script, str(tmp_path / "out"), str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.004 * seed)
            writer.kill()
        for found in (tmp_path / "out").glob("[!.]*"):
            lab.Snapshot.read(found).verify()


def test_a_snapshot_shows_what_it_is(snapshot: lab.Snapshot) -> None:
    for shown in (repr(snapshot), snapshot._repr_html_()):
        assert "20 (Instagram, TikTok, YouTube)" in shown
        assert snapshot.manifest["content_digest"][:16] in shown


def test_the_files_are_read_by_others(snapshot: lab.Snapshot, path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(path / "stats.parquet")
    assert len(frame) == snapshot.stats.height
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"
