"""Whole videos drawn again and again: how far a figure over videos would be another one with other videos.

Draws are raw 64-bit numbers of numpy's PCG64, whose stream numpy promises to keep (it may change what ``Generator``
makes of them), and sums run in the order of the videos' ids: the same seed gives the same bytes.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics 7(1), 1-26.
Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge. Sections 2.4 (groups of
observations that belong together are drawn together) and 5.3 (percentile intervals).
"""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = "Callable[[Sample, Floats], Floats]"
"""From a sample and how often each of its videos counts (one row for each resample) to one number a resample."""

FEWEST: Final = 5
"""Below this number of videos (or clusters) on a side there is no interval and no test."""

_CELLS: Final = 1 << 17  # what a core's cache holds: twice as fast as eight times of it
_HALF: Final = np.uint64(32)


@dataclass(frozen=True)
class Draws:
    """How often is drawn, from which seed, and how much of the draws an interval holds, in percent."""

    resamples: int
    seed: int
    level_pct: float


@dataclass(frozen=True)
class Sample:
    """Videos whose views and engagements are known, in the order of their ids.

    Attributes
    ----------
    views, engagements : array of float
        Of each video; views are above 0.
    units : array of int
        From 0: videos of the same unit are drawn together.
    """

    views: Floats
    engagements: Floats
    units: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.views)

    @cached_property
    def rates(self) -> Floats:
        """Each video's engagement rate in percent."""
        rates: Floats = self.engagements * 100.0 / self.views
        return rates

    @cached_property
    def drawn(self) -> int:
        """How many units there are to draw from."""
        return len(np.unique(self.units))

    @property
    def effective(self) -> float:
        """How many videos of equal views would weigh as much: (sum w)^2 / sum w^2 with w the views."""
        return math.fsum(self.views) ** 2 / math.fsum(self.views**2)


def pooled(sample: Sample, weights: Floats) -> Floats:
    """Sum of engagements over sum of views, in percent."""
    ratio: Floats = _summed(weights, sample.engagements) * 100.0 / _summed(weights, sample.views)
    return ratio


def mean(sample: Sample, weights: Floats) -> Floats:
    """Mean of the videos' rates."""
    average: Floats = _summed(weights, sample.rates) / weights.sum(axis=1)
    return average


def median(sample: Sample, weights: Floats) -> Floats:
    """Median of the videos' rates."""
    return weighted_median(sample.rates, weights)


def views_median(sample: Sample, weights: Floats) -> Floats:
    """Median of the videos' views."""
    return weighted_median(sample.views, weights)


ESTIMATORS: Final[Mapping[str, Figure]] = {"pooled": pooled, "mean": mean, "median": median}


def exact(estimator: str, sample: Sample) -> float:
    """Give an estimate of the sample itself: its sums are exact, whatever the order of the videos."""
    if estimator == "pooled":
        return math.fsum(sample.engagements) * 100.0 / math.fsum(sample.views)
    if estimator == "mean":
        return math.fsum(sample.rates) / len(sample)
    middle: float = statistics.median(sample.rates.tolist())
    return middle


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Give the median of values of which each counts a whole number of times, for each row of weights.

    Examples
    --------
    >>> weighted_median(np.array([3.0, 1.0, 9.0]), np.array([[1.0, 1, 1], [0, 2, 2], [2, 2, 0]]))
    array([3., 5., 2.])
    """
    order = np.argsort(values, kind="stable")
    reached = weights.take(order, axis=1).astype(np.int64).cumsum(axis=1)  # of integers: four times as fast
    total = reached[:, -1:]
    lower = (reached > (total - 1) // 2).argmax(axis=1)
    upper = (reached > total // 2).argmax(axis=1)
    middle: Floats = (values[order[lower]] + values[order[upper]]) / 2.0
    return middle


def generator(seed: int, *names: object) -> np.random.PCG64:
    """Give the bit generator of a seed and of what is drawn for, so that one group's draws know nothing of another's.

    Examples
    --------
    >>> generator(0, "TikTok").random_raw() == generator(0, "YouTube").random_raw()
    False
    """
    digest = hashlib.sha256(repr((seed, names)).encode()).digest()
    return np.random.PCG64(int.from_bytes(digest, "big"))


def chunks(rows: int, columns: int) -> Iterator[int]:
    """Give how many rows to do at a time, so that a matrix of floats of so many columns stays at about 1 MB."""
    size = max(1, _CELLS // max(1, columns))
    for start in range(0, rows, size):
        yield min(size, rows - start)


def resampled(sample: Sample, resamples: int, bits: np.random.PCG64, *, at_least: int = 0) -> Iterator[Floats]:
    """Give how often each video is drawn: a matrix of some resamples by all videos, until all resamples are done.

    `at_least` is the number of videos of another sample that is drawn beside this one, in as many rows at a time.
    """
    units = sample.drawn
    for rows in chunks(resamples, max(len(sample), at_least)):
        raw = np.asarray(bits.random_raw((rows, units)), dtype=np.uint64)
        picked = ((raw >> _HALF) * np.uint64(units) >> _HALF).astype(np.intp)
        picked += (np.arange(rows) * units)[:, np.newaxis]
        times = np.bincount(picked.ravel(), minlength=rows * units).reshape(rows, units)
        yield times.astype(np.float64)[:, sample.units]


def intervals(
    sample: Sample, figures: Mapping[str, Figure], *, resamples: int, level_pct: float, bits: np.random.PCG64
) -> dict[str, tuple[float, float] | tuple[None, None]]:
    """Give the percentile interval of each figure over resampled units; none below `FEWEST` units."""
    if sample.drawn < FEWEST:
        return dict.fromkeys(figures, (None, None))
    found: dict[str, list[Floats]] = {name: [] for name in figures}
    for weights in resampled(sample, resamples, bits):
        for name, figure in figures.items():
            found[name].append(figure(sample, weights))
    return {name: percentile_interval(np.concatenate(values), level_pct) for name, values in found.items()}


def percentile_interval(values: Floats, level_pct: float) -> tuple[float, float]:
    """Give the two quantiles between which the middle `level_pct` percent of the values lie.

    Examples
    --------
    >>> percentile_interval(np.arange(101.0), 90)
    (5.0, 95.0)
    """
    outside = (100.0 - level_pct) / 200.0
    low, high = np.quantile(values, [outside, 1.0 - outside])
    return float(low), float(high)


def _summed(weights: Floats, values: Floats) -> Floats:
    # Not a matrix product: that sums in another order on other processors.
    sums: Floats = (weights * values).sum(axis=1)
    return sums
