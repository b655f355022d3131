"""How often forecasts were right, beside how often they should be."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, MUTED, new_axes, style
from influtics_lab.plots.labels import (
    draw_empty,
    draw_interval,
    format_axes,
    write_beside_row,
    write_row_names,
    write_titles,
)
from influtics_lab.plots.validation import check_columns
from influtics_lab.text_format import plural

_OF_BACKTEST: Final = (
    "tercile", "level_pct", "horizon_hours", "dates", "outcomes", "videos", "coverage_pct", "coverage_low_pct",
    "coverage_high_pct", "width_pct", "error_pct", "ratio_error_pct", "no_growth_error_pct", "beats_ratio", "refused",
)  # fmt: skip
_ROW_INCHES: Final = 0.72


@style()
def plot_backtest(frame: pl.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the coverage of forecasts in each tercile of growth with its interval, beside the level that was asked for.

    Parameters
    ----------
    frame : polars.DataFrame
        What ``lab.backtest`` returns.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Rows are named at the left of the axes, figures at the right: leave room, or use
        ``layout="constrained"``.

    Returns
    -------
    matplotlib.axes.Axes
        As ``plot_counts`` returns it. The dashed line is the level. At the right: coverage, how far above the views of
        that day the upper limit was (median), and the median errors of point and no growth.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that returns it.
    FrameError
        If the frame is no polars DataFrame.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_backtest(empty(FRAME))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.MissingColumnError: plot_backtest needs the columns 'tercile', 'level_pct', ...
    """
    rows = check_columns(frame, "plot_backtest", _OF_BACKTEST).select(_OF_BACKTEST).rows(named=True)
    judged = [row for row in rows if row["coverage_pct"] is not None]
    target = new_axes(left=0.2, right=0.62, height=1.75 + _ROW_INCHES * max(len(judged), 1)) if ax is None else ax
    title = "How often forecasts were right"
    if rows:
        title = f"Forecasts of views at {ticks.format_age(rows[0]['horizon_hours'])}: how often they were right"
    if not judged:
        return draw_empty(target, title, "No forecast in this frame has an outcome.")
    _draw_rows(target, judged)
    last = judged[-1]
    videos, dates = plural(last["videos"], "video"), plural(last["dates"], "date")
    write_titles(
        target,
        title,
        f"{plural(last['outcomes'], 'outcome')} of {videos} at {dates}",
        "lines are 95 % intervals",
        f"{last['refused']:,} refused" if last["refused"] else "",
    )
    return target


def _draw_rows(ax: Axes, rows: list[dict[str, Any]]) -> None:
    level = rows[0]["level_pct"]
    low = min(level, *(row["coverage_low_pct"] for row in rows))
    ax.set_xlim(max(0.0, low - 4), 100.5)
    ax.axvline(level, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1.5)
    for place, row in enumerate(rows):
        ends = (row["coverage_low_pct"], row["coverage_high_pct"])
        draw_interval(ax, place, row["coverage_pct"], ends, (INK, "o"))
        write_beside_row(ax, place, *_describe_row(row))
    format_axes(ax, f"outcomes within the limits (%); dashed: {level:g} %", "", grid="x")
    write_row_names(ax, [f"{row['tercile']}\n{plural(row['outcomes'], 'outcome')}" for row in rows])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")


def _describe_row(row: dict[str, Any]) -> tuple[str, str]:
    ends = f"{row['coverage_low_pct']:.1f} to {row['coverage_high_pct']:.1f}"
    errors = f"limit +{row['width_pct']:.0f} %"
    if row["error_pct"] is not None:
        point = row["error_pct"] if row["beats_ratio"] else row["ratio_error_pct"]
        errors += f", error {point:.1f} %, no growth {row['no_growth_error_pct']:.1f} %"
    return f"{row['coverage_pct']:.1f} % ({ends})", errors
