"""What the dashboard shows of the videos that filters leave: tiles with the period before, and a row for each video."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import narwhals.stable.v2 as nw
import polars as pl

from influtics_lab.defaults import BOOTSTRAP_DRAWS, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.explore.filters import Filters, parse_day, video_conditions
from influtics_lab.explore.frame_source import FrameSource
from influtics_lab.explore.selection_text import name_row
from influtics_lab.metrics._comparison_sample import Request, build_table
from influtics_lab.metrics.gained import gained, newest_reading
from influtics_lab.metrics.gained_total import total_gained
from influtics_lab.metrics.groups import check_draws, compare_table
from influtics_lab.platforms import video_page
from influtics_lab.text_format import format_interval_end, format_percentage, plural
from influtics_lab.time_zones import find_day_end, find_local_time, step_back

WINDOWS: Final = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
MOST_ROWS: Final = 2_000
_AT_LAST_READINGS: Final = Request("Dashboard", "video_id", None, "published", None, COMPARED_PARTS)
_POINTS: Final = 24  # of a sparkline
_GAINED, _STATUS = "views_gained_in_window", "views_gained_status"
_FORMS: Final = {"at least": "at least {}", "partly known": "{} known"}


class Tile(NamedTuple):
    """One figure: large, what it is, what it is based on, and how it was in the period before."""

    value: str
    name: str
    basis: str
    change: str = ""


def find_gains(source: FrameSource, filters: Filters, window: str, *, before: bool = False) -> pl.DataFrame:
    """Return ``lab.gained`` of the videos that are left; the window is one for all videos, or the one before it.

    It ends at the newest reading, or at the end of the last day that the filters name.
    """
    every = _compute_gains(source, window, _find_end(source, filters))
    end = every["window_end"].max()
    if before and isinstance(end, datetime):
        every = _compute_gains(source, window, step_back(end, WINDOWS[window]))
    return every.filter(pl.col("video_id").is_in(source.videos_left(filters)["video_id"].implode()))


def _compute_gains(source: FrameSource, window: str, until: datetime | None) -> pl.DataFrame:
    """Return ``lab.gained`` of all videos, computed once for each end of the window."""
    return source.cached(("gains", window, until), lambda: gained(source.frame, last=WINDOWS[window], until=until))


def build_tiles(source: FrameSource, filters: Filters) -> list[Tile]:
    """Return the tiles of the videos that filters leave."""
    last = source.rank_videos("views", filters)["last"]
    views = f"{last.sum():,.0f}" if len(last) else "not available"
    tiles = [Tile(views, "total views", f"{plural(len(last), 'video')}, each at its last known value")]
    return [*tiles, *(_build_gain_tile(source, filters, window) for window in WINDOWS), *_build_rates(source, filters)]


def describe_data(source: FrameSource, filters: Filters) -> str:
    """Return as HTML how many videos and readings there are, and until when."""
    left = source.apply_filters(filters)
    tracked = source.videos if source.snapshot is None else source.snapshot.videos
    if not filters.flagged and not filters.creator:
        tracked = tracked.filter(pl.all_horizontal(True, *(each.expression for each in video_conditions(filters))))
    newest: Any = source.frame["timestamp"].filter(pl.Series(left.readings)).max()
    until = f"until {_format_instant(newest, filters.tz)}" if newest else "none in this selection"
    end: Any = find_gains(source, filters, "24h")["window_end"].max()
    windows = f"The windows of gains end at {_format_instant(end, filters.tz)} for all videos." if end else ""
    videos = left.video_count if filters.selects_readings else tracked.height
    readings = f"{plural(left.reading_count, 'reading')} of {left.video_count:,} of them"
    return (
        f"<p><b>{plural(videos, 'video')}, {readings}, {until}.</b> "
        f"Engagement is by views, ({' + '.join(COMPARED_PARTS)}) / views at the last readings that have all of them, "
        f"at whatever age that is. {windows}</p>"
    )


def format_tiles(tiles: list[Tile]) -> str:
    """Return tiles as HTML."""
    style = "flex:1 1 150px;border:1px solid #8888;border-radius:8px;padding:10px 14px"
    large, small = "font-size:1.7em;line-height:1.3;font-weight:600", "opacity:.85;font-size:.85em"
    shown = (
        f'<div style="{style}"><div style="{large}">{html.escape(tile.value)}</div>'
        f'<div>{html.escape(tile.name)}</div><div style="{small}">{tile.basis}</div>'
        f'<div style="{small}">{html.escape(tile.change)}</div></div>'
        for tile in tiles
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px;line-height:1.4">{"".join(shown)}</div>'


def list_rows(source: FrameSource, filters: Filters, *, thumbnails: bool = False) -> list[dict[str, Any]]:
    """Return a row for each video that filters leave, most gained first, at most the 2,000 with the most views.

    Parameters
    ----------
    source : FrameSource
    filters : Filters
    thumbnails : bool
        Whether rows have the address of the thumbnail, which the page then loads from the host of the service.
    """
    videos = source.videos_left(filters).head(MOST_ROWS)
    gains = find_gains(source, filters, "7d").select("video_id", _GAINED, _STATUS)
    values = source.rank_videos("views", filters).select("video_id", "last")
    rates = _rate_videos(source, filters).select(pl.col("video").alias("video_id"), "rate")
    for table in (gains, values, rates, _sample_curves(source, filters, videos["video_id"])):
        videos = videos.join(table, on="video_id", how="left", maintain_order="left")
    order = [_GAINED, "last", "video_id"]
    videos = videos.sort(order, descending=[True, True, False], nulls_last=True)
    now = source.frame["timestamp"].max()
    return [_build_row(row, now, thumbnails=thumbnails) for row in videos.iter_rows(named=True)]


def _build_row(row: dict[str, Any], now: Any, *, thumbnails: bool) -> dict[str, Any]:
    address = str(row.get("thumbnail_url") or "")
    age = None if row["published_at"] is None else (now - row["published_at"]) / timedelta(days=1)
    return {
        "id": row["video_id"],
        "title": name_row(row),
        "url": video_page(row["platform"], row["external_video_id"]),
        "platform": row["platform"],
        "creator": row.get("creator"),
        "thumbnail": address if thumbnails and address.startswith("https://") else "",
        "age": None if age is None else round(age, 1),
        "views": row["last"],
        "gained": None if row[_GAINED] is None else round(row[_GAINED]),
        "status": row[_STATUS],
        "rate": None if row["rate"] is None else round(row["rate"], 2),
        "spark": list(map(list, zip(row["x"] or (), row["y"] or (), strict=True))),
    }


def _format_instant(instant: datetime, tz: str) -> str:
    return f"{find_local_time(instant, tz):%Y-%m-%d %H:%M} {tz}"


def _find_end(source: FrameSource, filters: Filters) -> datetime | None:
    """Return the end of the last day that the filters name; None where the data end before it."""
    if filters.until is None:
        return None
    end = find_day_end(parse_day("until", filters.until), filters.tz)
    newest = source.cached(("newest",), lambda: newest_reading(nw.from_native(source.frame)))
    return end if newest is not None and end < newest else None


def _build_gain_tile(source: FrameSource, filters: Filters, window: str) -> Tile:
    now, before = (find_gains(source, filters, window, before=when) for when in (False, True))
    total, former = total_gained(now), total_gained(before)
    basis = f"{total.videos - total.unknown} of {plural(total.videos, 'video')}"
    if total.status == "at least":
        basis += f", {(now[_STATUS] == 'exact').sum()} exactly"
    if total.status == "partly known":
        basis += "; counts fell: no lower bound"
    name = f"{window[:-1]} {window[-1]}"
    change = f"{name} before: {_format_gain(former.value, former.status)}"
    both = now.join(before, on="video_id", suffix="_before").drop_nulls([_GAINED, f"{_GAINED}_before"])
    both = both.filter((pl.col(_STATUS) == "exact") & (pl.col(f"{_STATUS}_before") == "exact"))
    gain, base = (math.fsum(both[name]) for name in (_GAINED, f"{_GAINED}_before"))
    if base > 0:
        pct = 100 * (gain / base - 1)
        change += f" · {'▲' if pct >= 0 else '▼'} {abs(pct):.0f} % for the {both.height} known exactly in both"
    return Tile(_format_gain(total.value, total.status), f"views gained in {name}", basis, change)


def _format_gain(value: float | None, status: str) -> str:
    return "not available" if value is None else _FORMS.get(status, "{}").format(f"{value:+,.0f}")


def _build_rates(source: FrameSource, filters: Filters) -> Iterator[Tile]:
    now, before = _compare_all(source, filters), _compare_all(source, filters, before=True)
    for estimator in ("pooled", "median"):
        name = f"engagement_rate_{estimator}"
        value, low, high = (now.get(f"{name}{end}_pct") for end in ("", "_low", "_high"))
        effective = now.get("n_effective" if estimator == "pooled" else "n_drawn_effective")
        ends = [format_interval_end(end, effective or 0) for end in (low, high) if end is not None]
        interval = f"95 % interval {' to '.join(ends)} %" if ends else "no interval below 5 videos"
        former = before.get(f"{name}_pct")
        yield Tile(
            "not available" if value is None else f"{format_percentage(value)} %",
            f"engagement, {estimator}",
            f"{interval}, n&nbsp;=&nbsp;{now.get('n') or 0}",
            f"7 d before: {'not available' if former is None else f'{format_percentage(former)} %'}",
        )


def _compare_all(source: FrameSource, filters: Filters, *, before: bool = False) -> dict[str, Any]:
    """Return ``lab.compare`` of all videos that are left as one group, now or seven days before."""

    def compute() -> dict[str, Any]:
        rows = _rate_videos(source, filters, before=before).with_columns(group=pl.lit("all"))
        groups = compare_table(rows, "all", _AT_LAST_READINGS, check_draws("Dashboard", BOOTSTRAP_DRAWS, 0, LEVEL_PCT))
        return groups.row(0, named=True) if groups.height else {}

    return source.cached(("rates", filters, before), compute)


def _rate_videos(source: FrameSource, filters: Filters, *, before: bool = False) -> pl.DataFrame:
    """Return the engagement rate of each video as `compare` computes it, now or seven days before."""

    def compute() -> pl.DataFrame:
        frame = source.readings_left(filters)
        if before:
            frame = frame.filter(pl.col("timestamp") <= pl.col("timestamp").max() - WINDOWS["7d"])
        return build_table(frame, _AT_LAST_READINGS, {})

    return source.cached(("video rates", filters, before), compute)


def _sample_curves(source: FrameSource, filters: Filters, video_ids: pl.Series) -> pl.DataFrame:
    """Return a few points of each video's views, both axes from 0 to 100."""
    frame = source.readings_left(filters).filter(pl.col("video_id").is_in(video_ids.implode()), pl.col("views") > 0)
    place, n = pl.int_range(pl.len()), pl.len()
    thinned = (
        frame.lazy()
        .sort("video_id", "timestamp")
        .filter(((place % (n // _POINTS + 1) == 0) | (place == n - 1)).over("video_id"))
        .with_columns(t=pl.col("timestamp").dt.epoch("s"))
    )
    x, y = pl.col("t") - pl.col("t").min(), pl.col("views")
    scaled = {"x": 100 * x / pl.max_horizontal(x.max(), 1), "y": 100 * y / y.max()}
    points = [values.round().cast(pl.Int64).alias(name) for name, values in scaled.items()]
    return thinned.group_by("video_id", maintain_order=True).agg(points).collect()
