"""What a user of polars and NumPy would write to hold videos against each other, as `metrics_polars`."""

from __future__ import annotations

import polars as pl
from metrics_data import AT, VIDEO
from metrics_numpy import Group, group_figures, pair_figures
from metrics_polars import Frame, hours, shown
from metrics_polars_lines import DAY, values_at
from polars import col

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
    rows = frame.with_columns(**{name: shown(name) for name in COMPARED}).filter(col(AT) == col(AT).max().over(VIDEO))
    aged = rows.with_columns(age=hours(col(AT), col("published_at"))).drop_nulls((*COMPARED, "age"))
    known = collected(aged.filter(col("views") > 0).sort(VIDEO)).partition_by("platform", as_dict=True)
    groups = [group(str(name), videos, "age") for (name,), videos in sorted(known.items())]
    return pl.DataFrame(pair_figures(groups, resamples))


def benchmark(frame: Frame) -> Frame:
    traits = frame.group_by(VIDEO).agg(col("platform").first())
    rows = traits.join(values_at(frame, DAY, "views"), VIDEO, "left").rename({"views": "benchmark_value"})
    known = col("benchmark_value").count().over("platform")
    others = known - col("benchmark_value").is_not_null()
    below = col("benchmark_value").rank("average").over("platform") - 1
    added = rows.with_columns(
        benchmark_others=others,
        benchmark_percentile_pct=pl.when(others >= 5).then(below * 100 / others),
    )
    return added.sort(VIDEO)
