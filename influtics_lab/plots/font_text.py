"""Titles are text from strangers: what may stand in a picture, and the fonts that can draw it."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final

from matplotlib.font_manager import FontProperties, findSystemFonts, fontManager, get_font

BUNDLED: Final = "DejaVu Sans"
# Families with outlines that matplotlib draws, the ones with most characters first. Emoji fonts made of coloured
# bitmaps (Noto Color Emoji, Apple Color Emoji) are left out: matplotlib cannot draw them.
FALLBACKS: Final = (
    "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK SC", "Noto Sans KR", "Noto Sans JP", "Source Han Sans",
    "Apple SD Gothic Neo", "AppleGothic", "Hiragino Sans", "PingFang SC", "Malgun Gothic", "Yu Gothic", "Meiryo",
    "Microsoft YaHei", "NanumGothic", "WenQuanYi Zen Hei", "IPAexGothic",
    "Noto Emoji", "Symbola", "Segoe UI Emoji", "Segoe UI Symbol", "Apple Symbols", "Noto Sans Symbols 2",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "Arial Unicode MS",
)  # fmt: skip
PLACEHOLDER: Final = "□"
_RUNS: Final = re.compile(f"{PLACEHOLDER}+")
_PICTOGRAPHS: Final = (range(0x2600, 0x2800), range(0x1F000, 0x20000))  # emoji and other pictures
_MARKS: Final = 2  # accents above one letter: more of them would be drawn over the neighbours
_only_bundled: ContextVar[bool] = ContextVar("only_bundled", default=False)


@contextmanager
def bundled_font() -> Iterator[None]:
    """Draw inside this context with the font that comes with matplotlib alone, the same on every machine.

    Characters that it does not have (Korean, Japanese) become a box; emoji that it does not have are left out.

    Yields
    ------
    None

    Examples
    --------
    >>> with bundled_font():
    ...     label("안녕 Hannah")
    '□ Hannah'
    """
    token = _only_bundled.set(True)
    try:
        yield
    finally:
        _only_bundled.reset(token)


def label(title: str | None, *otherwise: str | None, limit: int = 40) -> str:
    r"""Give a title as it may stand in a picture: one line, short, without tricks, only what a font here has.

    Line breaks become blanks; control characters, invisible ones and those that turn the direction of reading are
    left out; a letter carries two accents at most; characters that no installed font has become a box, but emoji
    and other pictures, without which a title can be read as well, are left out.

    Parameters
    ----------
    title : str or None
        Text from strangers.
    *otherwise : str or None
        What to take, in this order, where there is no title or most of it cannot be drawn here: the platform's
        id, then the service's.
    limit : int, default 40
        Columns to fill at most; a Chinese, Japanese or Korean character fills two.

    Returns
    -------
    str
        "untitled" where none of them can be read.

    Examples
    --------
    >>> label("Two\nlines\u202e and more of them", limit=14)
    'Two lines and…'
    >>> label(None, "7489102345678901234")
    '7489102345678901234'
    """
    for text in (title, *otherwise):
        each = [_drawable(char) for char in clean(text)]
        if 2 * each.count(PLACEHOLDER) <= len(each) and "".join(each).strip(PLACEHOLDER + " "):
            return clean(_RUNS.sub(PLACEHOLDER, "".join(each)), limit)
    return "untitled"


def name_label(name: str, limit: int = 40) -> str:
    """Return a name as it may stand in a picture, such that two names without a font differ.

    A name that no font here draws in full gets a code of its own, which is the same in every picture.

    Examples
    --------
    >>> with bundled_font():
    ...     name_label("Hannah"), name_label("안녕"), name_label("안녕 Hannah")
    ('Hannah', 'name T3S1', '□ Hannah CQ8J')
    """
    line = clean(name)
    if line and PLACEHOLDER not in line and all(_drawable(char) == char for char in line):
        return label(name, limit=limit)
    code = base64.b32hexencode(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())[:4].decode()
    shown = label(name, "name", limit=limit - len(code) - 1)
    return f"{shown} {code}"


def names_without_font(names: Iterable[str]) -> dict[str, str]:
    """Return the names that the bundled font does not draw in full, each with the label that a picture shows for it."""
    with bundled_font():
        labels = {name: name_label(name) for name in names}
    return {name: shown for name, shown in labels.items() if shown != label(name)}


def clean(text: str | None, limit: int | None = None) -> str:
    r"""Give a text as one line without control, invisible or direction characters, shortened.

    Parameters
    ----------
    text : str or None
    limit : int, optional
        Columns to fill at most.

    Returns
    -------
    str
        Empty where there is nothing to read.

    Examples
    --------
    >>> clean("a\tb\u200bc  d")
    'a bc d'
    """
    line = " ".join("".join(_harmless(unicodedata.normalize("NFC", text or ""))).split())
    if limit is None or sum(map(_columns, line)) <= limit:
        return line
    kept, filled = "", 1
    for char in line:
        filled += _columns(char)
        if filled > limit:
            break
        kept += char
    return kept.rstrip() + "…"


def font(text: str, size: float) -> FontProperties:
    """Give the font for a text: the bundled one, and behind it what is installed for the characters it lacks.

    Examples
    --------
    >>> font("plain", 9).get_family()
    ['DejaVu Sans']
    """
    needed = {family for char in text if (family := _family(char)) not in {None, BUNDLED}}
    return FontProperties(family=[BUNDLED, *(name for name in FALLBACKS if name in needed)], size=size)


def installed_fonts() -> dict[str, Path]:
    """Give the families installed here that are taken where the bundled font lacks a letter, each with its file.

    Examples
    --------
    >>> set(installed_fonts()) <= set(FALLBACKS)
    True
    """
    return {family: Path(_file(family)) for family in _installed()}


def _harmless(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        if kind in {"Cc", "Zs", "Zl", "Zp"}:
            yield " "
        elif kind == "Cf" or 0xFE00 <= ord(char) <= 0xFE0F or 0x1F3FB <= ord(char) <= 0x1F3FF or char == "\u3164":
            continue  # direction marks, joiners, soft hyphens, variants, skin tones, a blank that counts as a letter
        elif kind in {"Mn", "Me", "Mc"}:
            marks += 1
            if marks <= _MARKS:
                yield char
        else:
            marks = 0
            yield PLACEHOLDER if kind in {"Cs", "Co", "Cn"} else char


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _drawable(char: str) -> str:
    if _family(char) is not None:
        return char
    return "" if unicodedata.combining(char) or any(ord(char) in part for part in _PICTOGRAPHS) else PLACEHOLDER


def _family(char: str) -> str | None:
    if char.isascii() or _has(BUNDLED, char):
        return BUNDLED
    if _only_bundled.get():
        return None
    return next((family for family in _installed() if _has(family, char)), None)


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    _add_new_fonts()
    names = set(fontManager.get_font_names())
    return tuple(family for family in FALLBACKS if family in names)


def _add_new_fonts() -> None:
    """Bring matplotlib's list of fonts up to date: it is read from a cache, and fonts may have come or gone since."""
    fontManager.ttflist = [entry for entry in fontManager.ttflist if Path(entry.fname).is_file()]
    listed = {entry.fname for entry in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in listed:
            with suppress(OSError, RuntimeError, ValueError):  # a file that is no font which matplotlib reads
                fontManager.addfont(path)


@lru_cache(maxsize=4096)
def _has(family: str, char: str) -> bool:
    return get_font(_file(family)).get_char_index(ord(char)) != 0


def _file(family: str) -> str:
    return str(fontManager.findfont(FontProperties(family=[family])))
