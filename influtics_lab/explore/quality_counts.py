"""Tables of what is wrong with readings: rejected values, flags, and videos that are no longer read."""

from __future__ import annotations

import numpy as np
import polars as pl

from influtics_lab.explore.filters import Filters
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.plots.reading_times import ReadingTimes
from influtics_lab.schema import FLAGS


def find_stale_videos(source: FrameSource, filters: Filters | None, days: int) -> pl.DataFrame:
    """Return the videos whose last reading is more than so many days older than the newest of the frame.

    Parameters
    ----------
    source : Source
    filters : Filters or None
        Only videos that these leave.
    days : int

    Returns
    -------
    polars.DataFrame
        Rows of ``source.videos``, the video that was read last first.
    """
    old = pl.col("last_at") < pl.col("last_at").max() - pl.duration(days=days)
    if filters is not None:
        old &= pl.lit(pl.Series(source.apply_filters(filters).videos))
    return source.videos.filter(old).sort("last_at", "video_id", descending=[True, False])


def count_rejected(rejected: pl.DataFrame) -> pl.DataFrame:
    """Count what was rejected by field and reason, the most frequent first."""
    counted = rejected.group_by("field", "reason").agg(
        pl.len().alias("values"), pl.col("video_id").n_unique().alias("videos")
    )
    return counted.sort("values", "field", "reason", descending=[True, False, False])


def count_flags(readings: ReadingTimes) -> pl.DataFrame:
    """Count the readings of each platform, and how many have each flag."""
    flagged = {
        flag.removeprefix("is_"): np.bincount(readings.row[readings.marked[flag]], minlength=readings.videos.height)
        for flag in FLAGS
    }
    counted = readings.videos.select("platform", pl.col("n").alias("readings")).with_columns(**flagged)
    return counted.group_by("platform").sum().sort("platform", nulls_last=True)
