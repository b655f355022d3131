"""Every public metric, as it is called where engines are held against each other; a label begins with its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from metrics.readings import hours

from influtics_lab import metrics, schema

CASES: Final[dict[str, Callable[[Any], Any]]] = {
    "growth": lambda frame: metrics.growth(frame, *schema.COUNTS),
    "acceleration": lambda frame: metrics.acceleration(frame, *schema.COUNTS),
    "doubling_time": lambda frame: metrics.doubling_time(frame, *schema.COUNTS),
    "window_gain": lambda frame: metrics.window_gain(frame, "views", "likes", window="24h", max_gap="3d"),
    "gained": lambda frame: metrics.gained(frame, *schema.COUNTS, last="7d"),
    "gained until then": lambda frame: metrics.gained(frame, last="24h", until=hours(0), slack="6h"),
    "lifetime_average": lambda frame: metrics.lifetime_average(frame, "views", "reposts"),
    "engagement_rate": metrics.engagement_rate,
    "engagement_rate of two parts": lambda frame: metrics.engagement_rate(frame, ("likes", "comments")),
    "incremental_engagement_rate": metrics.incremental_engagement_rate,
    "count_ratios": metrics.count_ratios,
    "with_age": metrics.with_age,
    "with_published": lambda frame: metrics.with_published(frame, {"nasty unpublished": hours(-30)}),
    "with_creator": lambda frame: metrics.with_creator(frame, {"nasty unpublished": "Ann", "TikTok:nasty still": "Bo"}),
    "latest": metrics.latest,
    "at_age": lambda frame: metrics.at_age(frame, "7d", "views", "likes", age="tracked"),
    "views_at_ages": lambda frame: metrics.views_at_ages(frame, spend="spend", age="tracked"),
    "views_at_ages of two parts": lambda frame: metrics.views_at_ages(
        frame, "36h", "7d", parts=("likes", "comments"), max_gap="3d", keep=["spend"]
    ),
    "multiple_of_usual": lambda frame: metrics.multiple_of_usual(frame, creator="platform", age="tracked"),
    "multiple_of_usual of some": lambda frame: metrics.multiple_of_usual(
        frame, "24h", "engagement_rate", judged=["nasty turns", "nasty still"], creator="platform", age="tracked"
    ),
    "hit_rate": lambda frame: metrics.hit_rate(
        metrics.multiple_of_usual(frame, "24h", creator="platform", age="tracked"), "platform"
    ),
    "concentration": lambda frame: metrics.concentration(metrics.latest(frame), by="platform"),
    "time_to": lambda frame: metrics.time_to(frame, 80, horizon="7d", age="tracked"),
    "half_life": lambda frame: metrics.half_life(frame, horizon="7d", age="tracked", max_gap="5d"),
    "resample": lambda frame: metrics.resample(frame, every="1d", max_gap="3d"),
    "resample in a zone": lambda frame: metrics.resample(frame, every="1d", tz="Europe/Berlin"),
    "summarize": metrics.summarize,
    "compare": lambda frame: metrics.compare(frame, at_age="7d", age="tracked", resamples=100),
    "compare at the last reading": lambda frame: metrics.compare(frame, resamples=100),
    "compare_pairs": lambda frame: metrics.compare_pairs(frame, at_age="7d", age="tracked", resamples=100),
    "benchmark": lambda frame: metrics.benchmark(frame, "7d", age="tracked"),
    "benchmark of its own history": lambda frame: metrics.benchmark(frame, "7d", age="tracked", history=True),
    "forecast": lambda frame: metrics.forecast(frame, "7d"),
    "rule_change_effect": lambda frame: metrics.rule_change_effect(frame, resamples=100),
    "backtest": lambda frame: metrics.backtest(frame, "7d"),
    "flag_counters": metrics.flag_counters,
    "audit_er": metrics.audit_er,
    "cpm": metrics.cpm,
    "cpv": metrics.cpv,
    "cpe": lambda frame: metrics.cpe(metrics.engagement_rate(frame)),
    "emv": lambda frame: metrics.emv(frame, {"views": 0.01, "likes": 0.1, "comments": 1.3}),
}

NO_METRIC: Final = frozenset({"definitions", "total_gained"})
"""Public names that take no frame, or return none."""
