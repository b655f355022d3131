"""When was each video read, what was rejected, and what was flagged."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from influtics_lab.plots import ticks
from influtics_lab.plots.bands import Floats, Whole
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.colours import UNKNOWN, in_order, look
from influtics_lab.plots.furniture import dress, empty, plural, row_names, titles
from influtics_lab.plots.keys import SHADES, shade_key, side_key
from influtics_lab.plots.needs import at_least_one, need
from influtics_lab.plots.text import label

_MOST_ROWS: Final = 330  # of a raster
_COLUMNS: Final = 480


class Mark(NamedTuple):
    """How one kind of reading is marked: by its form too, for grey print."""

    name: str
    marker: str
    colour: str
    filled: bool


REJECTED: Final = Mark("rejected", "x", "#b00020", filled=True)
FLAGS: Final = {  # in the order of drawing: what there is most of lies below
    "is_cached": Mark("cached poll", "o", "#8b939e", filled=False),
    "is_hidden": Mark("hidden count", "s", "#6a3d9a", filled=False),
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
        The one frame: ``video_id timestamp platform title external_video_id``. Flags that are there are marked:
        ``is_correction``, ``is_purge``, ``is_hidden``, ``is_cached``, ``is_stalled`` and ``is_burst`` of
        ``lab.flag_counters``.
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
    videos = _videos(data)
    named = videos.height <= rows
    target = ax
    if target is None:
        height = max(3.2, 1.6 + 0.21 * videos.height) if named else 5.0
        target = new_axes(left=0.27 if named else 0.085, right=0.79, height=height)
    with style():
        if data.is_empty():
            return empty(target, "Readings", "There is no reading in this frame.")
        x = data["timestamp"].dt.epoch("us").to_numpy() / 86_400e6
        row = (
            data.select("video_id").join(videos.select("video_id", "row"), on="video_id", how="left")["row"].to_numpy()
        )
        lost = _lost(rejected, videos)
        _frame(target, videos, x, lost, named=named)
        (_ticks if named else _raster)(target, x, row, videos)
        found = _flags(target, data, x, row, large=named) + _rejected(target, lost, large=named)
        _around(target, data, videos, found, lost, named=named)
    return target


def _videos(data: pl.DataFrame) -> pl.DataFrame:
    """Give one row for each video in the order of the picture, with its number in ``row``."""
    names = [pl.col(name).first() for name in ("platform", "title", "external_video_id")]
    made = data.lazy().group_by("video_id").agg(*names, pl.col("timestamp").min().alias("first"), pl.len().alias("n"))
    return made.sort("first", "video_id").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64)).collect()


def _lost(rejected: pl.DataFrame | None, videos: pl.DataFrame) -> pl.DataFrame:
    """Give the rejected counts: ``row`` (null where the video has no reading) and ``x`` (null where no instant)."""
    if rejected is None:
        return pl.DataFrame(schema={"row": pl.Int64, "x": pl.Float64, "values": pl.UInt32})
    at = pl.col("raw_timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", strict=False)
    counts = rejected.filter(pl.col("field").str.starts_with("stats"))
    found = counts.with_columns((at.dt.epoch("us") / 86_400e6).alias("x")).group_by(
        "video_id", "x", maintain_order=True
    )
    joined = found.agg(pl.len().alias("values")).join(videos.select("video_id", "row"), on="video_id", how="left")
    return joined.select("row", "x", "values")


def _frame(ax: Axes, videos: pl.DataFrame, x: Floats, lost: pl.DataFrame, *, named: bool) -> None:
    left, right = float(x.min()), float(x.max())
    inside = lost.filter(pl.col("x").is_between(left - 1, right + 1))["x"]
    if len(inside):
        left, right = min(left, *inside), max(right, *inside)
    pad = (right - left) * 0.012 or 0.5
    ax.set_xlim(left - pad, right + pad)
    dress(ax, "time of reading (UTC)", "" if named else "videos, in the order of their first readings", grid="x")
    ticks.instants(ax.xaxis)
    if named:
        row_names(ax, [label(*row, limit=30) for row in videos.select("title", "external_video_id", "video_id").rows()])
        ax.spines["left"].set_visible(False)
    else:
        ax.set_ylim(videos.height - 0.5, -0.5)
        ticks.numbers(ax.yaxis, 0, videos.height, scale="linear")


def _ticks(ax: Axes, x: Floats, row: Whole, videos: pl.DataFrame) -> None:
    ax.hlines(range(videos.height), *ax.get_xlim(), colors="#eef0f3", linewidths=0.8, zorder=0.9)
    platforms = videos["platform"].to_list()
    for platform in dict.fromkeys(platforms):
        here = _in_order(x, row, np.isin(row, [place for place, name in enumerate(platforms) if name == platform]))
        ends = np.stack([np.stack([x[here], row[here] - 0.32], 1), np.stack([x[here], row[here] + 0.32], 1)], 1)
        ax.add_collection(
            LineCollection(list(ends), colors=[look(platform).colour], linewidths=0.9, zorder=2), autolim=False
        )


def _raster(ax: Axes, x: Floats, row: Whole, videos: pl.DataFrame) -> None:
    left, right = ax.get_xlim()
    rows = min(videos.height, _MOST_ROWS)
    across = np.clip((x - left) / (right - left) * _COLUMNS, 0, _COLUMNS - 1).astype(np.int64)
    down = row * rows // videos.height
    cells = np.bincount(down * _COLUMNS + across, minlength=rows * _COLUMNS).reshape(rows, _COLUMNS).astype(float)
    most = int(cells.max())
    ax.imshow(
        np.ma.masked_equal(cells, 0.0), cmap=SHADES, norm=LogNorm(1, max(most, 2)), aspect="auto",
        extent=(left, right, videos.height - 0.5, -0.5), interpolation="nearest", zorder=1,
    )  # fmt: skip
    shade_key(ax, SHADES, "1", plural(most, "reading"))


def _flags(ax: Axes, data: pl.DataFrame, x: Floats, row: Whole, *, large: bool) -> list[tuple[Mark, int]]:
    """Mark the readings that are flagged; give each kind and how many there are."""
    found = []
    for name, mark in FLAGS.items():
        if name in data.columns:
            here = _in_order(x, row, data[name].fill_null(value=False).cast(pl.Boolean).to_numpy())
            found.append((mark, len(here)))
            _scatter(ax, x[here], row[here], mark, large=large)
    return found


def _in_order(x: Floats, row: Whole, here: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give where marks are, in an order that is not that of the frame: they lie above each other."""
    found = np.flatnonzero(here)
    return found[np.lexsort((x[found], row[found]))]


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


def _around(
    ax: Axes,
    data: pl.DataFrame,
    videos: pl.DataFrame,
    found: list[tuple[Mark, int]],
    lost: pl.DataFrame,
    *,
    named: bool,
) -> None:
    marks, said = _platforms(videos) if named else ([], [])
    for mark, n in found:
        marks.append(_in_key(mark.marker, mark.colour, mark.colour if mark.filled or not named else "white"))
        said.append(f"{mark.name} ({n:,})")
    side_key(ax, marks, said)
    words = [plural(videos.height, "video"), plural(data.height, "reading")]
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
