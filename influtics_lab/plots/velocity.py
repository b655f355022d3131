"""How fast a count grew: a property of each interval between two readings, so drawn as steps."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots.drawing import picture
from influtics_lab.plots.furniture import Words
from influtics_lab.plots.lines import one_of
from influtics_lab.schema import COUNTS


def plot_velocity(
    frame: pl.DataFrame,
    count: str = "views",
    *,
    by: str = "timestamp",
    top: int | None = None,
    scale: str = "linear",
    ax: Axes | None = None,
) -> Axes:
    """Draw the growth of a count per hour as a step over each interval between two readings.

    The height of a step is (V_i - V_(i-1)) / (t_i - t_(i-1)), as ``lab.growth`` computed it; its width is the
    interval. Nothing is known of the speed inside an interval, and the step says so.

    Parameters
    ----------
    frame : polars.DataFrame
        ``frame.pipe(lab.growth, count)``: the one frame with ``COUNT_per_hour`` (1/h) and ``COUNT_hours`` (h).
    count : str, default "views"
        views, likes, comments or reposts.
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    top : int, optional
        Only so many videos, those with the largest last value of the count.
    scale : str, default "linear"
        Or ``log``, which cannot show intervals without growth or with a fall: the picture says how many there are.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names stand at the right of the axes: leave room, or use ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` gives it.

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
    >>> plot_velocity(empty(FRAME), "likes")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_velocity needs the columns 'likes_per_hour', 'likes_hours', which are
    not there: frame.pipe(lab.growth, "likes") adds it.
    """
    one_of("plot_velocity", "count", count, COUNTS)
    words = Words(f"{count.capitalize()} per hour", f"{count} per hour", value="{}/h", points="interval")
    return picture(
        frame, "plot_velocity", f"{count}_per_hour", words, rank=count, by=by, top=top, scale=scale, ax=ax,
        hours=f"{count}_hours",
    )  # fmt: skip
