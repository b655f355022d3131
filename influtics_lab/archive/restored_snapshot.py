"""Build a snapshot, or the list of revised readings, from the rows that an archive stores."""

from __future__ import annotations

from typing import Any

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import Entry
from influtics_lab.archive.row_changes import Rows, visible_rows
from influtics_lab.archive.stored_rows import read_held_rows, scan_files
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot


def restore_snapshot(store: Store, log: Log, entry: Entry) -> Snapshot:
    """Return the archive's state after an entry as a snapshot."""
    rows = visible_rows(read_held_rows(store, log, entry.number))
    facts = entry.facts | {"taken_at": entry.taken_at, "query": entry.query}
    if entry.state_digest != entry.content_digest:
        facts |= _facts_of_parts(rows)
    return Snapshot.build(rows["videos"], rows["stats"], rows["rejected"], facts)


def _facts_of_parts(rows: Rows) -> dict[str, Any]:
    """Return the facts of a manifest for content that several filtered snapshots make up."""
    kept_points = sum(rows["stats"][name].count() for name in COUNTS)
    rejected_points = int(rows["rejected"]["field"].str.starts_with("stats.").sum())
    size = rows["videos"].height
    return {
        "query": None,
        "accounting": {
            "received": kept_points + rejected_points,
            "kept": kept_points,
            "rejected": rejected_points,
            "duplicates": 0,
        },
        "completeness": {"proven": "put together from reads of parts, each complete"},
        "total_reported": [size, size],
        "rejected_fields": rows["rejected"].height - rejected_points,
    }


def find_revisions(store: Store, log: Log) -> pl.DataFrame:
    """Return one row for each change of a reading; see ``Archive.revisions``."""
    rows = scan_files(store, log.files_of("stats"), "stats").collect().sort("video_id", "timestamp", "snapshot")
    key = ("video_id", "timestamp")
    before = [pl.col(name).shift().over(key).alias(f"{name}_before") for name in COUNTS]
    nth = pl.int_range(pl.len()).over(key)
    changed = rows.with_columns(*before, nth=nth).filter(pl.col("nth") > 0)
    counts = [column for name in COUNTS for column in (name, f"{name}_before")]
    return changed.select(*key, "seen_at", pl.col("removed").alias("withdrawn"), *counts)
