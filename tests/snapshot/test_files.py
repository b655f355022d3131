"""Damaged files, leftovers of killed writers, files with false sizes, and files of version 0.1."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from draws import count_draws

import influtics_lab as lab
from influtics_lab.errors import SnapshotError, StorageError
from influtics_lab.snapshot import parquet_footer
from influtics_lab.snapshot.manifest import dump_manifest
from influtics_lab.storage import open_workspace
from tests.archive.days import day, item

REGIONS = count_draws(25, "INFLUTICS_LAB_FLIPS")  # of 64 bytes, in each file; 0 is all


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return lab.simulate(6, seed=3).write(tmp_path / "snapshots")


def unseen_flips(folder: Path, verify: Any, draw: random.Random) -> tuple[int, list[str]]:
    """Flip one bit in each 64-byte region of each file; return how many were tried, and those that verify passed."""
    tried, unseen = 0, []
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.stat().st_size):
        whole = file.read_bytes()
        regions = range(0, len(whole), 64)
        for start in draw.sample(regions, min(REGIONS, len(regions))) if REGIONS else regions:
            bit = draw.randrange(8 * start, 8 * min(start + 64, len(whole)))
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            file.write_bytes(flipped)
            tried += 1
            try:
                verify()
            except lab.InfluticsError:
                pass
            else:
                unseen.append(f"{file.name} bit {bit}")
        file.write_bytes(whole)
    verify()
    return tried, unseen


def test_one_flipped_bit_in_any_region_of_a_snapshot_is_seen(path: Path) -> None:
    tried, unseen = unseen_flips(path, lambda: lab.Snapshot.read(path).verify(), random.Random(1))
    print(f"{tried} flips in a snapshot")
    assert tried >= max(2 * REGIONS, 1)
    assert unseen == []


def test_one_flipped_bit_in_any_region_of_an_archive_is_seen(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5}), item("b", {1: "bad"})))
    archive.add(day(2, item("a", {1: 6, 2: 7})))
    archive.verify()
    tried, unseen = unseen_flips(archive.folder, archive.verify, random.Random(1))
    print(f"{tried} flips in an archive")
    assert tried >= max(2 * REGIONS, 1)
    assert unseen == []


@pytest.mark.parametrize("bit", range(8))
def test_any_bit_of_a_manifest_is_seen(path: Path, bit: int) -> None:
    whole = (path / "manifest.json").read_bytes()
    for place in range(bit, len(whole), 8):  # the eight tests together flip one bit of every byte
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (bit + place // 8) % 8
        (path / "manifest.json").write_bytes(flipped)
        with pytest.raises(SnapshotError):
            lab.Snapshot.read(path)


def as_version_0_1(path: Path) -> dict[str, Any]:
    """Rewrite the manifest as version 0.1 wrote it: format 1, without a digest of itself."""
    manifest = json.loads((path / "manifest.json").read_bytes())
    del manifest["manifest_digest"]
    manifest["format"] = 1
    (path / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return dict(manifest)


def test_a_snapshot_of_version_0_1_is_read_verified_and_archived(path: Path, tmp_path: Path) -> None:
    before = lab.Snapshot.read(path)
    old = as_version_0_1(path)
    snapshot = lab.Snapshot.read(path).verify()
    assert snapshot.manifest == old
    assert snapshot.stats.equals(before.stats)
    archive = lab.Archive(tmp_path / "archive")
    archive.add(snapshot)
    assert archive.verify().snapshot().manifest["content_digest"] == old["content_digest"]
    again = lab.Snapshot.read(snapshot.write(tmp_path / "again")).verify()
    assert again.manifest["content_digest"] == old["content_digest"]


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "pages/../../outside"])
def test_a_manifest_that_names_a_file_outside_its_folder_is_refused(path: Path, name: str) -> None:
    manifest = json.loads((path / "manifest.json").read_bytes())
    manifest["files"][name] = hashlib.sha256(b"").hexdigest()
    (path / "manifest.json").write_bytes(dump_manifest(manifest))
    with pytest.raises(SnapshotError, match="files"):
        lab.Snapshot.read(path)


@pytest.mark.parametrize(
    "name", ["../../outside", "/outside", "..", "", "x" * 300, "20250701T000000Z-831d1aca0e49/..", None]
)
def test_a_snapshot_id_that_is_no_name_of_a_folder_is_refused(path: Path, name: str | None) -> None:
    manifest = json.loads((path / "manifest.json").read_bytes())
    (path / "manifest.json").write_bytes(dump_manifest(manifest | {"snapshot_id": name}))
    with pytest.raises(SnapshotError, match="snapshot_id"):
        lab.Snapshot.read(path)


def test_pipes_and_devices_in_place_of_files_are_refused_at_once(path: Path) -> None:
    for name in ("stats.parquet", "manifest.json"):
        whole = (path / name).read_bytes()
        for make in (os.mkfifo, lambda place: place.symlink_to("/dev/zero")):
            (path / name).unlink()
            make(path / name)
            with pytest.raises(SnapshotError):
                lab.Snapshot.read(path)
            (path / name).unlink()
            (path / name).write_bytes(whole)
    lab.Snapshot.read(path).verify()


def replace_table(path: Path, table: pa.Table, **options: Any) -> None:
    """Put another table in the place of ``stats.parquet``, with digests that fit."""
    pq.write_table(table, path / "stats.parquet", **options)
    manifest = json.loads((path / "manifest.json").read_bytes())
    manifest["files"]["stats.parquet"] = hashlib.sha256((path / "stats.parquet").read_bytes()).hexdigest()
    (path / "manifest.json").write_bytes(dump_manifest(manifest))


def test_a_footer_with_other_rows_is_refused_before_they_are_read(path: Path) -> None:
    replace_table(path, pa.table({"views": pa.nulls(3_000_000, pa.int64())}))
    with pytest.raises(SnapshotError, match=r"3,000,000 rows by its footer"):
        lab.Snapshot.read(path)


def test_a_footer_that_claims_more_than_its_bytes_hold_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_footer, "_SMALL_BYTES", 1_000_000)
    rows = json.loads((path / "manifest.json").read_bytes())["readings"]
    blank = pa.array([" " * 20_000] * rows)
    replace_table(path, pa.table({"views": blank}), compression="zstd", use_dictionary=False)
    with pytest.raises(SnapshotError, match="more than its"):
        lab.Snapshot.read(path)


def test_next_write_deletes_leftovers_of_killed_writers_but_no_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / ".writing-0123").mkdir()
    (tmp_path / ".writing-0123" / "stats.parquet").write_bytes(b"half")
    (tmp_path / ".writing-4567").mkdir()
    with open_workspace(tmp_path) as in_use:
        lab.simulate(2).write(tmp_path)
        assert in_use.is_dir()
        hidden = [place for place in tmp_path.iterdir() if place.name.startswith(".")]
        assert hidden == [in_use]
    assert [place.name.startswith(".") for place in tmp_path.iterdir()] == [False]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_next_export_deletes_leftovers_of_a_killed_export(tmp_path: Path, suffix: str) -> None:
    script = (
        "import os, sys, influtics_lab as lab\n"
        "from influtics_lab.snapshot import export\n"
        "export.sync = lambda path: os.kill(os.getpid(), 9)\n"
        "lab.simulate(3).export(sys.argv[1])\n"
    )
    path = tmp_path / f"out{suffix}"
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == -9
    assert [place.name.startswith(".writing-") for place in tmp_path.iterdir()] == [True]
    lab.simulate(3).export(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_concurrent_writers_into_one_folder_do_not_interfere(tmp_path: Path) -> None:
    snapshots = [lab.simulate(2, seed=seed) for seed in range(8)]
    threads = [threading.Thread(target=snapshot.write, args=[tmp_path]) for snapshot in snapshots for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == len({snapshot.manifest["snapshot_id"] for snapshot in snapshots})
    for place in tmp_path.iterdir():
        lab.Snapshot.read(place).verify()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_an_export_to_a_full_disk_is_one_error_and_leaves_the_older_file(tmp_path: Path, suffix: str) -> None:
    script = (
        "import resource, signal, sys, influtics_lab as lab\n"
        "from influtics_lab.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "snapshot = lab.simulate(60)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n    snapshot.export(sys.argv[1])\n"
        "except StorageError as error:\n    print('right', error)\n"
    )
    path = tmp_path / f"out{suffix}"
    path.write_text("older")
    shown = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(f"right {path} cannot be written")
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder where nobody can write, such as /proc")
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_an_export_to_where_nobody_can_write_is_one_error(suffix: str) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        lab.simulate(2).export(f"/proc/out{suffix}")


def test_copied_snapshot_can_be_verified(path: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(path, tmp_path / "elsewhere" / path.name)
    assert pl.read_parquet(copied / "stats.parquet").height == lab.Snapshot.read(copied).verify().stats.height
