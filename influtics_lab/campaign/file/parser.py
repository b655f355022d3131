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
from influtics_lab.campaign.file.link_sheet import read_links
from influtics_lab.campaign.file.model import Campaign, LinkSheet, Period, Videos
from influtics_lab.campaign.file.table_reader import TableReader, has_error, read_toml_text
from influtics_lab.campaign.file.toml_mistakes import parse_toml
from influtics_lab.errors import ConfigError

_NEUTRAL: Final[dict[str, Any]] = {  # stands in for required keys that cannot be read
    "name": "campaign",
    "period": Period(start=dt.date(1970, 1, 1), end=dt.date(2200, 1, 1)),
    "videos": Videos(ids=("id",)),
}


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
    for path, error in _find_contradictions(reader.tables.get((), {}), Path(folder)):
        reader.add_error(path, error)
    sheet = _read_link_sheet(reader, Path(folder))
    if reader.errors or campaign is None:
        raise reader.build_error(name)
    return dataclasses.replace(campaign, videos=dataclasses.replace(campaign.videos, link_sheet=sheet))


def _find_contradictions(keys: Mapping[str, Any], folder: Path) -> Iterator[tuple[toml_lines.Path, str]]:
    """Yield the contradictions between the keys that could be read."""
    unread = {name for name, value in keys.items() if has_error(value)} | (_NEUTRAL.keys() - keys.keys())
    if "creators" in unread:
        unread |= {"spend", "deals", "estimators", "compare"}  # they may name a creator that cannot be read
    readable = {name: value for name, value in keys.items() if name not in unread}
    for path, error in find_contradictions(Campaign(**_NEUTRAL | readable), folder):
        if path[0] not in unread:
            yield path, error


def _read_link_sheet(reader: TableReader, folder: Path) -> LinkSheet | None:
    file = reader.tables.get(("videos",), {}).get("links_csv")
    try:
        return None if file is None else read_links(folder / file)
    except ConfigError as error:
        reader.add_error(("videos", "links_csv"), f"cannot be used: {error}")
        return None
