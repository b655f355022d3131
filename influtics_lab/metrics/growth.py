"""Growth of counts over irregular gaps: gains, rates, their change, and doubling times."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import FrameT, to_narwhals, to_native
from influtics_lab.metrics._frame_checks import check_counts, open_readings
from influtics_lab.metrics._intervals import IntervalColumns, exp_minus_1, with_intervals
from influtics_lab.metrics._rule_crossings import has_platform, name_crossed
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.visible_counts import with_masked_counts

Derive: TypeAlias = Callable[[Mapping[str, IntervalColumns]], Iterator[nw.Expr]]

_LARGEST_EXPONENT: Final = math.log(sys.float_info.max / 100)


def growth(frame: FrameT, *counts: str, by: str = "video_id", rules: Rules = ()) -> FrameT:
    """Add what each count gained since the previous reading in which it was present, and how fast.

    With V the count and t its instant in hours, i the reading and i-1 the previous one **in which that count is
    present**::

        gained         = V_i - V_(i-1)
        hours          = t_i - t_(i-1)
        per_hour       = gained / hours
        growth_pct     = 100 (V_i / V_(i-1) - 1)
        growth_pct_per_day = 100 (e^(24 r) - 1),  r = ln(V_i / V_(i-1)) / hours

    ``per_hour`` belongs to the interval that ends at the reading: draw it as a step. ``growth_pct`` depends on the
    length of the gap: compare ``growth_pct_per_day``.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and the counts (integers). Without ``views``,
        likes that are 0 throughout are not known to be hidden.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    by : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with five more columns for each count, here for ``views``: ``views_gained``
        (Int64, count), ``views_hours`` (Float64, hours), ``views_per_hour`` (Float64, count per hour),
        ``views_growth_pct`` (Float64, %), ``views_growth_pct_per_day`` (Float64, % per day). Columns of these names
        that are there already are replaced.

        All five are null at a video's first reading and where the count is null or hidden (it came as 0; see
        `flag_counters`). ``growth_pct`` is also null where the previous value is 0 or less; ``growth_pct_per_day``
        where either value is, and where it leaves the range of a float (readings seconds apart).

        For views of a frame with ``platform``, ``views_gained_rule`` (String) names the counting rule that changed in
        the interval, such as ``Instagram 2025-04-21``: what was gained is then counted in two ways. Null where none
        did.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a count is not known or no integer, ``timestamp`` is not in UTC, or a reading comes twice. Whether readings
        come twice is not looked at in lazy frames: there such rows have no rate.
    ConfigError
        If a counting rule is none, or comes twice.

    Examples
    --------
    The first reading has no previous one. The second has no views, so the third looks back to the first:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [start, start + timedelta(hours=6), start + timedelta(hours=12)],
    ...     "views": [100, None, 200],
    ... })
    >>> frame.pipe(growth, "views").select(
    ...     "views_gained", "views_hours", "views_growth_pct", "views_growth_pct_per_day"
    ... ).rows()
    [(None, None, None, None), (None, None, None, None), (100, 12.0, 100.0, 300.0)]
    """
    known, opened = collect_rules(rules), to_narwhals(frame, "growth")

    def derive(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
        yield from _derive_growth(intervals)
        if "views" in intervals and has_platform(opened):
            views = intervals["views"]
            yield name_crossed(opened, known, views.instant(1), views.instant()).alias("views_gained_rule")

    return _add_derived(frame, "growth", counts or ("views",), derive, by=by, ratios=True)


def acceleration(frame: FrameT, *counts: str, by: str = "video_id") -> FrameT:
    """Add how fast each count's velocity changes, from the interval before to the interval that ends at the reading.

    With v_i the rise per hour over the interval that ends at t_i, and m_i that interval's midpoint::

        per_hour_per_hour = (v_i - v_(i-1)) / (m_i - m_(i-1)),  m_i - m_(i-1) = (t_i - t_(i-2)) / 2

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and the counts (integers). Without ``views``,
        likes that are 0 throughout are not known to be hidden.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with one more column for each count, such as ``views_per_hour_per_hour``
        (Float64, count per hour per hour): null at a video's first two readings with that count, and where the count
        is null or hidden.

    Raises
    ------
    MissingColumnError, FrameError
        As `growth`.

    Examples
    --------
    10 views per hour, then 30, an hour later:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [start, start + timedelta(hours=1), start + timedelta(hours=2)],
    ...     "views": [100, 110, 140],
    ... })
    >>> frame.pipe(acceleration)["views_per_hour_per_hour"].to_list()
    [None, None, 20.0]
    """
    return _add_derived(frame, "acceleration", counts or ("views",), _derive_acceleration, by=by, back=2)


def doubling_time(frame: FrameT, *counts: str, by: str = "video_id") -> FrameT:
    """Add in how many hours each count would double, if it went on as in the interval that ends at the reading.

    With r = ln(V_i / V_(i-1)) / hours, V the count and i-1 the previous reading in which it is present::

        doubling_hours = ln 2 / r  for r > 0

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and the counts (integers). Without ``views``,
        likes that are 0 throughout are not known to be hidden.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with one more column for each count, such as ``views_doubling_hours``
        (Float64, hours): null at a video's first reading, where the count is null or hidden, where it did not rise,
        and where it or its previous value is 0 or less.

    Raises
    ------
    MissingColumnError, FrameError
        As `growth`.

    Examples
    --------
    Doubled in six hours, then nothing:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [start, start + timedelta(hours=6), start + timedelta(hours=12)],
    ...     "views": [100, 200, 200],
    ... })
    >>> frame.pipe(doubling_time)["views_doubling_hours"].to_list()
    [None, 6.0, None]
    """
    return _add_derived(frame, "doubling_time", counts or ("views",), _derive_doubling, by=by, ratios=True)


def _add_derived(
    frame: FrameT, function: str, counts: Sequence[str], derive: Derive, *, by: str, back: int = 1, ratios: bool = False
) -> FrameT:
    """Add what is derived of the counts' intervals; where a count is hidden it has none."""
    names = check_counts(function, counts)
    readings, masked = with_masked_counts(open_readings(frame, function, by=by, counts=names), names, by=by)
    values = {name: nw.col(column) for name, column in masked.items()}
    derived = with_intervals(readings, values, derive, by=by, back=back, ratios=ratios)
    return to_native(derived.drop(*masked.values()), frame)


def _derive_growth(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
    for name, interval in intervals.items():
        exponent = nw.when(interval.hours() > 0).then(interval.log() * 24.0 / interval.hours())
        yield interval.gain().alias(f"{name}_gained")
        yield interval.hours().alias(f"{name}_hours")
        yield interval.per_hour().alias(f"{name}_per_hour")
        yield (interval.share() * 100.0).alias(f"{name}_growth_pct")
        per_day = nw.when(exponent <= _LARGEST_EXPONENT).then(exp_minus_1(exponent) * 100.0)
        yield per_day.alias(f"{name}_growth_pct_per_day")


def _derive_acceleration(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
    for name, interval in intervals.items():
        between = (interval.hours(0) + interval.hours(1)) / 2.0
        change = interval.per_hour(0) - interval.per_hour(1)
        yield nw.when(between > 0).then(change / between).alias(f"{name}_per_hour_per_hour")


def _derive_doubling(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
    for name, interval in intervals.items():
        log, hours = interval.log(), interval.hours()
        doubling = hours * math.log(2.0) / log
        yield nw.when((log > 0) & (hours > 0)).then(doubling).alias(f"{name}_doubling_hours")
