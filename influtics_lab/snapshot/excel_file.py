"""A frame as one Excel sheet that a client can read: typed, formatted, without formulas, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl
import polars.selectors as cs

from influtics_lab.errors import ConfigError, FrameError, import_extra
from influtics_lab.markup import require_polars
from influtics_lab.storage import replace_file, report_write_errors
from influtics_lab.time_zones import check_time_zone, convert_local_times

MOST_ROWS: Final = 1_048_575  # of a sheet, below the header
LONGEST_TEXT: Final = 32_767  # characters of a cell
LONGEST_HEADING: Final = 255  # characters of a table's heading
LARGEST_EXACT: Final = 2**53  # a spreadsheet's numbers are floats
WIDEST_COLUMN_PIXELS: Final = 380
_NOT_IN_XML: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_WITHOUT_CELLS: Final = (pl.Duration, pl.Binary, pl.Array, pl.Object)
_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def to_excel(frame: pl.DataFrame, path: str | os.PathLike[str], *, tz: str = "UTC") -> Path:
    """Write a frame as one sheet of an Excel file; an older file is replaced.

    Whole numbers get thousands separators, ``..._pct`` and other floats two decimals; the first row is frozen and can
    be filtered, and columns are as wide as their contents. Instants lose their zone, which Excel does not have: they
    are shown in `tz`, and the heading names it. Texts are never run as formulas. Nulls are empty cells.

    Parameters
    ----------
    frame : polars.DataFrame
        At most 1,048,575 rows. Lists become texts with commas, structs become JSON. Whole numbers beyond 2^53, which
        Excel would round, become texts.
    path : path
        A file that ends in ``.xlsx``, in an existing folder.
    tz : str, default "UTC"
        The time zone of instants, such as ``"Europe/Berlin"``.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    ConfigError
        If the name does not end in ``.xlsx``, or the time zone is unknown.
    FrameError
        If the frame has too many rows, or a text has more than 32,767 characters: the column and the row are named.
        If a column is of a type that no cell holds, its name is too long, or two names differ only in case.
    MissingExtraError
        If XlsxWriter is not installed.
    StorageError
        If the file cannot be written; a file that was there is unchanged.

    Examples
    --------
    >>> import tempfile
    >>> import influtics_lab as lab
    >>> week = lab.gained(lab.sample_snapshot().frame(), last="7d")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lab.to_excel(week, f"{folder}/week.xlsx", tz="Europe/Berlin").name
    'week.xlsx'
    """
    path = Path(path)
    require_polars(frame, "to_excel() writes")
    if path.suffix != ".xlsx":
        raise ConfigError(f"{path.name!r} does not end in .xlsx, as the name of an Excel file does.")
    if frame.height > MOST_ROWS:
        raise FrameError(
            f"The frame has {frame.height:,} rows, and a sheet holds {MOST_ROWS:,}: filter or resample it."
        )
    cells = fit_cells(frame, check_time_zone("to_excel: tz", tz).key)
    with report_write_errors(f"{path} cannot be written", "Choose another place."):
        replace_file(path, encode_workbook({"data": cells}))
    return path


def fit_cells(frame: pl.DataFrame, tz: str) -> pl.DataFrame:
    """Return the frame with only values that a cell can hold, and headings that a sheet can have."""
    headings = {name: name for name in frame.columns}
    for name, kind in frame.schema.items():
        inner = kind.inner if isinstance(kind, pl.List) else kind
        is_unknown_to_json = isinstance(kind, pl.Struct) and any(part == pl.Binary for part in _list_types(kind))
        if is_unknown_to_json or isinstance(inner, _WITHOUT_CELLS) or (inner is not kind and inner.is_nested()):
            raise FrameError(f"{name} is {kind}, which a cell cannot hold. Cast it to a number or a text.")
        if isinstance(kind, pl.List):
            frame = frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(", "))
        elif isinstance(kind, pl.Struct):
            frame = frame.with_columns(pl.col(name).struct.json_encode())
        elif isinstance(kind, pl.Datetime) and kind.time_zone:
            frame = frame.with_columns(convert_local_times(pl.col(name), tz))
            headings[name] = f"{name} ({tz})"
        elif kind.is_integer() and (frame[name].cast(pl.Int128).abs() > LARGEST_EXACT).any():
            frame = frame.with_columns(pl.col(name).cast(pl.String))
    frame = frame.with_columns(cs.string().str.replace_all(_NOT_IN_XML, "\N{REPLACEMENT CHARACTER}"))
    for name in frame.select(cs.string()).columns:
        rows = (frame[name].str.len_chars() > LONGEST_TEXT).arg_true()
        if rows.len():
            raise FrameError(
                f"{name} has a text of more than {LONGEST_TEXT:,} characters in row {rows[0]}: shorten it."
            )
    return frame.rename(_fit_headings(headings))


def _list_types(kind: object) -> Iterator[object]:
    """Yield a type and all types in it."""
    yield kind
    if isinstance(kind, pl.List | pl.Array):
        yield from _list_types(kind.inner)
    for part in kind.fields if isinstance(kind, pl.Struct) else ():
        yield from _list_types(part.dtype)


def _fit_headings(headings: Mapping[str, str]) -> dict[str, str]:
    """Return the heading of each column without control characters; they must differ in more than case."""
    fitted: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, heading in headings.items():
        fitted[name] = re.sub(_NOT_IN_XML, "\N{REPLACEMENT CHARACTER}", re.sub(r"[\t\r\n]", " ", heading))
        if len(fitted[name]) > LONGEST_HEADING:
            raise FrameError(
                f"The name of column {name[:40]}... has more than {LONGEST_HEADING} characters: rename it."
            )
        other = names.setdefault(fitted[name].casefold(), name)
        if other != name:
            text = f"{other!r} and {name!r} have the same heading in a sheet, where upper and lower case are one"
            raise FrameError(f"{text}: rename one of these columns.")
    return fitted


def encode_workbook(frames: Mapping[str, pl.DataFrame]) -> bytes:
    """Return an Excel file with a sheet for each frame, of cells as `fit_cells` returns them."""
    text = "Excel files need XlsxWriter. Install the extra: pip install 'influtics-lab[lab]'"
    xlsxwriter = import_extra("xlsxwriter", text)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"author": "influtics-lab", "created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001  # fixed
        for sheet, frame in frames.items():
            frame.write_excel(
                book,
                worksheet=sheet,
                table_style={"style": "Table Style Light 1", "banded_rows": False},
                header_format={"bold": True},
                column_formats={name: _number_format(kind) for name, kind in frame.schema.items()},
                column_widths={column.name: _column_width(column) for column in frame},
                freeze_panes="A2",
            )
    return buffer.getvalue()


def _number_format(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "#,##0"
    if kind.is_float() or kind.is_decimal():
        return "#,##0.00"
    if kind == pl.Date:
        return "yyyy-mm-dd"
    return "yyyy-mm-dd hh:mm:ss" if kind == pl.Datetime else "General"


def _column_width(values: pl.Series) -> int:
    """Return pixels: seven for each character of the longest value or of the heading, within bounds."""
    heading = len(values.name) + 3  # for the button of the filter
    lengths: list[int] = values.cast(pl.String).str.len_chars().drop_nulls().to_list()
    return min(WIDEST_COLUMN_PIXELS, 7 * max([heading, *lengths]) + 10)
