"""Read the tables of a TOML file into dataclasses, whose fields are keys: the errors name line, key and value."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping
from typing import Any, Final

from influtics_lab.campaign.file import toml_lines
from influtics_lab.campaign.file.field_types import FieldType, is_required, list_keys
from influtics_lab.campaign.file.toml_mistakes import UNREADABLE, suggest_value
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import read_user_file
from influtics_lab.text_files import decode_text
from influtics_lab.text_format import limit_list, shorten, suggest_name

_MOST_SHOWN: Final = 40
_MOST_BYTES: Final = 4 << 20


class TableReader:
    """Reads the tables of a TOML file into dataclasses and collects the errors.

    Parameters
    ----------
    file : str
        What the file is, such as "a campaign file", for messages.
    text : str
        TOML.
    unreadable : list of (int, str)
        The lines that are not TOML, as `parse_toml` returns them.

    Attributes
    ----------
    errors : list of (int, str)
        Lines and sentences.
    tables : dict
        The values of each table by its path. The value of a key with an error is None, or holds None.
    """

    def __init__(self, file: str, text: str, unreadable: list[tuple[int, str]]) -> None:
        self.file = file
        self.errors = unreadable
        self._lines = toml_lines.map_lines(text.replace("\r\n", "\n"))
        self.tables: dict[toml_lines.Path, dict[str, object]] = {}

    def add_error(self, path: toml_lines.Path, text: str) -> None:
        """Add the error of a key: the sentence that follows the key."""
        self.errors.append((toml_lines.find_line(self._lines, path) or 1, f"{_format_path(path)} {text}".lstrip()))

    def _refuse(self, path: toml_lines.Path, given: object, allowed: str) -> None:
        if given != UNREADABLE:  # its line is in the errors already
            self.add_error(path, f"is {_format_value(given)}; {allowed}")

    def read_table(self, cls: type, given: object, path: toml_lines.Path) -> Any:
        """Read one table; return None where it has an error."""
        if not isinstance(given, Mapping):
            self._refuse(path, given, f"allowed is a table [{_format_path(path)}].")
            return None
        keys = {key.name: key for key in list_keys(cls)}
        errors_before = len(self.errors)
        for name in given.keys() - keys.keys():
            near = suggest_name(name, keys)
            hint = f" Do you mean {near}?" if near else ""
            self.add_error((*path, name), f"is no key of {self.file}; allowed are {', '.join(keys)}.{hint}")
        for name, key in keys.items():
            if name not in given and is_required(key):
                allowed = getattr(key.metadata["type"], "allowed", f"a table [{name}]")
                self.add_error((*path, name), f"is missing; allowed is {allowed}.")
        values = {name: self._read_key(key, given[name], (*path, name)) for name, key in keys.items() if name in given}
        self.tables[path] = values
        is_whole = len(self.errors) == errors_before and not any(map(has_error, values.values()))
        return cls(**values) if is_whole else None

    def _read_key(self, key: dataclasses.Field[object], given: object, path: toml_lines.Path) -> Any:
        value_type = key.metadata["type"]
        if key.metadata["is_list"] and isinstance(given, list):
            return tuple(self.read_table(value_type, item, (*path, n)) for n, item in enumerate(given))
        if key.metadata["is_list"]:
            self._refuse(path, given, f"allowed are tables [[{_format_path(path)}]].")
            return None
        if not isinstance(value_type, FieldType):
            return self.read_table(value_type, given, path)
        value = None if given == UNREADABLE else value_type.convert(given)
        if value is None:
            hint = suggest_value(given, value_type.convert) if isinstance(given, str) and not value_type.is_text else ""
            self._refuse(path, given, f"allowed is {value_type.allowed}.{hint}")
        return value

    def build_error(self, name: str) -> ConfigError:
        """Return the error that lists all errors of the file with this name, in the order of their lines."""
        errors = [f"line {line}: {error}" for line, error in sorted(self.errors)]
        return ConfigError(escape_unprintable(f"{name}: {' '.join(limit_list(errors, _MOST_SHOWN, 'And {} more.'))}"))


def read_toml_text(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return the name of a TOML file for messages, and its text.

    Raises
    ------
    ConfigError
        If the file cannot be read, is too large or is not UTF-8.
    """
    name = escape_unprintable(os.fspath(path))
    return name, decode_text(read_user_file(path, _MOST_BYTES), name, only_utf8=True)


def has_error(value: object) -> bool:
    """Return whether the value of a key has an error."""
    return value is None or (isinstance(value, tuple) and None in value)


def _format_path(path: toml_lines.Path) -> str:
    """Return a path as a message writes it: ``spend[1].amount``."""
    keys = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(keys).removeprefix(".")


def _format_value(value: object) -> str:
    """Return a value about as the file writes it, shortened where it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    try:
        return shorten(f'"{escape_unprintable(value[:60])}"' if isinstance(value, str) else repr(value))
    except (RecursionError, ValueError):  # nested too deeply, or an integer of too many digits
        return f"a {type(value).__name__} that is too large to show"
