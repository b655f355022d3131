"""What a value of the campaign file may be: how it is read, what is allowed in words, and its JSON Schema."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from influtics_lab.platforms import match_platform

Moment = dt.date | dt.datetime
"""A day, or an instant; an instant without an offset is one in the campaign's time zone."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Parameters
    ----------
    allowed : str
        What is allowed, in words that follow "allowed is".
    schema : mapping
        Its JSON Schema.
    read : callable
        From what the file says to what the campaign holds; None where it is not allowed.
    """

    allowed: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]


def entry(kind: Kind, about: str, **options: Any) -> Any:
    """Declare a key of the file: its kind, what it is about, and its `default` where it may be left out."""
    return field(metadata={"kind": kind, "about": about}, **options)


def table(cls: type, about: str, **options: Any) -> Any:
    """Declare a table of the file: ``[name]``."""
    return field(metadata={"table": cls, "about": about}, **options)


def tables(cls: type, about: str, **options: Any) -> Any:
    """Declare a table that may come again and again: ``[[name]]``."""
    return field(metadata={"tables": cls, "about": about}, default=(), **options)


def one_of(*names: str) -> Kind:
    """Give the kind that is one of some words."""
    return Kind(f"one of {', '.join(names)}", {"enum": list(names)}, lambda value: value if value in names else None)


def some_of(*names: str) -> Kind:
    """Give the kind that is a list of some words, each once at most."""

    def read(value: Any) -> tuple[str, ...] | None:
        known = isinstance(value, list) and value and all(one in names for one in value)
        return tuple(name for name in names if name in value) if known else None

    schema = {"type": "array", "items": {"enum": list(names)}, "minItems": 1}
    return Kind(f"a list of some of {', '.join(names)}", schema, read)


def whole(lowest: int, highest: int) -> Kind:
    """Give the kind that is a whole number between two."""

    def read(value: Any) -> int | None:
        return value if _is_number(value, int) and lowest <= value <= highest else None

    schema = {"type": "integer", "minimum": lowest, "maximum": highest}
    return Kind(f"a whole number from {lowest} to {highest}", schema, read)


def _is_number(value: Any, kinds: type | tuple[type, ...] = (int, float)) -> bool:
    if not isinstance(value, kinds) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)  # type: ignore[arg-type]  # a number, as isinstance has just said
    except OverflowError:  # a whole number beyond a float
        return False


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value or not all(_text(one) for one in value):
        return None
    return tuple(dict.fromkeys(value))


def _text_or_texts(value: Any) -> tuple[str, ...] | None:
    return _texts([value] if isinstance(value, str) else value)


def _platform(name: str | None) -> str | None:
    """Return a platform as the service spells it, whatever its case; a name that is not known stays as it is."""
    return name if name is None else match_platform(name) or name


def _known(names: tuple[str | None, ...]) -> tuple[str | None, ...] | None:
    return tuple(dict.fromkeys(names)) or None


def _amount(value: Any) -> float | None:
    return float(value) if _is_number(value) and 0 <= value <= _MOST else None


def _positive(value: Any) -> float | None:
    return float(value) if _is_number(value) and _LEAST <= value <= _MOST else None


def _percent(value: Any) -> float | None:
    return float(value) if _is_number(value) and 0 < value < 100 else None


def _moment(value: Any) -> Moment | None:
    return value if isinstance(value, dt.date) and 1970 <= value.year <= 2200 else None  # a datetime is a date, too


def _day(value: Any) -> dt.date | None:
    return None if isinstance(value, dt.datetime) else _moment(value)


def _zone(value: Any) -> str | None:
    if not isinstance(value, str) or value.startswith(("/", ".")):
        return None
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        return None


def _matching(pattern: str) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and re.fullmatch(pattern, value) else None


def _duration(value: Any) -> str | None:
    """Take what the metrics take: longer than nothing, at most 100 years."""
    if not isinstance(value, str) or not re.fullmatch(_DURATION, value):
        return None
    return value if 0 < hours_of(value) <= 24 * 36_525 else None


def hours_of(duration: str) -> float:
    """Give a duration in hours.

    Examples
    --------
    >>> hours_of("1d12h")
    36.0
    """
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9]+)([wdhms])", duration))
    return seconds / 3600


def _colours(value: Any) -> tuple[str, ...] | None:
    known = isinstance(value, list) and value and all(_matching(_COLOUR)(one) for one in value)
    return tuple(one.lower() for one in value) if known else None


def _map_of(
    read: Callable[[Any], Any], key: str = r"(?s).*\S.*"
) -> Callable[[Any], tuple[tuple[str, Any], ...] | None]:
    def entries(value: Any) -> tuple[tuple[str, Any], ...] | None:
        if not isinstance(value, dict) or not value:
            return None
        found = {name: read(one) if re.fullmatch(key, name) else None for name, one in value.items()}
        return None if None in found.values() else tuple(sorted(found.items()))

    return entries


_DATES: Final[Sequence[Mapping[str, str]]] = (
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
)
# Beyond these no product or quotient of figures stays a number of JSON.
_LEAST: Final = 1e-9
_MOST: Final = 1e15
_COLOUR: Final = r"#[0-9a-fA-F]{6}"
_CURRENCY: Final = r"[A-Z]{3}"
_DURATION: Final = r"([0-9]{1,12}[wdhms])+"
_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}

TEXT: Final = Kind("a text", {"type": "string", "pattern": r"\S"}, _text)
TEXTS: Final = Kind(
    "a list of texts", {"type": "array", "items": {"type": "string", "pattern": r"\S"}, "minItems": 1}, _texts
)
TEXT_OR_TEXTS: Final = Kind("a text or a list of texts", {"anyOf": [TEXT.schema, TEXTS.schema]}, _text_or_texts)
PLATFORM: Final = Kind("a text", TEXT.schema, lambda value: _platform(_text(value)))
PLATFORMS: Final = Kind(
    "a text or a list of texts",
    TEXT_OR_TEXTS.schema,
    lambda value: _known(tuple(map(_platform, _text_or_texts(value) or ()))),
)
AMOUNT: Final = Kind("a number, 0 or more, up to 1e15", {"type": "number", "minimum": 0, "maximum": _MOST}, _amount)
POSITIVE: Final = Kind(
    "a number above 0, from 1e-9 to 1e15", {"type": "number", "minimum": _LEAST, "maximum": _MOST}, _positive
)
PERCENT: Final = Kind(
    "a number above 0 and below 100", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100}, _percent
)
DAY: Final = Kind("a date such as 2025-06-01, without quotes", _DATES[0], _day)
MOMENT: Final = Kind(
    "a date such as 2025-06-01 or an instant such as 2025-06-01T12:00:00+02:00, without quotes",
    {"anyOf": list(_DATES)},
    _moment,
)
ZONE: Final = Kind("a name of the IANA time zones, such as Europe/Berlin or UTC", {"type": "string"}, _zone)
CURRENCY: Final = Kind(
    "a code of three capitals, such as EUR", {"type": "string", "pattern": f"^{_CURRENCY}$"}, _matching(_CURRENCY)
)
DURATION: Final = Kind("a duration such as 24h or 7d", {"type": "string", "pattern": f"^{_DURATION}$"}, _duration)
COLOURS: Final = Kind(
    "a list of colours such as #1a2b3c",
    {"type": "array", "items": {"type": "string", "pattern": f"^{_COLOUR}$"}, "minItems": 1},
    _colours,
)
MOMENTS: Final = Kind(
    "a table from a video's id to a date or an instant",
    {"type": "object", "additionalProperties": MOMENT.schema, "minProperties": 1},
    _map_of(_moment),
)
RATES: Final = Kind(
    "a table from currencies to a number above 0",
    {
        "type": "object",
        "propertyNames": {"pattern": f"^{_CURRENCY}$"},
        "additionalProperties": POSITIVE.schema,
        "minProperties": 1,
    },
    _map_of(_positive, _CURRENCY),
)
