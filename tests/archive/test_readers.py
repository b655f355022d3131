"""Other engines read an archive's files, and restore any day by one query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archive.days import day, item

import influtics_lab as lab

# The reading that was known last by the end of the day, unless it or its video had gone.
AS_OF = """
with readings as (
  select *, row_number() over (partition by video_id, timestamp order by snapshot desc) as nth
  from stats where snapshot_date <= '{day}' and seen_at < {end}
), known as (
  select *, row_number() over (partition by video_id order by snapshot desc) as nth
  from videos where snapshot_date <= '{day}' and seen_at < {end}
)
select readings.video_id, readings.views, known.title
from readings join known on readings.video_id = known.video_id
where readings.nth = 1 and not readings.removed and known.nth = 1 and not known.removed
order by readings.video_id, readings.timestamp
"""


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    archive = lab.Archive(tmp_path / "archive")
    archive.add(day(1, item("a", {1: 5, 2: 6}), item("b", {1: 7})))
    archive.add(day(2, item("a", {1: 8, 3: 9}, title="new"), item("c", {1: 1})))
    archive.add(day(3, item("b", {1: 7})))
    archive.compact()  # one file for each table: a row's day is in `seen_at`
    archive.add(day(4, item("b", {1: 7}), item("d", {1: 2})))
    return archive


def expected(archive: lab.Archive, day: str) -> list[tuple[Any, ...]]:
    return archive.history(day).select("video_id", "views", "title").rows()


DAYS = ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"]


def test_the_days_differ(archive: lab.Archive) -> None:
    assert expected(archive, "2025-07-02") == [("a", 8, "new"), ("a", 9, "new"), ("c", 1, "Title of c")]
    assert len({str(expected(archive, day)) for day in DAYS}) == 4


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_duckdb_finds_a_day(archive: lab.Archive, number: int) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    for table in ("stats", "videos"):
        files = [str(file) for file in archive.files(table)]
        connection.from_parquet(files, hive_partitioning=True).create_view(table)
    query = AS_OF.format(day=DAYS[number - 1], end=f"timestamptz '2025-07-{number + 1:02d} 00:00:00+00'")
    assert connection.sql(query).fetchall() == expected(archive, DAYS[number - 1])


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # 2026-11-22: PySpark leaves its sockets to the collector
def test_spark_finds_each_day(archive: lab.Archive, spark: Any) -> None:
    for table in ("stats", "videos"):
        files = [str(file) for file in archive.files(table)]
        spark.read.option("basePath", str(archive.folder / table)).parquet(*files).createOrReplaceTempView(table)
    for number, name in enumerate(DAYS, start=1):
        query = AS_OF.format(day=name, end=f"timestamp '2025-07-{number + 1:02d} 00:00:00+00:00'")
        assert [tuple(row) for row in spark.sql(query).collect()] == expected(archive, name)


def test_pandas_reads_a_table_with_its_days(archive: lab.Archive) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(archive.folder / "stats")
    assert frame.groupby("snapshot", observed=True).size().to_dict() == {1: 3, 2: 4, 4: 1}
    assert sorted(frame["snapshot_date"].astype(str).unique()) == ["2025-07-01", "2025-07-04"]
    assert str(frame["seen_at"].dtype).endswith("UTC]")
    now = frame.sort_values("snapshot").drop_duplicates(["video_id", "timestamp"], keep="last").query("not removed")
    assert set(now.query("video_id in ['b', 'd']")["views"]) == set(archive.history()["views"])
