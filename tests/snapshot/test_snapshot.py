"""A snapshot on disk: written completely or not at all, with the same bytes each time, and verified."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.errors import SnapshotError, StorageError
from influtics_lab.snapshot.manifest import dump_manifest


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
    (path / "manifest.json").write_bytes(dump_manifest(manifest | changes))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 3}, "newer influtics-lab"),
        ({"kind": "x"}, "a different kind"),
    ],
)
def test_foreign_and_newer_folders_are_reported(path: Path, changes: dict[str, object], why: str) -> None:
    rewrite(path, **changes)
    with pytest.raises(SnapshotError, match=why):
        lab.Snapshot.read(path)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"accounting": {"received": 1, "kept": 1, "rejected": 1, "duplicates": 0}}, "do not add up"),
        ({"videos": 3}, "numbers of rows"),
        ({"content_digest": "0" * 64}, "content_digest"),
    ],
)
def test_a_manifest_that_contradicts_the_files_is_reported(path: Path, changes: dict[str, object], why: str) -> None:
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
def test_folder_without_a_snapshot_is_reported(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError, match=r"is not a snapshot|cannot be read \("):
        lab.Snapshot.read(tmp_path)
    with pytest.raises(SnapshotError, match="no such folder"):
        lab.Snapshot.read(tmp_path / "nowhere")


def test_unwritable_folder_is_reported(snapshot: lab.Snapshot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="choose another folder"):
        snapshot.write(tmp_path / "file")


def test_the_digest_does_not_see_when_or_how_it_was_read(snapshot: lab.Snapshot) -> None:
    moved = snapshot.rejected.with_columns(page=pl.col("page") + 5)
    shuffled = snapshot.videos.sample(fraction=1, shuffle=True, seed=1)
    facts = {**snapshot.manifest, "taken_at": "2030-01-01T00:00:00+00:00"}
    other = lab.Snapshot.build(shuffled, snapshot.stats, moved, facts)
    assert other.manifest["content_digest"] == snapshot.manifest["content_digest"]
    assert other.manifest["snapshot_id"] != snapshot.manifest["snapshot_id"]


def test_digest_treats_minus_zero_as_zero(snapshot: lab.Snapshot) -> None:
    def digest(er: float) -> str:
        videos = snapshot.videos.with_columns(er_reported_pct=pl.lit(er))
        built = lab.Snapshot.build(videos, snapshot.stats, snapshot.rejected, snapshot.manifest)
        return str(built.manifest["content_digest"])

    assert digest(-0.0) == digest(0.0) != digest(1.0)


@pytest.mark.parametrize("column", ["title", "latest_views", "er_reported_pct", "created_at"])
def test_the_digest_sees_every_value(snapshot: lab.Snapshot, column: str) -> None:
    row = snapshot.videos[column].is_not_null().arg_true()[0]
    hole = pl.when(pl.int_range(pl.len()) != row).then(pl.col(column))
    changed = snapshot.videos.with_columns(hole.alias(column))
    other = lab.Snapshot.build(changed, snapshot.stats, snapshot.rejected, snapshot.manifest)
    assert other.manifest["content_digest"] != snapshot.manifest["content_digest"]


@pytest.mark.slow
def test_a_killed_writer_leaves_no_snapshot(tmp_path: Path) -> None:
    script = (
        "import sys, influtics_lab as lab\n"
        "snapshot = lab.simulate(30, seed=3)\n"
        "print('ready', flush=True)\n"
        "snapshot.write(sys.argv[1])\n"
    )
    half = 0
    for moment in range(8):
        out = tmp_path / str(moment)
        with subprocess.Popen([sys.executable, "-c", script, out], stdout=subprocess.PIPE) as writer:
            while writer.poll() is None and not list(out.glob(".writing-*")):
                time.sleep(0.0005)
            time.sleep(0.002 * moment)
            writer.kill()
        half += bool(list(out.glob(".writing-*")))
        for found in out.glob("[!.]*"):
            lab.Snapshot.read(found).verify()
    assert half > 0


def test_two_writers_of_the_same_snapshot_both_find_it_there(snapshot: lab.Snapshot, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        paths = set(pool.map(lambda _: snapshot.write(tmp_path), range(6)))
    assert len(paths) == 1
    assert lab.Snapshot.read(paths.pop()).verify()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "changes",
    [{"rejected": None}, {"accounting": {}}, {"accounting": 5}, {"files": []}, {"completeness": 3}, {"taken_at": 1}],
)
def test_malformed_manifest_is_reported(path: Path, changes: dict[str, object]) -> None:
    rewrite(path, **changes)
    with pytest.raises(SnapshotError, match=next(iter(changes))):
        lab.Snapshot.read(path)


def test_additional_files_and_a_renamed_folder_are_reported(path: Path) -> None:
    (path / "README").write_text("hello")
    with pytest.raises(SnapshotError, match="README does not belong to this snapshot"):
        lab.Snapshot.read(path).verify()
    (path / "README").unlink()
    with pytest.raises(SnapshotError, match="folder's name"):
        lab.Snapshot.read(path.rename(path.with_name("other"))).verify()


def test_kept_pages_are_verified_too(snapshot: lab.Snapshot, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "page-1.json").write_text("{}")
    (pages / "notes").write_text("x")
    written = snapshot.write(tmp_path / "out", pages=pages)
    lab.Snapshot.read(written).verify()
    (written / "pages" / "notes").write_text("y")
    with pytest.raises(SnapshotError, match="pages/notes"):
        lab.Snapshot.read(written).verify()


@pytest.mark.slow
def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    script = (
        "import resource, sys, influtics_lab as lab\n"
        "from influtics_lab.errors import StorageError\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "snapshot = lab.simulate(60)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n    snapshot.write(sys.argv[1])\n"
        "except StorageError as error:\n    print('refused', error)\n"
    )
    said = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("refused The snapshot cannot be written")
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_shows_what_it_is(snapshot: lab.Snapshot) -> None:
    for shown in (repr(snapshot), snapshot._repr_html_()):
        assert "20 (Instagram, TikTok, YouTube)" in shown
        assert snapshot.manifest["content_digest"][:16] in shown


def test_the_files_are_read_by_others(snapshot: lab.Snapshot, path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(path / "stats.parquet")
    assert len(frame) == snapshot.stats.height
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"
