"""A count of the whole campaign, day by day, and the target it is to reach."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from influtics_lab.campaign.charts.row_chart import PLAIN, brief
from influtics_lab.campaign.figures.daily_progress import Progress, progress
from influtics_lab.campaign.figures.formatting import format_day, format_n_of, last_day
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_period
from influtics_lab.campaign.file.model import Campaign, Target
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import MUTED, new_axes, style
from influtics_lab.plots.colours import darken_colour
from influtics_lab.plots.font_text import choose_font
from influtics_lab.plots.labels import draw_empty, format_axes, write_titles
from influtics_lab.plots.legends import write_key
from influtics_lab.plots.validation import check_one_of
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

_AIM: Final = "#b3261e"
_LATER: Final[dict[str, Any]] = {"facecolor": "#f3f5f7", "hatch": "////", "edgecolor": "#9aa4b1", "linewidth": 0}
_FILL: Final = 0.38
_HALO: Final = (withStroke(linewidth=3.0, foreground="white"),)  # texts may lie on lines


def plot_progress(campaign: Campaign, snapshot: Snapshot, count: str = "views", *, ax: Axes | None = None) -> Axes:
    """Draw a count of the campaign at the end of each day of its period, and its target, if it has one.

    Over the videos whose count is known at the period's end. Videos that were first read within the period, and may be
    older, lie on top in grey: each one counts from its first reading on, with all that it had by then.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    count : str, default "views"
        views, likes, comments or reposts; only views have targets.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The last value stands at the right of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        Days are those of the campaign's time zone. Where no count is known, a picture that says why.

    Raises
    ------
    ConfigError
        If the count is none of those allowed.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> ax = plot_progress(parse_campaign(new_campaign(sample)), sample)
    >>> ax.get_ylabel()
    'views'
    """
    check_one_of("plot_progress", "count", count, COUNTS)
    return draw_progress(campaign, progress(campaign, snapshot, count), ax=ax)


def draw_progress(campaign: Campaign, found: Progress, *, ax: Axes | None = None) -> Axes:
    """Draw what `progress` found, as `plot_progress` does."""
    count = found.count
    target = new_axes(right=0.85, height=4.2) if ax is None else ax
    title = f"{count.capitalize()} {'gained ' * (found.counted == 'gained')}by the end of each day"
    with style():
        if not found.n:
            why = f"{count.capitalize()} are not known of any video of the campaign in the period."
            return draw_empty(
                target, title, why if found.of > found.missing else "No video of the snapshot belongs to the campaign."
            )
        _draw(target, campaign, found)
        write_titles(target, title, ", ".join(_said(campaign, found)))
    return target


def _draw(ax: Axes, campaign: Campaign, found: Progress) -> None:
    zone = ZoneInfo(campaign.period.time_zone)
    x = [_local(instant, zone) for instant in found.instants]
    upper = [below + above for below, above in zip(found.throughout, found.joined, strict=True)]
    colour = campaign.look.colours[0] if campaign.look.colours else PLAIN.colour
    ax.fill_between(x, 0, found.throughout, color=colour, alpha=_FILL, linewidth=0, zorder=2)
    if found.n_joined:
        ax.fill_between(x, found.throughout, upper, zorder=2, **_LATER)
    ax.plot(x, upper, color=colour, linewidth=2.2, solid_capstyle="butt", zorder=3)
    ax.plot(x[-1], upper[-1], color=colour, marker="o", markersize=6, zorder=4)
    aims = [one for one in campaign.targets if one.measure == "views" and found.count == "views"]
    ends = [_local(resolve_end(one.date, campaign.period.time_zone), zone) for one in aims]
    ax.set_ylim(0, max([*upper, *(one.value for one in aims)], default=1.0) * 1.08 or 1.0)
    _, last = resolve_period(campaign)
    ax.set_xlim(x[0], max([x[-1], _local(last, zone), *ends]))
    for one, by in zip(aims, ends, strict=True):
        _aim(ax, campaign, one, by)
    format_axes(ax, "", found.count)
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale="linear")
    ticks.set_time_ticks(ax.xaxis)
    _ends(ax, found, x[-1], upper[-1], colour)
    _key(ax, found, colour, aims=bool(aims))


def _aim(ax: Axes, campaign: Campaign, target: Target, by: float) -> None:
    """Draw the way to a target on a straight line; one whose date lies before the period has no place."""
    start, end = ax.get_xlim()
    if by <= start:
        return
    ax.plot([start, by], [0, target.value], color=_AIM, linewidth=1.3, linestyle=(0, (4, 3)), zorder=2.5)
    ax.plot(by, target.value, color=_AIM, marker="D", markersize=7, linestyle="none", clip_on=False, zorder=5)
    last = last_day(resolve_end(target.date, campaign.period.time_zone).isoformat(), campaign.period.time_zone)
    said = f"target {ticks.format_short(target.value)} by {last.day} {last:%b}"
    left = by < start + (end - start) / 2  # a text behind it: before it, it would stand outside
    ax.annotate(
        said, xy=(by, target.value), xytext=(9 if left else -9, 7), textcoords="offset points",
        ha="left" if left else "right", va="center", color=_AIM, fontproperties=choose_font(said, 9), parse_math=False,
        path_effects=_HALO, zorder=6,
    )  # fmt: skip


def _ends(ax: Axes, found: Progress, x: float, y: float, colour: str) -> None:
    for text, up, shade, size in (
        (brief(y, bounded=found.is_bounded), 6.5, darken_colour(colour), 11.0),
        (format_n_of(found.n, found.of), -7.0, MUTED, 8.5),
    ):
        ax.annotate(
            text, xy=(x, y), xytext=(9, up), textcoords="offset points", va="center", color=shade,
            fontproperties=choose_font(text, size), parse_math=False, annotation_clip=False, path_effects=_HALO,
            zorder=6,
        )  # fmt: skip


def _key(ax: Axes, found: Progress, colour: str, *, aims: bool) -> None:
    marks: list[Any] = []
    said = []
    if found.n_joined:
        marks = [
            Patch(facecolor=colour, alpha=_FILL),
            Patch(**_LATER),
        ]
        said = [f"known since the start ({found.n_throughout:,})", f"first read later ({found.n_joined:,})"]
    if aims:
        marks.append(Line2D([], [], color=_AIM, marker="D", markersize=5, linewidth=1.3, linestyle=(0, (4, 3))))
        said.append("straight line to the target")
    if marks:
        write_key(ax, marks, said)


def _said(campaign: Campaign, found: Progress) -> list[str]:
    zone = ZoneInfo(campaign.period.time_zone)
    start = found.instants[0].astimezone(zone)
    last = last_day(found.instants[-1].isoformat(), campaign.period.time_zone)
    made = {"gained": "on the line between readings", "auto": "as counted"}.get(found.counted, "as last read")
    return [
        f"{format_day(start)} to {format_day(last)} ({campaign.period.time_zone})",
        made,
        f"{format_n_of(found.n, found.of)} known",
    ]


def _local(instant: dt.datetime, zone: ZoneInfo) -> float:
    """Give an instant as the axis has it: by the clocks of the campaign's time zone."""
    by_the_clock = instant.astimezone(zone).replace(tzinfo=None)
    return float(date2num(by_the_clock))  # type: ignore[no-untyped-call]  # matplotlib's stubs have no dates
