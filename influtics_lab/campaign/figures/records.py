"""Frozen records that become plain dicts, as JSON has them, and are read back from these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import NoneType, UnionType
from typing import Any, Final, Generic, Self, TypeVar, get_args, get_type_hints

from influtics_lab.errors import ConfigError

T = TypeVar("T")
INLINE: Final = {"inline": True}
"""Metadata of a field that is a mapping whose keys stand beside the record's own in a dict."""
_TYPES: Final[dict[type, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Record:
    """A frozen dataclass of numbers, texts, tuples, mappings with texts as keys, and other records."""

    def to_dict(self) -> dict[str, Any]:
        """Return the record as a dict of texts, numbers, lists and dicts only."""
        plain = {name: _to_plain(getattr(self, name)) for name in _types_of(type(self))}
        inline = _find_inline_field(type(self))
        return plain | plain.pop(inline) if inline else plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read a record from what `to_dict` returned, also after a way through JSON, or in an older version.

        What older versions did not have is None.

        Raises
        ------
        ConfigError
            If a key is missing that all versions have had.
        """
        types, inline = _types_of(cls), _find_inline_field(cls)
        if inline:
            plain = {**plain, inline: {name: value for name, value in plain.items() if name not in types}}
        for name, kind in types.items():
            if name not in plain and NoneType not in get_args(kind):
                raise _explain_missing(f"{cls.__name__}.{name}")
        return cls(**{name: _from_plain(kind, plain.get(name)) for name, kind in types.items()})


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


def _types_of(record: type[Record]) -> dict[str, Any]:
    if record not in _TYPES:
        hints = get_type_hints(record)
        _TYPES[record] = {field.name: hints[field.name] for field in fields(record)}
    return _TYPES[record]


def _find_inline_field(record: type[Record]) -> str | None:
    return next((field.name for field in fields(record) if field.metadata), None)


def _to_plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _to_plain(inner) for name, inner in value.items()}
    return [_to_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _from_plain(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    if isinstance(value, list | tuple):
        return tuple(_from_plain(get_args(kind)[0], inner) for inner in value)
    if not isinstance(value, Mapping):
        return value
    if isinstance(kind, UnionType):  # of records with different keys, or of one and None
        records = [record for record in get_args(kind) if record is not NoneType]
        alike = [record for record in records if _types_of(record).keys() == value.keys()]
        if not alike and len(records) > 1:
            raise _explain_missing(" or ".join(record.__name__ for record in records))
        kind = (alike or records)[0]
    if isinstance(kind, type) and issubclass(kind, Record):
        return kind.from_dict(value)
    return {name: _from_plain(get_args(kind)[1], inner) for name, inner in value.items()}


def _explain_missing(name: str) -> ConfigError:
    return ConfigError(
        f"{name} is missing. Pass what to_dict() returned, or the figures of a report.json. If an older version wrote "
        "them, make the report again from its campaign file and snapshot."
    )
