"""Frames of readings for the tests of the metrics, and every metric function under its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from influtics_lab import metrics, schema

START = datetime(2025, 6, 30, tzinfo=UTC)

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "growth": lambda frame: metrics.growth(frame, *schema.COUNTS),
    "acceleration": lambda frame: metrics.acceleration(frame, *schema.COUNTS),
    "doubling_time": lambda frame: metrics.doubling_time(frame, *schema.COUNTS),
    "engagement_rate": metrics.engagement_rate,
    "engagement_rate of two parts": lambda frame: metrics.engagement_rate(frame, ("likes", "comments")),
    "incremental_engagement_rate": metrics.incremental_engagement_rate,
    "with_age": metrics.with_age,
    "latest": metrics.latest,
}


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def readings(*rows: tuple[Any, ...], columns: tuple[str, ...] = ("views",)) -> pl.DataFrame:
    """One row for each (video, hour, counts...), with every other column of the one frame null."""
    frame = pl.DataFrame(
        [(video, hours(hour), *counts) for video, hour, *counts in rows],
        schema={name: schema.dtypes(schema.FRAME)[name] for name in ("video_id", "timestamp", *columns)},
        orient="row",
    )
    missing = {name: dtype for name, dtype in schema.dtypes(schema.FRAME).items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items()).select(
        *schema.dtypes(schema.FRAME)
    )


def bursting(*, calm: int = 40, loud: int = 6, after: int = 8, views: int = 20_000, likes: int = 4) -> pl.DataFrame:
    """An hourly series: 1,000 views and 40 likes an hour, then `views` and `likes`, then as before."""
    steps = [(1000, 40)] * calm + [(views, likes)] * loud + [(1000, 40)] * after
    rows, total, liked = [("a", 0, 1000, 40, 0, None)], 1000, 40
    for hour, (gained, engaged) in enumerate(steps, 1):
        total, liked = total + gained, liked + engaged
        rows.append(("a", hour, total, liked, 0, None))
    return readings(*rows, columns=schema.COUNTS)


def documented() -> pl.DataFrame:
    """The endpoint's documented example, without its impossible dates."""
    first = datetime(2025, 6, 30, 8, 26, 3, 730104, tzinfo=UTC)
    second = [datetime(2025, 6, 29, 11, 45, 4, 417493, tzinfo=UTC), datetime(2025, 6, 30, 0, 1, 43, 584751, tzinfo=UTC)]
    frame = readings(
        ("first", 0, 1_900_000, 56_500, 483, 6_472),
        ("second", 0, 908_200, 89_700, 501, 5_868),
        ("second", 1, 911_200, 90_000, 502, 5_883),
        columns=schema.COUNTS,
    )
    created = [datetime(2025, 6, 30, 8, 25, 29, 977270, tzinfo=UTC)]
    created += [datetime(2025, 6, 29, 11, 44, 30, 976079, tzinfo=UTC)] * 2
    return frame.with_columns(
        pl.Series("timestamp", [first, *second], dtype=schema.Instant),
        pl.Series("created_at", created, dtype=schema.Instant),
    )


def frames(counts: st.SearchStrategy[int] | None = None, *, min_size: int = 0) -> st.SearchStrategy[pl.DataFrame]:
    """Frames in any row order: a few videos, unique instants, any count missing."""
    count = st.none() | (st.integers(0, 3) | st.integers(0, 10**9) if counts is None else counts)
    instant = st.integers(-48, 48).map(float) | st.integers(0, 10**9).map(lambda micros: micros / 3.6e9)
    row = st.tuples(st.sampled_from("abc"), instant, count, count, count, count)
    rows = st.lists(row, min_size=min_size, max_size=12, unique_by=lambda found: (found[0], hours(found[1])))
    known = st.sampled_from([None, hours(-100), hours(3)])
    return st.builds(_framed, rows, known, known)


def _framed(rows: list[tuple[Any, ...]], published: datetime | None, created: datetime | None) -> pl.DataFrame:
    return readings(*rows, columns=schema.COUNTS).with_columns(
        pl.lit(published, dtype=schema.Instant).alias("published_at"),
        pl.lit(created, dtype=schema.Instant).alias("created_at"),
    )
