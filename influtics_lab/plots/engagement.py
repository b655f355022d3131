"""The engagement rate of each video, over time or over age."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.platforms import Rules
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import Curves
from influtics_lab.plots.time_plots import PlotRequest, draw_picture


def plot_engagement(
    frame: pl.DataFrame | Curves,
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
    """Draw the engagement rate of each video at each reading, in percent.

    It is 100 (likes + comments + reposts) / views of everything so far, as ``lab.engagement_rate`` computed it. It
    falls with age, so compare videos at equal age: ``by="age_hours"``.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
        ``frame.pipe(lab.engagement_rate)``: the one frame with ``engagement_rate_pct`` (%).
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    top : int, optional
        Only so many videos, those with the most views at last.
    scale : str, default "linear"
        Or ``log``, which cannot show a rate of 0: the picture counts them.
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
    >>> plot_engagement(empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_engagement needs the column 'engagement_rate_pct', which is not there:
    frame.pipe(lab.engagement_rate) adds it.
    """
    column = "engagement_rate_pct"
    note = describe_parts(frame) if isinstance(frame, pl.DataFrame) else ""
    request = PlotRequest(
        "plot_engagement", column, describe_column(column, note=note), by=by, scale=scale, show=show, top=top,
        highlight=highlight, rules=rules, tz=tz,
    )  # fmt: skip
    return draw_picture(frame, request, ax)


def describe_parts(frame: pl.DataFrame) -> str:
    """Return what was counted as engagement, where the frame has it.

    Examples
    --------
    >>> describe_parts(pl.DataFrame({"engagement_parts": ["likes+comments", "likes+comments+reposts"]}))
    '(likes + comments + reposts where reported) / views'
    """
    if "engagement_parts" not in frame.columns:
        return ""
    used = frame["engagement_parts"].drop_nulls().unique().to_list()
    if not used:
        return ""
    shortest = min(used, key=len)
    extra = sorted(set("+".join(used).split("+")) - set(shortest.split("+")))
    where = f" + {' + '.join(extra)} where reported" if extra else ""
    return f"({shortest.replace('+', ' + ')}{where}) / views"
