"""Videos of equal age beside each other: how the middle of them does, and single videos against it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import LEAST, Curves
from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, describe_least_gap
from influtics_lab.plots.time_plots import PlotRequest, draw_picture
from influtics_lab.plots.validation import check_one_of


def plot_cohorts(
    frame: pl.DataFrame | Curves,
    column: str = "views",
    *,
    by: str = "age_hours",
    scale: str = "log",
    highlight: Sequence[str] | None = None,
    least: int = LEAST,
    ax: Axes | None = None,
) -> Axes:
    """Draw where the values of all videos lie at each age, with single videos on top.

    The light band holds the middle 80 % of the videos (10th to 90th percentile), the dark one the middle half, the
    line is the median; ``age_bands`` returns these numbers. The videos that are known differ from age to age, and the
    picture names the fewest and the most.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
        The one frame with the column and that of `by`, or ``curves(frame, column, by=by)``, which is drawn faster.
    column : str, default "views"
        A count, or any column of numbers, such as ``engagement_rate_pct`` or ``views_per_hour``, which is measured
        over at least 15 minutes.
    by : str, default "age_hours"
        The age: ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    scale : str, default "log"
        Or ``linear``. A log scale cannot show values of 0: the picture counts them.
    highlight : sequence of str, optional
        The ``video_id`` of up to eight videos to draw and name; else the five with the most views. ``()`` is none.
    least : int, default 10
        Bands are drawn at ages at which so many videos are known.
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
        If the frame is no polars DataFrame, or the column holds no numbers.
    ConfigError
        If a setting is not allowed, or curves are of something else.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_cohorts(empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_cohorts needs the column 'age_hours', which is not there:
    frame.pipe(lab.with_age) adds it.
    """
    check_one_of("plot_cohorts", "by", by, ("age_hours", "tracked_age_hours"))
    request = PlotRequest(
        "plot_cohorts", column, describe_column(column, note=describe_least_gap(column, LEAST_GAP_MINUTES)), by=by,
        scale=scale, show="bands", highlight=highlight, least=least,
    )  # fmt: skip
    return draw_picture(frame, request, ax)
