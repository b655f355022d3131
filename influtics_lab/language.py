"""The language of a text: messages of a catalogue, plurals, and the marks in numbers.

Code and templates write English messages with named places, as gettext does, and ``german.toml`` has their German. The
language is that of the innermost `use_language` block, and English outside of one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
GERMAN: Final = "de"
LANGUAGES: Final = (ENGLISH, GERMAN)
NUMBER_FORMATS: Final = {"1,234.5": ",.", "1.234,5": ".,", "1 234,5": "\u202f,"}
"""The marks of thousands and decimals of each format; U+202F is a narrow space at which no line breaks."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CATALOGUE: Final = Path(__file__).with_name("german.toml")
_DEFAULT_FORMATS: Final = {ENGLISH: "1,234.5", GERMAN: "1.234,5"}


@dataclass(frozen=True)
class Language:
    """A language: its code, its marks of thousands and decimals, and its messages."""

    code: str = ENGLISH
    marks: str = ",."
    messages: Mapping[str, str | list[str]] = field(default_factory=dict, compare=False, repr=False)


_ENGLISH: Final = Language()
_in_use: ContextVar[Language] = ContextVar("language")


@cache
def read_catalogue() -> dict[str, str | list[str]]:
    """Return the German of each message: a text, or the singular and plural of a message that counts."""
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def use_language(code: str, number_format: str | None = None) -> AbstractContextManager[None]:
    """Write texts in a language within a ``with`` block.

    Parameters
    ----------
    code : str
        One of `LANGUAGES`.
    number_format : str, optional
        One of `NUMBER_FORMATS`; None is that of the language.

    Examples
    --------
    >>> with use_language("de"):
    ...     translate("not available"), format_number(1234.5, ",.1f")
    ('nicht verfügbar', '1.234,5')
    """
    marks = NUMBER_FORMATS[number_format or _DEFAULT_FORMATS[code]]
    return resume_language(Language(code, marks, read_catalogue() if code == GERMAN else {}))


@contextmanager
def resume_language(language: Language) -> Iterator[None]:
    """Write texts in a language that `find_language` returned, in a ``with`` block or a decorated function.

    Examples
    --------
    >>> with use_language("de"):
    ...     write = resume_language(find_language())(lambda: translate("not available"))
    >>> write()
    'nicht verfügbar'
    """
    token = _in_use.set(language)
    try:
        yield
    finally:
        _in_use.reset(token)


def find_language() -> Language:
    """Return the language in use."""
    return _in_use.get(_ENGLISH)


def translate(message: str, /, **values: object) -> str:
    """Return a message in the language in use, with values in its places; of one that counts the singular.

    Examples
    --------
    >>> translate("%(low)s to %(high)s", low=1, high=2)
    '1 to 2'
    """
    forms = _in_use.get(_ENGLISH).messages.get(message, message)
    text = forms if isinstance(forms, str) else forms[0]
    return text % values if values else text


def translate_plural(singular: str, plural: str, n: float, /, **values: object) -> str:
    """Return the singular of a message for one, else its plural, in the language in use.

    Examples
    --------
    >>> [translate_plural("post", "posts", n) for n in (1, 0, 2)]
    ['post', 'posts', 'posts']
    """
    forms = _in_use.get(_ENGLISH).messages.get(singular, (singular, plural))
    text = forms[n != 1]
    return text % values if values else text


def format_number(value: float, spec: str = ",") -> str:
    """Format a number with the marks of thousands and decimals in use.

    Examples
    --------
    >>> format_number(1234), format_number(1234.5, ",.2f")
    ('1,234', '1,234.50')
    """
    return place_marks(format(value, spec))


def place_marks(text: str) -> str:
    """Return a number that was formatted as 1,234.5 with the marks in use."""
    return text.translate(str.maketrans(",.", _in_use.get(_ENGLISH).marks))
