"""Engagement rates of groups of videos, with intervals: as last read in the period, and at one equal age."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData, Window
from influtics_lab.campaign.figures.figure_types import (
    AgeRange,
    EqualAgeRate,
    Figure,
    GroupRates,
    LastReadFigure,
    LastReadRate,
    RateFigure,
    VideoCounts,
    VideoRates,
)
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, GROUP_KINDS, VideoGroup, list_groups
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.metrics._comparison_sample import Request
from influtics_lab.metrics.groups import check_draws, compare_table

_WHOLE: Final = pl.lit(CAMPAIGN, dtype=pl.String).alias(CAMPAIGN)  # one group, whatever the campaign is called


@dataclass(frozen=True)
class RatedReading:
    """The last reading of a video in a window that has views and all parts of an engagement: a rate needs one reading.

    Attributes
    ----------
    at : datetime
    views : int
    engagements : int
    """

    at: dt.datetime
    views: int
    engagements: int

    @property
    def rate_pct(self) -> float:
        """The engagement rate in percent."""
        return self.engagements * 100.0 / self.views


def find_rated_readings(data: CampaignData, window: Window) -> dict[str, RatedReading]:
    """Return for each video that has one the reading of its rate."""
    parts = data.campaign.estimators.parts
    visible = (pl.col(part).is_not_null() for part in parts)
    within = pl.col("timestamp").is_between(window.start, window.until)
    rows = data.own.filter(within, pl.col("views") > 0, *visible).sort("timestamp")
    last = rows.group_by("video_id", maintain_order=True).last()
    engagements = pl.sum_horizontal(parts)
    return {row[0]: RatedReading(*row[1:]) for row in last.select("video_id", "timestamp", "views", engagements).rows()}


def compute_video_rates(counts: VideoCounts, rated: RatedReading | None) -> VideoRates:
    """Return the rates of a video: at its last reading that has one, and of what it gained.

    That of the gain needs views and engagements that are known at the same instants.
    """
    last, gain = _explain_missing_rate(counts), _compute_gained_rate(counts)
    if rated is not None:
        return VideoRates(LastReadFigure(rated.rate_pct, at=rated.at.isoformat()), gain)
    return VideoRates(LastReadFigure(None, last), gain)


def _explain_missing_rate(counts: VideoCounts) -> str | None:
    engagements, views = counts.engagements.last_read, counts.views.last_read
    if engagements.value is None or views.value is None:
        return engagements.reason or views.reason
    return "no_views" if views.value <= 0 else "other_reading"


def _compute_gained_rate(counts: VideoCounts) -> Figure:
    engagements, views = counts.engagements, counts.views
    if engagements.gained.value is None or views.gained.value is None:
        return Figure(None, engagements.gained.reason or views.gained.reason)
    if engagements.at_end.at != views.at_end.at:
        return Figure(None, "other_reading")
    if views.gained.value <= 0:
        return Figure(None, "no_views")
    return Figure(engagements.gained.value * 100.0 / views.gained.value)


def compute_group_rates(data: CampaignData, rated: Mapping[str, RatedReading]) -> Callable[[VideoGroup], GroupRates]:
    """Compare all groups of each kind, and return what looks up the rates of one group."""
    last_rows = _list_rated_rows(data, rated)
    own = pl.col("video").is_in(list(data.chosen.videos))
    equal_rows = data.at_age.filter(own).with_columns(_WHOLE)
    kinds = (CAMPAIGN, *(kind for kind in GROUP_KINDS if any(list_groups(data, kind))))
    last = {kind: _compare_groups(data, last_rows, kind, at_age=None) for kind in kinds}
    equal = {kind: _compare_groups(data, equal_rows, kind, at_age=data.campaign.compare.at_age) for kind in kinds}

    def look_up(group: VideoGroup) -> GroupRates:
        # Draws are seeded by a group's name: a group of all videos gets the campaign's, and so the same interval.
        is_whole = set(group.videos) == set(data.chosen.videos)
        kind, name = (CAMPAIGN, CAMPAIGN) if is_whole else (group.kind, group.name)
        members = last_rows.filter(pl.col(kind).eq_missing(pl.lit(name, dtype=pl.String)))
        found = equal[kind].get(name, {})
        return GroupRates(
            LastReadRate(age_hours=_find_ages(members), **_read_row(data, group, last[kind].get(name, {}))),
            EqualAgeRate(
                age=data.campaign.compare.age,
                age_hours=parse_hours(data.campaign.compare.at_age),
                without_age=found.get("without_age", 0),
                **_read_row(data, group, found),
            ),
        )

    return look_up


def _list_rated_rows(data: CampaignData, rated: Mapping[str, RatedReading]) -> pl.DataFrame:
    """Return one row for each video that has a rate, sorted by video, with its groups and its age."""
    rows = [(video, reading.at, reading.views, reading.engagements) for video, reading in rated.items()]
    schema = {
        "video": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "views": pl.Float64(),
        "engagements": pl.Float64(),
    }
    traits = data.videos.select(pl.col("video_id").alias("video"), "platform", "creator", "published_at")
    rate = pl.col("engagements") * 100.0 / pl.col("views")
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("video")
    return frame.join(traits, on="video", how="left", maintain_order="left").with_columns(_WHOLE, rate.alias("rate"))


def _compare_groups(
    data: CampaignData, rows: pl.DataFrame, kind: str, at_age: str | None
) -> dict[str | None, dict[str, Any]]:
    """Return what `compare` computes for each group of a kind, by the group's name."""
    settings = data.campaign.estimators
    asked = Request("compare", "video_id", at_age, data.campaign.compare.age, settings.max_gap, settings.parts)
    draws = check_draws("compare", settings.resamples, data.seed, settings.level_pct)
    rows = rows.with_columns(pl.col(kind).alias("group"))
    if settings.draw == "creators":
        rows = rows.with_columns(pl.col("creator").alias("cluster"))
    groups = compare_table(rows, kind, asked, draws, "creator" if settings.draw == "creators" else None)
    return {row[kind]: row for row in groups.iter_rows(named=True)}


def _read_row(data: CampaignData, group: VideoGroup, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `GroupRate` from a row of `compare`; one without videos that have a rate is empty."""
    settings, reason = data.campaign.estimators, "no_rate_known" if group.videos else "no_videos"
    names = settings.engagement_rate
    estimators = {name: read_rate(row, f"engagement_rate_{name}", reason, suffix="_pct") for name in names}
    return {
        "n": row.get("n", 0),
        "of": group.asked,
        "n_effective": row.get("n_effective"),
        "n_drawn_effective": row.get("n_drawn_effective"),
        "parts": "+".join(settings.parts),
        "estimators": estimators,
    }


def read_rate(row: Mapping[str, float | None], name: str, reason: str, suffix: str = "") -> RateFigure:
    """Return a value of a row of `compare` and its interval, or the reason why the row has none."""
    value, low, high = (row.get(f"{name}{end}{suffix}") for end in ("", "_low", "_high"))
    return RateFigure(value, reason if value is None else "too_few" if low is None else None, low, high)


def _find_ages(rows: pl.DataFrame) -> AgeRange:
    """Return the youngest, median and oldest age since publication, and of how many videos it is known."""
    instants = rows.select("timestamp", "published_at").drop_nulls().rows()
    ages = [(instant - published).total_seconds() / 3600 for instant, published in instants]
    if not ages:
        return AgeRange(None, None, None, 0)
    return AgeRange(min(ages), statistics.median(ages), max(ages), len(ages))
