"""Instants as microseconds since 1970, and the two ways in which the endpoint writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR


def microseconds(instant: datetime) -> int:
    """Give the microseconds since 1970 of an aware datetime.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC)) == DAY
    True
    """
    return (instant - EPOCH) // timedelta(microseconds=1)


def postgres(instant: int) -> str:
    """Write an instant as PostgreSQL prints a timestamp with time zone: zeros at the end of the fraction are cut.

    Examples
    --------
    >>> postgres(1_751_271_963_730_100), postgres(1_751_271_963_000_000)
    ('2025-06-30 08:26:03.7301+00', '2025-06-30 08:26:03+00')
    """
    return _trimmed(instant, " ") + "+00"


def iso(instant: int) -> str:
    """Write an instant as the answer's fields do: ISO 8601, zeros at the end of the fraction cut.

    Examples
    --------
    >>> iso(1_751_271_929_977_270)
    '2025-06-30T08:25:29.97727+00:00'
    """
    return _trimmed(instant, "T") + "+00:00"


def _trimmed(instant: int, between: str) -> str:
    seconds, fraction = divmod(instant, SECOND)
    text = (EPOCH + timedelta(seconds=seconds)).strftime(f"%Y-%m-%d{between}%H:%M:%S")
    return text + (f".{fraction:06d}".rstrip("0") if fraction else "")


def read_instant(text: object) -> int | None:
    """Give the microseconds since 1970 of a written instant; null where it is none.

    An instant without an offset is taken as UTC.

    Examples
    --------
    >>> read_instant("2025-06-30T08:25:29.97727+00:00")
    1751271929977270
    >>> read_instant("2025-06-31T08:25:29+00:00") is None
    True
    """
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return microseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
