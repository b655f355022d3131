"""The real series beside the repository, as frames; tests that use them skip where they are not there."""

from __future__ import annotations

from functools import cache

import polars as pl
from answers import SHARED

from influtics_lab import schema

_REAL = SHARED / "real"
_COUNTS = ("views", "likes", "comments")


@cache
def trending() -> pl.DataFrame:
    """Charts of three countries: many videos, 13 days, daily and some readings seconds apart."""
    readings = pl.read_csv(_REAL / "youtube_trending_readings.csv.gz", infer_schema=False).unique(["video_id", "ts"])
    videos = pl.read_csv(_REAL / "youtube_trending_videos.csv.gz", infer_schema=False)
    published = pl.col("published_at").str.to_datetime("%Y-%m-%d %H:%M:%S%#z", time_unit="us")
    known = videos.select("video_id", published.dt.convert_time_zone("UTC"))
    instant = pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", time_unit="us")
    return _framed(readings.select("video_id", instant.alias("timestamp"), *_COUNTS)).join(
        known, on="video_id", how="left", maintain_order="left"
    )


@cache
def ripple() -> pl.DataFrame:
    """A few videos, daily for a year."""
    readings = pl.read_csv(_REAL / "ripple_daily_stats.csv", infer_schema=False)
    instant = pl.col("run_datetime_utc").str.to_datetime(time_unit="us", time_zone="UTC").alias("timestamp")
    counts = (pl.col(f"{count[:-1]}_count").alias(count) for count in _COUNTS)
    return _framed(readings.select("video_id", instant, *counts).unique(["video_id", "timestamp"]))


def _framed(readings: pl.DataFrame) -> pl.DataFrame:
    """As the one frame has it; YouTube has no reposts."""
    counts = readings.with_columns(pl.col(_COUNTS).cast(pl.Float64).cast(pl.Int64))
    reposts = pl.lit(None, dtype=schema.dtypes(schema.STATS)["reposts"]).alias("reposts")
    return counts.with_columns(reposts).sort("video_id", "timestamp")
