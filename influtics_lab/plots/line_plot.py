"""A line for each video: the few that are named strong and on top, the others thin and faint."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from influtics_lab.plots import ticks
from influtics_lab.plots.bulk_range import Range, describe_beyond, find_bulk
from influtics_lab.plots.canvas import note_beyond
from influtics_lab.plots.colours import find_look
from influtics_lab.plots.font_text import clean_text, shorten_names
from influtics_lab.plots.labels import Name, find_limits, format_axes, room_for_names, write_names, write_titles
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.line_data import Line, Lines
from influtics_lab.plots.ticks import name_axis
from influtics_lab.schema import COUNTS
from influtics_lab.text_format import plural

NAMED: Final = 8  # up to here each line has its name; beyond, the largest five have
LARGEST: Final = 5
_NAME: Final = 21  # columns of a name at a line's end
_STRENGTHS: Final = ((100, 0.55), (1000, 0.35), (math.inf, 0.1))  # the more lines, the fainter each
_DOTS: Final = 24  # readings up to which each one is a dot


@dataclass(frozen=True)
class PictureText:
    """The words of a picture of one column."""

    title: str  # "Views"
    unit: str  # the vertical axis
    value: str = "{}"  # a value at a line's end
    points: str = "reading"  # one point of a line
    note: str = ""

    def write(self, value: float) -> str:
        """Return a value with its unit."""
        return self.value.format(ticks.format_in(self.value, value))

    @property
    def is_count(self) -> bool:
        """Return whether values are whole numbers, so that ticks between them say nothing."""
        return self.unit in COUNTS


def draw_lines(ax: Axes, drawn: Lines, text: PictureText, scale: str, *, own: bool) -> None:
    """Draw the lines with everything around them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    drawn : Lines
    text : PictureText
    scale : str
    own : bool
        Whether the figure is ours, so that room may be made for the names at the right.
    """
    named = _choose_named(drawn)
    shown = _set_limits(ax, drawn, scale)
    _draw_faint_lines(ax, tuple(line for line in drawn.lines if line not in named))
    dots = text.points == "reading" and all(len(line.x) <= _DOTS for line in named)
    for line in reversed(named):
        draw_named_line(ax, line, dots=dots)
    if len(drawn.lines) > 1:
        if own:
            room_for_names(ax)
        write_names(ax, name_line_ends(named, text, shown=shown, scale=scale))
    write_platform_key(ax, [line.platform for line in drawn.lines])
    format_time_axes(ax, drawn.by, text.unit, zone=drawn.zone)
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale=scale, whole=text.is_count)
    _write_titles(ax, drawn, text, describe_beyond(drawn.lines, shown, drawn.by, drawn.zone))


def format_time_axes(
    ax: Axes, by: str, unit: str, known: Callable[[float], int] | None = None, *, zone: tzinfo = UTC
) -> None:
    """Format the axes, with time or age across; ``known`` returns the number of videos at an age."""
    across = name_axis(by, zone)
    if by != "timestamp":
        across = f"{ticks.set_age_ticks(ax.xaxis, ax.get_xlim()[1], known)} {across}"
        across += ", and how many videos (n) are known then" if known else ""
    format_axes(ax, across, unit)
    if by == "timestamp":
        ticks.set_time_ticks(ax.xaxis, zone=zone)


def draw_named_line(ax: Axes, line: Line, *, dots: bool) -> None:
    """Draw one line that is named, with a marker at its end or at each reading."""
    shade, marker, dash, _ = find_look(line.platform)
    marked: Any = None if dots else [line.last]
    ax.plot(
        line.x, line.y, color=shade, linewidth=1.8, marker=marker, markersize=3.5 if marked is None else 5,
        markevery=marked, solid_joinstyle="round", linestyle=dash, zorder=3,
    )  # fmt: skip


def name_line_ends(
    lines: Sequence[Line], text: PictureText, *, shown: Range | None = None, scale: str = "linear"
) -> list[Name]:
    """Return the text at each line's end: its last value and the name of its video.

    An arrow is before the text of a line that ends beyond the axis.
    """
    names = []
    for line, label in zip(lines, shorten_names([line.name for line in lines], _NAME), strict=True):
        x, y = float(line.x[line.last]), float(line.y[line.last])
        words = f"{text.write(y)}  {label}"
        if shown is not None and not shown.left <= x <= shown.right:
            words = f"{'→' if x > shown.right else '←'} {words}"
            across, values = shown.cut(line, scale)
            x, y = (float(across[-1]), float(values[-1])) if len(across) else (shown.right, y)
        names.append(Name(words, x, y, find_look(line.platform).colour))
    return names


def _choose_named(drawn: Lines) -> tuple[Line, ...]:
    if drawn.highlight is not None:
        return tuple(line for line in drawn.lines if line.video_id in drawn.highlight)[:NAMED]
    return drawn.lines if len(drawn.lines) <= NAMED else drawn.lines[:LARGEST]


def _set_limits(ax: Axes, drawn: Lines, scale: str) -> Range:
    """Set the limits of the axes to the bulk of the lines, and return it."""
    shown = find_bulk(drawn.lines, drawn.highlight)
    left, right = shown
    pad = (right - left) * 0.015 or (0.5 if drawn.by == "timestamp" else 1.0)
    ax.set_xlim(left - pad, right + pad)
    ax.set_yscale(scale)
    ax.set_ylim(*find_limits([shown.cut(line, scale)[1] for line in drawn.lines], scale))
    return shown


def add_lines(ax: Axes, lines: Sequence[Line], **options: Any) -> None:
    """Draw lines at once, without markers and without a change of the limits."""
    paths = [np.column_stack([line.x, line.y]) for line in lines]
    ax.add_collection(LineCollection(paths, **options), autolim=False)


def _draw_faint_lines(ax: Axes, lines: tuple[Line, ...]) -> None:
    strength = next(alpha for limit, alpha in _STRENGTHS if len(lines) < limit)
    for platform in dict.fromkeys(line.platform for line in lines):
        own = [line for line in lines if line.platform == platform]
        add_lines(ax, own, colors=[find_look(platform).colour], linewidths=0.8, alpha=strength, zorder=2)


def _write_titles(ax: Axes, drawn: Lines, text: PictureText, beyond: str) -> None:
    aged, number, total = drawn.by != "timestamp", len(drawn.lines), drawn.with_values
    title = f"{text.title} by age" if aged else text.title
    write_titles(
        ax,
        f"{text.title}: {clean_text(drawn.lines[0].name, 60)}" if number == 1 else title,
        plural(number, "video") if drawn.asked == total else f"the {number:,} largest of {total:,} videos",
        plural(drawn.readings, text.points),
        *describe_omissions(ax, drawn.videos - total, drawn.off_scale, aged=aged),
        beyond,
        text.note,
    )
    note_beyond(ax, beyond)


def describe_omissions(ax: Axes, lacking: int, off_scale: int, *, aged: bool) -> list[str]:
    """Return which videos and values are not in a picture, and whether its axis starts above 0; empty where all are."""
    no_value = "without a value or of unknown age" if aged else "without a value"
    above_0 = ax.get_yscale() == "linear" and ax.get_ylim()[0] > 0
    return [
        f"{lacking:,} more {no_value}" if lacking else "",
        f"{off_scale:,} at 0 or below not on this scale" if off_scale else "",
        "axis does not start at 0" if above_0 else "",
    ]
