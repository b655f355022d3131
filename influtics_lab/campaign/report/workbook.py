"""The report's tables as a workbook for spreadsheet programs: typed numbers and dates, no formulas, the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.changes.change_tables import DEFINITIONS as CHANGES
from influtics_lab.campaign.changes.change_tables import change_tables
from influtics_lab.campaign.changes.change_types import CampaignChanges
from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.figure_definitions import Definition, definition_of
from influtics_lab.campaign.figures.figure_tables import tables
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.workbook_about_sheet import describe_workbook
from influtics_lab.campaign.report.workbook_question_sheets import LINK, QUESTIONS, question_frames
from influtics_lab.errors import import_extra
from influtics_lab.snapshot.excel_file import LARGEST_EXACT, LONGEST_TEXT

_SHEETS: Final = {
    "groups": "the campaign as a whole, its creators and its platforms: one row each",
    "videos": "one row for each video of the campaign",
    "targets": "each target, and its status",
    "spend": "spend in the campaign file",
    "findings": "what does not fit, is missing or doubtful",
    "reasons": "why a figure is not available: the words in the columns named reason",
}
_CHANGES: Final = "since the earlier snapshot: "
_FIRST: Final = {"videos": ("title", "creator", "platform")}  # what a person knows a row by comes first
_FROZEN: Final = {"groups": 2, "videos": 1, "changed groups": 2, "changed videos": 2}  # columns that stay visible
_DETAILS: Final = r".*_at_(start|end)(_\w+)?"  # counts from which gains are computed
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML can hold them
_FORMATS: Final = (
    (r".*_pct", "0.00"),
    (r"(spend|cpm|cpe|emv|amount|reported)(_at_most)?|fee|cost_per_post|revenue|cpa|multiple|roas", "#,##0.00"),
    (r"cpv(_at_most)?", "#,##0.0000"),
    (r".*_n_effective|days_left|hours_between", "#,##0.0"),
    (r"value|target|then|now|difference|alike_(then|now|difference)", "#,##0.####"),
)
_WIDTHS: Final = (9.0, 60.0)  # of columns, in characters
_LINE, _MOST_LINES = 15.0, 27  # points; a row has at most 409


class Exact(float):
    """A number that is written to its last digit; the writer would omit the 17th."""

    __slots__ = ()

    def __format__(self, spec: str, /) -> str:
        return repr(float(self)) if spec == ".16G" else super().__format__(spec)


def build_workbook(
    figures: KeyFigures, changes: CampaignChanges | None = None, results: CampaignResults | None = None
) -> bytes:
    """Return the tables of a report as the bytes of an XLSX file: the same bytes from the same figures.

    Parameters
    ----------
    figures : KeyFigures
    changes : CampaignChanges, optional
        What changed since an earlier snapshot.
    results : CampaignResults, optional
        With it, a readable sheet for each question of a client comes first.

    Returns
    -------
    bytes
        A sheet about the workbook, one for each of `question_frames` and `tables` (and of what changed), and one that
        defines every column. A cell is empty where nothing is available. Instants are in UTC.

    Raises
    ------
    MissingExtraError
        If XlsxWriter is not installed.
    """
    text = "The report's tables need XlsxWriter. Install the extra: pip install 'influtics-lab[lab]'"
    xlsxwriter = import_extra("xlsxwriter", text)
    sheets = _collect_sheets(figures, changes, results)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    taken = dt.datetime.fromisoformat(figures.snapshot.taken_at).astimezone(dt.UTC)
    book.set_properties(
        {"title": _fit_text(figures.campaign.name), "author": "influtics-lab", "created": taken.replace(tzinfo=None)}
    )
    styles = _Styles(book)
    contents = [(name, content, frame.height) for name, (content, frame) in sheets.items()]
    _write_pairs(book.add_worksheet("About"), describe_workbook(figures, contents), styles)
    for name, (_, frame) in sheets.items():
        _write_frame(book.add_worksheet(name.capitalize()), frame, styles, _FROZEN.get(name, 1))
    book.close()
    return buffer.getvalue()


def _collect_sheets(
    figures: KeyFigures, changes: CampaignChanges | None, results: CampaignResults | None
) -> dict[str, tuple[str, pl.DataFrame]]:
    """Return what each sheet holds in words, and its rows, by its name."""
    questions = {} if results is None else question_frames(figures, results)
    sheets = {name: (QUESTIONS[name], frame) for name, frame in questions.items()}
    sheets |= {name: (_SHEETS[name], _order_columns(name, frame)) for name, frame in tables(figures).items()}
    if changes is not None:
        for name, frame in change_tables(changes).items():
            sheets[f"changed {name}"] = (_CHANGES + _CHANGED[name], frame)
    definitions = [row for name, (_, frame) in sheets.items() for row in _define_columns(name, frame.columns)]
    frame = pl.DataFrame(definitions, schema=dict.fromkeys(_DEFINED, pl.String()))
    return sheets | {"definitions": ("what every column means: formula, unit, when it is empty, source", frame)}


_CHANGED: Final = {
    "groups": "figures of the campaign, its creators and platforms",
    "videos": "figures of each video",
    "targets": "figures of each target",
    "fields": "changed details of videos",
    "readings": "readings whose value changed",
    "findings": "findings that are new, gone or changed",
}
_DEFINED: Final = ("sheet", "column", "name", "figure", "formula", "unit", "empty_when", "source")


def _order_columns(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    first = _FIRST.get(name, ())
    return frame.select(*first, pl.exclude(first)) if first else frame


def _define_columns(sheet: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    for column in columns:
        if (definition := _find_definition(sheet, column)) is not None:
            facts = (definition.figure, definition.formula, definition.unit, definition.null, definition.source)
            yield dict(zip(_DEFINED, (sheet.capitalize(), format_heading(column), column, *facts), strict=True))


def _find_definition(sheet: str, column: str) -> Definition | None:
    if sheet.startswith("changed "):
        matching = (definition for definition in CHANGES if definition.columns)
        return next((definition for definition in matching if re.fullmatch(definition.columns, column)), None)
    return definition_of(column)


def format_heading(column: str) -> str:
    """Return the words above a column.

    Examples
    --------
    >>> [format_heading(name) for name in ("engagement_rate_last_read_pooled_low_pct", "cpm_reason", "created_at")]
    ['engagement rate last read pooled low %', 'CPM reason', 'created at (UTC)']
    """
    words = re.sub(r"_pct$", " %", column).replace("_", " ").replace("  ", " ")
    words = re.sub(r"\b(cpm|cpv|cpe|emv|cpa|roas)\b", lambda match: match[0].upper(), words)
    return f"{words} (UTC)" if _is_instant(column) else words


def _is_instant(column: str) -> bool:
    return column in {"at", "as_of"} or column.endswith("_at")


class _Styles:
    """The formats of a workbook, each created once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[str, Any] = {}
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF1F4"}
        )
        self.link = book.add_format({"num_format": "@", "valign": "top", "font_color": "#0b57d0", "underline": 1})
        self.bold = book.add_format({"bold": True, "num_format": "@", "valign": "top"})
        # Format "@" keeps a cell a text when somebody edits it: else "=1+1" would become a formula.
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.wrapped = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})

    def number(self, pattern: str) -> Any:
        if pattern not in self._formats:
            self._formats[pattern] = self._book.add_format({"num_format": pattern, "valign": "top"})
        return self._formats[pattern]


def _write_pairs(sheet: Any, pairs: Sequence[tuple[str, str]], styles: _Styles) -> None:
    sheet.set_column(0, 0, 24, styles.bold)
    sheet.set_column(1, 1, 100, styles.wrapped)
    for row, (name, text) in enumerate(pairs):
        sheet.write_string(row, 0, _fit_text(name), styles.bold)
        sheet.write_string(row, 1, _fit_text(text), styles.wrapped)
    _set_up_page(sheet)


def _write_frame(sheet: Any, frame: pl.DataFrame, styles: _Styles, frozen: int) -> None:
    lines = [1] * frame.height
    for place, name in enumerate(frame.columns):
        values = frame[name].to_list()
        sheet.write_string(0, place, format_heading(name), styles.head)
        lengths = [_write_cell(sheet, (row, place), value, name, styles) for row, value in enumerate(values, 1)]
        sheet.set_column(place, place, _column_width(name, lengths), None, _column_view(frame, place))
        lines = [max(before, _count_lines(length)) for before, length in zip(lines, lengths, strict=True)]
    sheet.set_row(0, 46)
    for row, many in enumerate(lines, 1):
        sheet.set_row(row, many * _LINE)  # not every program computes the height of wrapped text
    sheet.freeze_panes(1, min(frozen, frame.width))
    if frame.height:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, frame.height, max(frame.width - 1, 0))
    _set_up_page(sheet)


def _count_lines(length: int) -> int:
    """Return the number of lines of a text in the widest column, where words that do not fit begin a new line."""
    return 1 if length <= _WIDTHS[1] else min(math.ceil(length / (_WIDTHS[1] - 8)), _MOST_LINES)


def _column_view(frame: pl.DataFrame, place: int) -> dict[str, Any]:
    """Return how a column is shown: details fold behind a plus sign, and reasons hide where there are none."""
    detail, before = (bool(re.fullmatch(_DETAILS, name)) for name in (frame.columns[place], frame.columns[place - 1]))
    reason = frame.columns[place].endswith("reason")
    empty = reason and bool(frame.height) and frame[:, place].null_count() == frame.height
    return {"level": int(detail), "hidden": detail or empty, "collapsed": place > 0 and before and not detail}


def _set_up_page(sheet: Any) -> None:
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _column_width(name: str, lengths: Sequence[int]) -> float:
    longest_word = max(map(len, format_heading(name).split()))
    low, high = _WIDTHS
    return min(high, max(low, longest_word + 3.0, max(lengths, default=0) + 1.0, len(format_heading(name)) / 3 + 2))


def _write_cell(sheet: Any, cell: tuple[int, int], value: Any, name: str, styles: _Styles) -> int:
    """Write a cell by its type; return the number of characters that it shows."""
    if value is None:
        return 0
    if isinstance(value, bool):
        sheet.write_boolean(*cell, value, styles.number("General"))
        return 5
    if isinstance(value, int | float) and not (isinstance(value, int) and abs(value) > LARGEST_EXACT):
        pattern = next((pattern for columns, pattern in _FORMATS if re.fullmatch(columns, name)), "#,##0")
        sheet.write_number(*cell, Exact(value) if isinstance(value, float) else value, styles.number(pattern))
        return len(f"{value:,.4f}") - (5 if pattern == "#,##0" else 2 if pattern.endswith("0.00") else 0)
    if (instant := _parse_instant(name, value)) is not None:
        with_time = isinstance(instant, dt.datetime)
        sheet.write_datetime(*cell, instant, styles.number("yyyy-mm-dd hh:mm:ss" if with_time else "yyyy-mm-dd"))
        return 19 if with_time else 10
    text = _fit_text(str(value))
    if name == LINK:
        sheet.write_url(*cell, text, styles.link)
        return len(text)
    sheet.write_string(*cell, text, styles.wrapped if len(text) > _WIDTHS[1] else styles.text)
    return len(text)


def _parse_instant(name: str, value: Any) -> dt.datetime | dt.date | None:
    """Return the date or instant in UTC of a text; None for other texts, and for years that no spreadsheet has."""
    if not isinstance(value, str) or not (_is_instant(name) or name == "date"):
        return None
    try:
        if len(value) == 10:
            instant: dt.datetime | dt.date = dt.date.fromisoformat(value)
        else:
            instant = dt.datetime.fromisoformat(value).astimezone(dt.UTC).replace(tzinfo=None)
    except ValueError:
        return None
    return instant if 1900 < instant.year < 9999 else None


def _fit_text(text: str) -> str:
    """Return a text as a cell can hold it."""
    clean = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
    return clean if len(clean) <= LONGEST_TEXT else f"{clean[: LONGEST_TEXT - 1]}…"
