"""How much of a difference between two groups of videos chance alone makes, and how large it is.

References
----------
Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian J. of Statistics 6, 65-70.
Cliff, N. (1993). Dominance statistics: ordinal analyses to answer ordinal questions. Psychological Bulletin 114(3),
494-509.
Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in Genetics
and Molecular Biology 9(1), 39.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from influtics_lab.metrics._bootstrap import (
    Draws,
    Figure,
    Floats,
    Sample,
    chunks,
    generator,
    percentile_interval,
    resampled,
)

_TOLERANCE: Final = 1e-9


@dataclass(frozen=True)
class Side:
    """One group: its name, its videos, and each one's age band."""

    name: Any
    sample: Sample
    bands: NDArray[np.intp]

    @cached_property
    def unit_bands(self) -> NDArray[np.intp]:
        """The age band of each unit that is drawn together: that of its middle video, the younger of two."""
        order = np.lexsort((self.bands, self.sample.units))
        sizes = np.bincount(self.sample.units)
        middle = sizes.cumsum() - sizes + (sizes - 1) // 2
        bands: NDArray[np.intp] = self.bands[order][middle]
        return bands


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Give Holm's adjusted p-values, in the order that came; None stays and does not count.

    Examples
    --------
    >>> holm([0.25, 0.0625, None, 0.5])
    [0.5, 0.1875, None, 0.5]
    """
    known = sorted((p, n) for n, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, n) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        adjusted[n] = largest
    return adjusted


def cliffs_delta(a: Floats, b: Floats, weights_a: Floats, weights_b: Floats) -> Floats:
    """Give Cliff's delta of two sets of values of which each counts a whole number of times, for each row of weights.

    Examples
    --------
    >>> one = np.ones((1, 2))
    >>> cliffs_delta(np.array([2.0, 3.0]), np.array([1.0, 2.0]), one, one)
    array([0.75])
    """
    order = np.argsort(b, kind="stable")
    ranked = b[order]
    start = np.zeros((len(weights_b), 1))
    reached = np.concatenate([start, weights_b[:, order].cumsum(axis=1)], axis=1)
    below = reached[:, np.searchsorted(ranked, a, side="left")]
    above = reached[:, -1:] - reached[:, np.searchsorted(ranked, a, side="right")]
    won = (weights_a * (below - above)).sum(axis=1)
    delta: Floats = won / (weights_a.sum(axis=1) * weights_b.sum(axis=1))
    return delta


def uncertainty(a: Side, b: Side, figure: Figure, draws: Draws) -> dict[str, float]:
    """Give the effect size, and how far it and the difference would be others with other videos."""
    differences, deltas = [], []
    for weights_a, weights_b in zip(_resampled(a, b, draws), _resampled(b, a, draws), strict=True):
        differences.append(figure(a.sample, weights_a) - figure(b.sample, weights_b))
        deltas.append(cliffs_delta(a.sample.rates, b.sample.rates, weights_a, weights_b))
    difference = percentile_interval(np.concatenate(differences), draws.level_pct)
    delta = percentile_interval(np.concatenate(deltas), draws.level_pct)
    every = [np.ones((1, len(side.sample))) for side in (a, b)]
    return {
        "difference_low_pct": difference[0],
        "difference_high_pct": difference[1],
        "cliffs_delta": float(cliffs_delta(a.sample.rates, b.sample.rates, *every)[0]),
        "cliffs_delta_low": delta[0],
        "cliffs_delta_high": delta[1],
    }


def p_value(a: Side, b: Side, figure: Figure, draws: Draws) -> float:
    """Give how often labels that are dealt out anew set the groups as far apart as they are, this deal included.

    Units are dealt out whole; one that has videos on both sides is one on each.
    """
    both = Sample(
        views=np.concatenate([a.sample.views, b.sample.views]),
        engagements=np.concatenate([a.sample.engagements, b.sample.engagements]),
        units=np.concatenate([a.sample.units, b.sample.units + a.sample.drawn]),
    )
    bands = np.concatenate([a.unit_bands, b.unit_bands])
    labels = np.arange(both.drawn) < a.sample.drawn
    observed = _difference(both, labels[np.newaxis].astype(np.float64), figure)[0]
    bits = generator(draws.seed, "labels", a.name, b.name)
    reached = 0
    for rows in chunks(draws.resamples, len(both)):
        dealt = _difference(both, _dealt(labels, bands, rows, bits), figure)
        reached += int((np.abs(dealt) >= abs(observed) - _TOLERANCE * np.abs(both.rates).max()).sum())
    return (1 + reached) / (1 + draws.resamples)


def _difference(both: Sample, labels: Floats, figure: Figure) -> Floats:
    of_a = labels[:, both.units]
    difference: Floats = figure(both, of_a) - figure(both, 1.0 - of_a)
    return difference


def _dealt(labels: NDArray[np.bool_], bands: NDArray[np.intp], rows: int, bits: np.random.PCG64) -> Floats:
    """Deal the labels out anew within each band: as many of each as were there."""
    keys = np.asarray(bits.random_raw((rows, len(labels))), dtype=np.uint64)
    dealt = np.empty((rows, len(labels)))
    for band in np.unique(bands):
        within = np.flatnonzero(bands == band)
        kept, count = keys[:, within], int(labels[within].sum())
        dealt[:, within] = 1.0 if count == len(within) else kept < np.partition(kept, count, axis=1)[:, [count]]
    return dealt


def _resampled(side: Side, other: Side, draws: Draws) -> Iterator[Floats]:
    bits = generator(draws.seed, side.name)
    return resampled(side.sample, draws.resamples, bits, at_least=len(other.sample))
