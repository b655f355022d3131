"""Instants as microseconds since 1970, and the two formats in which the endpoint writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR


def to_microseconds(instant: datetime) -> int:
    """Return the microseconds since 1970 of an aware datetime.

    Examples
    --------
    >>> to_microseconds(datetime(1970, 1, 2, tzinfo=UTC)) == DAY
    True
    """
    return (instant - EPOCH) // timedelta(microseconds=1)


def format_postgres(instant: int) -> str:
    """Format an instant as PostgreSQL prints a timestamp with time zone, without trailing zeros of the fraction.

    Examples
    --------
    >>> format_postgres(1_751_271_963_730_100), format_postgres(1_751_271_963_000_000)
    ('2025-06-30 08:26:03.7301+00', '2025-06-30 08:26:03+00')
    """
    return _format_trimmed(instant, " ") + "+00"


def format_iso(instant: int) -> str:
    """Format an instant as ISO 8601, without trailing zeros of the fraction, like the fields of an answer.

    Examples
    --------
    >>> format_iso(1_751_271_929_977_270)
    '2025-06-30T08:25:29.97727+00:00'
    """
    return _format_trimmed(instant, "T") + "+00:00"


def _format_trimmed(instant: int, between: str) -> str:
    seconds, fraction = divmod(instant, SECOND)
    text = (EPOCH + timedelta(seconds=seconds)).strftime(f"%Y-%m-%d{between}%H:%M:%S")
    return text + (f".{fraction:06d}".rstrip("0") if fraction else "")


def read_instant(text: object) -> int | None:
    """Return the microseconds since 1970 of a written instant; None if it is invalid.

    An instant without an offset is read as UTC.

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
    return to_microseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
