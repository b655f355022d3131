"""The keys of a picture: which look is which platform, what marks and shades mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation, Transform
from numpy.typing import NDArray

from influtics_lab.plots.canvas import INK, PictureAxes, figure_of
from influtics_lab.plots.colours import Look, find_look, order_platforms
from influtics_lab.plots.font_text import choose_font, format_label, write_text

SHADES: Final = LinearSegmentedColormap.from_list("influtics", ["#dfe4ea", "#8f9baa", "#2b323a"])
_WIDE: Final = 520  # pixels
_BESIDE, _OVER = 18, 40  # points above the axes: of a key beside the title, and of one over it
_GAP: Final = 12  # pixels between title and key
_SHOWN: Final = 5  # platforms


def find_room(ax: Axes) -> float:
    """Return where a line of text above the axes may end, as a fraction of their width: ours have room at the right."""
    if not isinstance(ax, PictureAxes):
        return 1.0
    box = ax.get_position()
    return float((0.985 - box.x0) / box.width)


def write_platform_key(ax: Axes, platforms: Sequence[str], kind: Literal["line", "marker", "bar"] = "line") -> None:
    """Write above the axes, at the right, which look is which platform, with its number of videos.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    platforms : sequence of str
        One for each video.
    kind : str
        How a platform is drawn: ``line``, ``marker`` or ``bar``.
    """
    shown = order_platforms(list(platforms))[:_SHOWN]
    texts = [f"{format_label(name, limit=16)} ({list(platforms).count(name):,})" for name in shown]
    write_key(ax, [_draw_mark(find_look(name), kind) for name in shown], texts)


def _draw_mark(look: Look, kind: str) -> Artist:
    if kind == "bar":
        return Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="white", linewidth=0)
    dash = look.dash if kind == "line" else "none"
    return Line2D([], [], color=look.colour, marker=look.marker, markersize=4.5, linewidth=1.8, linestyle=dash)


def write_key(ax: Axes, marks: Sequence[Artist], texts: Sequence[str]) -> None:
    """Write the meaning of marks above the axes, at the right: beside the title, or above it where axes are narrow."""
    points = _OVER if _is_narrow(ax) else _BESIDE
    legend = ax.legend(
        list(marks), ["."] * len(texts), loc="lower right", bbox_to_anchor=(find_room(ax), 1.0),
        ncols=max(len(texts), 1), frameon=False, bbox_transform=_raise_by(ax, points), borderaxespad=0, borderpad=0.2,
        columnspacing=1.2, handlelength=2.4,
    )  # fmt: skip
    legend.set_gid("above")
    _write_texts(legend, texts)


def write_side_key(ax: Axes, marks: Sequence[Artist], texts: Sequence[str]) -> None:
    """Write the meaning of marks at the right of the axes, one below the other."""
    if marks:
        legend = ax.legend(
            list(marks), ["."] * len(texts), loc="upper left", bbox_to_anchor=(1.035, 1.0), frameon=False,
            borderaxespad=0, borderpad=0.2, handlelength=1.2,
        )  # fmt: skip
        _write_texts(legend, texts)


def draw_shade_key(ax: Axes, shades: Colormap, least: str, most: str) -> None:
    """Draw a strip below the axes, at the right: what the lightest and the darkest shade are.

    Below axes that are not ours, which a layout may still move, write it in words.
    """
    if not isinstance(ax, PictureAxes):
        text = f"light to dark: {least} to {most}"
        write_text(ax, text, (1, 0), offset=(0, -46), size=8.5, color=INK, ha="right", va="center")
        return
    to_axes = 72 / figure_of(ax).dpi * np.array([1 / ax.get_window_extent().width, 1 / ax.get_window_extent().height])
    width, height = np.array([90, 10]) * to_axes * figure_of(ax).dpi / 72
    darkest = write_text(ax, most, (find_room(ax), 0), offset=(0, -34), size=8.5, color=INK, ha="right", va="center")
    box = darkest.get_window_extent().transformed(ax.transAxes.inverted())
    right, bottom = box.x0 - width * 0.07, (box.y0 + box.y1) / 2 - height / 2
    ramp = shades(np.linspace(0, 1, 45)[None, :])
    ax.imshow(
        ramp, extent=(right - width, right, bottom, bottom + height), transform=ax.transAxes, aspect="auto",
        clip_on=False,
    )  # fmt: skip
    left = (right - width * 1.07, bottom + height / 2)
    write_text(ax, least, left, size=8.5, color=INK, ha="right", va="center")


def shade_cells(counted: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the colours of a raster: the more there is in a cell, the darker; an empty cell has none.

    They are looked up here, as matplotlib would resample the numbers and mask empty cells one by one.
    """
    most = int(counted.max(initial=0))
    colours = np.zeros((most + 1, 4), dtype=np.uint8)
    colours[1:] = SHADES(LogNorm(1, max(most, 2))(np.arange(1.0, most + 1)), bytes=True)
    return colours[counted]


def lift_key(ax: Axes, legend: Legend, lines: int, *, beside: float) -> None:
    """Move the key up by the lines below the title, and over the title where there is no room beside it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    legend : matplotlib.legend.Legend
        As `write_key` made it.
    lines : int
        How many lines are below the title.
    beside : float
        Where the title ends, in pixels.
    """
    over = _is_narrow(ax) or legend.get_window_extent().x0 < beside + _GAP
    if lines > 1 or over:
        points = (_OVER if over else _BESIDE) + 12 * (lines - 1)
        legend.set_bbox_to_anchor((find_room(ax), 1.0), transform=_raise_by(ax, points))


def _is_narrow(ax: Axes) -> bool:
    return find_room(ax) * ax.get_window_extent().width <= _WIDE


def _raise_by(ax: Axes, points: float) -> Transform:
    return ax.transAxes + ScaledTranslation(0, points / 72, figure_of(ax).dpi_scale_trans)


def _write_texts(legend: Legend, texts: Sequence[str]) -> None:
    for label, text in zip(legend.get_texts(), texts, strict=True):
        label.set(parse_math=False, text=text, fontproperties=choose_font(text, 9), color=INK)
