"""Forecasts by gradient boosting in the place of terciles, calibrated alike: needs scikit-learn.

The learner knows a video's age and views, and its growth in the last day, in the day before and since its first day. It
predicts the logarithm of the ratio, at all ages of all calibrators at once: its median, and the level's quantile. The
quantile is shifted until it holds the level's share of the most recent calibrators, which it has not learned from.
Predictions lie within the ratios that were learned, so they cannot explode.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from influtics_lab.errors import ConfigError
from influtics_lab.metrics._tercile_rule import YOUNGEST, ForecastRule, VideoForecasts, round_down
from influtics_lab.metrics._view_series import DAY_MS, Floats, Integers, ViewSeries

FEWEST_VIDEOS: Final = 100
"""With fewer calibrators on a platform, the limits of terciles stay."""
_SETTINGS: Final = {"max_iter": 80, "learning_rate": 0.1, "max_leaf_nodes": 15, "min_samples_leaf": 30}
_LEARNED: Final = 0.7
"""The share of the calibrators, the oldest, that the learner learns from; the others calibrate its quantile."""


def load_learner() -> Any:
    """Return scikit-learn's class; raise where it is not installed."""
    try:
        return importlib.import_module("sklearn.ensemble").HistGradientBoostingRegressor
    except ImportError:
        raise ConfigError(
            "method='boosting' needs scikit-learn, which is not installed: pip install 'influtics-lab[forecast]'."
        ) from None


def boost_forecasts(series: ViewSeries, cutoff: int, horizon: int, rule: ForecastRule, made: VideoForecasts) -> None:
    """Replace points and upper limits of the videos that have a forecast, where there are enough calibrators.

    Parameters
    ----------
    series : ViewSeries
    cutoff, horizon : int
        The instant, and the age that is asked for, in milliseconds.
    rule : ForecastRule
    made : VideoForecasts
        Those of the terciles, which are changed.
    """
    regressor = load_learner()
    ready = np.flatnonzero([reason is None for reason in made.reasons])
    for group in np.unique(series.groups[ready]).tolist():
        numbers = ready[series.groups[ready] == group]
        learned = _Learned.fit(regressor, series, (cutoff, horizon), rule, group)
        if learned is None:
            continue
        starts = round_down(made.age[numbers])
        for start in np.unique(starts).tolist():
            own = numbers[starts == start]
            ratio, limit = learned.predict(_describe(series, own, start))
            for values, logarithm in ((made.point, ratio), (made.upper, limit)):
                values[own] = np.maximum(made.now[own], made.base[own] * np.exp(logarithm))
            for number in own.tolist():
                made.ratios[number] = None


@dataclass(frozen=True)
class _Learned:
    """What was learned from the calibrators of one platform at one instant."""

    columns: Sequence[int]
    middle: Any
    upper: Any
    shift: float

    @classmethod
    def fit(
        cls, regressor: Any, series: ViewSeries, instants: tuple[int, int], rule: ForecastRule, group: int
    ) -> _Learned | None:
        """Return what was learned; None of fewer than `FEWEST_VIDEOS`."""
        parts = list(_gather(series, *instants, rule, group))
        videos = np.concatenate([own for own, _, _ in parts])
        if len(np.unique(videos)) < FEWEST_VIDEOS:
            return None
        known, target = np.vstack([rows for _, rows, _ in parts]), np.concatenate([ratio for _, _, ratio in parts])
        is_old = series.published[videos] <= np.quantile(series.published[videos], _LEARNED)
        columns = [n for n in range(known.shape[1]) if _varies(known[is_old, n])]
        rows, level = known[:, columns], float(rule.level)
        middle = regressor(loss="absolute_error", random_state=0, **_SETTINGS).fit(rows[is_old], target[is_old])
        upper = regressor(loss="quantile", quantile=level, random_state=0, **_SETTINGS).fit(
            rows[is_old], target[is_old]
        )
        shift = float(np.quantile(target[~is_old] - upper.predict(rows[~is_old]), level)) if (~is_old).any() else 0.0
        return cls(columns, middle, upper, shift)

    def predict(self, known: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms of the ratio and of its upper limit, neither below 0."""
        rows = known[:, self.columns]
        ratio, limit = self.middle.predict(rows), self.upper.predict(rows) + self.shift
        return np.maximum(ratio, 0.0), np.maximum(np.maximum(limit, ratio), 0.0)


def _gather(
    series: ViewSeries, cutoff: int, horizon: int, rule: ForecastRule, group: int
) -> Iterator[tuple[Integers, Floats, Floats]]:
    """Yield calibrators, what is known of them, and their ratios, at each half day up to the horizon."""
    recent = (series.groups == group) & (series.published >= cutoff - rule.recent)
    for age in np.unique(round_down(np.arange(YOUNGEST, horizon, DAY_MS // 2))).tolist():
        _, ratio, usable, known_at = series.measure_growth(age, horizon)
        own = np.flatnonzero(recent & usable & (known_at <= cutoff))
        yield own, _describe(series, own, age), ratio[own]


def _describe(series: ViewSeries, numbers: Integers, age: int) -> Floats:
    """Return what the learner knows of videos at an age."""
    views, before, two_before, first = (
        series.measure_at(at)[0][numbers] for at in (age, age - DAY_MS, max(age - 2 * DAY_MS, 1), DAY_MS)
    )
    with np.errstate(all="ignore"):
        growth = [np.log(views / before), np.log(before / two_before), np.log(views / first)]
        known: Floats = np.column_stack([np.full(len(numbers), age / DAY_MS), np.log(views), *growth])
    known[~np.isfinite(known)] = np.nan
    return known


def _varies(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() < finite.max())
