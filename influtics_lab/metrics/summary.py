"""One row for each video that sums up its readings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engagement_parts import PARTS, with_sum
from influtics_lab.metrics._engine import (
    FrameT,
    as_float,
    hours_between,
    percent_of,
    subtract_integers,
    to_microseconds,
    to_native,
)
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._video_columns import choose_video_columns
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, is_placed, mask_hidden_counts

_RATES: Final = ("engagements_last", "engagement_rate_last_pct", "engagement_rate_last_at", "engagement_parts_last")
ADDED: Final = tuple(look_up_columns("summarize"))
"""The columns that `summarize` adds, in their order."""


def summarize(frame: FrameT, *columns: str, by: str = "video_id") -> FrameT:
    """Return one row for each video: when it was read, what its counts were first and last, and what it gained between.

    With V_first at t_first and V_last at t_last the count at the first and last reading **in which that count is
    visible** (not null, not hidden, of no failed poll: see `flag_counters`)::

        gained_in_all   = V_last - V_first
        per_hour_in_all = gained_in_all / (t_last - t_first)

    The engagement rate is the last one that `engagement_rate` returns: that of the last reading in which views and all
    parts are visible. Rates fall with age: to compare videos use an equal age (`compare`).

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and ``views likes comments reposts`` (integers).
    *columns : str
        Further columns to keep, such as a creator that you have added, as they are at the video's last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video, in the order in which their last readings came: `by`, the columns of ``videos`` that
        are there and those asked for, as at the last reading, and

        - ``readings`` (Int64, how many), ``first_reading`` and ``last_reading`` (Datetime, UTC), ``read_hours``
          (Float64, hours from first to last), ``longest_gap_hours`` (Float64, hours; null with one reading);
        - for each count, here ``views``: ``views_first``, ``views_last``, ``views_gained_in_all`` (Int64, count; null
          where no reading has it) and ``views_per_hour_in_all`` (Float64, count per hour; null where fewer than two
          readings have it);
        - ``engagements_last`` (Int64), ``engagement_rate_last_pct`` (Float64, %), ``engagement_rate_last_at``
          (Datetime, UTC, of that reading) and ``engagement_parts_last`` (String): null where no reading has
          a rate.

        A video without any reading does not occur in the one frame, so it is not here either: look into ``videos``.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a count is not an integer, ``timestamp`` is not in UTC, or a reading comes twice (not checked in lazy frames:
        there both last readings are kept).

    Examples
    --------
    The second video was read once:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b"],
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 3, 1)],
    ...     "views": [100, 580, 50],
    ...     "likes": [5, 29, 1],
    ...     "comments": [0, 0, 0],
    ...     "reposts": [0, 0, 0],
    ... })
    >>> videos = frame.pipe(summarize)
    >>> videos.select("video_id", "readings", "read_hours", "longest_gap_hours").rows()
    [('a', 2, 48.0, 48.0), ('b', 1, 0.0, None)]
    >>> videos.select("views_first", "views_last", "views_per_hour_in_all", "engagement_rate_last_pct").rows()
    [(100, 580, 10.0, 5.0), (50, 50, None, 2.0)]
    """
    readings = open_readings(frame, "summarize", by=by, counts=COUNTS)
    kept_columns = choose_video_columns(readings, "summarize", columns, ADDED, by=by)
    masked = mask_hidden_counts(readings.filter(is_placed(by)), by=by)
    prefix = find_free_prefix(masked)
    total, label = f"{prefix}total", f"{prefix}parts"
    summed = with_sum(masked, {part: part for part in PARTS}, total, label, leave_out=True, by=by)
    spanned = _with_ends(_with_spans(summed, prefix, by), prefix, by)
    rated = _with_last_rate(spanned, prefix, total, label, by)
    last = rated.filter(nw.col(TIMESTAMP) == nw.col(f"{prefix}last"))
    return to_native(last.select(*kept_columns, *_time_columns(prefix), *_count_columns(prefix), *_RATES), frame)


def _with_spans(frame: Frame, prefix: str, by: str) -> Frame:
    """Add when the video, and each of its counts, was read first and last, and the gap before each reading."""
    now, instant = to_microseconds(frame, TIMESTAMP), nw.col(TIMESTAMP)
    clock = nw.col(f"{prefix}now")
    timed = frame.with_columns(now.alias(f"{prefix}now")).with_columns(
        (clock - clock.shift(1).over(by, order_by=TIMESTAMP)).alias(f"{prefix}gap"),
        instant.min().over(by).alias(f"{prefix}first"),
        instant.max().over(by).alias(f"{prefix}last"),
        instant.count().over(by).alias(f"{prefix}readings"),
        *(nw.when(~nw.col(name).is_null()).then(clock).alias(f"{prefix}{name}_now") for name in COUNTS),
    )
    return timed.with_columns(
        nw.col(f"{prefix}gap").max().over(by),
        clock.min().over(by).alias(f"{prefix}since"),
        *(nw.col(f"{prefix}{name}_now").min().over(by).alias(f"{prefix}{name}_since") for name in COUNTS),
        *(nw.col(f"{prefix}{name}_now").max().over(by).alias(f"{prefix}{name}_until") for name in COUNTS),
    )


def _with_ends(frame: Frame, prefix: str, by: str) -> Frame:
    """Add each count at its first and last reading."""
    clock = nw.col(f"{prefix}now")
    ends = [
        nw.when(clock == nw.col(f"{prefix}{name}_{when}")).then(nw.col(name).cast(nw.Int64())).max().over(by)
        for name in COUNTS
        for when in ("since", "until")
    ]
    names = [f"{prefix}{name}_{end}" for name in COUNTS for end in ("first", "last")]
    return frame.with_columns(*(end.alias(name) for end, name in zip(ends, names, strict=True)))


def _time_columns(prefix: str) -> Iterator[nw.Expr]:
    yield nw.col(f"{prefix}readings").cast(nw.Int64()).alias("readings")
    yield nw.col(f"{prefix}first").alias("first_reading")
    yield nw.col(f"{prefix}last").alias("last_reading")
    yield hours_between(nw.col(f"{prefix}now"), nw.col(f"{prefix}since")).alias("read_hours")
    yield hours_between(nw.col(f"{prefix}gap"), nw.lit(0)).alias("longest_gap_hours")


def _count_columns(prefix: str) -> Iterator[nw.Expr]:
    for name in COUNTS:
        first, last = nw.col(f"{prefix}{name}_first"), nw.col(f"{prefix}{name}_last")
        gained = subtract_integers(last, first)
        length = hours_between(nw.col(f"{prefix}{name}_until"), nw.col(f"{prefix}{name}_since"))
        yield first.alias(f"{name}_first")
        yield last.alias(f"{name}_last")
        yield gained.alias(f"{name}_gained_in_all")
        yield nw.when(length > 0).then(as_float(gained) / length).alias(f"{name}_per_hour_in_all")


def _with_last_rate(frame: Frame, prefix: str, total: str, label: str, by: str) -> Frame:
    """Add the last engagement rate of the video, the instant of its reading, and what it is made of."""
    rate, instant = nw.col(f"{prefix}rate"), nw.col(TIMESTAMP)
    rated = frame.with_columns(percent_of(nw.col(total), nw.col("views")).alias(f"{prefix}rate")).with_columns(
        nw.when(~rate.is_null()).then(instant).max().over(by).alias("engagement_rate_last_at")
    )
    values = {
        "engagements_last": nw.col(total),
        "engagement_rate_last_pct": rate,
        "engagement_parts_last": nw.col(label),
    }
    return rated.with_columns(
        nw.when(instant == nw.col("engagement_rate_last_at")).then(value).max().over(by).alias(name)
        for name, value in values.items()
    )
