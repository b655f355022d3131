"""Merge the small files of a month, so that each id and title is stored once and a video lies in few files.

Within the current month eight files are merged into one, eight of those into one, and so on: with hourly reads a row is
written four times in all. A past month is one file.
"""

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

_MOST_FILES: Final = 7  # of one size, of the current month, for each table


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
        The day of the last snapshot: of its month only files of similar size are merged. None merges all.
    """
    current = f"{today:%Y-%m}" if today else ""
    groups: dict[tuple[str, str, int], list[File]] = {}
    for file in log.open_files:
        eights = ((file.last - file.first + 1).bit_length() - 1) // 3 if file.month == current else 0
        groups.setdefault((file.table, file.month, eights), []).append(file)
    for (table, month, _), files in groups.items():
        if len(files) > (_MOST_FILES if month == current else 1):
            with report_unreadable_files(store):
                rows = scan_files(store, files, table).collect()
            day = dt.date.fromisoformat(min(file.day for file in files))
            log = log.with_replaced_files(files, [write_rows(store, table, rows, day)])
    return log
