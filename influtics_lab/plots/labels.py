"""Everything around a picture: titles, axes, names at line ends, and the empty state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.text import Annotation

from influtics_lab.plots.canvas import GRID, INK, MUTED, NAMES_FROM, PictureAxes, describe_picture, figure_of
from influtics_lab.plots.colours import darken_colour
from influtics_lab.plots.font_text import choose_font, write_text
from influtics_lab.plots.legends import find_room, lift_key

_LEADER: Final = "#a6adb6"
_TOP: Final = 0.975  # of the height: names higher up would touch the titles
_APART: Final = 15.5  # pixels between names


class Name(NamedTuple):
    """A text at the right of the axes, and the point of the picture that it belongs to."""

    text: str
    x: float
    y: float
    colour: str


def write_titles(ax: Axes, title: str, *parts: str) -> None:
    """Write the title above the axes, and below it what the picture shows, in two lines where one is too short.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    title : str
    *parts : str
        What the picture shows, joined by commas; empty ones are skipped.
    """
    text = ", ".join(filter(None, parts))
    describe_picture(ax, title, text)
    below = write_above(ax, 7, text, size=9, color=MUTED)
    lines = 1
    if below.get_window_extent().width > find_room(ax) * ax.get_window_extent().width and ", " in text:
        words = text.split(", ")
        middle = min(range(1, len(words)), key=lambda i: abs(len(", ".join(words[:i])) - len(text) / 2))
        below.set_text(f"{', '.join(words[:middle])},\n{', '.join(words[middle:])}")
        lines = 2
    head = write_above(ax, 10 + 12 * lines, title, size=13, color=INK)
    if isinstance(ax, PictureAxes):
        ax.written_title = head
    if (legend := ax.get_legend()) is not None and legend.get_gid() == "above":
        lift_key(ax, legend, lines, beside=head.get_window_extent().x1)


def write_above(ax: Axes, points: float, text: str, *, size: float, color: str) -> Annotation:
    """Write a line of text so many points above the axes, at their left."""
    return write_text(ax, text, (0, 1), offset=(0, points), size=size, color=color)


def draw_empty(ax: Axes, title: str, reason: str) -> Axes:
    """Write in the picture's place why there is none."""
    ax.set_axis_off()
    describe_picture(ax, title, reason)
    write_above(ax, 22, title, size=13, color=INK)
    ax.text(
        0.5, 0.5, reason, transform=ax.transAxes, ha="center", va="center", color=MUTED,
        fontproperties=choose_font(reason, 11), wrap=True, parse_math=False,
    )  # fmt: skip
    return ax


def format_axes(ax: Axes, across: str, upwards: str, *, grid: Literal["both", "x", "y", "none"] = "both") -> None:
    """Set the grid of the axes, the look of their ticks, and the names of what they measure.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    across, upwards : str
        Name and unit of each axis; empty writes none.
    grid : str
        Which lines: ``both``, ``x``, ``y`` or ``none``.
    """
    if grid != "none":
        ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)
    ax.tick_params(colors=MUTED, labelcolor=MUTED, labelsize=9, length=3, labelfontfamily="DejaVu Sans")
    ax.xaxis.get_offset_text().set(color=MUTED, fontproperties=choose_font("", 9))
    ax.set_xlabel(across, color=INK, fontproperties=choose_font(across, 9.5), parse_math=False)
    ax.set_ylabel(upwards, color=INK, fontproperties=choose_font(upwards, 9.5), parse_math=False)


def room_for_names(ax: Axes, *, below: bool = False) -> None:
    """Make room at the right, and for a second line below the axes, where the figure is ours."""
    figure_of(ax).subplots_adjust(right=NAMES_FROM, bottom=0.15 if below else None)


def write_names(ax: Axes, labels: Sequence[Name]) -> None:
    """Write names at the right, in the order of the points they belong to, none over another.

    The limits and scales of the axes must be set.
    """
    if not labels:
        return
    to_axes = (ax.transData + ax.transAxes.inverted()).transform([(name.x, name.y) for name in labels])
    apart = _APART / ax.get_window_extent().height
    places = [_TOP * place for place in spread_places([float(at) / _TOP for at in to_axes[:, 1]], apart / _TOP)]
    room = 4 / ax.get_window_extent().width
    leaders = [[(x + room, y), (1.015, place)] for (x, y), place in zip(to_axes, places, strict=True)]
    # dotted and grey, so that it is not taken for a line that goes on
    ax.add_collection(
        LineCollection(
            leaders, colors=_LEADER, linewidths=0.8, linestyles=[(0, (1, 3))], transform=ax.transAxes, clip_on=False,
            zorder=1.5, gid="leaders",
        ),
        autolim=False,
    )  # fmt: skip
    for name, place in zip(labels, places, strict=True):
        write_text(ax, name.text, (1.02, place), size=8.5, color=darken_colour(name.colour), va="center")


def spread_places(at: Sequence[float], apart: float) -> list[float]:
    """Return places as near as possible to those given, so far apart, between 0 and 1 where they fit."""
    order = sorted(range(len(at)), key=lambda i: at[i])
    groups: list[list[float]] = []  # [sum of desired bottoms, members]
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


def write_row_names(ax: Axes, texts: Sequence[str]) -> None:
    """Write a name at the left of each row, the first at the top, and set the axes to these rows."""
    ax.set_ylim(len(texts) - 0.5, -0.5)
    ax.set_yticks(range(len(texts)))
    for label, text in zip(ax.set_yticklabels(texts), texts, strict=True):
        label.set(parse_math=False, fontproperties=choose_font(text, 9), color=INK)
    ax.tick_params(axis="y", length=0)


def draw_interval(
    ax: Axes, place: int, value: float | None, ends: tuple[float | None, float | None], look: tuple[str, str]
) -> None:
    """Draw a value in a row in a colour and marker, and its interval; a value without an interval is hollow."""
    (low, high), (colour, marker), face = ends, look, "white"
    if low is not None and high is not None:
        face = colour
        ax.plot([low, high], [place, place], color=colour, linewidth=2.2, marker="|", markersize=11, zorder=2)
    if value is not None:
        ax.plot(value, place, color=colour, marker=marker, markersize=8, markerfacecolor=face, zorder=3)


def write_beside_row(ax: Axes, place: int, upper: str, lower: str = "") -> None:
    """Write at the right of a row its value, and below that what belongs to it."""
    lines = [(upper, 6.5, 9, INK), (lower, -6.5, 8.5, MUTED)] if lower else [(upper, 0, 9, INK)]
    for text, up, size, colour in lines:
        beside = ("axes fraction", "data")
        write_text(ax, text, (1, place), offset=(10, up), xycoords=beside, size=size, color=colour, va="center")


def find_limits(values: Sequence[np.typing.NDArray[np.float64]], scale: str) -> tuple[float, float]:
    """Return the ends of a vertical axis that shows all these values; it starts at 0 where that costs little."""
    y = np.concatenate(values)
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    if scale == "log":
        room = max((high / low) ** 0.05, 1.1)
        return low / room, high * room
    if 0 <= low < high / 2 or high == low >= 0:
        low = 0.0
    room = (high - low) * 0.05 or 1.0
    return (low if low == 0 else low - room), high + room
