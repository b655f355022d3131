"""Words and numbers in sentences: quantities, lists of words, interval ends and suggestions for misspelt names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from influtics_lab.language import format_number, translate, translate_plural


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


def suggest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to a misspelt one; None where no name is close.

    Examples
    --------
    >>> suggest_name("platfrom", ["platform", "period"]), suggest_name("xyz", ["platform"])
    ('platform', None)
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)
