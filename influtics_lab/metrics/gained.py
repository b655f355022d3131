"""What each video gained in the window that ends where the data end, and the total over videos."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import DAY, Duration, duration_us
from influtics_lab.metrics._engine import Frame, FrameT, closed, microseconds, opened, spare_prefix, subtract_integers
from influtics_lab.metrics._hidden import with_hidden, with_spare
from influtics_lab.metrics._input import TIMESTAMP, checked, is_placed, known_counts
from influtics_lab.metrics._interpolation import Bracket, around, readings
from influtics_lab.metrics._videos import kept, video_columns
from influtics_lab.schema import COUNTS

EXACT: Final = "exact"
AT_LEAST: Final = "at least"
UNREAD: Final = "no visible reading in the window"
FELL: Final = "the count fell in the window"
ADDED: Final = (
    *("window_start", "window_end"),
    *(f"{count}_{part}" for count in COUNTS for part in ("gained_in_window", "gained_status")),
)
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
        poll. Pass the end of the whole for a part of a frame, such as one platform: ``gained(whole)["window_end"][0]``.
    slack : str or datetime.timedelta, optional
        How long before the end the last visible reading may be and count as at the end; by default a tenth of the
        window, at most 24 hours.
    keep : sequence of str
        Further columns of the video to keep, as they are at its last reading.
    by : str
        The column that identifies a video.

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

        Of a lazy frame, the newest reading is computed at once.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a duration, `until` or a count is not one of those above, `until` is later than the newest reading that is
        not a failed poll, a count is no integer, an instant is not in UTC, or a reading comes twice (which is not
        looked at in lazy frames).

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
    names = known_counts("gained", counts or ("views",))
    length = duration_us("gained", "last", last)
    spare = min(length // 10, DAY) if slack is None else _slack_us(slack, length)
    found = checked(frame, "gained", by=by, counts=names, instants=("published_at",))
    stay = kept(found, "gained", keep, ADDED, by=by)
    end = _window_end(newest_reading(found, by=by), until)
    window = _Window(_to_us(end) - length, _to_us(end), _to_us(end) - spare)
    values = _per_video(found, names, window, by)
    dtype = found.collect_schema()[TIMESTAMP]
    start = None if end is None else end - length * _MICROSECOND
    titled: Any = video_columns(found, stay, by=by)
    both = titled.join(values, on=by, how="left").select(
        *stay,
        nw.lit(start, dtype=dtype).alias("window_start"),
        nw.lit(end, dtype=dtype).alias("window_end"),
        *(f"{name}_{part}" for name in names for part in ("gained_in_window", "gained_status")),
    )
    return closed(both.sort(by), frame)


def newest_reading(frame: Frame, *, by: str = "video_id") -> datetime | None:
    """Return the instant of the newest reading that is not a failed poll; None where there is none."""
    failed = f"{spare_prefix(frame)}failed"
    judged = with_hidden(frame, {}, by=by, failed=failed).filter(is_placed(by) & ~nw.col(failed))
    newest = judged.select(microseconds(frame, TIMESTAMP).max().alias(failed))
    table = newest.collect() if isinstance(newest, nw.LazyFrame) else newest
    micros = table[failed][0]
    return None if micros is None else _EPOCH + int(micros) * _MICROSECOND


@dataclass(frozen=True)
class TotalGained:
    """What a set of videos gained, and how far that is known.

    Attributes
    ----------
    value : float or None
        The sum of the known gains; None where none is known.
    status : str
        ``exact``, ``at least``, ``partly known`` (a count fell, so the sum is no bound), or ``unknown``.
    videos, unknown : int
        How many videos there are, and of how many the gain is unknown.
    """

    value: float | None
    status: str
    videos: int
    unknown: int


def total_gained(gains: Any, count: str = "views") -> TotalGained:
    """Return the sum over the videos of a frame of `gained`, and whether it is exact.

    A video without a visible reading in the window makes the sum a lower bound: it gained 0 or more. A video whose
    count fell makes it no bound.

    Parameters
    ----------
    gains : DataFrame or LazyFrame of any supported engine
        What `gained` returned, or rows of it. A lazy frame is computed.
    count : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``.

    Examples
    --------
    >>> import polars as pl
    >>> gains = pl.DataFrame({
    ...     "views_gained_in_window": [700.0, 100.0, None],
    ...     "views_gained_status": ["exact", "at least", "no visible reading in the window"],
    ... })
    >>> total_gained(gains)
    TotalGained(value=800.0, status='at least', videos=3, unknown=1)
    """
    (name,) = known_counts("total_gained", (count,))
    found = opened(gains, "total_gained")
    table: Any = found.select(f"{name}_gained_in_window", f"{name}_gained_status")
    rows = table.collect() if isinstance(table, nw.LazyFrame) else table
    values = [value for value in rows[f"{name}_gained_in_window"].to_list() if value is not None]
    states = rows[f"{name}_gained_status"].to_list()
    if not values:
        status = EXACT if not states else "unknown"
    elif FELL in states:
        status = "partly known"
    else:
        status = EXACT if set(states) == {EXACT} else AT_LEAST
    value = math.fsum(values) if values or not states else None
    return TotalGained(value, status, len(states), len(states) - len(values))


def _slack_us(slack: object, length: int) -> int:
    if slack in (timedelta(0), "0h", "0d", "0m", "0s"):
        return 0
    spare = duration_us("gained", "slack", slack)
    if spare > length:
        raise FrameError(f"gained: slack is {slack!r}, longer than the window; give at most the window's length.")
    return spare


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


def _per_video(frame: Frame, counts: Sequence[str], window: _Window, by: str) -> Any:
    """Return one row for each video with a visible reading: value and status of each count."""
    prefix = spare_prefix(frame)
    clock, published, start, end = (f"{prefix}{name}" for name in ("now", "published", "start", "end"))
    visible, shown = with_spare(frame, counts, by=by)
    series = readings(
        visible.with_columns(microseconds(frame, "published_at").max().over(by).alias(published)),
        list(shown.values()),
        by=by,
        clock=clock,
        others=(published,),
    ).with_columns(nw.lit(window.start).alias(start), nw.lit(window.end).alias(end))
    sides = {side: {shown[c]: Bracket.named(f"{prefix}{c}_{side}") for c in counts} for side in ("start", "end")}
    fell = {shown[count]: f"{prefix}{count}_fell" for count in counts}
    videos: Any = _falls(series, fell, window, published, by=by, clock=clock)
    for side, at in (("start", start), ("end", end)):
        videos = videos.join(around(series, at, sides[side], by=by, clock=clock).drop(at), on=by, how="left")
    columns = [
        column
        for count, name in shown.items()
        for column in _Gain(sides["start"][name], sides["end"][name], fell[name], published, window).columns(count)
    ]
    return videos.select(by, *columns)


def _falls(series: Frame, fell: dict[str, str], window: _Window, published: str, *, by: str, clock: str) -> Frame:
    """Return for each video when it was published, and for each count 1 where it fell inside the window, else 0."""
    now = nw.col(clock)
    latest = [
        column
        for name, flag in fell.items()
        for column in (
            nw.col(name).fill_null(strategy="forward").over(by, order_by=clock).alias(f"{flag}_value"),
            nw.when(~nw.col(name).is_null()).then(now).alias(f"{flag}_at"),
        )
    ]
    filled = series.with_columns(*latest).with_columns(
        *(nw.col(f"{flag}_at").fill_null(strategy="forward").over(by, order_by=clock) for flag in fell.values())
    )
    before = filled.with_columns(
        *(
            nw.col(f"{flag}_{part}").shift(1).over(by, order_by=clock).alias(f"{flag}_{part}")
            for flag in fell.values()
            for part in ("value", "at")
        )
    )
    falls = (
        ((nw.col(name) < nw.col(f"{flag}_value")) & (nw.col(f"{flag}_at") < window.end) & (now > window.start))
        .fill_null(value=False)
        .cast(nw.Int64())
        .alias(flag)
        for name, flag in fell.items()
    )
    return (
        before.with_columns(*falls)
        .group_by(by)
        .agg(nw.col(published).max(), *(nw.col(flag).max() for flag in fell.values()))
    )


@dataclass(frozen=True)
class _Gain:
    """Names of the columns that decide a video's gain of one count."""

    at_start: Bracket
    at_end: Bracket
    fell: str
    published: str
    window: _Window

    def columns(self, count: str) -> Iterator[nw.Expr]:
        """Return the value and the status."""
        start, end = self.at_start, self.at_end
        new = nw.col(self.published).is_between(self.window.start, self.window.end).fill_null(value=False)
        first_inside = nw.col(start.at_before).is_null() & ~new
        last_early = nw.col(end.at_after).is_null() & (nw.col(end.at_before) < self.window.late)
        unread = (nw.col(end.at_before) < self.window.start).fill_null(value=True)
        bound = first_inside | last_early
        status = (
            nw.when(unread)
            .then(nw.lit(UNREAD))
            .otherwise(
                nw.when(~bound)
                .then(nw.lit(EXACT))
                .otherwise(nw.when(nw.col(self.fell) > 0).then(nw.lit(FELL)).otherwise(nw.lit(AT_LEAST)))
            )
        )
        known = ~unread & ~(bound & (nw.col(self.fell) > 0))
        yield nw.when(known).then(self._value(new)).alias(f"{count}_gained_in_window")
        yield status.alias(f"{count}_gained_status")

    def _value(self, new: nw.Expr) -> nw.Expr:
        """Return the difference: of integers first, so that counts beyond 2^53 stay right to the unit."""
        start, end = self.at_start, self.at_end
        nothing, unbracketed = nw.lit(0, dtype=nw.Int64()), nw.col(start.at_before).is_null()
        first = (
            nw.when(new)
            .then(nothing)
            .otherwise(nw.when(unbracketed).then(nw.col(start.after)).otherwise(nw.col(start.before)))
        )
        above_first = (
            nw.when(new | unbracketed).then(nw.lit(0.0)).otherwise(start.above(nw.lit(self.window.start), None))
        )
        above_last = (
            nw.when(nw.col(end.at_after).is_null())
            .then(nw.lit(0.0))
            .otherwise(end.above(nw.lit(self.window.end), None))
        )
        whole = subtract_integers(nw.col(end.before), first)
        return whole / 1 + (above_last - above_first)
