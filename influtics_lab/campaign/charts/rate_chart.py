"""Engagement rates of creators or platforms beside the whole campaign's, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import choose_look, name_group, new_row_axes
from influtics_lab.campaign.figures.formatting import (
    describe_age,
    describe_reason,
    format_interval,
    format_n_of,
    format_percent,
)
from influtics_lab.campaign.figures.key_figure_types import FiguresOrDict, GroupFigures, KeyFigures
from influtics_lab.language import format_number, translate
from influtics_lab.metrics._bootstrap import FEWEST
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, style
from influtics_lab.plots.labels import (
    draw_empty,
    draw_interval,
    format_axes,
    write_beside_row,
    write_row_names,
    write_titles,
)
from influtics_lab.plots.validation import check_one_of

ESTIMATORS: Final = {
    "pooled": "all engagements / all views",
    "mean": "mean of the videos' rates",
    "median": "median of the videos' rates",
}
WHEN: Final = ("last_read", "at_age")


@style()
def plot_rates(
    figures: FiguresOrDict,
    *,
    by: str = "creator",
    when: str = "last_read",
    estimator: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the engagement rate of the campaign and of each creator or platform, with its interval as a line.

    Parameters
    ----------
    figures : KeyFigures or mapping
        As `key_figures` returns them, or as they were read from JSON.
    by : str, default "creator"
        Or ``platform``.
    when : str, default "last_read"
        As last read in the period, whatever the age, or ``at_age``: at one equal age.
    estimator : str, optional
        ``pooled``, ``mean`` or ``median``, of those that the campaign file has; None is the first of them.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Names are at the left of the axes, values at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        The row of a group without a rate, or too small for an interval, has the reason.

    Raises
    ------
    ConfigError
        If a setting is none of those allowed.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> ax = plot_rates(key_figures(parse_campaign(new_campaign(sample)), sample), by="platform")
    >>> [label.get_text().splitlines()[0] for label in ax.get_yticklabels()]
    ['the campaign', 'Instagram', 'TikTok', 'YouTube']
    """
    key_figures = KeyFigures.of(figures)
    settings = key_figures.settings
    estimator = settings.engagement_rate[0] if estimator is None else estimator
    check_one_of("plot_rates", "by", by, ("creator", "platform"))
    check_one_of("plot_rates", "when", when, WHEN)
    check_one_of("plot_rates", "estimator", estimator, settings.engagement_rate)
    groups = [key_figures.totals, *key_figures.groups(by)]
    target = new_row_axes(len(groups), right=0.78) if ax is None else ax
    title = translate("Engagement rate by %(by)s", by=translate(by))
    if when == "at_age":
        title = translate("Engagement rate by %(by)s, at equal age", by=translate(by))
    if len(groups) == 1:
        text = translate("The campaign file names no creators.") if by == "creator" else translate("No platforms.")
        return draw_empty(target, title, text)
    if all(group.engagement_rate.pick(when).estimators[estimator].value is None for group in groups):
        return draw_empty(target, title, translate("No video has views and all parts of an engagement then."))
    _draw(target, groups, by, when, estimator)
    write_titles(
        target,
        title,
        describe_age(settings) if when == "at_age" else translate("as last read in the period, whatever the age"),
        f"({' + '.join(map(translate, settings.parts))}) / {translate('views')}",
        translate(
            "lines are %(level)s %% bootstrap intervals over %(drawn)s",
            level=format_number(settings.level_pct, "g"),
            drawn=translate(_describe_drawn(key_figures)),
        ),
    )
    return target


def _describe_drawn(figures: KeyFigures) -> str:
    """Return what the intervals draw: whole creators only in groups where enough of them are named."""
    named = sum(group.name is not None for group in figures.groups("creator"))
    return "creators or videos" if figures.settings.drawn == "creators" and named >= FEWEST else "videos"


def _draw(ax: Axes, groups: Sequence[GroupFigures], by: str, when: str, estimator: str) -> None:
    rates = [group.engagement_rate.pick(when) for group in groups]
    figures = [rate.estimators[estimator] for rate in rates]
    high = max(end for figure in figures for end in (figure.value, figure.low, figure.high) if end is not None)
    ax.set_xlim(0, high * 1.05 or 1.0)
    for place, (group, rate) in enumerate(zip(groups, rates, strict=True)):
        look = choose_look(by, group.name)[:2] if place else (INK, "D")
        figure = rate.estimators[estimator]
        draw_interval(ax, place, figure.value, (figure.low, figure.high), look)
        value = translate("no rate") if figure.value is None else format_percent(figure.value)
        write_beside_row(ax, place, value, format_interval(rate, estimator) or describe_reason(figure.reason))
    formula = translate(ESTIMATORS[estimator])
    format_axes(ax, translate("engagement rate (%%): %(formula)s", formula=formula), "", grid="x")
    coverage = [format_n_of(rate.n, rate.of) for rate in rates]
    write_row_names(ax, [f"{name_group(group)}\n{n}" for group, n in zip(groups, coverage, strict=True)])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.axhline(0.5, color="#9aa1aa", linewidth=0.8)
