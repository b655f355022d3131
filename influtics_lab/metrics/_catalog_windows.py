"""Definitions of the columns of windows, ages, milestones and grids.

24h, 7d, 30d, 90 and 50 in a name stand for the window, the age or the share that is asked for.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.metrics._column_definition import Metric
from influtics_lab.schema import Instant

_LINE: Final = "on the line between the readings with that count before and after"
_BRACKETED: Final = "readings with that count are not on both sides, or further apart than max_gap"

WINDOWS: Final[tuple[Metric, ...]] = (
    Metric(
        "{count}_gained_24h",
        "window_gain",
        pl.Float64(),
        f"V(t_i) - V(t_i - 24 h), V {_LINE}",
        "count",
        f"where, at an end of the window, {_BRACKETED}",
        "gain that does not depend on when readings were taken",
    ),
    Metric(
        "window_start",
        "gained",
        Instant,
        "window_end less the length of the window",
        "UTC",
        "where no reading is other than a failed poll",
        "one window for all videos",
    ),
    Metric(
        "window_end",
        "gained",
        Instant,
        "the newest reading of the frame that is not a failed poll, or the end that is asked for",
        "UTC",
        "where no reading is other than a failed poll",
        "one window for all videos",
    ),
    Metric(
        "{count}_gained_in_window",
        "gained",
        pl.Float64(),
        f"V(window_end) - V(window_start), V {_LINE}; V(window_start) = 0 for a video published inside the window",
        "count",
        "where {count}_gained_status is neither exact nor at least",
        "who moves: gain in one window, comparable across videos",
    ),
    Metric(
        "{count}_gained_status",
        "gained",
        pl.String(),
        "exact; at least, where the first visible reading lies inside the window or the last one well before its end",
        "",
        "never; it says why a gain is unknown",
        "how far a gain is known",
    ),
    Metric(
        "{count}_per_hour_lifetime",
        "lifetime_average",
        pl.Float64(),
        "{count} / (timestamp - published_at), or since created_at",
        "count per hour",
        "where the count or the age is null, where the count is hidden, and where the age is 0 or less",
        "average over the whole life; no velocity",
    ),
    Metric(
        "at_age_hours",
        "at_age",
        pl.Float64(),
        f"the age that is asked for; the counts beside it are those at that age, {_LINE}",
        "hours",
        f"never; the counts where the age is not known, and where {_BRACKETED}",
        "counts at equal age",
    ),
    *(
        metric
        for age, name in (("24h", "V24h"), ("7d", "V7"), ("30d", "V30"))
        for metric in (
            Metric(
                f"views_at_{age}",
                "views_at_ages",
                pl.Float64(),
                f"V(a), V {_LINE}, a the age: {name}",
                "views",
                f"where the age is not known, and where {_BRACKETED}",
                "views at equal age",
            ),
            Metric(
                f"engagement_rate_at_{age}_pct",
                "views_at_ages",
                pl.Float64(),
                f"100 E(a) / V(a), E and V {_LINE}, E the sum of the parts",
                "%",
                f"where views_at_{age} is null, or 0 or less; where a part is not known at that age",
                "engagement rate by views at equal age",
            ),
            Metric(
                f"cpm_at_{age}",
                "views_at_ages",
                pl.Float64(),
                "1000 spend / V(a)",
                "currency of the spend per 1000 views",
                f"where views_at_{age} is null, or 0 or less; where the spend is null, negative or not finite",
                "cost per mille at equal age; only with spend",
            ),
        )
    ),
    *(
        Metric(
            f"share_at_{age}_of_30d_pct",
            "views_at_ages",
            pl.Float64(),
            f"100 views_at_{age} / views_at_30d",
            "%",
            "where either is null; where views_at_30d is 0 or less",
            "share of V30 that had come by then",
        )
        for age in ("24h", "7d")
    ),
    Metric(
        "{count}_to_90_pct_hours",
        "time_to",
        pl.Float64(),
        f"the first age a with V(a) >= 90 / 100 V(H), V {_LINE}, H the horizon",
        "hours",
        "where {count}_at_horizon is null, or 0 or less; where the first reading had reached it; where it lies in a "
        "gap longer than max_gap",
        "depends on the horizon, and tenfold on the kind of video",
    ),
    Metric(
        "{count}_at_horizon",
        "time_to",
        pl.Float64(),
        f"V(H), V {_LINE}, H the horizon",
        "count",
        f"where the age is not known, and where {_BRACKETED}: not observed (censored)",
        "the whole of which a share is timed",
    ),
    Metric(
        "horizon_hours",
        "time_to",
        pl.Float64(),
        "the horizon that is asked for",
        "hours",
        "never",
        "said beside every milestone",
    ),
    Metric(
        "{count}_to_50_pct_hours",
        "half_life",
        pl.Float64(),
        f"the first age a with V(a) >= V(H) / 2, V {_LINE}, H the horizon",
        "hours",
        "where time_to is null",
        "time_to with 50 percent; beside it the columns of time_to",
    ),
    Metric(
        "{count}_at",
        "latest",
        pl.Datetime("us", "UTC"),
        "timestamp of the last reading in which {count} is visible: not null, not hidden, of no failed poll",
        "UTC",
        "where the count is never visible",
        "when the last known value of a count was read",
    ),
    Metric(
        "engagement_rate_at",
        "latest",
        pl.Datetime("us", "UTC"),
        "timestamp of the last reading that has an engagement_rate_pct",
        "UTC",
        "where no reading has one",
        "when the last engagement rate was read; the rate is of this one reading",
    ),
)
