"""The dashboard as one HTML page that anybody can open, print and mail: no other file, no host, no kernel."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any, Final

import orjson

from influtics_lab.explore.video_table import SCRIPT, STYLE, VideoTable
from influtics_lab.markup import render_table

_FIRST: Final = 10
_COLUMNS: Final = {
    "title": "title", "platform": "platform", "views": "views", "gained": "gained in 7d", "status": "known, 7d",
}  # fmt: skip
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline';
 script-src 'unsafe-inline'">
<style>:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 0 auto; padding: 16px; }}
img {{ max-width: 100%; background: #fff; }}
{style}</style></head><body><main>
<h1>{title}</h1>
{tiles}
<h2>Videos</h2>
<div id="videos"></div>
<h2>Through time</h2>
{picture}
<p>{words}</p>
</main>
<script type="module">
{script}
const data = {data};
render({{ model: {{ get: (name) => data[name] }}, el: document.getElementById("videos") }});
</script></body></html>
"""


def render_page(tiles: str, table: VideoTable, picture: bytes, words: str) -> str:
    """Return the page: tiles, the table, which sorts and searches by itself, and the picture with its words.

    Parameters
    ----------
    tiles : str
        HTML.
    table : VideoTable
        Thumbnails are left out.
    picture : bytes
        A PNG.
    words : str
    """
    rows = [{**row, "thumbnail": ""} for row in table.rows]
    data = orjson.dumps({"rows": rows, "total": table.total, "selected": ""}).decode()
    return _PAGE.format(
        title="Performance dashboard",
        style=STYLE,
        tiles=tiles,
        words=html.escape(words),
        picture=render_picture(picture, words),
        script=SCRIPT,
        data=data.replace("<", "\\u003c"),  # a title cannot end the script
    )


def render_picture(picture: bytes, words: str) -> str:
    """Return an image that holds its bytes, with words in its place for those who cannot see it."""
    data = base64.b64encode(picture).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'


def render_rows(rows: Sequence[dict[str, Any]]) -> str:
    """Return the first ten rows as an HTML table."""
    cells = [[_format_value(row[key]) for key in _COLUMNS] for row in rows[:_FIRST]]
    return render_table(cells, list(_COLUMNS.values()), numeric=(2, 3))


def _format_value(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value if value is not None else "-")
