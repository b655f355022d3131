"""Names, dates and tables of what an explorer shows, as text and HTML."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from influtics_lab.markup import make_scrollable, numeric_places, render_table
from influtics_lab.plots.font_text import clean_text
from influtics_lab.plots.ticks import format_short
from influtics_lab.text_format import plural
from influtics_lab.time_zones import find_local_day
from influtics_lab.visible_counts import mask_hidden

MOST_LISTED: Final = 200
_MOST_ROWS: Final = 12


def summarise_videos(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each video, the one with the most views first.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame.

    Returns
    -------
    polars.DataFrame
        ``video_id title external_video_id platform status published_at``, ``thumbnail_url`` and ``creator`` where the
        frame has them, and ``last_views``, the last visible views (null where
        there are none), and ``last_at``, the last timestamp.
    """
    last = pl.col("views").sort_by("timestamp").drop_nulls().last().alias("last_views")
    frame = mask_hidden(frame, "views")
    known = ("title", "external_video_id", "platform", "status", "published_at", "thumbnail_url", "creator")
    names = [pl.col(column).first() for column in known if column in frame.columns]
    return (
        frame.lazy()
        .group_by("video_id")
        .agg(*names, last, pl.col("timestamp").max().alias("last_at"))
        .sort(["last_views", "video_id"], descending=[True, False], nulls_last=True)
        .collect()
    )


def list_choices(videos: pl.DataFrame, first: str, also: str | None = None) -> list[tuple[str, str | None]]:
    """Return the videos to choose from: a text that is different for each, and the id.

    Parameters
    ----------
    videos : polars.DataFrame
        From ``summarise_videos``. The first two hundred are listed.
    first : str
        The text for no video.
    also : str, optional
        The id of a video that is listed beyond the first two hundred.

    Returns
    -------
    list of (str, str or None)
        No video comes first.
    """
    others = videos.slice(MOST_LISTED).filter(pl.col("video_id").is_in([also or ""]))
    rows = pl.concat([videos.head(MOST_LISTED), others])
    listed = [(_describe_choice(row), row["video_id"]) for row in rows.iter_rows(named=True)]
    counts = Counter(text for text, _ in listed)
    if videos.height > len(listed):
        first += f" (listed: {len(listed):,} of {videos.height:,}; search for others)"
    return [(first, None), *((text if counts[text] == 1 else f"{text} · {key}", key) for text, key in listed)]


@lru_cache(maxsize=10_000)  # an explorer names the same videos after every click
def name_video(title: str | None, external_video_id: str | None, video_id: str) -> str:
    """Return the title of a video, else the platform's id, else the service's.

    Examples
    --------
    >>> name_video(None, "7318", "v1"), name_video(" ", None, "v1")
    ('7318', 'v1')
    """
    texts = (clean_text(text, 60) for text in (title, external_video_id) if text is not None)
    return next((text for text in texts if text), video_id)


def name_row(row: Mapping[str, Any]) -> str:
    """Return the name of a video from a row of ``summarise_videos``."""
    return name_video(row["title"], row["external_video_id"], row["video_id"])


def format_days(first: float, last: float, tz: str = "UTC") -> str:
    """Return the first and the last day of readings in a time zone, from days since 1970.

    Examples
    --------
    >>> format_days(20_240.9, 20_242.0)
    '2025-06-01 to 2025-06-03 UTC'
    """
    return f"{find_local_day(first, ZoneInfo(tz))} to {find_local_day(last, ZoneInfo(tz))} {tz}"


def format_table(frame: pl.DataFrame, caption: str) -> str:
    """Return a small table as HTML, every text in it escaped; a line below counts rows beyond the twelfth.

    Parameters
    ----------
    frame : polars.DataFrame
    caption : str

    Returns
    -------
    str
    """
    if frame.is_empty():
        return f'<p style="margin:4px 0"><b>{html.escape(caption)}</b>: nothing</p>'
    cells = [[_format_cell(value) for value in row] for row in frame.head(_MOST_ROWS).rows()]
    shown = render_table(cells, frame.columns, caption=caption, numeric=numeric_places(frame))
    more = f"<p>and {plural(frame.height - _MOST_ROWS, 'row')} more</p>" if frame.height > _MOST_ROWS else ""
    return make_scrollable(f"{shown}{more}", caption)


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if value == int(value):
            return f"{value:,.0f}"
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else clean_text(str(value), 60)


def _describe_choice(row: Mapping[str, Any]) -> str:
    views = row["last_views"]
    size = "no views" if views is None else f"{format_short(views)} views"
    return f"{name_row(row)} · {size}"
