"""What an archive knew as of a snapshot, read from the files that its log names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from influtics_lab.archive.changes import Rows, frames, latest, live
from influtics_lab.archive.log import File, Log
from influtics_lab.archive.store import Store
from influtics_lab.archive.tables import TABLES, scan
from influtics_lab.errors import ArchiveError
from influtics_lab.schema import FRAME, VIDEOS, dtypes


def rows_of(store: Store, files: list[File], table: str) -> pl.LazyFrame:
    """Give the rows of files of one table."""
    return scan([store.path(file.path) for file in files], TABLES[table])


def held(store: Store, log: Log, number: int) -> Rows:
    """Read the latest version of each row, without tombstones; readings of a video that is gone are among them."""
    with readable(store):
        return frames(
            (name, live(latest(rows_of(store, log.files_of(name, number), name), table, number)))
            for name, table in TABLES.items()
        )


def lazy_videos(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Give the videos as of a snapshot, lazily and in no order."""
    rows = rows_of(store, log.files_of("videos", number), "videos")
    return live(latest(rows, TABLES["videos"], number)).select(dtypes(VIDEOS).keys())


def lazy_frame(store: Store, log: Log, number: int) -> pl.LazyFrame:
    """Give the one frame as of a snapshot, lazily."""
    rows = live(latest(rows_of(store, log.files_of("stats", number), "stats"), TABLES["stats"], number))
    joined = rows.drop("removed", "snapshot", "seen_at").join(lazy_videos(store, log, number), on="video_id")
    return joined.select(dtypes(FRAME).keys()).sort("video_id", "timestamp")


@contextmanager
def readable(store: Store) -> Iterator[None]:
    """Say it in our own words where a file cannot be read."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        text = f"A file of {store.root} is damaged or missing ({first}). `influtics-lab verify` names each that is."
        raise ArchiveError(text, problems=[first]) from None
