"""The report's section on what changed since an earlier snapshot."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final

from influtics_lab.campaign.changes.change_tables import DEFINITIONS
from influtics_lab.campaign.changes.change_types import (
    CampaignChanges,
    Change,
    CountChange,
    TargetChange,
    ThenNow,
    VideoChange,
)
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    COUNTED_LABELS,
    describe_reason,
    format_count,
    format_money,
    format_n_of,
    format_percent,
)
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.html_tables import Cell, format_signed, missing_cell, shorten_text
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html, escape_html

Write = Callable[..., str]  # of a number, and of whether it is a bound
_SHOWN: Final = 25
_NOTED: Final = {
    "difference": "difference",
    "alike": "over the same videos",
    "corrected reading": "changed counts",
}


def render_changes(figures: KeyFigures, changes: CampaignChanges | None) -> Html:
    """Return what changed: the campaign, its targets, its videos, and readings that were corrected."""
    if changes is None:
        return render("changes_section", changes=None)
    titles = {video.video_id: video.title for video in changes.videos}
    stayed = [video for video in changes.videos if video.state == "stayed"]
    moved = [video for video in stayed if video.measures["views_counted"].is_changed]
    moved.sort(key=lambda video: (-_change_size(video.measures["views_counted"]), video.video_id))
    corrected = changes.readings.corrected.listed[:_SHOWN]
    return render(
        "changes_section",
        figures=figures,
        changes=changes,
        totals=_total_rows(figures, changes),
        shares=[[_format_share(target, when) for when in ("then", "now")] for target in changes.targets],
        movers=[_mover_row(video) for video in moved[:_SHOWN]],
        moved=len(moved),
        stayed=len(stayed),
        added=_list_members(changes, "came"),
        removed=_list_members(changes, "went"),
        details=[
            _describe_detail(video, name, both) for video in changes.videos for name, both in video.fields.items()
        ],
        corrected=[(titles.get(count.video_id), count) for count in corrected],
        rewritten=[
            Html(f"{escape_html(finding.now)} <i>Before: {escape_html(finding.then)}</i>")
            for finding in changes.findings.changed
        ],
        footnotes=[(_NOTED[one.figure], one.formula) for one in DEFINITIONS if one.figure in _NOTED],
    )


def _total_rows(figures: KeyFigures, changes: CampaignChanges) -> list[list[Cell]]:
    measures, estimator = changes.totals.measures, figures.settings.engagement_rate[0]
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


def _total_row(name: str, figure: Change, write: Write, unit: str = "") -> list[Cell]:
    alike = figure.alike if isinstance(figure, CountChange) else None
    same = Cell("", kind="text") if alike is None else missing_cell(alike.reason)
    if alike is not None and alike.difference is not None:
        same = Cell(format_signed(alike.difference, write), format_n_of(alike.n, alike.of))
    return [
        Cell(name),
        *(_format_side(figure, when, write) for when in ("then", "now")),
        _format_difference(figure, write, unit),
        same,
    ]


def _format_side(figure: Change, when: str, write: Write) -> Cell:
    n = getattr(figure, f"{when}_n", None)
    small = "" if n is None else f"{n:,} with an exact count"
    known_bound = AT_LEAST if getattr(figure, f"{when}_is_bound", None) else ""
    for fact, bound in ((when, ""), (f"{when}_known", known_bound), (f"{when}_at_most", AT_MOST)):
        value = getattr(figure, fact, None)
        if value is not None:
            return Cell(write(value, bound), small)
    return missing_cell(getattr(figure, f"{when}_reason"))


def _format_difference(figure: Change, write: Write, unit: str = "") -> Cell:
    if figure.difference is None:
        return missing_cell(figure.reason)
    text = format_signed(figure.difference, write)
    return Cell(text.replace("%", unit) if unit else text)


def _format_share(target: TargetChange, when: str) -> Cell:
    share, value = target.measures["reached_pct"], target.measures["value"]
    reached_pct = getattr(share, when)
    if reached_pct is not None:
        has_sum = getattr(value, when) is None and getattr(value, f"{when}_value") is not None  # of some videos only
        return Cell(format_percent(reached_pct, AT_LEAST if has_sum and getattr(value, f"{when}_is_bound") else ""))
    is_price = target.measure == "cpm"
    return Cell("a price has no share", kind="text") if is_price else missing_cell(getattr(share, f"{when}_reason"))


def _change_size(figure: Change) -> float:
    """Return how much changed: all of a value that one snapshot does not have."""
    return abs(float((figure.now or 0) - (figure.then or 0)))


def _mover_row(video: VideoChange) -> list[Cell]:
    figure = video.measures["views_counted"]
    name = Cell(shorten_text(video.title), shorten_text(video.platform, "no platform"), "text")
    return [
        name,
        *(_format_side(figure, when, format_count) for when in ("then", "now")),
        _format_difference(figure, format_count),
    ]


def _list_members(changes: CampaignChanges, state: str) -> list[Html]:
    """Return the videos that were added or removed, each with the reason."""
    videos, reasons = {video.video_id: video for video in changes.videos}, changes.reasons
    changed = [videos[name] for name in getattr(changes, state)]
    return [_write_sentence(video, reasons.get(video.why or "", describe_reason(video.why))) for video in changed]


def _describe_detail(video: VideoChange, name: str, both: ThenNow) -> Html:
    then, now = (
        shorten_text(None if value is None else str(value), "not available") for value in (both.then, both.now)
    )
    look_alike = re.sub(r' title="[^"]*"', "", then) == re.sub(r' title="[^"]*"', "", now)
    if look_alike:
        return _write_sentence(video, f"{LABELS[name]} changed where it is not shown")
    return Html(f"{_write_sentence(video, LABELS[name])} was {then}, is {now}")


def _write_sentence(video: VideoChange, text: str) -> Html:
    return Html(f"{shorten_text(video.title)}: {html.escape(text, quote=False)}")
