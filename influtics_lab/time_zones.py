"""The time zone in which tables, pictures and sheets show instants, and in which days begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from influtics_lab.errors import ConfigError

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
AXIS_ENDS: Final = tuple((end - _EPOCH) / timedelta(days=1) + inwards for end, inwards in ((_FIRST, 1), (_LAST, -1)))
"""The ends of an axis of days since 1970: within the calendar, whatever the time zone."""


def find_time_zone(tz: object) -> ZoneInfo | None:
    """Return the time zone of a name; None if Python or polars does not have it.

    Examples
    --------
    >>> find_time_zone("Asia/Kolkata"), find_time_zone("localtime")
    (zoneinfo.ZoneInfo(key='Asia/Kolkata'), None)
    """
    if not isinstance(tz, str):
        return None
    try:
        zone = ZoneInfo(tz)
        pl.select(pl.lit(datetime(2025, 1, 1, tzinfo=UTC)).dt.convert_time_zone(tz))
    except (ZoneInfoNotFoundError, ValueError, OSError, pl.exceptions.PolarsError):
        return None
    return zone


def check_time_zone(name: str, tz: str) -> ZoneInfo:
    """Return a time zone; raise ConfigError with the name of the setting if there is none.

    Examples
    --------
    >>> check_time_zone("table: tz", "Europe/Berlin").key
    'Europe/Berlin'
    """
    if (zone := find_time_zone(tz)) is None:
        raise ConfigError(f"{name} is {tz!r}, which is no time zone here; write one as 'Europe/Berlin' or 'UTC'.")
    return zone


def find_day_start(day: date, tz: str) -> datetime:
    """Return the instant, in UTC, at which a day begins in a time zone, or the end of the calendar beyond which it is.

    Where clocks skip midnight, it is the instant at which they do.

    Examples
    --------
    >>> find_day_start(date(2025, 7, 1), "Asia/Kolkata").isoformat()
    '2025-06-30T18:30:00+00:00'
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz)).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == date.min.year else _LAST


def find_day_end(day: date, tz: str) -> datetime:
    """Return the instant, in UTC, at which a day ends in a time zone and the next one begins.

    Examples
    --------
    >>> find_day_end(date(2025, 7, 1), "Asia/Kolkata").isoformat()
    '2025-07-01T18:30:00+00:00'
    """
    return _LAST if day == date.max else find_day_start(day + timedelta(days=1), tz)


def step_back(instant: datetime, length: timedelta) -> datetime:
    """Return the instant so long before another, or the beginning of the calendar.

    Examples
    --------
    >>> step_back(datetime(1, 1, 3, tzinfo=UTC), timedelta(days=7)).isoformat()
    '0001-01-01T00:00:00+00:00'
    """
    return instant - min(length, instant - _FIRST)


def find_local_time(instant: datetime, tz: str) -> datetime:
    """Return an instant in a time zone, or the end of the calendar beyond which it is there.

    Examples
    --------
    >>> find_local_time(datetime(2025, 7, 1, tzinfo=UTC), "Asia/Kolkata").isoformat()
    '2025-07-01T05:30:00+05:30'
    """
    zone = ZoneInfo(tz)
    try:
        return instant.astimezone(zone)
    except (OverflowError, ValueError):
        return (_FIRST if instant.year == date.min.year else _LAST).replace(tzinfo=zone)


def convert_local_times(instants: pl.Expr, tz: str) -> pl.Expr:
    """Return a column of instants as local times without a time zone, at most the ends of the calendar.

    Examples
    --------
    >>> instants = pl.lit(datetime(2025, 7, 1, tzinfo=UTC))
    >>> pl.select(convert_local_times(instants, "Asia/Kolkata")).item().isoformat()
    '2025-07-01T05:30:00'
    """
    local = instants.dt.cast_time_unit("us").dt.convert_time_zone(tz).dt.replace_time_zone(None)
    return local.clip(_FIRST.replace(tzinfo=None), _LAST.replace(tzinfo=None))


def find_local_day(days: float, zone: tzinfo = UTC) -> date:
    """Return the day, in a time zone, of an instant in days since 1970; near the ends of the calendar the last one.

    Examples
    --------
    >>> find_local_day(20_240.9), find_local_day(3e6)
    (datetime.date(2025, 6, 1), datetime.date(9999, 12, 31))
    """
    first, last = AXIS_ENDS
    return (_EPOCH + timedelta(days=min(max(days, first), last))).astimezone(zone).date()
