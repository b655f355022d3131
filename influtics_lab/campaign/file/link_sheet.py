"""A CSV file of links to videos: each row that is not empty is used, or accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.sheet_types import Link, LinkSheet, format_lines
from influtics_lab.csv_sheets import SheetRow, read_sheet
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.platforms import find_links, is_link
from influtics_lab.text_format import limit_list, plural

_LONGEST_CELL: Final = 20_000
_MOST_SHOWN: Final = 10


def read_links(path: Path) -> LinkSheet:
    """Read the links of a CSV file, see `csv_sheets.read_sheet`.

    Returns
    -------
    LinkSheet
        One link for each address, with the line of its row. A cell without any address is also a link, with a reason.

    Raises
    ------
    ConfigError
        If the file cannot be read, or its meaning is not certain: with the line and the column.
    """
    sheet = read_sheet(path, is_link)
    links = tuple(link for row in sheet.rows for link in _find_row_links(row, sheet.links, path))
    used = {link.row for link in links}
    others = (
        f"column {index + 1} ({sheet.header[index]}) also holds {plural(count, 'link')}, the first in line {line}"
        for index, count, line in sheet.unread
    )
    return LinkSheet(
        rows=len(sheet.rows),
        links=links,
        without_link=tuple(row.line for row in sheet.rows if row.line not in used),
        above_header=sheet.title_lines,
        other_columns=tuple(others),
    )


def _find_row_links(row: SheetRow, columns: tuple[int, ...], path: Path) -> Iterator[Link]:
    """Yield the links of a row, each once."""
    for column in columns:
        if (length := len(row.cells[column])) > _LONGEST_CELL:
            where = f"{escape_unprintable(path)}: line {row.line}, column {column + 1}"
            raise ConfigError(f"{where}: a cell of {length:,} characters where links must be. Correct this row.")
    cells = filter(None, (row.cells[column] for column in columns))
    links = [link for cell in cells for link in find_links(cell)]
    yield from dict.fromkeys(Link(row.line, link.text, link.canonical_id, link.reason) for link in links)


def describe_links(sheet: LinkSheet) -> str:
    """Return how many rows a sheet has, and how many of them were used.

    Examples
    --------
    >>> link = Link(2, "https://youtu.be/dQw4w9WgXcQ", "YouTube:dQw4w9WgXcQ", None)
    >>> describe_links(LinkSheet(rows=3, links=(link, Link(3, "?", None, "This is no address.")), without_link=(5,)))
    '3 rows, 1 link, 1 not recognised (line 3), 1 without a link (line 5)'
    """
    known = [link.video for link in sheet.links if link.video is not None]
    videos = f" to {plural(len(set(known)), 'video')}" if len(set(known)) < len(known) else ""
    unused = {
        "not recognised": [link.row for link in sheet.links if link.video is None],
        "without a link": sheet.without_link,
        "above the header": sheet.above_header,
    }
    parts = (f"{len(lines):,} {problem} ({format_lines(lines)})" for problem, lines in unused.items() if lines)
    return ", ".join([plural(sheet.rows, "row"), f"{plural(len(known), 'link')}{videos}", *parts])


def describe_unknown_links(sheet: LinkSheet) -> str:
    """Return why addresses of a sheet were not recognised, and what to do; an empty text where all were."""
    lines: dict[str, list[int]] = {}
    for link in sheet.links:
        if link.reason is not None:
            lines.setdefault(link.reason, []).append(link.row)
    texts = [f"{format_lines(rows)}: {escape_unprintable(reason)}" for reason, rows in lines.items()]
    return " ".join(limit_list(texts, _MOST_SHOWN, "And {} more reasons."))
