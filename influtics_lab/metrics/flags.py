"""Flags of counters that misbehave: which readings need review, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._bursts import EVIDENCE, Rule, find_bursts
from influtics_lab.metrics._engagement_parts import PARTS, with_sum
from influtics_lab.metrics._engine import FrameT, as_float, collect_in_order, join_left, limit_us, to_lazy, to_native
from influtics_lab.metrics._frame_checks import check_number, open_readings
from influtics_lab.metrics._intervals import IntervalColumns, with_intervals
from influtics_lab.metrics._rule_crossings import has_platform, name_crossed
from influtics_lab.metrics._stalls import Names, with_pace, with_unchanged
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import CountingRule, Rules, collect_rules
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import (
    LIKES_NEVER_ABOVE_VIEWS,
    TIMESTAMP,
    Frame,
    find_free_prefix,
    is_placed,
    with_hidden,
)

_ADDED: Final = tuple(look_up_columns("flag_counters"))


@dataclass(frozen=True)
class _Purges:
    """The thresholds above which falls are purges."""

    pct: float
    views: float
    deviations: float

    def is_purge(self, count: str, before: nw.Expr, now: nw.Expr) -> nw.Expr:
        """Return whether a count fell by more than chance and corrections explain."""
        lost = before - now
        by_chance = self.views if count == "views" else before**0.5 * self.deviations
        return (before > 0) & (lost > by_chance) & (lost * 100.0 / before > self.pct)


def flag_counters(
    frame: FrameT,
    *,
    by: str = "video_id",
    purge_pct: float = 1.0,
    purge_views: float = 10.0,
    purge_deviations: float = 3.0,
    hidden_above_views: int = LIKES_NEVER_ABOVE_VIEWS,
    cached_hours: float = 1.0,
    stalled_hours: float = 8.0,
    stalled_p: float = 5e-6,
    burst_times: float = 1.5,
    burst_share: float = 0.35,
    burst_p: float = 2e-6,
    rules: Rules = (),
) -> FrameT:
    """Add whether each reading's counters misbehave: eight flags, each with its evidence.

    "Before" is the previous reading in which that count is visible: present, not hidden, and of no failed poll.

    ================== ================================================================================================
    ``is_purge``       views fell by more than `purge_pct` % and by more than `purge_views`, or another count by more
                       than `purge_pct` % and by more than `purge_deviations` times its square root
    ``is_correction``  a count fell otherwise
    ``is_hidden``      views are 0 after a value above 0; another count is 0 and its last visible value before was above
                       5 (8, 0: hidden; 8, 3, 0: a true zero); likes are 0 at all readings of a video with more than
                       `hidden_above_views` views
    ``is_failed_poll`` views are hidden and every other reported count is 0: no count of this reading is used
    ``is_cached``      all counts have been the same for less than `cached_hours`: the same answer again, no stall
    ``is_stalled``     views and all other visible counts have been the same for `stalled_hours` or longer, although the
                       views gained in the 24 hours before make that less probable than `stalled_p`
    ``is_burst``       views come faster than `burst_times` times the velocity of the history before, their engagement
                       rate is below `burst_share` times the rate before, and so few engagements are less probable than
                       `burst_p`; until velocity or rate is back
    ``is_rule_change`` the first reading after the platform changed what a view is (`CountingRule`), if there is one
                       before: neither gains across it nor counts before and after it are alike
    ================== ================================================================================================

    A fall is a correction, never a counter that restarted. A burst is consistent with paid or invalid traffic, which
    it does not prove. ``likes_fall_pct`` and the like show which count fell. Read daily, growth hides purges: what is
    taken back within a day is seen only where it is more than the day's gain. Small videos hold too little evidence of
    stalls and bursts.

    With g the hours without a change and r the views per hour of the 24 hours before, interpolated between readings (no
    stall where these are not bracketed), no view at all has the probability ``(1 + 4 r) ** (-g / 4)``: negative
    binomial with mean g r and size g / 4 h, as views come in waves. `stalled_hours` is longer than the 6 hours after
    which platforms refresh their counters at the latest.

    Bursts are judged over the last W: the time since two readings before, at least 6 hours. Before it lies the history:
    8 W, or as much as there is, at least 3 W and 24 hours. The rate before is the lower of the history's incremental
    rate and the cumulative one at its end. The probability of so few engagements is that of a negative binomial with
    mean rate before x views gained and size 60. A burst ends at the first reading whose W is back in velocity or rate,
    measured against the history before its start. Counts between readings are interpolated, falls count as no gain.

    By ``tests/bench/flags.py``, 400 simulated videos a line, 5 % of views engage::

        clean, rhythmic, refreshed every 2 to 6 h   purges in 0 %, stalls in 0.2 % at most, bursts in 0 % of videos
        organic waves at half the usual rate        bursts in 4.0 % at most
        stalls of 24 h, hourly readings             77 % found at 1,000 views, 98 % at 2,000, 100 % at 5,000
        purges of 2 and 5 % of views at 20 days     98 and 100 % found with hourly readings, 13 and 98 % with daily ones
        bursts x5 of 12 h, hourly readings          88 % found at 20,000 views, 97 % at 100,000, after 4 and 3 h
        bursts x5 of 48 h, daily readings           92 % found at 20,000 views, 94 % at 100,000, after 48 h

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC), ``views``, ``likes``, ``comments`` and ``reposts`` (integers; null
        where the platform has none).
    by : str
        The column that identifies a video.
    purge_pct : float
        The largest fall that is a correction, in % of the count before.
    purge_views : float
        The largest fall of views that is a correction whatever its share.
    purge_deviations : float
        The largest fall of another count that is a correction whatever its share, in square roots of the count before.
    hidden_above_views : int
        More views than these make likes that are 0 throughout hidden ones. For these flags alone: rates always use
        1,000.
    cached_hours : float
        For how long the same counts are the same answer.
    stalled_hours : float
        The shortest stall.
    stalled_p : float
        How improbable a stall is at least, above 0 and at most 1.
    burst_times, burst_share : float
        How much faster than before a burst is at least, and which share of the rate before it stays below.
    burst_p : float
        How improbable so few engagements are at least, above 0 and at most 1.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known. They need ``platform``; a rule of Shorts is about videos of YouTube
        for which a column ``is_short`` (Boolean) is not false.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, the counts as they came, with the flags ``is_correction``, ``is_purge``,
        ``is_hidden``, ``is_failed_poll``, ``is_cached``, ``is_stalled``, ``is_burst`` and ``is_rule_change`` (Boolean,
        never null: null counts as false), and the evidence:

        ``views_fall_pct`` and the same for likes, comments and reposts (Float64, %): by how much the count fell, of
        its value before; null where it did not, or is missing or hidden.

        ``hidden_counts`` (String, such as ``likes+comments``): null where none is hidden.

        ``views_before_failed_poll`` (Int64, count): the last visible views before a failed poll, null elsewhere.

        ``unchanged_hours`` (Float64, hours): since the first of the readings in a row with these same counts; null
        where a count changed and at a video's first reading. Counts that are missing or hidden do not count.

        ``expected_views`` (Float64, count): ``unchanged_hours`` times the views per hour of the 24 hours up to that
        first reading; null where either is not known or views fell in these hours. ``unchanged_p_value`` (Float64, 0 to
        1): how probable no view in that time is; null where ``expected_views`` is.

        ``burst_window_hours`` (Float64, hours): W. This and all that follow are null outside bursts.
        ``burst_views_per_hour``, ``burst_views_per_hour_before`` (Float64, count per hour): velocity in the W that ends
        here, and in the history before the burst began. ``burst_engagement_rate_pct``,
        ``burst_engagement_rate_before_pct`` (Float64, %): the incremental rate in that W, and the rate before the
        burst. ``burst_p_value`` (Float64, 0 to 1): how probable so few engagements were where the burst began, at most
        7 % too high at 1e-6. Only readings with views and engagements (see `engagement_rate`) are judged.

        ``rule_changed`` (String): the counting rules that changed since the reading before, such as
        ``Instagram 2025-04-21``; "if a Short" where that is not known; null where none did.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a threshold is out of its range, a count is not an integer, ``timestamp`` is not in UTC, or a reading comes
        twice (not checked in lazy frames).
    ConfigError
        If a counting rule is none, or comes twice.

    Notes
    -----
    Flags look at all readings of a video, before and after: compute them before readings are filtered away.

    Examples
    --------
    Likes are corrected, then hidden; the last reading is the same answer again:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 30, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a"] * 4,
    ...     "timestamp": [start + timedelta(hours=hours) for hours in (0, 24, 48, 48.5)],
    ...     "views": [10_000, 12_000, 13_000, 13_000],
    ...     "likes": [500, 499, 0, 0],
    ...     "comments": [7, 9, 9, 9],
    ...     "reposts": [None, None, None, None],
    ... }, schema_overrides={"reposts": pl.Int64})
    >>> flagged = frame.pipe(flag_counters)
    >>> flagged.select("is_correction", "likes_fall_pct", "hidden_counts", "is_cached", "unchanged_hours").rows()
    [(False, None, None, False, None),
     (True, 0.2, None, False, None),
     (False, None, 'likes', False, None),
     (False, None, 'likes', True, 0.5)]
    """
    limits = {
        name: check_number("flag_counters", name, value, low, high)
        for name, value, low, high in (
            ("purge_pct", purge_pct, 0, math.inf),
            ("purge_views", purge_views, 0, math.inf),
            ("purge_deviations", purge_deviations, 0, math.inf),
            ("hidden_above_views", hidden_above_views, 0, math.inf),
            ("cached_hours", cached_hours, 0, math.inf),
            ("stalled_hours", stalled_hours, 0, math.inf),
            ("stalled_p", stalled_p, 0, 1),
            ("burst_times", burst_times, 1, math.inf),
            ("burst_share", burst_share, 0, 1),
            ("burst_p", burst_p, 0, 1),
        )
    }
    plain = open_readings(frame, "flag_counters", by=by, counts=COUNTS).drop(*_ADDED, strict=False)
    names = Names(find_free_prefix(plain))
    above = limits["hidden_above_views"]
    masked = with_hidden(plain, names.hidden, by=by, above_views=above, failed=names.failed)
    purges = _Purges(limits["purge_pct"], limits["purge_views"], limits["purge_deviations"])
    paced = with_pace(_with_falls(masked, names, purges, frame, by), names, frame, by)
    rule = Rule(limits["burst_times"], limits["burst_share"], limits["burst_p"])
    evident = to_lazy(_with_bursts(with_unchanged(paced, names, by), names, rule, frame, by))
    flags = _derive_flags(names, limits["cached_hours"], limits["stalled_hours"], limits["stalled_p"])
    flagged = _with_rule_changes(evident.with_columns(*flags), names, collect_rules(rules), by)
    return to_native(flagged.select(*plain.collect_schema().names(), *_ADDED), frame)


def _with_rule_changes(frame: Frame, names: Names, rules: Sequence[CountingRule], by: str) -> Frame:
    """Add which counting rules changed since the reading before."""
    changed = nw.lit(None, dtype=nw.String())
    if has_platform(frame):
        before = nw.col(names.now).shift(1).over(by, order_by=TIMESTAMP)
        frame = frame.with_columns(nw.when(is_placed(by)).then(before).alias(names.before))
        changed = name_crossed(frame, rules, nw.col(names.before), nw.col(names.now))
    named = frame.with_columns(changed.alias("rule_changed"))
    return named.with_columns((~nw.col("rule_changed").is_null()).alias("is_rule_change"))


def _with_falls(frame: Frame, names: Names, purges: _Purges, like: object, by: str) -> Frame:
    """Add by how much each count fell, whether that is a purge or a correction, and whether all are as before."""
    failed = nw.col(names.failed)
    masked = frame.with_columns(
        nw.when(~(nw.col(hidden) | failed)).then(nw.col(count)).alias(names.shown[count])
        for count, hidden in names.hidden.items()
    )

    def derive_falls(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
        same, here, purged, corrected = [], [], [], []
        for count, interval in intervals.items():
            now, before = interval.value(), interval.value(1)
            fall = (now < before) & (before > 0)
            fall_pct = as_float(interval.gain()) * -100.0 / as_float(before)
            yield nw.when(fall).then(fall_pct).alias(f"{count}_fall_pct")
            is_purge = _or_false(purges.is_purge(count, as_float(before), as_float(now)))
            purged.append(is_purge)
            corrected.append(_or_false(fall) & ~is_purge)
            same.append(now.is_null() | _or_false(now == before))
            here.append(~now.is_null())
        yield reduce(or_, here).alias(names.here)
        yield (reduce(or_, here) & reduce(and_, same)).alias(names.same)
        yield reduce(or_, purged).alias("is_purge")
        yield reduce(or_, corrected).alias("is_correction")

    rows = collect_in_order(masked, like)
    masked = masked if rows is None else rows
    return with_intervals(masked, {count: nw.col(name) for count, name in names.shown.items()}, derive_falls, by=by)


def _with_bursts(frame: Frame, names: Names, rule: Rule, like: object, by: str) -> Frame:
    parts = {part: names.shown[part] for part in PARTS}
    summed = with_sum(frame, parts, names.total, names.label, leave_out=True, by=by)
    rows, key = collect_in_order(summed, like), TIMESTAMP
    if rows is not None:  # a number is found much faster than video and instant
        summed, key = rows.with_row_index(names.place), names.place
    bursts = find_bursts(summed, names.shown["views"], names.total, rule, by=by, key=key)
    return join_left(summed, bursts if rows is None else bursts.drop(by), [by, key] if rows is None else [key])


def _derive_flags(names: Names, cached_hours: float, stalled_hours: float, stalled_p: float) -> Iterator[nw.Expr]:
    hidden = {count: nw.col(column) for count, column in names.hidden.items()}
    same, improbable = nw.col(names.same), nw.col("unchanged_p_value") < stalled_p
    lasted = nw.col(names.now) - nw.col(names.since)  # in microseconds, as hours have no exact limits
    cached = same & _or_false(lasted < limit_us(cached_hours))
    stalled = same & _or_false(lasted >= limit_us(max(stalled_hours, cached_hours))) & _or_false(improbable)
    any_hidden = reduce(or_, hidden.values())
    joined = nw.concat_str(
        *(nw.when(is_hidden).then(nw.lit(count)) for count, is_hidden in hidden.items()),
        separator="+",
        ignore_nulls=True,
    )
    yield any_hidden.alias("is_hidden")
    yield nw.col(names.failed).alias("is_failed_poll")
    yield nw.when(nw.col(names.failed)).then(nw.col(names.visible).cast(nw.Int64())).alias("views_before_failed_poll")
    yield cached.alias("is_cached")
    yield (stalled & ~nw.col(names.shown["views"]).is_null()).alias("is_stalled")
    yield (~nw.col(EVIDENCE["speed_before"]).is_null()).alias("is_burst")
    yield nw.when(any_hidden).then(joined).alias("hidden_counts")


def _or_false(condition: nw.Expr) -> nw.Expr:
    """Treat null as false."""
    return condition.fill_null(value=False)
