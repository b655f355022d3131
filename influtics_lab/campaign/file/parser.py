"""From the text of a campaign file to the campaign; everything that is wrong is told at once, with its line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.file import field_types, toml_lines
from influtics_lab.campaign.file.contradictions import contradictions
from influtics_lab.campaign.file.link_sheet import read_links
from influtics_lab.campaign.file.model import Campaign, LinkSheet, Period, Videos
from influtics_lab.campaign.file.toml_mistakes import UNREADABLE, parse_toml, suggest_value
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_files import decode_text, read_bytes
from influtics_lab.text_format import suggest_name

_MOST_SHOWN: Final = 40
_MOST_BYTES: Final = 4 << 20
_UNQUOTED: Final = (field_types.AMOUNT, field_types.POSITIVE, field_types.PERCENT, field_types.DAY, field_types.MOMENT)
_NEUTRAL: Final[dict[str, Any]] = {  # in place of what a file must have and cannot be read
    "name": "campaign",
    "period": Period(start=dt.date(1970, 1, 1), end=dt.date(2200, 1, 1)),
    "videos": Videos(ids=("id",)),
}


class _Reader:
    """Goes through the tables of a file and collects what is wrong."""

    def __init__(self, lines: dict[toml_lines.Path, int]) -> None:
        self.lines = lines
        self.wrong: list[tuple[int, str]] = []
        self.parts: dict[toml_lines.Path, dict[str, Any]] = {}

    def complain(self, path: toml_lines.Path, text: str) -> None:
        self.wrong.append((toml_lines.line_of(self.lines, path) or 1, text))

    def table(self, cls: type, given: Any, path: toml_lines.Path) -> Any:
        """Read one table; None where it has anything wrong."""
        if given == UNREADABLE:
            return None
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
        self.parts[path] = found
        return cls(**found) if len(self.wrong) == before and not any(map(_is_unreadable, found.values())) else None

    def _unknown(self, name: str, known: list[str], path: toml_lines.Path) -> None:
        near = suggest_name(name, known)
        hint = f" Do you mean {near}?" if near else ""
        what = f"{_dotted((*path, name))} is no key of a campaign file; allowed are {', '.join(known)}.{hint}"
        self.complain((*path, name), what)

    def _value(self, field: dataclasses.Field[Any], given: Any, path: toml_lines.Path) -> Any:
        if "table" in field.metadata:
            return self.table(field.metadata["table"], given, path)
        if "tables" in field.metadata:
            if not isinstance(given, list):
                self.complain(path, f"{_dotted(path)} is {_shown(given)}; allowed are tables [[{_dotted(path)}]].")
                return (None,)
            return tuple(self.table(field.metadata["tables"], one, (*path, n)) for n, one in enumerate(given))
        value = None if given == UNREADABLE else field.metadata["kind"].read(given)
        if value is None and given != UNREADABLE:
            hint = suggest_value(given) if isinstance(given, str) and field.metadata["kind"] in _UNQUOTED else ""
            self.complain(path, f"{_dotted(path)} is {_shown(given)}; allowed is {_allowed(field)}.{hint}")
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
    name = escape_unprintable(path)
    text = decode_text(read_bytes(path, _MOST_BYTES), name, only_utf8=True)
    return parse_campaign(text, name=name, folder=path.parent)


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
    given, unreadable = parse_toml(text)
    reader = _Reader(toml_lines.lines_of(text.replace("\r\n", "\n")))
    reader.wrong += unreadable
    campaign: Campaign | None = reader.table(Campaign, given, ()) if given or not unreadable else None
    if reader.parts:
        for path, what in _contradictions(campaign, reader.parts[()], Path(folder)):
            reader.complain(path, what)
    sheet = _link_sheet(reader, Path(folder))
    if reader.wrong or campaign is None:
        raise ConfigError(escape_unprintable(f"{name}: {' '.join(_listed(reader.wrong))}"))
    return dataclasses.replace(campaign, videos=dataclasses.replace(campaign.videos, link_sheet=sheet))


def _contradictions(
    campaign: Campaign | None, parts: Mapping[str, Any], folder: Path
) -> Iterator[tuple[toml_lines.Path, str]]:
    """Yield what contradicts itself; where parts of the file are wrong, what the others say."""
    if campaign is not None:
        yield from contradictions(campaign, folder)
        return
    wrong = {name for name, part in parts.items() if _is_unreadable(part)}
    wrong |= _NEUTRAL.keys() - parts.keys()
    if "creators" in wrong:
        wrong |= {"spend", "estimators", "compare"}  # they may name a creator that cannot be read
    rest = {name: part for name, part in parts.items() if name not in wrong}
    for path, what in contradictions(Campaign(**_NEUTRAL | rest), folder):
        if path[0] not in wrong:
            yield path, what


def _is_unreadable(part: Any) -> bool:
    return part is None or (isinstance(part, tuple) and None in part)


def _link_sheet(reader: _Reader, folder: Path) -> LinkSheet | None:
    file = reader.parts.get(("videos",), {}).get("links_csv")
    if file is None:
        return None
    try:
        return read_links(folder / file)
    except ConfigError as error:
        reader.complain(("videos", "links_csv"), f"videos.links_csv: {error}")
        return None


def _listed(wrong: list[tuple[int, str]]) -> Iterator[str]:
    ordered = sorted(wrong)
    yield from (f"line {line}: {text}" for line, text in ordered[:_MOST_SHOWN])
    if len(ordered) > _MOST_SHOWN:
        yield f"And {len(ordered) - _MOST_SHOWN} more."


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _allowed(field: dataclasses.Field[Any]) -> str:
    return field.metadata["kind"].allowed if "kind" in field.metadata else f"a table [{field.name}]"


def _dotted(path: toml_lines.Path) -> str:
    text = ""
    for key in path:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _shown(value: Any) -> str:
    """Show a value about as the file writes it, and not all of a long one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    text = f'"{escape_unprintable(value[:60])}"' if isinstance(value, str) else _represented(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _represented(value: Any) -> str:
    try:
        return repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or an integer of too many digits
        return f"a {type(value).__name__} that is too large to show"
