"""Damaged Delta tables: `verify` finds each damage and says what to do, and `publish` repairs it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.archive import delta_tables
from influtics_lab.cli import main
from influtics_lab.errors import ArchiveError, PublicationWarning, StorageError
from tests.archive.days import day, item
from tests.archive.published import DAYS, SNAPSHOTS, expected, publish_days, scan_day

deltalake = pytest.importorskip("deltalake")
pytestmark = pytest.mark.usefixtures("no_pauses")


def test_the_delta_tables_are_written_again_from_nothing(archive: lab.Archive) -> None:
    shutil.rmtree(archive.folder / "stats/_delta_log")
    shutil.rmtree(archive.folder / "snapshots")
    with pytest.raises(ArchiveError, match=r"stats/_delta_log cannot be read .*archive publish"):
        archive.verify()
    archive.publish()
    archive.verify()
    assert scan_day(str(archive.folder), DAYS[1]).rows() == expected(archive, DAYS[1])
    assert pl.read_delta(str(archive.folder / "snapshots")).height == 4


@pytest.mark.parametrize("content", [None, b"PAR1 garbage", b""])
def test_a_lost_or_damaged_file_of_snapshots_is_found_and_repaired(archive: lab.Archive, content: bytes | None) -> None:
    (file, *_) = (archive.folder / "snapshots").glob("*.parquet")
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        archive.verify()
    assert caught.value.problems == (
        f"snapshots/{file.name} is missing or damaged: run `influtics-lab archive publish`",
    )
    archive.publish()
    assert pl.read_delta(str(archive.verify().folder / "snapshots")).sort("number").equals(archive.snapshots())


def test_a_foreign_optimize_is_found_and_repaired(archive: lab.Archive) -> None:
    deltalake.DeltaTable(archive.folder / "stats").optimize.compact()
    deltalake.DeltaTable(archive.folder / "stats").delete("views = 7")
    with pytest.raises(ArchiveError) as caught:
        archive.verify()
    (problem,) = caught.value.problems
    assert re.fullmatch(r"stats/_delta_log lacks \d files? .* has \d other.*archive publish`", problem)
    archive.publish()
    for name in DAYS:
        assert scan_day(str(archive.verify().folder), name).rows() == expected(archive, name)


def write_rows(archive: lab.Archive, **options: Any) -> None:
    rows = pl.read_parquet(archive.files("stats"), hive_partitioning=True).with_columns(mine=1)
    deltalake.write_deltalake(
        archive.folder / "stats", rows if options else rows.drop("mine"), mode="append", **options
    )


def overwrite(archive: lab.Archive) -> None:
    rows = pl.DataFrame({"x": [1], "snapshot_date": [dt.date(2025, 7, 1)]})
    deltalake.write_deltalake(archive.folder / "stats", rows, mode="overwrite", schema_mode="overwrite")


def list_again(archive: lab.Archive) -> None:
    """Another program lists a file once more, with a wrong number of rows."""
    table = deltalake.DeltaTable(archive.folder / "stats")
    actions = table.get_add_actions(flatten=True)
    name, size, day = (
        actions.column(name).to_pylist()[0] for name in ("path", "size_bytes", "partition.snapshot_date")
    )
    action = deltalake.transaction.AddAction(name, size, {"snapshot_date": str(day)}, 0, True, '{"numRecords":99}')
    table.create_write_transaction([action], "append", table.schema(), ["snapshot_date"])


def delete_files(*patterns: str) -> Callable[[lab.Archive], None]:
    def delete(archive: lab.Archive) -> None:
        names = [file for pattern in patterns for file in (archive.folder / "stats/_delta_log").glob(pattern)]
        for name in names:
            name.unlink()
        assert names

    return delete


def write_file(name: str, content: bytes) -> Callable[[lab.Archive], None]:
    def write(archive: lab.Archive) -> None:
        (file,) = [*(archive.folder / "stats/_delta_log").glob(name)]
        file.write_bytes(content)

    return write


def stats_of(archive: lab.Archive) -> Any:
    return deltalake.DeltaTable(archive.folder / "stats")


def restore_older_log(archive: lab.Archive) -> None:
    log = (archive.folder / "archive.json").read_bytes()
    archive.add(day(5, item("b", {1: 9, 2: 10}), item("d", {1: 2})))
    (archive.folder / "archive.json").write_bytes(log)


LAST = "*4.json"
DAMAGES: dict[str, Callable[[lab.Archive], object]] = {
    "last commit gone": delete_files(LAST),
    "all commits gone but the first": delete_files("*[1-9].json", "*.parquet", "_last_checkpoint"),
    "all commits gone but the first, and a hint left": delete_files("*[1-9].json", "*.parquet"),
    "all commits gone, not the checkpoints": delete_files("*.json"),
    "a commit gone before the next": delete_files("*.parquet", "_last_checkpoint", "*3.json"),
    "checkpoints gone": delete_files("*.checkpoint.parquet"),
    "checkpoints damaged": write_file("*3.checkpoint.parquet", b"PAR1"),
    "everything gone": delete_files("*"),
    "folder gone": lambda a: shutil.rmtree(a.folder / "stats/_delta_log"),
    "commit half written": write_file(LAST, b'{"commitInfo":{"timesta'),
    "commit empty": write_file(LAST, b""),
    "commit far ahead": lambda a: shutil.copy(
        a.folder / "stats/_delta_log/00000000000000000004.json", a.folder / "stats/_delta_log/00000000000000000009.json"
    ),
    "rows added": write_rows,
    "column added": lambda a: write_rows(a, schema_mode="merge"),
    "overwritten": overwrite,
    "rows deleted": lambda a: stats_of(a).delete("views = 7"),
    "sorted": lambda a: stats_of(a).optimize.z_order(["video_id"]),
    "settings": lambda a: stats_of(a).alter.set_table_properties({"delta.appendOnly": "true"}),
    "protocol": lambda a: stats_of(a).alter.add_feature(
        deltalake.TableFeatures.DeletionVectors, allow_protocol_versions_increase=True
    ),
    "listed again": list_again,
    "archive.json of a backup": restore_older_log,
}  # fmt: skip


@pytest.mark.slow
def test_publish_repairs_each_damage_that_verify_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(delta_tables._SETTINGS, "delta.checkpointInterval", "2")
    whole = publish_days(tmp_path / "whole")
    assert len([*(whole.folder / "stats/_delta_log").glob("*.checkpoint.parquet")]) > 1
    for nth, (name, damage) in enumerate(DAMAGES.items()):
        archive = lab.Archive(shutil.copytree(whole.folder, tmp_path / str(nth)))
        damage(archive)
        with pytest.raises(ArchiveError, match="stats/_delta_log") as caught:
            archive.verify()
        assert all(problem.endswith(": run `influtics-lab archive publish`") for problem in caught.value.problems), name
        assert archive.publish() == 4
        assert scan_day(str(archive.folder), DAYS[1]).rows() == expected(archive, DAYS[1]), name
        archive.add(day(6, item("b", {1: 9, 2: 10})))
        assert archive.verify().snapshots().height == 5, name


def test_an_add_to_a_damaged_table_warns_what_to_do(archive: lab.Archive) -> None:
    write_file(LAST, b"{garbage")(archive)
    with pytest.warns(PublicationWarning, match=r"stats/_delta_log cannot be read .*: run `influtics-lab arch"):
        archive.add(day(5, item("b", {1: 9})))
    assert archive.publish() == 5
    archive.verify()


def test_a_table_that_cannot_be_reached_is_not_written_again(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("Generic S3 error with a secret")

    before = sorted((archive.folder / "stats/_delta_log").iterdir())
    monkeypatch.setattr(delta_tables, "_open_table", fail)
    with pytest.raises(StorageError, match=r"cannot be written \(OSError\).* Check the disk or store"):
        archive.publish()
    with pytest.raises(ArchiveError, match=r"stats/_delta_log cannot be read \(OSError\): check the disk or store"):
        archive.verify()
    assert sorted((archive.folder / "stats/_delta_log").iterdir()) == before


def test_files_that_a_foreign_vacuum_deleted_are_restored_from_a_backup(archive: lab.Archive, tmp_path: Path) -> None:
    backup = shutil.copytree(archive.folder, tmp_path / "backup")
    vacuum = {"retention_hours": 0, "dry_run": False, "enforce_retention_duration": False}
    stats_of(archive).vacuum(**vacuum)
    archive.verify()
    stats_of(archive).delete("views = 7")
    stats_of(archive).vacuum(**vacuum)
    with pytest.raises(ArchiveError, match="Restore what is missing or changed from a backup: no other") as caught:
        archive.verify()
    assert any(re.fullmatch(r"stats/.*\.parquet is missing", problem) for problem in caught.value.problems)
    shutil.copytree(backup / "stats", archive.folder / "stats", dirs_exist_ok=True)
    archive.publish()
    assert scan_day(str(archive.verify().folder), DAYS[3]).rows() == expected(archive, DAYS[3])


@pytest.mark.parametrize("name", ["a b#c?d", "ünï"])
def test_paths_that_need_an_escape_in_a_url_are_published(tmp_path: Path, name: str) -> None:
    archive = lab.Archive(tmp_path / name / "archive")
    archive.add(SNAPSHOTS[0])
    archive.publish()
    archive.add(SNAPSHOTS[1])
    archive.verify()
    assert stats_of(archive).to_pyarrow_table().num_rows == pl.read_parquet(archive.files(), glob=False).height == 7


@pytest.mark.parametrize("name", ["50%", "per%20cent", "back\\slash"])
def test_paths_that_readers_of_delta_tables_change_are_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = lab.Archive(tmp_path / name / "archive")
    archive.add(SNAPSHOTS[0])
    before = sorted(archive.folder.rglob("*"))
    assert main(["archive", "publish", str(archive.folder)]) == 2
    assert "Nothing was written. Rename that folder, and publish." in capsys.readouterr().err
    assert sorted(archive.folder.rglob("*")) == before
    assert archive.verify().history().height == 3
