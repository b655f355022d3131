"""A count of each video, over time or over age."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.platforms import Rules
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import Curves
from influtics_lab.plots.time_plots import PlotRequest, draw_picture
from influtics_lab.plots.validation import check_one_of
from influtics_lab.schema import COUNTS


def plot_counts(
    frame: pl.DataFrame | Curves,
    count: str = "views",
    *,
    by: str = "timestamp",
    top: int | None = None,
    scale: str = "linear",
    highlight: Sequence[str] | None = None,
    show: str = "auto",
    rules: Rules = (),
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw a count of each video as a line through its readings.

    A reading without a value in that count is skipped: the line joins those that have one. Up to eight videos
    are named at their line's end, with the last value; of more, the largest five.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
        The one frame of ``load_stats()`` or ``Snapshot.frame()``: ``video_id timestamp platform title
        external_video_id``, the count, and the column of ``by``; or ``curves(frame, count, by=by, rank=count)``, which
        is drawn faster where videos are many.
    count : str, default "views"
        views, likes, comments or reposts.
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    top : int, optional
        Only so many videos, those with the largest last value.
    scale : str, default "linear"
        Or ``log``, which cannot show values of 0: the picture counts them.
    highlight : sequence of str, optional
        The ``video_id`` of up to eight videos to name, instead of the largest; ``()`` names none.
    show : str, default "auto"
        ``lines``, ``bands`` (quantiles at each age or time) or ``raster`` (how many videos pass where). By itself, up
        to 200 videos are lines, and more of them bands over age and a raster over time.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known; over time each one of a drawn platform is a dotted line.
    tz : str, default "UTC"
        The time zone of the axis of time, such as ``"Europe/Berlin"``. The axis names it.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the right of the axes: leave room, or use ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        Without ``ax``, on a figure of its own, which a notebook shows when this is the last line of a cell;
        ``ax.figure.savefig("views.png")`` writes it. A frame without a value to draw returns a picture with the reason.

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
    >>> ax = plot_counts(empty(FRAME))
    >>> ax.texts[-1].get_text()
    'There is no reading in this frame.'
    """
    check_one_of("plot_counts", "count", count, COUNTS)
    request = PlotRequest(
        "plot_counts",
        count,
        describe_column(count),
        rank=count,
        by=by,
        scale=scale,
        show=show,
        top=top,
        highlight=highlight,
        rules=rules,
        tz=tz,
    )
    return draw_picture(frame, request, ax)
