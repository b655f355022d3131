"""Frozen records that become plain dicts, as JSON has them, and are read back from these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Generic, Self, TypeVar, get_args, get_type_hints

from influtics_lab.errors import ConfigError

T = TypeVar("T")
_INLINE: Final = "inline"
INLINE: Final = {_INLINE: True}
"""Metadata of a field that is a mapping whose keys stand beside the record's own in a dict."""

_TYPES: Final[dict[type, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Record:
    """A frozen dataclass of numbers, texts, instants, tuples, mappings with texts as keys, and other records."""

    def to_dict(self) -> dict[str, Any]:
        """Return the record as a dict of texts, numbers, lists and dicts only."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, object]) -> Self:
        """Read a record from what `to_dict` returned, also after a way through JSON, or in an older version.

        What older versions did not have is None, or the default of its field.

        Raises
        ------
        ConfigError
            If a key is missing that all versions have had.
        """
        record: Self = _from_plain(cls, plain)
        return record


@dataclass(frozen=True, slots=True)
class NamedRecord(Record, Generic[T]):
    """A record whose fields are all of one kind, so that each can be looked up by its name."""

    def pick(self, name: str) -> T:
        """Return the field with a name."""
        value: T = getattr(self, name)
        return value

    def items(self) -> Iterator[tuple[str, T]]:
        """Yield each field's name and value."""
        return ((name, self.pick(name)) for name in _types_of(type(self)))


def _types_of(record: type) -> dict[str, Any]:
    if record not in _TYPES:
        hints = get_type_hints(record)
        _TYPES[record] = {field.name: hints[field.name] for field in fields(record)}
    return _TYPES[record]


def _find_inline_field(record: type) -> str | None:
    return next((field.name for field in fields(record) if _INLINE in field.metadata), None)


def to_plain(value: object) -> Any:
    """Return a value as JSON has it: a dataclass as a dict, an amount as a text, an instant as ISO 8601 in UTC."""
    if is_dataclass(value):
        plain = {name: to_plain(getattr(value, name)) for name in _types_of(type(value))}
        inline = _find_inline_field(type(value))
        return plain | plain.pop(inline) if inline else plain
    if isinstance(value, Mapping):
        return {name: to_plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime) and value.tzinfo is not None:  # one of the file may be in the campaign's zone
        value = value.astimezone(dt.UTC)
    return value.isoformat() if isinstance(value, dt.date) else value


def _from_plain(kind: Any, value: Any) -> Any:
    """Return a value of a kind, a class or its annotation, from what `to_plain` returned."""
    if kind is object:
        return value
    kinds = [option for option in get_args(kind) if option is not NoneType] if isinstance(kind, UnionType) else [kind]
    if isinstance(value, str):
        return _parse_text(kinds, value)
    if isinstance(value, list | tuple):
        return tuple(_from_plain(get_args(kinds[0])[0], inner) for inner in value)
    if not isinstance(value, Mapping):
        return value
    if not is_dataclass(kinds[0]):
        return {name: _from_plain(get_args(kinds[0])[1], inner) for name, inner in value.items()}
    alike = [record for record in kinds if _types_of(record).keys() == value.keys()]
    if not alike and len(kinds) > 1:  # records with different keys
        raise _explain_missing(" or ".join(record.__name__ for record in kinds))
    return _build_record((alike or kinds)[0], value)


def _parse_text(kinds: list[Any], text: str) -> Any:
    if Decimal in kinds:
        return Decimal(text)
    if dt.datetime in kinds and "T" in text:
        return dt.datetime.fromisoformat(text)
    return dt.date.fromisoformat(text) if dt.date in kinds else text


def _build_record(record: type, plain: Mapping[str, object]) -> Any:
    types, inline = _types_of(record), _find_inline_field(record)
    if inline:
        plain = {**plain, inline: {name: value for name, value in plain.items() if name not in types}}
    values = {name: _from_plain(kind, plain[name]) for name, kind in types.items() if name in plain}
    for field in fields(record):
        if field.name not in values and field.default is MISSING:
            if NoneType not in get_args(types[field.name]):
                raise _explain_missing(f"{record.__name__}.{field.name}")
            values[field.name] = None
    return record(**values)


def _explain_missing(name: str) -> ConfigError:
    return ConfigError(
        f"{name} is missing. Pass what to_dict() returned, or the figures of a report.json. If an older version wrote "
        "them, make the report again from its campaign file and snapshot."
    )
