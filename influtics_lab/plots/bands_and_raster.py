"""Many videos in one picture: quantile bands over age or time, or a raster of how many videos pass where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from influtics_lab.plots.labels import Name, limits, names, room_for_names, titles
from influtics_lab.plots.legends import SHADES, platform_key, shade_key, shaded
from influtics_lab.plots.line_data import Line, of_curves
from influtics_lab.plots.line_plot import LARGEST, NAMED, Words, across, line_name, one
from influtics_lab.text_format import plural

Whole: TypeAlias = NDArray[np.int64]
Truth: TypeAlias = NDArray[np.bool_]

OUTER: Final = "#d3d9e0"
INNER: Final = "#a3adb9"
MIDDLE: Final = "#1f2328"
_SHARE: Final = 0.1  # of the most videos that are known at one age: below it, bands would be of other videos
_FURTHER: Final = 1.5  # times the age of the bands: how far a line that was asked for is drawn
_DECADES: Final = 6
_ROWS: Final = 120  # of a raster
_COLUMNS: Final = 300


def draw_crowd(
    ax: Axes, made: Curves, words: Words, *, show: str, scale: str, highlight: Sequence[str] | None, least: int,
    own: bool,
) -> str | None:  # fmt: skip
    """Draw bands or a raster of curves, with the lines of a few videos on top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    made : Curves
        With at least one video that has values.
    words : Words
    show : str
        ``bands`` or ``raster``.
    scale : str
    highlight : sequence of str or None
        Ids of the videos that are named; None is the five largest.
    least : int
        Bands are drawn where so many videos are known.
    own : bool
        Whether the figure is ours.

    Returns
    -------
    str or None
        Why nothing could be drawn, if so.
    """
    shown = enough(made, least) if show == "bands" else made.known >= 1
    whole = of_curves(made, chosen(made, highlight, shown), positive=scale == "log")
    named = _within(whole, made, shown, asked=highlight is not None)
    if not shown.any() and not named:
        are = "is" if least == 1 else "are"
        return f"At no {'time' if made.by == 'timestamp' else 'age'} {are} {plural(least, 'video')} known."
    bands = made.quantiles[shown]
    low, high = _ends(made, bands, named, show, scale)
    if low > high:
        return f"All values of {made.column} are 0 or below: a log scale cannot show them."
    ax.set_yscale(scale)
    ax.set_ylim(*limits([np.array([low, high])], scale))
    _sideways(ax, made, shown, named)
    said = _bands(ax, made.grid[shown], bands, words) if show == "bands" else []
    densest = _raster(ax, made, scale) if show == "raster" else 0
    for line in reversed(named):
        one(ax, line, dots=False)
    if own:
        room_for_names(ax, below=show == "bands" and made.by != "timestamp")
    names(ax, [*said, *(line_name(line, words) for line in named)])
    _around(ax, made, words, shown, densest=densest, beyond=0 if highlight is None else _cut(whole, named))
    return None


def enough(made: Curves, least: int) -> Truth:
    """Give where bands are drawn: where enough videos are known, and not so few of them that they are others."""
    most = int(made.known.max(initial=0))
    there: Truth = made.known >= max(least, most * _SHARE)
    return there


def _within(lines: Sequence[Line], made: Curves, shown: Truth, *, asked: bool) -> list[Line]:
    """Cut lines where the bands end; those that were asked for further on, so that the bands can still be read."""
    if not shown.any() or (asked and made.by == "timestamp"):
        return list(lines)
    end = made.grid[shown][-1] * (_FURTHER if asked else 1)
    cut = [replace(line, x=line.x[~(line.x > end)], y=line.y[~(line.x > end)]) for line in lines]
    if asked:  # one of which nothing would be left stays as it is
        return [part if np.isfinite(part.y).any() else line for part, line in zip(cut, lines, strict=True)]
    return [line for line in cut if not np.isnan(line.y).all()]


def _cut(whole: Sequence[Line], named: Sequence[Line]) -> int:
    return sum(len(part.x) < len(line.x) for part, line in zip(named, whole, strict=True))


def chosen(made: Curves, highlight: Sequence[str] | None, shown: Truth) -> list[str]:
    """Give the ids of the videos to name: those asked for, else the five largest that are known where bands are.

    Raises
    ------
    ConfigError
        If one that was asked for is not in the frame, or there are more than eight.
    """
    if highlight is not None:
        return known_ids(highlight, made.videos["video_id"])
    there = (place for place in made.largest.tolist() if not np.isnan(made.values[shown, place]).all())
    return [made.videos["video_id"][place] for place in islice(there, LARGEST)]


def known_ids(highlight: Sequence[str], ids: pl.Series) -> list[str]:
    """Refuse a choice of videos that cannot be named: too many, or not there."""
    wanted = [highlight] if isinstance(highlight, str) else list(dict.fromkeys(highlight))
    if len(wanted) > NAMED:
        raise ConfigError(f"highlight names {len(wanted)} videos; names of more than {NAMED} cannot be read.")
    if lacking := [key for key in wanted if not ids.eq_missing(key).any()]:
        raise ConfigError(f"highlight names {lacking[0]!r}, which is no video_id of this frame.")
    return wanted


def _ends(made: Curves, bands: Floats, named: Sequence[Line], show: str, scale: str) -> tuple[float, float]:
    """Give the smallest and the largest value to show."""
    values = [line.y for line in named] + [bands.ravel() if show == "bands" else made.values.ravel()]
    together = np.concatenate(values)
    kept = together[together > 0] if scale == "log" else together[~np.isnan(together)]
    if not len(kept):
        return 1.0, 0.0
    low, high = float(kept.min()), float(kept.max())
    return (max(low, high / 10**_DECADES) if scale == "log" else low), high


def _sideways(ax: Axes, made: Curves, shown: Truth, named: Sequence[Line]) -> None:
    reach = [made.grid[shown], *(line.x for line in named)]
    ends = [(float(np.nanmin(x)), float(np.nanmax(x))) for x in reach if len(x)]
    left, right = min(start for start, _ in ends), max(end for _, end in ends)
    if made.by != "timestamp":
        left = min(left, 0.0) if left < 24 else left
    pad = (right - left) * 0.015 or 0.5
    ax.set_xlim(left - pad, right + pad)


def _bands(ax: Axes, x: Floats, bands: Floats, words: Words) -> list[Name]:
    """Draw the bands and the median; give what is written at their ends."""
    if not len(x):
        return []
    floor = ax.get_ylim()[0]
    p10, p25, p50, p75, p90 = np.maximum(bands, floor).T
    ax.fill_between(x, p10, p90, color=OUTER, linewidth=0, zorder=1.1)
    ax.fill_between(x, p25, p75, color=INNER, linewidth=0, zorder=1.2)
    ax.plot(x, np.where(bands[:, 2] >= floor, p50, np.nan), color="white", linewidth=4, zorder=2)
    ax.plot(x, np.where(bands[:, 2] >= floor, p50, np.nan), color=MIDDLE, linewidth=2, zorder=2.1)
    said = {10: "p10", 25: "p25", 50: "median", 75: "p75", 90: "p90"}
    found = []
    for q, end in zip(QUANTILES, bands[-1], strict=True):
        text = f"{said[q]}  {words.value.format(ticks.short(end))}"
        found.append(Name(text, float(x[-1]), max(float(end), floor), INK if q == 50 else MUTED))
    return found


def _raster(ax: Axes, made: Curves, scale: str) -> int:
    """Draw how many videos pass each cell; give the largest number."""
    low, high = ax.get_ylim()
    counted = cells_of(made, low, high, scale)
    image, ends = _evenly(made.grid, shaded(counted))
    # cells are equally high on either scale, so the picture stands in fractions of the height
    ax.imshow(
        image, extent=(*ends, 0, 1), transform=ax.get_xaxis_transform(), aspect="auto", origin="lower",
        interpolation="nearest", zorder=1.1,
    )  # fmt: skip
    ax.set_ylim(low, high)
    return int(counted.max())


def cells_of(made: Curves, low: float, high: float, scale: str) -> Whole:
    """Count the videos in each cell between two values: rows from the bottom, a column for each point of the grid."""
    rows, known = _rows(made.values, low, high, scale)
    places = np.broadcast_to(np.arange(len(made.grid))[:, None], rows.shape)[known]
    counted: Whole = np.bincount(rows[known] * len(made.grid) + places, minlength=_ROWS * len(made.grid))
    return counted.reshape(_ROWS, len(made.grid))


def _evenly(grid: Floats, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Give the columns of a raster at even distances: each the nearest of the grid."""
    step = float(np.diff(grid).min()) if len(grid) > 1 else 1.0
    columns = min(round((grid[-1] - grid[0]) / step) + 1, 2 * _COLUMNS)
    at = np.linspace(grid[0], grid[-1], columns)
    middles = (grid[1:] + grid[:-1]) / 2
    half = (at[1] - at[0]) / 2 if columns > 1 else 0.5
    return image[:, np.searchsorted(middles, at)], (float(at[0] - half), float(at[-1] + half))


def _rows(values: Floats, low: float, high: float, scale: str) -> tuple[np.typing.NDArray[np.int64], Truth]:
    with np.errstate(invalid="ignore", divide="ignore"):
        if scale == "log":
            share = np.log(np.where(values > 0, values, np.nan) / low) / np.log(high / low)
        else:
            share = (values - low) / (high - low)
        known = (share >= 0) & (share <= 1)
        return np.clip(np.where(known, share, 0) * _ROWS, 0, _ROWS - 1).astype(np.int64), known


def _around(ax: Axes, made: Curves, words: Words, shown: Truth, *, densest: int, beyond: int) -> None:
    """Dress the axes and write what the picture is made of."""
    with_values = made.videos.filter(pl.col("readings") > 0)
    platform_key(ax, with_values["platform"].fill_null(UNKNOWN).to_list())
    scale, aged = ax.get_yscale(), made.by != "timestamp"
    ticks.numbers(ax.yaxis, *ax.get_ylim(), scale=scale)
    across(ax, made.by, words.unit, None if densest or not aged else _counter(made))
    n, readings = with_values.height, int(with_values["readings"].sum())
    said = [plural(n, "video"), plural(readings, words.points)]
    if made.videos.height > n:
        said.append(f"{made.videos.height - n:,} more without a value" + (" or of unknown age" if aged else ""))
    if scale == "log" and (under := int(with_values["nonpositive"].sum())):
        said.append(f"{under:,} at 0 or below not on this scale")
    if scale == "linear" and ax.get_ylim()[0] > 0:
        said.append("axis does not start at 0")
    if densest:
        shade_key(ax, SHADES, "1", plural(densest, "video"))
    elif shown.any():
        known = made.known[shown]
        said.append(
            f"bands: middle half and middle 80 % of {int(known.min()):,} to {plural(int(known.max()), 'video')}"
        )
    if beyond:
        said.append(f"{plural(beyond, 'line')} cut at {_FURTHER:g} times the age of the bands")
    title = f"{words.what} by age" if aged else words.what
    titles(ax, title, ", ".join([*said, *([words.note] if words.note else [])]))


def _counter(made: Curves) -> Callable[[float], int]:
    """Give how many videos are known at an age that stands at a tick."""

    def known(age: float) -> int:
        at = int(np.searchsorted(made.grid, age))
        return int(made.known[at]) if age >= 0 and at < len(made.grid) else 0

    return known
