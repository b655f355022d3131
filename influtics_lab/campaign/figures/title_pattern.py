"""Patterns for titles: ``*`` is any text and ``?`` any one character, whatever the case."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable
from typing import Final

_LETTERS_I: Final = frozenset("iI\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}\N{LATIN SMALL LETTER DOTLESS I}")


def compile_pattern(pattern: str) -> Callable[[str | None], bool]:
    """Return what matches titles against a pattern; null matches no pattern.

    Characters are compared one by one, after Unicode composition (NFC): ``é`` is one character, ß matches ß and its
    capital but not ss, and i, I, the dotted capital and the dotless small i are one letter. Everything else must be
    as in the title: a zero-width character is a character (write ``*`` where there may be one), and letters that are
    styled (mathematical bold, full width) are other letters than plain ones. The time is linear in the title's length.

    Examples
    --------
    >>> compile_pattern("*summer?sale*")("The SUMMER-SALE [ad]"), compile_pattern("*[ad]")(None)
    (True, False)
    >>> compile_pattern("STRA?E")("straße"), compile_pattern("strasse")("straße")
    (True, False)
    """
    literal = _fold_case(pattern).replace("[", "[[]")  # to fnmatch, a bracket would begin a set of characters
    expression = re.compile(fnmatch.translate(literal))
    return lambda title: title is not None and expression.match(_fold_case(title)) is not None


def _fold_case(text: str) -> str:
    """Return a text without case, in which each character is still one."""
    return "".join(map(_fold_character, unicodedata.normalize("NFC", text)))


def _fold_character(character: str) -> str:
    if character in _LETTERS_I:
        return "i"
    return next((fold for fold in (character.casefold(), character.lower()) if len(fold) == 1), character)
