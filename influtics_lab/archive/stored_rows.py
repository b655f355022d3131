"""Read the rows of an archive as of a snapshot from the files that its log lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import File
from influtics_lab.archive.log_segments import describe_byte_difference
from influtics_lab.archive.repeated_fields import unfold_repeated_fields
from influtics_lab.archive.row_changes import Rows, latest_versions
from influtics_lab.errors import ArchiveError, InfluticsError
from influtics_lab.schema import FRAME, STATS, VIDEOS, dtypes
from influtics_lab.snapshot.parquet_footer import footer_problem
from influtics_lab.storage import Folder, describe_failure, report_write_errors


def scan_files(store: Store, files: list[File], table: str) -> pl.LazyFrame:
    """Return the rows of files of one table as a lazy frame, after checking each file's kind and footer."""
    store.place.fetch_tables([file.path for file in files])
    for file in files:
        problem = store.place.find_problem(file.path)
        if problem := problem or footer_problem(store.place.open_table(file.path), file.rows):
            raise _damage_error(store, f"{file.path} {problem}")
    if not files:
        return pl.LazyFrame(schema=TABLES[table].stored_schema)
    sources: Any = [store.place.open_table(file.path) for file in files]
    rows = pl.scan_parquet(sources, glob=False, hive_partitioning=False)
    return rows.select(TABLES[table].stored_schema.keys())


def copy_files(store: Store, files: list[File], target: Folder) -> list[Path | str]:
    """Copy files into a folder, after checking their digests, and return their paths there."""
    for file in files:
        data = store.place.read(file.path)
        difference = describe_byte_difference(data, file.sha256)
        if data is None or difference:
            raise _damage_error(store, f"{file.path} {difference}")
        with report_write_errors(f"The copies cannot be written to {target}", "Choose another folder."):
            target.write(file.path, data)
    return [target.location(file.path) for file in files]


def read_held_rows(store: Store, log: Log, number: int) -> Rows:
    """Read the latest version of each row that was not removed; readings of removed videos are included."""
    with report_unreadable_files(store):
        frames = pl.collect_all([_scan_live_rows(store, log, number, name) for name in TABLES])
        return dict(zip(TABLES, frames, strict=True))


def scan_videos(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Return the videos as of a snapshot as a lazy frame without an order."""
    # Different columns keep polars from sharing this scan with that of the readings, so filters there stay pushed down.
    readings = _scan_live_rows(store, log, number, "stats", [*dtypes(STATS), "removed", "snapshot"])
    return unfold_repeated_fields(_scan_live_rows(store, log, number, "videos"), readings, list(dtypes(VIDEOS)))


def scan_frame(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Return the joined frame as of a snapshot as a lazy frame."""
    stats = _scan_live_rows(store, log, number, "stats").select(dtypes(STATS).keys())
    joined = stats.join(scan_videos(store, log, number), on="video_id")
    return joined.select(dtypes(FRAME).keys()).sort("video_id", "timestamp")


def _scan_live_rows(store: Store, log: Log, number: int, table: str, columns: list[str] | None = None) -> pl.LazyFrame:
    rows = scan_files(store, log.files_of(table, number), table)
    rows = latest_versions(rows if columns is None else rows.select(columns), TABLES[table], number)
    return rows.filter(~pl.col("removed"))


@contextmanager
def report_unreadable_files(store: Store) -> Iterator[None]:
    """Raise an ArchiveError in our own words if a file cannot be read."""
    try:
        yield
    except InfluticsError:
        raise
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _damage_error(store, describe_failure(error)) from None


def _damage_error(store: Store, problem: str) -> ArchiveError:
    text = f"A file of {store} is damaged or missing ({problem}). `influtics-lab verify` names each that is."
    return ArchiveError(text, problems=[problem])
