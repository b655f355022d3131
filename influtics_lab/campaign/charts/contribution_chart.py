"""What each video, creator or platform contributed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import (
    NO_VIDEO,
    NONE_KNOWN,
    PLAIN,
    Bar,
    choose_look,
    draw_bars,
    format_brief,
    name_group,
    name_video,
    new_row_axes,
)
from influtics_lab.campaign.figures.formatting import (
    NBSP,
    describe_counted,
    describe_reason,
    format_coverage,
    format_percent,
    format_reasons,
    list_missing,
)
from influtics_lab.campaign.figures.key_figure_types import FiguresOrDict, KeyFigures
from influtics_lab.campaign.figures.video_counts import ALL_COUNTS
from influtics_lab.language import format_number, translate
from influtics_lab.plots.canvas import style
from influtics_lab.plots.labels import draw_empty, write_titles
from influtics_lab.plots.validation import check_one_of
from influtics_lab.text_format import capitalise_first

BY: Final = ("video", "creator", "platform")
_SHOWN: Final = 12


@style()
def plot_contributions(
    figures: FiguresOrDict, measure: str = "views", *, by: str = "video", ax: Axes | None = None
) -> Axes:
    """Draw a bar for what each video, creator or platform contributed, the largest at the top.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    measure : str, default "views"
        views, likes, comments, reposts or engagements; as last read or gained, as the campaign file says.
    by : str, default "video"
        Or ``creator`` or ``platform``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the left of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        Of more than twelve videos the twelve largest, and one bar for the rest. The title names what is not known.

    Raises
    ------
    ConfigError
        If a setting is none of those allowed.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> ax = plot_contributions(key_figures(parse_campaign(new_campaign(sample)), sample), by="creator")
    >>> ax.texts[-1].get_text()
    'The campaign file names no creators.'
    """
    key_figures = KeyFigures.of(figures)
    check_one_of("plot_contributions", "measure", measure, ALL_COUNTS)
    check_one_of("plot_contributions", "by", by, BY)
    bars = list(_list_videos(key_figures, measure) if by == "video" else _list_groups(key_figures, measure, by))
    target = new_row_axes(len(bars), right=0.83 if by == "video" else 0.76) if ax is None else ax
    names = {"counts": capitalise_first(translate(measure)), "by": translate(by)}
    title = translate("%(counts)s by %(by)s", **names)
    if key_figures.settings.counted == "gained":
        title = translate("%(counts)s gained by %(by)s", **names)
    if all(bar.value is None for bar in bars):
        return draw_empty(target, title, _explain_empty(key_figures, measure, by))
    draw_bars(target, bars, "", height=0.7, with_key=by == "video")
    total = key_figures.totals.counts.pick(measure).counted
    known = translate("none known")
    if total.shown is not None:
        brief = format_brief(total.shown, bounded=bool(total.bound))
        known = translate("%(views)s from %(n_of)s", views=brief, n_of=format_coverage(total))
    write_titles(target, title, describe_counted(key_figures.settings), known, *list_missing(total))
    return target


def _list_videos(figures: KeyFigures, measure: str) -> Iterator[Bar]:
    known = [
        (counted.shown, bool(counted.bound), video)
        for video in figures.videos
        if (counted := video.counts.pick(measure).counted).shown is not None
    ]
    known.sort(key=lambda row: (-(row[0] or 0), row[2].video_id))
    shown = known if len(known) <= _SHOWN + 1 else known[:_SHOWN]
    for value, is_bound, video in shown:
        share = dict(video.share_pct.items()).get(measure)
        text = format_brief(value or 0, bounded=is_bound)
        if share is not None and share.value is not None:
            text += f"{NBSP * 2}({format_percent(share.value)})"
        yield Bar(name_video(video), value, text, choose_look("platform", video.platform), video.platform)
    if rest := known[len(shown) :]:
        value = float(sum(value or 0 for value, _, _ in rest))
        text = format_brief(value, bounded=any(is_bound for _, is_bound, _ in rest))
        name = translate("%(n)s other videos", n=format_number(len(rest)))
        yield Bar(name, value, text, PLAIN._replace(colour="#a6adb6"))


def _list_groups(figures: KeyFigures, measure: str, by: str) -> list[Bar]:
    bars = []
    for group in figures.groups(by):
        total = group.counts.pick(measure).counted
        text = f"{translate('not available')}: {format_reasons(total.reasons) or describe_reason('no_videos')}"
        if total.shown is not None:
            text = f"{format_brief(total.shown, bounded=bool(total.bound))}{NBSP * 2}({format_coverage(total)})"
        bars.append(Bar(name_group(group), total.shown, text, choose_look(by, group.name), group.name))
    return sorted(bars, key=lambda bar: -(bar.value or 0))


def _explain_empty(figures: KeyFigures, measure: str, by: str) -> str:
    if not figures.videos:
        return translate(NO_VIDEO)
    if by == "creator" and not figures.by_creator:
        return translate("The campaign file names no creators.")
    return translate(NONE_KNOWN, counts=capitalise_first(translate(measure)))
