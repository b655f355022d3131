"""What an explorer says in words: the videos to choose from, and how many there are of what."""

from __future__ import annotations

import html
import math
from collections import Counter
from datetime import date, timedelta
from typing import Final

import polars as pl

from influtics_lab.markup import numeric_places, render_table
from influtics_lab.plots.font_text import clean_text
from influtics_lab.plots.ticks import format_short
from influtics_lab.text_format import plural
from influtics_lab.visible_counts import mask_hidden

LISTED: Final = 200
_EPOCH: Final = date(1970, 1, 1)


def videos_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Give one row for each video, the one with the most views first.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame.

    Returns
    -------
    polars.DataFrame
        ``video_id title external_video_id platform status`` and ``last_views``, the last visible views (null where
        there are none), and ``last_at``, the last timestamp.
    """
    last = pl.col("views").sort_by("timestamp").drop_nulls().last().alias("last_views")
    frame = mask_hidden(frame, "views")
    names = [pl.col(column).first() for column in ("title", "external_video_id", "platform", "status")]
    return (
        frame.lazy()
        .group_by("video_id")
        .agg(*names, last, pl.col("timestamp").max().alias("last_at"))
        .sort(["last_views", "video_id"], descending=[True, False], nulls_last=True)
        .collect()
    )


def choices(videos: pl.DataFrame, first: str, also: str | None = None) -> list[tuple[str, str | None]]:
    """Give the videos to choose from: a text that is different for each, and the id.

    Parameters
    ----------
    videos : polars.DataFrame
        Of ``videos_of``. The first two hundred are listed.
    first : str
        What the choice of none is called.
    also : str, optional
        The id of a video that is listed too, if it is there.

    Returns
    -------
    list of (str, str or None)
        First the choice of none.
    """
    rows = pl.concat([videos.head(LISTED), videos.slice(LISTED).filter(pl.col("video_id").is_in([also or ""]))])
    listed = [_choice(row) for row in rows.iter_rows(named=True)]
    often = Counter(text for text, _ in listed)
    if videos.height > len(listed):
        first += f" (listed: {len(listed):,} of {videos.height:,}; search for others)"
    return [(first, None), *((text if often[text] == 1 else f"{text} · {key}", key) for text, key in listed)]


def name_of(row: dict[str, object]) -> str:
    """Give what a video is called: its title, else the platform's id, else the service's."""
    texts = (clean_text(str(row[column]), 60) for column in ("title", "external_video_id") if row[column] is not None)
    return next((text for text in texts if text), str(row["video_id"]))


def span(first: float, last: float) -> str:
    """Write from which day to which day readings are, of days since 1970.

    Examples
    --------
    >>> span(20_240.9, 20_242.0)
    '2025-06-01 to 2025-06-03 UTC'
    """
    days = (_EPOCH + timedelta(days=math.floor(at)) for at in (first, last))
    return f"{' to '.join(map(str, days))} UTC"


def table_html(frame: pl.DataFrame, caption: str, *, rows: int = 12) -> str:
    """Write a small table for a page, every text in it escaped.

    Parameters
    ----------
    frame : polars.DataFrame
    caption : str
        What the table is of.
    rows : int, default 12
        How many are shown; how many more there are is said.

    Returns
    -------
    str
    """
    if frame.is_empty():
        return f'<p style="margin:4px 0"><b>{html.escape(caption)}</b>: nothing</p>'
    cells = [[_cell(value) for value in row] for row in frame.head(rows).rows()]
    shown = render_table(cells, frame.columns, caption=caption, numeric=numeric_places(frame))
    more = f"<p>and {plural(frame.height - rows, 'row')} more</p>" if frame.height > rows else ""
    return f'<div style="overflow-x:auto">{shown}{more}</div>'


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if value == int(value):
            return f"{value:,.0f}"
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else clean_text(str(value), 60)


def _choice(row: dict[str, object]) -> tuple[str, str]:
    views = row["last_views"]
    said = "no views" if views is None else f"{format_short(float(str(views)))} views"
    return f"{name_of(row)} · {said}", str(row["video_id"])
