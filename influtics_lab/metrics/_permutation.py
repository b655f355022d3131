"""Differences between two groups of videos: interval, effect size, and permutation test.

The null of the test is that both groups have the same distribution: groups with equal figures but different spreads
are not part of it. Studentised statistics keep the test close to its level also there: the difference of medians over
its standard error, and that of means and of pooled rates, each to the power -1/2. Rates are skewed to the right, and a
few of them that lack the tail have both a low mean and a small standard error: of lognormal rates the standard error
grows with about the power 3/2 of the mean, which that transform undoes. Of means and pooled rates the p value is the
larger of that of the permutation and that of a bootstrap of the same statistic, in which each side keeps its own
spread (``tests/bench/coverage.py``).

References
----------
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian J. of Statistics 6, 65-70.
Cliff, N. (1993). Dominance statistics: ordinal analyses to answer ordinal questions. Psychological Bulletin 114(3),
494-509.
Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the generalized Behrens-Fisher problem.
Statistics & Probability Letters 36(1), 9-21.
Chung, E. and Romano, J. P. (2013). Exact and asymptotically robust permutation tests. The Annals of Statistics 41(2),
484-507. (Of medians.)
Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall. Section 12.5 (bootstrap-t)
and 12.6 (of a figure transformed so that its standard error does not depend on it).
McKean, J. W. and Schrader, R. M. (1984). A comparison of methods for studentizing the sample median. Communications in
Statistics - Simulation and Computation 13(6), 751-773.
Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in Genetics
and Molecular Biology 9(1), 39.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influtics_lab.metrics._bootstrap import (
    Counts,
    Draws,
    Figure,
    Floats,
    Median,
    Ratio,
    Sample,
    draw_resamples,
    effective_number,
    expanded_interval,
    random_words,
    seed_generator,
    split_rows,
    whole_numbers,
)

_TOLERANCE: Final = 1e-9
_SMALLEST: Final = 1e-290
_Z: Final = 1.96
_LEAST_ERROR: Final = 0.6  # of the observed standard error, in resamples: those that miss an outlier must not decide


@dataclass(frozen=True)
class Side:
    """One group: its name, its videos, and each one's age band."""

    name: Any
    sample: Sample
    bands: NDArray[np.intp]

    @cached_property
    def unit_bands(self) -> NDArray[np.intp]:
        """Return the age band of each unit that is drawn together: that of its middle video, the younger of two."""
        order = np.lexsort((self.bands, self.sample.units))
        sizes = np.bincount(self.sample.units)
        middle = sizes.cumsum() - sizes + (sizes - 1) // 2
        bands: NDArray[np.intp] = self.bands[order][middle]
        return bands


def adjust_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Return Holm's adjusted p-values, in the order that came; None stays and does not count.

    Examples
    --------
    >>> adjust_p_values([0.25, 0.0625, None, 0.5])
    [0.5, 0.1875, None, 0.5]
    """
    known = sorted((p, n) for n, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, n) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        adjusted[n] = largest
    return adjusted


class Dominance:
    """Cliff's delta of two samples: the share of pairs of videos with rate a > rate b, minus the share with a < b.

    Examples
    --------
    >>> a, b = (Sample(np.ones(2), np.array(rates), np.arange(2)) for rates in ([2.0, 3.0], [1.0, 2.0]))
    >>> Dominance(a, b).over(np.ones((1, 2), dtype=np.int64), np.ones((1, 2), dtype=np.int64))
    array([0.75])
    """

    def __init__(self, a: Sample, b: Sample) -> None:
        order_a, order_b = (np.argsort(side.rates, kind="stable") for side in (a, b))
        self._units_a, self._units_b = a.units[order_a], b.units[order_b]
        ranked = b.rates[order_b]
        self._below, self._up_to = (np.searchsorted(ranked, a.rates[order_a], side=side) for side in ("left", "right"))
        self._ties = bool((self._below != self._up_to).any())
        largest = a.drawn * int(np.bincount(a.units).max()) * b.drawn * int(np.bincount(b.units).max())
        self._kind: type[np.integer[Any]] = np.int32 if 2 * largest < 1 << 31 else np.int64

    def over(self, counts_a: Counts, counts_b: Counts) -> Floats:
        """Return the delta of each resample, from how often each unit of both sides is drawn."""
        of_a = counts_a.astype(self._kind).take(self._units_a, axis=1)
        of_b = counts_b.astype(self._kind).take(self._units_b, axis=1)
        reached = np.zeros((len(of_b), of_b.shape[1] + 1), dtype=self._kind)
        of_b.cumsum(axis=1, out=reached[:, 1:])
        below = reached.take(self._below, axis=1)
        twice = below + reached.take(self._up_to, axis=1) if self._ties else 2 * below
        total = reached[:, -1]
        won = np.einsum("ij,ij->i", of_a, twice) - of_a.sum(axis=1) * total  # whole numbers: exact in any order
        delta: Floats = won / (of_a.sum(axis=1) * total)
        return delta

    def variances(self, a: Sample, b: Sample) -> tuple[float, float]:
        """Return how much the units of each side add to the variance of delta: those of their mean dominance."""
        rates = (np.sort(a.rates, kind="stable"), np.sort(b.rates, kind="stable"))
        variances = []
        for side, other in ((a, rates[1]), (b, rates[0])):
            wins = np.searchsorted(other, side.rates, side="left") + np.searchsorted(other, side.rates, side="right")
            dominance = wins / len(other) - 1.0
            sums = side.unit_sums(dominance - dominance.mean())
            variances.append(float((sums**2).sum()) / len(side) ** 2)
        return variances[0], variances[1]


class InverseRoots:
    """The difference of the ratios of two sides, each to the power -1/2, and its standard error.

    With N and D a unit's sums of numerators and denominators, the variance of R = sum(N) / sum(D) over k units is
    ``k / (k - 1) sum((N - R D)^2) / sum(D)^2``; that of R^-1/2 is the same over 4 R^3.

    Attributes
    ----------
    matrix : array of float
        One row for each unit of both sides, in whole numbers: what is summed over the units of a side.
    """

    def __init__(self, both: Sample, figure: Ratio) -> None:
        numerators, denominators = figure.parts(both)
        self._middle = numerators.sum() / denominators.sum()
        apart = numerators - self._middle * denominators  # so that sums of squares keep their digits
        ones = np.ones(both.drawn)
        columns = (ones, apart, denominators, apart**2, apart * denominators, denominators**2)
        self.matrix, self._scales = whole_numbers(columns)
        self._total = self.matrix.sum(axis=0)
        self._least = _TOLERANCE * float(np.abs(both.rates).max())
        # a side without any engagement is as far from others as one with a trace of it
        self._floor = max(self._least, _SMALLEST)

    def differences(self, sums_a: Floats, sums_b: Floats) -> tuple[Floats, Floats]:
        """Return differences and standard errors, in units of the power -1/2 of the ratio of both sides together."""
        (ratio_a, relative_a), (ratio_b, relative_b) = self._side(sums_a), self._side(sums_b)
        middle = max(self._middle, self._floor)
        root_a, root_b = np.sqrt(middle / ratio_a), np.sqrt(middle / ratio_b)
        error = np.sqrt(relative_a * root_a**2 + relative_b * root_b**2) / 2.0
        difference = np.where(np.abs(ratio_a - ratio_b) > self._least, root_a - root_b, 0.0)
        return difference, np.maximum(error, _TOLERANCE)

    def distances(self, labels: Counts) -> Floats:
        """Return how far units with label 1 and those with 0 are apart, in standard errors."""
        sums = labels.astype(np.float64) @ self.matrix
        difference, error = self.differences(sums, self._total - sums)
        return np.abs(difference) / error

    def _side(self, sums: Floats) -> tuple[Floats, Floats]:
        """Return the ratio of a side, and its variance over its square."""
        units, apart, weight, squares, products, weights = (sums / self._scales).T
        offset = apart / weight
        spread = np.maximum(squares - 2.0 * offset * products + offset**2 * weights, 0.0)
        ratio = np.maximum(self._middle + offset, self._floor)
        relative = np.where(ratio > self._floor, np.sqrt(spread) / weight / ratio, 0.0)
        return ratio, relative**2 * units / np.maximum(units - 1.0, 1.0)


def measure_uncertainty(a: Side, b: Side, figure: Figure, draws: Draws) -> dict[str, float]:
    """Return Cliff's delta, and the intervals of it and of the difference of the figure."""
    of_a, of_b = figure.over(a.sample), figure.over(b.sample)
    dominance = Dominance(a.sample, b.sample)
    figures_a, figures_b, deltas = [], [], []
    for counts_a, counts_b in zip(_draw_counts(a, b, draws), _draw_counts(b, a, draws), strict=True):
        figures_a.append(of_a(counts_a))
        figures_b.append(of_b(counts_b))
        deltas.append(dominance.over(counts_a, counts_b))
    drawn = np.concatenate(figures_a), np.concatenate(figures_b)
    sizes = [effective_number(figure.weights(side.sample)) for side in (a, b)]
    variances = [float(np.var(values)) for values in drawn]
    difference = expanded_interval(drawn[0] - drawn[1], draws.level_pct, list(zip(variances, sizes, strict=True)))
    videos = [effective_number(side.sample.unit_sums(np.ones(len(side.sample)))) for side in (a, b)]
    sources = list(zip(dominance.variances(a.sample, b.sample), videos, strict=True))
    delta = expanded_interval(np.concatenate(deltas), draws.level_pct, sources)
    once = [np.ones((1, side.sample.drawn), dtype=np.int64) for side in (a, b)]
    return {
        "difference_low_pct": difference[0],
        "difference_high_pct": difference[1],
        "cliffs_delta": float(dominance.over(*once)[0]),
        "cliffs_delta_low": delta[0],
        "cliffs_delta_high": delta[1],
    }


def find_p_value(a: Side, b: Side, figure: Ratio | Median, draws: Draws) -> float:
    """Return the p value of a difference: that of the permutation, of ratios at least that of the bootstrap.

    Units are shuffled and drawn whole; one that has videos on both sides is one on each.
    """
    both = Sample(
        views=np.concatenate([a.sample.views, b.sample.views]),
        engagements=np.concatenate([a.sample.engagements, b.sample.engagements]),
        units=np.concatenate([a.sample.units, b.sample.units + a.sample.drawn]),
    )
    if isinstance(figure, Median):
        return _permutation_p(a, b, _prepare_medians(both, figure), draws)
    roots = InverseRoots(both, figure)
    return max(_permutation_p(a, b, roots.distances, draws), _bootstrap_p(a, b, roots, draws))


def _permutation_p(a: Side, b: Side, statistic: Callable[[Counts], Floats], draws: Draws) -> float:
    """Return how often shuffled labels set the groups as far apart as they are, the observed labels included."""
    bands = np.concatenate([a.unit_bands, b.unit_bands])
    labels = np.arange(len(bands)) < a.sample.drawn
    observed = statistic(labels[np.newaxis].astype(np.int64))[0]
    bits = seed_generator(draws.seed, "labels", a.name, b.name)
    reached = 0
    for rows in split_rows(draws.resamples, len(a.sample) + len(b.sample)):
        reached += int((statistic(_deal_labels(labels, bands, rows, bits)) >= observed * (1.0 - _TOLERANCE)).sum())
    return (1 + reached) / (1 + draws.resamples)


def _bootstrap_p(a: Side, b: Side, roots: InverseRoots, draws: Draws) -> float:
    """Return how often drawn videos set the groups as far apart from the observed difference as that is from 0.

    Both distances are over their standard errors (bootstrap-t). Each side keeps its own spread and skewness.
    """
    matrices = roots.matrix[: a.sample.drawn], roots.matrix[a.sample.drawn :]
    difference, error = roots.differences(*(matrix.sum(axis=0, keepdims=True) for matrix in matrices))
    observed = np.abs(difference) / error * (1.0 - _TOLERANCE)
    reached = 0
    for counts in zip(_draw_counts(a, b, draws), _draw_counts(b, a, draws), strict=True):
        sums = [count.astype(np.float64) @ matrix for count, matrix in zip(counts, matrices, strict=True)]
        drawn, errors = roots.differences(*sums)
        distances = np.abs(drawn - difference) / np.maximum(errors, _LEAST_ERROR * error)
        reached += int((distances >= observed).sum())
    return (1 + reached) / (1 + draws.resamples)


def _prepare_medians(both: Sample, figure: Median) -> Callable[[Counts], Floats]:
    """Return how far medians are apart between units with label 1 and those with 0, over their standard error.

    With x_1 <= ... <= x_k the values of one side, the standard error is that of McKean and Schrader,
    ``(x_(k - c + 1) - x_c) / 2 z`` with z = 1.96 and c = (k + 1) / 2 - z sqrt(k) / 2, rounded, at least 1.
    """
    ordered, units = figure.ordered(both)
    least = _TOLERANCE * float(np.abs(ordered).max())
    places = np.arange(1, len(ordered) + 1, dtype=np.int32)

    def side(reached: NDArray[np.int32]) -> tuple[Floats, Floats]:
        k = reached[:, -1]

        def value(rank: NDArray[np.integer[Any]]) -> Floats:
            values: Floats = ordered[(reached > rank[:, np.newaxis]).argmax(axis=1)]
            return values

        c = np.maximum(np.rint((k + 1) / 2.0 - _Z * np.sqrt(k) / 2.0), 1.0).astype(np.int32)
        return (value((k - 1) // 2) + value(k // 2)) / 2.0, (value(k - c) - value(c - 1)) / (2.0 * _Z)

    def distances(labels: Counts) -> Floats:
        reached = labels.astype(np.int32).take(units, axis=1).cumsum(axis=1, dtype=np.int32)
        (median_a, error_a), (median_b, error_b) = side(reached), side(places - reached)
        distance = np.abs(median_a - median_b)
        error = np.maximum(np.hypot(error_a, error_b), least)
        return np.where(distance > least, distance / np.maximum(error, _SMALLEST), 0.0)

    return distances


def _deal_labels(labels: NDArray[np.bool_], bands: NDArray[np.intp], rows: int, bits: np.random.PCG64) -> Counts:
    """Return labels shuffled within each band, with the same number of each: 1 for the first group."""
    keys = random_words(bits, rows, len(labels))
    if (bands == bands[0]).all():  # no copies: twice as fast
        return _mark_lowest(keys, int(labels.sum())).astype(np.int64)
    dealt = np.empty((rows, len(labels)), dtype=np.int64)
    for band in np.unique(bands):
        within = np.flatnonzero(bands == band)
        dealt[:, within] = _mark_lowest(keys[:, within], int(labels[within].sum()))
    return dealt


def _mark_lowest(keys: NDArray[np.uint32], count: int) -> NDArray[np.bool_]:
    """Return for each row which `count` keys are the lowest; of equal ones the first."""
    if count == keys.shape[1]:
        return np.ones(keys.shape, dtype=np.bool_)
    limit = np.partition(keys, count, axis=1)[:, [count]]
    lowest: NDArray[np.bool_] = keys < limit
    for row in np.flatnonzero(lowest.sum(axis=1) < count):
        lowest[row, np.argsort(keys[row], kind="stable")[:count]] = True
    return lowest


def _draw_counts(side: Side, other: Side, draws: Draws) -> Iterator[Counts]:
    bits = seed_generator(draws.seed, side.name)
    return draw_resamples(side.sample, draws.resamples, bits, at_least=len(other.sample))
