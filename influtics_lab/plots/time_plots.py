"""From a frame to a picture of values over time or age: check, collect, draw, or write why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.errors import ConfigError
from influtics_lab.platforms import Rules
from influtics_lab.plots.band_quantiles import LEAST, NAMES, Curves, curves
from influtics_lab.plots.bands_and_raster import check_ids, draw_many_videos
from influtics_lab.plots.canvas import new_axes, style
from influtics_lab.plots.labels import draw_empty
from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, interval_columns, merge_short_intervals
from influtics_lab.plots.line_data import SCALES, collect_lines
from influtics_lab.plots.line_plot import PictureText, draw_lines
from influtics_lab.plots.rule_lines import draw_rule_lines, is_of_views
from influtics_lab.plots.ticks import AXES
from influtics_lab.plots.validation import check_at_least_one, check_columns, check_one_of
from influtics_lab.time_zones import check_time_zone

SHOWS: Final = ("auto", "lines", "bands", "raster")
MANY: Final = 200  # videos; more lines are a blob


@dataclass(frozen=True)
class PlotRequest:
    """The settings of a picture of values over time or age, as its public function was called."""

    function: str
    column: str
    text: PictureText
    rank: str = "views"
    by: str = "timestamp"
    scale: str = "linear"
    show: str = "auto"
    top: int | None = None
    highlight: Sequence[str] | None = None
    least: int = LEAST
    least_gap_minutes: float = LEAST_GAP_MINUTES
    rules: Rules = ()
    tz: str = "UTC"

    def check(self) -> None:
        """Raise where a setting is not allowed."""
        check_one_of(self.function, "by", self.by, tuple(AXES))
        check_one_of(self.function, "scale", self.scale, SCALES)
        check_one_of(self.function, "show", self.show, SHOWS)
        check_at_least_one(self.function, "least", self.least)
        check_time_zone(f"{self.function}: tz", self.tz)
        if self.top is not None:
            check_at_least_one(self.function, "top", self.top, ", or None for all videos")


def draw_picture(frame: pl.DataFrame | Curves, request: PlotRequest, ax: Axes | None) -> Axes:
    """Draw one column of a frame: a line for each video, or, of many, their bands or a raster.

    Parameters
    ----------
    frame : polars.DataFrame or Curves
    request : PlotRequest
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    request.check()
    if isinstance(frame, Curves):
        return _draw_many(_check_same(frame, request), request, ax)
    lengths = interval_columns(request.column)
    columns = [*NAMES, "timestamp", request.rank, request.by, request.column, *lengths]
    data = check_columns(frame, request.function, columns, numeric=request.column)
    if _is_crowded(data, request):
        sampled = curves(
            data, request.column, by=request.by, rank=request.rank, least_gap_minutes=request.least_gap_minutes
        )
        return _draw_many(sampled, request, ax)
    return _draw_few(merge_short_intervals(data, request.column, request.least_gap_minutes), request, ax)


def _is_crowded(data: pl.DataFrame, request: PlotRequest) -> bool:
    if request.show != "auto":
        return request.show != "lines"
    return request.top is None and data["video_id"].n_unique() > MANY


def _check_same(sampled: Curves, request: PlotRequest) -> Curves:
    """Return the curves; raise where they are of something else than what is drawn."""
    if (sampled.column, sampled.by) != (request.column, request.by):
        raise ConfigError(
            f"{request.function} draws {request.column} by {request.by}, but these are curves of {sampled.column} by "
            f"{sampled.by}: make them with curves(frame, {request.column!r}, by={request.by!r})."
        )
    if sampled.least_gap_minutes != request.least_gap_minutes:
        raise ConfigError(
            f"{request.function} draws with least_gap_minutes={request.least_gap_minutes:g}, but these curves were "
            f"made with {sampled.least_gap_minutes:g}: give both the same."
        )
    if request.show == "lines" or request.top is not None:
        raise ConfigError(f"{request.function}: curves are drawn as bands or raster; give the frame for lines or top.")
    return sampled


@style()
def _draw_many(sampled: Curves, request: PlotRequest, ax: Axes | None) -> Axes:
    target = new_axes() if ax is None else ax
    show = request.show
    if show == "auto":
        show = "raster" if request.by == "timestamp" else "bands"
    reason: str | None = "There is no reading in this frame."
    if sampled.videos["readings"].sum():
        reason = draw_many_videos(
            target, sampled, request.text, show=show, scale=request.scale, highlight=request.highlight,
            least=request.least, own=ax is None, zone=ZoneInfo(request.tz),
        )  # fmt: skip
    elif sampled.videos.height:
        reason = _explain_no_value(request)
    if reason is not None:
        return draw_empty(target, request.text.title, reason)
    if is_of_views(request.column, request.by):
        draw_rule_lines(target, sampled.videos["platform"].unique().to_list(), request.rules)
    return target


@style()
def _draw_few(data: pl.DataFrame, request: PlotRequest, ax: Axes | None) -> Axes:
    drawn = collect_lines(data, request.column, by=request.by, rank=request.rank, top=request.top, scale=request.scale)
    chosen = None if request.highlight is None else tuple(check_ids(request.highlight, data["video_id"]))
    drawn = replace(drawn, highlight=chosen, zone=ZoneInfo(request.tz))
    target = new_axes() if ax is None else ax
    if not drawn.lines:
        return draw_empty(target, request.text.title, _explain_empty(data, request, drawn.off_scale))
    draw_lines(target, drawn, request.text, request.scale, own=ax is None)
    if is_of_views(request.column, request.by):
        draw_rule_lines(target, {line.platform for line in drawn.lines}, request.rules)
    return target


def _explain_empty(frame: pl.DataFrame, request: PlotRequest, off_scale: int) -> str:
    if frame.is_empty():
        return "There is no reading in this frame."
    if off_scale:
        values, are = ("The one value", "is") if off_scale == 1 else (f"All {off_scale:,} values", "are")
        return f"{values} of {request.column} {are} 0 or below, which a log scale cannot show."
    if frame[request.column].null_count() == frame.height:
        return f"No reading in this frame has a value in {request.column}."
    if request.by == "age_hours" and frame[request.by].null_count() == frame.height:
        return "No video in this frame has a known time of publication:\ndraw by tracked_age_hours instead."
    return _explain_no_value(request)


def _explain_no_value(request: PlotRequest) -> str:
    return f"No reading in this frame has a value in both {request.column} and {request.by}."
