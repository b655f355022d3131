"""Sampling uncertainty of figures over videos: bootstrap over whole videos, or over whole clusters such as creators.

Reproducible to the last bit on every machine: draws are raw 64-bit numbers of numpy's PCG64, whose stream numpy
promises to keep (it may change what ``Generator`` makes of them), and sums that feed an interval are over whole numbers
(values scaled by a power of two and rounded, so that every sum stays below 2^53): those are exact in any order, also in
a matrix product.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics 7(1), 1-26.
Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge. Section 2.4 (observations
that belong together are drawn together).
Hesterberg, T. (2015). What Teachers Should Know About the Bootstrap. The American Statistician 69(4), 371-386. (The
expanded percentile interval.)
"""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from influtics_lab.metrics._distributions import t_quantile

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.integer[Any]] | Floats
"""How often each unit is drawn, in whole numbers: one row for each resample."""

FEWEST: Final = 5
"""Below this number of videos (or clusters) on a side there is no interval and no test; the least effective number."""

_CELLS: Final = 1 << 17  # what fits into a core's cache: eight times as much needs twice the time
_EXACT_BITS: Final = 52  # sums of whole numbers below 2^53 are exact
_DIGITS: Final = 12  # of a share of draws: another maths library must not change the bytes of a report


@dataclass(frozen=True)
class Draws:
    """How many resamples, from which seed, and the confidence level in percent."""

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
        """Return each video's engagement rate in percent."""
        return self.engagements * 100.0 / self.views

    @cached_property
    def drawn(self) -> int:
        """Return the number of units to draw from."""
        return len(np.unique(self.units))

    @cached_property
    def sizes(self) -> Floats:
        """Return the number of videos in the unit of each video."""
        return self.unit_sums(np.ones(len(self)))[self.units]

    def unit_sums(self, values: Floats) -> Floats:
        """Return the sum of a value over the videos of each unit."""
        sums = np.bincount(self.units, weights=values, minlength=self.drawn)
        return sums.astype(np.float64, copy=False)


class Figure(Protocol):
    """A figure over videos: exact, over resamples, and how its units weigh."""

    def exact(self, sample: Sample) -> float:
        """Return the figure of the sample itself, independent of the order of the videos."""

    def over(self, sample: Sample) -> Callable[[Counts], Floats]:
        """Return the function from how often each unit is drawn to the figure of each resample."""

    def weights(self, sample: Sample) -> Floats:
        """Return the weight of each unit in the figure."""


@dataclass(frozen=True)
class Ratio:
    """A sum over a sum, or a mean: ``numerators`` over ``denominators``, both of each video."""

    numerators: Callable[[Sample], Floats]
    denominators: Callable[[Sample], Floats]

    def exact(self, sample: Sample) -> float:
        """Return the ratio of the sample itself."""
        return math.fsum(self.numerators(sample)) / math.fsum(self.denominators(sample))

    def parts(self, sample: Sample) -> tuple[Floats, Floats]:
        """Return the sums of numerators and denominators of each unit."""
        return sample.unit_sums(self.numerators(sample)), sample.unit_sums(self.denominators(sample))

    def over(self, sample: Sample) -> Callable[[Counts], Floats]:
        """Return the function from counts to ratios."""
        columns, scales = whole_numbers(self.parts(sample))

        def compute_ratios(counts: Counts) -> Floats:
            sums = counts.astype(np.float64, copy=False) @ columns
            # views that are 0 in whole numbers of this scale count as one of them
            ratios: Floats = sums[:, 0] / np.maximum(sums[:, 1], 1.0) * (scales[1] / scales[0])
            return ratios

        return compute_ratios

    def weights(self, sample: Sample) -> Floats:
        """Return the denominators of the units: views of a pooled rate, numbers of videos of a mean."""
        return sample.unit_sums(self.denominators(sample))


@dataclass(frozen=True)
class Median:
    """The median of a value of each video."""

    values: Callable[[Sample], Floats]

    def exact(self, sample: Sample) -> float:
        """Return the median of the sample itself."""
        middle: float = statistics.median(self.values(sample).tolist())
        return middle

    def over(self, sample: Sample) -> Callable[[Counts], Floats]:
        """Return the function from counts to medians."""
        ordered, units = self.ordered(sample)
        largest_sum = sample.drawn * int(np.bincount(units).max())
        kind: type[np.integer[Any]] = np.int32 if largest_sum < 1 << 31 else np.int64

        def compute_medians(counts: Counts) -> Floats:
            return weighted_median(ordered, counts.astype(kind, copy=False).take(units, axis=1))

        return compute_medians

    def ordered(self, sample: Sample) -> tuple[Floats, NDArray[np.intp]]:
        """Return the values, rising, and the unit of each."""
        values = self.values(sample)
        order = np.argsort(values, kind="stable")
        return values[order], sample.units[order]

    def weights(self, sample: Sample) -> Floats:
        """Return the number of videos of each unit."""
        return sample.unit_sums(np.ones(len(sample)))


POOLED: Final = Ratio(lambda sample: sample.engagements * 100.0, lambda sample: sample.views)
"""The rate of views: sum of engagements over sum of views, in percent."""
MEAN: Final = Ratio(lambda sample: sample.rates, lambda sample: np.ones(len(sample)))
"""The rate of videos: mean of the videos' rates."""
UNIT_MEAN: Final = Ratio(lambda sample: sample.rates / sample.sizes, lambda sample: 1.0 / sample.sizes)
"""The rate of units, such as creators: mean over units of the mean rate of their videos."""
MEDIAN: Final = Median(lambda sample: sample.rates)
"""The rate of a typical video: median of the videos' rates."""
VIEWS_MEDIAN: Final = Median(lambda sample: sample.views)
ESTIMATORS: Final[Mapping[str, Ratio | Median]] = {"pooled": POOLED, "mean": MEAN, "median": MEDIAN}


def whole_numbers(columns: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return columns of values as a matrix of whole numbers, and the power of two by which each was multiplied.

    So large that sums of as many values as there are stay exact; each value keeps about 40 bits of the largest one.

    Examples
    --------
    >>> matrix, scales = whole_numbers([np.array([1.0, 0.5]), np.array([3.0, 4.0])])
    >>> (matrix / scales).tolist()
    [[1.0, 3.0], [0.5, 4.0]]
    """
    sizes = [max(float(np.abs(column).max(initial=0.0)), 1e-290) for column in columns]
    spare = math.ceil(math.log2(max(2, len(columns[0]))))
    scales = np.array([2.0 ** (_EXACT_BITS - spare - math.frexp(size)[1]) for size in sizes])
    matrix: Floats = np.rint(np.column_stack(columns) * scales)
    return matrix, scales


def weighted_median(ordered: Floats, counts: Counts) -> Floats:
    """Return the median of rising values of which each counts a whole number of times, for each row of counts.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 3.0, 9.0]), np.array([[1, 1, 1], [2, 0, 2], [2, 2, 0]]))
    array([3., 5., 2.])
    """
    reached = counts.cumsum(axis=1, dtype=counts.dtype)
    total = reached[:, -1:]
    lower = (reached > (total - 1) // 2).argmax(axis=1)
    upper = (reached > total // 2).argmax(axis=1)
    middle: Floats = (ordered[lower] + ordered[upper]) / 2.0
    return middle


def effective_number(weights: Floats) -> float:
    """Return how many units of equal weight would weigh as much: (sum w)^2 / sum w^2."""
    return math.fsum(weights) ** 2 / math.fsum(weights**2)


def seed_generator(seed: int, *names: object) -> np.random.PCG64:
    """Return the bit generator of a seed and names: the draws of groups are independent of each other.

    Examples
    --------
    >>> seed_generator(0, "TikTok").random_raw() == seed_generator(0, "YouTube").random_raw()
    False
    """
    digest = hashlib.sha256(repr((seed, names)).encode()).digest()
    return np.random.PCG64(int.from_bytes(digest, "big"))


def random_words(bits: np.random.PCG64, rows: int, columns: int) -> NDArray[np.uint32]:
    """Return a matrix of random 32-bit words: two of each 64-bit number, the lower half first; rows share no number."""
    raw = np.asarray(bits.random_raw((rows, (columns + 1) // 2)), dtype="<u8")
    return raw.view("<u4").astype(np.uint32, copy=False)[:, :columns]


def split_rows(rows: int, columns: int) -> Iterator[int]:
    """Yield how many rows to do at a time, so that a matrix of floats of so many columns stays at about 1 MB."""
    size = max(1, _CELLS // max(1, columns))
    for start in range(0, rows, size):
        yield min(size, rows - start)


def draw_resamples(sample: Sample, resamples: int, bits: np.random.PCG64, *, at_least: int = 0) -> Iterator[Counts]:
    """Yield how often each unit is drawn: matrices of some resamples by all units, until all resamples are done.

    `at_least` is the number of videos of another sample that is drawn beside this one, in as many rows at a time.
    """
    units = sample.drawn
    for rows in split_rows(resamples, max(len(sample), at_least)):
        picked = random_words(bits, rows, units).astype(np.uint64)
        picked *= np.uint64(units)
        picked >>= np.uint64(32)
        picked += (np.arange(rows, dtype=np.uint64) * np.uint64(units))[:, np.newaxis]
        counted = np.bincount(picked.view(np.int64).ravel(), minlength=rows * units)
        yield counted.astype(np.int32).reshape(rows, units)


def estimate_intervals(
    sample: Sample, figures: Mapping[str, Figure], *, resamples: int, level_pct: float, bits: np.random.PCG64
) -> dict[str, tuple[float, float] | tuple[None, None]]:
    """Return the expanded percentile interval of each figure; none below `FEWEST` units."""
    if sample.drawn < FEWEST:
        return dict.fromkeys(figures, (None, None))
    drawn = resampled_figures(sample, figures, resamples, bits)
    sizes = {name: effective_number(figure.weights(sample)) for name, figure in figures.items()}
    return {name: expanded_interval(drawn[name], level_pct, [(1.0, sizes[name])]) for name in figures}


def resampled_figures(
    sample: Sample, figures: Mapping[str, Figure], resamples: int, bits: np.random.PCG64
) -> dict[str, Floats]:
    """Return each figure of each resample."""
    drawn: dict[str, list[Floats]] = {name: [] for name in figures}
    over = {name: figure.over(sample) for name, figure in figures.items()}
    for counts in draw_resamples(sample, resamples, bits):
        floats = counts.astype(np.float64)  # once for all ratios
        for name, function in over.items():
            drawn[name].append(function(floats if isinstance(figures[name], Ratio) else counts))
    return {name: np.concatenate(values) for name, values in drawn.items()}


def expanded_interval(values: Floats, level_pct: float, sources: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the expanded percentile interval of a figure of one sample, or of a difference of two.

    A share of ``Phi(-c t(outside, df))`` of the draws is left out at each end, as resamples of n units vary too little
    by (n - 1) / n and the variance is itself estimated. For one sample ``c^2 = n / (n - 1)`` and ``df = n - 1``. For a
    difference, with v the variances of the two sides, ``c^2 = sum(v n / (n - 1)) / sum(v)`` and the degrees of
    freedom are those of Welch and Satterthwaite, ``sum(v)^2 / sum(v^2 / (n - 1))``.

    Parameters
    ----------
    values : array of float
        The figure of each resample.
    level_pct : float
    sources : sequence of (variance, n)
        Of each sample: the variance that it adds, and its effective number of units, counted as at least `FEWEST`.

    Examples
    --------
    >>> low, high = expanded_interval(np.linspace(-1, 1, 10_001), 95, [(1.0, 5.0)])
    >>> round(low, 3), round(high, 3)  # a plain percentile interval would be -0.95 to 0.95
    (-0.998, 0.998)
    """
    sizes = [max(float(FEWEST), n) for _, n in sources]
    spread = math.fsum(variance for variance, _ in sources)
    shares = [variance / spread if spread > 0.0 else 1.0 / len(sources) for variance, _ in sources]
    wider = math.fsum(share * n / (n - 1.0) for share, n in zip(shares, sizes, strict=True))
    df = 1.0 / math.fsum(share**2 / (n - 1.0) for share, n in zip(shares, sizes, strict=True))
    z = math.sqrt(wider) * t_quantile((100.0 - level_pct) / 200.0, df)
    outside = round(NormalDist().cdf(z), _DIGITS)
    low, high = np.quantile(values, [outside, 1.0 - outside])
    return float(low), float(high)
