"""At which times a condition holds for videos together: totals, and the pace towards a target.

The frames of levels are as in `reading_levels`, with the name of the videos together as ``subject``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import gather_data
from influtics_lab.campaign.figures.canonical_series import counting_series
from influtics_lab.campaign.figures.figure_types import PaceFigure
from influtics_lab.campaign.figures.key_figure_types import TargetFigures
from influtics_lab.campaign.figures.targets import compute_targets
from influtics_lab.campaign.figures.video_counts import count_videos
from influtics_lab.campaign.file.local_dates import resolve_end
from influtics_lab.campaign.file.model import Campaign, Estimators, Period, Target, Videos
from influtics_lab.metrics import engagement_rate
from influtics_lab.schema import REJECTED, STATS, Instant, dtypes, empty
from influtics_lab.snapshot import Snapshot
from influtics_lab.watch.reading_levels import Readings, count_milestones, is_reached, list_levels, milestone_evidence
from influtics_lab.watch.watch_conditions import Milestone, PaceBelowTarget, ValueReached
from influtics_lab.watch.watch_scope import Scope

_LONG_AGO: Final = dt.date(1970, 1, 1)


def judge_total(
    readings: Readings, condition: ValueReached | Milestone, scope: Scope, videos: pl.DataFrame
) -> pl.DataFrame:
    """Return the levels of a total: the sum of last known counts, or the pooled engagement rate.

    Readings within one hour are one row, the last of them: videos that are read together count together. Of several
    series of one video the one with the newest visible views counts.
    """
    repeated = list(counting_series(videos, readings.masked))
    measure = condition.measure if isinstance(condition, ValueReached) else condition.count
    if measure == "engagement_rate":
        rated = engagement_rate(readings.frame).filter(pl.col("engagement_rate_pct").is_not_null())
        parts = _sum_last_known(rated, ("engagements", "views"), repeated)
        value = 100.0 * pl.col("engagements") / pl.col("views")
    else:
        parts, value = _sum_last_known(readings.masked, (measure,), repeated), pl.col(measure)
    totals = parts.with_columns(value.alias(measure), pl.lit(scope.label).alias("video_id"))
    if isinstance(condition, Milestone):
        passed = totals.with_columns(count_milestones(pl.col(measure).cum_max(), condition))
        return list_levels(passed, pl.col("passed"), *milestone_evidence(condition))
    return list_levels(totals, is_reached(pl.col(measure), condition), measure)


def _sum_last_known(frame: pl.DataFrame, counts: tuple[str, ...], repeated: list[str]) -> pl.DataFrame:
    """Return the sums of last known counts: one row for each hour in which any of the videos was read."""
    visible = frame.filter(~pl.col("video_id").is_in(repeated), *(pl.col(count).is_not_null() for count in counts))
    gained = visible.select(
        "timestamp", *((pl.col(count) - pl.col(count).shift(fill_value=0).over("video_id")) for count in counts)
    )
    sums = gained.sort("timestamp", maintain_order=True).with_columns(pl.col(counts).cum_sum())
    return sums.group_by(pl.col("timestamp").dt.truncate("1h").alias("hour"), maintain_order=True).last().drop("hour")


def judge_pace(
    readings: Readings, campaign: Campaign, label: str, videos: pl.DataFrame, instants: Sequence[dt.datetime]
) -> pl.DataFrame:
    """Return whether the recent pace was below what a target needs, as of each of some instants.

    Both are those of a campaign's report: views gained a day in the last week, and views that are missing over the days
    that are left. Where gains of some videos are unknown, what is known decides only if it is enough. A target that is
    reached ends the condition, one that was missed begins it.
    """
    rows = []
    for instant in instants:
        for number, target in enumerate(_compute_targets(readings, campaign, videos, instant)):
            name = f"{label}, target {number + 1}" if number else label
            known = {"video_id": name, "timestamp": instant, "level": _judge_target(target)}
            rows.append(known | _describe_target(target))
    names = ["target", "by", "views", "needed_per_day", "gained_per_day", "days_left", "known_videos", "videos"]
    types = [pl.Float64, pl.String, *[pl.Float64] * 4, pl.Int64, pl.Int64]
    schema: dict[str, Any] = {"video_id": pl.String, "timestamp": Instant, "level": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema | dict(zip(names, types, strict=True))).sort("video_id", "timestamp")
    return list_levels(frame, pl.col("level"), *names)


def _compute_targets(
    readings: Readings, campaign: Campaign, videos: pl.DataFrame, instant: dt.datetime
) -> Iterator[TargetFigures]:
    stats = readings.frame.filter(pl.col("timestamp") <= instant).select(dtypes(STATS).keys())
    if stats.is_empty():
        return
    chosen = videos.filter(pl.col("video_id").is_in(stats["video_id"].unique().implode()))
    snapshot = Snapshot(chosen.drop("creator", strict=False), stats, empty(REJECTED), {"content_digest": "0" * 12})
    data = gather_data(campaign, snapshot)
    figures = compute_targets(data, cache(partial(count_videos, data)))
    yield from (target for target in figures if target.measure == "views")


def find_campaign(condition: PaceBelowTarget, scope: Scope, videos: pl.DataFrame, zone: str) -> Campaign:
    """Return the campaign with the target: that of the file, or one of the condition's own videos and target."""
    if condition.target is None or condition.by is None:
        return scope.campaign  # type: ignore[return-value]  # the file was checked
    end = resolve_end(condition.by, zone)
    return Campaign(
        name=scope.label,
        period=Period(start=condition.start or _LONG_AGO, end=end),
        videos=Videos(ids=tuple(sorted(scope.list_ids(videos)))),
        targets=(Target(measure="views", value=condition.target, date=end),),
        estimators=Estimators(counted="read"),
    )


def _judge_target(target: TargetFigures) -> int | None:
    if target.verdict in {"reached", "missed"}:
        return int(target.verdict == "missed")
    needed, recent = target.needed_per_day.value, target.recent_per_day
    if needed is None or recent.value is None or not isinstance(recent, PaceFigure):
        return None
    if recent.value >= needed:
        return 0
    return 1 if recent.n == recent.of else None


def _describe_target(target: TargetFigures) -> dict[str, Any]:
    recent = target.recent_per_day
    known = {"known_videos": recent.n, "videos": recent.of} if isinstance(recent, PaceFigure) else {}
    return {
        "target": target.target,
        "by": target.date,
        "views": target.value.value,
        "needed_per_day": target.needed_per_day.value,
        "gained_per_day": recent.value,
        "days_left": target.days_left,
        **known,
    }
