"""What views and engagements cost, by creator, platform or video."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import Bar, choose_look, draw_bars, name_group, name_video, new_row_axes
from influtics_lab.campaign.figures.figure_types import MoneyFigure
from influtics_lab.campaign.figures.formatting import (
    MONEY,
    describe_counted,
    describe_reason,
    format_figure,
)
from influtics_lab.campaign.figures.key_figure_types import FiguresOrDict, KeyFigures
from influtics_lab.language import translate
from influtics_lab.plots.canvas import INK, style
from influtics_lab.plots.colours import Look
from influtics_lab.plots.labels import draw_empty, write_titles
from influtics_lab.plots.validation import check_one_of

MEASURES: Final = {
    "spend": "Spend",
    "cpm": "Cost of a thousand views (CPM)",
    "cpv": "Cost of a view (CPV)",
    "cpe": "Cost of an engagement (CPE)",
    "emv": "Earned media value (EMV)",
}
BY: Final = ("creator", "platform", "video")
_SHOWN: Final = 15


@style()
def plot_costs(figures: FiguresOrDict, measure: str = "cpm", *, by: str = "creator", ax: Axes | None = None) -> Axes:
    """Draw what views or engagements cost as bars, the whole campaign first.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    measure : str, default "cpm"
        spend, cpm, cpv, cpe or emv.
    by : str, default "creator"
        Or ``platform`` or ``video`` (the fifteen dearest).
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the left of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        A bar without filling is a price at most: some views are not known, and they would make it lower. A row without
        a bar has the reason.

    Raises
    ------
    ConfigError
        If a setting is none of those allowed.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> ax = plot_costs(key_figures(parse_campaign(new_campaign(sample)), sample), by="platform")
    >>> ax.texts[-1].get_text()
    'No cost is known: no spend given.'
    """
    key_figures = KeyFigures.of(figures)
    check_one_of("plot_costs", "measure", measure, tuple(MEASURES))
    check_one_of("plot_costs", "by", by, BY)
    bars = _list_bars(key_figures, measure, by)
    target = new_row_axes(len(bars), right=0.7) if ax is None else ax
    title = translate(MEASURES[measure])
    if all(bar.value is None for bar in bars):
        reason = describe_reason(key_figures.totals.money.measures[measure].reason)
        return draw_empty(target, title, translate("No cost is known: %(reason)s.", reason=reason))
    draw_bars(target, bars, key_figures.settings.currency or "", height=0.62, with_key=by == "video")
    write_titles(
        target,
        title,
        translate("in %(currency)s", currency=key_figures.settings.currency),
        translate("views and engagements %(counted)s", counted=describe_counted(key_figures.settings)),
        translate("an open bar is a bound: some counts are missing") if any(bar.is_bound for bar in bars) else "",
    )
    return target


def _list_bars(figures: KeyFigures, measure: str, by: str) -> list[Bar]:
    unit = figures.settings.currency or MONEY
    whole = figures.totals
    bars = [_make_bar(name_group(whole), whole.money.measures[measure], unit, Look(INK, "D", "-", ""), "")]
    if by != "video":
        return bars + [
            _make_bar(name_group(group), group.money.measures[measure], unit, choose_look(by, group.name), group.name)
            for group in figures.groups(by)
        ]
    prices = [(video.money.measures[measure], video) for video in figures.videos]
    priced = sorted(
        (pair for pair in prices if pair[0].value is not None),
        key=lambda pair: (-(pair[0].value or 0), pair[1].video_id),
    )
    return bars + [
        _make_bar(name_video(video), price, unit, choose_look("platform", video.platform), video.platform)
        for price, video in priced[:_SHOWN]
    ]


def _make_bar(name: str, figure: MoneyFigure, unit: str, look: Look, platform: str | None) -> Bar:
    if figure.shown is None:
        return Bar(name, None, describe_reason(figure.reason), look, platform)
    return Bar(name, figure.shown, format_figure(figure, unit), look, platform, is_bound=figure.value is None)
