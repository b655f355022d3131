"""The report's table of all videos."""

from __future__ import annotations

from typing import Final

from influtics_lab.campaign.figures.key_figure_types import KeyFigures, VideoFigures
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html

MOST: Final = 200


def render_videos(figures: KeyFigures, pictures: object) -> Html:
    """Return one row for each video, the one with most views first."""
    rows = sorted(figures.videos, key=_sort_key)
    return render(
        "videos_section",
        figures=figures,
        pictures=pictures,
        zone=figures.campaign.time_zone,
        videos=rows[:MOST],
        is_priced=any(video.money.spend.value is not None for video in rows),
        is_outgrown=any(map(_is_outgrown, rows)),
    )


def _is_outgrown(video: VideoFigures) -> bool:
    """Return whether a video gained more than it had when it was last read."""
    gained, last = video.counts.views.gained.value, video.counts.views.last_read.value
    return gained is not None and last is not None and gained > last


def _sort_key(video: VideoFigures) -> tuple[bool, float, str]:
    views = video.counts.views.counted.shown
    return views is None, -(views or 0), video.video_id
