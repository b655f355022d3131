"""Even instants: days of a calendar or a constant distance, and their rows in any engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import DAY, HOUR, SECOND, Duration, parse_duration
from influtics_lab.time_zones import find_time_zone
from influtics_lab.visible_counts import Frame

LARGEST: Final = 50_000_000
"""The most instants of a grid, and the most rows of all videos together."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(2001, 1, 1)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Grid:
    """Instants at a constant distance from Monday, 2001-01-01, 00:00 in a time zone; whole days are of its calendar."""

    function: str
    every: int
    zone: ZoneInfo

    @classmethod
    def parse(cls, function: str, every: Duration, tz: str) -> Grid:
        """Return the grid; raise where its distance is not of whole seconds or the time zone does not exist."""
        distance = parse_duration(function, "every", every)
        if distance % SECOND:
            raise FrameError(f"{function}: every is {every!r}; it must be of whole seconds.")
        if (zone := find_time_zone(tz)) is None:
            text = f"{function}: tz is {tz!r}; give the IANA name of a time zone, such as 'Europe/Berlin' or 'UTC'."
            raise FrameError(text)
        return cls(function, distance, zone)

    def between(self, low: int, high: int) -> tuple[list[int], list[int]]:
        """Return the instants from `low` to `high`, all in microseconds, as the sums of every pair of two short lists.

        A few more than those may come out after `high`.
        """
        if (high - low) // self.every >= LARGEST:
            raise FrameError(
                f"{self.function}: the grid would have {(high - low) // self.every:,} instants between the first "
                f"reading and the last; it may have {LARGEST:,}. Choose a longer every, or check the timestamps."
            )
        if self.every % DAY == 0 and self.zone.key != "UTC":
            return self._list_days(low, high), [0]
        start = self._find_midnight(_FIRST_DAY)
        start += -(-(low - start) // self.every) * self.every
        width = math.isqrt(max(0, high - start) // self.every) + 1
        coarse = range(start, high + 1, width * self.every)
        return list(coarse), [step * self.every for step in range(width)]

    def _list_days(self, low: int, high: int) -> list[int]:
        step = self.every // DAY
        try:
            # East of Greenwich the next day has begun when UTC's day ends.
            first = (_EPOCH + low * _MICROSECOND).date()
            last = (_EPOCH + high * _MICROSECOND).date() + timedelta(days=1)
            from_monday = -(-(first - _FIRST_DAY).days // step) * step
            days = range(from_monday, (last - _FIRST_DAY).days + 1, step)
            instants = [self._find_midnight(_FIRST_DAY + timedelta(days=day)) for day in days]
        except OverflowError:
            raise FrameError(f"{self.function}: a timestamp lies outside the years 1 to 9999; check it.") from None
        # A day that a zone left out begins when the next one does.
        return [instant for instant in dict.fromkeys(instants) if low <= instant <= high]

    def _find_midnight(self, day: date) -> int:
        """Return the instant at which a day begins. Where clocks skip midnight, it is the one at which they do."""
        local = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (local - _EPOCH) // _MICROSECOND


def build_grid_rows(spans: Frame, grid: Grid, *, by: str, first: str, last: str, at: str) -> Frame:
    """Return one row for each video and instant of the grid between its first reading and its last, as `by` and `at`.

    Parameters
    ----------
    spans : narwhals frame
        One row for each video: `by`, and the instants of its `first` and `last` reading in microseconds.
    """
    span = (nw.col(last) - nw.col(first)) // grid.every
    ends = spans.select(nw.col(first).min(), nw.col(last).max(), span.sum().alias(at))
    totals = ends.collect() if isinstance(ends, nw.LazyFrame) else ends
    low, high, number = (None if end is None else int(end) for end in totals.row(0))
    if number is not None and number > LARGEST:
        raise FrameError(
            f"{grid.function}: the frame would have {number:,} rows or more; it may have {LARGEST:,}. "
            f"Choose a longer every, or fewer videos at once."
        )
    coarse, fine = ([], []) if low is None or high is None else grid.between(low, high)
    wide, narrow = f"{at}_wide", f"{at}_narrow"
    starts: Any = _to_rows(spans, wide, coarse or [0])
    sums: Any = starts.join(_to_rows(spans, narrow, fine or [0]), how="cross")
    pairs = spans.join(sums.select((nw.col(wide) + nw.col(narrow)).alias(at)), how="cross")
    return pairs.filter((nw.col(at) >= nw.col(first)) & (nw.col(at) <= nw.col(last))).select(by, at)


def _to_rows(like: Frame, name: str, values: Sequence[int]) -> Frame:
    """Return integers as the rows of a frame of the same engine and session.

    For a lazy frame they are split from a text: no engine's own way to make a frame is needed for it, and nothing of
    the given frame is computed.
    """
    if isinstance(like, nw.DataFrame):
        return nw.from_dict({name: values}, {name: nw.Int64()}, backend=like.implementation)
    single = like.head(0).select(nw.len().alias(name))
    text = nw.lit(",".join(map(str, values)))
    return (
        single.with_columns(text.str.split(",").alias(name)).explode(name).with_columns(nw.col(name).cast(nw.Int64()))
    )


def to_instant(frame: Frame, column: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """Return whole seconds in microseconds since 1970 as an instant.

    Parameters
    ----------
    frame : narwhals frame
    column : str
        The microseconds.
    dtype : narwhals dtype
        The frame's own type of instants, which holds the zone of a Spark session.
    """
    micros, engine = nw.col(column), frame.implementation
    if engine.is_spark_like():
        return (micros // SECOND).cast(dtype)  # the cast reads whole seconds
    if engine.is_duckdb():  # no cast; intervals are multiplied by 32 bits; in hours, as days would be of the calendar
        hours, seconds = (micros // HOUR).cast(nw.Int32()), (micros % HOUR // SECOND).cast(nw.Int32())
        return nw.lit(_EPOCH) + nw.lit(timedelta(hours=1)) * hours + nw.lit(timedelta(seconds=1)) * seconds
    return micros.cast(nw.Datetime("us", "UTC"))
