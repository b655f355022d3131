"""What videos had, and between which limits they are forecast to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots import ticks
from influtics_lab.plots.bands_and_raster import check_ids
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.colours import find_look
from influtics_lab.plots.font_text import shorten_names
from influtics_lab.plots.labels import Name, draw_empty, find_limits, room_for_names, write_names, write_titles
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.line_data import SCALES, collect_lines
from influtics_lab.plots.line_plot import LARGEST, draw_named_line, format_time_axes
from influtics_lab.plots.validation import check_columns, check_one_of
from influtics_lab.text_format import plural

_NAMES: Final = ("video_id", "platform", "title", "external_video_id")
_FORECAST: Final = (
    "age_hours", "horizon_hours", "views_now", "views_forecast", "views_forecast_low", "views_forecast_high",
    "level_pct", "refused",
)  # fmt: skip
_FAINT: Final = 0.16
_NAME: Final = 14  # columns of a name beside two limits


@style()
def plot_forecast(
    frame: pl.DataFrame,
    forecasts: pl.DataFrame,
    *,
    highlight: Sequence[str] | None = None,
    scale: str = "linear",
    ax: Axes | None = None,
) -> Axes:
    """Draw the views of videos by age, and a fan from the last reading to the limits of the forecast.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame with ``age_hours`` of ``lab.with_age``.
    forecasts : polars.DataFrame
        What ``lab.forecast`` returns of it.
    highlight : sequence of str, optional
        The ``video_id`` of up to eight videos to draw; else the five with the most views among those with a forecast.
    scale : str, default "linear"
        Or ``log``, which cannot show values of 0.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the right of the axes: leave room, or use ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it. The point is the forecast, the vertical line its limits; a video that was refused
        has its readings alone. Without a forecast, the picture names the most frequent reason.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If a frame is no polars DataFrame.
    ConfigError
        If a setting is not allowed, or an id is of no video.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_forecast(empty(FRAME), empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_forecast needs the column 'age_hours', which is not there:
    frame.pipe(lab.with_age) adds it.
    """
    check_one_of("plot_forecast", "scale", scale, SCALES)
    data = check_columns(frame, "plot_forecast", [*_NAMES, "timestamp", "age_hours", "views"], numeric="views")
    table = check_columns(forecasts, "plot_forecast", [*_NAMES, *_FORECAST])
    ready = table.filter(pl.col("views_forecast").is_not_null()).sort("views_now", "video_id", descending=[True, False])
    chosen = ready["video_id"].head(LARGEST).to_list()
    if highlight is not None:
        chosen = check_ids(highlight, table["video_id"])
    target = new_axes() if ax is None else ax
    drawn = table.filter(pl.col("video_id").is_in(chosen))
    own = data.filter(pl.col("video_id").is_in(chosen), pl.col("age_hours") >= 0)
    lines = collect_lines(own, "views", by="age_hours", scale=scale).lines
    if not lines:
        return draw_empty(target, _title(table), _explain_empty(table))
    _draw_fans(target, lines, drawn, scale, own=ax is None)
    _write_around(target, table, ready, drawn)
    return target


def _draw_fans(ax: Axes, lines: Sequence[Any], drawn: pl.DataFrame, scale: str, *, own: bool) -> None:
    rows = {row["video_id"]: row for row in drawn.iter_rows(named=True)}
    ends = [row["views_forecast_high"] for row in rows.values() if row["views_forecast_high"] is not None]
    right = max(*(row["horizon_hours"] or 0.0 for row in rows.values()), *(float(np.nanmax(line.x)) for line in lines))
    ax.set_yscale(scale)
    ax.set_ylim(*find_limits([*(line.y for line in lines), np.array(ends, dtype=np.float64)], scale))
    ax.set_xlim(min(0.0, *(float(np.nanmin(line.x)) for line in lines)) - right * 0.015, right * 1.015)
    labels = []
    names = shorten_names([line.name for line in lines], _NAME)
    for line, name in zip(reversed(lines), reversed(names), strict=True):
        draw_named_line(ax, line, dots=False)
        labels.append(_draw_fan(ax, line, name, rows[line.video_id]))
    if own:
        room_for_names(ax)
    write_names(ax, labels)
    write_platform_key(ax, [line.platform for line in lines])
    format_time_axes(ax, "age_hours", "views")
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale=scale)


def _draw_fan(ax: Axes, line: Any, label: str, row: dict[str, Any]) -> Name:
    """Draw one forecast; return the text at its end."""
    colour, marker, *_ = find_look(line.platform)
    if row["views_forecast"] is None:
        return Name(f"no forecast  {label}", float(line.x[line.last]), float(line.y[line.last]), colour)
    start, end, now = row["age_hours"], row["horizon_hours"], float(row["views_now"])
    low, point, high = (row[f"views_forecast{part}"] for part in ("_low", "", "_high"))
    ax.fill_between([start, end], [now, low], [now, high], color=colour, alpha=_FAINT, linewidth=0, zorder=1.5)
    ax.plot([start, end], [now, point], color=colour, linewidth=1.2, linestyle=(0, (3, 2)), zorder=2.5)
    ax.plot([end, end], [low, high], color=colour, linewidth=2.2, zorder=3, clip_on=False, gid="limits")
    ax.plot(end, point, color=colour, marker=marker, markersize=6, zorder=3.5, clip_on=False)
    return Name(f"{ticks.format_short(low)} to {ticks.format_short(high)}  {label}", end, point, colour)


def _title(table: pl.DataFrame) -> str:
    hours = table["horizon_hours"].drop_nulls()
    return f"Views at {ticks.format_age(hours[0])}" if len(hours) else "Views ahead"


def _explain_empty(table: pl.DataFrame) -> str:
    refused = table["refused"].drop_nulls()
    if not len(refused):
        return "There is no forecast in this frame."
    most = refused.value_counts(sort=True).sort("count", "refused", descending=[True, False])
    return f"No video has a forecast. Of {plural(most['count'][0], 'video')}: {most['refused'][0]}."


def _write_around(ax: Axes, table: pl.DataFrame, ready: pl.DataFrame, drawn: pl.DataFrame) -> None:
    number = drawn.height
    levels = " and ".join(f"{level:g} %" for level in ready["level_pct"].unique().sort())
    refused = table["refused"].drop_nulls().len()
    write_titles(
        ax,
        f"{_title(table)}: forecast",
        f"{number:,} of {plural(ready.height, 'video')} with a forecast" if number < ready.height else "",
        f"{levels} limits from similar videos" if levels else "",
        f"{refused:,} refused" if refused else "",
        "axis does not start at 0" if ax.get_yscale() == "linear" and ax.get_ylim()[0] > 0 else "",
    )
