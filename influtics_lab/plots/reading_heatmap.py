"""The readings of each video in time, those rejected and those flagged."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from influtics_lab.plots import ticks
from influtics_lab.plots.band_quantiles import Floats, Whole
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.colours import UNKNOWN, find_look, order_platforms
from influtics_lab.plots.font_text import LONGEST, format_label, shorten_names
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.legends import SHADES, draw_shade_key, shade_cells, write_side_key
from influtics_lab.plots.reading_times import ReadingTimes, collect_reading_times
from influtics_lab.plots.ticks import name_axis
from influtics_lab.plots.validation import check_at_least_one, check_columns, check_no_nulls
from influtics_lab.text_format import plural
from influtics_lab.time_zones import check_time_zone

_MOST_ROWS: Final = 330  # of a raster
_COLUMNS: Final = 480


class Mark(NamedTuple):
    """The mark of one kind of reading: its form differs too, for grey print."""

    name: str
    marker: str
    colour: str
    filled: bool


REJECTED: Final = Mark("rejected", "x", "#b00020", filled=True)
MARKS: Final = {  # in the order of drawing: the most frequent lie below
    "is_rule_change": Mark("rule change", "|", "#5f6670", filled=True),
    "is_cached": Mark("cached poll", "o", "#8b939e", filled=False),
    "is_hidden": Mark("hidden count", "s", "#6a3d9a", filled=False),
    "is_failed_poll": Mark("failed poll", "P", "#a61e8f", filled=True),
    "is_correction": Mark("correction", "v", "#d55e00", filled=False),
    "is_purge": Mark("purge", "v", "#8a1c00", filled=True),
    "is_stalled": Mark("stalled", "D", "#1f2328", filled=True),
    "is_burst": Mark("burst", "^", "#007a5e", filled=True),
}


def plot_readings(
    frame: pl.DataFrame,
    rejected: pl.DataFrame | None = None,
    *,
    rows: int = 40,
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw when each video was read: a row for each video, the one that was read first at the top.

    Up to `rows` videos have a mark at each reading, and their names; of more, each cell is as dark as there are
    readings in it.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame: ``video_id timestamp platform title external_video_id``. Flags of ``lab.flag_counters`` that are
        there are marked, such as ``is_purge`` and ``is_failed_poll``.
    rejected : polars.DataFrame, optional
        ``snapshot.rejected``: ``video_id field raw_timestamp``. Its counts are marked at their timestamp, and
        at the right where that is no instant.
    rows : int, default 40
        Up to how many videos have a named row.
    tz : str, default "UTC"
        The time zone of the axis of time, such as ``"Europe/Berlin"``. The axis names it.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the left of the axes, the key at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a frame is no polars DataFrame.
    ConfigError
        If rows is no whole number from 1.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_readings(empty(FRAME)).texts[-1].get_text()
    'There is no reading in this frame.'
    """
    check_at_least_one("plot_readings", "rows", rows)
    zone = check_time_zone("plot_readings: tz", tz)
    data = check_columns(frame, "plot_readings", ["video_id", "timestamp", "platform", "title", "external_video_id"])
    check_no_nulls(data, "plot_readings", "timestamp")
    if rejected is not None:
        check_columns(rejected, "plot_readings (rejected)", ["video_id", "field", "raw_timestamp"])
    return draw_readings(collect_reading_times(data, MARKS), rejected, rows=rows, zone=zone, ax=ax)


@style()
def draw_readings(
    times: ReadingTimes,
    rejected: pl.DataFrame | None,
    *,
    rows: int = 40,
    zone: tzinfo = UTC,
    ax: Axes | None = None,
) -> Axes:
    """Draw readings that are times ready, as ``plot_readings`` does."""
    named = times.videos.height <= rows
    target = ax
    if target is None:
        height = max(3.2, 1.6 + 0.21 * times.videos.height) if named else 5.0
        target = new_axes(left=0.27 if named else 0.085, right=0.79, height=height)
    if not len(times.x):
        return draw_empty(target, "Readings", "There is no reading in this frame.")
    values = _find_rejected(rejected, times.videos)
    _set_axes(target, times, values, named=named, zone=zone)
    draw = _draw_ticks if named else _draw_raster
    draw(target, times)
    marked = _mark_flags(target, times, large=named) + _mark_rejected(target, values, large=named)
    _write_around(target, times, marked, values, named=named)
    return target


def _find_rejected(rejected: pl.DataFrame | None, videos: pl.DataFrame) -> pl.DataFrame:
    """Return the rejected counts: ``row`` (null where the video has no reading) and ``x`` (null where no instant)."""
    if rejected is None:
        return pl.DataFrame(schema={"row": pl.Int64, "x": pl.Float64, "values": pl.UInt32})
    at = pl.col("raw_timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", strict=False)
    counts = rejected.filter(pl.col("field").str.starts_with("stats"))
    groups = counts.with_columns((at.dt.epoch("us") / 86_400e6).alias("x")).group_by(
        "video_id", "x", maintain_order=True
    )
    rows = videos.select("video_id", pl.int_range(pl.len()).alias("row"))
    joined = groups.agg(pl.len().alias("values")).join(rows, on="video_id", how="left")
    return joined.select("row", "x", "values")


def _set_axes(ax: Axes, times: ReadingTimes, rejected: pl.DataFrame, *, named: bool, zone: tzinfo) -> None:
    left, right = float(times.x.min()), float(times.x.max())
    inside = rejected.filter(pl.col("x").is_between(left - 1, right + 1))["x"]
    if len(inside):
        left, right = min(left, *inside), max(right, *inside)
    pad = (right - left) * 0.012 or 0.5
    ax.set_xlim(left - pad, right + pad)
    format_axes(
        ax, name_axis("timestamp", zone), "" if named else "videos, in the order of their first readings", grid="x"
    )
    ticks.set_time_ticks(ax.xaxis, zone=zone)
    if named:
        texts = times.videos.select("title", "external_video_id", "video_id").rows()
        write_row_names(ax, shorten_names([format_label(*each, limit=LONGEST) for each in texts], 30))
        ax.spines["left"].set_visible(False)
    else:
        ax.set_ylim(times.videos.height - 0.5, -0.5)
        ticks.set_number_ticks(ax.yaxis, 0, times.videos.height, scale="linear")


def _draw_ticks(ax: Axes, times: ReadingTimes) -> None:
    x, row = times.x, times.row
    ax.hlines(range(times.videos.height), *ax.get_xlim(), colors="#eef0f3", linewidths=0.8, zorder=0.9)
    platforms = times.videos["platform"].to_list()
    for platform in dict.fromkeys(platforms):
        places = [place for place, name in enumerate(platforms) if name == platform]
        here = _sort_marks(x, row, np.flatnonzero(np.isin(row, places)))
        ends = np.stack([np.stack([x[here], row[here] - 0.32], 1), np.stack([x[here], row[here] + 0.32], 1)], 1)
        ax.add_collection(
            LineCollection(list(ends), colors=[find_look(platform).colour], linewidths=0.9, zorder=2), autolim=False
        )


def _draw_raster(ax: Axes, times: ReadingTimes) -> None:
    left, right = ax.get_xlim()
    cells = count_cells(times, left, right)
    ax.imshow(
        shade_cells(cells), aspect="auto", extent=(left, right, times.videos.height - 0.5, -0.5),
        interpolation="nearest", zorder=1,
    )  # fmt: skip
    draw_shade_key(ax, SHADES, "1", plural(int(cells.max()), "reading"))


def count_cells(times: ReadingTimes, left: float, right: float) -> Whole:
    """Count the readings in each cell between two instants: rows of videos from the top, columns of time."""
    videos = times.videos.height
    rows = min(videos, _MOST_ROWS)
    cell = np.clip((times.x - left) * (_COLUMNS / (right - left)), 0, _COLUMNS - 1).astype(np.int64)
    cell += (np.arange(videos) * rows // videos * _COLUMNS)[times.row]
    return np.bincount(cell, minlength=rows * _COLUMNS).reshape(rows, _COLUMNS)


def _mark_flags(ax: Axes, times: ReadingTimes, *, large: bool) -> list[tuple[Mark, int]]:
    """Mark the readings that are flagged; return each kind and its number."""
    marked = []
    for name, mark in MARKS.items():
        if name in times.marked:
            here = _sort_marks(times.x, times.row, times.marked[name])
            marked.append((mark, len(here)))
            _draw_marks(ax, times.x[here], times.row[here], mark, large=large)
    return marked


def _sort_marks(x: Floats, row: Whole, places: Whole) -> Whole:
    """Return the places of marks in an order of their own, not that of the frame, as they overlap."""
    return places[np.lexsort((x[places], row[places]))]


def _draw_marks(ax: Axes, x: Floats, row: Whole, mark: Mark, *, large: bool) -> None:
    """Put marks at readings: small and filled where rows are thin, or they would hide the readings."""
    face = mark.colour if mark.filled or not large else "white"
    ax.plot(
        x, row, linestyle="none", marker=mark.marker, markersize=5 if large else 1.8, color=mark.colour,
        markerfacecolor=face, markeredgewidth=1.1 if large else 0.5, zorder=3, clip_on=False,
    )  # fmt: skip


def _mark_rejected(ax: Axes, rejected: pl.DataFrame, *, large: bool) -> list[tuple[Mark, int]]:
    if rejected.is_empty():
        return []
    left, right = ax.get_xlim()
    placed = rejected.filter(pl.col("row").is_not_null())
    dated = placed.filter(pl.col("x").is_between(left, right))
    _draw_marks(ax, dated["x"].to_numpy(), dated["row"].to_numpy(), REJECTED, large=large)
    undated = placed.filter(pl.col("x").is_null())["row"].to_numpy()
    ax.plot(
        np.full(len(undated), 1.012), undated, transform=ax.get_yaxis_transform(), linestyle="none", clip_on=False,
        marker=REJECTED.marker, markersize=5 if large else 3, color=REJECTED.colour, markeredgewidth=1.1,
    )  # fmt: skip
    return [(REJECTED, int(rejected["values"].sum()))]


def _write_around(
    ax: Axes, times: ReadingTimes, marked: list[tuple[Mark, int]], rejected: pl.DataFrame, *, named: bool
) -> None:
    marks, texts = _platform_marks(times.videos) if named else ([], [])
    for mark, n in marked:
        marks.append(_key_mark(mark.marker, mark.colour, mark.colour if mark.filled or not named else "white"))
        texts.append(f"{mark.name} ({n:,})")
    write_side_key(ax, marks, texts)
    homeless = int(rejected.filter(pl.col("row").is_null())["values"].sum())
    undated = rejected.filter(pl.col("x").is_null() & pl.col("row").is_not_null()).height
    write_titles(
        ax, "Readings", plural(times.videos.height, "video"), plural(len(times.x), "reading"),
        f"{plural(homeless, 'rejected value')} of videos without a reading not shown" if homeless else "",
        "marks right of the axis: the timestamp is no instant" if undated else "",
    )  # fmt: skip


def _platform_marks(videos: pl.DataFrame) -> tuple[list[Line2D], list[str]]:
    counted = videos.with_columns(pl.col("platform").fill_null(UNKNOWN)).group_by("platform").agg(pl.col("n").sum())
    readings = dict(counted.rows())
    order = order_platforms(list(readings))
    marks = [_key_mark("|", find_look(name).colour, find_look(name).colour) for name in order]
    return marks, [f"{format_label(name, limit=14)} ({readings[name]:,})" for name in order]


def _key_mark(marker: str, colour: str, face: str) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=9 if marker == "|" else 5.5, color=colour,
        markeredgewidth=1.3, markerfacecolor=face,
    )  # fmt: skip
