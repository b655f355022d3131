"""The report's section on what changed since an earlier snapshot."""

from __future__ import annotations

import html
import re
from typing import Final

from influtics_lab.campaign.changes.change_tables import DEFINITIONS
from influtics_lab.campaign.changes.change_types import CampaignChanges, Change, ThenNow, VideoChange
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.formatting import describe_reason
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.html_tables import shorten_text
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html, escape_html

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
        movers=moved[:_SHOWN],
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


def _change_size(figure: Change) -> float:
    """Return how much changed: all of a value that one snapshot does not have."""
    return abs(float((figure.now or 0) - (figure.then or 0)))


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
