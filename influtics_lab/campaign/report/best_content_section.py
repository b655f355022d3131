"""The report's section on the best and the weakest content."""

from __future__ import annotations

from typing import Final

from influtics_lab.campaign.figures.key_figure_types import KeyFigures, VideoFigures

_BEST: Final = 5
_WEAKEST: Final = 3


def choose_content(figures: KeyFigures) -> tuple[list[VideoFigures], list[VideoFigures]]:
    """Return the videos with most counted views, at most half of all, and of the others those weakest at equal age."""
    counted = [video for video in figures.videos if video.counts.views.counted.shown is not None]
    counted.sort(key=lambda video: (-(video.counts.views.counted.shown or 0.0), video.video_id))
    best = counted[: min(_BEST, (len(counted) + 1) // 2)]
    others = [video for video in counted[len(best) :] if video.comparison.views.value is not None]
    others.sort(key=lambda video: (video.comparison.views.value or 0.0, video.video_id))
    return best, others[:_WEAKEST]
