"""Mistakes in TOML that people write by hand: what is wrong in a line, and how to write the line.

Every suggestion is parsed before it is shown, so it is TOML.
"""

from __future__ import annotations

import calendar
import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

from influtics_lab.campaign.file.toml_lines import map_lines
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_format import shorten

UNREADABLE: Final = "\0"
"""The value of a key whose line has an error that is reported already; no campaign file can hold it."""
_MOST_MISTAKES: Final = 40
_MOST_DIGITS: Final = 4_300  # of a decimal number that Python converts
_LONG_NUMBER: Final = re.compile(rf"\d{{{_MOST_DIGITS},}}")
_MOST_CHARACTERS: Final = 10_000
_LINE: Final = re.compile(r'^(\s*(?:[A-Za-z0-9_.-]+|"[^"]*"|\'[^\']*\')\s*=\s*)(.*?)\s*$')
_STRING: Final = re.compile(r'("(?:\\.|[^"\\])*"|\'[^\']*\'|#.*)')
_SINGLE: Final = "\u2018\u2019\u201a\u201b\u00b4`"
_SMART: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'))
_MONEY: Final = r"(?:[€$£¥]|EUR|USD|GBP|CHF)"
_GROUPED: Final = r"\d{1,3}(?:[.'\u2019\u00a0\u202f ]\d{3})+"
_EDGE: Final = r"(?<![\w.,-])"
_END: Final = r"(?![\w.,:-])"


def parse_toml(text: str) -> tuple[dict[str, object], list[tuple[int, str]]]:
    r"""Parse TOML and report every line that is not TOML.

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
    errors: dict[int, str] = {}
    while len(errors) < _MOST_MISTAKES:
        try:
            return tomllib.loads("\n".join(lines)), sorted(errors.items())
        except RecursionError:
            brackets = [line.count("[") + line.count("{") for line in lines]
            deepest = brackets.index(max(brackets)) + 1
            errors[deepest] = "brackets are nested too deeply. Campaign files need two levels."
            break
        except ValueError as error:  # TOMLDecodeError, or an integer with too many digits
            number = _find_error_line(error, lines)
            if number in errors:
                break
            errors[number] = explain_line(lines[number - 1], str(error))
            key, _ = _split_line(lines[number - 1])
            lines[number - 1] = f'{key}"\\u0000"' if key else ""
    return {}, sorted(errors.items())


def explain_line(line: str, message: str) -> str:
    """Return what is wrong in a line that is not TOML, and how to write it.

    Parameters
    ----------
    line : str
    message : str
        The message of the parser.

    Returns
    -------
    str

    Examples
    --------
    >>> explain_line("level_pct = 3,5 %", "")
    '3,5 has a decimal comma and a percent sign. Write level_pct = 3.5'
    """
    key, value = _split_line(line)
    if _LONG_NUMBER.search(value):
        name = escape_unprintable(line.partition("=")[0].strip()[:60])
        return f"{name} is a number of more than {_MOST_DIGITS:,} digits. Write a smaller one."
    reasons, fixed = _repair(value) if key else ("", None)
    if reasons and fixed is None:
        return f"{reasons}. Correct {key.strip(' =')}."
    if reasons and _parse_line(f"{key}{fixed}"):
        return f"{reasons}. Write {escape_unprintable(f'{key}{fixed}'.strip())}"
    what = re.sub(r" \(at (?:line \d+, column \d+|end of document)\)$", "", message)
    return f"{what or 'it is not TOML'}: {shorten(escape_unprintable(line.strip()))}. Correct this line."


def suggest_value(text: str, convert: Callable[[str], object] = str) -> str:
    """Return how to write a date or number without its quotes; an empty text where that is not certain.

    Parameters
    ----------
    text : str
    convert : callable
        Returns None for values that are not allowed, which are not suggested.

    Returns
    -------
    str

    Examples
    --------
    >>> suggest_value("19.05.2025"), suggest_value("3,5%"), suggest_value("soon")
    (' Write 2025-05-19.', ' Write 3.5.', '')
    """
    reasons, fixed = _repair(text.strip()[:_MOST_CHARACTERS])
    if reasons and fixed is None:
        return f" {reasons}."
    value = fixed or text.strip()
    is_plain = re.fullmatch(r"[+-]?\d+(?:\.\d+)?|\d{4}-\d\d-\d\d", value)
    parsed = _parse_line(f"x = {value}") if is_plain else {}
    return f" Write {value}." if parsed and convert(parsed["x"]) is not None else ""


class _UnclearError(Exception):
    """A value has no meaning, or two: the message explains it."""


def _split_line(line: str) -> tuple[str, str]:
    """Return the key with its equals sign, and the value; no key where the line has none."""
    parts = _LINE.match(line) if len(line) <= _MOST_CHARACTERS else None
    return (parts[1], parts[2]) if parts else ("", line.strip())


def _repair(value: str) -> tuple[str, str | None]:
    """Return what is wrong in a value, and the corrected value; None for the value where its meaning is not certain."""
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
        straight = straight.replace("'", "\u2019")  # these marks separate thousands and quote nothing
    pieces = _STRING.split(straight)
    try:
        pieces[::2] = [_repair_plain(piece, reasons) for piece in pieces[::2]]  # outside strings and comments
    except _UnclearError as error:
        return str(error), None
    fixed = "".join(pieces)
    word = re.fullmatch(r"[^\W\d][^\"'#=\[\]{}]*", fixed.strip())
    if word and word[0] not in {"true", "false", "inf", "nan"}:
        reasons.append("a text needs quotation marks")
        fixed = f'"{word[0].strip()}"'
    # Name the value once: "3,5 has a decimal comma and a percent sign".
    return " and ".join(reasons[:1] + [re.sub(r"^.* has ", "", reason) for reason in reasons[1:]]), fixed


def _repair_plain(text: str, reasons: list[str]) -> str:
    """Correct the mistakes in a part of a value outside of strings, and add what is wrong to the reasons."""
    for reason, pattern, repair in _MISTAKES:
        wrong = [match[0].strip() for match in re.finditer(pattern, text) if repair(match) != match[0]]
        reasons += [reason.format(value) for value in wrong]
        text = re.sub(pattern, repair, text)
    return text


def _format_date(match: re.Match[str]) -> str:
    """Return a date as TOML writes it. Dates with points have the day first, dates with slashes may have the month."""
    first, second, third = map(int, match.groups())
    century = 2000 if len(match[3]) == 2 else 0
    year, month, day = third + century, second, first
    if len(match[1]) == 4:
        year, month, day = first, second, third
    elif "/" in match[0] and second > 12 >= first:
        month, day = first, second
    elif "/" in match[0] and first <= 12 and first != second:
        dates = f"{year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}"
        raise _UnclearError(f"{match[0]} may be two dates: write {dates}")
    if year == 0 or not 1 <= month <= 12:
        reason = "a year has 12 months" if year else "there is no year 0"
        raise _UnclearError(f"{match[0]} is not a date: {reason}")
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise _UnclearError(f"{match[0]} is not a date: {calendar.month_name[month]} {year} has {days} days")
    return f"{year:04}-{month:02}-{day:02}"


def _replace_decimal_comma(match: re.Match[str]) -> str:
    whole, _, part = match[0].rpartition(",")
    whole = re.sub(r"\D", "", whole)
    if len(part) == 3 and match[0][0] != "0" and match[0] == f"{whole},{part}" and len(whole) <= 3:
        raise _UnclearError(f"{match[0]} may be two numbers: write {whole}.{part.rstrip('0') or '0'} or {whole}{part}")
    return f"{whole}.{part}"


def _drop_separators(match: re.Match[str]) -> str:
    """Remove separators of thousands; a single point stays, since 1.500 is a number of TOML."""
    if re.fullmatch(r"\d{1,3}\.\d{3}", match[0]):
        return match[0]
    whole, point, part = match[0].partition(".") if match[0].count(".") == 1 else (match[0], "", "")
    return re.sub(r"\D", "", whole) + point + part


_MISTAKES: Final[tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...]] = (
    # what is wrong, its pattern, the correction
    ("{} has the day first", rf"{_EDGE}(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d{{2}}){_END}", _format_date),
    ("{} has no year first", rf"{_EDGE}(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_END}", _format_date),
    (
        "{} has another form than 2025-06-01",
        rf"{_EDGE}(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?=[T ]\d|[^\w.,:-]|$)",
        _format_date,
    ),
    ("{} has separators of thousands", rf"{_EDGE}\d{{1,3}}(?:,\d{{3}}){{2,}}(?:\.\d+)?{_END}", _drop_separators),
    ("{} has a decimal comma", rf"(?<![\w.,])(?:{_GROUPED}|[\d_]+),\d+{_END}", _replace_decimal_comma),
    ("{} has separators of thousands", rf"{_EDGE}{_GROUPED}(?:\.\d+)?{_END}", _drop_separators),
    ("{} has a percent sign", r"\d[\d.]*(\s*%)", lambda match: match[0].rstrip("% ")),
    (
        "{} has a currency",
        rf"{_MONEY}\s*\d[\d.]*|\d[\d.]*\s*{_MONEY}",
        lambda match: re.sub(r"[^\d.]", "", match[0]),
    ),
)


def _parse_line(line: str) -> dict[str, Any]:
    """Return the keys of a line; none where it is not TOML."""
    try:
        return tomllib.loads(line)
    except (ValueError, RecursionError):
        return {}


def _find_error_line(error: ValueError, lines: list[str]) -> int:
    if place := re.search(r"\(at line (\d+), column \d+\)$", str(error)):
        return min(int(place[1]), len(lines))
    if isinstance(error, tomllib.TOMLDecodeError):
        return max(map_lines("\n".join(lines)).values(), default=1)  # the statement that does not end
    return next((number for number, line in enumerate(lines, 1) if _LONG_NUMBER.search(line)), 1)
