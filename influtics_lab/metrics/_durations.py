"""Durations as people write them, ``"24h"`` or ``timedelta(days=7)``, as whole microseconds and as part of a name."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final, TypeAlias

from influtics_lab.errors import FrameError

Duration: TypeAlias = str | timedelta
"""``"24h"``, ``"7d"``, ``"90m"``, ``"1d12h"``, or a ``datetime.timedelta``."""

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR

_UNITS: Final = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": 60 * SECOND, "s": SECOND}
_WRITTEN: Final = re.compile(r"(?:[0-9]{1,12}[wdhms])+")
_PIECE: Final = re.compile(r"([0-9]+)([wdhms])")
_LONGEST: Final = 36_525 * DAY


def parse_duration(function: str, name: str, value: object) -> int:
    """Return a duration in whole microseconds, above 0 and at most 100 years.

    Parameters
    ----------
    function, name : str
        Which function's parameter it is, for the message.
    value : str or datetime.timedelta
        A text is one or more whole numbers with a unit each: w, d, h, m (minutes) or s. A day is 24 hours.

    Raises
    ------
    FrameError
        If it is neither, or none at all, negative, or beyond 100 years.

    Examples
    --------
    >>> parse_duration("window_gain", "window", "1d12h") // 3_600_000_000
    36
    >>> parse_duration("window_gain", "window", "1 day")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.FrameError: window_gain: window is '1 day'; give a duration such as "24h", "7d" or "90m" \
(whole numbers of w, d, h, m, s), or a timedelta.
    """
    if isinstance(value, timedelta):
        length = value // timedelta(microseconds=1)
    elif isinstance(value, str) and _WRITTEN.fullmatch(value):
        length = sum(int(number) * _UNITS[unit] for number, unit in _PIECE.findall(value))
    else:
        raise FrameError(
            f'{function}: {name} is {value!r}; give a duration such as "24h", "7d" or "90m" '
            f"(whole numbers of w, d, h, m, s), or a timedelta."
        )
    if not 0 < length <= _LONGEST:
        raise FrameError(f"{function}: {name} is {value!r}; it must be longer than 0 and at most 100 years.")
    return length


def parse_gap(function: str, value: object) -> int | None:
    """Return `max_gap` in whole microseconds, or None for any gap."""
    return None if value is None else parse_duration(function, "max_gap", value)


def name_duration(microseconds: int) -> str:
    """Name a duration shortly: in days if it is several whole days, else in the largest unit that fits.

    Examples
    --------
    >>> [name_duration(hours * HOUR) for hours in (1, 24, 36, 168)]
    ['1h', '24h', '36h', '7d']
    """
    if microseconds > DAY and microseconds % DAY == 0:
        return f"{microseconds // DAY}d"
    for unit in ("h", "m", "s"):
        if microseconds % _UNITS[unit] == 0:
            return f"{microseconds // _UNITS[unit]}{unit}"
    return f"{microseconds}us"
