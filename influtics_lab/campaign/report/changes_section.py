"""The report's section on what changed since an earlier snapshot."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from influtics_lab.campaign.changes.change_facts import is_changed
from influtics_lab.campaign.changes.change_tables import DEFINITIONS
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST, KeyFigures
from influtics_lab.campaign.figures.formatting import (
    COUNTED_LABELS,
    describe_reason,
    format_count,
    format_money,
    format_n_of,
    format_percent,
)
from influtics_lab.campaign.report.html_tables import Cell, missing_cell, shorten_text
from influtics_lab.campaign.report.templates import render
from influtics_lab.markup import Html, escape_html
from influtics_lab.text_format import plural

Figures = Mapping[str, Any]
Write = Callable[..., str]  # of a number, and of whether it is a bound
_SHOWN: Final = 25
_NOTED: Final = {
    "difference": "difference",
    "alike": "over the same videos",
    "corrected reading": "changed counts",
}


def render_changes(figures: KeyFigures, changes: Figures | None) -> Html:
    """Return what changed: the campaign, its targets, its videos, and readings that were corrected."""
    if changes is None:
        return render("changes", changes=None)
    titles = {video["video_id"]: video["title"] for video in changes["videos"]}
    stayed = [video for video in changes["videos"] if video["state"] == "stayed"]
    moved = [video for video in stayed if is_changed(video["measures"]["views_counted"])]
    moved.sort(key=lambda video: (-_change_size(video["measures"]["views_counted"]), video["video_id"]))
    corrected = changes["readings"]["corrected"]["listed"][:_SHOWN]
    return render(
        "changes",
        figures=figures,
        changes=changes,
        totals=_total_rows(figures, changes),
        shares=[[_format_share(target, when) for when in ("then", "now")] for target in changes["targets"]],
        movers=[_mover_row(video) for video in moved[:_SHOWN]],
        moved=len(moved),
        stayed=len(stayed),
        added=_list_members(changes, "came"),
        removed=_list_members(changes, "went"),
        details=[
            _describe_detail(video, name, both) for video in changes["videos"] for name, both in video["fields"].items()
        ],
        corrected=[(titles.get(count["video_id"]), count) for count in corrected],
        rewritten=[_describe_rewritten(finding) for finding in changes["findings"]["changed"]],
        footnotes=[(_NOTED[one.figure], one.formula) for one in DEFINITIONS if one.figure in _NOTED],
    )


def _total_rows(figures: KeyFigures, changes: Figures) -> list[list[Cell]]:
    measures, estimator = changes["totals"]["measures"], figures.settings.engagement_rate[0]
    label, currency = COUNTED_LABELS[figures.settings.counted], figures.settings.currency
    rows = [
        _total_row(f"{name.capitalize()} {label}", measures[f"{name}_counted"], format_count)
        for name in ("views", "likes", "comments", "reposts", "engagements")
    ]
    points = measures[f"engagement_rate_last_read_{estimator}_pct"]
    rows.append(_total_row(f"Engagement rate as last read, {estimator}", points, format_percent, unit="points"))
    if figures.spend:
        money: Write = lambda value, bound="": format_money(value, currency, bound)  # noqa: E731
        rows += [_total_row(name, measures[name.lower()], money) for name in ("Spend", "CPM")]
    return rows


def _total_row(name: str, figure: Figures, write: Write, unit: str = "") -> list[Cell]:
    alike = figure.get("alike")
    same = Cell("", kind="text") if alike is None else missing_cell(alike["reason"])
    if alike is not None and alike["difference"] is not None:
        same = Cell(_format_signed(alike["difference"], write), format_n_of(alike["n"], alike["of"]))
    return [
        Cell(name),
        *(_format_side(figure, when, write) for when in ("then", "now")),
        _format_difference(figure, write, unit),
        same,
    ]


def _format_side(figure: Figures, when: str, write: Write) -> Cell:
    n = figure.get(f"{when}_n")
    small = "" if n is None else plural(n, "video")
    known_bound = AT_LEAST if figure.get(f"{when}_is_bound") else ""
    for fact, bound in ((when, ""), (f"{when}_known", known_bound), (f"{when}_at_most", AT_MOST)):
        if figure.get(fact) is not None:
            return Cell(write(figure[fact], bound), small)
    return missing_cell(figure[f"{when}_reason"])


def _format_difference(figure: Figures, write: Write, unit: str = "") -> Cell:
    if figure["difference"] is None:
        return missing_cell(figure["reason"])
    text = _format_signed(figure["difference"], write)
    return Cell(text.replace("%", unit) if unit else text)


def _format_signed(value: float, write: Write) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    size = abs(value)
    return sign + (format_money(size, None) if write is format_count and 0 < size < 0.5 else write(size))  # no +0


def _format_share(target: Figures, when: str) -> Cell:
    figure = target["measures"]["reached_pct"]
    if figure[when] is not None:
        value = target["measures"]["value"]  # views of some videos only: they have no value, but reach a share
        is_bound = value[when] is None and value[f"{when}_value"] is not None and value[f"{when}_is_bound"]
        return Cell(format_percent(figure[when], AT_LEAST if is_bound else ""))
    is_price = target["measure"] == "cpm"
    return Cell("a price has no share", kind="text") if is_price else missing_cell(figure[f"{when}_reason"])


def _change_size(figure: Figures) -> float:
    """Return how much changed: all of a value that one snapshot does not have."""
    return abs(float((figure["now"] or 0) - (figure["then"] or 0)))


def _mover_row(video: Figures) -> list[Cell]:
    figure = video["measures"]["views_counted"]
    name = Cell(shorten_text(video["title"]), shorten_text(video["platform"], "no platform"), "text")
    return [
        name,
        *(_format_side(figure, when, format_count) for when in ("then", "now")),
        _format_difference(figure, format_count),
    ]


def _list_members(changes: Figures, state: str) -> list[Html]:
    """Return the videos that were added or removed, each with the reason."""
    videos, reasons = {video["video_id"]: video for video in changes["videos"]}, changes["reasons"]
    changed = [videos[name] for name in changes[state]]
    return [_write_sentence(video, reasons.get(video["why"], describe_reason(video["why"]))) for video in changed]


def _describe_detail(video: Figures, name: str, both: Figures) -> Html:
    then, now = (
        shorten_text(None if both[when] is None else str(both[when]), "not available") for when in ("then", "now")
    )
    look_alike = re.sub(r' title="[^"]*"', "", then) == re.sub(r' title="[^"]*"', "", now)
    if look_alike:
        return _write_sentence(video, f"{LABELS[name]} changed where it is not shown")
    return Html(f"{_write_sentence(video, LABELS[name])} was {then}, is {now}")


def _write_sentence(video: Figures, text: str) -> Html:
    return Html(f"{shorten_text(video['title'])}: {html.escape(text, quote=False)}")


def _describe_rewritten(finding: Figures) -> Html:
    return Html(f"{escape_html(finding['now'])} <i>Before: {escape_html(finding['then'])}</i>")
