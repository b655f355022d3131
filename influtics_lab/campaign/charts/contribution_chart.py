"""What each video, creator or platform brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import (
    PLAIN,
    behind,
    brief,
    group_name,
    groups_of,
    look_of,
    platform_bars_key,
    rows_axes,
    video_name,
)  # fmt: skip
from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.formatting import NBSP, format_percent, format_reasons
from influtics_lab.campaign.figures.plain_formatting import (
    bound_of,
    counted_words,
    known_part,
    lacking_words,
    summed_of,
)
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, style
from influtics_lab.plots.colours import Look
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.validation import check_one_of
from influtics_lab.schema import COUNTS

MEASURES: Final = (*COUNTS, "engagements")
BY: Final = ("video", "creator", "platform")
_SHOWN: Final = 12


class _Bar(NamedTuple):
    name: str
    value: float
    said: str
    look: Look
    platform: str | None
    known: bool = True


def plot_contributions(
    figures: KeyFigures | Mapping[str, Any], measure: str = "views", *, by: str = "video", ax: Axes | None = None
) -> Axes:
    """Draw a bar for what each video, creator or platform brought, the largest at the top.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    measure : str, default "views"
        views, likes, comments, reposts or engagements; as last read or gained, as the campaign file says.
    by : str, default "video"
        Or ``creator`` or ``platform``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names stand at the left of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        Of more than twelve videos the twelve largest, and one bar for the rest. What is not known is said in the title.

    Raises
    ------
    ConfigError
        If a setting is none of those allowed.

    Examples
    --------
    >>> plot_contributions({"settings": {"counted": "gained"}, "videos": []}).texts[-1].get_text()
    'No video of the snapshot belongs to the campaign.'
    """
    figures = plain_figures(figures)
    check_one_of("plot_contributions", "measure", measure, MEASURES)
    check_one_of("plot_contributions", "by", by, BY)
    bars = _of_videos(figures, measure) if by == "video" else _of_groups(figures, measure, by)
    target = rows_axes(len(bars), right=0.83 if by == "video" else 0.76) if ax is None else ax
    title = f"{measure.capitalize()} {'gained ' * (figures['settings']['counted'] == 'gained')}by {by}"
    with style():
        if not any(bar.known for bar in bars):
            return draw_empty(target, title, _nothing(figures, measure, by))
        _draw(target, bars, by)
        write_titles(target, title, _said(figures, measure))
    return target


def _of_videos(figures: Mapping[str, Any], measure: str) -> list[_Bar]:
    pairs = ((known_part(video["counts"][measure]["counted"]), video) for video in figures["videos"])
    known = [(value, video) for value, video in pairs if value is not None]
    known.sort(key=lambda pair: (-pair[0], pair[1]["video_id"]))
    shown = known if len(known) <= _SHOWN + 1 else known[:_SHOWN]
    bars = []
    for value, video in shown:
        share = video["share_pct"].get(measure, {"value": None})["value"]
        said = brief(value, bounded=_is_bound(video, measure)) + (
            "" if share is None else f"{NBSP * 2}({format_percent(share)})"
        )
        bars.append(_Bar(video_name(video), value, said, look_of("platform", video["platform"]), video["platform"]))
    if rest := known[len(shown) :]:
        value = float(sum(value for value, _ in rest))
        said = brief(value, bounded=any(_is_bound(video, measure) for _, video in rest))
        bars.append(_Bar(f"{len(rest):,} other videos", value, said, PLAIN._replace(colour="#a6adb6"), ""))
    return bars


def _is_bound(video: Mapping[str, Any], measure: str) -> bool:
    return video["counts"][measure]["counted"]["value"] is None


def _of_groups(figures: Mapping[str, Any], measure: str, by: str) -> list[_Bar]:
    bars = []
    for group in groups_of(figures, by):
        figure = group["counts"][measure]["counted"]
        if figure["known"] is None:
            said = f"not known: {format_reasons(figure['reasons']) or 'no videos'}"
            bars.append(_Bar(group_name(group), 0.0, said, PLAIN, "", known=False))
            continue
        said = f"{brief(figure['known'], bounded=bool(bound_of(figure)))}{NBSP * 2}({summed_of(figure)})"
        bars.append(_Bar(group_name(group), figure["known"], said, look_of(by, group["name"]), group["name"]))
    return sorted(bars, key=lambda bar: -bar.value)


def _draw(ax: Axes, bars: list[_Bar], by: str) -> None:
    low, high = min(0.0, *(bar.value for bar in bars)), max(0.0, *(bar.value for bar in bars))
    ax.set_xlim(low, high * 1.02 if high > 0 else low + 1.0)
    for place, bar in enumerate(bars):
        ax.barh(
            place, bar.value, height=0.7, color=bar.look.colour, hatch=bar.look.hatch, edgecolor="white", linewidth=0,
            zorder=2,
        )  # fmt: skip
        behind(ax, place, max(bar.value, 0.0), bar.said)
    format_axes(ax, "", "", grid="x")
    write_row_names(ax, [bar.name for bar in bars])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.spines["left"].set_visible(low < 0)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=3)
    if by == "video":
        platform_bars_key(ax, [bar.platform for bar in bars if bar.platform != ""])


def _said(figures: Mapping[str, Any], measure: str) -> str:
    whole = figures["totals"]["counts"][measure]["counted"]
    if whole["known"] is None:
        return f"{counted_words(figures)}, none known{lacking_words(whole)}"
    text = f"{brief(whole['known'], bounded=bool(bound_of(whole)))} of {summed_of(whole)}"
    return f"{counted_words(figures)}, {text}{lacking_words(whole)}"


def _nothing(figures: Mapping[str, Any], measure: str, by: str) -> str:
    if not figures["videos"]:
        return "No video of the snapshot belongs to the campaign."
    if by == "creator" and not figures["by_creator"]:
        return "The campaign file names no creators."
    return f"{measure.capitalize()} are not known of any video of the campaign in the period."
