"""What is counted of readings that are not as they should be: rejected values, flags, and videos no longer read."""

from __future__ import annotations

import numpy as np
import polars as pl

from influtics_lab.explore.filters import Filters
from influtics_lab.explore.frame_source import Source
from influtics_lab.plots.reading_times import ReadingTimes
from influtics_lab.schema import FLAGS


def stale(source: Source, filters: Filters | None, days: int) -> pl.DataFrame:
    """Give the videos whose last reading is more than so many days older than the newest of the frame.

    Parameters
    ----------
    source : Source
    filters : Filters or None
        Only the videos that these leave.
    days : int

    Returns
    -------
    polars.DataFrame
        The rows of ``source.videos``, the one that was read last first.
    """
    old = pl.col("last_at") < pl.col("last_at").max() - pl.duration(days=days)
    if filters is not None:
        old &= pl.lit(pl.Series(source.left(filters).of_videos))
    return source.videos.filter(old).sort("last_at", "video_id", descending=[True, False])


def by_reason(rejected: pl.DataFrame) -> pl.DataFrame:
    """Count what was rejected by field and reason, the most frequent first."""
    counted = rejected.group_by("field", "reason").agg(
        pl.len().alias("values"), pl.col("video_id").n_unique().alias("videos")
    )
    return counted.sort("values", "field", "reason", descending=[True, False, False])


def by_flag(made: ReadingTimes) -> pl.DataFrame:
    """Count the readings of each platform, and how many have each flag."""
    flagged = {
        flag.removeprefix("is_"): np.bincount(made.row[made.marked[flag]], minlength=made.videos.height)
        for flag in FLAGS
    }
    counted = made.videos.select("platform", pl.col("n").alias("readings")).with_columns(**flagged)
    return counted.group_by("platform").sum().sort("platform", nulls_last=True)
