"""Definitions of what `growth`, `acceleration`, `doubling_time`, rates, ratios and `with_age` add."""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.metrics._column_definition import Metric

_PREVIOUS: Final = "at the video's first reading with that count, and where the count is null or hidden"
_PARTS: Final = "where a part is missing or hidden; only reposts may be left out, where a video never has them"
_RATE: Final = "the `er` of the endpoint, recomputed at every reading"

RATES: Final = (
    Metric(
        "{count}_gained",
        "growth",
        pl.Int64(),
        "V_i - V_(i-1), i-1 the previous reading with that count",
        "count",
        _PREVIOUS,
        "difference of a cumulative count",
    ),
    Metric(
        "{count}_hours",
        "growth",
        pl.Float64(),
        "t_i - t_(i-1)",
        "hours",
        _PREVIOUS,
        "elapsed time, from whole microseconds",
    ),
    Metric(
        "{count}_per_hour",
        "growth",
        pl.Float64(),
        "{count}_gained / {count}_hours",
        "count per hour",
        _PREVIOUS,
        "mean velocity over the interval",
    ),
    Metric(
        "{count}_growth_pct",
        "growth",
        pl.Float64(),
        "100 (V_i / V_(i-1) - 1)",
        "%",
        f"{_PREVIOUS}; where the previous value is 0 or less",
        "relative change; depends on the gap",
    ),
    Metric(
        "{count}_growth_pct_per_day",
        "growth",
        pl.Float64(),
        "100 (e^(24 r) - 1), r = ln(V_i / V_(i-1)) / {count}_hours",
        "% per day",
        f"{_PREVIOUS}; where either value is 0 or less; where it leaves the range of a float",
        "continuous compound growth, whatever the gap",
    ),
    Metric(
        "{count}_per_hour_per_hour",
        "acceleration",
        pl.Float64(),
        "(v_i - v_(i-1)) / ((t_i - t_(i-2)) / 2), v = {count}_per_hour",
        "count per hour per hour",
        "at the video's first two readings with that count, and where the count is null or hidden",
        "change of velocity between the midpoints of the two intervals",
    ),
    Metric(
        "{count}_doubling_hours",
        "doubling_time",
        pl.Float64(),
        "ln 2 / r, r = ln(V_i / V_(i-1)) / {count}_hours",
        "hours",
        f"{_PREVIOUS}; where r is 0 or less; where either value is 0 or less",
        "exponential growth",
    ),
    Metric(
        "engagements",
        "engagement_rate",
        pl.Int64(),
        "likes + comments + reposts, or the parts that are named",
        "count",
        _PARTS,
        "sum of cumulative counts",
    ),
    Metric(
        "engagement_rate_pct",
        "engagement_rate",
        pl.Float64(),
        "100 engagements / views",
        "%",
        f"{_PARTS}; where views is null, or 0 or less",
        _RATE,
    ),
    Metric(
        "engagement_parts",
        "engagement_rate",
        pl.String(),
        "the parts that were added up, joined by +",
        "",
        "where engagements is null",
        "which counts the video reports",
    ),
    Metric(
        "incremental_engagement_rate_pct",
        "incremental_engagement_rate",
        pl.Float64(),
        "100 (E_i - E_(i-1)) / (V_i - V_(i-1)), i-1 the previous reading with views and all parts",
        "%",
        "at the video's first such reading; where views or a part is missing or hidden; where no views were gained",
        "engagement rate of the views of the interval alone",
    ),
    *(
        Metric(
            f"{part}_{whole}_ratio_pct",
            "count_ratios",
            pl.Float64(),
            f"100 {part}s / {whole}s, both of one reading",
            "%",
            f"where either is null or hidden; where {whole}s is 0 or less",
            f"{part}/{whole} ratio; falls with age",
        )
        for part, whole in (("like", "view"), ("comment", "view"), ("comment", "like"), ("repost", "view"))
    ),
    Metric(
        "age_hours",
        "with_age",
        pl.Float64(),
        "timestamp - published_at",
        "hours",
        "where published_at is null",
        "publication time from the platform's id, or from the user",
    ),
    Metric(
        "tracked_age_hours",
        "with_age",
        pl.Float64(),
        "timestamp - created_at",
        "hours",
        "where created_at is null",
        "created_at, which is when tracking began",
    ),
)
