"""Titles are text from strangers: what may appear in a picture, and the fonts that can draw it."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findSystemFonts, fontManager, get_font
from matplotlib.text import Annotation

from influtics_lab.language import translate

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
LONGEST: Final = 200  # columns of a name before it is shortened to its room
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
    ...     format_label("안녕 Hannah")
    '□ Hannah'
    """
    token = _only_bundled.set(True)
    try:
        yield
    finally:
        _only_bundled.reset(token)


def format_label(title: str | None, *otherwise: str | None, limit: int = 40) -> str:
    r"""Return a title as it may appear in a picture: one line, short, without tricks, only what a font here has.

    Line breaks become blanks; control characters, invisible ones and those that turn the direction of reading are
    left out; a letter carries two accents at most; characters that no installed font has become a box, but emoji
    and other pictures, without which a title can be read as well, are left out.

    Parameters
    ----------
    title : str or None
        Text from strangers.
    *otherwise : str or None
        What to use, in this order, where there is no title or most of it cannot be drawn here: the platform's
        id, then the service's.
    limit : int, default 40
        Columns to fill at most; a Chinese, Japanese or Korean character fills two.

    Returns
    -------
    str
        "untitled" where none of them can be read.

    Examples
    --------
    >>> format_label("Two\nlines\u202e and more of them", limit=14)
    'Two lines and…'
    >>> format_label(None, "7489102345678901234")
    '7489102345678901234'
    """
    for text in (title, *otherwise):
        each = [_replace_missing(char) for char in clean_text(text)]
        if 2 * each.count(PLACEHOLDER) <= len(each) and "".join(each).strip(PLACEHOLDER + " "):
            return clean_text(_RUNS.sub(PLACEHOLDER, "".join(each)), limit)
    return "untitled"


def shorten_names(names: Sequence[str], limit: int) -> list[str]:
    """Return names shortened to so many columns: at their ends, or in the middle where they would be equal then.

    Examples
    --------
    >>> shorten_names(["A series about pasta, part 1", "A series about pasta, part 2", "Rice"], 14)
    ['A series…art 1', 'A series…art 2', 'Rice']
    """
    labels = [format_label(name, limit=limit) for name in names]
    counts = Counter(labels)
    return [
        label if counts[label] == 1 or label == name else _shorten_middle(name, limit)
        for name, label in zip(names, labels, strict=True)
    ]


def _shorten_middle(name: str, limit: int) -> str:
    tail = clean_text(name[::-1], (limit + 1) // 2 - 1).removesuffix("…")[::-1].lstrip()
    return f"{format_label(name, limit=limit - sum(map(_count_columns, tail))).removesuffix('…')}…{tail}"


def format_name(name: str, limit: int = 40) -> str:
    """Return a name as it may appear in a picture, such that two names without a font differ.

    A name that no font here draws in full gets a code of its own, which is the same in every picture.

    Examples
    --------
    >>> with bundled_font():
    ...     format_name("Hannah"), format_name("안녕"), format_name("안녕 Hannah")
    ('Hannah', 'name T3S1', '□ Hannah CQ8J')
    """
    line = clean_text(name)
    if line and PLACEHOLDER not in line and all(_replace_missing(char) == char for char in line):
        return format_label(name, limit=limit)
    code = base64.b32hexencode(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())[:4].decode()
    shown = format_label(name, translate("name"), limit=limit - len(code) - 1)
    return f"{shown} {code}"


def find_names_without_font(names: Iterable[str]) -> dict[str, str]:
    """Return the names that the bundled font does not draw in full, each with the label that a picture shows for it."""
    with bundled_font():
        labels = {name: format_name(name) for name in names}
    return {name: shown for name, shown in labels.items() if shown != format_label(name)}


def clean_text(text: object, limit: int | None = None) -> str:
    r"""Return a text as one line without control, invisible or direction characters, shortened.

    Parameters
    ----------
    text : str, number or None
    limit : int, optional
        Columns to fill at most.

    Returns
    -------
    str
        Empty where there is nothing to read.

    Examples
    --------
    >>> clean_text("a\tb\u200bc  d")
    'a bc d'
    """
    line = " ".join("".join(_strip_harmful(unicodedata.normalize("NFC", "" if text is None else str(text)))).split())
    if limit is None or sum(map(_count_columns, line)) <= limit:
        return line
    short, filled = "", 1
    for char in line:
        filled += _count_columns(char)
        if filled > limit:
            break
        short += char
    return short.rstrip() + "…"


def choose_font(text: str, size: float) -> FontProperties:
    """Return the font for a text: the bundled one, and behind it what is installed for the characters it lacks.

    Examples
    --------
    >>> choose_font("plain", 9).get_family()
    ['DejaVu Sans']
    """
    needed = {family for char in text if (family := _find_family(char)) not in {None, BUNDLED}}
    return FontProperties(family=[BUNDLED, *(name for name in FALLBACKS if name in needed)], size=size)


def write_text(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    *,
    size: float,
    color: str,
    offset: tuple[float, float] = (0.0, 0.0),
    xycoords: Any = "axes fraction",
    **options: Any,
) -> Annotation:
    """Write a text, so many points beside a place, in a font that has its characters, also outside the axes."""
    return ax.annotate(
        text, xy=at, xycoords=xycoords, xytext=offset, textcoords="offset points", color=color,
        fontproperties=choose_font(text, size), parse_math=False, annotation_clip=False, **options,
    )  # fmt: skip


def installed_fonts() -> dict[str, Path]:
    """Return the installed families that replace the bundled font where it lacks a letter, each with its file.

    Examples
    --------
    >>> set(installed_fonts()) <= set(FALLBACKS)
    True
    """
    return {family: Path(_find_file(family)) for family in _list_installed()}


def _strip_harmful(text: str) -> Iterator[str]:
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


def _count_columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _replace_missing(char: str) -> str:
    if _find_family(char) is not None:
        return char
    return "" if unicodedata.combining(char) or any(ord(char) in part for part in _PICTOGRAPHS) else PLACEHOLDER


def _find_family(char: str) -> str | None:
    if char.isascii() or _has_glyph(BUNDLED, char):
        return BUNDLED
    if _only_bundled.get():
        return None
    return next((family for family in _list_installed() if _has_glyph(family, char)), None)


@lru_cache(maxsize=1)
def _list_installed() -> tuple[str, ...]:
    _add_new_fonts()
    names = set(fontManager.get_font_names())
    return tuple(family for family in FALLBACKS if family in names)


def _add_new_fonts() -> None:
    """Bring matplotlib's list of fonts up to date: it is read from a cache, and fonts may have come or gone since."""
    fontManager.ttflist = [entry for entry in fontManager.ttflist if Path(entry.fname).is_file()]
    known = {entry.fname for entry in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            with suppress(OSError, RuntimeError, ValueError):  # a file that is no font which matplotlib reads
                fontManager.addfont(path)


@lru_cache(maxsize=4096)
def _has_glyph(family: str, char: str) -> bool:
    return get_font(_find_file(family)).get_char_index(ord(char)) != 0


def _find_file(family: str) -> str:
    return str(fontManager.findfont(FontProperties(family=[family])))
