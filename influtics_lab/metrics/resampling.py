"""Readings at irregular instants, brought to an even grid of days or hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from influtics_lab.metrics._durations import Duration, parse_gap
from influtics_lab.metrics._engine import FrameT, to_native
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._grid import Grid, build_grid_rows, to_instant
from influtics_lab.metrics._interpolation import Bracket, fill_brackets, select_counts
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, find_free_prefix, mask_hidden_counts


def resample(
    frame: FrameT,
    every: Duration = "1d",
    *,
    max_gap: Duration | None = None,
    tz: str = "UTC",
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return each video's counts at even instants, on the line between the readings before and after each.

    With V the count, t_0 and t_1 the readings in which it is present around an instant t of the grid::

        V(t) = V(t_0) + (V(t_1) - V(t_0)) (t - t_0) / (t_1 - t_0)

    A hidden count (`flag_counters`) counts as not present.

    Nothing is extrapolated: a video's first instant is the first of the grid at or after its first reading, its last
    one the last at or before its last reading.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and one or more of the counts (integers).
    every : str or datetime.timedelta
        The distance of the grid, such as ``"1d"`` or ``"6h"``, in whole seconds. Whole days are days of the calendar
        in `tz`: the grid lies at the beginning of each day (of every n-th day, counted from Monday, 2001-01-01), so
        that its distance is 23 or 25 hours where clocks change. Anything else is elapsed time, counted from that
        day's midnight: where clocks change, the grid keeps its distance and moves on the clock.
    max_gap : str or datetime.timedelta, optional
        The longest gap between two readings across which a count is interpolated; any, if not given.
    tz : str
        The IANA name of the time zone of days, such as ``"Europe/Berlin"``.
    keep : sequence of str
        Further columns of the video to keep, such as a creator that you have added, as they are at its last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video and instant, sorted by `by` and ``timestamp``: `by`, ``timestamp`` (UTC, whatever `tz`
        is), the counts that the frame has (Float64), the columns of ``videos`` that are there (title, platform,
        ``published_at``, ...) and those of `keep`, as at the last reading. Other columns do not stay: columns of
        `growth`, for example, belong to the readings, so pipe it after this. Videos whose readings enclose no
        instant of the grid have no row.

        A count is null where no reading with that count is before or after the instant, or the two are more than
        `max_gap` apart. At a reading it is the value of that reading, unless it is hidden.

        Of a lazy frame, the first and the last instant are computed at once, to know how long the grid is.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If `every`, `max_gap` or `tz` cannot be used, a count is not an integer, ``timestamp`` is not in UTC or not of
        the years 1 to 9999, a reading comes twice (not checked in lazy frames), or the frame or its grid would have
        more than 50 million instants.

    Examples
    --------
    The grid has no instant before the first reading, and none after the last. Likes are not known before midday:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [datetime(2025, 6, day, 12, tzinfo=UTC) for day in (1, 2, 4)],
    ...     "views": [100, 200, 600],
    ...     "likes": [None, 10, 30],
    ... })
    >>> frame.pipe(resample).select(pl.col("timestamp").dt.day(), "views", "likes").rows()
    [(2, 150.0, None), (3, 300.0, 15.0), (4, 500.0, 25.0)]
    >>> frame.pipe(resample, max_gap="36h")["views"].to_list()
    [150.0, None, None]
    """
    grid, longest = Grid.parse("resample", every, tz), parse_gap("resample", max_gap)
    columns = open_readings(frame, "resample", by=by).collect_schema().names()
    names = [name for name in COUNTS if name in columns] or ["views"]
    readings = open_readings(frame, "resample", by=by, counts=names)
    prefix = find_free_prefix(readings)
    clock, asked, first, last = (f"{prefix}{name}" for name in ("now", "asked", "first", "last"))
    series = select_counts(mask_hidden_counts(readings, by=by, counts=names), names, by=by, clock=clock)
    spans = series.group_by(by).agg(nw.col(clock).min().alias(first), nw.col(clock).max().alias(last))
    instants = build_grid_rows(spans, grid, by=by, first=first, last=last, at=clock)
    rows: list[Any] = [part.with_columns(nw.lit(yes).alias(asked)) for part, yes in ((series, False), (instants, True))]
    brackets: dict[str, Bracket] = {name: Bracket.from_prefix(f"{prefix}{name}") for name in names}
    lines = fill_brackets(nw.concat(rows, how="diagonal"), asked, brackets, by=by, clock=clock).filter(nw.col(asked))
    counts = lines.select(
        by,
        to_instant(lines, clock, readings.collect_schema()[TIMESTAMP]).alias(TIMESTAMP),
        *(bracket.value_at(nw.col(clock), longest).alias(name) for name, bracket in brackets.items()),
    )
    videos, _ = join_to_videos(readings, "resample", (), keep, (), by=by)
    return to_native(counts.join(videos, on=by, how="left").sort(by, TIMESTAMP), frame)
