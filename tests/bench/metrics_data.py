"""Readings to measure with: three platforms, odd gaps, and every counter that misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

A_VIDEO = 100
SECOND = 1_000_000
VIDEO, AT = "video_id", "timestamp"
COUNTS = ("views", "likes", "comments", "reposts")
FIRST = datetime(2025, 6, 15, tzinfo=UTC)


def readings(number: int) -> pl.DataFrame:
    """Videos of 100 readings, sorted; one count of views in a hundred is missing."""
    random = np.random.default_rng(1)
    videos = number // A_VIDEO
    gaps = random.integers(1800 * SECOND, 40_000 * SECOND, (videos, A_VIDEO))
    gaps[:, 0] += random.integers(0, 86_400 * SECOND, videos)
    frame = pl.DataFrame(counts(random, videos)).with_columns(
        (FIRST + pl.Series(gaps.cumsum(1).ravel()).cast(pl.Duration("us"))).alias(AT),
        pl.Series(VIDEO, repeated(np.arange(videos))).cast(pl.String).str.zfill(12),
        platform=pl.Series(np.array(["Instagram", "TikTok", "YouTube"])[repeated(np.arange(videos) % 3)]),
    )
    missing = pl.Series(random.random(frame.height) < 0.01)
    youtube, began = col("platform") == "YouTube", col(AT).min().over(VIDEO)
    return frame.select(
        VIDEO, AT, pl.when(~missing).then("views").alias("views"), "likes", "comments",
        pl.when(~youtube).then("reposts").alias("reposts"), "platform", created_at=began,
        published_at=pl.when(~(youtube & col(VIDEO).str.ends_with("5"))).then(began - pl.duration(hours=5)),
    )  # fmt: skip


def counts(random: np.random.Generator, videos: int) -> dict[str, NDArray[np.int64]]:
    """Counts that rise; some fall, stand still, are hidden, or burst without engagements; some polls fail."""
    number = np.arange(videos)[:, np.newaxis]
    reading = np.arange(A_VIDEO)
    burst = (number % 50 == 3) & (reading >= 60) & (reading < 65)
    gained = random.integers(0, 2000, (videos, A_VIDEO))
    gained[random.random(gained.shape) < 0.02] = 0
    fallen = random.random(gained.shape) < 0.003
    gained[fallen] = -random.integers(1, 1000, int(fallen.sum()))
    gained[burst] += 80_000
    engaged = np.where(burst, 0, gained)
    found = {"views": gained}
    found |= {name: engaged // one_in for name, one_in in (("likes", 20), ("comments", 300), ("reposts", 100))}
    found = {name: np.maximum(rise.cumsum(1), 0) for name, rise in found.items()}
    found["likes"][(number % 40 == 7) & (reading >= 70) | (number % 80 == 9)] = 0
    failed = random.random(gained.shape) < 0.002
    for values in found.values():
        values[failed] = 0
    return {name: values.ravel() for name, values in found.items()}


def repeated(values: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(values, A_VIDEO)


def with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(external_video_id="x" + col(VIDEO))


def with_spend(frame: pl.DataFrame) -> pl.DataFrame:
    paid = col(VIDEO).str.slice(-3).cast(pl.Float64)
    return frame.with_columns(spend=pl.when(paid > 100).then(paid))


def with_creators(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each twenty videos a creator."""
    return frame.with_columns(creator=col(VIDEO).cast(pl.Int64) // 20)


def multiples(frame: pl.DataFrame) -> pl.DataFrame:
    """Make a video of each reading, with a multiple of what is usual for its creator."""
    multiple = pl.when(col("likes") % 7 > 0).then(col("likes") % 100 / 40)
    return with_creators(frame).select("creator", multiple_of_usual=multiple)


def videos_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Make a video of each reading."""
    return frame.select("platform", "views", video_id=pl.int_range(pl.len()).cast(pl.String))


def with_engagements(frame: pl.DataFrame) -> pl.DataFrame:
    return with_spend(frame).with_columns(engagements=pl.when(col("likes") > 0).then(col("likes") + col("comments")))


def with_reported(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what the endpoint says of each video beside its readings."""
    first = {name: col(name).first().over(VIDEO) for name in COUNTS}
    rate = (first["likes"] + first["comments"] + first["reposts"].fill_null(0)) * 100 / first["views"]
    return frame.with_columns(
        *(col(name).last().over(VIDEO).alias(f"latest_{name}") for name in COUNTS),
        er_reported_pct=pl.when(rate.is_finite()).then(rate.round(2)),
        stats_last_updated=col(AT).sort_by(AT).get(50).over(VIDEO),
    )


def publications(frame: pl.DataFrame) -> dict[str, datetime]:
    """Say when those were published whose ids do not tell."""
    unknown = frame.filter(col("published_at").is_null()).group_by("external_video_id").agg(col(AT).min()).sort(AT)
    return {video: at - timedelta(hours=9) for video, at in unknown.iter_rows()}
