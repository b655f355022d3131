"""Counts at stated ages and over windows of stated length, interpolated between readings and never beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import HOUR, Duration, name_duration, parse_duration, parse_gap
from influtics_lab.metrics._engine import FrameT, as_float, hours_between, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import check_counts, open_readings
from influtics_lab.metrics._interpolation import Bracket, find_brackets, select_counts
from influtics_lab.metrics._rule_crossings import has_platform, name_crossed
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.metrics._window_gains import Window
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, mask_hidden_counts, with_masked_counts

ORIGINS: Final = {"published": "published_at", "tracked": "created_at"}
"""From which instant each age is counted."""


def find_origin_column(function: str, age: object) -> str:
    """Return the column of the instant from which an age is counted, if there is such an age."""
    if not isinstance(age, str) or age not in ORIGINS:
        names = " and ".join(map(repr, ORIGINS))
        raise FrameError(f"{function} accepts the ages {names}; found {age!r}.")
    return ORIGINS[age]


def at_age(
    frame: FrameT,
    at_age: Duration,
    *counts: str,
    age: str = "published",
    max_gap: Duration | None = None,
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return each video's counts at one age, on the line between the readings before and after it.

    With V the count, t the video's instant of that age, t_0 and t_1 the readings **in which that count is present**
    at or before t and at or after it::

        V(t) = V(t_0) + (V(t_1) - V(t_0)) (t - t_0) / (t_1 - t_0)

    A hidden count (`flag_counters`) counts as not present. Readings of a negative age, such as those of a premiere
    before its publication, are left out.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` or ``created_at`` (Datetime, UTC) and the counts (integers).
    at_age : str or datetime.timedelta
        The age, such as ``"7d"`` or ``"36h"``; a day is 24 hours.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    age : str
        ``"published"`` counts ages from ``published_at``, ``"tracked"`` from ``created_at``, which is when tracking
        began: the two may lie months apart.
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
        (title, platform, ``published_at``, ...) and those of `keep`, as at the last reading, ``at_age_hours``
        (Float64, hours: the age that was asked for), and each count under its name (Float64, count). Other columns do
        not stay.

        A count is null where the instant of the age is not known (``published_at`` is null), where no reading with
        that count is before it or none is after it (never extrapolated), and where the two are more than `max_gap`
        apart. At a reading it is the value of that reading, unless it is hidden.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a duration, `age` or a count is not one of those above, a count is not an integer, an instant is not in UTC,
        or a reading comes twice (not checked in lazy frames).

    Examples
    --------
    The first video is read 12 hours before and after it is a day old. The second one is not read after that:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b", "b"],
    ...     "timestamp": [start + timedelta(hours=hour) for hour in (12, 36, 12, 18)],
    ...     "published_at": [start] * 4,
    ...     "views": [100, 300, 100, 300],
    ... })
    >>> frame.pipe(at_age, "24h").select("video_id", "at_age_hours", "views").rows()
    [('a', 24.0, 200.0), ('b', 24.0, None)]
    """
    names = check_counts("at_age", counts or ("views",))
    start = find_origin_column("at_age", age)
    length, longest = parse_duration("at_age", "at_age", at_age), parse_gap("at_age", max_gap)
    readings = open_readings(frame, "at_age", by=by, counts=names, instants=(start,))
    prefix = find_free_prefix(readings)
    clock, at = f"{prefix}now", f"{prefix}at"
    brackets = {name: Bracket.from_prefix(f"{prefix}{name}") for name in names}
    instant = (to_microseconds(readings, start).max().over(by) + length).alias(at)
    masked = mask_hidden_counts(readings, by=by, counts=names)
    series = select_counts(masked.with_columns(instant), names, by=by, clock=clock, others=(at,))
    published = series.filter(nw.col(clock) >= nw.col(at) - length)
    values = find_brackets(published, at, brackets, by=by, clock=clock).select(
        by, *(bracket.value_at(nw.col(at), longest).alias(name) for name, bracket in brackets.items())
    )
    videos, columns = join_to_videos(readings, "at_age", [values], keep, ("at_age_hours",), by=by)
    return to_native(videos.select(*columns, nw.lit(length / HOUR).alias("at_age_hours"), *names).sort(by), frame)


def window_gain(
    frame: FrameT,
    *counts: str,
    window: Duration = "24h",
    max_gap: Duration | None = None,
    by: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Add what each count gained in the window of a fixed length that ends at the reading.

    With V(t) the count at an instant, on the line between the readings in which it is present before and after::

        gained_24h = V(t_i) - V(t_i - 24 h)

    Unlike the gain since the previous reading (`growth`) it does not depend on when readings were taken, so it can be
    compared across videos and days. A hidden count (`flag_counters`) counts as not present. The windows of two videos'
    last readings may end weeks apart: to rank videos, or to add up what they gained, use `gained`.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC) and the counts (integers).
        Without ``views``, likes that are 0 throughout are not known to be hidden.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    window : str or datetime.timedelta
        The length, such as ``"24h"`` or ``"7d"``; a day is 24 hours.
    max_gap : str or datetime.timedelta, optional
        The longest gap between two readings across which a count is interpolated; any, if not given.
    by : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with one more column for each count, such as ``views_gained_24h`` (Float64,
        count). Its name ends in the window: whole days from two on as ``7d``, else hours (``24h``, ``36h``), minutes
        (``90m``) or seconds. A column of this name that is there already is replaced.

        Null where an end of the window is not bracketed by readings with that count: in the video's first 24 hours
        of readings, and at a reading without that count if none with it follows. Null, too, where an end lies in a gap
        longer than `max_gap`. Never extrapolated. An end at a reading with that count needs no other.

        For views of a frame with ``platform``, ``views_gained_24h_rule`` (String) names the counting rule that changed
        in the window; null where none did, and where the gain is null.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a duration or a count is not one of those above, a count is not an integer, ``timestamp`` is not in UTC, or a
        reading comes twice (not checked in lazy frames).
    ConfigError
        If a counting rule is none, or comes twice.

    Examples
    --------
    The last window begins between the first two readings; the ones before it begin where nothing was read:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [start + timedelta(hours=hour) for hour in (0, 20, 34)],
    ...     "views": [100, 300, 370],
    ... })
    >>> frame.pipe(window_gain, "views", window="24h")["views_gained_24h"].to_list()
    [None, None, 170.0]
    """
    names = check_counts("window_gain", counts or ("views",))
    length, longest = parse_duration("window_gain", "window", window), parse_gap("window_gain", max_gap)
    readings = open_readings(frame, "window_gain", by=by, counts=names)
    masked, columns = with_masked_counts(readings, names, by=by)
    gains = {column: f"{name}_gained_{name_duration(length)}" for name, column in columns.items()}
    gained: Frame = Window(gains, length, longest, by).with_gains(masked, frame).drop(*columns.values())
    if "views" in names and has_platform(gained):
        gain, end = gains[columns["views"]], to_microseconds(gained, TIMESTAMP)
        crossed = name_crossed(gained, collect_rules(rules), end - length, end)
        gained = gained.with_columns(nw.when(~nw.col(gain).is_null()).then(crossed).alias(f"{gain}_rule"))
    return to_native(gained, frame)


def lifetime_average(frame: FrameT, *counts: str, age: str = "published", by: str = "video_id") -> FrameT:
    """Add each count over the age of its video: its average per hour of life, which is no velocity.

    With V the count and a the age in hours::

        per_hour_lifetime = V / a

    How fast a video grows now is ``views_per_hour`` of `growth`: an old video that has stopped keeps a high average.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` or ``created_at`` (Datetime, UTC) and the counts (integers).
        Without ``views``, likes that are 0 throughout are not known to be hidden.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    age : str
        ``"published"`` counts the age from ``published_at``. ``"tracked"`` counts it from ``created_at``, which is
        when tracking began: the count had risen before, so the average comes out too high.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with one more column for each count, such as ``views_per_hour_lifetime``
        (Float64, count per hour): null where the count is null or hidden, where the age is not known
        (``published_at`` is null), and where it is 0 or less.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If `age` or a count is not one of those above, a count is not an integer, an instant is not in UTC, or a reading
        comes twice (not checked in lazy frames).

    Examples
    --------
    Nobody knows when the second video was published:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, 12, tzinfo=UTC)] * 2,
    ...     "published_at": [datetime(2025, 6, 29, 12, tzinfo=UTC), None],
    ...     "views": [2400, 2400],
    ... })
    >>> frame.pipe(lifetime_average)["views_per_hour_lifetime"].to_list()
    [100.0, None]
    """
    names = check_counts("lifetime_average", counts or ("views",))
    start = find_origin_column("lifetime_average", age)
    readings = open_readings(frame, "lifetime_average", by=by, counts=names, instants=(start,))
    hours = hours_between(to_microseconds(readings, TIMESTAMP), to_microseconds(readings, start))
    masked, columns = with_masked_counts(readings, names, by=by)
    averages = (
        nw.when(hours > 0).then(as_float(nw.col(column)) / hours).alias(f"{name}_per_hour_lifetime")
        for name, column in columns.items()
    )
    return to_native(masked.with_columns(*averages).drop(*columns.values()), frame)
