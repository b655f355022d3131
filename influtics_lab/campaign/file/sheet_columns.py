"""Which column of a client's sheet holds what: names are matched generously, and every guess is reported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.currencies import CODES, SYMBOLS
from influtics_lab.campaign.file.sheet_cells import LAST_HEADER, read_cell_rows
from influtics_lab.csv_sheets import CsvError, SheetRow, fit_row
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.platforms import find_links
from influtics_lab.text_format import limit_list, shorten

ColumnNames = Mapping[str, tuple[str, ...]]
"""For each key the names of its column: lower case, without accents and marks."""

_MOST_SHOWN: Final = 12


def split_names(names: str) -> tuple[str, ...]:
    """Return the names in a list with commas."""
    return tuple(names.split(", "))


_MANY: Final = "link"  # the key that may have several columns, such as one for each platform
_EVERY_ONE: Final = frozenset((_MANY, "fee", "revenue"))  # of money, no column is left out silently
_TEXTS: Final = frozenset(("deliverable", "tier", "platform", "notes", "code"))
_VAGUE: Final = frozenset(split_names("date, datum, name, rate, type, typ"))
_OTHER_LINKS: Final = frozenset(
    split_names(
        "profile, profil, channel, kanal, brief, briefing, contract, vertrag, invoice, rechnung, tracking, landing, "
        "drive, folder, thumbnail, website, shop"
    )
)
_CURRENCY: Final = re.compile(r"(?<![A-Za-z])(?:[A-Z]{3}(?![A-Za-z])|[€£$])")
_UNITS: Final = frozenset(("in", "net", "netto", "excl", "vat", "ohne", "mwst", "zzgl"))


SHARED_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "link": split_names(
        "link, links, url, urls, video link, video url, post link, post url, content link, live link, posting "
        "link, permalink, beitragslink, videolink"
    ),
    "creator": split_names(
        "creator, creators, creator name, influencer, influencer name, name, handle, account, talent, username, "
        "kol, partner, channel name, kanalname"
    ),
    "currency": split_names("currency, curr, ccy, wahrung"),
}


@dataclass(frozen=True)
class SheetTable:
    """A sheet whose columns are known.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    header : tuple of str
    rows : tuple of SheetRow
        Below the header, each with as many cells.
    above_header : tuple of int
    columns : dict of str to tuple of int
        The indices of the columns of each key.
    currencies : dict of int to str
        The currencies that names of columns carry, such as ``Fee (EUR)``.
    guesses : tuple of str
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    above_header: tuple[int, ...]
    columns: Mapping[str, tuple[int, ...]]
    currencies: Mapping[int, str]
    guesses: tuple[str, ...]

    def find_column(self, key: str) -> int | None:
        """Return the index of the column of a key; None where there is none."""
        return next(iter(self.columns.get(key, ())), None)

    def describe_place(self, row: SheetRow, index: int) -> str:
        """Return where a cell is, for messages."""
        return f"line {row.line}, column {describe_column(index, self.header)}"

    @property
    def read_columns(self) -> tuple[tuple[str, str], ...]:
        """Return which keys were read from which columns."""
        return tuple((key, self.header[index]) for key, indices in self.columns.items() for index in indices)

    @property
    def unread_columns(self) -> tuple[str, ...]:
        """Return the named columns that are not read."""
        used = {index for indices in self.columns.values() for index in indices}
        return tuple(name for index, name in enumerate(self.header) if name and index not in used)


def read_sheet_table(path: Path, names: ColumnNames, given: Mapping[str, str], worksheet: str | None) -> SheetTable:
    """Read a sheet, and find its header and its columns.

    Parameters
    ----------
    path : pathlib.Path
        CSV or XLSX.
    names : mapping of str to tuple of str
        The names of the columns of each key.
    given : mapping of str to str
        The names of columns that the campaign file gives.
    worksheet : str, optional

    Raises
    ------
    ConfigError
        If no row names a column of links or of creators, a column that is given does not exist, or two columns may
        be the same key.
    """
    name = escape_unprintable(path)
    wanted = {normalise_name(column) for column in given.values()}
    known = {column for columns in names.values() for column in columns} | wanted

    def count_known(cells: Iterable[str]) -> int:
        return sum(normalise_name(cell) in known for cell in cells)

    rows, notes = read_cell_rows(path, worksheet, count_known)
    counts = [count_known(row.cells) for row in rows[:LAST_HEADER]]
    place = counts.index(max(counts))
    header = rows[place]
    try:
        body = tuple(fit_row(row, header) for row in rows[place + 1 :])
        columns, guesses = _match_columns(header, body, names, given)
    except CsvError as error:
        raise ConfigError(f"{name}: {error}") from None
    if not columns.get("link") and not columns.get("creator"):
        raise ConfigError(f"{name}: line {header.line}: {_describe_unknown(header)}")
    currencies = {n: code for n, cell in enumerate(header.cells) if (code := find_currency(cell)) is not None}
    titles = tuple(row.line for row in rows[:place])
    return SheetTable(name, header.cells, body, titles, columns, currencies, (*notes, *guesses))


def _describe_unknown(header: SheetRow) -> str:
    cells = limit_list([cell for cell in header.cells if cell], _MOST_SHOWN, "{} more")
    return (
        f"no column is recognised as link or creator; this row has {escape_unprintable(shorten(', '.join(cells), 300))}"
        '. Rename it, or set columns = {link = "its name"} under [sheet] in the campaign file.'
    )


def _match_columns(
    header: SheetRow, rows: Sequence[SheetRow], names: ColumnNames, given: Mapping[str, str]
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Return the columns of each key: those that are given, those with its exact name, else those with a likely one."""
    cells = [normalise_name(cell) for cell in header.cells]
    columns: dict[str, tuple[int, ...]] = {}
    guesses: list[str] = []
    for key, name in given.items():
        matching = [n for n, cell in enumerate(header.cells) if cell.casefold() == name.casefold()]
        if len(matching) != 1:
            problem = f"{len(matching)} columns are named" if matching else "no column is named"
            raise CsvError(header.line, 1, f"{problem} {name!r}, which the campaign file gives for {key}.")
        columns[key] = (matching[0],)
    for key in (key for key in names if key not in given):
        exact = [n for n, cell in enumerate(cells) if cell in names[key] and not _is_taken(n, columns)]
        first = min((names[key].index(cells[n]) for n in exact), default=0)
        best = [n for n in exact if key in _EVERY_ONE or names[key].index(cells[n]) == first]
        if exact:
            columns[key] = _choose_columns(key, best, header)
        if len(best) < len(exact) or {cells[n] for n in best} & _VAGUE:
            guesses.append(f"column {describe_column(best[0], header.cells)} is read as {key}")
    for key in [key for key in names if key not in columns]:
        likely = [n for n, cell in enumerate(cells) if not _is_taken(n, columns) and _is_likely(key, cell, names)]
        if key == _MANY:
            likely = [n for n in likely or _list_free(cells, columns) if _holds_videos(n, rows)]
        if len(likely) > 1 and key in _TEXTS:
            guesses.append(f"columns {_list_columns(likely, header)} may all be {key}: none is read")
        elif likely:
            columns[key] = _choose_columns(key, likely, header)
            guesses += [f"column {describe_column(n, header.cells)} is read as {key}" for n in columns[key]]
    return {key: columns[key] for key in names if key in columns}, guesses


def _is_taken(index: int, columns: Mapping[str, tuple[int, ...]]) -> bool:
    return any(index in indices for indices in columns.values())


def _list_free(cells: Sequence[str], columns: Mapping[str, tuple[int, ...]]) -> list[int]:
    return [n for n, cell in enumerate(cells) if not _is_taken(n, columns) and not _OTHER_LINKS & set(cell.split())]


def _choose_columns(key: str, columns: Sequence[int], header: SheetRow) -> tuple[int, ...]:
    if len(columns) > 1 and key != _MANY:
        text = f"columns {_list_columns(columns, header)} may both be {key}. Name one in the campaign file:"
        name = escape_unprintable(header.cells[columns[0]])
        raise CsvError(header.line, columns[1] + 1, f'{text} columns = {{{key} = "{name}"}}.')
    return tuple(columns)


def _list_columns(columns: Sequence[int], header: SheetRow) -> str:
    return " and ".join(describe_column(n, header.cells) for n in columns)


def _is_likely(key: str, cell: str, names: ColumnNames) -> bool:
    """Return whether the longest known name in a cell is one of this key."""
    words = cell.split()
    if key == _MANY and _OTHER_LINKS & set(words):
        return False
    inside = [(len(text), other) for other, texts in names.items() for text in texts if f" {text} " in f" {cell} "]
    return bool(inside) and max(inside)[1] == key


def _holds_videos(index: int, rows: Sequence[SheetRow]) -> bool:
    cells = (row.cells[index] for row in rows if row.cells[index])
    return any(link.canonical_id is not None for cell in cells for link in find_links(cell))


def describe_column(index: int, header: Sequence[str]) -> str:
    """Return the number of a column, and its name in brackets."""
    name = escape_unprintable(header[index])[:40]
    return f"{index + 1} ({name})" if name else str(index + 1)


def normalise_name(text: str) -> str:
    """Return the name of a column as it is compared: lower case, without accents, marks, currencies and units.

    Examples
    --------
    >>> normalise_name("Fee (EUR, net)"), normalise_name("Währung"), normalise_name("cut-off_date")
    ('fee', 'wahrung', 'cut off date')
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    words = re.findall(r"[^\W_]+", plain.replace("ß", "ss"))
    plain_words = [word.casefold() for word in words if word not in CODES and word.casefold() not in _UNITS]
    return " ".join(plain_words or [word.casefold() for word in words])


def find_currency(text: str) -> str | None:
    """Return the currency that a text names by its code or its symbol; None where it names none, or several.

    Examples
    --------
    >>> find_currency("Fee (EUR)"), find_currency("1.500 €"), find_currency("Fee"), find_currency("$ or €")
    ('EUR', 'EUR', None, None)
    """
    codes = {SYMBOLS.get(word, word) for word in _CURRENCY.findall(text)} & CODES
    return codes.pop() if len(codes) == 1 else None
