"""The way from a frame to a picture that every plot of lines takes: check, collect, draw, or say why not."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.furniture import Words, draw, empty
from influtics_lab.plots.lines import AXES, SCALES, collect, need, one_of

_ALWAYS = ("video_id", "timestamp", "platform", "title", "external_video_id")


def picture(
    frame: pl.DataFrame,
    function: str,
    y: str,
    words: Words,
    *,
    rank: str,
    by: str,
    top: int | None,
    scale: str,
    ax: Axes | None,
    hours: str | None = None,
) -> Axes:
    """Draw one column of a frame, a line for each video.

    Parameters
    ----------
    frame : polars.DataFrame
    function : str
        The public function's name, for its errors.
    y : str
        The column to draw.
    words : Words
        What the picture says of itself.
    rank, by, top, scale, hours
        As ``lines.collect`` takes them.
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    one_of(function, "by", by, tuple(AXES))
    one_of(function, "scale", scale, SCALES)
    if top is not None and (type(top) is not int or top < 1):
        raise ConfigError(f"{function}: top is {top!r}; it is a whole number from 1, or None for all videos.")
    data = need(frame, function, [*_ALWAYS, rank, by, y, *([hours] if hours else [])])
    found = collect(data, y, by=by, rank=rank, top=top, scale=scale, hours=hours)
    target = new_axes() if ax is None else ax
    with style():
        if found.lines:
            draw(target, found, words, scale, own=ax is None)
        else:
            empty(target, words.what, _why(data, y, by, found.off_scale))
    return target


def _why(frame: pl.DataFrame, y: str, by: str, off_scale: int) -> str:
    if frame.is_empty():
        return "There is no reading in this frame."
    if off_scale:
        return f"All {off_scale:,} values of {y} are 0 or below: a log scale cannot show them."
    if frame[y].null_count() == frame.height:
        return f"No reading in this frame has a value in {y}."
    if by == "age_hours" and frame[by].null_count() == frame.height:
        return "No video in this frame has a known time of publication:\ndraw by tracked_age_hours instead."
    return f"No reading in this frame has a value in both {y} and {by}."
