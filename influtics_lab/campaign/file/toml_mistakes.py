"""TOML that people write by hand: what is wrong in a line, and the line as it must be written.

Every suggestion is parsed before it is shown, so that it is TOML.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, Final

from influtics_lab.campaign.file.toml_lines import lines_of
from influtics_lab.plain_text import escape_unprintable

UNREADABLE: Final = "\0"
"""The value of a key whose line is wrong: it is reported already, and a file cannot hold it."""
MOST_MISTAKES: Final = 40
_MOST_DIGITS: Final = 4_300  # of a decimal number that Python converts
_MOST_CHARACTERS: Final = 10_000
_LINE: Final = re.compile(r'^(\s*(?:[A-Za-z0-9_.-]+|"[^"]*"|\'[^\']*\')\s*=\s*)(.*?)\s*$')
_STRING: Final = re.compile(r'("(?:\\.|[^"\\])*"|\'[^\']*\'|#.*)')
_SINGLE: Final = "\u2018\u2019\u201a\u201b\u00b4`"
_SMART: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'))
_MONEY: Final = r"(?:[€$£¥]|EUR|USD|GBP|CHF)"
_GROUPED: Final = r"\d{1,3}(?:[.'\u2019\u00a0\u202f ]\d{3})+"
_EDGE: Final = r"(?<![\w.,-])"
_END: Final = r"(?![\w.,:-])"
_DATE_END: Final = r"(?=[T ]\d|[^\w.,:-]|$)"


def parse_toml(text: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    r"""Parse TOML; report every line that is none.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict
        What can be read. A key whose value cannot be read has the value `UNREADABLE`.
    list of (int, str)
        The lines that cannot be read, with what is wrong and how to write it. Only the first of them is certain where
        a bracket or a string is not closed.

    Examples
    --------
    >>> for line, text in parse_toml("amount = 1.500,50\nend = 2025-06-31\n")[1]:
    ...     print(line, text)
    1 1.500,50 has a decimal comma. Write amount = 1500.50
    2 2025-06-31 is not a date: June 2025 has 30 days. Correct end.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    wrong: dict[int, str] = {}
    while len(wrong) < MOST_MISTAKES:
        try:
            return tomllib.loads("\n".join(lines)), sorted(wrong.items())
        except RecursionError:
            wrong[_deepest(lines)] = "brackets are nested too deeply. Campaign files need two levels."
            return {}, sorted(wrong.items())
        except ValueError as error:  # TOMLDecodeError, or an integer with too many digits
            number = _line_of(error, lines)
            if number in wrong:
                return {}, sorted(wrong.items())
            line = lines[number - 1]
            wrong[number] = explain_line(line, str(error))
            start = _LINE.match(line) if len(line) <= _MOST_CHARACTERS else None
            lines[number - 1] = f'{start[1]}"\\u0000"' if start else ""
    return {}, sorted(wrong.items())


def explain_line(line: str, message: str) -> str:
    """Return what is wrong in a line that is no TOML, and how to write it.

    Parameters
    ----------
    line : str
    message : str
        What the parser says of it.

    Returns
    -------
    str

    Examples
    --------
    >>> explain_line("level_pct = 3,5 %", "")
    '3,5 has a decimal comma and a percent sign. Write level_pct = 3.5'
    """
    start = _LINE.match(line) if len(line) <= _MOST_CHARACTERS else None
    key, value = (start[1], start[2]) if start else ("", line.strip())
    if re.search(rf"\d{{{_MOST_DIGITS},}}", value):
        name = escape_unprintable(line.partition("=")[0].strip()[:60])
        return f"{name} is a number of more than {_MOST_DIGITS:,} digits. Write a smaller one."
    reasons, fixed = _repair(value) if start else ([], None)
    if reasons and fixed is None:
        return f"{' and '.join(reasons)}. Correct {key.strip(' =') or 'it'}."
    if reasons and fixed is not None and _is_toml(f"{key}{fixed}"):
        return f"{' and '.join(reasons)}. Write {escape_unprintable(f'{key}{fixed}'.strip())}"
    what = re.sub(r" \(at (?:line \d+, column \d+|end of document)\)$", "", message)
    shown = escape_unprintable(line.strip())
    return f"{what or 'it is no TOML'}: {shown if len(shown) <= 60 else shown[:57] + '...'}. Correct this line."


def suggest_value(text: str) -> str:
    """Return how to write a date or number that stands in quotes; an empty text where that is not certain.

    Examples
    --------
    >>> suggest_value("19.05.2025"), suggest_value("3,5%"), suggest_value("soon")
    (' Write 2025-05-19.', ' Write 3.5.', '')
    """
    reasons, fixed = _repair(text.strip()[:_MOST_CHARACTERS])
    if reasons and fixed is None:
        return f" {' and '.join(reasons)}."
    value = fixed or text.strip()
    is_plain = re.fullmatch(r"[+-]?\d+(?:\.\d+)?|\d{4}-\d\d-\d\d", value)
    return f" Write {value}." if is_plain and _is_toml(f"x = {value}") else ""


class _UnclearError(Exception):
    """A value that has no meaning, or two: the message says so."""


def _repair(value: str) -> tuple[list[str], str | None]:
    """Return what is wrong in a value, and the value without it; None for the value where it cannot be known."""
    reasons: list[str] = []
    straight = value.translate(_SMART)
    if straight[:1] in _SINGLE:
        straight = re.sub(f"[{_SINGLE}]", '"', straight)
    if straight != value:
        reasons.append("quotation marks are typographic")
    if re.match(r'"[A-Za-z]:\\', straight):
        reasons.append("a backslash in double quotes begins an escape")
        straight = straight.replace('"', "'")
    if re.fullmatch(r"\d{1,3}(?:'\d{3})+(?:[.,]\d+)?", straight):
        straight = straight.replace("'", "\u2019")  # no strings
    pieces = _STRING.split(straight)
    try:
        for index in range(0, len(pieces), 2):  # outside strings and comments
            pieces[index] = _without_mistakes(pieces[index], reasons)
    except _UnclearError as error:
        return [str(error)], None
    fixed = "".join(pieces)
    word = re.fullmatch(r"[^\W\d][^\"'#=\[\]{}]*", fixed.strip())
    if word and word[0] not in {"true", "false", "inf", "nan"}:
        reasons.append("a text needs quotation marks")
        fixed = f'"{word[0].strip()}"'
    return _joined(reasons), fixed


def _without_mistakes(text: str, reasons: list[str]) -> str:
    for reason, pattern, repair in _MISTAKES:

        def write(match: re.Match[str], reason: str = reason, repair: _Repair = repair) -> str:
            fixed = repair(match)
            if fixed != match[0]:
                reasons.append(reason.format(match[0].strip()))
            return fixed

        text = re.sub(pattern, write, text)
    return text


def _joined(reasons: list[str]) -> list[str]:
    """Name a value once where several things are wrong about it: "3,5 has a decimal comma and a percent sign"."""
    return [re.sub(r"^.* has ", "", reason) if n and " has " in reason else reason for n, reason in enumerate(reasons)]


def _day_first(match: re.Match[str]) -> str:
    year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
    return _iso(match[0], year, int(match[2]), int(match[1]))


def _year_first(match: re.Match[str]) -> str:
    return _iso(match[0], int(match[1]), int(match[2]), int(match[3]))


def _with_slashes(match: re.Match[str]) -> str:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if first > 12 or first == second:
        return _iso(match[0], year, second, first)
    if second > 12:
        return _iso(match[0], year, first, second)
    dates = f"{year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}"
    raise _UnclearError(f"{match[0]} may be two dates: write {dates}")


def _iso(text: str, year: int, month: int, day: int) -> str:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        if year == 0:
            raise _UnclearError(f"{text} is not a date: there is no year 0") from None
        if not 1 <= month <= 12:
            raise _UnclearError(f"{text} is not a date: a year has 12 months") from None
        days = calendar.monthrange(year, month)[1]
        raise _UnclearError(f"{text} is not a date: {calendar.month_name[month]} {year} has {days} days") from None


def _decimal_comma(match: re.Match[str]) -> str:
    whole, _, part = match[0].rpartition(",")
    whole = re.sub(r"\D", "", whole)
    if len(part) == 3 and match[0][0] != "0" and match[0] == f"{whole},{part}" and len(whole) <= 3:
        raise _UnclearError(f"{match[0]} may be two numbers: write {whole}.{part.rstrip('0') or '0'} or {whole}{part}")
    return f"{whole}.{part}"


def _ungrouped(match: re.Match[str]) -> str:
    """Remove separators of thousands; a single point is left, since 1.500 is a number of TOML."""
    if re.fullmatch(r"\d{1,3}\.\d{3}", match[0]):
        return match[0]
    whole, point, part = match[0].partition(".") if match[0].count(".") == 1 else (match[0], "", "")
    return re.sub(r"\D", "", whole) + point + part


_Repair = Callable[[re.Match[str]], str]
_MISTAKES: Final[tuple[tuple[str, str, _Repair], ...]] = (  # what is wrong, how it is seen, the text without it
    ("{} has the day first", rf"{_EDGE}(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d{{2}}){_END}", _day_first),
    ("{} has no year first", rf"{_EDGE}(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_END}", _with_slashes),
    (
        "{} has another form than 2025-06-01",
        rf"{_EDGE}(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_DATE_END}",
        _year_first,
    ),
    ("{} has separators of thousands", rf"{_EDGE}\d{{1,3}}(?:,\d{{3}}){{2,}}(?:\.\d+)?{_END}", _ungrouped),
    ("{} has a decimal comma", rf"(?<![\w.,])(?:{_GROUPED}|[\d_]+),\d+{_END}", _decimal_comma),
    ("{} has separators of thousands", rf"{_EDGE}{_GROUPED}(?:\.\d+)?{_END}", _ungrouped),
    ("{} has a percent sign", r"\d[\d.]*(\s*%)", lambda match: match[0].rstrip("% ")),
    ("{} has a currency", rf"{_MONEY}\s*\d[\d.]*|\d[\d.]*\s*{_MONEY}", lambda match: re.sub(r"[^\d.]", "", match[0])),
)


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _line_of(error: ValueError, lines: list[str]) -> int:
    if found := re.search(r"\(at line (\d+), column \d+\)$", str(error)):
        return min(int(found[1]), len(lines))
    if not isinstance(error, tomllib.TOMLDecodeError):
        long = (n for n, line in enumerate(lines, 1) if re.search(rf"\d{{{_MOST_DIGITS},}}", line))
        return next(long, 1)
    return max(lines_of("\n".join(lines)).values(), default=1)  # the statement that does not end


def _deepest(lines: list[str]) -> int:
    return -max(_depths(lines))[1]


def _depths(lines: list[str]) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(lines, 1):
        yield line.count("[") + line.count("{"), -number
