"""Many videos in one picture: quantile bands over age or time, or a raster of how many videos pass each cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import islice
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from numpy.typing import NDArray

from influtics_lab.errors import ConfigError
from influtics_lab.plots import ticks
from influtics_lab.plots.band_quantiles import QUANTILES, Curves, Floats
from influtics_lab.plots.canvas import INK, MUTED
from influtics_lab.plots.colours import UNKNOWN
from influtics_lab.plots.labels import Name, find_limits, room_for_names, write_names, write_titles
from influtics_lab.plots.legends import SHADES, draw_shade_key, shade_cells, write_platform_key
from influtics_lab.plots.line_data import Line, select_lines
from influtics_lab.plots.line_plot import (
    LARGEST,
    NAMED,
    PictureText,
    describe_omissions,
    draw_named_line,
    format_time_axes,
    name_line_ends,
)
from influtics_lab.text_format import plural

Whole: TypeAlias = NDArray[np.int64]
Truth: TypeAlias = NDArray[np.bool_]

_OUTER: Final = "#d3d9e0"
_INNER: Final = "#a3adb9"
MIDDLE: Final = "#1f2328"
_SHARE: Final = 0.1  # of the most videos that are known at one age: below it, bands would describe other videos
_FURTHER: Final = 1.5  # times the age of the bands: how far a line that was asked for is drawn
_DECADES: Final = 6
_ROWS: Final = 120  # of a raster
_COLUMNS: Final = 300


def draw_many_videos(
    ax: Axes, curves: Curves, text: PictureText, *, show: str, scale: str, highlight: Sequence[str] | None, least: int,
    own: bool, zone: tzinfo = UTC,
) -> str | None:  # fmt: skip
    """Draw bands or a raster of curves, with the lines of a few videos on top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    curves : Curves
        With at least one video that has values.
    text : PictureText
    show : str
        ``bands`` or ``raster``.
    scale : str
    highlight : sequence of str or None
        Ids of the videos that are named; None is the five largest.
    least : int
        Bands are drawn where so many videos are known.
    own : bool
        Whether the figure is ours.
    zone : tzinfo
        The time zone of an axis of time.

    Returns
    -------
    str or None
        Why nothing could be drawn, if so.
    """
    shown = has_enough(curves, least) if show == "bands" else curves.known >= 1
    lines = select_lines(curves, choose_named(curves, highlight, shown), positive=scale == "log")
    named = _cut_at_bands(lines, curves, shown, asked=highlight is not None)
    if not shown.any() and not named:
        are = "is" if least == 1 else "are"
        return f"At no {'time' if curves.by == 'timestamp' else 'age'} {are} {plural(least, 'video')} known."
    bands = curves.quantiles[shown]
    low, high = _find_ends(curves, bands, named, show, scale)
    if low > high:
        return f"All values of {curves.column} are 0 or below: a log scale cannot show them."
    ax.set_yscale(scale)
    ax.set_ylim(*find_limits([np.array([low, high])], scale))
    _set_across_limits(ax, curves, shown, named)
    labels = _draw_bands(ax, curves.grid[shown], bands, text) if show == "bands" else []
    densest = _draw_raster(ax, curves, scale) if show == "raster" else 0
    for line in reversed(named):
        draw_named_line(ax, line, dots=False)
    if own:
        room_for_names(ax, below=show == "bands" and curves.by != "timestamp")
    write_names(ax, [*labels, *name_line_ends(named, text)])
    cut = (len(part.x) < len(line.x) for part, line in zip(named, lines, strict=True)) if highlight is not None else ()
    _write_around(ax, curves, text, shown, densest=densest, beyond=sum(cut), zone=zone)
    return None


def has_enough(curves: Curves, least: int) -> Truth:
    """Return where bands are drawn: where enough videos are known, and not far fewer than elsewhere."""
    most = int(curves.known.max(initial=0))
    return curves.known >= max(least, most * _SHARE)


def _cut_at_bands(lines: Sequence[Line], curves: Curves, shown: Truth, *, asked: bool) -> list[Line]:
    """Cut lines where the bands end; those asked for further on, so that the bands stay readable."""
    if not shown.any() or (asked and curves.by == "timestamp"):
        return list(lines)
    end = curves.grid[shown][-1] * (_FURTHER if asked else 1)
    cut = [replace(line, x=line.x[~(line.x > end)], y=line.y[~(line.x > end)]) for line in lines]
    if asked:  # a line of which nothing would remain stays whole
        return [part if np.isfinite(part.y).any() else line for part, line in zip(cut, lines, strict=True)]
    return [line for line in cut if not np.isnan(line.y).all()]


def choose_named(curves: Curves, highlight: Sequence[str] | None, shown: Truth) -> list[str]:
    """Return the ids of the videos to name: those asked for, else the five largest that are known where bands are.

    Raises
    ------
    ConfigError
        If one that was asked for is not in the frame, or there are more than eight.
    """
    if highlight is not None:
        return check_ids(highlight, curves.videos["video_id"])
    ranked = curves.ranked.select("video_id", "column").iter_rows()
    known = (key for key, column in ranked if not np.isnan(curves.values[shown, column]).all())
    return list(islice(known, LARGEST))


def check_ids(highlight: Sequence[str], ids: pl.Series) -> list[str]:
    """Return the ids of a choice of videos; raise where they are too many, or not there."""
    wanted = [highlight] if isinstance(highlight, str) else list(dict.fromkeys(highlight))
    if len(wanted) > NAMED:
        raise ConfigError(f"highlight names {len(wanted)} videos; names of more than {NAMED} cannot be read.")
    if lacking := [key for key in wanted if not ids.eq_missing(key).any()]:
        raise ConfigError(f"highlight names {lacking[0]!r}, which is no video_id of this frame.")
    return wanted


def _find_ends(curves: Curves, bands: Floats, named: Sequence[Line], show: str, scale: str) -> tuple[float, float]:
    """Return the smallest and the largest value to show."""
    values = [line.y for line in named] + [bands.ravel() if show == "bands" else curves.values.ravel()]
    together = np.concatenate(values)
    known = together[together > 0] if scale == "log" else together[~np.isnan(together)]
    if not len(known):
        return 1.0, 0.0
    low, high = float(known.min()), float(known.max())
    return (max(low, high / 10**_DECADES) if scale == "log" else low), high


def _set_across_limits(ax: Axes, curves: Curves, shown: Truth, named: Sequence[Line]) -> None:
    reach = [curves.grid[shown], *(line.x for line in named)]
    ends = [(float(np.nanmin(x)), float(np.nanmax(x))) for x in reach if len(x)]
    left, right = min(start for start, _ in ends), max(end for _, end in ends)
    if curves.by != "timestamp":
        left = min(left, 0.0) if left < 24 else left
    pad = (right - left) * 0.015 or 0.5
    ax.set_xlim(left - pad, right + pad)


def fill_bands(ax: Axes, x: Floats, bands: Floats) -> Floats:
    """Fill the middle half and the middle 80 % at each point; return the medians, cut at the lower limit."""
    p10, p25, p50, p75, p90 = np.maximum(bands, ax.get_ylim()[0]).T
    ax.fill_between(x, p10, p90, color=_OUTER, linewidth=0, zorder=1.1)
    ax.fill_between(x, p25, p75, color=_INNER, linewidth=0, zorder=1.2)
    medians: Floats = p50
    return medians


def _draw_bands(ax: Axes, x: Floats, bands: Floats, text: PictureText) -> list[Name]:
    """Draw the bands and the median; return the labels at their ends."""
    if not len(x):
        return []
    floor = ax.get_ylim()[0]
    middle = np.where(bands[:, 2] >= floor, fill_bands(ax, x, bands), np.nan)
    ax.plot(x, middle, color="white", linewidth=4, zorder=2)
    ax.plot(x, middle, color=MIDDLE, linewidth=2, zorder=2.1)
    ends = {10: "p10", 25: "p25", 50: "median", 75: "p75", 90: "p90"}
    labels = []
    for q, end in zip(QUANTILES, bands[-1], strict=True):
        label = f"{ends[q]}  {text.write(end)}"
        labels.append(Name(label, float(x[-1]), max(float(end), floor), INK if q == 50 else MUTED))
    return labels


def _draw_raster(ax: Axes, curves: Curves, scale: str) -> int:
    """Draw how many videos pass each cell; return the largest number."""
    low, high = ax.get_ylim()
    counted = count_cells(curves, low, high, scale)
    image, ends = _space_evenly(curves.grid, shade_cells(counted))
    # cells are equally high on either scale, so the picture is placed in fractions of the height
    ax.imshow(
        image, extent=(*ends, 0, 1), transform=ax.get_xaxis_transform(), aspect="auto", origin="lower",
        interpolation="nearest", zorder=1.1,
    )  # fmt: skip
    ax.set_ylim(low, high)
    return int(counted.max())


def count_cells(curves: Curves, low: float, high: float, scale: str) -> Whole:
    """Count the videos in each cell between two values: rows from the bottom, a column for each point of the grid."""
    rows, known = _find_rows(curves.values, low, high, scale)
    places = np.broadcast_to(np.arange(len(curves.grid))[:, None], rows.shape)[known]
    counted: Whole = np.bincount(rows[known] * len(curves.grid) + places, minlength=_ROWS * len(curves.grid))
    return counted.reshape(_ROWS, len(curves.grid))


def _space_evenly(grid: Floats, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Return the columns of a raster at even distances: each the nearest of the grid."""
    step = float(np.diff(grid).min()) if len(grid) > 1 else 1.0
    columns = min(round((grid[-1] - grid[0]) / step) + 1, 2 * _COLUMNS)
    at = np.linspace(grid[0], grid[-1], columns)
    middles = (grid[1:] + grid[:-1]) / 2
    half = (at[1] - at[0]) / 2 if columns > 1 else 0.5
    return image[:, np.searchsorted(middles, at)], (float(at[0] - half), float(at[-1] + half))


def _find_rows(values: Floats, low: float, high: float, scale: str) -> tuple[np.typing.NDArray[np.int64], Truth]:
    with np.errstate(invalid="ignore", divide="ignore"):
        if scale == "log":
            share = np.log(np.where(values > 0, values, np.nan) / low) / np.log(high / low)
        else:
            share = (values - low) / (high - low)
        known = (share >= 0) & (share <= 1)
        return np.clip(np.where(known, share, 0) * _ROWS, 0, _ROWS - 1).astype(np.int64), known


def _write_around(
    ax: Axes, curves: Curves, text: PictureText, shown: Truth, *, densest: int, beyond: int, zone: tzinfo
) -> None:
    """Format the axes and write what the picture shows."""
    with_values = curves.videos.filter(pl.col("readings") > 0)
    write_platform_key(ax, with_values["platform"].fill_null(UNKNOWN).to_list())
    scale, aged = ax.get_yscale(), curves.by != "timestamp"
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale=scale, whole=text.is_count)
    format_time_axes(ax, curves.by, text.unit, None if densest or not aged else _count_known_at(curves), zone=zone)
    bands = ""
    if densest:
        draw_shade_key(ax, SHADES, "1", plural(densest, "video"))
    elif shown.any():
        known = curves.known[shown]
        most = plural(int(known.max()), "video")
        bands = f"bands: middle half and middle 80 % of {int(known.min()):,} to {most}"
    off_scale = int(with_values["nonpositive"].sum()) if scale == "log" else 0
    write_titles(
        ax,
        f"{text.title} by age" if aged else text.title,
        plural(with_values.height, "video"),
        plural(int(with_values["readings"].sum()), text.points),
        *describe_omissions(ax, curves.videos.height - with_values.height, off_scale, aged=aged),
        bands,
        f"{plural(beyond, 'line')} cut at {_FURTHER:g} times the age of the bands" if beyond else "",
        text.note,
    )


def _count_known_at(curves: Curves) -> Callable[[float], int]:
    """Return a function from an age at a tick to the number of videos known then."""

    def known(age: float) -> int:
        at = int(np.searchsorted(curves.grid, age))
        return int(curves.known[at]) if age >= 0 and at < len(curves.grid) else 0

    return known
