"""By how much a change of a counting rule changed the velocity of views."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.defaults import FORECAST_MAX_GAP
from influtics_lab.metrics._bootstrap import Counts, Draws, Sample, draw_resamples, seed_generator, weighted_median
from influtics_lab.metrics._comparison_sample import to_frame_like
from influtics_lab.metrics._durations import Duration, parse_duration
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._tercile_rule import YOUNGEST
from influtics_lab.metrics._view_series import DAY_MS, MS, NEVER, Floats, Integers, ViewSeries, build_series
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.metrics.groups import check_draws
from influtics_lab.platforms import Rules, collect_rules

FEWEST: Final = 20
"""Below this number of videos on a side there is no answer."""
_NEAR, _FAR = DAY_MS, 8 * DAY_MS
"""Where the weeks before and after the day begin and end."""
_STEP: Final = DAY_MS // 4
"""Ages of the videos before the rule are compared on a grid of 6 hours."""
_LEVEL_PCT: Final = 90.0
_RESAMPLES: Final = 2_000
_COLUMNS: Final = look_up_columns("rule_change_effect")


def rule_change_effect(
    frame: FrameT,
    *,
    level_pct: float = _LEVEL_PCT,
    resamples: int = _RESAMPLES,
    seed: int = 0,
    max_gap: Duration = FORECAST_MAX_GAP,
    rules: Rules = (),
    by: str = "video_id",
) -> FrameT:
    """Return by how much each change of a counting rule changed the velocity of views, with an interval.

    With G the views gained in a week, D the day of the change, and a(i) the age of video i on that day::

        x_i    = ln(G(D + 1 d, D + 8 d) / G(D - 8 d, D - 1 d))   of each video that was read around the day
        c(a)   = median of ln(G(a + 1 d, a + 8 d) / G(a - 8 d, a - 1 d)) over other videos, all of it before the day
        effect = e^(median over i of x_i - c(a(i))) - 1

    A day on each side is left out, as views there are interpolated between readings before and after the change.
    Videos slow down as they age, so each is compared with others at equal age. The effect is one of
    velocity, not of level: what was counted before the day stays. It holds whatever else happened on the platform in
    these two weeks. Nothing is corrected by it.

    The interval is a percentile interval over draws of whole videos, which are in both medians. At 90 % it held jumps
    of 10, 30 and 100 % in 91 to 92 % of 200 simulated populations each (``tests/bench/rule_effect.py``).

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` (Datetime, UTC), ``platform`` and ``views`` (integers).
    level_pct : float
        How much of the draws the interval holds, in percent, from 50 to below 100.
    resamples : int
        How many draws.
    seed : int
        The same seed returns the same bytes.
    max_gap : str or datetime.timedelta
        The longest gap between two readings across which views are interpolated.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each rule of a platform of the frame, the earliest first:

        - ``rule`` (String), such as ``Instagram 2025-04-21``; ``change`` (String), what changed;
        - ``videos`` (Int64), how many were read around the day: at least 10 days old then, with a gain in both weeks;
          ``videos_before`` (Int64), with how many others, at the same ages before the day, they are compared;
        - ``effect_pct`` (Float64, %), ``effect_low_pct`` and ``effect_high_pct`` (Float64, %): null if refused;
        - ``level_pct`` (Float64, %);
        - ``refused`` (String): why there is no effect, as where there are fewer than 20 videos on either side; null
          where there is one.

        A lazy frame is computed at once; what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a parameter is not one of those above, views are not integers, or an instant is not in UTC.
    ConfigError
        If a counting rule is none, or comes twice.

    References
    ----------
    Card, D. and Krueger, A. B. (1994). Minimum wages and employment. American Economic Review 84(4), 772-793. (A
    difference of differences.)

    Examples
    --------
    One video is not enough:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a"] * 4,
    ...     "platform": ["Instagram"] * 4,
    ...     "published_at": [datetime(2025, 4, 1, tzinfo=UTC)] * 4,
    ...     "timestamp": [datetime(2025, 4, day, tzinfo=UTC) for day in (13, 20, 22, 29)],
    ...     "views": [1000, 1500, 1700, 2700],
    ... })
    >>> frame.pipe(rule_change_effect, max_gap="7d").select("rule", "effect_pct", "refused").rows()
    [('Instagram 2025-04-21', None, 'fewer than 20 videos around the day: 1')]
    """
    draws = check_draws("rule_change_effect", resamples, seed, level_pct)
    gap = parse_duration("rule_change_effect", "max_gap", max_gap)
    readings = open_readings(
        frame, "rule_change_effect", by=by, counts=("views",), instants=("published_at",), texts=("platform",)
    )
    known = collect_rules(rules)
    series = build_series(readings, known, gap, by=by)
    rows = []
    for place, rule in enumerate(known):
        own = series.rules[:, place] != NEVER
        if own.any():
            row = {"rule": rule.label, "change": rule.change, "level_pct": draws.level_pct}
            rows.append(
                row | dict(_measure_effect(_Weeks.gather(series, own, rule.starts_us // MS), draws, rule.label))
            )
    return to_frame_like(pl.DataFrame(rows, schema=_COLUMNS), frame)


@dataclass(frozen=True)
class _Weeks:
    """The logarithms of a week's gain over that of the week before: around the day, and before it at equal ages.

    Attributes
    ----------
    around : array of float
        Of each video; NaN where it was not read around the day.
    ages : array of int
        For each video the place in `before` of its age on the day.
    before : array of float
        A row for each age, of the videos that had it a week before the day or earlier.
    read : int
        How many videos were read around the day, also those without others to be compared with.
    """

    around: Floats
    ages: Integers
    before: Floats
    read: int

    @classmethod
    def gather(cls, series: ViewSeries, own: Any, day: int) -> _Weeks:
        """Return the weeks of the videos of a rule's platform, around the day on which it changed."""
        age = np.where(own & (series.published < day), day - series.published, 0)
        old_enough = age >= YOUNGEST + _FAR
        around = np.where(old_enough, _compare_weeks(series, age), np.nan)
        grid, ages = np.unique((age[np.isfinite(around)] + _STEP // 2) // _STEP * _STEP, return_inverse=True)
        places = np.zeros(len(age), dtype=np.int64)
        places[np.isfinite(around)] = ages
        before = np.full((len(grid), len(age)), np.nan)
        for row, step in enumerate(grid.tolist()):
            is_past = own & (series.published + step + _FAR <= day)
            before[row, is_past] = _compare_weeks(series, np.full(len(age), step))[is_past]
        few = np.isfinite(before).sum(axis=1) < FEWEST
        has_few = np.isin(places, np.flatnonzero(few))
        read = int(np.isfinite(around).sum())
        return cls(np.where(has_few, np.nan, around), places, np.where(few[:, np.newaxis], np.nan, before), read)

    @property
    def videos(self) -> int:
        """Return the number of videos around the day."""
        return int(np.isfinite(self.around).sum())

    @property
    def videos_before(self) -> int:
        """Return the number of videos before the day."""
        return int(np.isfinite(self.before).any(axis=0).sum())

    def estimate(self, counts: Counts) -> Floats:
        """Return the median of the differences, each video counted so often, for each row of counts."""
        medians = np.full((len(counts), len(self.before)), np.nan)
        for row, values in enumerate(self.before):
            order = np.argsort(values)[: int(np.isfinite(values).sum())]
            if len(order):
                medians[:, row] = weighted_median(values[order], counts[:, order])
        own = np.flatnonzero(np.isfinite(self.around))
        differences = self.around[own] - medians[:, self.ages[own]]
        order = np.argsort(differences, axis=1)
        reached = np.take_along_axis(counts[:, own], order, axis=1).cumsum(axis=1)
        ordered = np.take_along_axis(differences, order, axis=1)
        total, rows = reached[:, -1:], np.arange(len(counts))
        lower, upper = ((reached > half).argmax(axis=1) for half in ((total - 1) // 2, total // 2))
        estimates: Floats = (ordered[rows, lower] + ordered[rows, upper]) / 2.0
        return estimates


def _compare_weeks(series: ViewSeries, age: Integers) -> Floats:
    """Return ln of the views gained in the week after an age over those of the week before; NaN where one is not."""
    first, before, after, last = (series.interpolate(age + shift)[0] for shift in (-_FAR, -_NEAR, _NEAR, _FAR))
    with np.errstate(invalid="ignore", divide="ignore"):
        later, earlier = last - after, before - first
        return np.where((later > 0) & (earlier > 0), np.log(later / earlier), np.nan)


def _measure_effect(weeks: _Weeks, draws: Draws, label: str) -> Iterator[tuple[str, Any]]:
    """Yield the figures of a rule, or why there are none."""
    yield from (("videos", weeks.videos), ("videos_before", weeks.videos_before))
    for number, where in (
        (weeks.read, "around the day"),
        (weeks.videos_before, "at equal ages before the day"),
        (weeks.videos, "around the day that have enough others at equal age"),
    ):
        if number < FEWEST:
            yield "refused", f"fewer than {FEWEST} videos {where}: {number}"
            return
    used = np.isfinite(weeks.around) | np.isfinite(weeks.before).any(axis=0)
    own = _Weeks(weeks.around[used], weeks.ages[used], weeks.before[:, used], weeks.read)
    ones = np.ones(int(used.sum()))
    sample = Sample(views=ones, engagements=ones, units=np.arange(len(ones)))
    bits = seed_generator(draws.seed, label)
    drawn = np.concatenate([own.estimate(counts) for counts in draw_resamples(sample, draws.resamples, bits)])
    outside = (100.0 - draws.level_pct) / 200.0
    low, high = np.quantile(drawn, [outside, 1.0 - outside])
    exact = float(own.estimate(ones[np.newaxis].astype(np.int32))[0])
    for name, value in (("effect_pct", exact), ("effect_low_pct", low), ("effect_high_pct", high)):
        yield name, 100.0 * math.expm1(value)
