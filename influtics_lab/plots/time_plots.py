"""The way from a frame to a picture of values over time or age: check, collect, draw, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.plots.band_quantiles import AXES, LEAST, Curves, curves
from influtics_lab.plots.bands_and_raster import draw_crowd, known_ids
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.labels import empty
from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, merge_short_intervals
from influtics_lab.plots.line_data import SCALES, collect
from influtics_lab.plots.line_plot import Words, draw
from influtics_lab.plots.validation import at_least_one, need, numeric, one_of

SHOWS: Final = ("auto", "lines", "bands", "raster")
MANY: Final = 200  # videos; more lines are a blob
_ALWAYS: Final = ("video_id", "timestamp", "platform", "title", "external_video_id")


@dataclass(frozen=True)
class Wish:
    """How a picture was asked for: what the public functions of values over time or age share."""

    function: str
    column: str
    words: Words
    rank: str = "views"
    by: str = "timestamp"
    scale: str = "linear"
    show: str = "auto"
    top: int | None = None
    highlight: Sequence[str] | None = None
    least: int = LEAST
    hours: str | None = None
    least_gap_minutes: float = LEAST_GAP_MINUTES

    def check(self) -> None:
        """Refuse settings that are not allowed."""
        one_of(self.function, "by", self.by, tuple(AXES))
        one_of(self.function, "scale", self.scale, SCALES)
        one_of(self.function, "show", self.show, SHOWS)
        at_least_one(self.function, "least", self.least)
        if self.top is not None:
            at_least_one(self.function, "top", self.top, ", or None for all videos")


def picture(frame: pl.DataFrame | Curves, wish: Wish, ax: Axes | None) -> Axes:
    """Draw one column of a frame: a line for each video, or, of many, their bands or a raster.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
    wish : Wish
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    wish.check()
    if isinstance(frame, Curves):
        return _crowd(_same(frame, wish), wish, ax)
    extra = [wish.hours] if wish.hours else []
    data = need(frame, wish.function, [*_ALWAYS, wish.rank, wish.by, wish.column, *extra])
    numeric(data, wish.function, wish.column)
    if _crowded(data, wish):
        made = curves(data, wish.column, by=wish.by, rank=wish.rank, least_gap_minutes=wish.least_gap_minutes)
        return _crowd(made, wish, ax)
    return _lines(merge_short_intervals(data, wish.column, wish.least_gap_minutes), wish, ax)


def _crowded(data: pl.DataFrame, wish: Wish) -> bool:
    if wish.show != "auto":
        return wish.show != "lines"
    return wish.top is None and data["video_id"].n_unique() > MANY


def _same(made: Curves, wish: Wish) -> Curves:
    """Refuse curves of something else than what is drawn."""
    if (made.column, made.by) != (wish.column, wish.by):
        raise ConfigError(
            f"{wish.function} draws {wish.column} by {wish.by}, but these are curves of {made.column} by {made.by}: "
            f"make them with curves(frame, {wish.column!r}, by={wish.by!r})."
        )
    if made.least_gap_minutes != wish.least_gap_minutes:
        raise ConfigError(
            f"{wish.function} draws with least_gap_minutes={wish.least_gap_minutes:g}, but these curves were made with "
            f"{made.least_gap_minutes:g}: give both the same."
        )
    if wish.show == "lines" or wish.top is not None:
        raise ConfigError(f"{wish.function}: curves are drawn as bands or raster; give the frame for lines or top.")
    return made


def _crowd(made: Curves, wish: Wish, ax: Axes | None) -> Axes:
    target = new_axes() if ax is None else ax
    show = wish.show
    if show == "auto":
        show = "raster" if wish.by == "timestamp" else "bands"
    with style():
        why: str | None = "There is no reading in this frame."
        if made.videos["readings"].sum():
            why = draw_crowd(
                target, made, wish.words, show=show, scale=wish.scale, highlight=wish.highlight, least=wish.least,
                own=ax is None,
            )  # fmt: skip
        elif made.videos.height:
            why = _nothing(wish)
        return target if why is None else empty(target, wish.words.what, why)


def _lines(data: pl.DataFrame, wish: Wish, ax: Axes | None) -> Axes:
    found = collect(data, wish.column, by=wish.by, rank=wish.rank, top=wish.top, scale=wish.scale, hours=wish.hours)
    if wish.highlight is not None:
        found = replace(found, highlight=tuple(known_ids(wish.highlight, data["video_id"])))
    target = new_axes() if ax is None else ax
    with style():
        if found.lines:
            draw(target, found, wish.words, wish.scale, own=ax is None)
            return target
        return empty(target, wish.words.what, _why(data, wish, found.off_scale))


def _why(frame: pl.DataFrame, wish: Wish, off_scale: int) -> str:
    if frame.is_empty():
        return "There is no reading in this frame."
    if off_scale:
        some, them = ("The one value", "is") if off_scale == 1 else (f"All {off_scale:,} values", "are")
        return f"{some} of {wish.column} {them} 0 or below, which a log scale cannot show."
    if frame[wish.column].null_count() == frame.height:
        return f"No reading in this frame has a value in {wish.column}."
    if wish.by == "age_hours" and frame[wish.by].null_count() == frame.height:
        return "No video in this frame has a known time of publication:\ndraw by tracked_age_hours instead."
    return _nothing(wish)


def _nothing(wish: Wish) -> str:
    return f"No reading in this frame has a value in both {wish.column} and {wish.by}."
