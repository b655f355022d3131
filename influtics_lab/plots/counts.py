"""A count of each video, over time or over age."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots.drawing import picture
from influtics_lab.plots.furniture import Words
from influtics_lab.plots.lines import one_of
from influtics_lab.schema import COUNTS


def plot_counts(
    frame: pl.DataFrame,
    count: str = "views",
    *,
    by: str = "timestamp",
    top: int | None = None,
    scale: str = "linear",
    ax: Axes | None = None,
) -> Axes:
    """Draw a count of each video as a line through its readings.

    A reading without a value in that count is passed over: the line joins those that have one. Up to eight videos
    are named at their line's end, with the last value; of more, the largest five.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame of ``load_stats()`` or ``Snapshot.frame()``: ``video_id timestamp platform title
        external_video_id``, the count, and the column of ``by``.
    count : str, default "views"
        views, likes, comments or reposts.
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    top : int, optional
        Only so many videos, those with the largest last value.
    scale : str, default "linear"
        Or ``log``, which cannot show values of 0: the picture says how many there are.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names stand at the right of the axes: leave room, or use ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        Without ``ax``, on a figure of its own, which a notebook shows when this is the last line of a cell;
        ``ax.figure.savefig("views.png")`` writes it. A frame without a value to draw gives a picture that says why.

    Raises
    ------
    MissingColumnError
        If a column is not there; says which function adds it.
    FrameError
        If the frame is no polars DataFrame.
    ConfigError
        If count, by, top or scale is none of those allowed.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> ax = plot_counts(empty(FRAME))
    >>> ax.texts[-1].get_text()
    'There is no reading in this frame.'
    """
    one_of("plot_counts", "count", count, COUNTS)
    words = Words(what=count.capitalize(), unit=count)
    return picture(frame, "plot_counts", count, words, rank=count, by=by, top=top, scale=scale, ax=ax)
