"""The report's section on data quality: what is missing, hidden, flagged or too young, and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html, escape_html

STALE: Final = dt.timedelta(days=7)
_IN_TABLE: Final = frozenset(
    (
        "tracked_twice",
        "without_readings",
        "hidden_counts",
        "earlier_views",
        "long_gap",
        "without_publication",
        "without_creator",
        "flagged_purge",
        "flagged_stalled",
        "flagged_burst",
    )
)  # findings that the table of the template shows, with what follows from them


class MissingGains(NamedTuple):
    """The videos whose gain of views has only a lower bound or is missing, and how often each reason holds."""

    bounded: list[str]
    missing: list[str]
    bounded_reasons: Mapping[str, int]
    missing_reasons: Mapping[str, int]


def render_quality(figures: KeyFigures) -> Html:
    """Return what is doubtful in the data, for how many videos, and what follows for the summary."""
    quality = figures.quality
    return render(
        "quality_section",
        figures=figures,
        titles={video.video_id: video.title or video.external_video_id for video in figures.videos},
        hidden_counts=sorted({count for counts in quality.hidden.values() for count in counts}),
        gains=_missing_gains(figures),
        longest_gap=max(quality.long_gaps.values(), default=0.0),
        stale=_stale_videos(figures),
        problems=_list_findings(figures, "problem"),
        notes=_list_findings(figures, "note"),
    )


def _missing_gains(figures: KeyFigures) -> MissingGains:
    gains = {video.video_id: video.counts.views.gained for video in figures.videos}
    lacking = {video: gain for video, gain in gains.items() if gain.value is None}
    bounded = {video: gain for video, gain in lacking.items() if gain.at_least is not None}
    missing = {video: gain for video, gain in lacking.items() if gain.at_least is None}
    reasons = [Counter(str(gain.reason) for gain in some.values()) for some in (bounded, missing)]
    return MissingGains(list(bounded), list(missing), *reasons)


def _stale_videos(figures: KeyFigures) -> list[str]:
    """Return the videos whose last reading is seven days or more before the end of the counts."""
    until = dt.datetime.fromisoformat(figures.campaign.until)
    last = ((video.video_id, video.counts.views.last_read.at) for video in figures.videos)
    return [video for video, at in last if at is not None and dt.datetime.fromisoformat(at) <= until - STALE]


def _list_findings(figures: KeyFigures, level: str) -> list[Html]:
    return [
        Html(escape_html(finding.text))
        for finding in figures.findings
        if finding.level == level and finding.code not in _IN_TABLE
    ]
