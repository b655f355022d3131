"""Types of values in a campaign file: what is allowed in words, the JSON Schema, and the conversion from TOML."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Final

from influtics_lab.errors import FrameError
from influtics_lab.metrics._durations import HOUR, parse_duration
from influtics_lab.platforms import match_platform
from influtics_lab.time_zones import find_time_zone

DateOrInstant = dt.date | dt.datetime
"""A day or an instant. An instant without an offset is in the campaign's time zone."""


@dataclass(frozen=True)
class FieldType:
    """The type of a value.

    Attributes
    ----------
    allowed : str
        What is allowed, in words that follow "allowed is".
    schema : mapping
        The JSON Schema.
    convert : callable
        Converts a TOML value to the campaign's value; returns None where the value is not allowed.
    is_text : bool
        Whether TOML writes the value in quotes.
    """

    allowed: str
    schema: Mapping[str, object]
    convert: Callable[[object], object]
    is_text: bool = True


def declare_key(value_type: FieldType | type, about: str, *, is_list: bool = False, **options: Any) -> Any:
    """Declare a key of the file as a field of a dataclass.

    Parameters
    ----------
    value_type : FieldType or dataclass
        A dataclass is a table of the file: ``[name]``.
    about : str
        The description.
    is_list : bool
        Whether the key is a list of tables: ``[[name]]``.
    **options
        The `default` or `default_factory` where the key is optional.
    """
    return field(metadata={"type": value_type, "about": about, "is_list": is_list}, **options)


def list_keys(cls: type) -> list[Field[object]]:
    """Return the fields of a dataclass of the model that are keys of the file."""
    return [key for key in fields(cls) if "is_derived" not in key.metadata]


def is_required(key: Field[object]) -> bool:
    """Return whether a key of the file must be given."""
    return key.default is MISSING and key.default_factory is MISSING


def choice_type(*names: str) -> FieldType:
    """Return the type of one of some words."""
    allowed = f"one of {', '.join(names)}"
    return FieldType(allowed, {"enum": list(names)}, lambda value: value if value in names else None)


def subset_type(*names: str) -> FieldType:
    """Return the type of a list of some words; the campaign has each word once, in the order of `names`."""

    def collect(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(words), key=names.index))

    return list_type(f"a list of some of {', '.join(names)}", choice_type(*names), collect)


def number_type(allowed: str, *, is_whole: bool = False, **limits: float) -> FieldType:
    """Return the type of a number within limits, which are keywords of JSON Schema."""

    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or (is_whole and isinstance(value, float)):
            return None
        is_within = all(_COMPARISONS[name](value, limit) for name, limit in limits.items())
        return (value if is_whole else float(value)) if is_within else None

    return FieldType(allowed, {"type": "integer" if is_whole else "number", **limits}, read, is_text=False)


def text_type(allowed: str, pattern: str, convert: Callable[[str], str | None] = str) -> FieldType:
    """Return the type of a text that a pattern is found in."""
    expression = re.compile(pattern.replace("$", r"\Z"))  # in Python, $ also matches before a final line break

    def read(value: object) -> str | None:
        return convert(value) if isinstance(value, str) and expression.search(value) else None

    return FieldType(allowed, {"type": "string", "pattern": pattern}, read)


def list_type(allowed: str, item: FieldType, collect: Callable[[Iterable[Any]], object] = tuple) -> FieldType:
    """Return the type of a list of values of another type, which the campaign has as `collect` returns them."""

    def read(value: object) -> object:
        items = [item.convert(entry) for entry in value] if isinstance(value, list) else []
        return collect(items) if items and None not in items else None

    return FieldType(allowed, {"type": "array", "items": item.schema, "minItems": 1}, read)


def _text_or_list_type(item: FieldType) -> FieldType:
    """Return the type of a text, or of a list of texts without repetitions."""
    many = list_type("a text or a list of texts", item, _drop_repeated)
    schema = {"anyOf": [item.schema, many.schema]}
    return FieldType(many.allowed, schema, lambda value: many.convert([value] if isinstance(value, str) else value))


def _map_type(allowed: str, key: FieldType, item: FieldType) -> FieldType:
    """Return the type of a table with keys that the user chooses; the campaign has its sorted pairs."""

    def read(value: object) -> tuple[tuple[object, object], ...] | None:
        entries = value.items() if isinstance(value, dict) else ()
        pairs = [(key.convert(name), item.convert(entry)) for name, entry in entries]
        is_valid = pairs and not any(None in pair for pair in pairs)
        return tuple(sorted(pairs, key=lambda pair: str(pair[0]))) if is_valid else None

    names = {"propertyNames": {"pattern": key.schema["pattern"]}}
    return FieldType(
        allowed, {"type": "object", **names, "additionalProperties": item.schema, "minProperties": 1}, read
    )


def _read_date_or_instant(value: object) -> DateOrInstant | None:
    return value if isinstance(value, dt.date) and 1970 <= value.year <= 2200 else None  # a datetime is a date, too


def _accept(check: Callable[[str], object], *errors: type[Exception]) -> Callable[[str], str | None]:
    """Return a conversion that accepts the texts that a function accepts."""

    def convert(text: str) -> str | None:
        try:
            check(text)
        except errors:
            return None
        return text

    return convert


def parse_hours(duration: str) -> float:
    """Return a duration in hours.

    Examples
    --------
    >>> parse_hours("1d12h")
    36.0
    """
    return parse_duration("campaign file", "duration", duration) / HOUR


def _drop_repeated(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}
_DATES: Final = ({"type": "string", "format": "date"}, {"type": "string", "format": "date-time"})

TEXT: Final = text_type("a text", r"\S")
TEXTS: Final = list_type("a list of texts", TEXT, _drop_repeated)
PLATFORM: Final = text_type("a text", r"\S", lambda name: match_platform(name) or name)  # unknown names stay
PLATFORMS: Final = _text_or_list_type(PLATFORM)
TEXT_OR_TEXTS: Final = _text_or_list_type(TEXT)
# Beyond 1e-9 and 1e15 products and quotients of figures may not be numbers of JSON.
AMOUNT: Final = number_type("a number, 0 or more, up to 1e15", minimum=0, maximum=1e15)
# As written: TOML's floats are exact for the 15 digits that an amount of money has.
MONEY: Final = replace(AMOUNT, convert=lambda value: None if AMOUNT.convert(value) is None else Decimal(repr(value)))
POSITIVE: Final = number_type("a number above 0, from 1e-9 to 1e15", minimum=1e-9, maximum=1e15)
PERCENT: Final = number_type("a number above 0 and below 100", exclusiveMinimum=0, exclusiveMaximum=100)
DATE_OR_INSTANT: Final = FieldType(
    "a date such as 2025-06-01 or an instant such as 2025-06-01T12:00:00+02:00, without quotes",
    {"anyOf": list(_DATES)},
    _read_date_or_instant,
    is_text=False,
)
DATE: Final = FieldType(
    "a date such as 2025-06-01, without quotes",
    _DATES[0],
    lambda value: None if isinstance(value, dt.datetime) else _read_date_or_instant(value),
    is_text=False,
)
ZONE: Final = text_type(
    "a name of the IANA time zones, such as Europe/Berlin or UTC",
    r"\S",
    lambda name: name if find_time_zone(name) else None,
)
CURRENCY: Final = text_type("a code of three capitals, such as EUR", "^[A-Z]{3}$")
DURATION: Final = text_type("a duration such as 24h or 7d", "^([0-9]{1,12}[wdhms])+$", _accept(parse_hours, FrameError))
COLOURS: Final = list_type(
    "a list of colours such as #1a2b3c", text_type("a colour such as #1a2b3c", "^#[0-9a-fA-F]{6}$", str.lower)
)
PUBLICATION_TIMES: Final = _map_type("a table from a video's id to a date or an instant", TEXT, DATE_OR_INSTANT)
RATES: Final = _map_type("a table from currencies to a number above 0", CURRENCY, POSITIVE)
COLUMNS: Final = _map_type("a table from keys to the names of columns", TEXT, TEXT)
