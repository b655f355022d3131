"""Read a campaign file: from its text to the campaign. All errors are reported at once, each with its line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.file import toml_lines
from influtics_lab.campaign.file.contradictions import find_contradictions
from influtics_lab.campaign.file.field_types import FieldType, is_required, list_keys
from influtics_lab.campaign.file.link_sheet import read_links
from influtics_lab.campaign.file.model import Campaign, LinkSheet, Period, Videos
from influtics_lab.campaign.file.toml_mistakes import UNREADABLE, parse_toml, suggest_value
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import read_user_file
from influtics_lab.text_files import decode_text
from influtics_lab.text_format import limit_list, shorten, suggest_name

_MOST_SHOWN: Final = 40
_MOST_BYTES: Final = 4 << 20
_NEUTRAL: Final[dict[str, Any]] = {  # stands in for required keys that cannot be read
    "name": "campaign",
    "period": Period(start=dt.date(1970, 1, 1), end=dt.date(2200, 1, 1)),
    "videos": Videos(ids=("id",)),
}


class _TableReader:
    """Reads the tables of a file into dataclasses and collects the errors.

    Attributes
    ----------
    errors : list of (int, str)
        Lines and sentences.
    tables : dict
        The values of each table by its path. The value of a key with an error is None, or holds None.
    """

    def __init__(self, lines: dict[toml_lines.Path, int], errors: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.errors = errors
        self.tables: dict[toml_lines.Path, dict[str, Any]] = {}

    def add_error(self, path: toml_lines.Path, text: str) -> None:
        """Add the error of a key: the sentence that follows the key."""
        self.errors.append((toml_lines.find_line(self.lines, path) or 1, f"{_format_path(path)} {text}"))

    def _refuse(self, path: toml_lines.Path, given: Any, allowed: str) -> None:
        if given != UNREADABLE:  # its line is in the errors already
            self.add_error(path, f"is {_format_value(given)}; {allowed}")

    def read_table(self, cls: type, given: Any, path: toml_lines.Path) -> Any:
        """Read one table; return None where it has an error."""
        if not isinstance(given, Mapping):
            self._refuse(path, given, f"allowed is a table [{_format_path(path)}].")
            return None
        keys = {key.name: key for key in list_keys(cls)}
        errors_before = len(self.errors)
        for name in given.keys() - keys.keys():
            near = suggest_name(name, keys)
            hint = f" Do you mean {near}?" if near else ""
            self.add_error((*path, name), f"is no key of a campaign file; allowed are {', '.join(keys)}.{hint}")
        for name, key in keys.items():
            if name not in given and is_required(key):
                allowed = getattr(key.metadata["type"], "allowed", f"a table [{name}]")
                self.add_error((*path, name), f"is missing; allowed is {allowed}.")
        values = {name: self._read_key(key, given[name], (*path, name)) for name, key in keys.items() if name in given}
        self.tables[path] = values
        is_whole = len(self.errors) == errors_before and not any(map(_has_error, values.values()))
        return cls(**values) if is_whole else None

    def _read_key(self, key: dataclasses.Field[Any], given: Any, path: toml_lines.Path) -> Any:
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


def read_campaign(path: str | os.PathLike[str]) -> Campaign:
    """Read a campaign file.

    Parameters
    ----------
    path : path
        A TOML file. The files that it names (links, logo) are relative to its folder.

    Returns
    -------
    Campaign

    Raises
    ------
    ConfigError
        If the file cannot be read, or a value is not allowed: file, line, key, what was found, what is allowed.
    """
    path = Path(path)
    name = escape_unprintable(path)
    text = decode_text(read_user_file(path, _MOST_BYTES), name, only_utf8=True)
    return parse_campaign(text, name=name, folder=path.parent)


def parse_campaign(text: str, *, name: str = "campaign file", folder: str | os.PathLike[str] = ".") -> Campaign:
    r"""Read the text of a campaign file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        The file's name in messages.
    folder : path
        The folder of the files that it names.

    Returns
    -------
    Campaign

    Raises
    ------
    ConfigError
        If anything in it is not allowed.

    Examples
    --------
    >>> parse_campaign('name = "a"\n[period]\nstart = 2025-06-01\nend = "June"\n[videos]\nplatform = "TikTok"')
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: campaign file: line 4: period.end is "June"; allowed is a date such as ...
    """
    given, unreadable = parse_toml(text)
    reader = _TableReader(toml_lines.map_lines(text.replace("\r\n", "\n")), unreadable)
    is_empty = unreadable and not given
    campaign: Campaign | None = None if is_empty else reader.read_table(Campaign, given, ())
    for path, error in _find_contradictions(reader.tables.get((), {}), Path(folder)):
        reader.add_error(path, error)
    sheet = _read_link_sheet(reader, Path(folder))
    if reader.errors or campaign is None:
        errors = [f"line {line}: {error}" for line, error in sorted(reader.errors)]
        raise ConfigError(escape_unprintable(f"{name}: {' '.join(limit_list(errors, _MOST_SHOWN, 'And {} more.'))}"))
    return dataclasses.replace(campaign, videos=dataclasses.replace(campaign.videos, link_sheet=sheet))


def _find_contradictions(keys: Mapping[str, Any], folder: Path) -> Iterator[tuple[toml_lines.Path, str]]:
    """Yield the contradictions between the keys that could be read."""
    unread = {name for name, value in keys.items() if _has_error(value)} | (_NEUTRAL.keys() - keys.keys())
    if "creators" in unread:
        unread |= {"spend", "deals", "estimators", "compare"}  # they may name a creator that cannot be read
    readable = {name: value for name, value in keys.items() if name not in unread}
    for path, error in find_contradictions(Campaign(**_NEUTRAL | readable), folder):
        if path[0] not in unread:
            yield path, error


def _has_error(value: Any) -> bool:
    return value is None or (isinstance(value, tuple) and None in value)


def _read_link_sheet(reader: _TableReader, folder: Path) -> LinkSheet | None:
    file = reader.tables.get(("videos",), {}).get("links_csv")
    try:
        return None if file is None else read_links(folder / file)
    except ConfigError as error:
        reader.add_error(("videos", "links_csv"), f"cannot be used: {error}")
        return None


def _format_path(path: toml_lines.Path) -> str:
    """Return a path as a message writes it: ``spend[1].amount``."""
    keys = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(keys).removeprefix(".")


def _format_value(value: Any) -> str:
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
