"""What is around the lines: colours of the platforms, axes, titles, labels at line ends, and the empty state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import GRID, INK, MUTED, NAMES_FROM, figure_of
from influtics_lab.plots.lines import AXES, Line, Lines
from influtics_lab.plots.text import font, label

# Okabe and Ito's colours: told apart by colour-blind eyes. They differ in lightness too, and in the marker.
COLOURS: Final = {"TikTok": "#0072b2", "YouTube": "#d55e00", "Instagram": "#cc79a7"}
MARKERS: Final = {"TikTok": "o", "YouTube": "s", "Instagram": "^"}
OTHER: Final = ("#6b7280", "D")
NAMED: Final = 8  # up to here each line has its name; beyond, the largest five have
_LARGEST: Final = 5
_NAME: Final = 21  # columns of a name at a line's end
_STRENGTHS: Final = ((100, 0.55), (1000, 0.35), (math.inf, 0.1))  # the more lines, the fainter each
_WIDE: Final = 520  # pixels
_LEADER: Final[dict[str, Any]] = {  # dotted and grey, so that it is not taken for a line that goes on
    "arrowstyle": "-", "color": "#b4bac2", "lw": 0.8, "linestyle": (0, (1, 3)), "shrinkA": 1, "shrinkB": 4,
    "relpos": (0, 0.5),
}  # fmt: skip
_DOTS: Final = 24  # readings up to which each one is a dot


@dataclass(frozen=True)
class Words:
    """What a picture says of itself."""

    what: str  # "views"
    unit: str  # the vertical axis
    value: str = "{}"  # a value at a line's end
    points: str = "reading"  # what one point of a line is
    note: str = ""


def colour(platform: str) -> str:
    """Give the platform's colour, always the same."""
    return COLOURS.get(platform, OTHER[0])


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
    named = found.lines if len(found.lines) <= NAMED else found.lines[:_LARGEST]
    _limits(ax, found, scale)
    _many(ax, found.lines[len(named) :])
    dots = words.points == "reading" and all(len(line.x) <= _DOTS for line in named)
    for line in reversed(named):
        _one(ax, line, dots=dots)
    if own and len(found.lines) > 1:
        figure_of(ax).subplots_adjust(right=NAMES_FROM)
    if len(found.lines) > 1:
        _names(ax, named, words)
    _platforms(ax, found)
    _axes(ax, found, words, scale)
    _titles(ax, found, words)


def empty(ax: Axes, title: str, why: str) -> None:
    """Say in the picture's place why there is none."""
    ax.set_axis_off()
    _above(ax, 22, title, size=13, color=INK)
    ax.text(
        0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color=MUTED, fontproperties=font(why, 11),
        wrap=True, parse_math=False,
    )  # fmt: skip


def _limits(ax: Axes, found: Lines, scale: str) -> None:
    x = np.concatenate([line.x for line in found.lines])
    y = np.concatenate([line.y for line in found.lines])
    left, right = float(np.nanmin(x)), float(np.nanmax(x))
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    pad = (right - left) * 0.015 or (0.5 if found.by == "timestamp" else 1.0)
    ax.set_xlim(left - pad, right + pad)
    ax.set_yscale(scale)
    if scale == "log":
        room = max((high / low) ** 0.05, 1.1)
        ax.set_ylim(low / room, high * room)
        return
    if 0 <= low < high / 2 or high == low >= 0:
        low = 0.0
    room = (high - low) * 0.05 or 1.0
    ax.set_ylim(low if low == 0 else low - room, high + room)


def _one(ax: Axes, line: Line, *, dots: bool) -> None:
    shade, marker = colour(line.platform), MARKERS.get(line.platform, OTHER[1])
    every: Any = None if dots else [int(np.flatnonzero(~np.isnan(line.y))[-1])]
    ax.plot(
        line.x, line.y, color=shade, linewidth=1.8, marker=marker, markersize=3.5 if every is None else 5,
        markevery=every, solid_joinstyle="round", zorder=3,
    )  # fmt: skip


def _many(ax: Axes, lines: tuple[Line, ...]) -> None:
    for platform in dict.fromkeys(line.platform for line in lines):
        paths = [np.column_stack([line.x, line.y]) for line in lines if line.platform == platform]
        strength = next(alpha for limit, alpha in _STRENGTHS if len(lines) < limit)
        ax.add_collection(
            LineCollection(paths, colors=[colour(platform)], linewidths=0.8, alpha=strength, zorder=2), autolim=False
        )


def _names(ax: Axes, lines: tuple[Line, ...], words: Words) -> None:
    """Names and last values at the right, in the order of the lines' ends, none over another."""
    ends = [(line, *_end(line)) for line in lines]
    height = ax.get_window_extent().height
    at = [float(ax.transAxes.inverted().transform(ax.transData.transform((x, y)))[1]) for _, x, y in ends]
    for (line, x, y), place in zip(ends, _spread(at, 15.5 / height), strict=True):
        text = f"{words.value.format(ticks.short(y))}  {label(line.name, limit=_NAME)}"
        ax.annotate(
            text, xy=(x, y), xytext=(1.02, place), textcoords="axes fraction", va="center", color=_dark(line.platform),
            fontproperties=font(text, 8.5), parse_math=False, annotation_clip=False,
            arrowprops=_LEADER,
        )  # fmt: skip


def _end(line: Line) -> tuple[float, float]:
    last = int(np.flatnonzero(~np.isnan(line.y))[-1])
    return float(line.x[last]), float(line.y[last])


def _spread(at: list[float], apart: float) -> list[float]:
    """Places as near as may be to those wished for, each so far apart, between 0 and 1 where they fit."""
    order = sorted(range(len(at)), key=lambda i: at[i])
    groups: list[list[float]] = []  # [sum of wished-for bottoms, members]
    for rank, i in enumerate(order):
        groups.append([at[i] - rank * apart, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, members = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += members
    bases = [total / members for total, members in groups for _ in range(int(members))]
    top = 1.0 - (len(at) - 1) * apart
    placed = [0.0] * len(at)
    for rank, i in enumerate(order):
        placed[i] = max(min(bases[rank], top), 0.0 if top >= 0 else top) + rank * apart
    return placed


def _dark(platform: str) -> tuple[float, float, float]:
    red, green, blue = to_rgb(colour(platform))
    return red * 0.72, green * 0.72, blue * 0.72  # 4.5 to 1 on white, as small text needs


def _platforms(ax: Axes, found: Lines) -> None:
    """Which colour is which platform, above the axes at the right, with how many videos of each."""
    names = [line.platform for line in found.lines]
    known = sorted(set(names), key=lambda name: ([*COLOURS, name].index(name), name))
    shown = known[:5]
    marks = [
        Line2D([], [], color=colour(name), marker=MARKERS.get(name, OTHER[1]), markersize=4.5, linewidth=1.8)
        for name in shown
    ]
    points = 18 if ax.get_window_extent().width > _WIDE else 40  # beside the title, or above it
    above = ax.transAxes + ScaledTranslation(0, points / 72, figure_of(ax).dpi_scale_trans)
    legend = ax.legend(
        marks, ["."] * len(shown), loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(shown), frameon=False,
        bbox_transform=above, borderaxespad=0,
        borderpad=0.2, columnspacing=1.2, handlelength=1.6,
    )  # fmt: skip
    for text, name in zip(legend.get_texts(), shown, strict=True):
        said = f"{label(name, limit=16)} ({names.count(name):,})"
        text.set_parse_math(False)
        text.set_text(said)
        text.set_fontproperties(font(said, 9))
        text.set_color(INK)


def _axes(ax: Axes, found: Lines, words: Words, scale: str) -> None:
    ax.grid(visible=True, color=GRID, linewidth=0.8)
    ax.tick_params(colors=MUTED, labelcolor=MUTED, labelsize=9, length=3, labelfontfamily="DejaVu Sans")
    ax.xaxis.get_offset_text().set(color=MUTED, fontproperties=font("", 9))
    ticks.numbers(ax.yaxis, *ax.get_ylim(), scale=scale)
    sideways = AXES[found.by]
    if found.by == "timestamp":
        ticks.instants(ax.xaxis)
    else:
        sideways = f"{ticks.ages(ax.xaxis, ax.get_xlim()[1])} {sideways}"
    ax.set_xlabel(sideways, color=INK, fontproperties=font(sideways, 9.5), parse_math=False)
    ax.set_ylabel(words.unit, color=INK, fontproperties=font(words.unit, 9.5), parse_math=False)


def _titles(ax: Axes, found: Lines, words: Words) -> None:
    title = words.what if found.by == "timestamp" else f"{words.what} by age"
    if len(found.lines) == 1:
        title = f"{words.what}: {found.lines[0].name}"
    _above(ax, 22, title, size=13, color=INK)
    _above(ax, 7, _count(ax, found, words), size=9, color=MUTED)


def _count(ax: Axes, found: Lines, words: Words) -> str:
    n, all_of = len(found.lines), found.with_values
    videos = f"{n:,} video{'s' * (n != 1)}" if found.asked == all_of else f"the {n:,} largest of {all_of:,} videos"
    said = [videos, f"{found.readings:,} {words.points}{'s' * (found.readings != 1)}"]
    if found.videos > all_of:
        lacking = "without a value" if found.by == "timestamp" else "without a value or of unknown age"
        said.append(f"{found.videos - all_of:,} more {lacking}")
    if found.off_scale:
        said.append(f"{found.off_scale:,} at 0 or below not on this scale")
    if ax.get_yscale() == "linear" and ax.get_ylim()[0] > 0:
        said.append("axis does not start at 0")
    return ", ".join([*said, *([words.note] if words.note else [])])


def _above(ax: Axes, points: float, text: str, *, size: float, color: str) -> None:
    """Write a line of text so many points above the axes, at their left."""
    ax.annotate(
        text, xy=(0, 1), xycoords="axes fraction", xytext=(0, points), textcoords="offset points", color=color,
        fontproperties=font(text, size), parse_math=False, annotation_clip=False,
    )  # fmt: skip
