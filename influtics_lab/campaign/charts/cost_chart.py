"""What views and engagements cost, by creator, platform or video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes

from influtics_lab.campaign.charts.row_chart import (
    behind,
    group_name,
    groups_of,
    look_of,
    platform_bars_key,
    rows_axes,
    video_name,
)  # fmt: skip
from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.formatting import NBSP, describe_reason, format_n_of
from influtics_lab.campaign.figures.plain_formatting import counted_words, money_words
from influtics_lab.plots import ticks
from influtics_lab.plots.canvas import INK, MUTED, style
from influtics_lab.plots.colours import Look
from influtics_lab.plots.labels import draw_empty, format_axes, write_row_names, write_titles
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


class _Row(NamedTuple):
    name: str
    value: float | None
    most: float | None
    said: str
    look: Look
    platform: str | None


def plot_costs(
    figures: KeyFigures | Mapping[str, Any], measure: str = "cpm", *, by: str = "creator", ax: Axes | None = None
) -> Axes:
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
        Where to draw. Names stand at the left of the axes: leave room.

    Returns
    -------
    matplotlib.axes.Axes
        A bar without filling is a price at most: some views are not known, and they would make it lower. A row without
        a bar says why.

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
    figures = plain_figures(figures)
    check_one_of("plot_costs", "measure", measure, tuple(MEASURES))
    check_one_of("plot_costs", "by", by, BY)
    rows = _rows(figures, measure, by)
    target = rows_axes(len(rows), right=0.7) if ax is None else ax
    with style():
        if all(row.value is None and row.most is None for row in rows):
            return draw_empty(target, MEASURES[measure], f"No cost is known: {_why(figures, measure)}.")
        _draw(target, rows, figures["settings"]["currency"], by)
        write_titles(target, MEASURES[measure], _said(figures, rows))
    return target


def _rows(figures: Mapping[str, Any], measure: str, by: str) -> list[_Row]:
    currency = figures["settings"]["currency"]
    whole = _row("the campaign", figures["totals"]["money"][measure], currency, Look(INK, "D", "-", ""), "")
    if by != "video":
        groups = [
            _row(group_name(group), group["money"][measure], currency, look_of(by, group["name"]), group["name"])
            for group in groups_of(figures, by)
        ]
        return [whole, *groups]
    priced = [video for video in figures["videos"] if video["money"][measure]["value"] is not None]
    priced.sort(key=lambda video: (-video["money"][measure]["value"], video["video_id"]))
    videos = [
        _row(
            video_name(video),
            video["money"][measure],
            currency,
            look_of("platform", video["platform"]),
            video["platform"],
        )
        for video in priced[:_SHOWN]
    ]
    return [whole, *videos]


def _row(name: str, figure: Mapping[str, Any], currency: str | None, of_group: Look, platform: str | None) -> _Row:
    value, most = figure["value"], figure.get("at_most")
    most = figure.get("known") if most is None else most
    text = money_words(figure, currency)
    if text is None:
        said = describe_reason(figure["reason"])
    else:
        said = text if value is not None else f"{text}{NBSP * 2}({format_n_of(figure['n'], figure['of'])})"
    return _Row(name, value, most if value is None else None, said, of_group, platform)


def _draw(ax: Axes, rows: list[_Row], currency: str | None, by: str) -> None:
    high = max(row.value or row.most or 0.0 for row in rows)
    ax.set_xlim(0, high * 1.02 or 1.0)
    for place, row in enumerate(rows):
        length = row.value if row.value is not None else row.most or 0.0
        face: dict[str, Any] = {"color": row.look.colour, "hatch": row.look.hatch, "edgecolor": "white", "linewidth": 0}
        bound: dict[str, Any] = {
            "facecolor": "white",
            "edgecolor": row.look.colour,
            "linewidth": 1.4,
            "linestyle": "--",
        }
        ax.barh(place, length, height=0.62, zorder=2, **(face if row.value is not None else bound))
        known = row.value is not None or row.most is not None
        behind(ax, place, length, row.said, INK if known else MUTED)
    format_axes(ax, currency or "", "", grid="x")
    write_row_names(ax, [row.name for row in rows])
    ticks.set_number_ticks(ax.xaxis, *ax.get_xlim(), scale="linear")
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=3)
    if by == "video":
        platform_bars_key(ax, [row.platform for row in rows[1:]])


def _said(figures: Mapping[str, Any], rows: list[_Row]) -> str:
    made = f"views and engagements {counted_words(figures)}"
    said = [f"in {figures['settings']['currency']}", made]
    if any(row.most is not None for row in rows):
        said.append("an open bar is a bound: some counts are not known")
    return ", ".join(said)


def _why(figures: Mapping[str, Any], measure: str) -> str:
    return describe_reason(figures["totals"]["money"][measure]["reason"])
