"""Exported files have the same values in other programs, and are written completely or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from frames import HOSTILE, frame_of, reading

import influtics_lab as lab
from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.snapshot.export import export_frame

SUFFIXES = [".parquet", ".csv", ".arrow"]


@pytest.fixture(scope="module")
def snapshot() -> lab.Snapshot:
    return lab.simulate(25, seed=3)


@pytest.fixture(params=SUFFIXES)
def path(request: pytest.FixtureRequest, snapshot: lab.Snapshot, tmp_path: Path) -> Path:
    return snapshot.export(tmp_path / f"out{request.param}")


def totals(frame: pl.DataFrame) -> tuple[Any, ...]:
    newest = frame["timestamp"].max()
    assert isinstance(newest, datetime)
    return frame.height, frame["views"].sum(), frame["likes"].null_count(), newest


def test_pandas_reads_it(snapshot: lab.Snapshot, path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    read = {".parquet": pandas.read_parquet, ".csv": pandas.read_csv, ".arrow": pandas.read_feather}[path.suffix]
    frame = read(path)
    assert list(frame.columns) == snapshot.frame().columns
    newest = pandas.to_datetime(frame["timestamp"], format="ISO8601").max().to_pydatetime()
    found = (len(frame), frame["views"].sum(), frame["likes"].isna().sum(), newest)
    assert found == totals(snapshot.frame())


def test_pyarrow_reads_it(snapshot: lab.Snapshot, path: Path) -> None:
    csv, feather, parquet = (pytest.importorskip(f"pyarrow.{name}") for name in ("csv", "feather", "parquet"))
    read = {".parquet": parquet.read_table, ".csv": csv.read_csv, ".arrow": feather.read_table}[path.suffix]
    frame = pl.DataFrame(pl.from_arrow(read(path)))
    assert frame.columns == snapshot.frame().columns
    assert totals(frame.with_columns(pl.col("timestamp").cast(pl.Datetime("us", "UTC")))) == totals(snapshot.frame())
    if path.suffix != ".csv":
        assert frame.equals(snapshot.frame())


def test_duckdb_reads_it(snapshot: lab.Snapshot, path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    if path.suffix == ".arrow":
        pytest.skip("DuckDB opens Parquet and CSV files, Arrow only through pyarrow")
    query = f"select count(*), sum(views), count(*) - count(likes), max(epoch_us(timestamp)) from '{path}'"
    height, views, missing, newest = totals(snapshot.frame())
    found = duckdb.connect().execute(query).fetchall()
    assert found == [(height, views, missing, round(newest.timestamp() * 1e6))]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # 2026-11-22: PySpark leaves its sockets to the collector
def test_spark_reads_it(snapshot: lab.Snapshot, path: Path, spark: Any) -> None:
    if path.suffix == ".arrow":
        pytest.skip("it opens Parquet and CSV files, Arrow only through pyarrow")
    options = {"header": True, "inferSchema": True, "multiLine": True, "escape": '"'} if path.suffix == ".csv" else {}
    frame = spark.read.format(path.suffix[1:]).options(**options).load(str(path))
    row = frame.selectExpr("count(*)", "sum(views)", "count(*) - count(likes)", "unix_micros(max(timestamp))").first()
    height, views, missing, newest = totals(snapshot.frame())
    assert tuple(row) == (height, views, missing, round(newest.timestamp() * 1e6))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum", "\tx", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20sum"]
)
def test_a_csv_holds_no_formula(tmp_path: Path, text: str) -> None:
    frame = frame_of(reading(1, 5, title=text), reading(2, 5, title=f"not {text}"))
    titles = pl.read_csv(export_frame(frame, tmp_path / "out.csv"))["title"].to_list()
    assert titles == [f"'{text}", f"not {text}"]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_other_formats_hold_texts_as_they_are(tmp_path: Path, suffix: str) -> None:
    frame = frame_of(reading(1, 5, title="=1+1"), reading(2, 5, title=HOSTILE))
    path = export_frame(frame, tmp_path / f"out{suffix}")
    again = pl.read_parquet(path) if suffix == ".parquet" else pl.read_ipc(path)
    assert again.equals(frame)


def test_a_csv_has_iso_instants_and_empty_nulls(tmp_path: Path) -> None:
    path = export_frame(frame_of(reading(0.5, None)).select("timestamp", "views", "likes"), tmp_path / "out.csv")
    assert path.read_text().splitlines() == ["timestamp,views,likes", "2025-07-01T09:00:00.000000+00:00,,"]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "parquet"])
def test_unknown_suffix_is_reported_with_the_known_ones(snapshot: lab.Snapshot, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"\.parquet, \.csv, \.arrow"):
        snapshot.export(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_where_it_cannot_be_written_the_older_file_stays(
    snapshot: lab.Snapshot, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        snapshot.export(tmp_path / "nowhere" / f"out{suffix}")
    path = tmp_path / f"out{suffix}"
    path.write_text("older")

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match="No space left on device"):
        snapshot.export(path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_frame_gives_the_same_bytes(snapshot: lab.Snapshot, path: Path) -> None:
    again = snapshot.export(path.with_name(f"again{path.suffix}"))
    assert again.read_bytes() == path.read_bytes()
