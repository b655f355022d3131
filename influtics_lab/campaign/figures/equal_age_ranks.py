"""The rank of each video among others at one equal age."""

from __future__ import annotations

import datetime as dt
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.figure_types import PartFigure, RankFigure
from influtics_lab.campaign.figures.key_figure_types import VideoRanks
from influtics_lab.campaign.file.field_types import parse_hours

_VALUES: Final = {"views": "views", "engagement_rate": "rate"}
_FEWEST: Final = 5
_ORIGINS: Final = {"published": "published_at", "tracked": "created_at"}


def rank_videos(data: CampaignData) -> dict[str, VideoRanks]:
    """Return each video's values at the age of comparison, and how many percent of the others it beats.

    The others are those of its platform in the snapshot, its creator's earlier videos, or the videos that the file
    names; videos of the campaign itself are never among them.
    """
    ranks = [_rank_by(data, column) for column in _VALUES.values()]
    return {video: VideoRanks(*(rank[video] for rank in ranks)) for video in data.chosen.videos}


def median_rank(ranks: Collection[RankFigure], missing: int = 0) -> PartFigure:
    """Return the median of the videos' percentiles, of all videos that were asked for."""
    known = [rank.percentile_pct for rank in ranks if rank.percentile_pct is not None]
    n, of = len(known), len(ranks) + missing
    if known:
        return PartFigure(statistics.median(known), n=n, of=of)
    reasons = {rank.percentile_reason for rank in ranks}
    has_others = "no_comparison" not in reasons or "few_others" in reasons
    return PartFigure(None, "few_others" if has_others else "no_comparison", n=n, of=of)


def _rank_by(data: CampaignData, column: str) -> dict[str, RankFigure]:
    """Return the rank of each of the campaign's videos by one value; both null for a reason of its own."""
    values = dict(data.at_age.select("video", column).rows())
    others_of = _find_others(data, {video: value for video, value in values.items() if value is not None})
    reasons = _explain_missing_values(data, values.keys())
    ranks = {}
    for video in data.chosen.videos:
        is_of_nobody = data.campaign.compare.against == "own history" and video not in data.chosen.creator_of
        others = [] if is_of_nobody or video not in values else others_of(video)
        ranks[video] = _rank_among(values.get(video), reasons[video], others, is_of_nobody=is_of_nobody)
    return ranks


def _rank_among(value: float | None, reason: str, others: Sequence[float], *, is_of_nobody: bool) -> RankFigure:
    """Return a video's value, and how many percent of the others it beats; equal ones count half."""
    percentile_pct, percentile_reason = None, reason
    if value is not None:
        percentile_reason = "few_others" if others else "no_comparison"
        if len(others) >= _FEWEST:
            below, up_to = bisect_left(others, value), bisect_right(others, value)
            percentile_pct = 100.0 * (below + (up_to - below) / 2.0) / len(others)
    if is_of_nobody:
        percentile_reason = "no_creator"
    return RankFigure(
        value,
        reason if value is None else None,
        others=len(others),
        percentile_pct=percentile_pct,
        percentile_reason=percentile_reason if percentile_pct is None else None,
    )


def _find_others(data: CampaignData, values: Mapping[str, float]) -> Callable[[str], list[float]]:
    """Return what looks up the sorted values of the videos that one is compared with: none of the campaign's."""
    against, origin = data.campaign.compare.against, _ORIGINS[data.campaign.compare.age]
    key = {"platform": "platform", "own history": "creator"}.get(against)
    traits = {row["video_id"]: row for row in data.listed.iter_rows(named=True)}
    own, named = set(data.chosen.videos), set(data.chosen.others)
    candidates = [video for video in values if video not in own and (key is not None or video in named)]
    groups: dict[Any, list[str]] = {}
    for video in sorted(candidates, key=lambda candidate: values[candidate]):
        groups.setdefault(traits[video][key] if key else None, []).append(video)

    def look_up(video: str) -> list[float]:
        others, born = groups.get(traits[video][key] if key else None, []), traits[video][origin]
        if against == "own history":
            earlier = (other for other in others if traits[other][origin] is not None)
            others = [other for other in earlier if born is not None and traits[other][origin] < born]
        return [values[other] for other in others]

    return look_up


def _explain_missing_values(data: CampaignData, with_readings: Collection[str]) -> dict[str, str]:
    """Return for each video why it has no value at the age of comparison, if it has none."""
    origin = _ORIGINS[data.campaign.compare.age]
    age = dt.timedelta(hours=parse_hours(data.campaign.compare.at_age))
    last = dict(data.own.group_by("video_id").agg(pl.col("timestamp").max()).rows())
    reasons = {}
    for video, born in data.videos.select("video_id", origin).rows():
        if video not in with_readings or video not in last:
            reasons[video] = "no_readings"
        elif born is None:
            reasons[video] = "no_publication"
        else:
            reasons[video] = "too_young" if last[video] < born + age else "not_at_age"
    return reasons
