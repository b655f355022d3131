"""Metrics: functions from frame to frame, written once for polars, Spark, DuckDB and pandas.

===========================================  ============================================================
`growth`, `acceleration`, `doubling_time`    gains and rates since the previous reading, and how they change
`gained`, `total_gained`                     what each video gained in one window; the sum, and if it is exact
`window_gain`, `lifetime_average`            gains of the window before each reading; the average since publication
`time_to`, `half_life`                       the age at which a share of what a video reached was reached
`engagement_rate`                            what share of the views engaged
`incremental_engagement_rate`                the same, of the views gained since the previous reading
`count_ratios`                               like/view, comment/view, comment/like and repost/view
`audit_er`                                   which reading the reported rate fits, and how it was cut
`cpm`, `cpv`, `cpe`, `emv`                   what views and engagements cost, and what they are worth
`with_creator`                               creators from the user: a mapping, a frame or a CSV file of links
`with_published`, `with_age`                 publication times from the user; ages since publication, tracking
`at_age`, `resample`, `latest`, `summarize`  counts at an age, on a grid, at the end; one row a video
`views_at_ages`                              V24h, V7 and V30, with engagement rate and CPM at these ages
`multiple_of_usual`, `hit_rate`              a video against its creator's earlier ones; how often it is above
`concentration`                              how far a total rests on few videos: top 10 %, Gini
`forecast`, `backtest`                       views at an age ahead, with limits; how often these were right
`compare`, `compare_pairs`, `benchmark`      groups at equal age with intervals; a video among its like
`rule_change_effect`                         by how much a new counting rule changed velocities
`flag_counters`                              corrections, purges, hidden counts, cached polls, stalls, bursts
`definitions`                                every added column: formula, unit, where it is null
===========================================  ============================================================

``frame.pipe(growth, "views", "likes")`` adds columns. Rows stay, in their order, and nothing is changed in place.
What cannot be known is null, never NaN or infinite.

**More than memory.** No metric of a video needs another video, so measure an archive by buckets of videos. Thirty
million readings needed 0.6 GB instead of 4.7 GB, in about the same time::

    import polars as pl

    frame = lab.Archive("data/archive").scan()
    for bucket in range(16):
        part = frame.filter(pl.col("video_id").hash() % 16 == bucket)
        part.pipe(lab.growth, "views").pipe(lab.engagement_rate).sink_parquet(f"out/{bucket:02}.parquet")

`compare`, `compare_pairs` and `benchmark` compare videos with each other: pass them all videos, or one row per video.
`forecast` and `backtest` learn from other videos: pass them all readings of those published in the last 90 days.

**More than one machine.** The same functions accept and return Spark DataFrames, DuckDB relations, and pandas frames
with Arrow types; the numbers agree to nine digits. ``notebooks/spark_metrics.py`` measures a whole archive, which every
worker has to reach under the same path (``pip install -c requirements.lock '.[spark]'``, and Java 17)::

    spark-submit --master 'local[2]' notebooks/spark_metrics.py data/archive out/ --as-of 2025-07-01

Lazy frames, Spark and DuckDB are not searched for readings that come twice; an archive has none.
"""

from __future__ import annotations

from influtics_lab.metrics.audit import audit_er
from influtics_lab.metrics.backtest import backtest
from influtics_lab.metrics.benchmarks import benchmark
from influtics_lab.metrics.concentration import concentration
from influtics_lab.metrics.creator_usual import hit_rate, multiple_of_usual
from influtics_lab.metrics.creators import with_creator
from influtics_lab.metrics.definitions import definitions
from influtics_lab.metrics.engagement import engagement_rate, incremental_engagement_rate
from influtics_lab.metrics.fixed_ages import views_at_ages
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.metrics.forecast import forecast
from influtics_lab.metrics.gained import gained
from influtics_lab.metrics.gained_total import total_gained
from influtics_lab.metrics.groups import compare
from influtics_lab.metrics.growth import acceleration, doubling_time, growth
from influtics_lab.metrics.milestones import half_life, time_to
from influtics_lab.metrics.money import cpe, cpm, cpv, emv
from influtics_lab.metrics.pairs import compare_pairs
from influtics_lab.metrics.publication import with_published
from influtics_lab.metrics.ratios import count_ratios
from influtics_lab.metrics.resampling import resample
from influtics_lab.metrics.rule_effect import rule_change_effect
from influtics_lab.metrics.summary import summarize
from influtics_lab.metrics.timeline import latest, with_age
from influtics_lab.metrics.windows import at_age, lifetime_average, window_gain

__all__ = [
    "acceleration",
    "at_age",
    "audit_er",
    "backtest",
    "benchmark",
    "compare",
    "compare_pairs",
    "concentration",
    "count_ratios",
    "cpe",
    "cpm",
    "cpv",
    "definitions",
    "doubling_time",
    "emv",
    "engagement_rate",
    "flag_counters",
    "forecast",
    "gained",
    "growth",
    "half_life",
    "hit_rate",
    "incremental_engagement_rate",
    "latest",
    "lifetime_average",
    "multiple_of_usual",
    "resample",
    "rule_change_effect",
    "summarize",
    "time_to",
    "total_gained",
    "views_at_ages",
    "window_gain",
    "with_age",
    "with_creator",
    "with_published",
]


def __dir__() -> list[str]:
    return sorted(__all__)
