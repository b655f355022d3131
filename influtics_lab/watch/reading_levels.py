"""At which readings each condition holds for each video.

Each function returns a frame of levels: ``subject`` (here the video's id), ``at`` (the reading), ``level`` (0: the
condition does not hold, 1: it holds, more: the number of milestones or counting rules passed; null: this reading does
not decide) and ``evidence`` (Struct).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from influtics_lab.metrics import engagement_rate, flag_counters, forecast, window_gain
from influtics_lab.platforms import COUNTING_RULES
from influtics_lab.schema import COUNTS, Instant
from influtics_lab.visible_counts import mask_hidden_counts
from influtics_lab.watch.watch_conditions import (
    Burst,
    Condition,
    CountingRuleCrossed,
    FailedPolls,
    ForecastBelowTarget,
    Hidden,
    Milestone,
    NoReading,
    Purge,
    Stall,
    ValueReached,
)

_LEVEL: Final = pl.Int64
_VIDEOS_AT_A_TIME: Final = 1000
_BURST_EVIDENCE: Final = (
    "burst_window_hours",
    "burst_views_per_hour",
    "burst_views_per_hour_before",
    "burst_engagement_rate_pct",
    "burst_engagement_rate_before_pct",
    "burst_p_value",
)


class Readings:
    """Readings of some videos: each with all its readings, as flags look at all of them.

    Parameters
    ----------
    frame : polars.DataFrame
        ``video_id``, ``timestamp``, the counts, ``platform``, ``published_at`` and ``created_at``, sorted by
        ``video_id, timestamp``.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    @cached_property
    def masked(self) -> pl.DataFrame:
        """The readings, with null for hidden counts and all of a failed poll."""
        masked: pl.DataFrame = nw.to_native(mask_hidden_counts(nw.from_native(self.frame), by="video_id"))
        return masked

    @cached_property
    def flagged(self) -> pl.DataFrame:
        """The same with the flags of `flag_counters` and their evidence."""
        if len(self.parts) > 1:
            return pl.concat(part.flagged for part in self.parts)
        shown = self.masked.select("video_id", "timestamp", *COUNTS)
        return flag_counters(self.frame).drop(COUNTS).join(shown, on=["video_id", "timestamp"], maintain_order="left")

    @cached_property
    def parts(self) -> list[Readings]:
        """The same, some videos at a time: what is computed on the way then needs less memory."""
        ids = self.frame["video_id"].unique(maintain_order=True).to_list()
        if len(ids) <= _VIDEOS_AT_A_TIME:
            return [self]
        return [
            self.of_videos(frozenset(ids[start : start + _VIDEOS_AT_A_TIME]))
            for start in range(0, len(ids), _VIDEOS_AT_A_TIME)
        ]

    def of_videos(self, ids: frozenset[str] | None) -> Readings:
        """Return the readings of some of the videos; of all without ids."""
        if ids is None:
            return self
        part = Readings(self.frame)
        chosen = pl.col("video_id").is_in(list(ids))
        part.frame = self.frame.filter(chosen)
        for name in ("masked", "flagged"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name].filter(chosen)
        return part


def list_levels(frame: pl.DataFrame, level: pl.Expr, *evidence: pl.Expr | str) -> pl.DataFrame:
    """Return the levels of readings, in their order; the fields of the evidence have the names of their columns."""
    return frame.select(subject="video_id", at="timestamp", level=level.cast(_LEVEL), evidence=pl.struct(*evidence))


def _judge_purge(readings: Readings, condition: Purge) -> pl.DataFrame:
    """Return where a count is below its highest value before, from a purge on until it is back there."""
    count = condition.count
    now = pl.col(count)
    highest = now.cum_max().over("video_id")
    fall = pl.col(f"{count}_fall_pct")
    frame = readings.flagged.filter(now.is_not_null()).with_columns(
        (now < highest).alias("below"),
        (pl.col("is_purge") & (fall > 1).fill_null(value=False)).alias("purged"),
        now.shift().over("video_id").alias("before"),
        pl.col("timestamp").shift().over("video_id").alias("before_at"),
        highest.alias(f"highest_{count}"),
    )
    spell = ("video_id", "spell")
    spells = frame.with_columns((~pl.col("below")).cum_sum().over("video_id").alias("spell"))
    purged = pl.when("purged")
    evidence = {
        "purged_at": pl.col("timestamp"),
        f"{count}_before": pl.col("before"),
        "before_at": pl.col("before_at"),
        f"{count}_after": now,
        f"{count}_fall_pct": fall,
    }
    evident = spells.with_columns(
        pl.col("purged").cum_max().over(spell).alias("purged_before"),
        *(purged.then(value).forward_fill().over(spell).alias(name) for name, value in evidence.items()),
    )
    holds = pl.col("below") & pl.col("purged_before")
    return list_levels(evident, holds, *evidence, now.alias(f"{count}_now"), f"highest_{count}")


def _judge_stall(readings: Readings, _: Stall) -> pl.DataFrame:
    frame = readings.flagged.filter(pl.col("views").is_not_null())
    evidence = ("views", "unchanged_hours", "expected_views", "unchanged_p_value")
    return list_levels(frame, pl.col("is_stalled"), *evidence)


def _judge_burst(readings: Readings, _: Burst) -> pl.DataFrame:
    engaged = pl.any_horizontal(pl.col("likes", "comments", "reposts").is_not_null())
    frame = readings.flagged.filter(pl.col("views").is_not_null() & engaged)
    return list_levels(frame, pl.col("is_burst"), "views", *_BURST_EVIDENCE)


def _judge_failed_polls(readings: Readings, _: FailedPolls) -> pl.DataFrame:
    before = pl.col("views_before_failed_poll").alias("views_before")
    return list_levels(readings.flagged, pl.col("is_failed_poll"), before)


def _judge_hidden(readings: Readings, condition: Hidden) -> pl.DataFrame:
    """Return where a count is hidden; a failed poll, where all are, does not decide."""
    count = condition.count
    hidden = pl.col("hidden_counts").str.contains(count, literal=True).fill_null(value=False)
    last = pl.col(count).forward_fill().over("video_id")
    last_at = pl.when(pl.col(count).is_not_null()).then("timestamp").forward_fill().over("video_id")
    frame = readings.flagged.with_columns(
        hidden.alias("is_count_hidden"), last.alias(f"last_visible_{count}"), last_at.alias("last_visible_at")
    )
    decided = frame.filter(~pl.col("is_failed_poll") & (pl.col("is_count_hidden") | pl.col(count).is_not_null()))
    return list_levels(decided, pl.col("is_count_hidden"), f"last_visible_{count}", "last_visible_at")


def _judge_value(readings: Readings, condition: ValueReached) -> pl.DataFrame:
    frame, measure = readings.masked, condition.measure
    value = pl.col(measure) if measure in COUNTS else pl.col("measured")
    if measure == "engagement_rate":
        frame = engagement_rate(readings.frame).rename({"engagement_rate_pct": "measured"})
    if measure == "views_per_day":
        frame = window_gain(readings.frame, "views", window="24h").rename({"views_gained_24h": "measured"})
    decided = frame.filter(value.is_not_null())
    return list_levels(decided, is_reached(value, condition), value.alias(measure))


def is_reached(value: pl.Expr, condition: ValueReached) -> pl.Expr:
    """Return whether a value is at least, or at most, that of the condition."""
    return value >= condition.at_least if condition.at_least is not None else value <= condition.at_most


def _judge_milestone(readings: Readings, condition: Milestone) -> pl.DataFrame:
    frame = readings.masked.filter(pl.col(condition.count).is_not_null())
    passed = frame.with_columns(count_milestones(pl.col(condition.count).cum_max().over("video_id"), condition))
    return list_levels(passed, pl.col("passed"), *milestone_evidence(condition))


def count_milestones(highest: pl.Expr, condition: Milestone) -> pl.Expr:
    """Return how many milestones a count has passed, as the column ``passed``."""
    if condition.every is not None:
        return (highest // condition.every).cast(_LEVEL).alias("passed")
    return pl.sum_horizontal((highest >= level).cast(_LEVEL) for level in condition.levels).alias("passed")


def milestone_evidence(condition: Milestone) -> tuple[str, pl.Expr]:
    """Return the evidence of a milestone: the count, and the number that it passed."""
    if condition.every is not None:
        number = pl.col("passed") * condition.every
    else:
        number = pl.col("passed").replace_strict(dict(enumerate(condition.levels, 1)), default=None)
    return condition.count, number.cast(pl.Float64).alias("milestone")


def _judge_counting_rule(readings: Readings, _: CountingRuleCrossed) -> pl.DataFrame:
    """Return how many counting rules each video has crossed: it was read before a rule and after it."""
    names = ("rule", "change", "source")
    frame = readings.masked.filter(pl.col("views").is_not_null()).with_columns(
        pl.lit(0, _LEVEL).alias("passed"), *(pl.lit(None, pl.String).alias(name) for name in names)
    )
    for rule in COUNTING_RULES:
        start, first = pl.lit(rule.starts_at).cast(Instant), pl.col("timestamp").min().over("video_id")
        crossed = (pl.col("platform") == rule.platform) & (first < start) & (pl.col("timestamp") >= start)
        crossed = crossed.fill_null(value=False)
        texts = zip(names, (rule.label, rule.change, rule.source), strict=True)
        frame = frame.with_columns(
            pl.col("passed") + crossed.cast(_LEVEL),
            *(pl.when(crossed).then(pl.lit(text)).otherwise(name).alias(name) for name, text in texts),
        )
    return list_levels(frame, pl.col("passed"), "views", *names)


def judge_forecast(
    readings: Readings, ids: frozenset[str] | None, condition: ForecastBelowTarget, instants: Sequence[dt.datetime]
) -> pl.DataFrame:
    """Return whether the upper limit of the forecast was below the target, as of each of some instants.

    Parameters
    ----------
    readings : Readings
        Of all videos: forecasts are made from what similar ones did.
    ids : frozenset of str or None
        The videos to judge.
    condition : ForecastBelowTarget
    instants : sequence of datetime
        In order. A forecast that is refused does not decide.
    """
    names = ("views_now", "views_forecast", "views_forecast_high", "level_pct", "age_hours", "calibrators")
    made = [
        forecast(readings.flagged.filter(pl.col("timestamp") <= instant), condition.horizon).with_columns(
            pl.lit(instant).cast(Instant).alias("timestamp")
        )
        for instant in instants
    ]
    rows = pl.concat(made).filter(pl.col("views_forecast_high").is_not_null()).sort("video_id", "timestamp")
    if ids is not None:
        rows = rows.filter(pl.col("video_id").is_in(list(ids)))
    below = pl.col("views_forecast_high") < condition.target
    return list_levels(rows, below, *names)


def judge_removed(removals: pl.DataFrame) -> pl.DataFrame:
    """Return when each video was removed from the list of the service, and came back; `at` is the end of a read."""
    frame = removals.rename({"seen_at": "timestamp"})
    return list_levels(frame, pl.col("removed"), pl.col("timestamp").alias("missing_since_read_of"))


def judge_no_reading(times: pl.DataFrame, condition: NoReading, now: dt.datetime) -> pl.DataFrame:
    """Return from when on there was no new reading for some hours, until the next one.

    Parameters
    ----------
    times : polars.DataFrame
        ``video_id`` (or what the videos count as together), ``timestamp``, sorted by both: all readings, or the last
        ones.
    condition : NoReading
    now : datetime
        After the last reading, this is the present.
    """
    limit = dt.timedelta(hours=condition.hours)
    last = pl.col("timestamp")
    following = last.shift(-1).over("video_id").fill_null(pl.lit(now).cast(Instant))
    timed = times.with_columns(last_reading_at=last, next=following, level=pl.lit(0))
    silent = timed.filter(pl.col("next") - last > limit).with_columns(last + limit, level=pl.lit(1))
    rows = pl.concat([timed, silent]).sort("video_id", "timestamp")
    return list_levels(rows, pl.col("level"), "last_reading_at", pl.lit(condition.hours).alias("hours"))


_JUDGES: Final[dict[type[Condition], Callable[[Readings, Any], pl.DataFrame]]] = {
    Purge: _judge_purge,
    Stall: _judge_stall,
    Burst: _judge_burst,
    FailedPolls: _judge_failed_polls,
    Hidden: _judge_hidden,
    ValueReached: _judge_value,
    Milestone: _judge_milestone,
    CountingRuleCrossed: _judge_counting_rule,
}


def judge_readings(readings: Readings, condition: Condition) -> pl.DataFrame:
    """Return the levels of a condition that is judged video by video, by its readings."""
    return _JUDGES[type(condition)](readings, condition)
