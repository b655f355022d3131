"""Words and numbers in sentences: quantities, lists of words, interval ends and suggestions for misspelt names."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

from influtics_lab.language import format_number, place_marks, translate, translate_plural


def plural(n: int, noun: str) -> str:
    """Return a number and its noun.

    Examples
    --------
    >>> plural(1, "video"), plural(2_000, "video")
    ('1 video', '2,000 videos')
    """
    return f"{format_number(n)} {translate_plural(noun, f'{noun}s', n)}"


def name_columns(columns: Sequence[str]) -> str:
    """Return columns as a sentence names them.

    Examples
    --------
    >>> name_columns(["views"]), name_columns(["views", "likes"])
    ("the column 'views'", "the columns 'views', 'likes'")
    """
    return f"the {'column' if len(columns) == 1 else 'columns'} {', '.join(map(repr, columns))}"


def join_words(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> join_words(["likes"]), join_words(["likes", "comments", "reposts"])
    ('likes', 'likes, comments and reposts')
    """
    return f" {translate('and')} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def capitalise_first(text: str) -> str:
    """Capitalise the first letter of a text and leave the rest as it is.

    Examples
    --------
    >>> capitalise_first("a CPM")
    'A CPM'
    """
    return text[:1].upper() + text[1:]


def limit_list(texts: Sequence[str], most: int, rest: str) -> list[str]:
    """Return the first texts of a list, and a text that counts the others.

    Examples
    --------
    >>> limit_list(["a", "b", "c"], 2, "and {} more"), limit_list(["a"], 2, "and {} more")
    (['a', 'b', 'and 1 more'], ['a'])
    """
    return [*texts[:most], *([rest.format(len(texts) - most)] if len(texts) > most else [])]


def shorten(text: str, most: int = 60) -> str:
    """Return a text of at most so many characters, with three dots where it is cut.

    Examples
    --------
    >>> shorten("Summer campaign", 10), shorten("Summer", 10)
    ('Summer ...', 'Summer')
    """
    return text if len(text) <= most else f"{text[: most - 3]}..."


def round_interval_end(end: float, effective_number: float) -> float:
    """Return the end of an interval as it is printed: one significant digit where fewer than 5 units support it.

    Examples
    --------
    >>> [round_interval_end(3.27, units) for units in (12.0, 4.9)]
    [3.27, 3.0]
    >>> round_interval_end(12_345.0, 2.0), round_interval_end(0.0, 1.0)
    (10000.0, 0.0)
    """
    return end if effective_number >= 5 else float(f"{end:.1g}")


def format_interval_end(end: float, effective_number: float) -> str:
    """Write the end of an interval in percent, without the sign, as `round_interval_end` rounds it.

    Examples
    --------
    >>> format_interval_end(3.2, 12.0), format_interval_end(3.2, 4.9)
    ('3.20', '3')
    """
    rounded = round_interval_end(end, effective_number)
    return format_number(rounded, "g") if effective_number < 5 else format_percentage(rounded)


def format_percentage(value: float, rounding: str | None = None) -> str:
    """Write a percentage without its sign, with about three digits; what is slightly below 100 is not 100.

    Parameters
    ----------
    value : float
    rounding : str, optional
        A rounding of `decimal`, as bounds need it.

    Examples
    --------
    >>> [format_percentage(value) for value in (3.4019, 44.069, 99.97, 100.0, 0.0123)]
    ['3.40', '44.1', '99.97', '100', '0.012']
    """
    size = abs(value)
    if 99.95 <= size < 100:
        return format_fixed(math.copysign(math.floor(size * 100) / 100, value), 2)
    return format_fixed(value, 0 if size >= 99.95 else 1 if size >= 9.995 else count_decimals(value), rounding)


def count_decimals(value: float) -> int:
    """Return how many digits behind the point to write: two, or as many as show two that are not 0.

    Examples
    --------
    >>> count_decimals(3.4), count_decimals(0.0123)
    (2, 3)
    """
    size = abs(value)
    return 2 if size >= 0.1 or size < 1e-12 else 1 - Decimal(f"{size:.1e}").adjusted()


def format_fixed(value: float, digits: int, rounding: str | None = None) -> str:
    """Write so many digits behind the point, rounded by a rounding of `decimal`.

    Examples
    --------
    >>> format_fixed(1234.5, 2), format_fixed(2.344, 2, "ROUND_CEILING")
    ('1,234.50', '2.35')
    """
    text = f"{value:,.{digits}f}"
    if rounding:
        exact = Decimal(f"{value:.15g}")  # without the noise of its last bits
        text = f"{exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding):,f}"
    while digits > 2 and text.endswith("0"):
        text, digits = text[:-1], digits - 1
    return place_marks(text)


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to a misspelt one; None where no name is close.

    Examples
    --------
    >>> suggest_name("platfrom", ["platform", "period"]), suggest_name("xyz", ["platform"])
    ('platform', None)
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)
