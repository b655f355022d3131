"""Velocity over intervals of at least some minutes: two polls seconds apart make it millions per hour."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.errors import ConfigError

LEAST_GAP_MINUTES: Final = 15.0
_VELOCITY: Final = "_per_hour"
_TOUCHING_HOURS: Final = 1e-6  # lengths are floats, readings whole microseconds: so much is rounding


def interval_columns(column: str) -> list[str]:
    """Return what a picture of a velocity needs beside it: the lengths of its intervals; of other columns, nothing.

    Examples
    --------
    >>> interval_columns("views_per_hour"), interval_columns("views"), interval_columns("views_per_hour_per_hour")
    (['views_hours'], [], [])
    """
    count = column.removesuffix(_VELOCITY)
    return [f"{count}_hours"] if count != column and not count.endswith(_VELOCITY) else []


def describe_least_gap(column: str, minutes: float) -> str:
    """Return the note on the least gap for a subtitle.

    Examples
    --------
    >>> describe_least_gap("views_per_hour", 15.0), describe_least_gap("views", 15.0)
    ('measured over at least 15 minutes', '')
    """
    return f"measured over at least {minutes:g} minutes" if interval_columns(column) and minutes > 0 else ""


def check_least_gap(function: str, minutes: object) -> float:
    """Return the least gap if it is a number of minutes from 0.

    Raises
    ------
    ConfigError
    """
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes < math.inf:
        raise ConfigError(f"{function}: least_gap_minutes is {minutes!r}; it is a number from 0, such as 15.")
    return float(minutes)


def merge_short_intervals(frame: pl.DataFrame, column: str, minutes: float = LEAST_GAP_MINUTES) -> pl.DataFrame:
    """Merge intervals that are too short with those after them, until each is long enough.

    The velocity over a merged interval is what was gained in all of it over its whole length. The remainder at the end
    of a video's readings belongs to the interval before; an interval that touches no other has no value.

    Parameters
    ----------
    frame : polars.DataFrame
        With ``video_id``, ``timestamp``, the column and, of a velocity, ``COUNT_hours``.
    column : str
        Any column but ``COUNT_per_hour`` leaves the frame as it is.
    minutes : float
        The shortest interval that may stay.

    Returns
    -------
    polars.DataFrame
        The same rows in the same order. At readings inside a merged interval both columns are null; intervals that
        are long enough keep their values.

    Examples
    --------
    Two polls 36 seconds apart, between which 50 views arrived:

    >>> from datetime import datetime, timedelta, UTC
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a"] * 3,
    ...     "timestamp": [start + timedelta(hours=hours) for hours in (5, 5.01, 7)],
    ...     "views_per_hour": [20.0, 5000.0, 10.0],
    ...     "views_hours": [5.0, 0.01, 1.99],
    ... })
    >>> merge_short_intervals(frame, "views_per_hour")["views_per_hour"].round(2).to_list()
    [20.0, None, 34.95]
    """
    lengths = interval_columns(column)
    if not lengths or minutes <= 0 or not (frame[lengths[0]] < minutes / 60).any():
        return frame
    velocity, hours = pl.col(column).cast(pl.Float64), pl.col(lengths[0]).cast(pl.Float64)
    intervals = (
        frame.lazy()
        .with_row_index("_row")
        .filter(velocity.is_finite() & hours.is_finite() & pl.col("timestamp").is_not_null())
        .select("_row", "video_id", "timestamp", velocity.alias("velocity"), hours.alias("hours"))
        .sort("video_id", "timestamp")
        .with_columns(_find_touching().alias("touches"))
        .collect()
    )
    group = _group_intervals(intervals["hours"], intervals["touches"], minutes / 60 - _TOUCHING_HOURS)
    merged = intervals.with_columns(pl.Series("group", group)).select("_row", *_over_groups(column, lengths[0]))
    rows = frame.with_row_index("_row").drop(column, *lengths)
    return rows.join(merged, on="_row", how="left", maintain_order="left").select(frame.columns)


def _find_touching() -> pl.Expr:
    """Whether an interval begins where the video's interval before it ended."""
    since = (pl.col("timestamp") - pl.col("timestamp").shift().over("video_id")).dt.total_microseconds() / 3.6e9
    return ((since - pl.col("hours")).abs() < _TOUCHING_HOURS).fill_null(value=False)


def _group_intervals(hours: Iterable[float], touches: Iterable[bool], least: float) -> NDArray[np.int64]:
    """Return the group of each interval: those of one group become one; -1 where it is too short and alone."""
    groups: list[int] = []
    group, length, began = -1, math.inf, 0
    for place, (interval, joined) in enumerate(zip(hours, touches, strict=True)):
        if not joined or length >= least:
            if not joined:
                _close_group(groups, began, length, least)
                began = place
            group, length = group + 1, 0.0
        groups.append(group)
        length += interval
    _close_group(groups, began, length, least)
    return np.array(groups, dtype=np.int64)


def _close_group(groups: list[int], began: int, length: float, least: float) -> None:
    """Move the remainder at the end of touching intervals, which began at a place, into the group before."""
    if not groups or length >= least:
        return
    last = groups[-1]
    before = last - 1 if groups[began] < last else -1
    for place in range(len(groups) - 1, began - 1, -1):
        if groups[place] != last:
            break
        groups[place] = before


def _over_groups(column: str, lengths: str) -> list[pl.Expr]:
    """Return velocity and length over each group, at its last reading; exact where it is a single interval."""
    velocity, hours = pl.col("velocity"), pl.col("hours")
    total = hours.sum().over("group")
    shared = (velocity * hours).sum().over("group") / total
    is_end = (pl.int_range(pl.len()).over("group") == pl.len().over("group") - 1) & (pl.col("group") >= 0)
    merged = pl.when(pl.len().over("group") == 1).then(velocity).otherwise(shared)
    return [pl.when(is_end).then(merged).alias(column), pl.when(is_end).then(total).alias(lengths)]
