"""The report's section on the best and the weakest content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.key_figure_types import KeyFigures, VideoFigures
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.markup import Html

_BEST: Final = 5
_WEAKEST: Final = 3


def render_best_content(figures: KeyFigures, results: CampaignResults, thumbnails: Mapping[str, Html]) -> Html:
    """Return the videos with most views, and those with fewest views at equal age."""
    best, weakest = choose_content(figures)
    return render(
        "best_content_section",
        figures=figures,
        groups=(("best", best), ("weakest", weakest)),
        multiples=results.multiples,
        costs_per_post={creator.name: creator.cost_per_post for creator in results.creators},
        thumbnails=thumbnails,
    )


def choose_content(figures: KeyFigures) -> tuple[list[VideoFigures], list[VideoFigures]]:
    """Return the videos with most counted views, at most half of all, and of the others those weakest at equal age."""
    counted = [video for video in figures.videos if video.counts.views.counted.shown is not None]
    counted.sort(key=lambda video: (-(video.counts.views.counted.shown or 0.0), video.video_id))
    best = counted[: min(_BEST, (len(counted) + 1) // 2)]
    others = [video for video in counted[len(best) :] if video.comparison.views.value is not None]
    others.sort(key=lambda video: (video.comparison.views.value or 0.0, video.video_id))
    return best, others[:_WEAKEST]
