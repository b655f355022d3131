r"""Sheets exported as CSV, read strictly: every row that is not empty is returned, or an error names its line.

Only CR and LF end a row. The delimiter is a comma, a semicolon or a tab: the one with which there is a header and every
row has as many cells as the header. A quoted cell must be closed, and nothing may follow its closing mark.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import read_user_file
from influtics_lab.text_files import LINE_END, decode_text

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_QUOTED: Final = re.compile(r'"((?:[^"]++|"")*+)"[ ]*')
_PLAIN: Final = {delimiter: re.compile(rf"[^{delimiter}\r\n]*") for delimiter in DELIMITERS}
_EXCEL_HINT: Final = re.compile(r'"?sep=([,;\t])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_LINK_WORD: Final = re.compile(r"(?:^|[^a-z])(?:link|url)s?(?:[^a-z]|$)", re.IGNORECASE)
_BLANKS: Final = " \r\n\xa0\u200b\ufeff"  # around a cell; a tab may be a delimiter
_MOST_SHOWN: Final = 5
_MOST_TITLES: Final = 20


@dataclass(frozen=True)
class SheetRow:
    """One row: the line of the file at which it begins, from 1, and its cells without outer blanks."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether all cells are empty."""
        return not any(self.cells)


@dataclass(frozen=True)
class Sheet:
    """A sheet.

    Attributes
    ----------
    header : tuple of str
        The names of its columns; empty texts where the file has no header.
    links : tuple of int
        The indices of the columns that hold its links.
    rows : tuple of SheetRow
        Every row below the header that is not empty; each has as many cells as the header.
    title_lines : tuple of int
        Lines above the header that are not empty.
    unread : tuple of tuple
        Other columns that hold links: index, number of links, line of the first link.
    """

    header: tuple[str, ...]
    links: tuple[int, ...]
    rows: tuple[SheetRow, ...]
    title_lines: tuple[int, ...]
    unread: tuple[tuple[int, int, int], ...]

    def find_column(self, *names: str) -> int | None:
        """Return the index of the column with one of these names; None where there is none.

        Raises
        ------
        ConfigError
            If several columns have such a name.
        """
        columns = [index for index, name in enumerate(self.header) if name.casefold() in names]
        if len(columns) > 1:
            text = " and ".join(_describe_column(index, self.header) for index in columns)
            raise ConfigError(f"{text} are both named {' or '.join(names)}. Rename one of them.")
        return next(iter(columns), None)


class CsvError(Exception):
    """The text is not CSV with this delimiter."""

    def __init__(self, line: int, column: int, text: str) -> None:
        super().__init__(f"line {line}, column {column}: {text}")


def read_sheet(path: str | os.PathLike[str], is_link: Callable[[str], bool]) -> Sheet:
    """Read a CSV file with a column of links.

    Parameters
    ----------
    path : path
        A regular file in UTF-8, UTF-16 or cp1252.
    is_link : callable
        Whether a whole cell is a link. It finds the column of links where the header names none, and links elsewhere.

    Returns
    -------
    Sheet
        Its links are all columns named ``link`` or ``url``, in any case. Where there is no such column: the one column
        with these words in its name that holds links; without a header, the one column that holds links.

    Raises
    ------
    ConfigError
        If the file cannot be read or decoded with certainty, a quotation mark is not closed, a row has more or fewer
        cells than the header, or the column of the links is not certain: with the line and the column.
    """
    name = escape_unprintable(os.fspath(path))
    return parse_sheet(decode_text(read_user_file(path), name), is_link, name)


def parse_sheet(text: str, is_link: Callable[[str], bool], name: str = "sheet") -> Sheet:
    r"""Read the text of a CSV file with a column of links, see `read_sheet`.

    Examples
    --------
    >>> sheet = parse_sheet("June\nCreator;Link\nAnn;https://youtu.be/dQw4w9WgXcQ\n", lambda cell: "://" in cell)
    >>> sheet.header, sheet.links, sheet.rows[0].line
    (('Creator', 'Link'), (1,), 3)
    """
    delimiters, text, first_line = split_hint(text)
    sheets, failures = [], []
    for delimiter in delimiters:
        try:
            sheets.append(_read_delimited(text, delimiter, is_link, first_line))
        except CsvError as error:
            failures.append((delimiter, str(error)))
    if not sheets:
        delimiter, failure = max(failures, key=lambda failure: _rate_delimiter(text, failure[0]))
        read_as = "" if len(delimiters) == 1 else f" (Read with a {DELIMITERS[delimiter]} between cells.)"
        raise ConfigError(f"{name}: {failure}{read_as}")
    named = [sheet for sheet in sheets if any(map(_is_link_name, sheet.header))] or sheets
    best = max(named, key=lambda sheet: len(sheet.header))
    if any(_list_links(sheet) != _list_links(best) for sheet in named):
        raise ConfigError(f"{name}: line 1: the delimiter between the cells is not certain. Use one delimiter only.")
    return best


def split_hint(text: str) -> tuple[list[str], str, int]:
    """Return the possible delimiters, the text behind Excel's line that names one, and the number of its first line."""
    hint = _EXCEL_HINT.match(text)
    return ([hint[1]], text[hint.end() :], 2) if hint else (list(DELIMITERS), text, 1)


def _rate_delimiter(text: str, delimiter: str) -> tuple[bool, int]:
    lines = LINE_END.split(text[:10_000])[:_MOST_TITLES]
    cells = [cell.strip(' "') for line in lines for cell in line.split(delimiter)]
    return any(map(_is_link_name, cells)), text.count(delimiter)


def _list_links(sheet: Sheet) -> list[tuple[int, str]]:
    return [(row.line, row.cells[index]) for row in sheet.rows for index in sheet.links if row.cells[index]]


def _read_delimited(text: str, delimiter: str, is_link: Callable[[str], bool], first_line: int) -> Sheet:
    filled = [row for row in split_rows(text, delimiter, first_line) if not row.is_empty]
    place = _find_header(filled, is_link)
    header = SheetRow(0, ("",) * len(filled[0].cells)) if place is None else filled[place]
    body = [fit_row(row, header) for row in filled[0 if place is None else place + 1 :]]
    columns = range(len(header.cells))
    link_lines = {n: [row.line for row in body if _is_single_link(row.cells[n], is_link)] for n in columns}
    links = _find_link_columns(header.cells, link_lines, header.line or filled[0].line)
    for row in body:
        _refuse_swallowed_rows(row, delimiter, links, is_link)
    unread = tuple((n, len(lines), lines[0]) for n, lines in link_lines.items() if lines and n not in links)
    titles = tuple(row.line for row in filled[: place or 0])
    return Sheet(header.cells, links, tuple(body), titles, unread)


def split_rows(text: str, delimiter: str, line: int) -> Iterator[SheetRow]:
    """Yield the rows of a text by RFC 4180; blanks around a cell are removed."""
    position, first_line, cells = 0, line, list[str]()
    while position < len(text) or cells:
        if text.startswith('"', position):
            value, position = _read_quoted_cell(text, position, delimiter, (line, len(cells) + 1))
            line += len(LINE_END.findall(value))
        else:
            match = _PLAIN[delimiter].match(text, position)
            value, position = (match[0], match.end()) if match else ("", position)
        cells.append(value.strip(_BLANKS))
        if text.startswith(delimiter, position):
            position += 1
            continue
        yield SheetRow(first_line, tuple(cells))
        position += 2 if text.startswith("\r\n", position) else 1
        line += 1
        first_line, cells = line, []


def _read_quoted_cell(text: str, position: int, delimiter: str, place: tuple[int, int]) -> tuple[str, int]:
    """Return the value of the quoted cell at a position, and the position behind it."""
    match = _QUOTED.match(text, position)
    if match is None:
        raise CsvError(*place, 'a quotation mark opens this cell and is never closed. Close it, or write "".')
    if match.end() < len(text) and text[match.end()] not in f"{delimiter}\r\n":
        line = place[0] + len(LINE_END.findall(match[1]))
        text = f"the quotation mark that opens this cell is closed in line {line} with text behind it."
        raise CsvError(*place, f'{text} Write "" for a mark inside a quoted cell.')
    return match[1].replace('""', '"'), match.end()


def _find_header(rows: Sequence[SheetRow], is_link: Callable[[str], bool]) -> int | None:
    """Return the index of the row that names a column of links; None where links begin before such a row."""
    named = None
    for index, row in enumerate(rows):
        if any(_is_link_name(cell) for cell in row.cells):
            return index
        if any(_is_single_link(cell, is_link) for cell in row.cells):
            return named
        if named is None and any(map(_has_link_word, row.cells)):
            named = index
    if named is None:
        line, cells = (rows[0].line, rows[0].cells) if rows else (1, ("nothing",))
        text = f"it begins with {escape_unprintable(', '.join(filter(None, cells)))[:80]}"
        raise CsvError(line, 1, f"{text}; a row must name a column link or url.")
    return named


def _is_link_name(cell: str) -> bool:
    return cell.casefold() in {"link", "url"}


def _has_link_word(cell: str) -> bool:
    return _LINK_WORD.search(cell) is not None and not _holds_delimiter(cell)


def _is_single_link(cell: str, is_link: Callable[[str], bool]) -> bool:
    return is_link(cell) and not _holds_delimiter(cell)


def _holds_delimiter(cell: str) -> bool:
    return any(delimiter in cell.replace("&amp;", "&") for delimiter in DELIMITERS)


def fit_row(row: SheetRow, header: SheetRow) -> SheetRow:
    """Return the row with as many cells as the header; cells of unnamed columns at its end may be missing."""
    width, count = len(header.cells), len(row.cells)
    needed = max((n for n, name in enumerate(header.cells, 1) if name), default=width)
    if count < needed or any(row.cells[width:]):
        model = f"the header in line {header.line}" if header.line else "the first row"
        text = f"the row has {count} cells, {model} has {width}. Quote cells that hold the delimiter or a line break."
        raise CsvError(row.line, min(count, width) + 1, text)
    return SheetRow(row.line, (*row.cells, *[""] * (width - count))[:width])


def _find_link_columns(names: tuple[str, ...], link_lines: dict[int, list[int]], first_line: int) -> tuple[int, ...]:
    """Return the columns of links; raise an error where they are not certain."""
    if exact := tuple(n for n, name in enumerate(names) if _is_link_name(name)):
        return exact
    worded = [n for n, name in enumerate(names) if _has_link_word(name)]
    candidates = [n for n in worded or link_lines if link_lines[n]]
    if len(candidates) == 1:
        return (candidates[0],)
    several = " and ".join(_describe_column(n, names) for n in candidates[:_MOST_SHOWN])
    problem = f"{several} all hold links" if candidates else "no column holds links"
    raise CsvError(first_line, (candidates or [0])[0] + 1, f"{problem}. Name each column to read: link.")


def _describe_column(index: int, names: Sequence[str]) -> str:
    name = escape_unprintable(names[index])[:40]
    return f"column {index + 1}" + (f" ({name})" if name else "")


def _refuse_swallowed_rows(
    row: SheetRow, delimiter: str, links: tuple[int, ...], is_link: Callable[[str], bool]
) -> None:
    """Raise an error where a quoted cell holds whole rows: its mark was opened by accident and closed by another mark.

    The rest of a row behind the opening mark, whole rows, and the beginning of a row before the closing mark have as
    many cells as they must have, with a link in a column of links. Where the cell holds a mark, any link that is a
    cell of its own is enough.
    """
    width = len(row.cells)
    for index, cell in enumerate(row.cells):
        lines = [line.split(delimiter) for line in LINE_END.split(cell)]
        if len(lines) < 2 or index in links:
            continue
        parts = [(lines[0], index, width - index), (lines[-1], 0, index + 1)]
        parts += [(line, 0, width) for line in lines[1:-1]]
        swallowed = [
            part[n - first]
            for part, first, count in parts
            for n in links
            if len(part) == count > 1 and 0 <= n - first < len(part)
        ]
        if '"' in cell:  # with a mark inside, the swallowed rows may have broken cells of their own
            swallowed += [piece for line in lines if len(line) > 1 for piece in line]
        if any(is_link(piece.strip(' "')) for piece in swallowed):
            text = "this cell holds whole rows with links. Close the mark that opens it."
            raise CsvError(row.line, index + 1, text)
