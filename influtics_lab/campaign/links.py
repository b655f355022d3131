"""A CSV file of links to videos."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from influtics_lab.campaign.model import Link
from influtics_lab.errors import ConfigError

_COLUMNS: Final = ("link", "url")


def read_links(path: Path) -> tuple[Link, ...]:
    """Read the links of a CSV file with a column ``link`` or ``url``; empty ones are passed over.

    Raises
    ------
    ConfigError
        If it cannot be read, is no UTF-8, or has no such column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"videos.links_csv: {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"videos.links_csv: {path} is no UTF-8 text. Save it as CSV in UTF-8.") from None
    rows = csv.DictReader(text.splitlines(), delimiter=_delimiter(text))
    names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    column = next((names[name] for name in _COLUMNS if name in names), None)
    if column is None:
        found = ", ".join(filter(None, names)) or "nothing"
        raise ConfigError(f"videos.links_csv: {path} begins with {found[:80]}; its first line must name a column link.")
    found_links = ((rows.line_num, (row[column] or "").strip()) for row in rows)
    return tuple(Link(number, link) for number, link in found_links if link)


def _delimiter(text: str) -> str:
    first = text.splitlines()[0] if text.strip() else ""
    return max(",;\t", key=first.count)
