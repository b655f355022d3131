"""What is counted of readings that are not as they should be: rejected values, flags, and videos no longer read."""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.explore.source import Source

FLAGS: Final = ("correction", "purge", "hidden", "cached", "stalled", "burst")


def stale(source: Source, days: int) -> pl.DataFrame:
    """Give the videos whose last reading is more than so many days older than the newest of the frame.

    Parameters
    ----------
    source : Source
    days : int

    Returns
    -------
    polars.DataFrame
        The rows of ``source.videos``, the one that was read last first.
    """
    videos = source.videos
    found = videos.filter(pl.col("last_at") < pl.col("last_at").max() - pl.duration(days=days))
    return found.sort("last_at", "video_id", descending=[True, False])


def by_reason(rejected: pl.DataFrame) -> pl.DataFrame:
    """Count what was rejected by field and reason, the most frequent first."""
    counted = rejected.group_by("field", "reason").agg(
        pl.len().alias("values"), pl.col("video_id").n_unique().alias("videos")
    )
    return counted.sort("values", "field", "reason", descending=[True, False, False])


def by_flag(flagged: pl.DataFrame) -> pl.DataFrame:
    """Count the readings of each platform, and how many have each flag."""
    return (
        flagged.group_by("platform")
        .agg(pl.len().alias("readings"), *(pl.col(f"is_{flag}").sum().alias(flag) for flag in FLAGS))
        .sort("platform", nulls_last=True)
    )
