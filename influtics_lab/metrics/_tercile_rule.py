"""Forecasts of views from what similar videos did: the growth of the last day decides which videos are similar.

With V(a) a video's views at age a, t0 its age at its last visible reading and t1 the age that is asked for, each
calibrator has a growth ``g = ln(V(t0) / V(t0 - 1 d))`` and a ratio ``y = ln(V(t1) / V(t0))``, at least 0. Calibrators
are cut at the terciles of g. The m ratios of a video's own tercile make its forecast: the point is their median, the
upper limit the k-th smallest, k the level's share of m + 1, rounded up. All limits are ratios that occurred.

Where videos change, calibrators are behind. Past forecasts of the same group and tercile show by how much: each whose
outcome is known has a level up to which its limit was too low. The level's share of these is a level that would have
held its share of what came. One just above it is used where it is higher, and where it is lower only if limits held
more than the level beyond chance: by an interval of 95 %, with dates and videos as clusters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
import polars as pl

from influtics_lab.metrics._distributions import clustered_limits
from influtics_lab.metrics._view_series import DAY_MS, FLAGS, LEAST_VIEWS, NEVER, Floats, Integers, ViewSeries

YOUNGEST: Final = 2 * DAY_MS
_WEEK: Final = 7 * DAY_MS
_STEPS: Final = (DAY_MS // 4, DAY_MS)
"""Ages lie on a grid of 6 hours up to a week, then of days."""
_EXTENSION: Final = 1.5
"""How much longer ago calibrators may have been published where there would be too few for three terciles."""
_JUST_ABOVE: Final = Fraction(1, 10**9)
TERCILES: Final = ("slow", "middle", "fast")
_NAMES: Final = {1: ("undivided",), 2: ("slow", "fast"), 3: TERCILES}
_FLAGGED: Final = {"is_purge": "views were purged before", "is_burst": "a burst of views before"}

NO_PUBLICATION: Final = "publication date missing: add it with lab.with_published"
NO_PLATFORM: Final = "platform missing"
NO_VIEWS: Final = "no visible views"
TOO_YOUNG: Final = "younger than 2 days"
TOO_OLD: Final = "as old as the horizon, or older"
PASSED: Final = "the horizon passed without a reading"
TOO_FEW_VIEWS: Final = f"fewer than {LEAST_VIEWS} views"
NO_GROWTH: Final = "growth of the last day not available"
NO_CALIBRATORS: Final = "no calibrators on its platform"


@dataclass(frozen=True)
class Calibration:
    """The ratios y of the calibrators of one platform and age, sorted, in each tercile of growth."""

    edges: Floats
    ratios: tuple[Floats, ...]
    median: float

    @classmethod
    def cut(cls, growth: Floats, ratios: Floats) -> Calibration:
        """Return calibrators cut at the terciles of their growth; ties stay together, empty terciles are dropped."""
        edges = np.unique(np.quantile(growth, [1 / 3, 2 / 3], method="inverted_cdf"))
        edges = edges[edges < growth.max()]
        places = np.searchsorted(edges, growth)
        parts = tuple(np.sort(ratios[places == number]) for number in range(len(edges) + 1))
        return cls(edges, parts, float(np.median(ratios)))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the terciles, the slowest first."""
        return _NAMES[len(self.ratios)]


@dataclass(frozen=True)
class ForecastRule:
    """The settings of forecasts.

    Attributes
    ----------
    level : Fraction
        The share of outcomes that the interval holds.
    recent : int
        Calibrators were published at most so many milliseconds before the cut-off, or 1.5 times as many where these
        are too few.
    """

    level: Fraction
    recent: int

    @property
    def fewest(self) -> int:
        """Return how many calibrators a tercile needs, so that its largest ratio can be the upper limit."""
        return math.ceil(self.level / (1 - self.level))

    def correct_levels(self, past: pl.DataFrame) -> dict[tuple[int, str], Fraction]:
        """Return the levels at which limits would have held the level's share of what came, where they did not.

        Parameters
        ----------
        past : polars.DataFrame
            Past forecasts whose outcome is known: ``group``, ``tercile``, ``missed_to``, ``date`` and ``number``.

        Returns
        -------
        dict of (int, str) to Fraction
            Of each group and tercile whose level changes.
        """
        levels = {}
        for (group, tercile), rows in past.group_by("group", "tercile"):
            place = math.ceil((len(rows) + 1) * self.level)
            if place <= len(rows):
                level = rows["missed_to"].sort()[place - 1]
                if level >= self.level or self._held_too_much(rows):
                    levels[group, tercile] = Fraction(level).limit_denominator() + _JUST_ABOVE
        return levels

    def _held_too_much(self, past: pl.DataFrame) -> bool:
        """Return whether limits at the level held more than its share of what came, beyond chance."""
        held, dates, videos = (past[name].to_numpy() for name in ("missed_to", "date", "number"))
        low, _, _ = clustered_limits(held < float(self.level), dates, videos)
        return low > 100 * self.level


def find_limit(ratios: Floats, level: Fraction) -> float:
    """Return the ratio that is the upper limit, of sorted ones: at most the largest."""
    return float(ratios[min(math.ceil((len(ratios) + 1) * level), len(ratios)) - 1])


@dataclass(frozen=True)
class VideoForecasts:
    """What is forecast for each video at one instant: NaN where there is a reason against it.

    `base` are the views at the age on the grid, which the calibrators' `ratios` multiply. `missed_to` is the highest
    level at which the upper limit is below what came: r / (m + 1) where r of m ratios are smaller. It is of all the
    series' readings, those after the instant among them.
    """

    age: Integers
    now_at: Integers
    views: Integers
    now: Floats
    point: Floats
    ratio_point: Floats
    upper: Floats
    calibrators: Integers
    terciles: list[str | None]
    reasons: list[str | None]
    base: Floats
    ratios: list[Floats | None]
    missed_to: Floats

    def move_limits(self, groups: Integers, levels: Mapping[tuple[int, str], Fraction]) -> VideoForecasts:
        """Return the same with the upper limits at other levels, of videos of some groups and terciles."""
        upper = self.upper.copy()
        for number, (ratios, tercile) in enumerate(zip(self.ratios, self.terciles, strict=True)):
            level = levels.get((int(groups[number]), tercile)) if tercile else None
            if ratios is not None and level is not None and self.reasons[number] is None:
                limit = self.base[number] * math.exp(find_limit(ratios, level))
                upper[number] = max(self.now[number], limit)
        return replace(self, upper=upper)

    def to_table(self) -> pl.DataFrame:
        """Return one row for each video, with its number, and whether its forecast is a learner's (``boosted``)."""
        columns = ("age", "now_at", "views", "now", "point", "ratio_point", "upper", "calibrators", "missed_to")
        table = pl.DataFrame({name: getattr(self, name) for name in columns}, nan_to_null=True)
        boosted = [reason is None and ratios is None for reason, ratios in zip(self.reasons, self.ratios, strict=True)]
        return table.with_columns(
            pl.Series("tercile", self.terciles, dtype=pl.String),
            pl.Series("refused", self.reasons, dtype=pl.String),
            pl.Series("boosted", boosted, dtype=pl.Boolean),
        ).with_row_index("number")


def round_down(age: Integers) -> Integers:
    """Return ages in milliseconds on the grid.

    Examples
    --------
    >>> (round_down(np.array([2.3, 6.9, 7.9]) * DAY_MS) / DAY_MS).tolist()
    [2.25, 6.75, 7.0]
    """
    whole = age.astype(np.int64)
    return np.where(whole < _WEEK, whole // _STEPS[0] * _STEPS[0], whole // _STEPS[1] * _STEPS[1])


def forecast_views(
    series: ViewSeries, cutoff: int, horizon: Integers, rule: ForecastRule, flags: dict[str, Integers] | None = None
) -> VideoForecasts:
    """Return what is forecast for each video at an instant, from the readings up to it.

    Parameters
    ----------
    series : ViewSeries
    cutoff : int
        Milliseconds since 1970.
    horizon : array of int
        The age of each video that is asked for, in milliseconds.
    rule : ForecastRule
    flags : dict of str to array, optional
        When counters first misbehaved; else found for the videos for which it matters.
    """
    now_at, views = series.find_last(cutoff)
    age = np.where(now_at < 0, 0, now_at - series.published)
    start = round_down(age)
    reasons = _refuse_videos(series, cutoff, age, horizon, now_at)
    count = len(age)
    empty = {name: np.full(count, np.nan) for name in ("base", "point", "ratio_point", "upper", "missed_to")}
    made = VideoForecasts(
        age=age,
        now_at=now_at,
        views=views,
        now=np.where(now_at < 0, np.nan, views),
        calibrators=np.zeros(count, dtype=np.int64),
        terciles=[None] * count,
        reasons=reasons,
        ratios=[None] * count,
        **empty,
    )
    run = _Run(series, cutoff, rule, made)
    for numbers, first, last in _group_videos(series, start, horizon, reasons):
        run.forecast_group(numbers, first, last)
    _refuse_flagged(series, made, flags)
    return made


def _refuse_videos(
    series: ViewSeries, cutoff: int, age: Integers, horizon: Integers, now_at: Integers
) -> list[str | None]:
    """Return for each video why nothing can be forecast, as far as its own readings decide that."""
    reasons: list[str | None] = [None] * len(age)
    known = series.published != NEVER
    checks = (
        (now_at < 0, NO_VIEWS),
        (~known, NO_PUBLICATION),
        (series.videos["platform"].is_null().to_numpy(), NO_PLATFORM),
        (age < YOUNGEST, TOO_YOUNG),
        (age >= horizon, TOO_OLD),
        (series.published + horizon <= cutoff, PASSED),
    )
    for refused, text in reversed(checks):
        for number in np.flatnonzero(refused).tolist():
            reasons[number] = text
    for number, rule in np.argwhere(series.crosses_rule(horizon)).tolist():
        reasons[number] = reasons[number] or f"a counting rule changes before the horizon: {series.labels[rule]}"
    return reasons


def _group_videos(
    series: ViewSeries, start: Integers, horizon: Integers, reasons: list[str | None]
) -> Iterator[tuple[Integers, int, int]]:
    """Yield the videos that share platform, counting rule and both ages, if nothing has refused them yet."""
    asked = np.flatnonzero([reason is None for reason in reasons])
    if not len(asked):
        return
    keys = np.column_stack([series.groups[asked], start[asked], horizon[asked]])
    shared, places = np.unique(keys, axis=0, return_inverse=True)
    for place, (_, first, last) in enumerate(shared):
        yield asked[places.ravel() == place], int(first), int(last)


@dataclass(frozen=True)
class _Run:
    """One instant, and what is forecast from it."""

    series: ViewSeries
    cutoff: int
    rule: ForecastRule
    made: VideoForecasts

    def forecast_group(self, numbers: Integers, start: int, end: int) -> None:
        """Fill in what is forecast for videos of one group and age, or why nothing is."""
        growth, ratio, usable, known_at = self.series.measure_growth(start, end)
        views, _ = self.series.measure_at(start)
        alike = usable & (self.series.groups == self.series.groups[numbers[0]]) & (known_at <= self.cutoff)
        chosen = np.flatnonzero(alike & (self.series.published >= self.cutoff - self.rule.recent))
        if len(chosen) < len(TERCILES) * self.rule.fewest:
            chosen = np.flatnonzero(alike & (self.series.published >= self.cutoff - self.rule.recent * _EXTENSION))
        self._refuse(numbers[views[numbers] < LEAST_VIEWS], TOO_FEW_VIEWS)
        self._refuse(numbers[~(views[numbers] < LEAST_VIEWS) & np.isnan(growth[numbers])], NO_GROWTH)
        ready = numbers[(views[numbers] >= LEAST_VIEWS) & np.isfinite(growth[numbers])]
        if not len(chosen):
            self._refuse(ready, NO_CALIBRATORS)
            return
        calibration = Calibration.cut(growth[chosen], ratio[chosen])
        places = np.searchsorted(calibration.edges, growth[ready])
        for number in np.unique(places).tolist():
            own = ready[places == number]
            self._forecast_tercile(own, views, ratio[own], calibration, number)

    def _forecast_tercile(
        self, numbers: Integers, views: Floats, came: Floats, calibration: Calibration, place: int
    ) -> None:
        made, ratios, needed = self.made, calibration.ratios[place], self.rule.fewest
        made.calibrators[numbers] = len(ratios)
        for number in numbers.tolist():
            made.terciles[number] = calibration.names[place]
        if len(ratios) < needed:
            self._refuse(numbers, f"too few calibrators in its tercile: {len(ratios)}, of {needed} that are needed")
            return
        made.base[numbers] = views[numbers]
        limits = (made.point, np.median(ratios)), (made.ratio_point, calibration.median)
        for values, logarithm in (*limits, (made.upper, find_limit(ratios, self.rule.level))):
            values[numbers] = np.maximum(made.now[numbers], views[numbers] * math.exp(logarithm))
        made.missed_to[numbers] = np.where(np.isnan(came), np.nan, np.searchsorted(ratios, came) / (len(ratios) + 1))
        for number in numbers.tolist():
            made.ratios[number] = ratios

    def _refuse(self, numbers: Integers, reason: str) -> None:
        for number in numbers.tolist():
            self.made.reasons[number] = reason


def _refuse_flagged(series: ViewSeries, made: VideoForecasts, flags: dict[str, Integers] | None) -> None:
    """Refuse videos whose counters misbehaved before their last visible reading."""
    open_numbers = np.flatnonzero([reason is None for reason in made.reasons])
    found = series.find_flags(open_numbers) if flags is None else flags
    for name in FLAGS:
        for number in open_numbers[found[name][open_numbers] <= made.now_at[open_numbers]].tolist():
            made.reasons[number] = _FLAGGED[name]
            for limits in (made.point, made.ratio_point, made.upper):
                limits[number] = np.nan
