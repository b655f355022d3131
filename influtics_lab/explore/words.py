"""What an explorer says in words: the videos to choose from, and its picture for those who cannot see it."""

from __future__ import annotations

from collections import Counter

import polars as pl

from influtics_lab.explore.state import TOP, VideoState
from influtics_lab.plots.text import clean
from influtics_lab.plots.ticks import short

LISTED = 200


def videos_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Give one row for each video, the one with the most views first.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame.

    Returns
    -------
    polars.DataFrame
        ``video_id title external_video_id platform`` and ``last_views``, null where no reading has views.
    """
    last = pl.col("views").sort_by("timestamp").drop_nulls().last().alias("last_views")
    names = [pl.col(column).first() for column in ("title", "external_video_id", "platform")]
    return (
        frame.lazy()
        .group_by("video_id")
        .agg(*names, last)
        .sort(["last_views", "video_id"], descending=[True, False], nulls_last=True)
        .collect()
    )


def choices(videos: pl.DataFrame, also: str | None = None) -> list[tuple[str, str | None]]:
    """Give the videos to choose from: a text that is different for each, and the id.

    Parameters
    ----------
    videos : polars.DataFrame
        Of ``videos_of``. The first two hundred are listed.
    also : str, optional
        The id of a video that is listed too, if it is there.

    Returns
    -------
    list of (str, str or None)
        First the choice of none, which shows the largest.
    """
    rows = pl.concat([videos.head(LISTED), videos.slice(LISTED).filter(pl.col("video_id").is_in([also or ""]))])
    listed = [_choice(row) for row in rows.iter_rows(named=True)]
    often = Counter(text for text, _ in listed)
    first = f"the {min(TOP, videos.height)} largest" if videos.height > 1 else "all"
    if videos.height > len(listed):
        first += f" (listed: {len(listed):,} of {videos.height:,}; search for others)"
    return [(first, None), *((text if often[text] == 1 else f"{text} · {key}", key) for text, key in listed)]


def _choice(row: dict[str, object]) -> tuple[str, str]:
    views = row["last_views"]
    said = "no views" if views is None else f"{short(float(str(views)))} views"
    return f"{_name(row)} · {said}", str(row["video_id"])


def _name(row: dict[str, object]) -> str:
    texts = (clean(str(row[column]), 60) for column in ("title", "external_video_id") if row[column] is not None)
    return next((text for text in texts if text), str(row["video_id"]))


def summary(data: pl.DataFrame, state: VideoState) -> str:
    """Say in words what the picture shows.

    Parameters
    ----------
    data : polars.DataFrame
        The readings that are shown.
    state : VideoState

    Returns
    -------
    str
    """
    what = {"counts": state.count, "velocity": f"{state.count} per hour", "engagement": "engagement rate"}[
        state.picture
    ]
    column = "views" if state.picture == "engagement" else state.count
    kept = data.filter(pl.col(column).is_not_null())
    if kept.is_empty():
        return f"Nothing to show of {what}: no reading that is left has a value in {column}."
    days = kept["timestamp"].dt.date().unique().sort()
    largest = videos_of(kept.select("video_id", "timestamp", "title", "external_video_id", "platform", views=column))
    named = [
        f"{_name(row)} ({row['platform'] or 'unknown platform'}, last {short(row['last_views'])} {column})"
        for row in largest.head(TOP).iter_rows(named=True)
    ]
    n, readings = largest.height, kept.height
    return (
        f"{what.capitalize()} over time, {days[0]} to {days[-1]} UTC, {state.scale} scale; {n:,} "
        f"video{'s' * (n != 1)} and {readings:,} reading{'s' * (readings != 1)} are left. "
        f"{'Largest: ' if n > 1 else ''}{'; '.join(named)}."
    )
