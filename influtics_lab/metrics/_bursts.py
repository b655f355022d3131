"""Inorganic bursts: views that come far faster than before, and far less engaged than those before.

A burst starts at a reading from which on, for some readings in a row, velocity lies above a multiple of the median
velocity before the start *and* the incremental engagement rate below a share of the cumulative rate before it. It
ends at the first reading at which both are back. What "before" means is fixed at the start.

Median velocities before are asked for only at readings that can be a start at all: the low rates, and velocities
above the least before, are told by windows. polars has a window for the medians, too; on other engines those few
are joined with the readings of their videos.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import Frame, as_float, hours, limit_us, microseconds, percent, with_median_before
from influtics_lab.metrics._input import TIMESTAMP, number
from influtics_lab.metrics._joins import joined, matched


@dataclass(frozen=True)
class Rule:
    """When views count as a burst."""

    times: float
    share: float
    readings: int
    history: int
    apart_us: int

    @classmethod
    def checked(cls, times: object, share: object, readings: object, history: object, least_hours: object) -> Rule:
        """Take the parameters of `flag_counters`, refusing what is out of range."""
        function = "flag_counters"
        return cls(
            times=number(function, "burst_times", times, 1),
            share=number(function, "burst_share", share, 0, 1),
            readings=number(function, "burst_readings", readings, 1, whole=True),
            history=number(function, "burst_history", history, 1, whole=True),
            apart_us=limit_us(number(function, "least_hours", least_hours, 0)),
        )


@dataclass(frozen=True)
class Burst:
    """Names of the columns that tell of a burst, null at readings that are in none."""

    speed: str = "burst_views_per_hour"
    speed_before: str = "burst_views_per_hour_before"
    rate: str = "burst_engagement_rate_pct"
    rate_before: str = "burst_engagement_rate_before_pct"

    @property
    def columns(self) -> tuple[str, str, str, str]:
        """All four names."""
        return self.speed, self.speed_before, self.rate, self.rate_before


BURST = Burst()


def bursts(frame: Frame, views: str, total: str, rule: Rule, *, by: str) -> Frame:
    """Give the readings that are in a burst: `by`, ``timestamp`` and the columns of `BURST`, each reading once.

    Parameters
    ----------
    frame : narwhals frame
        With `by` and ``timestamp``.
    views, total : str
        The columns of the views and the engagements, hidden ones null.
    rule : Rule
        When views count as a burst.
    by : str
        What tells videos apart.
    """
    rates = _rates(frame, views, total, rule, by)
    starts = _starts(rates, rule)
    after = matched(starts, rates, on="video").filter(nw.col("now") >= nw.col("start"))
    back = (nw.col("speed") <= nw.col("speed_before") * rule.times) & (
        nw.col("rate").is_null() | (nw.col("rate") >= nw.col("rate_before") * rule.share)
    )
    ended = after.with_columns(nw.when(back).then(nw.col("now")).alias("end")).with_columns(
        nw.col("end").min().over("video", "start")
    )
    inside = ended.filter(nw.col("end").is_null() | (nw.col("now") < nw.col("end")))
    earliest = inside.with_columns(nw.col("start").min().over("video", "now").alias("first"))
    return earliest.filter(nw.col("start") == nw.col("first")).select(
        nw.col("video").alias(by),
        TIMESTAMP,
        *(nw.col(name).alias(getattr(BURST, name)) for name in ("speed", "speed_before", "rate", "rate_before")),
    )


def _rates(frame: Frame, views: str, total: str, rule: Rule, by: str) -> Frame:
    """Keep the readings with views and engagements; add velocity, incremental rate, and the cumulative one before."""
    known = reduce(and_, (~nw.col(name).is_null() for name in (by, TIMESTAMP, views, total)))
    counts = frame.filter(known).select(
        nw.col(by).alias("video"),
        TIMESTAMP,
        microseconds(frame, TIMESTAMP).alias("now"),
        as_float(nw.col(views)).alias("views"),
        as_float(nw.col(total)).alias("total"),
    )
    # A second answer within seconds is no reading of its own: its interval would be a velocity of noise.
    # Which of several near ones stays would depend on the one that stayed before, which no window tells: none does.
    waited = nw.col("now") - nw.col("now_before")
    apart = _with_before(counts, "now").filter(nw.col("now_before").is_null() | (waited >= rule.apart_us))
    steps = _with_before(apart, "now", "views", "total").with_columns(
        hours(nw.col("now"), nw.col("now_before")).alias("hours"),
        (nw.col("views") - nw.col("views_before")).alias("gained"),
        (nw.col("total") - nw.col("total_before")).alias("engaged"),
    )
    return steps.select(
        "video",
        TIMESTAMP,
        "now",
        nw.when(nw.col("hours") > 0).then(nw.col("gained") / nw.col("hours")).alias("speed"),
        percent(nw.col("engaged"), nw.col("gained")).alias("rate"),
        percent(nw.col("total_before"), nw.col("views_before")).alias("rate_before"),
    )


def _with_before(frame: Frame, *names: str) -> Frame:
    shifted = (nw.col(name).shift(1).over("video", order_by=TIMESTAMP).alias(f"{name}_before") for name in names)
    return frame.with_columns(*shifted)


def _starts(rates: Frame, rule: Rule) -> Frame:
    """Give where bursts start: ``video``, ``start``, and velocity and rate before."""
    following = [f"{name}_{step}" for step in range(1, rule.readings) for name in ("speed", "rate")]
    median = with_median_before(rates, "speed", "speed_before", by="video", order="now")
    known = (~nw.col("speed").is_null()).cast(nw.Int64())
    ahead = (rates if median is None else median).with_columns(
        *(
            nw.col(name).shift(-step).over("video", order_by=TIMESTAMP).alias(f"{name}_{step}")
            for step in range(1, rule.readings)
            for name in ("speed", "rate")
        ),
        (known.cum_sum().over("video", order_by=TIMESTAMP) - known).alias("intervals"),
        nw.col("speed").cum_min().over("video", order_by=TIMESTAMP).alias("least"),
        nw.col("now").cum_count().over("video", order_by=TIMESTAMP).alias("number"),
    )
    limit = nw.col("rate_before") * rule.share
    low = reduce(and_, (nw.col(name) < limit for name in ("rate", *following) if name.startswith("rate")))
    slowest = nw.min_horizontal(*(nw.col(name) for name in ("speed", *following) if name.startswith("speed")))
    # No median is below the least: most readings with low rates are ruled out before the join.
    above = slowest > nw.col("least") * rule.times
    enough = nw.col("intervals") >= rule.history
    possible = ahead.filter(low & above & enough & (nw.col("rate_before") > 0)).with_columns(
        nw.col("now").alias("start"), slowest.alias("slowest")
    )
    told = _with_median(possible, rates) if median is None else possible
    fast = nw.col("slowest") > nw.col("speed_before") * rule.times
    every = told.filter(fast & (nw.col("speed_before") > 0)).with_columns(
        nw.col("number").shift(1).over("video", order_by="start").alias("number_before")
    )
    # Starts in a row are one burst, that of the first: velocities above a median never lower it.
    onset = nw.col("number_before").is_null() | (nw.col("number") - nw.col("number_before") > 1)
    return every.filter(onset).select("video", "start", "speed_before", "rate_before")


def _with_median(possible: Frame, rates: Frame) -> Frame:
    """Add the median of the velocities before each possible start, where the engine has no window for it."""
    history = matched(possible.select("video", "start"), rates.select("video", "now", "speed"), on="video")
    before = history.filter((nw.col("now") < nw.col("start")) & ~nw.col("speed").is_null())
    medians = before.group_by("video", "start").agg(nw.col("speed").median().alias("speed_before"))
    return joined(possible, medians, ["video", "start"])
