"""Values of a client's sheet: amounts, whole numbers and dates in the spellings of spreadsheets, exact or an error."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from influtics_lab.campaign.file.sheet_columns import SheetTable, find_currency, split_names
from influtics_lab.csv_sheets import SheetRow
from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_format import shorten

_BLANK: Final = frozenset(
    split_names("-, \N{EN DASH}, \N{EM DASH}, ?, n/a, na, n.a., none, tbd, tba, tbc, offen, k.a.")
)
_MONEY_MARKS: Final = re.compile(r"(?<![A-Za-z])(?:[A-Z]{3}|[€£$])(?![A-Za-z])|[.,][-\u2013]+$")
_NUMBER: Final = re.compile(r"[0-9]{1,30}(?:[.,' \u00a0\u202f\u2019][0-9]{1,30})*")
_GROUPS: Final = re.compile(r"[0-9]+|[0-9]{1,3}(?:([.,' \u00a0\u202f\u2019])[0-9]{3})(?:\1[0-9]{3})*")
_MOST: Final = 10**15
_NUMERIC_DATE: Final = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})")
_DATES: Final = {  # with the groups of year, month and day
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ][\d:.]+)?"): (1, 2, 3),
    re.compile(r"(\d{1,2})\.?\s*([^\W\d_]{3,})\.?,?\s*(\d{4})"): (3, 2, 1),
    re.compile(r"([^\W\d_]{3,})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s*(\d{4})"): (3, 1, 2),
}
_MONTHS: Final = {
    "jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip


@dataclass
class SheetReader:
    """Reads the values of a sheet; a guess about a value is noted once for each column."""

    table: SheetTable
    guesses: dict[str, str] = field(default_factory=dict)
    _by_column: dict[tuple[int, Callable[[str], str | None]], frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def is_blank(text: str) -> bool:
        """Return whether a cell says that it has no value yet, such as ``-`` or ``TBD``."""
        return text.casefold() in _BLANK

    def read_text(self, row: SheetRow, key: str) -> str | None:
        """Return the text of a cell; None where the sheet has no such column, or the cell is blank."""
        index = self.table.find_column(key)
        text = "" if index is None else row.cells[index]
        return None if not text or self.is_blank(text) else text

    def read_amount(self, row: SheetRow, key: str) -> tuple[Decimal | None, str | None]:
        """Return an amount of money and the currency that the cell or the name of its column has."""
        text = self.read_text(row, key)
        if text is None:
            return None, None
        index = self.table.columns[key][0]
        digits = _MONEY_MARKS.sub("", text).strip()
        amount = parse_number(digits, self._find_in_column(index, find_decimal_mark))
        if amount is None:
            raise self.refuse(row, key, "an amount such as 1500.00, 0 or more, up to 1e15")
        self.note_unclear(row, index, digits, amount)
        if text.strip("0123456789., ") == "$":
            self.guesses["$"] = "$ is read as USD"
        return amount, find_currency(text) or self.table.currencies.get(index)

    def note_unclear(self, row: SheetRow, index: int, digits: str, amount: Decimal) -> None:
        """Note as a guess, once for each column, how a number was read that may have either mark."""
        if is_unclear(digits):
            place = self.table.describe_place(row, index)
            self.guesses.setdefault(f"number {index}", f"{digits} in {place} is read as {amount:,}")

    def read_count(self, row: SheetRow, key: str) -> int | None:
        """Return a whole number."""
        text = self.read_text(row, key)
        if text is None:
            return None
        number = parse_number(text)
        if number is None or number != int(number):
            raise self.refuse(row, key, "a whole number, 0 or more, up to 1e15")
        return int(number)

    def read_date(self, row: SheetRow, key: str) -> dt.date | None:
        """Return a date. Where its order of day and month is not certain, the other dates of the column decide."""
        text = self.read_text(row, key)
        if text is None:
            return None
        day = parse_date(text, self._find_in_column(self.table.columns[key][0], find_date_order))
        if day is None:
            allowed = "a date such as 2025-06-30, in that form where day and month may be swapped"
            raise self.refuse(row, key, allowed)
        return day

    def refuse(self, row: SheetRow, key: str, allowed: str, found: str | None = None) -> ConfigError:
        """Return the error of a cell that is not allowed, or of what was found in it and others."""
        place = self.table.describe_place(row, self.table.find_column(key) or 0)
        value = escape_unprintable(shorten(found or self.read_text(row, key) or ""))
        return ConfigError(f"{self.table.name}: {place}: {value!r}; allowed is {allowed}.")

    def _find_in_column(self, index: int, find: Callable[[str], str | None]) -> frozenset[str]:
        """Return what a function finds in the cells of a column, and keep it for the other rows."""
        if (index, find) not in self._by_column:
            marks = map(find, (_MONEY_MARKS.sub("", row.cells[index]).strip() for row in self.table.rows))
            self._by_column[index, find] = frozenset(mark for mark in marks if mark is not None)
        return self._by_column[index, find]


def parse_number(text: str, marks: frozenset[str] = frozenset()) -> Decimal | None:
    """Return a number with a decimal point or comma, and with or without separators of thousands; None for others.

    Where three digits follow the only mark, as in 1.500, the mark separates thousands, unless it is the one decimal
    mark in other cells of the column, which `find_decimal_mark` finds.

    Examples
    --------
    >>> [str(parse_number(text)) for text in ("1.500,50", "1,500.50", "1'500", "99,9", "1.500", "12.34.56")]
    ['1500.50', '1500.50', '1500', '99.9', '1500', 'None']
    >>> str(parse_number("1.500", frozenset(".")))
    '1.500'
    """
    if not _NUMBER.fullmatch(text):
        return None
    mark = find_decimal_mark(text)
    if mark is None and is_unclear(text) and len(marks) == 1:
        mark = next((mark for mark in marks if mark in text), None)
    whole, _, fraction = text.rpartition(mark) if mark is not None else (text, "", "")
    if not _GROUPS.fullmatch(whole) or not (fraction.isdecimal() or not fraction):
        return None
    number = Decimal(re.sub(r"\D", "", whole) + (f".{fraction}" if fraction else ""))
    return number if number <= _MOST else None


def is_unclear(text: str) -> bool:
    """Return whether a number may have a decimal mark or a separator of thousands."""
    return re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text) is not None


def find_decimal_mark(text: str) -> str | None:
    """Return the decimal mark of a number; None where it has none, or may have none."""
    if not _NUMBER.fullmatch(text):
        return None
    last = max(text.rfind("."), text.rfind(","))
    mark = text[last] if last >= 0 else None
    if mark is None or text.count(mark) > 1 or is_unclear(text):
        return None
    other = "," if mark == "." else "."
    return mark if other in text or len(text) - last - 1 != 3 or text.startswith("0") or len(text[:last]) > 3 else None


def parse_date(text: str, orders: frozenset[str] = frozenset()) -> dt.date | None:
    """Return a date in the forms of spreadsheets, in English or German; None for others, and where it is not certain.

    Examples
    --------
    >>> [str(parse_date(text)) for text in ("2025-06-30", "30.6.2025", "3 Juni 2025", "Jun 3, 2025", "3/6/2025")]
    ['2025-06-30', '2025-06-30', '2025-06-03', '2025-06-03', 'None']
    >>> str(parse_date("3/6/2025", frozenset({"day first"})))
    '2025-06-03'
    """
    for form, (y, m, d) in _DATES.items():
        if match := form.fullmatch(text):
            month = int(match[m]) if match[m].isdecimal() else _MONTHS.get(match[m][:3].casefold(), 0)
            return _build_date(match[y], month, match[d])
    match = _NUMERIC_DATE.fullmatch(text)
    if match is None:
        return None
    year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
    order = find_date_order(text) or (next(iter(orders)) if len(orders) == 1 else None)
    if match[2] == "." or match[1] == match[3] or order == "day first":
        return _build_date(year, int(match[3]), match[1])
    return _build_date(year, int(match[1]), match[3]) if order == "month first" else None


def find_date_order(text: str) -> str | None:
    """Return whether the day or the month is first in a date with slashes; None where both are possible."""
    match = _NUMERIC_DATE.fullmatch(text)
    if match is None or match[2] == ".":
        return None
    return "day first" if int(match[1]) > 12 else "month first" if int(match[3]) > 12 else None


def _build_date(year: str, month: int, day: str) -> dt.date | None:
    try:
        date = dt.date(int(year), month, int(day))
    except ValueError:
        return None
    return date if 1970 <= date.year <= 2200 else None
