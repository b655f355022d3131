"""Metrics: functions from frame to frame, written once for polars, Spark, DuckDB and pandas.

========================================  ===============================================================
`growth`                                  gains, rates and relative growth since the previous reading
`acceleration`, `doubling_time`           how velocity changes; how long until a count doubles
`engagement_rate`                         what share of the views engaged
`incremental_engagement_rate`             the same, of the views gained since the previous reading
`with_age`, `latest`                      ages since publication and since tracking began; last readings
`definitions`                             every added column: formula, unit, where it is null
========================================  ===============================================================

``frame.pipe(growth, "views", "likes")`` adds columns. Rows stay, in their order, and nothing is changed in place.
What cannot be known is null, never NaN or infinite.
"""

from __future__ import annotations

from influtics_lab.metrics.definitions import definitions
from influtics_lab.metrics.engagement import engagement_rate, incremental_engagement_rate
from influtics_lab.metrics.growth import acceleration, doubling_time, growth
from influtics_lab.metrics.timeline import latest, with_age

__all__ = [
    "acceleration",
    "definitions",
    "doubling_time",
    "engagement_rate",
    "growth",
    "incremental_engagement_rate",
    "latest",
    "with_age",
]
