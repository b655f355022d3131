"""Store fields of a video that only repeat its last reading as null, and fill them from that reading.

``latest_views`` and the other latest counts, and ``stats_last_updated``, change with each reading and mostly equal it:
stored for each snapshot they would cost as much as the readings. If they all equal the last reading, a stored video has
``as_read`` true and nulls in their place; if one differs, all are stored as they came.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.schema import COUNTS

_REPEATED: Final = {"stats_last_updated": "timestamp", **{f"latest_{name}": name for name in COUNTS}}


def fold_repeated_fields(videos: pl.DataFrame, stats: pl.DataFrame) -> pl.DataFrame:
    """Return videos as they are stored: with ``as_read``, and null where the last reading has the same values."""
    joined = _join_last_reading(videos.lazy(), stats.lazy())
    same = pl.all_horizontal(pl.col(name).eq_missing(_reading_column(name)) for name in _REPEATED)
    as_read = (same & _reading_column("stats_last_updated").is_not_null()).alias("as_read")
    stored = [pl.when(~pl.col("as_read")).then(pl.col(name)).alias(name) for name in _REPEATED]
    return joined.with_columns(as_read).with_columns(stored).select(*videos.columns, "as_read").collect()


def unfold_repeated_fields(videos: pl.LazyFrame, stats: pl.LazyFrame, columns: list[str]) -> pl.LazyFrame:
    """Return the columns of stored videos as they came, filled from the readings of the same state."""
    restored = [
        pl.when(pl.col("as_read")).then(_reading_column(name)).otherwise(pl.col(name)).alias(name) for name in _REPEATED
    ]
    return _join_last_reading(videos, stats).with_columns(restored).select(columns)


def _join_last_reading(videos: pl.LazyFrame, stats: pl.LazyFrame) -> pl.LazyFrame:
    last = stats.filter(pl.col("timestamp") == pl.col("timestamp").max().over("video_id"))
    named = [pl.col(reading).alias(f"read {name}") for name, reading in _REPEATED.items()]
    return videos.join(last.select("video_id", *named), on="video_id", how="left", maintain_order="left")


def _reading_column(name: str) -> pl.Expr:
    return pl.col(f"read {name}")
