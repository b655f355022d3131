"""Small frames of the one frame's columns, made by hand, for the tests of pictures and explorers."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl

from influtics_lab.schema import FRAME, dtypes

START = datetime(2025, 7, 1, 8, 30, tzinfo=UTC)
HOSTILE = "<b>x</b> $1 =SUM(A1) 안녕 🎧"


def frame_of(*rows: dict[str, object]) -> pl.DataFrame:
    """The one frame with these rows; columns that are not named are null."""
    columns = dtypes(FRAME)
    filled = [{**dict.fromkeys(columns), "video_id": "v1", "platform": "TikTok", **row} for row in rows]
    return pl.DataFrame(filled, schema=columns)


def reading(hours: float, views: int | None, **others: object) -> dict[str, object]:
    """One reading so many hours after START."""
    return {"timestamp": START + timedelta(hours=hours), "views": views, **others}


def many(
    videos: int, readings: int = 20, *, titles: tuple[str | None, ...] = ("Morning stretch", None, HOSTILE)
) -> pl.DataFrame:
    """Videos of three platforms that grow and slow down, the first the largest, in the order of their ids."""
    platforms = ("TikTok", "YouTube", "Instagram")
    rows = []
    for v in range(videos):
        size = 2_000_000 / (v + 1)
        for r in range(readings):
            hours = 1 + r * 9 + (v % 5) * 0.7
            views = round(size * (1 - math.exp(-hours / (30 + v % 40))))
            likes = round(views * 0.06 * (1 - hours / 600))
            rows.append(
                reading(
                    hours, views, likes=likes, comments=likes // 20, reposts=None if v % 3 == 1 else likes // 50,
                    video_id=f"v{v:05}", external_video_id=f"ext{v:05}", platform=platforms[v % 3],
                    title=titles[v % len(titles)], published_at=START if v % 3 != 1 else None, created_at=START,
                )
            )  # fmt: skip
    return frame_of(*rows)


def with_growth(frame: pl.DataFrame, count: str = "views") -> pl.DataFrame:
    """Add what a picture of velocity needs, for frames without gaps in the count."""
    hours = (pl.col("timestamp") - pl.col("timestamp").shift().over("video_id")).dt.total_microseconds() / 3.6e9
    gained = pl.col(count) - pl.col(count).shift().over("video_id")
    return frame.with_columns(hours.alias(f"{count}_hours"), (gained / hours).alias(f"{count}_per_hour"))


def with_rate(frame: pl.DataFrame) -> pl.DataFrame:
    """Add what a picture of engagement needs."""
    counted = pl.col("likes") + pl.col("comments") + pl.col("reposts").fill_null(0)
    return frame.with_columns((100 * counted / pl.col("views")).alias("engagement_rate_pct"))
