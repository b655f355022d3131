"""The time zone in which tables, pictures and sheets show instants."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from influtics_lab.errors import ConfigError


def check_time_zone(function: str, tz: str) -> ZoneInfo:
    """Return the time zone of a name; raise ConfigError if there is none.

    Examples
    --------
    >>> check_time_zone("table", "Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        text = f"{function}: tz is {tz!r}, which is no time zone here; write one as 'Europe/Berlin' or 'UTC'."
        raise ConfigError(text) from None
