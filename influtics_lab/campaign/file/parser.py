"""Read a campaign file: from its text to the campaign. All errors are reported at once, each with its line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from influtics_lab.campaign.file import toml_lines
from influtics_lab.campaign.file.contradictions import find_contradictions
from influtics_lab.campaign.file.link_sheet import read_links
from influtics_lab.campaign.file.model import Campaign, Period, Videos
from influtics_lab.campaign.file.outcome_sheet import read_outcome_sheet
from influtics_lab.campaign.file.plan_sheet import read_plan_sheet
from influtics_lab.campaign.file.sheet_campaign import add_sheet
from influtics_lab.campaign.file.table_reader import TableReader, has_error, read_toml_text
from influtics_lab.campaign.file.toml_mistakes import parse_toml
from influtics_lab.errors import ConfigError

_NEUTRAL: Final[dict[str, Any]] = {  # stands in for required keys that cannot be read
    "name": "campaign",
    "period": Period(start=dt.date(1970, 1, 1), end=dt.date(2200, 1, 1)),
    "videos": Videos(ids=("id",)),
}


class _NamedFile(NamedTuple):
    """A table with a key that names a file, the field for its content, and what reads it."""

    table: str
    key: str
    field: str
    read: Callable[[Path, Any], object]


_FILES: Final = (
    _NamedFile("videos", "links_csv", "link_sheet", lambda path, _: read_links(path)),
    _NamedFile("sheet", "path", "content", read_plan_sheet),
    _NamedFile("outcomes", "path", "content", read_outcome_sheet),
)


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
    name, text = read_toml_text(path)
    return parse_campaign(text, name=name, folder=Path(path).parent)


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
    reader = TableReader("a campaign file", text, unreadable)
    is_empty = unreadable and not given
    campaign: Campaign | None = None if is_empty else reader.read_table(Campaign, given, ())
    if not given.keys() & {"videos", "sheet"}:
        reader.add_error(("videos",), "is missing; allowed is a table [videos]. A table [sheet] can name videos, too.")
    keys: dict[str, Any] = dict(reader.tables.get((), {}))
    for entry in _FILES:
        if keys.get(entry.table) is not None:
            keys[entry.table] = _read_file(reader, keys[entry.table], entry, Path(folder))
    try:
        for path, error in _find_contradictions(keys, Path(folder)):
            reader.add_error(path, error)
    except ConfigError as error:
        reader.add_error(("sheet", "path"), f"cannot be used: {error}")
    if reader.errors or campaign is None:
        raise reader.build_error(name)
    return add_sheet(
        dataclasses.replace(campaign, **{entry.table: keys[entry.table] for entry in _FILES if entry.table in keys})
    )


def _find_contradictions(keys: Mapping[str, Any], folder: Path) -> Iterator[tuple[toml_lines.Path, str]]:
    """Yield the contradictions between the keys that could be read."""
    unread = {name for name, value in keys.items() if has_error(value)} | (_NEUTRAL.keys() - keys.keys())
    if "creators" in unread:
        unread |= {"spend", "deals", "estimators", "compare"}  # they may name a creator that cannot be read
    if "sheet" in unread or ("sheet" in keys and keys["sheet"].content is None):
        unread |= {"videos", "creators", "spend", "deals", "compare"}  # which may need what the sheet names
    readable = {name: value for name, value in keys.items() if name not in unread}
    for path, error in find_contradictions(add_sheet(Campaign(**_NEUTRAL | readable)), folder):
        if path[0] not in unread:
            yield path, error


def _read_file(reader: TableReader, table: Any, entry: _NamedFile, folder: Path) -> Any:
    """Return a table with the content of the file that one of its keys names; without it where it cannot be used."""
    file = getattr(table, entry.key)
    if file is None:
        return table
    try:
        return dataclasses.replace(table, **{entry.field: entry.read(folder / file, table)})
    except ConfigError as error:
        reader.add_error((entry.table, entry.key), f"cannot be used: {error}")
        return table
