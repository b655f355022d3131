"""Facts of the first page: views left out, its target and the others, which videos need review, whom to book again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.count_figures import GAINED, MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.key_figure_types import KeyFigures, TargetFigures
from influtics_lab.campaign.report.markdown_text import read_lines
from influtics_lab.language import format_number, translate
from influtics_lab.text_format import join_words, shorten

VERDICTS: Final = {
    "reached": "reached", "missed": "missed", "not yet": "not reached yet", "unknown": "cannot be said",
}  # fmt: skip
ADVICE: Final = {
    "book again": ("Book again: %(names)s", "Sure: clearly more than half of their posts are above their usual."),
    "leaning to yes": (
        "Perhaps book again: %(names)s",
        "Not sure: their typical post got more views than usual, but the posts are too few.",
    ),
}
DOUBTS: Final = {
    "with hidden counts": ("hidden",),
    "that may include earlier views": ("earlier_views",),
    "with long gaps": ("long_gaps",),
    "with flagged counts": (),
}
FORECASTS: Final = {"on track": "forecast: on track", "behind": "forecast: behind"}


def main_target(targets: Sequence[TargetFigures]) -> TargetFigures:
    """Return the target of the first page: the first one of views that is still to come, else the first one."""
    coming = [target for target in targets if target.measure == "views" and not target.is_past]
    return [*coming, *targets][0]


def other_targets(targets: Sequence[TargetFigures], main: TargetFigures) -> list[TargetFigures]:
    """Return the other targets, those that are missed or open first, so that no good one hides a bad one."""
    return sorted((target for target in targets if target is not main), key=lambda other: _WORST.index(other.verdict))


def has_left_out_views(figures: KeyFigures) -> bool:
    """Return whether a video may have views from before the period that the campaign does not count."""
    views = (video.counts.views for video in figures.videos)
    return any(count.counted.basis == GAINED and count.at_start.value != 0 for count in views)


def explain_earlier_views(target: TargetFigures, figures: KeyFigures) -> str:
    """Return that a target is reached only with views that may be from before the period; empty where it is not so."""
    if target.verdict != "reached" or target.measure not in {"views", "cpm"} or target.as_of != figures.campaign.until:
        return ""
    views = [video.counts.views for video in figures.videos]
    each = (count.gained if count.counted.basis == MAY_CONTAIN_EARLIER else count.counted for count in views)
    inside = sum(figure.shown or 0.0 for figure in each)
    spend = figures.totals.money.spend.value or 0.0
    if inside >= (target.target if target.measure == "views" else spend * 1000.0 / target.target):
        return ""
    return translate("not certain without views that may be from before the period")


def doubts_by_kind(figures: KeyFigures) -> list[str]:
    """Return how many videos need review for another reason than missing views, for each reason that any video has."""
    return [
        f"{format_number(len(videos))} {translate(words)}"
        for words, videos in _doubtful_videos(figures).items()
        if videos
    ]


def count_doubtful(figures: KeyFigures) -> int:
    """Return how many videos need review, each counted once: their views are not complete, or a doubt is named."""
    incomplete = {video.video_id for video in figures.videos if video.counts.views.counted.value is None}
    return len(incomplete.union(figures.quality.not_found, *_doubtful_videos(figures).values()))


def _doubtful_videos(figures: KeyFigures) -> dict[str, set[str]]:
    quality, flags = figures.quality, figures.quality.flagged
    videos = {words: {video for name in names for video in getattr(quality, name)} for words, names in DOUBTS.items()}
    return videos | {"with flagged counts": {*flags["purge"], *flags["burst"], *quality.stalled_at_end}}


def list_next_steps(next_steps: str | None) -> list[str]:
    """Return the next steps of the campaign file for the first page: the first ones, and how many more there are."""
    steps = [shorten(step, _LONGEST) for step in read_lines(next_steps)]
    if len(steps) <= _MOST_STEPS:
        return steps
    more = translate("%(n)s more under “Next steps”.", n=format_number(len(steps) - _MOST_STEPS))
    return [*steps[:_MOST_STEPS], more]


def find_advice(results: CampaignResults) -> tuple[str, str] | None:
    """Return whom to book again by the figures, and how sure that is; None where they advise nothing."""
    for advice, (headline, how_sure) in ADVICE.items():
        if names := [creator.name for creator in results.creators if creator.advice == advice]:
            return translate(headline, names=join_words(names)), translate(how_sure)
    return None


_WORST: Final = ("missed", "unknown", "not yet", "reached")
_LONGEST: Final = 120
_MOST_STEPS: Final = 3
