"""When a count reached a share of what it came to by a stated age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals.stable.v2 as nw

from influtics_lab.defaults import HORIZON
from influtics_lab.metrics._durations import HOUR, Duration, parse_duration, parse_gap
from influtics_lab.metrics._engine import FrameT, as_float, hours_between, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import check_counts, check_number, open_readings
from influtics_lab.metrics._interpolation import Bracket, find_brackets, select_counts
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.metrics.windows import find_origin_column
from influtics_lab.visible_counts import Frame, find_free_prefix, mask_hidden_counts


def time_to(
    frame: FrameT,
    pct: float,
    horizon: Duration = HORIZON,
    count: str = "views",
    *,
    age: str = "published",
    max_gap: Duration | None = None,
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return the age at which each video's count first reached a share of what it came to at a horizon.

    With V(a) the count at age a, on the line between the readings before and after it, and H the horizon::

        to_90_pct_hours = the first a with V(a) >= 90 / 100 V(H)

    A hidden count (`flag_counters`) counts as not present. Readings of a negative age, such as those of a premiere
    before its publication, are left out.

    The age depends on the horizon: state it with every figure. It differs tenfold between kinds of videos, so there is
    no universal half-life.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` or ``created_at`` (Datetime, UTC) and the count (integer).
    pct : float
        The share in percent, above 0 and at most 100.
    horizon : str or datetime.timedelta
        The age whose count is the whole, such as ``"30d"``.
    count : str
        One of ``views``, ``likes``, ``comments`` and ``reposts``.
    age : str
        ``"published"`` counts ages from ``published_at``, ``"tracked"`` from ``created_at``, which is when tracking
        began.
    max_gap : str or datetime.timedelta, optional
        The longest gap between two readings across which a count is interpolated; any, if not given.
    keep : sequence of str
        Further columns of the video to keep, such as a creator that you have added, as they are at its last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video that has a reading, sorted by `by`: `by`, the columns of ``videos`` that are there
        (title, platform, ``published_at``, ...) and those of `keep`, as at the last reading, and, for ``views`` and
        90 percent, ``views_to_90_pct_hours`` (Float64, hours of age; for 99.5 percent it is
        ``views_to_99_5_pct_hours``), ``views_at_horizon`` (Float64, count) and ``horizon_hours`` (Float64, hours).
        Other columns do not stay.

        ``views_at_horizon`` is null where the age is not known (``published_at`` null), or not between two readings
        with that count at most `max_gap` apart: the horizon has not been observed (censored). ``views_to_90_pct_hours``
        is null there, where the count at the horizon is 0 or less, where the video's first reading with that count
        had reached the share already, so nobody knows when it did, and where the share was reached in a gap longer
        than `max_gap`.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If `pct`, a duration, `age` or `count` is not one of those above, the count is not an integer, an instant is not
        in UTC, or a reading comes twice (not checked in lazy frames).

    Examples
    --------
    A half of 400 lies between the readings at 10 and 20 hours. The other video ends before the horizon:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a", "b", "b"],
    ...     "timestamp": [start + timedelta(hours=hour) for hour in (10, 20, 50, 10, 20)],
    ...     "published_at": [start] * 5,
    ...     "views": [100, 300, 420, 100, 300],
    ... })
    >>> frame.pipe(time_to, 50, "45h").select("views_to_50_pct_hours", "views_at_horizon", "horizon_hours").rows()
    [(15.0, 400.0, 45.0), (None, None, 45.0)]
    """
    return _add_milestone(
        frame, _Milestone.parse("time_to", pct, horizon=horizon, count=count, age=age, max_gap=max_gap), keep, by
    )


def half_life(
    frame: FrameT,
    horizon: Duration = HORIZON,
    count: str = "views",
    *,
    age: str = "published",
    max_gap: Duration | None = None,
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return the age at which each video's count first reached half of what it came to at a horizon.

    It is `time_to` with 50 percent::

        to_50_pct_hours = the first a with V(a) >= V(H) / 2

    Measured medians at 30 days were 1.45 days on one niche channel and 14.5 on six superstar videos.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` or ``created_at`` (Datetime, UTC) and the count (integer).
    horizon, count, age, max_gap, keep, by
        As `time_to`.

    Returns
    -------
    frame of the kind that came in
        As `time_to`: one row for each video, with ``views_to_50_pct_hours``, ``views_at_horizon`` and
        ``horizon_hours`` (Float64), null as in `time_to`.

    Raises
    ------
    MissingColumnError, FrameError
        As `time_to`.

    Examples
    --------
    The second video had half of its views at its first reading already:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a", "b", "b"],
    ...     "timestamp": [start + timedelta(hours=hour) for hour in (10, 20, 48, 40, 48)],
    ...     "published_at": [start] * 5,
    ...     "views": [100, 300, 400, 300, 400],
    ... })
    >>> frame.pipe(half_life, "2d")["views_to_50_pct_hours"].to_list()
    [15.0, None]
    """
    return _add_milestone(
        frame, _Milestone.parse("half_life", 50, horizon=horizon, count=count, age=age, max_gap=max_gap), keep, by
    )


@dataclass(frozen=True)
class _Milestone:
    """The parameters, checked; durations in microseconds."""

    function: str
    pct: float
    horizon: int
    count: str
    start: str
    max_gap: int | None

    @classmethod
    def parse(
        cls, function: str, pct: object, *, horizon: Duration, count: str, age: str, max_gap: Duration | None
    ) -> _Milestone:
        share = check_number(function, "pct", pct, 0, 100, above=True)
        (name,) = check_counts(function, [count])
        length, longest = parse_duration(function, "horizon", horizon), parse_gap(function, max_gap)
        return cls(function, share, length, name, find_origin_column(function, age), longest)

    @property
    def columns(self) -> tuple[str, str, str]:
        """Return the names of the columns that are added."""
        share = format(Decimal(repr(self.pct)), "f").removesuffix(".0").replace(".", "_")
        return f"{self.count}_to_{share}_pct_hours", f"{self.count}_at_horizon", "horizon_hours"


def _add_milestone(frame: FrameT, milestone: _Milestone, keep: Sequence[str], by: str) -> FrameT:
    count, function = milestone.count, milestone.function
    readings = open_readings(frame, function, by=by, counts=(count,), instants=(milestone.start,))
    prefix = find_free_prefix(readings)
    clock, start, at, total = (f"{prefix}{name}" for name in ("now", "start", "at", "total"))
    began = to_microseconds(readings, milestone.start).max().over(by)
    masked = mask_hidden_counts(readings, by=by, counts=(count,))
    ages = masked.with_columns(began.alias(start), (began + milestone.horizon).alias(at))
    series = select_counts(ages, [count], by=by, clock=clock, others=(start, at)).filter(nw.col(clock) >= nw.col(start))
    horizon = Bracket.from_prefix(f"{prefix}horizon")
    totals: Any = find_brackets(series, at, {count: horizon}, by=by, clock=clock).select(
        by, horizon.value_at(nw.col(at), milestone.max_gap).alias(total)
    )
    crossing, at_horizon, horizon_hours = milestone.columns
    crossed: Any = _find_crossing(series.join(totals, on=by, how="left"), milestone, prefix, by=by, clock=clock).select(
        by, nw.col(prefix).alias(crossing), nw.col(total).alias(at_horizon)
    )
    videos, _ = join_to_videos(readings, function, [crossed], keep, milestone.columns, by=by)
    return to_native(videos.with_columns(nw.lit(milestone.horizon / HOUR).alias(horizon_hours)).sort(by), frame)


def _find_crossing(series: Frame, milestone: _Milestone, prefix: str, *, by: str, clock: str) -> Frame:
    """Return one row for each video: the total, and as `prefix` the age in hours at which its share was reached."""
    start, total = f"{prefix}start", f"{prefix}total"
    bracket = Bracket.from_prefix(f"{prefix}crossing")
    now, value = nw.col(clock), nw.col(milestone.count)
    # A hundred times the counts, so that 7 % of 100 is 7 to the last bit.
    share = nw.when(nw.col(total) > 0).then(nw.col(total) * milestone.pct)
    reached = nw.when(as_float(value) * 100.0 >= share).then(now).min().over(by)
    before = nw.when(~value.is_null() & (now < nw.col(bracket.at_after))).then(now).max().over(by)
    ends = series.with_columns(reached.alias(bracket.at_after)).with_columns(before.alias(bracket.at_before))
    values = ends.with_columns(
        nw.when(now == nw.col(bracket.at_before)).then(value).alias(bracket.before),
        nw.when(now == nw.col(bracket.at_after)).then(value).alias(bracket.after),
    )
    videos = values.group_by(by).agg(*(nw.col(name).max() for name in (start, total, *bracket.columns)))
    low, high = (as_float(nw.col(name)) * 100.0 for name in (bracket.before, bracket.after))
    gap = nw.col(bracket.at_after) - nw.col(bracket.at_before)
    usable = high > low if milestone.max_gap is None else (high > low) & (gap <= milestone.max_gap)
    since, until = (hours_between(nw.col(end), nw.col(start)) for end in (bracket.at_before, bracket.at_after))
    rise = nw.when(usable).then((share - low) / (high - low))
    return videos.with_columns((since + rise * (until - since)).alias(prefix))
