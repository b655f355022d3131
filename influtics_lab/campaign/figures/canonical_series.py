"""Which series counts where a snapshot tracks one video of a platform more than once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from influtics_lab.platforms import canonical_ids


def counting_series(videos: pl.DataFrame, readings: pl.DataFrame) -> dict[str, str]:
    """Return for each series that does not count the one of the same canonical id that does.

    The series with the newest visible views counts; where several have it, the one tracked first (``created_at``),
    then the one with the smallest ``video_id``.

    Parameters
    ----------
    videos : polars.DataFrame
        With ``video_id``, ``platform``, ``external_video_id`` and ``created_at``.
    readings : polars.DataFrame
        With ``video_id``, ``timestamp``, and ``views`` that are null where they are hidden.

    Returns
    -------
    dict of str to str
        From ``video_id`` to ``video_id``; empty where each video is tracked once.

    Examples
    --------
    >>> import polars as pl
    >>> from datetime import datetime, UTC
    >>> videos = pl.DataFrame({
    ...     "video_id": ["a", "b"], "platform": ["Instagram"] * 2, "created_at": [datetime(2025, 6, 1, tzinfo=UTC)] * 2,
    ...     "external_video_id": ["CuZpLL9tyuW", "3141723303735405462"],
    ... })
    >>> readings = pl.DataFrame({
    ...     "video_id": ["a", "b"], "timestamp": [datetime(2025, 6, n, tzinfo=UTC) for n in (2, 3)], "views": [5, 7],
    ... })
    >>> counting_series(videos, readings)
    {'a': 'b'}
    """
    newest = readings.drop_nulls("views").group_by("video_id").agg(pl.col("timestamp").max().alias("newest"))
    repeated = (
        videos.select("video_id", "created_at", canonical_ids())
        .drop_nulls("canonical_id")
        .filter(pl.col("canonical_id").is_duplicated())
    )
    ordered = repeated.join(newest, on="video_id", how="left").sort(
        "canonical_id", "newest", "created_at", "video_id", descending=[False, True, False, False], nulls_last=True
    )
    first = pl.col("video_id").first().over("canonical_id", order_by=pl.int_range(pl.len())).alias("counts")
    pairs = ordered.select("video_id", first).filter(pl.col("video_id") != pl.col("counts"))
    return dict(sorted(pairs.rows()))


def repeated_series(series: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return for each series that counts the others of the same video.

    Examples
    --------
    >>> repeated_series({"a": "b", "c": "b"})
    {'b': ('a', 'c')}
    """
    others: dict[str, list[str]] = defaultdict(list)
    for other, counts in sorted(series.items()):
        others[counts].append(other)
    return {counts: tuple(others[counts]) for counts in sorted(others)}
