"""Gains of each video in the window that ends where the data end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import DAY, Duration, parse_duration
from influtics_lab.metrics._engine import FrameT, as_float, subtract_integers, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import check_counts, open_readings
from influtics_lab.metrics._interpolation import Bracket, select_counts
from influtics_lab.metrics._rule_crossings import has_platform, name_crossed
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.time_zones import step_back
from influtics_lab.visible_counts import (
    TIMESTAMP,
    Frame,
    counts_in,
    find_free_prefix,
    is_placed,
    with_hidden,
    with_masked_counts,
)

EXACT: Final = "exact"
AT_LEAST: Final = "at least"
UNREAD: Final = "no visible reading in the window"
FELL: Final = "the count fell in the window"
ADDED: Final = tuple(look_up_columns("gained"))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def gained(
    frame: FrameT,
    *counts: str,
    last: Duration = "7d",
    until: datetime | None = None,
    slack: Duration | None = None,
    keep: Sequence[str] = (),
    by: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Return what each video gained in one window, the same for all, that ends where the data end.

    With V(t) the count at an instant, on the line between the visible readings before and after it::

        gained_in_window = V(window_end) - V(window_start)

    V(window_end) is also the last visible value, where it was read at most `slack` before the end. V(window_start) is
    0 for a video that was published inside the window.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` (Datetime, UTC) and the counts (integers). All counts that the
        frame has help to recognise hidden counts and failed polls.
    *counts : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``; ``views`` if none is given.
    last : str or datetime.timedelta
        The length of the window, such as ``"24h"`` or ``"7d"``; a day is 24 hours.
    until : datetime.datetime, optional
        Where the window ends, with a time zone; by default at the newest reading of the frame that is not a failed
        poll. For a part of a frame, such as one platform, filter what this returns of the whole: all windows are one.
    slack : str or datetime.timedelta, optional
        How long before the end the last visible reading may be and count as at the end; by default a tenth of the
        window, at most 24 hours.
    keep : sequence of str
        Further columns of the video to keep, as they are at its last reading.
    by : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        One row for each video that has a reading, sorted by `by`: `by`, the columns of ``videos`` that are there and
        those of `keep`, ``window_start`` and ``window_end`` (Datetime, UTC), and for each count, here ``views``,

        - ``views_gained_in_window`` (Float64, count): null where it is unknown;
        - ``views_gained_status`` (String): ``exact``; ``at least``, a lower bound, where the first visible reading lies
          inside the window (and publication does not) or the last one before the end less `slack`; else why the
          gain is unknown: ``no visible reading in the window``, or ``the count fell in the window``, as after a fall
          neither is a lower bound.

        For views of a frame with ``platform``, ``views_gained_in_window_rule`` (String) names the counting rule that
        changed in the window after the video was published; null where none did.

        Of a lazy frame, the newest reading is computed at once.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a duration, `until` or a count is not one of those above, `until` is later than the newest reading that is
        not a failed poll, a count is not an integer, an instant is not in UTC, or a reading comes twice (not checked in
        lazy frames).
    ConfigError
        If a counting rule is none, or comes twice.

    Examples
    --------
    The first video was read before the window and at its end, the second was published inside it, and the third was
    first read inside it:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> day = lambda number: datetime(2025, 6, number, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b", "c", "c"],
    ...     "timestamp": [day(1), day(15), day(15), day(14), day(15)],
    ...     "published_at": [day(1), day(1), day(10), None, None],
    ...     "views": [0, 1400, 300, 900, 1000],
    ... })
    >>> frame.pipe(gained, last="7d").select("video_id", "views_gained_in_window", "views_gained_status").rows()
    [('a', 700.0, 'exact'), ('b', 300.0, 'exact'), ('c', 100.0, 'at least')]
    """
    names = check_counts("gained", counts or ("views",))
    length = parse_duration("gained", "last", last)
    slack_us = min(length // 10, DAY) if slack is None else _slack_us(slack, length)
    readings = open_readings(frame, "gained", by=by, counts=names, instants=("published_at",))
    end = _window_end(newest_reading(readings, by=by), until)
    window = _Window(_to_us(end) - length, _to_us(end), _to_us(end) - slack_us)
    gains = {name: _Gain.from_prefix(f"{find_free_prefix(readings)}{name}", window) for name in names}
    dtype = readings.collect_schema()[TIMESTAMP]
    start = None if end is None else step_back(end, length * _MICROSECOND)
    tables = _find_window_readings(readings, gains, by)
    videos, columns = join_to_videos(readings, "gained", tables, keep, ADDED, by=by)
    crossed = _name_crossed(videos, window, rules) if "views" in gains and has_platform(readings) else []
    rows = videos.select(
        *columns,
        nw.lit(start, dtype=dtype).alias("window_start"),
        nw.lit(end, dtype=dtype).alias("window_end"),
        *(column for name, gain in gains.items() for column in gain.columns(name)),
        *crossed,
    )
    return to_native(rows.sort(by), frame)


def _name_crossed(videos: Frame, window: _Window, rules: Rules) -> list[nw.Expr]:
    published, opened = to_microseconds(videos, "published_at"), nw.lit(window.start)
    start = nw.when(published > opened).then(published).otherwise(opened)
    crossed = name_crossed(videos, collect_rules(rules), start, nw.lit(window.end))
    return [crossed.alias("views_gained_in_window_rule")]


def newest_reading(frame: Frame, *, by: str = "video_id") -> datetime | None:
    """Return the instant of the newest reading that is not a failed poll; None where there is none."""
    counted = reduce(or_, ((nw.col(count) != 0).fill_null(value=False) for count in counts_in(frame)))
    newest, newest_counted = _find_newest(frame, is_placed(by), counted)
    if newest != newest_counted:  # only a reading without any count above 0 may be a failed poll
        failed = f"{find_free_prefix(frame)}failed"
        newest, _ = _find_newest(with_hidden(frame, {}, by=by, failed=failed), is_placed(by) & ~nw.col(failed), counted)
    return None if newest is None else _EPOCH + newest * _MICROSECOND


def _find_newest(frame: Frame, chosen: nw.Expr, counted: nw.Expr) -> tuple[int | None, int | None]:
    """Return the newest instant of the chosen readings, and of those with a count, in microseconds since 1970."""
    all_counts, with_count = f"{find_free_prefix(frame)}all", f"{find_free_prefix(frame)}counted"
    now = to_microseconds(frame, TIMESTAMP)
    instants = frame.filter(chosen).select(now.alias(all_counts), nw.when(counted).then(now).alias(with_count))
    ends = instants.select(nw.col(all_counts).max(), nw.col(with_count).max())
    table = ends.collect() if isinstance(ends, nw.LazyFrame) else ends
    first, second = (table[name].drop_nulls().to_list() for name in (all_counts, with_count))
    return (int(first[0]) if first else None), (int(second[0]) if second else None)


def _slack_us(slack: object, length: int) -> int:
    if slack in (timedelta(0), "0h", "0d", "0m", "0s"):
        return 0
    length_us = parse_duration("gained", "slack", slack)
    if length_us > length:
        raise FrameError(f"gained: slack is {slack!r}, longer than the window; give at most the window's length.")
    return length_us


def _window_end(newest: datetime | None, until: object) -> datetime | None:
    if until is None:
        return newest
    if not isinstance(until, datetime) or until.utcoffset() is None:
        raise FrameError(
            f"gained: until is {until!r}; give a datetime with a time zone, such as datetime(2025, 6, 30, tzinfo=UTC)."
        )
    if newest is not None and until > newest:
        raise FrameError(
            f"gained: until is {until.isoformat()}, later than the newest reading, {newest.isoformat()}. "
            f"Pass that instant or an earlier one."
        )
    return until.astimezone(UTC)


def _to_us(instant: datetime | None) -> int:
    return 0 if instant is None else (instant - _EPOCH) // _MICROSECOND


@dataclass(frozen=True)
class _Window:
    """Start and end, and from when on a last reading counts as at the end; microseconds since 1970."""

    start: int
    end: int
    late: int


@dataclass(frozen=True)
class _Gain:
    """Names of the columns that decide a video's gain of one count, and its value and status.

    At the start `before` is a reading before it and `after` one at or after it; at the end `before` is a reading at or
    before it and `after` one after it.
    """

    at_start: Bracket
    at_end: Bracket
    fell: str
    published: str
    window: _Window

    @classmethod
    def from_prefix(cls, prefix: str, window: _Window) -> _Gain:
        """Return the names that begin with this prefix."""
        start, end = (Bracket.from_prefix(f"{prefix}_{side}") for side in ("start", "end"))
        return cls(start, end, f"{prefix}_fell", f"{prefix}_published", window)

    def mark_readings(self, value: str, clock: str, before: Bracket) -> tuple[nw.Expr, list[nw.Expr]]:
        """Return which readings are at the window's ends or fell inside it, and what they add to the columns.

        Parameters
        ----------
        value, clock : str
            The count, never null, and the instant of a reading.
        before : Bracket
            The count and the instant of the readings before and after it.
        """
        (last, since, following, until), now = (nw.col(name) for name in before.columns), nw.col(clock)
        start, end = self.window.start, self.window.end
        first_in = (now >= start) & (since.is_null() | (since < start).fill_null(value=False))
        last_in = (now <= end) & (until.is_null() | (until > end).fill_null(value=False))
        fall = ((nw.col(value) < last) & (since < end) & (now > start)).fill_null(value=False)
        at_start = zip(self.at_start.columns, (last, since, nw.col(value), now), strict=True)
        at_end = zip(self.at_end.columns, (nw.col(value), now, following, until), strict=True)
        columns = [nw.when(first_in).then(column).alias(name) for name, column in at_start]
        columns += [nw.when(last_in).then(column).alias(name) for name, column in at_end]
        return first_in | last_in | fall, [*columns, fall.cast(nw.Int64()).alias(self.fell)]

    def columns(self, count: str) -> Iterator[nw.Expr]:
        """Return the value and the status."""
        start, end = self.at_start, self.at_end
        new = nw.col(self.published).is_between(self.window.start, self.window.end).fill_null(value=False)
        unread = (nw.col(end.at_before) < self.window.start).fill_null(value=True)
        first_inside = nw.col(start.at_before).is_null() & (nw.col(start.at_after) > self.window.start) & ~new
        last_early = nw.col(end.at_after).is_null() & (nw.col(end.at_before) < self.window.late)
        bound = (first_inside | last_early).fill_null(value=False)
        fell = (nw.col(self.fell) > 0).fill_null(value=False)
        reason = nw.when(fell).then(nw.lit(FELL)).otherwise(nw.lit(AT_LEAST))
        status = nw.when(bound).then(reason).otherwise(nw.lit(EXACT))
        yield nw.when(~unread & ~(bound & fell)).then(self._find_value(new)).alias(f"{count}_gained_in_window")
        yield nw.when(unread).then(nw.lit(UNREAD)).otherwise(status).alias(f"{count}_gained_status")

    def _find_value(self, new: nw.Expr) -> nw.Expr:
        """Return the difference: of integers first, so that counts beyond 2^53 stay right to the unit."""
        start, end = self.at_start, self.at_end
        at_reading = nw.col(start.at_before).is_null() | (nw.col(start.at_after) == self.window.start)
        first = nw.when(at_reading).then(nw.col(start.after)).otherwise(nw.col(start.before))
        base = nw.when(new).then(nw.lit(0, dtype=nw.Int64())).otherwise(first)
        above_start = start.rise_at(nw.lit(self.window.start), None)
        above_first = nw.when(new | at_reading).then(nw.lit(0.0)).otherwise(above_start)
        above_end = end.rise_at(nw.lit(self.window.end), None)
        above_last = nw.when(nw.col(end.at_after).is_null()).then(nw.lit(0.0)).otherwise(above_end)
        return as_float(subtract_integers(nw.col(end.before), base)) + (above_last - above_first)


def _find_window_readings(frame: Frame, gains: Mapping[str, _Gain], by: str) -> Iterator[Any]:
    """Return for each count one row for each video with a visible reading: what decides its gain."""
    prefix = find_free_prefix(frame)
    clock, published = f"{prefix}now", f"{prefix}published"
    before = Bracket.from_prefix(f"{prefix}side")
    masked, names = with_masked_counts(frame, list(gains), by=by)
    dated = masked.with_columns(to_microseconds(frame, "published_at").alias(published))
    series = select_counts(dated, list(names.values()), by=by, clock=clock, others=(published,))
    for count, gain in gains.items():
        value = names[count]
        points = series.filter(~nw.col(value).is_null()).select(by, published, clock, value)
        neighbours = points.with_columns(
            nw.col(name).shift(step).over(by, order_by=clock).alias(column)
            for (name, step), column in zip(
                ((value, 1), (clock, 1), (value, -1), (clock, -1)), before.columns, strict=True
            )
        )
        chosen, columns = gain.mark_readings(value, clock, before)
        ends = neighbours.filter(chosen).select(by, nw.col(published).alias(gain.published), *columns)
        columns_of_gain = (gain.published, *gain.at_start.columns, *gain.at_end.columns, gain.fell)
        yield ends.group_by(by).agg(*(nw.col(name).max() for name in columns_of_gain))
