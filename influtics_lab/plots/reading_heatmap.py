"""When was each video read, what was rejected, and what was flagged."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from influtics_lab.plots import ticks
from influtics_lab.plots.band_quantiles import Floats, Whole
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.colours import UNKNOWN, in_order, look
from influtics_lab.plots.font_text import label
from influtics_lab.plots.labels import dress, empty, row_names, titles
from influtics_lab.plots.legends import SHADES, shade_key, shaded, side_key
from influtics_lab.plots.reading_times import Seen, seen
from influtics_lab.plots.validation import at_least_one, need
from influtics_lab.text_format import plural

_MOST_ROWS: Final = 330  # of a raster
_COLUMNS: Final = 480


class Mark(NamedTuple):
    """How one kind of reading is marked: by its form too, for grey print."""

    name: str
    marker: str
    colour: str
    filled: bool


REJECTED: Final = Mark("rejected", "x", "#b00020", filled=True)
MARKS: Final = {  # in the order of drawing: what there is most of lies below
    "is_cached": Mark("cached poll", "o", "#8b939e", filled=False),
    "is_hidden": Mark("hidden count", "s", "#6a3d9a", filled=False),
    "is_failed_poll": Mark("failed poll", "P", "#a61e8f", filled=True),
    "is_correction": Mark("correction", "v", "#d55e00", filled=False),
    "is_purge": Mark("purge", "v", "#8a1c00", filled=True),
    "is_stalled": Mark("stalled", "D", "#1f2328", filled=True),
    "is_burst": Mark("burst", "^", "#007a5e", filled=True),
}


def plot_readings(
    frame: pl.DataFrame, rejected: pl.DataFrame | None = None, *, rows: int = 40, ax: Axes | None = None
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
        ``snapshot.rejected``: ``video_id field raw_timestamp``. Its counts are marked where they say that they were
        read, and at the right where their timestamp is no instant.
    rows : int, default 40
        Up to how many videos have a named row.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names stand at the left of the axes, the key at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` gives it.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a frame is none of polars.
    ConfigError
        If rows is no whole number from 1.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_readings(empty(FRAME)).texts[-1].get_text()
    'There is no reading in this frame.'
    """
    at_least_one("plot_readings", "rows", rows)
    data = need(frame, "plot_readings", ["video_id", "timestamp", "platform", "title", "external_video_id"])
    if rejected is not None:
        need(rejected, "plot_readings (rejected)", ["video_id", "field", "raw_timestamp"])
    return draw(seen(data, MARKS), rejected, rows=rows, ax=ax)


def draw(made: Seen, rejected: pl.DataFrame | None, *, rows: int = 40, ax: Axes | None = None) -> Axes:
    """Draw readings that are made ready, as ``plot_readings`` does."""
    named = made.videos.height <= rows
    target = ax
    if target is None:
        height = max(3.2, 1.6 + 0.21 * made.videos.height) if named else 5.0
        target = new_axes(left=0.27 if named else 0.085, right=0.79, height=height)
    with style():
        if not len(made.x):
            return empty(target, "Readings", "There is no reading in this frame.")
        lost = _lost(rejected, made.videos)
        _frame(target, made, lost, named=named)
        (_ticks if named else _raster)(target, made)
        found = _flags(target, made, large=named) + _rejected(target, lost, large=named)
        _around(target, made, found, lost, named=named)
    return target


def _lost(rejected: pl.DataFrame | None, videos: pl.DataFrame) -> pl.DataFrame:
    """Give the rejected counts: ``row`` (null where the video has no reading) and ``x`` (null where no instant)."""
    if rejected is None:
        return pl.DataFrame(schema={"row": pl.Int64, "x": pl.Float64, "values": pl.UInt32})
    at = pl.col("raw_timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", strict=False)
    counts = rejected.filter(pl.col("field").str.starts_with("stats"))
    found = counts.with_columns((at.dt.epoch("us") / 86_400e6).alias("x")).group_by(
        "video_id", "x", maintain_order=True
    )
    rows = videos.select("video_id", pl.int_range(pl.len()).alias("row"))
    joined = found.agg(pl.len().alias("values")).join(rows, on="video_id", how="left")
    return joined.select("row", "x", "values")


def _frame(ax: Axes, made: Seen, lost: pl.DataFrame, *, named: bool) -> None:
    left, right = float(made.x.min()), float(made.x.max())
    inside = lost.filter(pl.col("x").is_between(left - 1, right + 1))["x"]
    if len(inside):
        left, right = min(left, *inside), max(right, *inside)
    pad = (right - left) * 0.012 or 0.5
    ax.set_xlim(left - pad, right + pad)
    dress(ax, "time of reading (UTC)", "" if named else "videos, in the order of their first readings", grid="x")
    ticks.instants(ax.xaxis)
    if named:
        texts = made.videos.select("title", "external_video_id", "video_id").rows()
        row_names(ax, [label(*each, limit=30) for each in texts])
        ax.spines["left"].set_visible(False)
    else:
        ax.set_ylim(made.videos.height - 0.5, -0.5)
        ticks.numbers(ax.yaxis, 0, made.videos.height, scale="linear")


def _ticks(ax: Axes, made: Seen) -> None:
    x, row = made.x, made.row
    ax.hlines(range(made.videos.height), *ax.get_xlim(), colors="#eef0f3", linewidths=0.8, zorder=0.9)
    platforms = made.videos["platform"].to_list()
    for platform in dict.fromkeys(platforms):
        of_it = [place for place, name in enumerate(platforms) if name == platform]
        here = _in_order(x, row, np.flatnonzero(np.isin(row, of_it)))
        ends = np.stack([np.stack([x[here], row[here] - 0.32], 1), np.stack([x[here], row[here] + 0.32], 1)], 1)
        ax.add_collection(
            LineCollection(list(ends), colors=[look(platform).colour], linewidths=0.9, zorder=2), autolim=False
        )


def _raster(ax: Axes, made: Seen) -> None:
    left, right = ax.get_xlim()
    cells = cells_of(made, left, right)
    ax.imshow(
        shaded(cells), aspect="auto", extent=(left, right, made.videos.height - 0.5, -0.5), interpolation="nearest",
        zorder=1,
    )  # fmt: skip
    shade_key(ax, SHADES, "1", plural(int(cells.max()), "reading"))


def cells_of(made: Seen, left: float, right: float) -> Whole:
    """Count the readings in each cell between two instants: rows of videos from the top, columns of time."""
    videos = made.videos.height
    rows = min(videos, _MOST_ROWS)
    cell = np.minimum((made.x - left) * (_COLUMNS / (right - left)), _COLUMNS - 1).astype(np.int64)
    cell += (np.arange(videos) * rows // videos * _COLUMNS)[made.row]
    counted: Whole = np.bincount(cell, minlength=rows * _COLUMNS).reshape(rows, _COLUMNS)
    return counted


def _flags(ax: Axes, made: Seen, *, large: bool) -> list[tuple[Mark, int]]:
    """Mark the readings that are flagged; give each kind and how many there are."""
    found = []
    for name, mark in MARKS.items():
        if name in made.marked:
            here = _in_order(made.x, made.row, made.marked[name])
            found.append((mark, len(here)))
            _scatter(ax, made.x[here], made.row[here], mark, large=large)
    return found


def _in_order(x: Floats, row: Whole, found: Whole) -> Whole:
    """Give where marks are, in an order that is not that of the frame: they lie above each other."""
    order: Whole = found[np.lexsort((x[found], row[found]))]
    return order


def _scatter(ax: Axes, x: Floats, row: Whole, mark: Mark, *, large: bool) -> None:
    """Put marks at readings: small and filled where rows are thin, or they would hide the readings."""
    face = mark.colour if mark.filled or not large else "white"
    ax.plot(
        x, row, linestyle="none", marker=mark.marker, markersize=5 if large else 1.8, color=mark.colour,
        markerfacecolor=face, markeredgewidth=1.1 if large else 0.5, zorder=3, clip_on=False,
    )  # fmt: skip


def _rejected(ax: Axes, lost: pl.DataFrame, *, large: bool) -> list[tuple[Mark, int]]:
    if lost.is_empty():
        return []
    left, right = ax.get_xlim()
    there = lost.filter(pl.col("row").is_not_null())
    dated = there.filter(pl.col("x").is_between(left, right))
    _scatter(ax, dated["x"].to_numpy(), dated["row"].to_numpy(), REJECTED, large=large)
    undated = there.filter(pl.col("x").is_null())["row"].to_numpy()
    ax.plot(
        np.full(len(undated), 1.012), undated, transform=ax.get_yaxis_transform(), linestyle="none", clip_on=False,
        marker=REJECTED.marker, markersize=5 if large else 3, color=REJECTED.colour, markeredgewidth=1.1,
    )  # fmt: skip
    return [(REJECTED, int(lost["values"].sum()))]


def _around(ax: Axes, made: Seen, found: list[tuple[Mark, int]], lost: pl.DataFrame, *, named: bool) -> None:
    marks, said = _platforms(made.videos) if named else ([], [])
    for mark, n in found:
        marks.append(_in_key(mark.marker, mark.colour, mark.colour if mark.filled or not named else "white"))
        said.append(f"{mark.name} ({n:,})")
    side_key(ax, marks, said)
    words = [plural(made.videos.height, "video"), plural(len(made.x), "reading")]
    if homeless := int(lost.filter(pl.col("row").is_null())["values"].sum()):
        words.append(f"{plural(homeless, 'rejected value')} of videos without a reading not shown")
    if lost.filter(pl.col("x").is_null() & pl.col("row").is_not_null()).height:
        words.append("marks right of the axis: the timestamp is no instant")
    titles(ax, "Readings", ", ".join(words))


def _platforms(videos: pl.DataFrame) -> tuple[list[Line2D], list[str]]:
    held = videos.with_columns(pl.col("platform").fill_null(UNKNOWN)).group_by("platform").agg(pl.col("n").sum())
    readings = dict(held.rows())
    order = in_order(list(readings))
    marks = [_in_key("|", look(name).colour, look(name).colour) for name in order]
    return marks, [f"{label(name, limit=14)} ({readings[name]:,})" for name in order]


def _in_key(marker: str, colour: str, face: str) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=9 if marker == "|" else 5.5, color=colour,
        markeredgewidth=1.3, markerfacecolor=face,
    )  # fmt: skip
