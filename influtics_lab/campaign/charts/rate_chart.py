"""Engagement rates of creators or platforms beside the whole campaign's, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import beside, group_name, groups_of, look_of, rows_axes
from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.formatting import describe_reason, format_hours, format_n_of, format_percent
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, style
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
from influtics_lab.plots.validation import check_one_of

ESTIMATORS: Final = {
    "pooled": "all engagements / all views",
    "mean": "mean of the videos' rates",
    "median": "median of the videos' rates",
}
WHEN: Final = ("last_read", "at_age")


def plot_rates(
    figures: KeyFigures | Mapping[str, Any],
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
        Where to draw. Names stand at the left of the axes, values at the right: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        A group without a rate, or too small for an interval, says so in its row.

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
    figures = plain_figures(figures)
    allowed = tuple(figures["settings"]["engagement_rate"])
    estimator = allowed[0] if estimator is None else estimator
    check_one_of("plot_rates", "by", by, ("creator", "platform"))
    check_one_of("plot_rates", "when", when, WHEN)
    check_one_of("plot_rates", "estimator", estimator, allowed)
    rows = [figures["totals"], *groups_of(figures, by)]
    target = rows_axes(len(rows), right=0.78) if ax is None else ax
    title = f"Engagement rate by {by}{', at equal age' if when == 'at_age' else ''}"
    with style():
        if len(rows) == 1:
            return draw_empty(
                target, title, f"The campaign file names no {by}s." if by == "creator" else "No platforms."
            )
        if all(row["engagement_rate"][when][estimator]["value"] is None for row in rows):
            return draw_empty(target, title, "No video has views and all parts of an engagement then.")
        _draw(target, rows, by, when, estimator)
        write_titles(target, title, _said(figures, when))
    return target


def _draw(ax: Axes, rows: list[Mapping[str, Any]], by: str, when: str, estimator: str) -> None:
    rates = [row["engagement_rate"][when] for row in rows]
    ends = [rate[estimator][end] for rate in rates for end in ("value", "low", "high")]
    high = max(end for end in ends if end is not None)
    ax.set_xlim(0, high * 1.05 or 1.0)
    for place, (row, rate) in enumerate(zip(rows, rates, strict=True)):
        _row(ax, place, rate[estimator], *(look_of(by, row["name"])[:2] if place else (INK, "D")))
    format_axes(ax, f"engagement rate (%): {ESTIMATORS[estimator]}", "", grid="x")
    names = ["the campaign" if place == 0 else group_name(row) for place, row in enumerate(rows)]
    write_row_names(
        ax, [f"{name}\n{format_n_of(rate['n'], rate['of'])}" for name, rate in zip(names, rates, strict=True)]
    )
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.axhline(0.5, color="#9aa1aa", linewidth=0.8)


def _row(ax: Axes, place: int, figure: Mapping[str, Any], colour: str, marker: str) -> None:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        beside(ax, place, "no rate", describe_reason(figure["reason"]))
        return
    sure = low is not None and high is not None
    if sure:
        ax.plot([low, high], [place, place], color=colour, linewidth=2.2, zorder=2)
        ax.plot([low, high], [place, place], color=colour, marker="|", markersize=11, linestyle="none", zorder=2)
    ax.plot(
        value, place, color=colour, marker=marker, markersize=8, markerfacecolor=colour if sure else "white", zorder=3
    )
    beside(
        ax,
        place,
        format_percent(value),
        f"{format_percent(low)} to {format_percent(high)}" if sure else describe_reason(figure["reason"]),
    )


def _said(figures: Mapping[str, Any], when: str) -> str:
    settings, rate = figures["settings"], figures["totals"]["engagement_rate"][when]
    if when == "at_age":
        since = "publication" if rate["age"] == "published" else "tracking began"
        moment = f"at {format_hours(rate['age_hours'])} since {since}"
    else:
        moment = "as last read in the period, whatever the age"
    drawn = f"lines are {settings['level_pct']:g} % bootstrap intervals over {settings['drawn']}"
    return ", ".join([moment, f"({' + '.join(settings['parts'])}) / views", drawn])
