"""Merge the small files of a month, so that each id and title is stored once and a video lies in few files."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES, to_parquet
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import File
from influtics_lab.archive.stored_rows import report_unreadable_files, scan_files

_MOST_SMALL_FILES: Final = 7  # of the current month, for each table


def write_rows(store: Store, table: str, rows: pl.DataFrame, day: dt.date) -> File:
    """Write rows of one table, sorted, as a file in the folder of a day; return its entry for the log."""
    rows = rows.select(TABLES[table].stored_schema.keys()).sort(*TABLES[table].key, "snapshot", nulls_last=True)
    data = to_parquet(rows)
    digest = hashlib.sha256(data).hexdigest()
    first, last = int(rows["snapshot"].min()), int(rows["snapshot"].max())  # type: ignore[arg-type]  # Int64, not empty
    path = f"{table}/snapshot_date={day.isoformat()}/{first:06d}-{last:06d}-{digest[:8]}.parquet"
    store.write_data_file(path, data)
    return File(path, table, first, last, rows.height, digest)


def compact_months(store: Store, log: Log, today: dt.date | None = None) -> Log:
    """Merge each month's files into one for each table, and return the log that lists the merged files.

    A merged file lies in the folder of its first day. Reads as of a day return the same rows as before.

    Parameters
    ----------
    store : Store
    log : Log
    today : date, optional
        The day of the last snapshot: the files of its month are merged only if there are several. None merges all.
    """
    days = {entry.number: entry.until.date() for entry in log.entries}
    months: dict[tuple[str, int, int], list[File]] = {}
    for file in log.files:
        months.setdefault((file.table, days[file.first].year, days[file.first].month), []).append(file)
    for (table, *month), files in months.items():
        is_current = today is not None and month == [today.year, today.month]
        if len(files) > (_MOST_SMALL_FILES if is_current else 1):
            with report_unreadable_files(store):
                rows = scan_files(store, files, table).collect()
            log = log.with_replaced_files(
                files, [write_rows(store, table, rows, days[min(file.first for file in files)])]
            )
    return log
