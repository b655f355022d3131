"""What is missing, hidden, flagged, or too young to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import HIDDEN, CampaignData
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.key_figure_types import QualityFigures, VideoRanks
from influtics_lab.campaign.figures.long_gaps import HOUR, find_long_gaps
from influtics_lab.campaign.figures.video_counts import CountsByVideo
from influtics_lab.schema import COUNTS

FLAGS: Final = ("correction", "purge", "hidden", "failed_poll", "cached", "stalled", "burst", "rule_change")


def assess_quality(data: CampaignData, counts: CountsByVideo, ranks: Mapping[str, VideoRanks]) -> QualityFigures:
    """Return what limits the figures; lists of videos are sorted by id.

    For each flag: the videos that have it in the period, and at how many readings.
    """
    videos, chosen, named = data.chosen.videos, data.chosen, data.campaign.videos
    rejected = data.rejected.filter(pl.col("video_id").is_in(list(videos)))
    last_reasons = {video: count.views.last_read.reason for video, count in counts.items()}
    return QualityFigures(
        videos=len(videos),
        asked=len(videos) + len(chosen.missing),
        named=len(chosen.named) + len(chosen.missing),
        named_found=len(chosen.named),
        named_by_links=bool((named.links_csv or data.campaign.sheet) and not (named.ids or named.external_ids)),
        not_found=tuple(post.text for post in chosen.missing),
        tracked_twice=data.repeated,
        readings=data.own.height,
        readings_in_period=data.own_in_window.height,
        without_readings=tuple(video for video in videos if last_reasons[video] == "no_readings"),
        without_readings_in_period=tuple(video for video in videos if last_reasons[video] == "not_in_period"),
        without_publication=tuple(undated_videos(data)),
        without_creator=tuple(videos_without_creator(data)),
        too_young=tuple(video for video in videos if ranks[video].views.reason == "too_young"),
        earlier_views=tuple(videos_with_earlier_views(counts)),
        long_gaps={video: gap / HOUR for video, gap in find_long_gaps(data, counts).items()},
        hidden=_find_hidden_counts(data),
        flagged={flag: count_flagged(data, flag) for flag in FLAGS},
        stalled_at_end=tuple(stalled_at_end(data)),
        gains_unknown={count: _count_missing_gains(counts, count) for count in COUNTS},
        rejected_values=rejected.height,
        rejected_by_reason=dict(sorted(Counter(rejected["reason"]).items())),
        completeness=data.manifest["completeness"]["proven"],
    )


def undated_videos(data: CampaignData) -> list[str]:
    """Return the videos whose publication is not known."""
    return data.videos.filter(pl.col("published_at").is_null())["video_id"].to_list()


def videos_without_creator(data: CampaignData) -> list[str]:
    """Return the videos of no creator that the campaign file names; none where it names no creators."""
    if not data.campaign.creators:
        return []
    return [video for video in data.chosen.videos if video not in data.chosen.creator_of]


def videos_with_earlier_views(counts: CountsByVideo) -> list[str]:
    """Return the videos that count with views which may be from before the period."""
    views = {video: count.views.counted for video, count in counts.items()}
    return [
        video for video, figure in views.items() if figure.basis == MAY_CONTAIN_EARLIER and figure.value is not None
    ]


def stalled_at_end(data: CampaignData) -> list[str]:
    """Return the videos that are stalled at their last reading of the period: they may have more by now."""
    rows = data.own_in_window.filter(pl.col("views").is_not_null()).sort("video_id", "timestamp")
    last = rows.unique("video_id", keep="last", maintain_order=True)
    return last.filter("is_stalled")["video_id"].to_list()


def count_flagged(data: CampaignData, flag: str) -> dict[str, int]:
    """Return for each video with a flag in the period at how many readings it has it."""
    return dict(sorted(Counter(data.own_in_window.filter(pl.col(f"is_{flag}"))["video_id"]).items()))


def _find_hidden_counts(data: CampaignData) -> dict[str, tuple[str, ...]]:
    """Return for each video the counts that it hides at some reading in the period."""
    rows = data.own_in_window.filter(pl.col(HIDDEN).is_not_null()).select("video_id", HIDDEN).unique()
    hidden: dict[str, set[str]] = {}
    for video, counts in rows.rows():
        hidden.setdefault(video, set()).update(counts.split("+"))
    return {video: tuple(count for count in COUNTS if count in hidden[video]) for video in sorted(hidden)}


def _count_missing_gains(counts: CountsByVideo, count: str) -> dict[str, int]:
    gains = (video.pick(count).gained for video in counts.values())
    return dict(sorted(Counter(str(gain.reason) for gain in gains if gain.value is None).items()))
