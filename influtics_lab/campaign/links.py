"""Links to videos: which id stands in one, and a CSV file of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from influtics_lab.campaign.model import Link
from influtics_lab.errors import ConfigError

_IDS: Final = (
    re.compile(r"tiktok\.com/(?:.*/)?(?:video|photo|v)/(?P<id>[0-9]+)"),
    re.compile(r"youtube(?:-nocookie)?\.com/(?:watch\?(?:.*&)?v=|shorts/|live/|embed/|v/)(?P<id>[A-Za-z0-9_-]+)"),
    re.compile(r"youtu\.be/(?P<id>[A-Za-z0-9_-]+)"),
    re.compile(r"instagram\.com/(?:[^/]+/)?(?:p|reel|reels|tv)/(?P<id>[A-Za-z0-9_-]+)"),
)
_COLUMNS: Final = ("link", "url")


def external_id(link: str) -> str | None:
    """Give the platform's id that stands in a link; None where none does, as in a shortened link.

    Examples
    --------
    >>> external_id("https://www.tiktok.com/@somebody/video/7489443966908189959?lang=en")
    '7489443966908189959'
    >>> external_id("https://youtu.be/dQw4w9WgXcQ")
    'dQw4w9WgXcQ'
    >>> external_id("https://vm.tiktok.com/ZM123/") is None
    True
    """
    for pattern in _IDS:
        if found := pattern.search(link):
            return found["id"]
    return None


def read_links(path: Path) -> tuple[Link, ...]:
    """Read the links of a CSV file with a column ``link`` or ``url``; empty ones are passed over.

    Raises
    ------
    ConfigError
        If it cannot be read, is no UTF-8, or has no such column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"videos.links_csv: {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"videos.links_csv: {path} is no UTF-8 text. Save it as CSV in UTF-8.") from None
    rows = csv.DictReader(text.splitlines(), delimiter=_delimiter(text))
    names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    column = next((names[name] for name in _COLUMNS if name in names), None)
    if column is None:
        found = ", ".join(filter(None, names)) or "nothing"
        raise ConfigError(f"videos.links_csv: {path} begins with {found[:80]}; its first line must name a column link.")
    found_links = ((rows.line_num, (row[column] or "").strip()) for row in rows)
    return tuple(Link(number, link) for number, link in found_links if link)


def _delimiter(text: str) -> str:
    first = text.splitlines()[0] if text.strip() else ""
    return max(",;\t", key=first.count)


_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def media_number(text: str) -> int | None:
    """Give the number behind an Instagram id, which may come as digits, with the owner's behind, or as a shortcode.

    Examples
    --------
    >>> media_number("3141723303735405462_4711"), media_number("CuZpLL9tyuW")
    (3141723303735405462, 3141723303735405462)
    """
    if digits := re.fullmatch(r"([0-9]{15,20})(?:_[0-9]+)?", text):
        return int(digits[1])
    if not re.fullmatch(r"[A-Za-z0-9_-]{10,12}", text):
        return None
    number = 0
    for character in text:
        number = number * 64 + _BASE64.index(character)
    return number
