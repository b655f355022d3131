"""How fast a count grew: a property of each interval between two readings, so drawn as steps."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.platforms import Rules
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import Curves
from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, check_least_gap, describe_least_gap
from influtics_lab.plots.time_plots import PlotRequest, draw_picture
from influtics_lab.plots.validation import check_one_of
from influtics_lab.schema import COUNTS


def plot_velocity(
    frame: pl.DataFrame | Curves,
    count: str = "views",
    *,
    by: str = "timestamp",
    top: int | None = None,
    scale: str = "linear",
    highlight: Sequence[str] | None = None,
    show: str = "auto",
    least_gap_minutes: float = LEAST_GAP_MINUTES,
    rules: Rules = (),
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw the growth of a count per hour as a step over each interval between two readings.

    The height of a step is (V_i - V_(i-1)) / (t_i - t_(i-1)), as ``lab.growth`` computed it; its width is the
    interval. Nothing is known of the speed inside an interval, as the step shows. Two polls seconds apart would be
    a spike of millions per hour: intervals shorter than the least gap are merged with those after them, the remainder
    at a video's end with the one before, and the subtitle names the least gap. The column itself stays exact.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
        ``frame.pipe(lab.growth, count)``: the one frame with ``COUNT_per_hour`` (1/h) and ``COUNT_hours`` (h).
    count : str, default "views"
        views, likes, comments or reposts.
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    top : int, optional
        Only so many videos, those with the largest last value of the count.
    scale : str, default "linear"
        Or ``log``, which cannot show intervals without growth or with a fall: the picture counts them.
    highlight : sequence of str, optional
        The ``video_id`` of up to eight videos to name, instead of the largest; ``()`` names none.
    show : str, default "auto"
        ``lines``, ``bands`` (quantiles at each age or time) or ``raster`` (how many videos pass where). By itself, up
        to 200 videos are lines, and more of them bands over age and a raster over time.
    least_gap_minutes : float, default 15
        The shortest interval that is drawn; 0 draws each as it is. Curves must have been made with the same.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known; over time each one of a drawn platform is a dotted line.
    tz : str, default "UTC"
        The time zone of the axis of time, such as ``"Europe/Berlin"``. The axis names it.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the right of the axes: leave room, or use ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If the frame is no polars DataFrame.
    ConfigError
        If a setting is not allowed, or curves are of something else.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_velocity(empty(FRAME), "likes")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_velocity needs the columns 'likes_per_hour', 'likes_hours', which are
    not there: frame.pipe(lab.growth, "likes") adds it.
    """
    check_one_of("plot_velocity", "count", count, COUNTS)
    column, least_gap = f"{count}_per_hour", check_least_gap("plot_velocity", least_gap_minutes)
    request = PlotRequest(
        "plot_velocity", column,
        describe_column(column, points="interval", note=describe_least_gap(column, least_gap)), rank=count, by=by,
        scale=scale, show=show, top=top, highlight=highlight, least_gap_minutes=least_gap,
        rules=rules,
        tz=tz,
    )  # fmt: skip
    return draw_picture(frame, request, ax)
