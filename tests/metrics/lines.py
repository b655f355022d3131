"""Counts on the line between readings, by a plain loop over fractions: what interpolation is held against."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import polars as pl
from metrics.plain_counts import visible_readings

from influtics_lab import schema

Points = list[tuple[datetime, int]]


def points(frame: pl.DataFrame, video: str, count: str = "views") -> Points:
    """The readings of a video in which the count is visible, in order."""
    absent = [pl.lit(None, pl.Int64).alias(name) for name in schema.COUNTS if name not in frame.columns]
    rows = frame.filter(pl.col("timestamp").is_not_null(), video_id=video).with_columns(absent)
    visible = visible_readings(rows).get(video, [])
    return [(row["timestamp"], row[count]) for row in visible if row[count] is not None]


def line(found: Points, at: datetime, max_gap: timedelta | None = None) -> Fraction | None:
    """The count at an instant, or None where it is not bracketed."""
    before = [point for point in found if point[0] <= at]
    after = [point for point in found if point[0] >= at]
    if not before or not after:
        return None
    (since, low), (until, high) = before[-1], after[0]
    if since == until:
        return Fraction(low)
    if max_gap is not None and until - since > max_gap:
        return None
    return low + (high - low) * Fraction((at - since) // MICRO, (until - since) // MICRO)


def close(found: float | None, expected: Fraction | None, scale: float = 1.0) -> bool:
    """Whether both are None, or they agree to 1e-12 of the larger of the value and the scale of what it came from."""
    if found is None or expected is None:
        return found is None and expected is None
    return abs(found - float(expected)) <= 1e-12 * max(abs(float(expected)), scale)


def born(frame: pl.DataFrame, published: datetime | None, created: datetime | None = None) -> pl.DataFrame:
    """The frame with these instants at every reading."""
    return frame.with_columns(
        pl.lit(published, dtype=schema.Instant).alias("published_at"),
        pl.lit(created, dtype=schema.Instant).alias("created_at"),
    )


MICRO = timedelta(microseconds=1)
