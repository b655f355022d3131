"""The largest videos, a bar for each."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import FrameError
from influtics_lab.plots import ticks
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.canvas import INK, new_axes, style
from influtics_lab.plots.colours import UNKNOWN, find_look
from influtics_lab.plots.font_text import LONGEST, format_label, shorten_names, write_text
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.least_gap import (
    LEAST_GAP_MINUTES,
    check_least_gap,
    describe_least_gap,
    interval_columns,
    merge_short_intervals,
)
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.line_plot import PictureText
from influtics_lab.plots.validation import check_at_least_one, check_columns
from influtics_lab.text_format import plural
from influtics_lab.time_zones import check_time_zone, convert_local_times


@style()
def plot_ranking(
    frame: pl.DataFrame,
    column: str = "views",
    *,
    top: int = 10,
    least_gap_minutes: float = LEAST_GAP_MINUTES,
    tz: str = "UTC",
    ax: Axes | None = None,
) -> Axes:
    """Draw the videos with the largest last values of a column, a bar for each, the largest at the top.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame, or one row for each video, as ``lab.latest`` returns: ``video_id timestamp platform title
        external_video_id`` and the column. Of several readings the last that has a value counts. Or one row for each
        video as ``lab.gained`` returns, with a column of gains: lower bounds have a "≥".
    column : str, default "views"
        A count, or any column of numbers, such as ``engagement_rate_pct`` or ``views_per_hour``, which needs
        ``views_hours``.
    top : int, default 10
        How many videos.
    least_gap_minutes : float, default 15
        Intervals of ``COUNT_per_hour`` that are shorter are merged with those before them, as in ``plot_velocity``, so
        give all readings; the subtitle names the least gap. 0 uses the last interval as it is.
    tz : str, default "UTC"
        The time zone of the days of reading, such as ``"Europe/Berlin"``. The subtitle names it.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The videos are named at the left of the axes: leave room, or use ``layout="constrained"``.

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
        If top is no whole number from 1, the least gap no number from 0, or the time zone is not known.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_ranking(empty(FRAME)).texts[-1].get_text()
    'No video in this frame has a value in views.'
    """
    check_at_least_one("plot_ranking", "top", top)
    least_gap = check_least_gap("plot_ranking", least_gap_minutes)
    check_time_zone("plot_ranking: tz", tz)
    status = gain_status(frame, column)
    when = "window_end" if status else "timestamp"
    needed = ["video_id", when, "platform", "title", "external_video_id", column, *interval_columns(column)]
    data = check_columns(frame, "plot_ranking", [*needed, *([status] if status else [])], numeric=column)
    data = merge_short_intervals(data, column, least_gap)
    bound = (pl.col(status) == "at least") if status else pl.lit(value=False)
    data = data.with_columns(timestamp=pl.col(when), bound=bound)
    videos = select_last_values(data, column, "platform", "title", "external_video_id", "timestamp", "bound")
    best = videos.head(top).with_columns(convert_local_times(pl.col("timestamp"), tz))
    target = new_axes(left=0.27, right=0.95, height=max(2.6, 1.5 + 0.33 * best.height)) if ax is None else ax
    note = describe_least_gap(column, least_gap)
    words = _describe_gain(data, column) if status else describe_column(column, note=note)
    if best.is_empty():
        return draw_empty(target, words.title, f"No video in this frame has a value in {column}.")
    _draw_bars(target, best, words)
    _write_around(
        target, videos.height, best, words, data["video_id"].n_unique() - videos.height, tz=tz, gains=bool(status)
    )
    return target


def gain_status(frame: pl.DataFrame, column: str) -> str | None:
    """Return the column of how far a gain of ``lab.gained`` is known; None where the column is no such gain.

    Examples
    --------
    >>> gain_status(pl.DataFrame({"window_end": [None]}), "views_gained_in_window")
    'views_gained_status'
    """
    count, is_gain, _ = column.partition("_gained_in_window")
    return f"{count}_gained_status" if is_gain and "window_end" in getattr(frame, "columns", ()) else None


def _describe_gain(data: pl.DataFrame, column: str) -> PictureText:
    """Name a gain by the length of its window: whole days from two days on, else hours."""
    check_columns(data, "plot_ranking", ["window_start"])
    length = data.select((pl.col("window_end") - pl.col("window_start")).max()).item() or timedelta(0)
    hours = length / timedelta(hours=1)
    days = hours >= 48 and hours % 24 == 0
    return describe_column(column.replace("in_window", f"{hours / 24:g}d" if days else f"{hours:g}h"))


def select_last_values(frame: pl.DataFrame, column: str, *columns: str) -> pl.DataFrame:
    """Return each video's last value of a column, the largest first.

    Parameters
    ----------
    frame : polars.DataFrame
    column : str
        Rows where it is null or not finite are skipped.
    *columns : str
        Columns to keep beside ``video_id``, as they are in that row.

    Returns
    -------
    polars.DataFrame
        ``video_id``, those columns and ``value``, one row for each video that has a value.
    """
    value = pl.col(column).cast(pl.Float64)
    return (
        frame.lazy()
        .filter(value.is_finite())
        .sort("timestamp", maintain_order=True)
        .select("video_id", *columns, value.alias("value"))
        .group_by("video_id")
        .last()
        .sort(["value", "video_id"], descending=[True, False])
        .collect()
    )


def _draw_bars(ax: Axes, best: pl.DataFrame, words: PictureText) -> None:
    values, platforms, bounds = (best[name].to_list() for name in ("value", "platform", "bound"))
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low or 1.0) * 0.1
    ax.set_xlim(low - room * (low < 0), high + room * (high > 0 or low == 0))
    for place, (value, platform, bound) in enumerate(zip(values, platforms, bounds, strict=True)):
        colour, _, _, hatch = find_look(platform)
        ax.barh(place, value, height=0.72, color=colour, hatch=hatch, edgecolor="white", linewidth=0, zorder=2)
        text = f"{'≥ ' if bound else ''}{words.write(value)}"
        side, beside = ("left", 5) if value >= 0 else ("right", -5)
        write_text(
            ax, text, (value, place), offset=(beside, 0), xycoords="data", size=9, color=INK, ha=side, va="center"
        )


def _write_around(
    ax: Axes, n: int, best: pl.DataFrame, words: PictureText, lacking: int, *, tz: str, gains: bool
) -> None:
    format_axes(ax, words.unit, "", grid="x")
    videos_drawn = best.select("title", "external_video_id", "video_id").rows()
    write_row_names(ax, shorten_names([format_label(*texts, limit=LONGEST) for texts in videos_drawn], 30))
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.spines["left"].set_visible(False)
    write_platform_key(ax, best["platform"].fill_null(UNKNOWN).to_list(), "bar")
    times = best["timestamp"].drop_nulls().sort().to_list()
    if not times:
        raise FrameError("plot_ranking: the videos that are drawn have no timestamp. Give frames with instants.")
    last = f"last values, read {times[0]:%d %b %Y} to {times[-1]:%d %b %Y} {tz}"
    if gains:
        last = f"up to {times[-1]:%d %b %Y %H:%M} {tz}{', ≥ a lower bound' if best['bound'].any() else ''}"
    write_titles(
        ax,
        words.title,
        plural(n, "video") if best.height == n else f"the {best.height:,} largest of {n:,} videos",
        f"{lacking:,} more without a value" if lacking else "",
        last,
        words.note,
    )
