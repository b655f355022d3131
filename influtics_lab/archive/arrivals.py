"""What came and went after an instant: videos with new readings, and videos that were removed."""

from __future__ import annotations

import datetime as dt
from itertools import takewhile

import polars as pl

from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.log import Log
from influtics_lab.archive.stored_rows import scan_files


def find_arrivals(store: Store, log: Log, after: dt.datetime) -> pl.DataFrame:
    """Return the videos with rows that reads after an instant brought; see ``Archive.arrivals``."""
    later = takewhile(lambda entry: entry.until > after, log.read_backwards())
    first = min((entry.number for entry in later), default=log.count + 1)
    files = [file for file in log.files_of("stats") if file.last >= first]
    rows = scan_files(store, files, "stats").filter(pl.col("snapshot") >= first)
    key = ["video_id", "timestamp"]
    withdrawn = rows.filter("removed").group_by(key).agg(pl.col("snapshot").max().alias("withdrawn"))
    joined = rows.filter(~pl.col("removed")).join(withdrawn, on=key, how="left")
    present = joined.filter(pl.col("withdrawn").is_null() | (pl.col("snapshot") > pl.col("withdrawn")))
    instants = present.group_by("video_id").agg(
        pl.col("timestamp").min().alias("first_new"), pl.col("timestamp").max().alias("last_new")
    )
    return instants.collect(engine="streaming").sort("video_id")


def find_removals(store: Store, log: Log) -> pl.DataFrame:
    """Return one row for each time that a video came or was removed; see ``Archive.removals``."""
    names = ["title", "platform", "external_video_id", "status", "created_at", "published_at"]
    rows = scan_files(store, log.files_of("videos"), "videos").sort("video_id", "snapshot")
    last_known = rows.with_columns(pl.col(names).filter(~pl.col("removed")).last().over("video_id"))
    was_removed = pl.col("removed").shift().over("video_id")
    changed = last_known.filter(was_removed.is_null() | (was_removed != pl.col("removed")))
    return changed.select("video_id", "seen_at", "removed", *names).collect()
