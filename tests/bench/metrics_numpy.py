"""The draws and figures of groups, as a user of NumPy would write them: whole matrices, or one row after the other.

The draws are those of the package, so that intervals and p values can be compared to the last digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influtics_lab.metrics._bootstrap import seed_generator
from influtics_lab.metrics._distributions import t_quantile

Floats = NDArray[np.float64]
BANDS = np.array([1, 3, 7, 14, 30, 90, 365]) * 24


@dataclass(frozen=True)
class Group:
    """Videos of one group with views and engagements, in the order of their ids; ages in hours."""

    name: str
    views: Floats
    engagements: Floats
    ages: Floats

    @property
    def rates(self) -> Floats:
        return self.engagements * 100 / self.views


def picks(group: Group, resamples: int) -> NDArray[np.int64]:
    """Draw all videos anew with putting back, in each row."""
    videos = np.uint64(len(group.views))
    return (words(seed_generator(0, group.name), resamples, len(group.views)) * videos >> np.uint64(32)).astype(
        np.int64
    )


def words(bits: np.random.PCG64, rows: int, columns: int) -> NDArray[np.uint64]:
    """Draw two numbers of 32 bits from each of 64 bits, the lower half first."""
    raw = bits.random_raw((rows, (columns + 1) // 2))
    halves = np.stack([raw & np.uint64(2**32 - 1), raw >> np.uint64(32)], axis=2)
    return halves.reshape(rows, -1)[:, :columns]


def interval(values: Floats, n: float, wider: float | None = None, df: float | None = None) -> tuple[float, float]:
    """Leave out the share of Hesterberg's expanded percentile interval at each end."""
    n = max(5.0, n)
    t = t_quantile(0.025, n - 1 if df is None else df)
    outside = NormalDist().cdf(t * np.sqrt(n / (n - 1) if wider is None else wider))
    low, high = np.quantile(values, [outside, 1 - outside])
    return float(low), float(high)


def interval_of_two(values: Floats, variances: tuple[float, float], sizes: tuple[int, int]) -> tuple[float, float]:
    """The same for what two groups make uncertain, with the degrees of freedom of Welch and Satterthwaite."""
    v, n = np.array(variances), np.array(sizes)
    wider, df = (v * n / (n - 1)).sum() / v.sum(), v.sum() ** 2 / (v**2 / (n - 1)).sum()
    return interval(values, 5, wider, df)


def group_figures(group: Group, resamples: int) -> dict[str, Any]:
    views, engaged, rates = group.views, group.engagements, group.rates
    drawn = picks(group, resamples)
    found = {
        "engagement_rate_pooled": (
            engaged.sum() * 100 / views.sum(), engaged[drawn].sum(axis=1) * 100 / views[drawn].sum(axis=1)
        ),
        "engagement_rate_mean": (rates.mean(), rates[drawn].mean(axis=1)),
        "engagement_rate_median": (np.median(rates), np.median(rates[drawn], axis=1)),
        "views_median": (np.median(views), np.median(views[drawn], axis=1)),
    }  # fmt: skip
    effective = views.sum() ** 2 / (views**2).sum()
    row: dict[str, Any] = {"n": len(views), "n_effective": effective, "n_drawn": len(views)}
    row["n_drawn_effective"] = float(len(views))
    for name, (value, resampled) in found.items():
        unit = "_pct" if name.startswith("engagement") else ""
        row[name + unit] = value
        row[f"{name}_low{unit}"], row[f"{name}_high{unit}"] = interval(
            resampled, effective if name.endswith("pooled") else len(views)
        )
    return row


def pair_figures(groups: list[Group], resamples: int) -> list[dict[str, Any]]:
    rows = [pair(a, b, resamples) for a, b in combinations(groups, 2)]
    order = sorted(range(len(rows)), key=lambda n: rows[n]["p_value"])
    largest = 0.0
    for rank, n in enumerate(order):
        largest = max(largest, min(1.0, rows[n]["p_value"] * (len(rows) - rank)))
        rows[n]["p_holm"] = largest
        ends = rows[n]["difference_low_pct"], rows[n]["difference_high_pct"]
        rows[n]["is_significant"] = largest < 0.05 and not ends[0] <= 0 <= ends[1]
    return rows


def pair(a: Group, b: Group, resamples: int) -> dict[str, Any]:
    of_a, of_b = a.rates[picks(a, resamples)], b.rates[picks(b, resamples)]
    medians = np.median(of_a, axis=1), np.median(of_b, axis=1)
    deltas = np.array([cliffs_delta(*both) for both in zip(of_a, of_b, strict=True)])
    row: dict[str, Any] = {"group_a": a.name, "group_b": b.name, "n_a": len(a.rates), "n_b": len(b.rates)}
    row["clusters_a"], row["clusters_b"] = row["n_a"], row["n_b"]
    row["difference_pct"] = np.median(a.rates) - np.median(b.rates)
    row["difference_low_pct"], row["difference_high_pct"] = interval_of_two(
        medians[0] - medians[1], (medians[0].var(), medians[1].var()), (row["n_a"], row["n_b"])
    )
    row["p_value"] = p_value(a, b, resamples)
    row["cliffs_delta"] = cliffs_delta(a.rates, b.rates)
    of_each = mean_dominance(a.rates, b.rates), mean_dominance(b.rates, a.rates)
    row["cliffs_delta_low"], row["cliffs_delta_high"] = interval_of_two(
        deltas, (of_each[0].var() / row["n_a"], of_each[1].var() / row["n_b"]), (row["n_a"], row["n_b"])
    )
    return row


def cliffs_delta(a: Floats, b: Floats) -> float:
    ranked = np.sort(b)
    below, up_to = (np.searchsorted(ranked, a, side=side) for side in ("left", "right"))
    return float((below - (len(b) - up_to)).sum() / (len(a) * len(b)))


def mean_dominance(a: Floats, b: Floats) -> Floats:
    ranked = np.sort(b)
    return sum(np.searchsorted(ranked, a, side=side) for side in ("left", "right")) / len(b) - 1


def p_value(a: Group, b: Group, resamples: int) -> float:
    rates, ages = np.concatenate([a.rates, b.rates]), np.concatenate([a.ages, b.ages])
    is_a = np.arange(len(rates)) < len(a.rates)
    bands = np.searchsorted(BANDS, ages, side="right")
    keys = words(seed_generator(0, "labels", a.name, b.name), resamples, len(rates))
    dealt = np.zeros(keys.shape, dtype=bool)
    for band in np.unique(bands):
        within = np.flatnonzero(bands == band)
        count = int(is_a[within].sum())
        least = keys[:, within].argpartition(min(count, len(within) - 1), axis=1)[:, :count]
        np.put_along_axis(dealt, within[least], values=True, axis=1)
    least = 1e-9 * np.abs(rates).max()
    distances = np.array([studentised(rates[of_a], rates[~of_a], least) for of_a in dealt])
    reached = distances >= studentised(a.rates, b.rates, least) * (1 - 1e-9)
    return float((1 + reached.sum()) / (1 + resamples))


def studentised(a: Floats, b: Floats, least: float) -> float:
    """Return how far medians are apart, over the standard error of McKean and Schrader."""
    errors = []
    for side in (a, b):
        rising, k = np.sort(side), len(side)
        c = max(round((k + 1) / 2 - 1.96 * np.sqrt(k) / 2), 1)
        errors.append((rising[k - c] - rising[c - 1]) / (2 * 1.96))
    apart = abs(np.median(a) - np.median(b))
    return apart / max(np.hypot(*errors), least) if apart > least else 0.0
