"""The same small picture many times: a panel for each video or group, all to the same scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from influtics_lab.platforms import Rules
from influtics_lab.plots import ticks
from influtics_lab.plots.axis_units import describe_column
from influtics_lab.plots.band_quantiles import LEAST, Curves, curves
from influtics_lab.plots.bands_and_raster import fill_bands, has_enough
from influtics_lab.plots.bulk_range import Range, describe_beyond, find_bulk
from influtics_lab.plots.canvas import INK, MUTED, new_axes, style
from influtics_lab.plots.colours import LOOKS, find_look
from influtics_lab.plots.font_text import shorten_names, write_text
from influtics_lab.plots.labels import draw_empty, find_limits, format_axes, write_titles
from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, describe_least_gap, interval_columns
from influtics_lab.plots.line_data import SCALES, Line, select_lines
from influtics_lab.plots.line_plot import PictureText, add_lines, describe_omissions
from influtics_lab.plots.rule_lines import draw_rule_lines, is_of_views
from influtics_lab.plots.ticks import AXES, name_axis
from influtics_lab.plots.validation import check_at_least_one, check_columns, check_no_nulls, check_one_of
from influtics_lab.text_format import plural
from influtics_lab.time_zones import check_time_zone

_BEHIND: Final = "#c3c9d1"
_LINES: Final = 60  # videos of a group up to which each is a line
_TOO_FEW: Final = f"at no time {LEAST} videos known"
_TICK: Final = 62  # pixels for a tick, with its text
_COLUMN: Final = 6.9  # pixels for a character


class _Axis(NamedTuple):
    """What the axes of all panels have in common."""

    by: str
    scale: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Panel:
    """One small picture: its name, its videos, and the note beside its name."""

    name: str
    platform: str | None
    lines: tuple[Line, ...]
    sampled: Curves
    note: str
    is_video: bool = False


@style()
def plot_small_multiples(
    frame: pl.DataFrame, column: str = "views", *, panel: str = "video_id", by: str = "timestamp",
    scale: str = "linear", top: int = 12, columns: int = 4, tz: str = "UTC", rules: Rules = (), ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a small picture for each video, or each group of videos, all with the same axes.

    A video's panel shows the other videos' lines in grey behind its own. A group's panel shows its videos as lines,
    or, of more than 60, their median and quantile bands.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame with the column and those of `by` and `panel`.
    column : str, default "views"
        A count, or any column of numbers, such as ``engagement_rate_pct``.
    panel : str, default "video_id"
        What has a panel: each video, or each value of a column that is the same throughout a video, such as
        ``"platform"``.
    by : str, default "timestamp"
        The horizontal axis: ``timestamp`` (UTC), or ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``.
    scale : str, default "linear"
        Or ``log``.
    top : int, default 12
        At most so many panels: the videos with the most views, or the groups with the most videos.
    columns : int, default 4
        Panels beside each other.
    tz : str, default "UTC"
        The time zone of the axis of time, such as ``"Europe/Berlin"``. The axis names it.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known; over time each one of a panel's platform is a dotted line, which
        the subtitle names.
    ax : matplotlib.axes.Axes, optional
        Whose place the panels fill.

    Returns
    -------
    matplotlib.axes.Axes
        Empty axes, whose ``child_axes`` are the panels, in the order of reading.

    Raises
    ------
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    FrameError
        If the frame is no polars DataFrame, or the column holds no numbers.
    ConfigError
        If a setting is not allowed.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> plot_small_multiples(empty(FRAME)).texts[-1].get_text()
    'There is no reading in this frame with a value in views.'
    """
    check_one_of("plot_small_multiples", "by", by, tuple(AXES))
    check_one_of("plot_small_multiples", "scale", scale, SCALES)
    for name, value in (("top", top), ("columns", columns)):
        check_at_least_one("plot_small_multiples", name, value)
    axis = _Axis(by, scale, check_time_zone("plot_small_multiples: tz", tz))
    needed = ["video_id", "timestamp", "platform", "title", "external_video_id", column, "views", by, panel]
    needed += interval_columns(column)
    data = check_columns(frame, "plot_small_multiples", needed, numeric=column)
    check_no_nulls(data, "plot_small_multiples", "video_id")
    sampled = curves(data, column, by=by)
    words = describe_column(column, note=describe_least_gap(column, LEAST_GAP_MINUTES))
    shown, total = _build_panels(sampled, data, panel, words, positive=scale == "log", top=top)
    wide = min(columns, max(len(shown), 1))
    deep = math.ceil(len(shown) / wide)
    target = new_axes(left=0.06, right=0.985, bottom=0.05, height=max(3.4, 1.5 + 1.6 * deep)) if ax is None else ax
    lacking = [_explain_nothing(each, scale) for each in shown]
    if all(lacking):
        return draw_empty(target, words.title, _explain_empty(column, total, lacking))
    target.set_axis_off()
    lines = [line for each in shown for line in each.lines]
    bulk = find_bulk(lines) if lines else None
    drawn = _draw_panels(target, shown, words, axis, bulk, shape=(deep, wide))
    beyond = describe_beyond(lines, bulk, by, axis.zone) if bulk else ""
    named = _draw_rules(drawn, shown, rules) if is_of_views(column, by) else ""
    off_scale = int(sampled.videos["nonpositive"].sum()) if scale == "log" else 0
    omitted = describe_omissions(target, sampled.videos.height - sampled.ranked.height, off_scale, aged=False)
    _write_titles(target, shown, total, words, panel, *omitted, beyond, named)
    return target


def _explain_nothing(panel: Panel, scale: str) -> str:
    """Return why a panel has nothing to draw; empty where it has."""
    if panel.lines:
        return ""
    values = panel.sampled.quantiles[has_enough(panel.sampled, LEAST)]
    if panel.sampled.videos.height > _LINES and not values.size:
        return _TOO_FEW
    return "no value above 0" if scale == "log" and not (values > 0).any() else ""


def _explain_empty(column: str, total: int, lacking: list[str]) -> str:
    if not total:
        return f"There is no reading in this frame with a value in {column}."
    if _TOO_FEW in lacking:
        return f"At no time are {LEAST} videos of a group known."
    return f"All values of {column} are 0 or below: a log scale cannot show them."


def _build_panels(
    sampled: Curves, data: pl.DataFrame, panel: str, words: PictureText, *, positive: bool, top: int
) -> tuple[list[Panel], int]:
    """Return the panels, the largest first, and how many there could be."""
    videos = sampled.ranked
    if panel == "video_id":
        lines = [select_lines(sampled, [key], positive=positive) for key in videos["video_id"].head(top)]
        return [_build_video_panel(sampled, line[0], words) for line in lines if line], videos.height
    groups = data.select("video_id", pl.col(panel).cast(pl.String).alias("group")).unique("video_id", keep="first")
    members = videos.select("video_id").join(groups, on="video_id", how="left", maintain_order="left")
    sizes = members.group_by("group").len().sort(["len", "group"], descending=[True, False], nulls_last=True)
    panels = []
    for name in sizes["group"].head(top):
        part = sampled.only(members.filter(pl.col("group").eq_missing(name))["video_id"])
        ids = part.videos["video_id"].to_list()
        group_lines = () if len(ids) > _LINES else select_lines(part, ids, positive=positive)
        panels.append(Panel(name or f"no {panel}", name, group_lines, part, plural(len(ids), "video")))
    return panels, sizes.height


def _build_video_panel(sampled: Curves, line: Line, words: PictureText) -> Panel:
    last = words.write(float(line.y[line.last]))
    return Panel(line.name, line.platform, (line,), sampled, last, is_video=True)


def _draw_panels(
    ax: Axes, shown: list[Panel], words: PictureText, axis: _Axis, bulk: Range | None, *, shape: tuple[int, int]
) -> list[Axes]:
    deep, wide = shape
    drawn = []
    reach = _find_extent(shown, axis.scale, bulk)
    box = ax.get_window_extent()
    gap_x, gap_y, name, foot = 26 / box.width, 34 / box.height, 16 / box.height, 46 / box.height  # pixels
    width = (1 - gap_x * (wide - 1)) / wide
    height = (1 - name - foot - gap_y * (deep - 1)) / deep
    room = int(width * box.width / _COLUMN) - max(len(panel.note) for panel in shown) - 2
    names = shorten_names([panel.name for panel in shown], max(room, 6))
    for place, panel in enumerate(shown):
        column, row = place % wide, place // wide
        bottom = 1 - name - height - row * (height + gap_y)
        small = ax.inset_axes((column * (width + gap_x), bottom, width, height))
        small.set_yscale(axis.scale)
        small.set_xlim(*reach[0])
        small.set_ylim(*reach[1])
        nothing = _explain_nothing(panel, axis.scale)
        if not nothing:
            _draw_panel(small, panel, shown)
        if bulk and panel.lines and not any(map(bulk.has_part, panel.lines)):
            nothing = "beyond the axis"
        if nothing:
            write_text(small, nothing, (0.5, 0.5), size=8.5, color=MUTED, ha="center", va="center")
        unit = _format_panel(small, axis, whole=words.is_count, most=max(3, int(width * box.width / _TICK)))
        is_lowest = place + wide >= len(shown)
        small.tick_params(labelsize=8, labelleft=column == 0, labelbottom=is_lowest)
        small.xaxis.get_offset_text().set_visible(is_lowest)
        _write_heads(small, names[place], panel.note)
        drawn.append(small)
    across = f"{unit} {name_axis(axis.by, axis.zone)}".strip()
    write_text(ax, across, (0.5, 0), size=9.5, color=INK, ha="center", va="top")
    return drawn


def _draw_rules(drawn: list[Axes], shown: list[Panel], rules: Rules) -> str:
    """Draw the counting rules of each panel's platforms, and return their names for the subtitle."""
    names: set[str] = set()
    for small, panel in zip(drawn, shown, strict=True):
        platforms = [panel.platform] if panel.is_video else panel.sampled.videos["platform"].unique().to_list()
        names.update(draw_rule_lines(small, platforms, rules, is_named=False))
    return f"dotted: new counting rule ({'; '.join(sorted(names))})" if names else ""


def _find_extent(shown: list[Panel], scale: str, bulk: Range | None) -> tuple[tuple[float, float], tuple[float, float]]:
    x, y = [], []
    for panel in shown:
        if not panel.lines and not _explain_nothing(panel, scale):
            rows = has_enough(panel.sampled, LEAST)
            values = panel.sampled.quantiles[rows].ravel()
            x.append(panel.sampled.grid[rows])
            y.append(values[values > 0] if scale == "log" else values)
    if bulk is not None:
        x.append(np.array(bulk))
        y += [bulk.cut(line, scale)[1] for panel in shown for line in panel.lines]
    left, right = min(float(np.nanmin(part)) for part in x), max(float(np.nanmax(part)) for part in x)
    pad = (right - left) * 0.02 or 0.5
    return (left - pad, right + pad), find_limits(y, scale)


def _draw_panel(ax: Axes, panel: Panel, shown: list[Panel]) -> None:
    colour, _, dash, _ = find_look(panel.platform) if panel.platform in LOOKS else (INK, "", "-", "")
    if not panel.lines:
        rows = has_enough(panel.sampled, LEAST)
        at = panel.sampled.grid[rows]
        medians = fill_bands(ax, at, panel.sampled.quantiles[rows])
        ax.plot(at, medians, color=colour, linewidth=2, linestyle=dash, zorder=2)
    elif not panel.is_video:
        add_lines(ax, panel.lines, colors=colour, linewidths=0.8, alpha=0.6, zorder=2)
    else:
        others = [line for other in shown if other is not panel for line in other.lines]
        add_lines(ax, others, colors=_BEHIND, linewidths=0.6, zorder=1)
        add_lines(ax, panel.lines, colors=colour, linewidths=1.8, linestyles=[dash], zorder=2)
        (line,), marker = panel.lines, find_look(panel.platform).marker
        ax.plot(line.x[line.last], line.y[line.last], color=colour, marker=marker, markersize=4.5, zorder=3)


def _format_panel(ax: Axes, axis: _Axis, *, whole: bool, most: int) -> str:
    """Set the ticks of a panel, so many across at most, and return the unit of age."""
    format_axes(ax, "", "")
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale=axis.scale, whole=whole)
    if axis.by == "timestamp":
        ticks.set_time_ticks(ax.xaxis, most=most, zone=axis.zone)
        return ""
    return ticks.set_age_ticks(ax.xaxis, ax.get_xlim()[1], most=most)


def _write_heads(ax: Axes, name: str, note: str) -> None:
    """Write above a panel its name, and its last value or number of videos."""
    for text, x, side, shade in ((name, 0.0, "left", INK), (note, 1.0, "right", MUTED)):
        write_text(ax, text, (x, 1), offset=(0, 4), size=8.5, color=shade, ha=side)


def _write_titles(ax: Axes, shown: list[Panel], total: int, words: PictureText, panel: str, *omissions: str) -> None:
    noun, note = ("video", "each with its last value") if panel == "video_id" else ("group", "")
    if panel == "video_id" and len(shown) > 1:
        note += "; grey: the others"
    if not note:
        has_bands = any(not part.lines for part in shown)
        note = "bands: middle half and middle 80 %; line: median" if has_bands else "each line is a video"
    write_titles(
        ax,
        f"{words.unit[:1].upper()}{words.unit[1:]} of each {'video' if noun == 'video' else panel.replace('_', ' ')}",
        plural(total, noun) if len(shown) == total else f"the {len(shown):,} largest of {total:,} {noun}s",
        note,
        *omissions,
        words.note,
    )
