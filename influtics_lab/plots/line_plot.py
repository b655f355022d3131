"""A line for each video: the few that are named strong and on top, the others thin and faint."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from influtics_lab.plots import ticks
from influtics_lab.plots.colours import look
from influtics_lab.plots.font_text import label
from influtics_lab.plots.labels import Name, dress, limits, names, room_for_names, titles
from influtics_lab.plots.legends import platform_key
from influtics_lab.plots.line_data import AXES, Line, Lines
from influtics_lab.text_format import plural

NAMED: Final = 8  # up to here each line has its name; beyond, the largest five have
LARGEST: Final = 5
_NAME: Final = 21  # columns of a name at a line's end
_STRENGTHS: Final = ((100, 0.55), (1000, 0.35), (math.inf, 0.1))  # the more lines, the fainter each
_DOTS: Final = 24  # readings up to which each one is a dot


@dataclass(frozen=True)
class Words:
    """What a picture says of itself."""

    what: str  # "Views"
    unit: str  # the vertical axis
    value: str = "{}"  # a value at a line's end
    points: str = "reading"  # what one point of a line is
    note: str = ""


def draw(ax: Axes, found: Lines, words: Words, scale: str, *, own: bool) -> None:
    """Draw the lines with everything around them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    found : Lines
    words : Words
    scale : str
    own : bool
        Whether the figure is ours, so that room may be made for the names at the right.
    """
    named = _named(found)
    _limits(ax, found, scale)
    _many(ax, tuple(line for line in found.lines if line not in named))
    dots = words.points == "reading" and all(len(line.x) <= _DOTS for line in named)
    for line in reversed(named):
        one(ax, line, dots=dots)
    if own and len(found.lines) > 1:
        room_for_names(ax)
    if len(found.lines) > 1:
        names(ax, [line_name(line, words) for line in named])
    platform_key(ax, [line.platform for line in found.lines])
    across(ax, found.by, words.unit)
    ticks.numbers(ax.yaxis, *ax.get_ylim(), scale=scale)
    _titles(ax, found, words)


def across(ax: Axes, by: str, unit: str, known: Callable[[float], int] | None = None) -> None:
    """Dress the axes, with time or age across; ``known`` says how many videos there are at an age."""
    sideways = AXES[by]
    if by != "timestamp":
        sideways = f"{ticks.ages(ax.xaxis, ax.get_xlim()[1], known)} {sideways}"
        sideways += ", and how many videos (n) are known then" if known else ""
    dress(ax, sideways, unit)
    if by == "timestamp":
        ticks.instants(ax.xaxis)


def one(ax: Axes, line: Line, *, dots: bool) -> None:
    """Draw one line that is named, with a marker at its end or at each reading."""
    shade, marker, dash, _ = look(line.platform)
    every: Any = None if dots else [int(np.flatnonzero(~np.isnan(line.y))[-1])]
    ax.plot(
        line.x, line.y, color=shade, linewidth=1.8, marker=marker, markersize=3.5 if every is None else 5,
        markevery=every, solid_joinstyle="round", linestyle=dash, zorder=3,
    )  # fmt: skip


def line_name(line: Line, words: Words) -> Name:
    """Give what is written at a line's end: its last value and whose it is."""
    last = int(np.flatnonzero(~np.isnan(line.y))[-1])
    x, y = float(line.x[last]), float(line.y[last])
    text = f"{words.value.format(ticks.short(y))}  {label(line.name, limit=_NAME)}"
    return Name(text, x, y, look(line.platform).colour)


def _named(found: Lines) -> tuple[Line, ...]:
    if found.highlight is not None:
        return tuple(line for line in found.lines if line.video_id in found.highlight)[:NAMED]
    return found.lines if len(found.lines) <= NAMED else found.lines[:LARGEST]


def _limits(ax: Axes, found: Lines, scale: str) -> None:
    x = np.concatenate([line.x for line in found.lines])
    left, right = float(np.nanmin(x)), float(np.nanmax(x))
    pad = (right - left) * 0.015 or (0.5 if found.by == "timestamp" else 1.0)
    ax.set_xlim(left - pad, right + pad)
    ax.set_yscale(scale)
    ax.set_ylim(*limits([line.y for line in found.lines], scale))


def _many(ax: Axes, lines: tuple[Line, ...]) -> None:
    for platform in dict.fromkeys(line.platform for line in lines):
        paths = [np.column_stack([line.x, line.y]) for line in lines if line.platform == platform]
        strength = next(alpha for limit, alpha in _STRENGTHS if len(lines) < limit)
        colours = [look(platform).colour]
        ax.add_collection(
            LineCollection(paths, colors=colours, linewidths=0.8, alpha=strength, zorder=2), autolim=False
        )


def _titles(ax: Axes, found: Lines, words: Words) -> None:
    title = words.what if found.by == "timestamp" else f"{words.what} by age"
    if len(found.lines) == 1:
        title = f"{words.what}: {found.lines[0].name}"
    titles(ax, title, _count(ax, found, words))


def _count(ax: Axes, found: Lines, words: Words) -> str:
    n, all_of = len(found.lines), found.with_values
    videos = plural(n, "video") if found.asked == all_of else f"the {n:,} largest of {all_of:,} videos"
    said = [videos, plural(found.readings, words.points)]
    if found.videos > all_of:
        lacking = "without a value" if found.by == "timestamp" else "without a value or of unknown age"
        said.append(f"{found.videos - all_of:,} more {lacking}")
    if found.off_scale:
        said.append(f"{found.off_scale:,} at 0 or below not on this scale")
    if ax.get_yscale() == "linear" and ax.get_ylim()[0] > 0:
        said.append("axis does not start at 0")
    return ", ".join([*said, *([words.note] if words.note else [])])
