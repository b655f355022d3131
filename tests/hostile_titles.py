"""Titles that break a careless page, table or picture, and the bundled sample with them in place of its own."""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

import influtics_lab as lab
from influtics_lab.config import find_bundled

TITLES: Final = (
    "<b>x</b> $1 =SUM(A1) 안녕 🎧",
    "=SUM(A1)",
    "<script>alert(74)</script>",
    "-64+64",
    "@cmd the night bus",
    "+1 cloud shapes",
    '=HYPERLINK("https://thumbnails.example","paper boats")',
    "</td></table><img src=x onerror=alert(95)>",
    "<b>moss gardens</b>",
    "wooden spoons &amp; &lt;i&gt;",
    "$1",
    r"$\frac{a}{0}$ harbour cats",
    r"\textbf{the night bus} $x_{7}$",
    "비 오는 날의 종이배",
    "夜のバス、さいごの席",
    "👩‍👩‍👧‍👦🏳️‍🌈 chalk drawings",
    "loud crickets 🫠🔥" + "🔥" * 12,
    "שלום paper boats",
    "مرحبا 12 noodles",
    "\u202eharbour cats\u202c",
    "lemon bread\nmoss gardens\n\n#12",
    "shoelace knots\r\n\tsecond line",
    "cold noodles\u2028the last pancake",
    "a very long title about the night bus " * 60,
    None,
    "Untitled",
)


def hostile_pages() -> list[dict[str, Any]]:
    """Return the sample's pages: each platform's videos get these titles in turn."""
    pages = [json.loads(file.read_bytes()) for file in sorted(find_bundled("sample").glob("page-*.json"))]
    titles: dict[str, Iterator[str | None]] = defaultdict(lambda: cycle(TITLES))
    for page in pages:
        for video in page["data"]["data"]:
            video["title"] = next(titles[video["platform"]])
    return pages


def hostile_sample() -> lab.Snapshot:
    """Return them as a snapshot, without the warning about impossible timestamps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        return lab.parse_pages(hostile_pages())
