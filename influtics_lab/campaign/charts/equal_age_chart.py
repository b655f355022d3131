"""Where each video stands among others at equal age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import PLAIN, beside, rows_axes, video_name
from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.formatting import format_hours, format_n_of, format_percentile, format_reasons
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import MUTED, new_axes, style
from influtics_lab.plots.colours import find_look
from influtics_lab.plots.font_text import choose_font
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.validation import check_one_of
from influtics_lab.text_format import plural

MEASURES: Final = {"views": "Views", "engagement_rate": "Engagement rate"}
_OTHERS: Final = {
    "platform": "the other videos of its platform in the snapshot",
    "own history": "its creator's earlier videos",
    "videos": "the videos that the campaign file names",
}
_SHOWN: Final = 25


def plot_standing(figures: KeyFigures | Mapping[str, Any], measure: str = "views", *, ax: Axes | None = None) -> Axes:
    """Draw in percent how many of the others each video beats at equal age; 50 is the middle.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    measure : str, default "views"
        Or ``engagement_rate``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names stand at the left of the axes, values at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each video, the best at the top; of more than 25, how many stand in each tenth.

    Raises
    ------
    ConfigError
        If the measure is none of those allowed.

    Examples
    --------
    >>> settings = {"at_age": "7d", "age": "published", "compared_with": "platform"}
    >>> plot_standing({"settings": settings, "videos": []}).texts[-1].get_text()
    'No video of the snapshot belongs to the campaign.'
    """
    figures = plain_figures(figures)
    check_one_of("plot_standing", "measure", measure, tuple(MEASURES))
    told = [video for video in figures["videos"] if video["comparison"][measure]["percentile_pct"] is not None]
    told.sort(key=lambda one: (-one["comparison"][measure]["percentile_pct"], one["video_id"]))
    many = len(told) > _SHOWN
    target = ax or (new_axes(height=3.6) if many else rows_axes(len(told), right=0.8))
    title = f"{MEASURES[measure]} among others, at equal age"
    with style():
        if not told:
            return draw_empty(target, title, _nothing(figures, measure))
        (_tenths if many else _rows)(target, told, measure)
        write_titles(target, title, _said(figures, measure, len(told)))
    return target


def _rows(ax: Axes, told: Sequence[Mapping[str, Any]], measure: str) -> None:
    ax.set_xlim(-3, 103)
    for place, video in enumerate(told):
        figure, of_platform = video["comparison"][measure], find_look(video["platform"])
        percentile = figure["percentile_pct"]
        ax.plot([50, percentile], [place, place], color=of_platform.colour, linewidth=1.6, zorder=2)
        ax.plot(percentile, place, color=of_platform.colour, marker=of_platform.marker, markersize=8, zorder=3)
        beside(ax, place, format_percentile(percentile), f"of {plural(figure['others'], 'other')}")
    format_axes(ax, "beats so many in a hundred of the others", "", grid="x")
    write_row_names(ax, [video_name(video) for video in told])
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.axvline(50, color=MUTED, linewidth=1.0, zorder=1.5)
    write_platform_key(ax, [video["platform"] or "unknown platform" for video in told], lines=False)


def _tenths(ax: Axes, told: Sequence[Mapping[str, Any]], measure: str) -> None:
    tenths = Counter(min(int(video["comparison"][measure]["percentile_pct"] // 10), 9) for video in told)
    for tenth in range(10):
        ax.bar(tenth * 10 + 5, tenths[tenth], width=9, color=PLAIN.colour, zorder=2)
        if tenths[tenth]:
            said = f"{tenths[tenth]:,}"
            ax.annotate(
                said, xy=(tenth * 10 + 5, tenths[tenth]), xytext=(0, 3), textcoords="offset points", ha="center",
                color=PLAIN.colour, fontproperties=choose_font(said, 9), parse_math=False,
            )  # fmt: skip
    ax.set_xlim(0, 100)
    ax.set_ylim(0, max(tenths.values()) * 1.15)
    ax.set_xticks(range(0, 101, 10))
    format_axes(ax, "beats so many in a hundred of the others", "videos", grid="y")
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale="linear")
    ax.axvline(50, color=MUTED, linewidth=1.0, zorder=3)


def _said(figures: Mapping[str, Any], measure: str, told: int) -> str:
    settings, videos = figures["settings"], figures["videos"]
    since = "publication" if settings["age"] == "published" else "tracking began"
    said = [
        f"{format_n_of(told, len(videos))}", f"at {format_hours(parse_hours(settings['at_age']))} since {since}",
        f"among {_OTHERS[settings['compared_with']]}",
    ]  # fmt: skip
    if told < len(videos):
        said.append(f"left out: {format_reasons(_lacking(videos, measure))}")
    return ", ".join(said)


def _lacking(videos: Sequence[Mapping[str, Any]], measure: str) -> dict[str, int]:
    figures = (video["comparison"][measure] for video in videos)
    return dict(Counter(figure["percentile_reason"] for figure in figures if figure["percentile_pct"] is None))


def _nothing(figures: Mapping[str, Any], measure: str) -> str:
    if not figures["videos"]:
        return "No video of the snapshot belongs to the campaign."
    return f"No video can be compared: {format_reasons(_lacking(figures['videos'], measure))}."
