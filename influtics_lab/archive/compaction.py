"""The small files of a month made one, so that ids and titles stand there once and a video is found in few places."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES, to_parquet
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import File
from influtics_lab.archive.stored_rows import readable, rows_of

_WAITING: Final = 7  # small files of the month that goes on, for each table


def write_rows(store: Store, table: str, rows: pl.DataFrame, day: dt.date) -> File:
    """Write rows of one table, sorted, as a file in the folder of a day; give what the log says of it."""
    rows = rows.select(TABLES[table].stored.keys()).sort(*TABLES[table].key, "snapshot", nulls_last=True)
    data = to_parquet(rows)
    digest = hashlib.sha256(data).hexdigest()
    first, last = int(rows["snapshot"].min()), int(rows["snapshot"].max())  # type: ignore[arg-type]  # Int64, not empty
    path = f"{table}/snapshot_date={day.isoformat()}/{first:06d}-{last:06d}-{digest[:8]}.parquet"
    store.put(path, data)
    return File(path, table, first, last, rows.height, digest)


def compacted(store: Store, log: Log, today: dt.date | None = None) -> Log:
    """Write each month's files as one for each table, and give the log that names them instead.

    The new file lies in the folder of the first day that it holds. As-of reads are as before: each row says which
    snapshot brought it.

    Parameters
    ----------
    store : Store
    log : Log
    today : date, optional
        The day of the last snapshot: files of its month wait until there are several. Else none waits.
    """
    days = {entry.number: entry.until.date() for entry in log.entries}
    months: dict[tuple[str, int, int], list[File]] = {}
    for file in log.files:
        months.setdefault((file.table, days[file.first].year, days[file.first].month), []).append(file)
    for (table, *month), files in months.items():
        still = today is not None and month == [today.year, today.month]
        if len(files) > (_WAITING if still else 1):
            with readable(store):
                rows = rows_of(store, files, table).collect()
            log = log.replaced(files, [write_rows(store, table, rows, days[min(file.first for file in files)])])
    return log
