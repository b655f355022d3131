"""A count of the whole campaign, day by day, and its target."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.dates import date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MultipleLocator

from influtics_lab.campaign.charts.row_chart import NO_VIDEO, NONE_KNOWN, PLAIN, format_brief
from influtics_lab.campaign.figures.daily_progress import Progress, progress
from influtics_lab.campaign.figures.formatting import (
    format_day,
    format_day_of_year,
    format_n_of,
    format_range,
    last_day,
)
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_period
from influtics_lab.campaign.file.model import Campaign, Target
from influtics_lab.language import find_language, format_number, resume_language, translate
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, MUTED, new_axes, style
from influtics_lab.plots.colours import is_readable_on_white
from influtics_lab.plots.font_text import write_text
from influtics_lab.plots.labels import draw_empty, format_axes, write_titles
from influtics_lab.plots.legends import write_key
from influtics_lab.plots.rule_lines import draw_rule_lines
from influtics_lab.plots.validation import check_one_of
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import capitalise_first
from influtics_lab.time_zones import find_local_day, find_local_time

_TARGET: Final = "#b3261e"
_JOINED: Final[dict[str, Any]] = {"facecolor": "#f3f5f7", "hatch": "////", "edgecolor": "#6b7683", "linewidth": 0}
_FILL: Final = 0.38
_LEAST_SHARE: Final = 0.015  # of the axis: a thinner band is not seen
_MOST_TICKS: Final = 8
COUNTED_AS: Final = {"gained": "on the line between readings", "auto": "as counted", "last_read": "as last read"}
_HALO: Final = (withStroke(linewidth=3.0, foreground="white"),)  # texts may lie on lines


def plot_progress(campaign: Campaign, snapshot: Snapshot, count: str = "views", *, ax: Axes | None = None) -> Axes:
    """Draw a count of the campaign at the end of each day of its period, and its target, if it has one.

    Over the videos whose count is known at the period's end. Videos that were first read within the period, and may be
    older, lie on top, hatched, where they have enough views to be seen: each one counts from its first reading on, with
    all that it had by then.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    count : str, default "views"
        views, likes, comments or reposts; only views have targets.
    ax : matplotlib.axes.Axes, optional
        Where to draw. The last value is at the right of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        Days are those of the campaign's time zone. Where no count is known, a picture with the reason.

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


@style()
def draw_progress(campaign: Campaign, days: Progress, *, ax: Axes | None = None) -> Axes:
    """Draw what `progress` returned, as `plot_progress` does."""
    count, zone = days.count, campaign.period.time_zone
    target = _new_axes(days) if ax is None else ax
    counts = capitalise_first(translate(count))
    title = translate("%(counts)s by the end of each day", counts=counts)
    if days.counted == "gained":
        title = translate("%(counts)s gained by the end of each day", counts=counts)
    if not days.n:
        none_known = translate(NONE_KNOWN, counts=counts)
        return draw_empty(target, title, none_known if days.of > days.missing else translate(NO_VIDEO))
    _draw(target, campaign, days)
    first, last = find_local_time(days.instants[0], zone), last_day(days.instants[-1].isoformat(), zone)
    write_titles(
        target,
        title,
        f"{format_range(format_day(first), format_day(last))} ({zone})",
        translate(COUNTED_AS[days.counted]),
    )
    return target


def _new_axes(days: Progress) -> Axes:
    """Return axes with room for the texts at both sides, which are longer in some languages."""
    last = days.throughout[-1] + days.joined[-1] if days.n else 0.0
    number, text = (format_brief(last, bounded=bounded) for bounded in (False, days.is_bounded))
    return new_axes(left=0.085 if len(number) < 7 else 0.115, right=0.85 if len(text) < 15 else 0.79, height=4.2)


def _draw(ax: Axes, campaign: Campaign, days: Progress) -> None:
    zone = campaign.period.time_zone
    x = [_to_axis(instant, zone) for instant in days.instants]
    upper = [below + above for below, above in zip(days.throughout, days.joined, strict=True)]
    colour = campaign.look.colours[0] if campaign.look.colours else PLAIN.colour
    ax.fill_between(x, 0, days.throughout, color=colour, alpha=_FILL, linewidth=0, zorder=2)
    line = colour if is_readable_on_white(colour) else INK  # a light colour fills the area; a line in it is not seen
    ax.plot(x, upper, color=line, linewidth=2.2, solid_capstyle="butt", zorder=3)
    ax.plot(x[-1], upper[-1], color=line, marker="o", markersize=6, zorder=4)
    targets = [target for target in campaign.targets if target.measure == days.count]
    deadlines = [resolve_end(target.date, zone) for target in targets]
    ends = [_to_axis(deadline, zone) for deadline in (resolve_period(campaign)[1], *deadlines)]
    ax.set_ylim(0, max([*upper, *(target.value for target in targets)], default=1.0) * 1.08 or 1.0)
    is_hatched = max(days.joined, default=0.0) > _LEAST_SHARE * ax.get_ylim()[1]
    if is_hatched:
        ax.fill_between(x, days.throughout, upper, zorder=2, **_JOINED)
    ax.set_xlim(x[0], max(x[-1], *ends))
    for target, deadline in zip(targets, deadlines, strict=True):
        _draw_target(ax, target, _to_axis(deadline, zone), last_day(deadline.isoformat(), zone))
    format_axes(ax, "", translate(days.count))
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale="linear")
    _set_day_ticks(ax)
    if days.count == "views":
        draw_rule_lines(ax, days.platforms, campaign.added_rules, clocks=zone)
    for text, up, shade, size in (
        (format_brief(upper[-1], bounded=days.is_bounded), 6.5, line, 11.0),
        (format_n_of(days.n, days.of), -7.0, MUTED, 8.5),
    ):
        write_text(
            ax, text, (x[-1], upper[-1]), offset=(9, up), xycoords="data", size=size, color=shade, va="center",
            path_effects=_HALO, zorder=6,
        )  # fmt: skip
    _write_key(ax, days, colour, line, is_hatched=is_hatched, has_targets=bool(targets))


def _set_day_ticks(ax: Axes) -> None:
    """Set ticks at the ends of days, that of the last day among them, each named by the day that ends there."""
    start, end = ax.get_xlim()
    last = math.floor(end)
    if last - start < 1:
        ticks.set_time_ticks(ax.xaxis)
        return
    steps = itertools.chain((1, 2, 3), (7 * 2**n for n in itertools.count()))
    step = next(days for days in steps if (last - start) / days <= _MOST_TICKS)
    write = resume_language(find_language())(_name_ended_day)
    ax.xaxis.set_major_locator(MultipleLocator(step, offset=last % step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: write(at) if at > start else ""))


def _name_ended_day(midnight: float) -> str:
    return format_day_of_year(find_local_day(round(midnight) - 1))


def _draw_target(ax: Axes, target: Target, by: float, last: dt.date) -> None:
    """Draw a straight line to a target."""
    start, end = ax.get_xlim()
    ax.plot([start, by], [0, target.value], color=_TARGET, linewidth=1.3, linestyle=(0, (4, 3)), zorder=2.5)
    ax.plot(by, target.value, color=_TARGET, marker="D", markersize=7, linestyle="none", clip_on=False, zorder=5)
    short, day = ticks.format_short(target.value), format_day_of_year(last)
    text = translate("target %(target)s by %(day)s", target=short, day=day)
    beside, side = (9, "left") if by < start + (end - start) / 2 else (-9, "right")  # else outside
    write_text(
        ax, text, (by, target.value), offset=(beside, 7), xycoords="data", size=9, color=_TARGET, ha=side, va="center",
        path_effects=_HALO, zorder=6,
    )  # fmt: skip


def _write_key(ax: Axes, days: Progress, colour: str, line: str, *, is_hatched: bool, has_targets: bool) -> None:
    marks: list[Any] = []
    texts = []
    if is_hatched:
        area = Patch(facecolor=to_rgba(colour, _FILL), edgecolor=line, linewidth=1.2)  # seen where the colour is light
        marks = [area, Patch(**_JOINED)]
        texts = [
            translate("known since the start (%(n)s)", n=format_number(days.n_throughout)),
            translate("first read later (%(n)s)", n=format_number(days.n_joined)),
        ]
    if has_targets:
        marks.append(Line2D([], [], color=_TARGET, marker="D", markersize=5, linewidth=1.3, linestyle=(0, (4, 3))))
        texts.append(translate("straight line to the target"))
    if marks:
        write_key(ax, marks, texts)


def _to_axis(instant: dt.datetime, zone: str) -> float:
    """Return an instant as the axis has it: by the clocks of the campaign's time zone."""
    local = find_local_time(instant, zone).replace(tzinfo=None)
    return float(date2num(local))  # type: ignore[no-untyped-call]  # matplotlib's stubs have no dates
