"""Facts of the first page: its target, how the others ended, which videos need review, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.formatting import format_count, format_deadline
from influtics_lab.campaign.figures.key_figure_types import KeyFigures, QualityFigures, TargetFigures
from influtics_lab.language import format_number, translate
from influtics_lab.text_format import join_words, plural

VERDICTS: Final = {
    "reached": "reached", "missed": "missed", "not yet": "not reached yet", "unknown": "not available",
}  # fmt: skip
DOUBTS: Final = {
    "not in the data": ("not_found",),
    "tracked more than once": ("tracked_twice",),
    "without readings": ("without_readings", "without_readings_in_period"),
    "with hidden counts": ("hidden",),
    "that may include earlier views": ("earlier_views",),
    "with long gaps": ("long_gaps",),
    "without a publication date": ("without_publication",),
    "too young to compare": ("too_young",),
    "with flagged counts": (),
}


def main_target(targets: Sequence[TargetFigures]) -> TargetFigures:
    """Return the target of the first page: the first one of views that is still to come, else the first one."""
    coming = [target for target in targets if target.measure == "views" and not target.is_past]
    return [*coming, *targets][0]


def verdict_words(verdict: str) -> str:
    """Return a target's verdict in words."""
    return translate(VERDICTS.get(verdict, verdict))


def count_verdicts(targets: Sequence[TargetFigures], main: TargetFigures) -> str:
    """Return how many of the other targets have which verdict, so that no good one hides a bad one."""
    verdicts = Counter(verdict_words(target.verdict) for target in targets if target is not main)
    return join_words([f"{format_number(n)} {verdict}" for verdict, n in sorted(verdicts.items())])


def doubts_by_kind(quality: QualityFigures) -> list[str]:
    """Return how many videos need review, for each reason that any video has."""
    return [
        f"{format_number(len(videos))} {translate(words)}"
        for words, videos in _doubtful_videos(quality).items()
        if videos
    ]


def count_doubtful(quality: QualityFigures) -> int:
    """Return how many videos need review, each counted once."""
    return len(set().union(*_doubtful_videos(quality).values()))


def _doubtful_videos(quality: QualityFigures) -> dict[str, set[str]]:
    flags = quality.flagged
    videos = {words: {video for name in names for video in getattr(quality, name)} for words, names in DOUBTS.items()}
    return videos | {"with flagged counts": {*flags["purge"], *flags["burst"], *quality.stalled_at_end}}


def find_next_step(figures: KeyFigures, results: CampaignResults) -> tuple[str, str]:
    """Return what the figures advise to do next, and why: the surest advice first."""
    advised = {advice: [creator.name for creator in results.creators if creator.advice == advice] for advice in _ADVICE}
    if names := advised["book again"]:
        headline = translate("Book again: %(names)s", names=join_words(names))
        return headline, translate("Clearly more than half of their posts are above their usual.")
    for target in figures.targets:
        if target.needed_per_day.value is not None:
            headline = translate(
                "Bring %(views)s views a day until %(day)s",
                views=format_count(target.needed_per_day.value),
                day=format_deadline(target.date, figures.campaign.time_zone),
            )
            return headline, translate("The target needs them.")
    if names := advised["leaning to yes"]:
        headline = translate("Consider again: %(names)s", names=join_words(names))
        return headline, translate("Their typical post is above usual, but they have too few to be sure.")
    if missing := len(figures.quality.without_publication):
        headline = translate("Add the publication dates of %(videos)s", videos=plural(missing, "video"))
        return headline, translate("They are needed to compare videos at the same age.")
    headline = translate("No step follows from the figures")
    return headline, translate("Too few videos can be compared with what is usual for their creators.")


_ADVICE: Final = ("book again", "leaning to yes")
