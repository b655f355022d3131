"""What pictures with a row for each video or group share: names, colours, bars, texts at a row, the axes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from influtics_lab.campaign.figures.figure_types import AT_LEAST
from influtics_lab.campaign.figures.formatting import format_count
from influtics_lab.campaign.figures.key_figure_types import GroupFigures, VideoFigures
from influtics_lab.campaign.figures.video_groups import CAMPAIGN
from influtics_lab.language import translate
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, MUTED, new_axes
from influtics_lab.plots.colours import UNKNOWN, Look, find_look, order_platforms
from influtics_lab.plots.font_text import format_label, format_name, write_text
from influtics_lab.plots.labels import format_axes, write_row_names
from influtics_lab.plots.legends import write_key

PLAIN: Final = Look("#44566c", "o", "-", "")
NOBODY: Final = {"creator": "no creator", "platform": UNKNOWN}
NO_VIDEO: Final = "No video of the snapshot belongs to the campaign."
NONE_KNOWN: Final = "%(counts)s are not available for any video of the campaign in the period."
_NAME: Final = 30


class Bar(NamedTuple):
    """A row with a bar.

    Attributes
    ----------
    name, text : str
        At the left of the axes, and behind the bar.
    value : float or None
        None draws no bar.
    look : Look
    platform : str or None
        The platform that the key names; empty for a bar of several.
    is_bound : bool
        The value is a bound: the bar is open.
    """

    name: str
    value: float | None
    text: str
    look: Look
    platform: str | None = ""
    is_bound: bool = False


def name_group(group: GroupFigures) -> str:
    """Return what a group is called in a picture."""
    if group.kind == CAMPAIGN:
        return translate("the campaign")
    return translate(NOBODY[group.kind]) if group.name is None else format_name(group.name, limit=_NAME)


def name_video(video: VideoFigures) -> str:
    """Return what a video is called in a picture."""
    return format_label(video.title, video.external_video_id, video.video_id, limit=_NAME)


def format_brief(value: float, *, bounded: bool) -> str:
    """Write a sum with three digits; a lower bound is still one when it is rounded.

    Examples
    --------
    >>> format_brief(111_840_427, bounded=False), format_brief(111_840_427, bounded=True)
    ('112M', 'at least 111M')
    >>> format_brief(24.3, bounded=True)
    'at least 24'
    """
    if abs(value) < 999.5:
        return format_count(value, AT_LEAST if bounded else "")
    if not bounded:
        return ticks.format_short(value)
    exact = Decimal(f"{value:.15g}")  # without the noise of its last bits
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2), rounding=ROUND_FLOOR)
    return f"{translate(AT_LEAST)} {ticks.format_short(float(rounded))}"


def choose_look(kind: str, name: str | None) -> Look:
    """Return a platform's own look, with fewer dots, of which an SVG holds each one; one look for all creators."""
    if kind != "platform":
        return PLAIN
    look = find_look(name)
    return look._replace(hatch=look.hatch.replace("....", ".."))


def new_row_axes(rows: int, *, right: float) -> Axes:
    """Return axes as high as so many rows need."""
    return new_axes(left=0.27, right=right, height=max(2.4, 1.5 + 0.36 * rows))


def draw_bars(ax: Axes, bars: Sequence[Bar], unit: str, *, height: float, with_key: bool) -> None:
    """Draw rows with bars, the first at the top, and above them the platforms' key where it is wanted."""
    values = [bar.value or 0.0 for bar in bars]
    low, high = min(0.0, *values), max(0.0, *values)
    ax.set_xlim(low, high * 1.02 if high > 0 else low + 1.0)
    for place, (bar, value) in enumerate(zip(bars, values, strict=True)):
        fill: dict[str, Any] = {"color": bar.look.colour, "hatch": bar.look.hatch, "edgecolor": "white", "linewidth": 0}
        if bar.is_bound:
            fill = {"facecolor": "white", "edgecolor": bar.look.colour, "linewidth": 1.4, "linestyle": "--"}
        ax.barh(place, value, height=height, zorder=2, **fill)
        end, colour = (max(value, 0.0), place), MUTED if bar.value is None else INK
        write_text(ax, bar.text, end, offset=(6, 0), xycoords="data", size=9, color=colour, va="center")
    format_axes(ax, unit, "", grid="x")
    write_row_names(ax, [bar.name for bar in bars])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.spines["left"].set_visible(low < 0)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=3)
    names = order_platforms([bar.platform or UNKNOWN for bar in bars if bar.platform != ""])[:5]
    if with_key and len(names) > 1:
        looks = [choose_look("platform", name) for name in names]
        marks = [Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="white", linewidth=0) for look in looks]
        write_key(ax, marks, [format_label(name, limit=16) for name in names])
