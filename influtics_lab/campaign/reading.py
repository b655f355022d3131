"""From the text of a campaign file to the campaign; everything that is wrong is told at once, with its line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from influtics_lab.campaign import places
from influtics_lab.campaign.checks import contradictions
from influtics_lab.campaign.links import read_links
from influtics_lab.campaign.model import Campaign
from influtics_lab.errors import ConfigError

_MANY = 8


class _Reader:
    """Goes through the tables of a file and collects what is wrong."""

    def __init__(self, lines: dict[places.Path, int]) -> None:
        self.lines = lines
        self.wrong: list[tuple[int, str]] = []

    def complain(self, path: places.Path, text: str) -> None:
        self.wrong.append((places.line_of(self.lines, path) or 1, text))

    def table(self, cls: type, given: Any, path: places.Path) -> Any:
        """Read one table; None where it has anything wrong."""
        if not isinstance(given, Mapping):
            self.complain(path, f"{_dotted(path)} is {_shown(given)}; allowed is a table [{_dotted(path)}].")
            return None
        fields = {field.name: field for field in dataclasses.fields(cls) if "inside" not in field.metadata}
        before = len(self.wrong)
        for name in given.keys() - fields.keys():
            self._unknown(name, list(fields), path)
        found = {
            name: self._value(field, given[name], (*path, name)) for name, field in fields.items() if name in given
        }
        for name, field in fields.items():
            if name not in given and _is_needed(field):
                self.complain(path, f"{_dotted((*path, name))} is missing; allowed is {_allowed(field)}.")
        return cls(**found) if len(self.wrong) == before else None

    def _unknown(self, name: str, known: list[str], path: places.Path) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Do you mean {near[0]}?" if near else ""
        what = f"{_dotted((*path, name))} is no key of a campaign file; allowed are {', '.join(known)}.{hint}"
        self.complain((*path, name), what)

    def _value(self, field: dataclasses.Field[Any], given: Any, path: places.Path) -> Any:
        if "table" in field.metadata:
            return self.table(field.metadata["table"], given, path)
        if "tables" in field.metadata:
            if not isinstance(given, list):
                self.complain(path, f"{_dotted(path)} is {_shown(given)}; allowed are tables [[{_dotted(path)}]].")
                return ()
            return tuple(self.table(field.metadata["tables"], one, (*path, n)) for n, one in enumerate(given))
        value = field.metadata["kind"].read(given)
        if value is None:
            self.complain(path, f"{_dotted(path)} is {_shown(given)}; allowed is {_allowed(field)}.")
        return value


def read_campaign(path: str | os.PathLike[str]) -> Campaign:
    """Read a campaign file.

    Parameters
    ----------
    path : path
        A TOML file; the files that it names (links, logo) are looked for from its folder.

    Returns
    -------
    Campaign

    Raises
    ------
    ConfigError
        If it cannot be read or anything in it is not allowed: file, line, key, what was found, what is allowed.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Give the path of a campaign file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no UTF-8 text. Save it as UTF-8.") from None
    return parse_campaign(text, name=str(path), folder=path.parent)


def parse_campaign(text: str, *, name: str = "campaign file", folder: str | os.PathLike[str] = ".") -> Campaign:
    r"""Read the text of a campaign file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        What to call it in messages.
    folder : path
        From where the files that it names are looked for.

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
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is no TOML: {error}. Mend that place.") from None
    reader = _Reader(places.lines_of(text.replace("\r\n", "\n")))
    campaign: Campaign | None = reader.table(Campaign, given, ())
    if campaign is not None:
        for path, what in contradictions(campaign, Path(folder)):
            reader.complain(path, what)
        campaign = _with_links(campaign, Path(folder), reader)
    if reader.wrong or campaign is None:
        raise ConfigError(f"{name}: {' '.join(_listed(reader.wrong))}")
    return campaign


def _with_links(campaign: Campaign, folder: Path, reader: _Reader) -> Campaign:
    if campaign.videos.links_csv is None:
        return campaign
    try:
        links = read_links(folder / campaign.videos.links_csv)
    except ConfigError as error:
        reader.complain(("videos", "links_csv"), str(error))
        return campaign
    return dataclasses.replace(campaign, videos=dataclasses.replace(campaign.videos, links=links))


def _listed(wrong: list[tuple[int, str]]) -> Iterator[str]:
    ordered = sorted(wrong)
    yield from (f"line {line}: {text}" for line, text in ordered[:_MANY])
    if len(ordered) > _MANY:
        yield f"And {len(ordered) - _MANY} more."


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _allowed(field: dataclasses.Field[Any]) -> str:
    return field.metadata["kind"].allowed if "kind" in field.metadata else f"a table [{field.name}]"


def _dotted(path: places.Path) -> str:
    text = ""
    for key in path:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def plain(text: str) -> str:
    """Write signs that a terminal would obey as codes."""
    return "".join(sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}" for sign in text)


def _shown(value: Any) -> str:
    """Show a value about as the file writes it, and not all of a long one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = f'"{plain(value)}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
