"""Delta tables over an archive's files: they follow each add, are written again from nothing, and repaired."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

import influtics_lab as lab
from influtics_lab.archive import archive_folder, commit, delta_tables
from influtics_lab.cli import main
from influtics_lab.errors import ArchiveBusyError, ArchiveError, MissingExtraError, PublicationWarning, StorageError
from tests.archive.days import day, item
from tests.archive.published import DAYS, SNAPSHOTS, expected, publish_days, query_of, scan_day
from tests.s3_server import find_server, make_bucket

deltalake = pytest.importorskip("deltalake")
pytestmark = pytest.mark.usefixtures("no_pauses")


def test_polars_finds_each_day_in_the_delta_tables(archive: lab.Archive) -> None:
    assert len({str(expected(archive, name)) for name in DAYS}) == 4
    for name in DAYS:
        assert scan_day(str(archive.folder), name).rows() == expected(archive, name)
    numbers = pl.read_delta(str(archive.folder / "snapshots")).sort("number")
    assert numbers.equals(archive.snapshots())
    archive.verify()


@pytest.mark.parametrize("name", DAYS)
def test_duckdb_finds_each_day_in_listed_files(archive: lab.Archive, name: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    for table in ("stats", "videos"):
        connection.from_parquet([str(file) for file in archive.files(table)]).create_view(table)
    rows = connection.sql(f"from ({query_of(name, 'stats', 'videos')}) order by video_id, timestamp").pl().rows()
    assert rows == expected(archive, name)


def test_duckdb_finds_each_day_in_the_delta_tables(archive: lab.Archive) -> None:
    duckdb = pytest.importorskip("duckdb")
    extensions = pytest.importorskip("duckdb_extensions", reason="its extension needs DuckDB 1.5, see .ci/run")
    connection = duckdb.connect()
    extensions.import_extension("delta", con=connection)
    for name in DAYS:
        query = query_of(name, *(f"delta_scan('{archive.folder}/{table}')" for table in ("stats", "videos")))
        assert connection.sql(f"from ({query}) order by video_id, timestamp").pl().rows() == expected(archive, name)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # 2026-11-22: PySpark leaves its sockets to the collector
def test_spark_finds_each_day_in_listed_files(archive: lab.Archive, spark: Any) -> None:
    for table in ("stats", "videos"):
        spark.read.parquet(*(str(file) for file in archive.files(table))).createOrReplaceTempView(table)
    for name in DAYS:
        query = query_of(name, "stats", "videos").replace("timestamptz", "timestamp")
        rows = pl.from_arrow(spark.sql(query).toArrow())
        assert isinstance(rows, pl.DataFrame)
        assert rows.sort("video_id", "timestamp").rows() == expected(archive, name)


def test_each_add_is_one_transaction_a_table(archive: lab.Archive) -> None:
    table = deltalake.DeltaTable(archive.folder / "stats")
    before = table.version()
    archive.add(day(5, item("b", {1: 7, 2: 8}), item("d", {1: 2})))
    table.update_incremental()
    assert (table.version(), table.transaction_version("influtics-lab")) == (before + 1, 5)
    assert table.metadata().configuration == {
        "delta.checkpointInterval": "10",
        "delta.logRetentionDuration": "interval 7 days",
    }
    assert archive.publish() == 5
    table.update_incremental()
    assert table.version() == before + 1


def test_a_published_archive_without_its_log_is_named_as_one(archive: lab.Archive) -> None:
    (archive.folder / "archive.json").unlink()
    for use in (archive.publish, lambda: archive.add(SNAPSHOTS[3])):
        with pytest.raises(ArchiveError, match=r"no archive\.json that lists them.* snapshots, log there"):
            use()


def test_verify_waits_for_a_publication_that_follows_its_commit(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit.add_snapshot(archive._store, archive._load_log(), day(5, item("b", {1: 9})))
    with pytest.raises(ArchiveError, match=r"stats/_delta_log lacks 1 file .*archive publish`\.$"):
        archive.verify()
    pauses: list[float] = []

    def publish(pause_s: float) -> None:
        pauses.append(pause_s)
        delta_tables.publish_tables(archive._store)

    monkeypatch.setattr(delta_tables, "_PAUSES_S", (1, 2, 3))
    monkeypatch.setattr(delta_tables, "time", SimpleNamespace(sleep=publish, time=time.time))
    archive.verify()
    assert pauses == [1]


def test_files_that_compaction_replaces_stay_until_it_is_published(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    present: list[bool] = []

    def publish(store: Any) -> int:
        listed = deltalake.DeltaTable(archive.folder / "stats").file_uris()
        present.extend(Path(file).exists() for file in listed)
        return 0

    monkeypatch.setattr(archive_folder, "publish_tables", publish)
    archive.compact()
    assert len(present) > 1
    assert all(present)


def test_a_failed_publication_warns_and_the_next_makes_up_for_it(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "secret that no message shows")

    monkeypatch.setattr(delta_tables, "_commit_actions", fail)
    with pytest.warns(PublicationWarning, match="The next add publishes again") as caught:
        archive.add(day(5, item("b", {1: 9})))
    assert "secret" not in str(caught[0].message)
    with pytest.raises(StorageError, match="cannot be written"):
        archive.publish()
    monkeypatch.undo()
    archive.add(day(6, item("b", {1: 9, 2: 10})))
    archive.verify()
    assert scan_day(str(archive.folder), "2025-07-05").rows() == expected(archive, "2025-07-05")


@pytest.mark.filterwarnings("default")
def test_a_command_prints_a_failed_publication_as_one_line(
    archive: lab.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    path = day(5, item("b", {1: 9})).write(tmp_path / "snapshots")
    assert main(["archive", "add", str(archive.folder), str(path)]) == 0
    line, end = capsys.readouterr().err.split("\n")
    assert (line[:30], end) == ("influtics-lab archive: Delta t", "")


def test_an_overtaken_publication_starts_again(archive: lab.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    load, faster = commit.load_existing_log, [day(6, item("b", {1: 10}))]
    commit.add_snapshot(archive._store, archive._load_log(), day(5, item("b", {1: 9})))

    def load_and_be_overtaken(store: Any) -> Any:
        log = load(store)
        if faster:
            snapshot = faster.pop()
            commit.add_snapshot(store, log, snapshot)
            delta_tables.publish_tables(store)
        return log

    monkeypatch.setattr(delta_tables, "load_existing_log", load_and_be_overtaken)
    assert archive.publish() == 6
    archive.verify()

    def refuse(*_: object) -> None:
        raise deltalake.exceptions.CommitFailedError

    monkeypatch.setattr(delta_tables, "_publish_once", refuse)
    with pytest.raises(ArchiveBusyError, match="Try again later"):
        archive.publish()


def test_without_deltalake_the_extra_is_named_and_adds_warn(
    archive: lab.Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["archive", "publish", str(archive.folder)]) == 0
    assert "4 snapshots in the Delta tables" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(MissingExtraError, match=r"influtics-lab\[lake\]"):
        archive.publish()
    with pytest.warns(PublicationWarning, match=r"influtics-lab\[lake\]"):
        archive.add(day(5, item("b", {1: 9})))
    archive.verify()


@pytest.mark.slow
def test_files_of_snapshots_are_merged_by_eights(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(SNAPSHOTS[0])
    archive.publish()
    for hour in range(1, 10):
        archive.add(day(1, item("a", {1: 5 + hour}), platform=f"P{hour}"))
    names = [file.name for file in sorted((archive.folder / "snapshots").glob("*.parquet"))]
    assert names[:1] == ["000001-000008.parquet"]
    assert {"000009-000009.parquet", "000010-000010.parquet"} <= set(names)
    assert pl.read_delta(str(archive.folder / "snapshots")).sort("number").equals(archive.snapshots())


@pytest.mark.slow
def test_writers_at_once_publish_every_row_once(archive: lab.Archive) -> None:
    def write(platform: str) -> None:
        for n in range(3):
            lab.Archive(archive.folder).add(day(5, item(platform, {1: n}), platform=platform))

    writers = [threading.Thread(target=write, args=[f"P{n}"]) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert archive.verify().snapshots().height == 4 + 12
    rows = pl.read_delta(str(archive.folder / "stats"))
    assert (
        rows.sort(rows.columns)
        .drop("snapshot_date")
        .equals(pl.read_parquet(archive.files("stats"), hive_partitioning=False).sort(rows.columns[:-1]))
    )


@pytest.mark.slow
def test_delta_tables_in_a_bucket(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    bucket, env = make_bucket(find_server(run_folder))
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    archive = publish_days(f"{bucket}/archive").verify()
    for name in DAYS:
        assert scan_day(str(archive.folder), name).rows() == expected(archive, name)
