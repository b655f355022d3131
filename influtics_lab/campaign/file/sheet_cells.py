"""The cells of a client's sheet as texts, from CSV or XLSX, with the line of each row."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.file.currencies import CODES, SYMBOLS
from influtics_lab.csv_sheets import CsvError, SheetRow, split_hint, split_rows
from influtics_lab.errors import ConfigError, import_extra
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import read_user_file
from influtics_lab.text_files import LINE_END, decode_text

LAST_HEADER: Final = 20
"""The header is one of the first rows."""
_MOST_HEADER: Final = 100_000  # characters
_ZIP: Final = b"PK\x03\x04"
_MOST_UNPACKED: Final = 256 << 20
_MOST_CELLS: Final = 2_000_000
_HYPERLINK: Final = re.compile(r'=\s*HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)
_FORMAT_CURRENCY: Final = re.compile(r"\[\$([^\]-]+)[^\]]*\]|\[\$-[^\]]*\]|([€£$])")  # [$-407] is a language


def read_cell_rows(
    path: Path, worksheet: str | None, count_known: Callable[[Iterable[str]], int]
) -> tuple[list[SheetRow], list[str]]:
    """Return the rows of a sheet that are not empty.

    Parameters
    ----------
    path : pathlib.Path
        A CSV file, or an Excel file ending in ``.xlsx`` or ``.xlsm``.
    worksheet : str, optional
        The worksheet of an Excel file; else the first one that is visible.
    count_known : callable
        How many of some cells are names of columns: a CSV file has the delimiter with which this is the most.

    Returns
    -------
    list of SheetRow
    list of str
        What a reader must know: other worksheets, merged cells.

    Raises
    ------
    ConfigError
        If the file cannot be read as CSV or XLSX, is empty, or holds a formula without its value: with the line.
    """
    name = escape_unprintable(path)
    data = read_user_file(path)
    if data.startswith(_ZIP):
        return _read_workbook(data, name, worksheet)
    if worksheet is not None:
        raise ConfigError(f"{name} is no XLSX file, and worksheet is {worksheet!r}. Remove worksheet.")
    delimiters, text, first_line = split_hint(decode_text(data, name))
    lines = [line for line in LINE_END.split(text[:_MOST_HEADER]) if line.strip()][:LAST_HEADER]

    def rate(delimiter: str) -> tuple[int, int]:
        known = [count_known(cell.strip(' "') for cell in line.split(delimiter)) for line in lines]
        return max(known, default=0), text.count(delimiter)

    try:
        rows = [row for row in split_rows(text, max(delimiters, key=rate), first_line) if not row.is_empty]
    except CsvError as error:
        raise ConfigError(f"{name}: {error}") from None
    if not rows:
        raise ConfigError(f"{name}: the sheet is empty.")
    return rows, []


def _read_workbook(data: bytes, name: str, worksheet: str | None) -> tuple[list[SheetRow], list[str]]:
    values = _open_workbook(data, name, data_only=True)
    visible = [sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"]
    if worksheet is not None and worksheet not in values.sheetnames:
        raise ConfigError(f"{name} has no worksheet {worksheet!r}; it has {', '.join(map(repr, values.sheetnames))}.")
    if worksheet is None and not visible:
        raise ConfigError(f"{name} has no visible worksheet. Name one: worksheet = {values.sheetnames[0]!r}.")
    title = worksheet or visible[0]
    sheet = values[title]
    if sheet.max_row * sheet.max_column > _MOST_CELLS:
        raise ConfigError(f"{name}: worksheet {title!r} has more than {_MOST_CELLS:,} cells. Remove empty ones.")
    others = [other for other in visible if other != title]
    notes = [f"worksheet {title!r} is read, and not {', '.join(map(repr, others))}"] if others and not worksheet else []
    formulas = _open_workbook(data, name, data_only=False)[title]
    rows = []
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = (_format_cell(cell, formulas.cell(line, n), name) for n, cell in enumerate(cells, start=1))
        rows.append(SheetRow(line, tuple(texts)))
    notes += list(_fill_merged(rows, sorted(map(str, sheet.merged_cells.ranges)), sheet))
    filled = [row for row in rows if not row.is_empty]
    if not filled:
        raise ConfigError(f"{name}: worksheet {title!r} is empty.")
    return filled, notes


def _fill_merged(rows: list[SheetRow], areas: list[str], sheet: Any) -> Iterator[str]:
    """Repeat the texts of cells that are merged over rows, and yield a sentence for each merged area.

    A number stays in its first row: a fee that is written once is owed once.
    """
    for area in areas:
        first, last = (sheet[corner] for corner in area.split(":"))
        if first.column != last.column:
            continue
        if not isinstance(first.value, str):
            yield f"the value of the merged cells {area} counts once, in line {first.row}"
            continue
        for index in range(first.row, last.row):
            cells = list(rows[index].cells)
            cells[first.column - 1] = rows[first.row - 1].cells[first.column - 1]
            rows[index] = SheetRow(index + 1, tuple(cells))
        yield f"the text of the merged cells {area} is read in each of their rows"


def _open_workbook(data: bytes, name: str, *, data_only: bool) -> Any:
    text = f'{name} is an XLSX file, which needs openpyxl. Run pip install "influtics-lab[lab]", or save it as CSV.'
    reader = import_extra("openpyxl", text)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            unpacked = sum(part.file_size for part in package.infolist())
        book = reader.load_workbook(io.BytesIO(data), data_only=data_only) if unpacked <= _MOST_UNPACKED else None
    except Exception as error:  # noqa: BLE001  # openpyxl raises whatever a damaged part makes it trip over
        text = f"{name} cannot be read as XLSX ({type(error).__name__}). Save it again, or save it as CSV."
        raise ConfigError(text) from None
    if book is None:
        raise ConfigError(f"{name} unpacks to more than {_MOST_UNPACKED >> 20} MiB. Remove what is not needed.")
    return book


def _format_cell(cell: Any, formula: Any, name: str) -> str:
    """Return a cell as text; a link behind other text follows it in brackets."""
    source = formula.value
    if cell.value is None and isinstance(source, str) and source.startswith("="):
        linked = _HYPERLINK.match(source)
        if linked is None:
            text = "holds a formula without its value. Open the file in a spreadsheet program and save it"
            raise ConfigError(f"{name}: line {cell.row}, column {cell.column}: the cell {text}.")
        return linked[1]
    text = "".join(_list_cell_parts(cell.value, cell.number_format))
    hidden = _HYPERLINK.match(source) if isinstance(source, str) else None
    target = hidden[1] if hidden else getattr(getattr(cell, "hyperlink", None), "target", None)
    return text if not target or target in text else f"{text} ({target})".strip()


def _list_cell_parts(value: Any, number_format: str) -> Iterator[str]:
    if isinstance(value, dt.datetime):
        is_day = value.time() == dt.time()
        yield value.date().isoformat() if is_day else value.isoformat(sep=" ")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = f"{Decimal(repr(value)):f}"
        number = number.removesuffix(".0")
        whole, point, fraction = number.partition(".")
        # A number with three digits behind its point is no text that may have separators of thousands.
        yield f"{whole}{point}{fraction}{'0' if len(fraction) == 3 else ''}"
        for named, symbol in _FORMAT_CURRENCY.findall(number_format or "")[:1]:
            if (currency := (named or symbol).strip()) in SYMBOLS | dict.fromkeys(CODES):
                yield f" {currency}"
    elif value is not None:
        yield str(value).strip(" \r\n\t\xa0\u200b\ufeff")
