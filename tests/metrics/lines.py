"""Counts on the line between readings, by a plain loop over fractions: what interpolation is held against."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import polars as pl
from metrics.plain_counts import visible_readings

from influtics_lab import schema
from influtics_lab.metrics.gained import FELL, UNREAD

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


def gain(
    points: Points,
    published: datetime | None,
    end: datetime | None,
    length: timedelta,
    *,
    slack: timedelta,
) -> tuple[Fraction | None, str]:
    """What a count gained in the window, and how far that is known, by the definition."""
    if end is None:
        return None, UNREAD
    start = end - length
    inside = [(at, value) for at, value in points if start <= at <= end]
    if not inside:
        return None, UNREAD
    bound = False
    if published is not None and start <= published <= end:
        first: Fraction | None = Fraction(0)
    elif points[0][0] <= start:
        first = line(points, start)
    else:
        first, bound = Fraction(inside[0][1]), True
    last = line(points, end)
    if last is None:
        last = Fraction(inside[-1][1])
        bound = bound or inside[-1][0] < end - slack
    fell = any(after < before and at < end and then > start for (at, before), (then, after) in pairwise(points))
    if bound and fell:
        return None, FELL
    assert first is not None
    return last - first, "at least" if bound else "exact"


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
