"""What an answer only repeats of a video's last reading is not stored a second time, but taken from that reading.

``latest_views`` and its like, and ``stats_last_updated``, change with each reading, and mostly say what it says: stored
for each snapshot they would cost as much as the readings. Where they all agree with the last reading, a stored video
has ``as_read`` true and null in their place; where one of them differs, all are stored as they came.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.schema import COUNTS

_REPEATED: Final = {"stats_last_updated": "timestamp", **{f"latest_{name}": name for name in COUNTS}}


def folded(videos: pl.DataFrame, stats: pl.DataFrame) -> pl.DataFrame:
    """Give videos as they are stored: with ``as_read``, and null for what the last reading says."""
    both = _with_last_reading(videos.lazy(), stats.lazy())
    same = pl.all_horizontal(pl.col(name).eq_missing(_read(name)) for name in _REPEATED)
    as_read = (same & _read("stats_last_updated").is_not_null()).alias("as_read")
    kept = [pl.when(~pl.col("as_read")).then(pl.col(name)).alias(name) for name in _REPEATED]
    return both.with_columns(as_read).with_columns(kept).select(*videos.columns, "as_read").collect()


def unfolded(videos: pl.LazyFrame, stats: pl.LazyFrame, columns: list[str]) -> pl.LazyFrame:
    """Give the columns of stored videos as they came, with the readings that were known at that time."""
    restored = [pl.when(pl.col("as_read")).then(_read(name)).otherwise(pl.col(name)).alias(name) for name in _REPEATED]
    return _with_last_reading(videos, stats).with_columns(restored).select(columns)


def _with_last_reading(videos: pl.LazyFrame, stats: pl.LazyFrame) -> pl.LazyFrame:
    last = stats.filter(pl.col("timestamp") == pl.col("timestamp").max().over("video_id"))
    named = [pl.col(reading).alias(f"read {name}") for name, reading in _REPEATED.items()]
    return videos.join(last.select("video_id", *named), on="video_id", how="left", maintain_order="left")


def _read(name: str) -> pl.Expr:
    return pl.col(f"read {name}")
