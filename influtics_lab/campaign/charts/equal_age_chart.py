"""The rank of each video among others at equal age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeAlias

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import NO_VIDEO, PLAIN, name_video, new_row_axes
from influtics_lab.campaign.figures.figure_types import RankFigure
from influtics_lab.campaign.figures.formatting import describe_age, format_n_of, format_percentile, format_reasons
from influtics_lab.campaign.figures.key_figure_types import FiguresOrDict, KeyFigures, VideoFigures
from influtics_lab.language import format_number, translate
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import MUTED, new_axes, style
from influtics_lab.plots.colours import find_look
from influtics_lab.plots.font_text import write_text
from influtics_lab.plots.labels import draw_empty, format_axes, write_beside_row, write_row_names, write_titles
from influtics_lab.plots.legends import write_platform_key
from influtics_lab.plots.validation import check_one_of
from influtics_lab.text_format import plural

MEASURES: Final = {"views": "Views", "engagement_rate": "Engagement rate"}
OTHERS: Final = {
    "platform": "among the other videos of its platform in the snapshot",
    "own history": "among its creator's earlier videos",
    "videos": "among the videos that the campaign file names",
}
_SHOWN: Final = 25
ACROSS: Final = "beats so many in a hundred of the others"
_Ranked: TypeAlias = Sequence[tuple[float, RankFigure, VideoFigures]]


@style()
def plot_standing(figures: FiguresOrDict, measure: str = "views", *, ax: Axes | None = None) -> Axes:
    """Draw in percent how many of the others each video beats at equal age; 50 is the middle.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    measure : str, default "views"
        Or ``engagement_rate``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the left of the axes, values at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each video, the best at the top; of more than 25, how many are in each tenth.

    Raises
    ------
    ConfigError
        If the measure is none of those allowed.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> ax = plot_standing(key_figures(parse_campaign(new_campaign(sample)), sample))
    >>> ax.texts[-1].get_text().split(":")[0]
    'No video can be compared'
    """
    check_one_of("plot_standing", "measure", measure, tuple(MEASURES))
    key_figures = KeyFigures.of(figures)
    settings, videos = key_figures.settings, key_figures.videos
    ranks = [(video.comparison.pick(measure), video) for video in videos]
    ranked = [(rank.percentile_pct, rank, video) for rank, video in ranks if rank.percentile_pct is not None]
    ranked.sort(key=lambda row: (-row[0], row[2].video_id))
    reasons = format_reasons(Counter(str(rank.percentile_reason) for rank, _ in ranks if rank.percentile_pct is None))
    has_many = len(ranked) > _SHOWN
    target = ax or (new_axes(height=3.6) if has_many else new_row_axes(len(ranked), right=0.8))
    title = translate("%(measure)s among others, at equal age", measure=translate(MEASURES[measure]))
    if not ranked:
        none = translate("No video can be compared: %(reasons)s.", reasons=reasons)
        return draw_empty(target, title, none if videos else translate(NO_VIDEO))
    (_draw_tenths if has_many else _draw_rows)(target, ranked)
    write_titles(
        target,
        title,
        format_n_of(len(ranked), len(videos)),
        describe_age(settings),
        translate(OTHERS[settings.compared_with]),
        translate("left out: %(reasons)s", reasons=reasons) if reasons else "",
    )
    return target


def _draw_rows(ax: Axes, ranked: _Ranked) -> None:
    ax.set_xlim(-3, 103)
    for place, (percentile, rank, video) in enumerate(ranked):
        look = find_look(video.platform)
        ax.plot([50, percentile], [place, place], color=look.colour, linewidth=1.6, zorder=2)
        ax.plot(percentile, place, color=look.colour, marker=look.marker, markersize=8, zorder=3)
        write_beside_row(
            ax, place, format_percentile(percentile), translate("of %(others)s", others=plural(rank.others, "other"))
        )
    format_axes(ax, translate(ACROSS), "", grid="x")
    write_row_names(ax, [name_video(video) for _, _, video in ranked])
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.axvline(50, color=MUTED, linewidth=1.0, zorder=1.5)
    write_platform_key(ax, [video.platform or translate("unknown platform") for _, _, video in ranked], "marker")


def _draw_tenths(ax: Axes, ranked: _Ranked) -> None:
    tenths = Counter(min(int(percentile // 10), 9) for percentile, _, _ in ranked)
    for tenth in range(10):
        ax.bar(tenth * 10 + 5, tenths[tenth], width=9, color=PLAIN.colour, zorder=2)
        if tenths[tenth]:
            text, top = format_number(tenths[tenth]), (tenth * 10 + 5, tenths[tenth])
            write_text(ax, text, top, offset=(0, 3), xycoords="data", size=9, color=PLAIN.colour, ha="center")
    ax.set_xlim(0, 100)
    ax.set_ylim(0, max(tenths.values()) * 1.15)
    ax.set_xticks(range(0, 101, 10))
    format_axes(ax, translate(ACROSS), translate("videos"), grid="y")
    ticks.set_number_ticks(ax.yaxis, *ax.get_ylim(), scale="linear")
    ax.axvline(50, color=MUTED, linewidth=1.0, zorder=3)
