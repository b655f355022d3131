"""What a user of polars and NumPy would write to hold videos against each other, as `metrics_polars`."""

from __future__ import annotations

import polars as pl
from metrics_data import AT, VIDEO
from metrics_numpy import Group, group_figures, pair_figures
from metrics_polars import Frame, hours, shown
from metrics_polars_lines import DAY, values_at
from polars import col

from influtics_lab.metrics._distributions import binomial_limits

COMPARED = ("views", "likes", "comments")


def collected(frame: Frame) -> pl.DataFrame:
    found: pl.DataFrame = frame.lazy().collect()
    return found


def at_a_day(frame: Frame) -> pl.DataFrame:
    """Give one row for each video: its group and its counts at 24 hours."""
    rows = frame.group_by(VIDEO).agg(col("platform").first())
    for name in COMPARED:
        rows = rows.join(values_at(frame, DAY, name), VIDEO, "left")
    return collected(rows.sort(VIDEO))


def compare(frame: Frame, resamples: int) -> pl.DataFrame:
    told = []
    for (platform,), videos in at_a_day(frame).partition_by("platform", as_dict=True).items():
        known = videos.filter(col("views") > 0, col("likes").is_not_null(), col("comments").is_not_null())
        counts = {"videos": len(videos), "without_age": videos["views"].null_count()}
        told.append({"platform": platform} | counts | group_figures(group(str(platform), known), resamples))
    return pl.DataFrame(told).sort("platform")


def group(name: str, known: pl.DataFrame, ages: str = "views") -> Group:
    engaged = known["likes"] + known["comments"]
    views, engagements = (column.cast(pl.Float64).to_numpy() for column in (known["views"], engaged))
    return Group(name, views, engagements, known[ages].to_numpy())


def compare_pairs(frame: Frame, resamples: int) -> pl.DataFrame:
    rows = frame.with_columns(**{name: shown(name) for name in COMPARED}).drop_nulls(COMPARED).filter(col("views") > 0)
    last = rows.filter(col(AT) == col(AT).max().over(VIDEO))
    aged = last.with_columns(age=hours(col(AT), col("published_at"))).drop_nulls("age")
    known = collected(aged.sort(VIDEO)).partition_by("platform", as_dict=True)
    groups = [group(str(name), videos, "age") for (name,), videos in sorted(known.items())]
    return pl.DataFrame(pair_figures(groups, resamples))


def benchmark(frame: Frame) -> pl.DataFrame:
    traits = frame.group_by(VIDEO).agg(col("platform").first())
    rows = traits.join(values_at(frame, DAY, "views"), VIDEO, "left").rename({"views": "benchmark_value"})
    value = col("benchmark_value")
    others = value.count().over("platform") - value.is_not_null()
    below, up_to = (value.rank(way).over("platform").cast(pl.Int64) - 1 for way in ("min", "max"))
    ranked = collected(rows.with_columns(benchmark_others=others, below=below, up_to=up_to).sort(VIDEO))
    known = ranked.filter(col("below").is_not_null(), col("benchmark_others") >= 5)
    low, high = binomial_limits(*(known[name].to_numpy() for name in ("below", "up_to", "benchmark_others")))
    limits = known.select(
        VIDEO,
        benchmark_percentile_pct=(col("below") + col("up_to")) * 50 / col("benchmark_others"),
        benchmark_percentile_low_pct=pl.Series(low),
        benchmark_percentile_high_pct=pl.Series(high),
    )
    return ranked.join(limits, VIDEO, "left", maintain_order="left").drop("below", "up_to")
