"""Which engines read a published archive by one query, and whether they find the states of four days.

    PYTHONPATH=. python tests/bench/readers.py [--bucket]

The archive is published after its first day, and compacted after its third; the queries are those of the docstring of
`influtics_lab.archive`. DuckDB reads Delta tables with its extension, which exists up to DuckDB 1.5: without that the
line is left out. With ``--bucket`` the archive is in moto's S3 server. It prints:

                         reads                                                equal days
    polars 2.1.0         pl.scan_delta('ARCHIVE/stats')                           4 of 4
    DuckDB 1.5.5         archive.files('stats')                                   4 of 4
    DuckDB 1.5.5         delta_scan('ARCHIVE/stats')                              4 of 4
    Spark 4.3.0          spark.read.parquet(*archive.files('stats'))              4 of 4

and with ``--bucket``:

                         reads                                                equal days
    polars 2.1.0         pl.scan_delta('ARCHIVE/stats')                           4 of 4
    DuckDB 2.0.0         archive.files('stats', into=DIR)                         4 of 4
    Spark 4.3.0          spark.read.parquet(*archive.files('stats', into=DIR))    4 of 4
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import influtics_lab as lab
from tests.archive.published import COLUMNS, DAYS, expected, publish_days, query_of, scan_day
from tests.metrics.engines import sessions
from tests.s3_server import find_server, make_bucket

ROW = "{:<20} {:<52} {:>10}"
Read = Callable[[str], pl.DataFrame]


def read_by_duckdb_files(archive: lab.Archive, folder: Path) -> Read:
    connection = duckdb.connect()
    for table in ("stats", "videos"):
        copies = archive.files(table, into=folder)
        connection.from_parquet(list(map(str, copies))).create_view(table)
    return lambda day: connection.sql(query_of(day, "stats", "videos")).pl()


def read_by_duckdb_delta(archive: lab.Archive, extensions: Any) -> Read:
    connection = duckdb.connect()
    extensions.import_extension("delta", con=connection)
    names = [f"delta_scan('{archive.folder}/{table}')" for table in ("stats", "videos")]
    return lambda day: connection.sql(query_of(day, *names)).pl()


def read_by_spark(spark: Any, archive: lab.Archive, folder: Path) -> Read:
    for table in ("stats", "videos"):
        copies = archive.files(table, into=folder)
        spark.read.parquet(*map(str, copies)).createOrReplaceTempView(table)

    def read(day: str) -> pl.DataFrame:
        rows = pl.from_arrow(spark.sql(query_of(day, "stats", "videos").replace("timestamptz", "timestamp")).toArrow())
        assert isinstance(rows, pl.DataFrame)
        return rows

    return read


def list_readers(archive: lab.Archive, folder: Path, spark: Any) -> Iterator[tuple[str, str, Read]]:
    is_local = isinstance(archive.folder, Path)
    yield f"polars {pl.__version__}", "pl.scan_delta('ARCHIVE/stats')", lambda day: scan_day(str(archive.folder), day)
    how = "archive.files('stats')" if is_local else "archive.files('stats', into=DIR)"
    yield f"DuckDB {duckdb.__version__}", how, read_by_duckdb_files(archive, folder / "duckdb")
    try:
        import duckdb_extensions  # noqa: PLC0415
    except ImportError:
        pass
    else:
        if is_local:
            delta = read_by_duckdb_delta(archive, duckdb_extensions)
            yield f"DuckDB {duckdb.__version__}", "delta_scan('ARCHIVE/stats')", delta
    if spark is not None:
        yield f"Spark {spark.version}", f"spark.read.parquet(*{how})", read_by_spark(spark, archive, folder / "spark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bucket", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        location = f"{name}/archive"
        if given.bucket:
            url, environment = make_bucket(find_server(Path(name)))
            os.environ |= environment
            location = f"{url}/archive"
        archive = publish_days(location)
        print(ROW.format("", "reads", "equal days"))
        if sessions.missing():
            show(archive, Path(name), None)
        else:
            with sessions.session("local[2]", Path(name) / "session") as spark:
                show(archive, Path(name), spark)


def show(archive: lab.Archive, folder: Path, spark: Any) -> None:
    for engine, how, read in list_readers(archive, folder, spark):
        rows = {day: read(day).select(COLUMNS).sort("video_id", "timestamp").rows() for day in DAYS}
        equal = sum(rows[day] == expected(archive, day) for day in DAYS)
        print(ROW.format(engine, how, f"{equal} of {len(DAYS)}"))


if __name__ == "__main__":
    main()
