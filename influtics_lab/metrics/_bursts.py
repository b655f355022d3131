"""Inorganic bursts: views that come faster than before, and far less engaged than those before.

Each reading is judged by the window that ends there, against the history before that window::

    W             the time since two readings before, at least 6 hours
    history       the 8 W before the window, as far as there are readings: at least 3 W and 24 hours
    rate before   the lower of the history's incremental engagement rate and the cumulative one at its end

A burst starts where velocity in the window is above a multiple of the history's, the window's incremental engagement
rate is below a share of the rate before, *and* so few engagements are improbable. It ends at the first reading whose
window is back in velocity or in rate, both measured against the history before the start.

A count at a window's edge is interpolated between readings. Falls count as no gain, or likes that are taken back
would look like views without engagement.

Rows of an eager frame are sorted once: then the row before is the reading before, and the reading before an edge is
searched for. Other engines sort in each window, and insert a row at each edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from influtics_lab.metrics._engine import as_float, hours_between, join_matching, limit_us, percent_of, to_microseconds
from influtics_lab.visible_counts import TIMESTAMP, Frame

_READINGS: Final = 2
_SHORTEST_US: Final = limit_us(6)
_HISTORY: Final = 8
_LEAST_HISTORY: Final = 3
_LEAST_HISTORY_US: Final = limit_us(24)
_SIZE: Final = 60.0
"""Of the negative binomial: engagement rates of windows differ by 13 % (1 / sqrt(60)) beyond chance."""
_FILLED: Final = ("at", "views", "engagements", "views_slope", "engagements_slope", "cumulative_rate")


@dataclass(frozen=True)
class Rule:
    """When views count as a burst."""

    times: float
    share: float
    p: float


EVIDENCE: Final = {
    "window": "burst_window_hours",
    "speed": "burst_views_per_hour",
    "speed_before": "burst_views_per_hour_before",
    "rate": "burst_engagement_rate_pct",
    "rate_before": "burst_engagement_rate_before_pct",
    "p": "burst_p_value",
}
"""The columns of evidence, null at readings outside bursts, by the names that they have in this module."""


def find_bursts(frame: Frame, views: str, total: str, rule: Rule, *, by: str, key: str) -> Frame:
    """Return the readings that are in a burst: `by`, `key` and the columns of `EVIDENCE`, each reading once.

    Parameters
    ----------
    frame : narwhals frame
        With `by` and ``timestamp``.
    views, total : str
        The columns of the views and the engagements, hidden ones null.
    rule : Rule
        When views count as a burst.
    by : str
        The column that identifies a video.
    key : str
        The column that identifies a reading of a video.
    """
    measured = _measure_windows(_with_edges(_cumulate_counts(frame, views, total, by, key)))
    if isinstance(measured, nw.DataFrame):  # few videos have a reading at which a burst may start
        possible = measured.filter(_is_possible(rule))["video"].unique().to_list()
        measured = measured.filter(nw.col("video").is_in(possible))
        if measured.is_empty():
            nothing = (nw.lit(None, dtype=nw.Float64()).alias(column) for column in EVIDENCE.values())
            return measured.select(nw.col("video").alias(by), nw.col("key").alias(key), *nothing)
    windows = _with_stretches(measured, rule)
    readings = windows.select("video", "stretch", "key", "now", "window", "speed", "rate")
    after = join_matching(_find_starts(windows, rule), readings, on=["video", "stretch"])
    is_back = (nw.col("speed") <= nw.col("speed_before") * rule.times) | (
        nw.col("rate") >= nw.col("rate_before") * rule.share
    )
    ended = (
        after.filter(nw.col("now") >= nw.col("start"))
        .with_columns(nw.when(is_back).then(nw.col("now")).alias("end"))
        .with_columns(nw.col("end").min().over("video", "start"))
    )
    inside = ended.filter(nw.col("end").is_null() | (nw.col("now") < nw.col("end")))
    earliest = inside.with_columns(nw.col("start").min().over("video", "now").alias("first"))
    return earliest.filter(nw.col("start") == nw.col("first")).select(
        nw.col("video").alias(by),
        nw.col("key").alias(key),
        *(nw.col(name).alias(column) for name, column in EVIDENCE.items()),
    )


def _cumulate_counts(frame: Frame, views: str, total: str, by: str, key: str) -> Frame:
    """Return the readings with both counts: views and engagements gained since the first, window and history."""
    known = reduce(and_, (~nw.col(name).is_null() for name in (by, TIMESTAMP, views, total)))
    counts = frame.filter(known).select(
        nw.col(by).alias("video"),
        nw.col(key).alias("key"),
        to_microseconds(frame, TIMESTAMP).alias("now"),
        as_float(nw.col(views)).alias("views"),
        as_float(nw.col(total)).alias("engagements"),
    )
    if isinstance(counts, nw.DataFrame):
        counts = counts.sort("video", "now")
    span = nw.col("now") - _shift_rows(counts, "now", _READINGS)
    first = nw.col("now").min().over("video")
    risen = counts.with_columns(
        percent_of(nw.col("engagements"), nw.col("views")).alias("cumulative_rate"),
        *(
            _clip_falls(nw.col(count) - _shift_rows(counts, count, 1)).alias(count)
            for count in ("views", "engagements")
        ),
        nw.when(span < _SHORTEST_US).then(nw.lit(_SHORTEST_US)).otherwise(span).alias("length"),
        first.alias("first"),
    )
    opens = nw.col("now") - nw.col("length")
    begins = opens - nw.col("length") * _HISTORY
    return risen.with_columns(
        *(_over_video(counts, nw.col(count).cum_sum()).alias(count) for count in ("views", "engagements")),
        opens.alias("opens"),
        nw.when(begins < nw.col("first")).then(nw.col("first")).otherwise(begins).alias("begins"),
    )


def _with_edges(counts: Frame) -> Frame:
    """Add both counts at the start of each reading's window and of its history; keep readings with enough history."""
    gap = _shift_rows(counts, "now", -1) - nw.col("now")
    sloped = counts.with_columns(
        nw.col("now").alias("at"),
        *(
            nw.when(gap > 0)
            .then((_shift_rows(counts, count, -1) - nw.col(count)) / as_float(gap))
            .alias(f"{count}_slope")
            for count in ("views", "engagements")
        ),
    )
    covered = nw.col("opens") - nw.col("begins")
    enough = (covered >= nw.col("length") * _LEAST_HISTORY) & (covered >= _LEAST_HISTORY_US)
    if isinstance(sloped, nw.DataFrame):
        return _search_edges(sloped, enough)
    return _insert_edges(sloped, enough)


def _search_edges(sloped: nw.DataFrame[Any], enough: nw.Expr) -> nw.DataFrame[Any]:
    """Add both counts at the edges, from the reading before each, to readings that are in order."""
    readings = sloped.with_columns(nw.col("cumulative_rate").fill_null(strategy="forward").over("video"))
    readings = readings.with_row_index("row").with_columns(nw.col("row").min().over("video").alias("start"))
    now, with_history, lines = readings["now"].to_numpy(), readings.filter(enough), readings.select(*_FILLED)
    for instant in ("opens", "begins"):
        low, high, at = (with_history[name].to_numpy() for name in ("start", "row", instant))
        before = lines[_find_last_rows(now, low, high, at)]
        since = with_history[instant] - before["at"]
        with_history = with_history.with_columns(
            *(
                (before[count] + before[f"{count}_slope"] * since).alias(f"{count}_{instant}")
                for count in ("views", "engagements")
            ),
            before["cumulative_rate"].alias(f"cumulative_rate_{instant}"),
        )
    return with_history


def _find_last_rows(now: NDArray[Any], low: NDArray[Any], high: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """Return the last row between two that is not later than an instant; the first of them is not."""
    while (low < high).any():
        middle = (low + high + 1) // 2
        is_before = now[middle] <= at
        low, high = np.where(is_before, middle, low), np.where(is_before, high, middle - 1)
    return low


def _insert_edges(sloped: Frame, enough: nw.Expr) -> Frame:
    """Add both counts at the edges: a row inserted at each has the reading before, and the line to the one after."""
    readings = sloped.with_columns(
        nw.lit(0).alias("kind"), (nw.col("now") * 4).alias("order"), (nw.col("now") * 4).alias("pair")
    )
    parts: list[Any] = [readings]
    for kind, instant in enumerate(("opens", "begins"), 1):
        edge = readings.filter(enough).select(
            "video", nw.col(instant).alias("now"), nw.lit(kind).alias("kind"), (nw.col("pair") - kind).alias("pair")
        )
        parts.append(edge.with_columns((nw.col("now") * 4 + kind).alias("order")))
    around = nw.concat(parts, how="diagonal").with_columns(
        nw.col(name).fill_null(strategy="forward").over("video", order_by="order") for name in _FILLED
    )
    since = as_float(nw.col("now") - nw.col("at"))
    edges = around.with_columns(
        nw.when(nw.col("kind") == 0)
        .then(nw.col(count))
        .otherwise(nw.col(count) + nw.col(f"{count}_slope") * since)
        .alias(count)
        for count in ("views", "engagements")
    ).with_columns(
        nw.col(name).shift(kind).over("video", order_by="pair").alias(f"{name}_{instant}")
        for kind, instant in enumerate(("opens", "begins"), 1)
        for name in ("views", "engagements", "cumulative_rate")
    )
    with_history: Frame = edges.filter((nw.col("kind") == 0) & enough)
    return with_history


def _measure_windows(edges: Frame) -> Frame:
    """Add velocity and rate in the window, and before it."""
    gained, engaged = (nw.col(count) - nw.col(f"{count}_opens") for count in ("views", "engagements"))
    before, engaged_before = (
        nw.col(f"{count}_opens") - nw.col(f"{count}_begins") for count in ("views", "engagements")
    )
    measured = edges.select(
        "video",
        "key",
        "now",
        hours_between(nw.col("now"), nw.col("opens")).alias("window"),
        gained.alias("gained"),
        _clip_falls(engaged).alias("engaged"),
        (before / hours_between(nw.col("opens"), nw.col("begins"))).alias("speed_before"),
        percent_of(engaged_before, before).alias("rate_before"),
        nw.col("cumulative_rate_opens").alias("cumulative"),
        _over_video(edges, nw.col("now").cum_count()).alias("number"),
    )
    lower = nw.when(nw.col("cumulative") < nw.col("rate_before")).then(nw.col("cumulative"))
    return measured.with_columns(
        (nw.col("gained") / nw.col("window")).alias("speed"),
        percent_of(nw.col("engaged"), nw.col("gained")).alias("rate"),
        lower.otherwise(nw.col("rate_before")).alias("rate_before"),
    )


def _with_stretches(windows: Frame, rule: Rule) -> Frame:
    """Add the number of the stretch of a video: a burst lies in one, so its start is joined with few readings.

    A stretch begins where velocity or rate is back, whatever the history that it is measured against.
    """
    slowest = _over_video(windows, nw.col("speed_before").cum_min())
    highest = _over_video(windows, nw.col("rate_before").cum_max())
    is_back = (nw.col("speed") <= slowest * rule.times) | (nw.col("rate") >= highest * rule.share)
    numbered = windows.with_columns(is_back.fill_null(value=False).cast(nw.Int64()).alias("stretch"))
    return numbered.with_columns(_over_video(numbered, nw.col("stretch").cum_sum()))


def _find_starts(windows: Frame, rule: Rule) -> Frame:
    """Return where bursts start: ``video``, ``stretch``, ``start``, velocity and rate before, and the probability."""
    possible = windows.filter(_is_possible(rule)).with_columns(
        (nw.col("rate_before") / 100.0 * nw.col("gained")).alias("expected")
    )
    improbable = possible.with_columns(_tail_probability(nw.col("engaged"), nw.col("expected")).alias("p")).filter(
        nw.col("p") < rule.p
    )
    is_within_last = _is_within_last(improbable, rule).alias("is_within_last")
    starts = improbable.with_columns(is_within_last).filter(~nw.col("is_within_last"))
    return starts.select("video", "stretch", nw.col("now").alias("start"), "speed_before", "rate_before", "p")


def _is_possible(rule: Rule) -> nw.Expr:
    """Return whether views come faster than before, and are less engaged."""
    fast = nw.col("speed") > nw.col("speed_before") * rule.times
    low = nw.col("rate") < nw.col("rate_before") * rule.share
    return fast & low & (nw.col("speed_before") > 0)


def _is_within_last(starts: Frame, rule: Rule) -> nw.Expr:
    """Return whether a start adds nothing to that of the reading before: it is inside that burst and ends with it."""
    speed_before, rate_before = (_shift_rows(starts, name, 1) for name in ("speed_before", "rate_before"))
    goes_on = (nw.col("speed") > speed_before * rule.times) & (nw.col("rate") < rate_before * rule.share)
    ends_first = (nw.col("speed_before") >= speed_before) & (nw.col("rate_before") <= rate_before)
    is_next = nw.col("number") - _shift_rows(starts, "number", 1) == 1
    return (is_next & goes_on & ends_first).fill_null(value=False)


def _tail_probability(engaged: nw.Expr, expected: nw.Expr) -> nw.Expr:
    """Return how probable at most so few engagements are: the tail of a negative binomial of `_SIZE`.

    The probability of exactly so many, times 1 / (1 - q), where q is the ratio of the probability of one less to it:
    further down the ratio is smaller still. A bound that is 3 to 7 % above the tail where that is 1e-6, and exact at no
    engagement; null where q is not below 1.
    """
    total = expected + _SIZE
    exactly = (
        _log_gamma(engaged + _SIZE)
        - _log_gamma(engaged + 1.0)
        - math.lgamma(_SIZE)
        + engaged * (expected / total).log()
        + (_SIZE / total).log() * _SIZE
    )
    q = engaged * total / (expected * (engaged + (_SIZE - 1.0)))
    return nw.when(q < 1).then(exactly.exp() / (1.0 - q))


def _log_gamma(x: nw.Expr) -> nw.Expr:
    """Return the logarithm of the gamma function by Stirling's series, from 1 on within 0.0023."""
    return (x - 0.5) * x.log() - x + math.log(2 * math.pi) / 2 + 1.0 / (x * 12.0)


def _shift_rows(frame: Frame, column: str, rows: int) -> nw.Expr:
    """Return a column so many readings of the same video before."""
    if isinstance(frame, nw.DataFrame):  # in order
        return nw.when(nw.col("video") == nw.col("video").shift(rows)).then(nw.col(column).shift(rows))
    return _over_video(frame, nw.col(column).shift(rows))


def _over_video(frame: Frame, window: nw.Expr) -> nw.Expr:
    """Return a window over a video's readings by time; an eager frame is in that order already."""
    return window.over("video") if isinstance(frame, nw.DataFrame) else window.over("video", order_by="now")


def _clip_falls(gained: nw.Expr) -> nw.Expr:
    """Return what was gained, 0 where the count fell or there is no reading before."""
    return nw.when(gained > 0).then(gained).otherwise(nw.lit(0.0))
