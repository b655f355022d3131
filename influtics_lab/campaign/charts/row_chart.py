"""What pictures with a row for each video or group share: groups by name, colours, texts at a row, the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, MUTED, new_axes
from influtics_lab.plots.colours import UNKNOWN, Look, find_look, order_platforms
from influtics_lab.plots.font_text import choose_font, format_label, format_name
from influtics_lab.plots.legends import write_key

PLAIN: Final = Look("#44566c", "o", "-", "")
GROUPS: Final = {"creator": "by_creator", "platform": "by_platform"}
NOBODY: Final = {"creator": "no creator", "platform": UNKNOWN}
_NAME: Final = 30


def groups_of(figures: Mapping[str, Any], by: str) -> list[Mapping[str, Any]]:
    """Give the figures of each creator or platform."""
    found: list[Mapping[str, Any]] = figures[GROUPS[by]]
    return found


def group_name(group: Mapping[str, Any]) -> str:
    """Give what a group is called in a picture."""
    if group["name"] is None:
        return NOBODY.get(group["kind"], "no name")
    return format_name(group["name"], limit=_NAME)


def video_name(video: Mapping[str, Any]) -> str:
    """Give what a video is called in a picture."""
    return format_label(video["title"], video["external_video_id"], video["video_id"], limit=_NAME)


def brief(value: float, *, bounded: bool) -> str:
    """Write a sum with three digits; a lower bound is still one when it is rounded.

    Examples
    --------
    >>> brief(111_840_427, bounded=False), brief(111_840_427, bounded=True)
    ('112M', 'at least 111M')
    """
    if not bounded:
        return ticks.format_short(value)
    unit = Decimal(1).scaleb(Decimal(f"{value:.15g}").adjusted() - 2)
    return f"at least {ticks.format_short(float(Decimal(f'{value:.15g}') // unit * unit))}" if value else "at least 0"


def look_of(by: str, name: str | None) -> Look:
    """Give a platform's own look, with fewer dots, of which an SVG holds each one; one look for all creators."""
    if by != "platform":
        return PLAIN
    found = find_look(name)
    return found._replace(hatch=found.hatch.replace("....", ".."))


def rows_axes(rows: int, *, left: float = 0.27, right: float = 0.83) -> Axes:
    """Give axes as high as so many rows need."""
    return new_axes(left=left, right=right, height=max(2.4, 1.5 + 0.36 * rows))


def beside(ax: Axes, place: int, upper: str, lower: str = "") -> None:
    """Write at the right of the axes what a row says: a value, and below it how sure it is."""
    both = [(upper, 6.5, INK, 9.0), (lower, -6.5, MUTED, 8.0)] if lower else [(upper, 0.0, INK, 9.0)]
    for text, up, colour, size in both:
        ax.annotate(
            text, xy=(1, place), xycoords=("axes fraction", "data"), xytext=(10, up), textcoords="offset points",
            va="center", color=colour, fontproperties=choose_font(text, size), parse_math=False, annotation_clip=False,
        )  # fmt: skip


def behind(ax: Axes, place: int, value: float, text: str, colour: str = INK) -> None:
    """Write behind a bar what it says."""
    ax.annotate(
        text, xy=(value, place), xytext=(6, 0), textcoords="offset points", va="center", color=colour,
        fontproperties=choose_font(text, 9), parse_math=False, annotation_clip=False,
    )  # fmt: skip


def platform_bars_key(ax: Axes, platforms: Sequence[str | None]) -> None:
    """Say above the axes which colour and hatch is which platform, where there are several."""
    names = order_platforms([name or UNKNOWN for name in platforms])[:5]
    if len(names) > 1:
        marks = [_mark(look_of("platform", name)) for name in names]
        write_key(ax, marks, [format_label(name, limit=16) for name in names])


def _mark(of: Look) -> Patch:
    return Patch(facecolor=of.colour, hatch=of.hatch, edgecolor="white", linewidth=0)
