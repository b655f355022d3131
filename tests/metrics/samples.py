"""Frames of many videos of which each is read once, at one age, for the tests of comparisons."""

from __future__ import annotations

import numpy as np
import polars as pl
from metrics.readings import START, hours

from influtics_lab import schema

Row = tuple[str | None, int | None, int | None]


def at_a_day(*rows: Row, age_hours: float = 24) -> pl.DataFrame:
    """One video (v000, ...) for each (platform, views, likes), without comments, read at that age."""
    return _framed(
        {
            "video_id": [f"v{n:03}" for n in range(len(rows))],
            "platform": [platform for platform, _, _ in rows],
            "views": [views for _, views, _ in rows],
            "likes": [likes for _, _, likes in rows],
        },
        age_hours,
    )


def of_rates(**groups: list[int]) -> pl.DataFrame:
    """One video of 1,000 views for each rate in tenths of a percent, the platforms under the names given."""
    return at_a_day(*((name, 1000, likes) for name, rates in groups.items() for likes in rates))


def at_random(videos: int, *, platforms: tuple[str, ...] = ("Instagram", "TikTok"), seed: int = 1) -> pl.DataFrame:
    """Videos with lognormal views and rates around 4 %, whatever their platform."""
    random = np.random.Generator(np.random.PCG64(seed))
    views = random.lognormal(9, 1.2, videos).astype(int) + 100
    likes = (views * random.beta(4, 96, videos)).astype(int) + 1
    return at_a_day(*((platforms[n % len(platforms)], int(views[n]), int(likes[n])) for n in range(videos)))


def of_creators(creators: int, videos: int, *, seed: int) -> pl.DataFrame:
    """Two platforms, a and b, that do not differ; each of their creators has so many videos and a rate of their own."""
    random = np.random.Generator(np.random.PCG64(seed))
    owner = np.repeat(np.arange(2 * creators), videos)
    rates = 0.04 * np.exp(random.normal(0, 0.5, 2 * creators)[owner] + random.normal(0, 0.3, len(owner)))
    views = random.lognormal(11, 0.7, len(owner)).astype(int)
    likes = (views * rates).astype(int)
    side = owner // creators
    frame = at_a_day(*(("ab"[side[n]], int(views[n]), int(likes[n])) for n in range(len(owner))))
    return frame.with_columns(creator=pl.Series([f"{'ab'[side[n]]}{owner[n] % creators}" for n in range(len(owner))]))


def _framed(columns: dict[str, list[str | None] | list[int | None] | list[str]], age_hours: float) -> pl.DataFrame:
    wanted = schema.dtypes(schema.FRAME)
    frame = pl.DataFrame(columns, schema={name: wanted[name] for name in columns}).with_columns(
        pl.lit(hours(age_hours), dtype=schema.Instant).alias("timestamp"),
        pl.lit(START, dtype=schema.Instant).alias("published_at"),
        pl.lit(START, dtype=schema.Instant).alias("created_at"),
        pl.lit(0, dtype=pl.Int64).alias("comments"),
    )
    missing = (pl.lit(None, dtype=dtype).alias(name) for name, dtype in wanted.items() if name not in frame.columns)
    return frame.with_columns(*missing).select(*wanted)
