"""What an archive knew as of a snapshot, read from the files that its log names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES, scan
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import File
from influtics_lab.archive.repeated_rejections import unfolded
from influtics_lab.archive.row_changes import Rows, frames, latest, live
from influtics_lab.errors import ArchiveError
from influtics_lab.schema import FRAME, STATS, VIDEOS, dtypes
from influtics_lab.snapshot.parquet_footer import footer_problem


def rows_of(store: Store, files: list[File], table: str) -> pl.LazyFrame:
    """Return the rows of files of one table, lazily, after a look at each file's kind and footer."""
    for file in files:
        path = store.path(file.path)
        if wrong := store.wrong_kind(file.path) or footer_problem(path, file.rows):
            text = f"A file of {store.root} is damaged or missing ({file.path} {wrong})."
            raise ArchiveError(f"{text} `influtics-lab verify` names each that is.", problems=[f"{file.path} {wrong}"])
    return scan([store.path(file.path) for file in files], TABLES[table])


def held(store: Store, log: Log, number: int) -> Rows:
    """Read the latest version of each row, without tombstones; readings of a video that is gone are among them."""
    with readable(store):
        return frames((name, _live(store, log, number, name)) for name in TABLES)


def lazy_videos(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Give the videos as of a snapshot, lazily and in no order."""
    # Its own columns keep this plan apart from that of the readings: of those, a filter then reads only what it wants.
    readings = _live(store, log, number, "stats", [*dtypes(STATS), "removed", "snapshot"])
    return unfolded(_live(store, log, number, "videos"), readings, list(dtypes(VIDEOS)))


def lazy_frame(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Give the one frame as of a snapshot, lazily."""
    stats = _live(store, log, number, "stats").select(dtypes(STATS).keys())
    joined = stats.join(lazy_videos(store, log, number), on="video_id")
    return joined.select(dtypes(FRAME).keys()).sort("video_id", "timestamp")


def _live(store: Store, log: Log, number: int, table: str, columns: list[str] | None = None) -> pl.LazyFrame:
    rows = rows_of(store, log.files_of(table, number), table)
    return live(latest(rows if columns is None else rows.select(columns), TABLES[table], number))


@contextmanager
def readable(store: Store) -> Iterator[None]:
    """Say it in our own words where a file cannot be read."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        text = f"A file of {store.root} is damaged or missing ({first}). `influtics-lab verify` names each that is."
        raise ArchiveError(text, problems=[first]) from None
