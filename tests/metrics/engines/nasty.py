"""The readings on which engines are held against each other: simulated ones, and those that break careless code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from metrics.readings import START, hours, readings

import influtics_lab as lab
from influtics_lab import schema

LARGE = 2**62


def snapshot_and_nasty(videos: int = 250) -> pl.DataFrame:
    """The one frame of a simulated snapshot, and videos that are made of limits; with a spend, and in no order."""
    simulated = lab.simulate(videos=videos, seed=7).frame()
    published = pl.lit(hours(-5), dtype=schema.Instant)
    limits = readings(*_nasty(), columns=schema.COUNTS).with_columns(
        pl.lit("TikTok").alias("platform"),
        pl.lit(START, dtype=schema.Instant).alias("created_at"),
        pl.when(pl.col("video_id") != "nasty unpublished").then(published).alias("published_at"),
        pl.col("video_id").alias("external_video_id"),
    )
    paid = pl.when(pl.col("views").fill_null(0) % 5 > 0).then(pl.lit(12.5) * pl.col("video_id").str.len_chars())
    return pl.concat([simulated, limits]).with_columns(paid.alias("spend")).sample(fraction=1, shuffle=True, seed=11)


def _nasty() -> Iterator[tuple[Any, ...]]:
    yield "nasty single", 0, 5, 1, 1, 1
    yield "nasty single without counts", 0, None, None, None, None
    for hour in range(4):
        yield "nasty nulls", hour, None, None, None, None
        yield "nasty zeros", hour, 0, 0, 0, 0
        yield "nasty still", hour * 24, 5000, 50, 5, 1
        yield "nasty hidden likes", hour * 24, 5000 + hour, None, 5, 1
        yield "nasty without reposts", hour * 24, 5000 + 100 * hour, 50 + hour, 5, None
        yield "nasty unpublished", hour * 100, 100 * 2**hour, 2**hour, hour, 0
    for step, large in enumerate([-LARGE, LARGE, 2 * LARGE - 1, -2 * LARGE, 0, LARGE, None, LARGE]):
        yield "nasty large", step * 7, large, large, large, large
    for step, views in enumerate([3, None, 900_000, 1, None, 2]):
        yield "nasty microseconds", step / 3.6e9, views, step, None, step
    for step in range(60):
        odd = step % 2 == 1
        yield "nasty turns", step * 11, None if odd else 10 * step**2, step if odd else None, step, None if odd else 3
