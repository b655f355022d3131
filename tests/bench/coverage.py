"""How often 95 % intervals hold the truth, and how often tests reject what is true, by simulation.

Run it: ``python tests/bench/coverage.py [--trials N] [--resamples N] [--only PART ...] [--estimators NAME ...]``; parts
are ``videos``, ``creators``, ``differences`` and ``tests``.

Rates are lognormal around a median of 3 % (spread of the logarithm 0.6), views lognormal and independent of them, with
light tails (spread 1.0) or heavy ones (1.8). Creators have 15 videos each; half of the variance of log rates and of log
views is that of the creators. "Old" is a plain percentile interval over drawn videos, and a permutation of plain
differences; "new" is what the package does, "stated" where p is below 0.05 and the interval excludes 0.

In %, light / heavy tails; videos with 2,000 trials of 10,000 draws (one standard error is about 0.6), creators and
differences with 1,000 trials of 4,000 draws (0.8):

| n | pooled: old | new | mean: old | new | median: old | new |
|---|---|---|---|---|---|---|
| 5 | 76.5 / 75.6 | 86.2 / 85.7 | 77.5 | 86.8 | 93.9 | 93.9 |
| 8 | 81.8 / 80.0 | 91.8 / 91.6 | 83.5 | 89.5 | 92.5 | 97.9 |
| 15 | 87.9 / 85.7 | 93.4 / 95.2 | 89.0 | 92.3 | 93.2 | 97.0 |
| 30 | 89.0 / 86.2 | 93.5 / 96.2 | 91.1 | 92.0 | 93.5 | 95.0 |
| 100 | 91.5 / 89.3 | 92.7 / 94.2 | 94.0 | 94.2 | 94.8 | 95.3 |
| creators: 5 of 15 | 48.8 / 55.3 | 89.2 / 89.4 | 46.5 | 88.2 | 56.2 | 93.3 |
| creators: 8 of 15 | 53.8 / 59.4 | 92.1 / 92.8 | 50.2 | 90.2 | 57.5 | 94.4 |
| creators: 20 of 15 | 59.3 / 64.8 | 93.8 / 95.3 | 52.1 | 94.2 | 56.0 | 96.0 |
| difference: 8/8 | 88.1 / 88.2 | 94.8 / 95.3 | 89.5 | 93.8 | 94.7 | 97.9 |
| difference: 30/30 | 92.8 / 92.0 | 95.6 / 96.2 | 92.9 | 94.0 | 96.4 | 97.1 |
| difference: 8/60 | 89.5 / 90.8 | 93.6 / 96.1 | 89.6 | 92.3 | 94.9 | 97.2 |

What falls short of 91 %: pooled rates and means of 5 videos (86 to 87) or 5 creators (88 to 89), and means of 8 videos
(89.5) or 8 creators (90.2): so few values do not show the long tail of rates.

p below 0.05 in % of 4,000 trials of 1,000 draws, heavy tails (one standard error is about 0.35):

| estimator | n | groups | old p | new p | stated | Mann-Whitney | Welch on logs |
|---|---|---|---|---|---|---|---|
| pooled | 8/8 | null: alike | 4.9 | 3.5 | 1.9 | 3.7 | 4.4 |
| pooled | 8/8 | null: spreads 0.4 and 0.8 | 7.8 | 5.3 | 2.8 | 9.7 | 11.0 |
| pooled | 8/8 | null: spreads 0.3 and 0.9 | 13.2 | 8.1 | 5.0 | 16.0 | 16.4 |
| pooled | 8/8 | null: views x10, tails 1 and 1.8 | 9.8 | 4.2 | 1.9 | 3.7 | 4.4 |
| pooled | 8/8 | power: rates x1.5 | 12.6 | 10.2 | 7.3 | 18.2 | 22.5 |
| pooled | 8/8 | power: rates x2 | 26.7 | 22.1 | 18.4 | 49.8 | 56.6 |
| pooled | 30/30 | null: alike | 4.8 | 3.5 | 2.1 | 5.4 | 5.1 |
| pooled | 30/30 | null: spreads 0.4 and 0.8 | 8.3 | 5.1 | 3.5 | 29.3 | 30.3 |
| pooled | 30/30 | null: spreads 0.3 and 0.9 | 12.2 | 7.0 | 4.8 | 50.2 | 52.5 |
| pooled | 30/30 | null: views x10, tails 1 and 1.8 | 8.9 | 4.5 | 2.6 | 5.4 | 5.1 |
| pooled | 30/30 | power: rates x1.5 | 25.5 | 20.2 | 17.9 | 69.2 | 71.8 |
| pooled | 30/30 | power: rates x2 | 55.6 | 43.8 | 42.2 | 98.8 | 99.2 |
| pooled | 8/60 | null: alike | 4.8 | 3.9 | 1.9 | 4.7 | 5.1 |
| pooled | 8/60 | null: spreads 0.4 and 0.8 | 1.7 | 1.7 | 0.9 | 8.1 | 26.0 |
| pooled | 8/60 | null: spreads 0.3 and 0.9 | 0.9 | 1.8 | 1.2 | 15.6 | 59.5 |
| pooled | 8/60 | null: spreads 0.8 and 0.4 | 17.6 | 7.3 | 3.6 | 22.8 | 11.9 |
| pooled | 8/60 | null: views x10, tails 1 and 1.8 | 0.4 | 1.1 | 0.9 | 4.7 | 5.1 |
| pooled | 8/60 | power: rates x1.5 | 5.1 | 13.5 | 12.1 | 39.6 | 36.8 |
| pooled | 8/60 | power: rates x2 | 13.2 | 28.1 | 27.2 | 82.4 | 79.0 |
| mean | 8/8 | null: alike | 4.9 | 4.2 | 3.5 | 3.7 | 4.4 |
| mean | 8/8 | null: spreads 0.4 and 0.8 | 8.7 | 5.5 | 4.9 | 9.7 | 11.0 |
| mean | 8/8 | null: spreads 0.3 and 0.9 | 12.8 | 7.2 | 6.8 | 16.0 | 16.4 |
| mean | 8/8 | power: rates x1.5 | 22.0 | 18.9 | 17.6 | 18.2 | 22.5 |
| mean | 8/8 | power: rates x2 | 53.8 | 43.6 | 42.7 | 49.8 | 56.6 |
| mean | 30/30 | null: alike | 5.8 | 5.0 | 4.8 | 5.4 | 5.1 |
| mean | 30/30 | null: spreads 0.4 and 0.8 | 7.4 | 5.7 | 5.2 | 29.3 | 30.3 |
| mean | 30/30 | null: spreads 0.3 and 0.9 | 9.7 | 6.0 | 5.5 | 50.2 | 52.5 |
| mean | 30/30 | power: rates x1.5 | 66.1 | 61.8 | 61.4 | 69.2 | 71.8 |
| mean | 30/30 | power: rates x2 | 97.8 | 95.7 | 95.7 | 98.8 | 99.2 |
| mean | 8/60 | null: alike | 4.8 | 4.5 | 3.7 | 4.7 | 5.1 |
| mean | 8/60 | null: spreads 0.4 and 0.8 | 0.9 | 2.4 | 2.2 | 8.1 | 26.0 |
| mean | 8/60 | null: spreads 0.3 and 0.9 | 0.5 | 2.6 | 2.5 | 15.6 | 59.5 |
| mean | 8/60 | null: spreads 0.8 and 0.4 | 24.6 | 6.9 | 5.8 | 22.8 | 11.9 |
| mean | 8/60 | power: rates x1.5 | 23.9 | 30.7 | 30.7 | 39.6 | 36.8 |
| mean | 8/60 | power: rates x2 | 65.2 | 61.6 | 61.6 | 82.4 | 79.0 |
| median | 8/8 | null: alike | 5.0 | 5.2 | 1.1 | 3.7 | 4.4 |
| median | 8/8 | null: spreads 0.4 and 0.8 | 8.6 | 6.6 | 1.7 | 4.5 | 4.9 |
| median | 8/8 | null: spreads 0.3 and 0.9 | 15.2 | 8.7 | 2.1 | 5.3 | 4.8 |
| median | 8/8 | power: rates x1.5 | 20.1 | 18.6 | 7.9 | 18.2 | 22.5 |
| median | 8/8 | power: rates x2 | 49.1 | 43.3 | 26.3 | 49.8 | 56.6 |
| median | 30/30 | null: alike | 4.8 | 4.9 | 2.4 | 5.4 | 5.1 |
| median | 30/30 | null: spreads 0.4 and 0.8 | 10.9 | 6.0 | 2.8 | 6.0 | 5.3 |
| median | 30/30 | null: spreads 0.3 and 0.9 | 20.1 | 7.3 | 2.9 | 7.0 | 5.5 |
| median | 30/30 | power: rates x1.5 | 60.2 | 53.1 | 45.1 | 69.2 | 71.8 |
| median | 30/30 | power: rates x2 | 96.6 | 92.4 | 90.5 | 98.8 | 99.2 |
| median | 8/60 | null: alike | 4.9 | 5.0 | 1.8 | 4.7 | 5.1 |
| median | 8/60 | null: spreads 0.4 and 0.8 | 0.2 | 4.2 | 1.8 | 0.6 | 5.1 |
| median | 8/60 | null: spreads 0.3 and 0.9 | 0.0 | 4.2 | 1.9 | 0.3 | 4.8 |
| median | 8/60 | null: spreads 0.8 and 0.4 | 26.5 | 6.2 | 1.8 | 12.4 | 5.2 |
| median | 8/60 | power: rates x1.5 | 13.0 | 34.1 | 22.1 | 39.6 | 36.8 |
| median | 8/60 | power: rates x2 | 41.9 | 74.6 | 58.9 | 82.4 | 79.0 |

p of the package is below 0.05 in at most 9 % where figures are equal, at most 8.7 (medians of 8 and 8 with spreads of
0.3 and 0.9; 8.1 of pooled rates, 7.2 of means), and in 3.5 to 5.2 % where groups are alike. In 1,000 trials, the
permutation alone, of logarithms of ratios, had 13.5 % of such means, 11.2 % of pooled rates, and 10 % of both of 8
and 60 with spreads of 0.8 and 0.4; it found twice the rate in 53.1 % of 8 and 8 means, 72.2 of 8 and 60, 27.5, 51.3
and 34.8 of pooled rates of 8 and 8, 30 and 30, 8 and 60.

(Mann-Whitney and Welch on logs ask whether a typical rate differs, with which views have nothing to do.)
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from influtics_lab.metrics._bootstrap import (
    ESTIMATORS,
    Draws,
    Figure,
    Floats,
    Sample,
    effective_number,
    expanded_interval,
    resampled_figures,
    seed_generator,
)
from influtics_lab.metrics._distributions import incomplete_beta
from influtics_lab.metrics._permutation import Side, _deal_labels, find_p_value, measure_uncertainty

SPREAD = 0.6
MIDDLE = 3.0
TAILS = {"light": 1.0, "heavy": 1.8}
COLUMNS = ("views", "engagements")
PARTS = ("videos", "creators", "differences", "tests")


@dataclass(frozen=True)
class Model:
    """How rates and views of a group are spread, and how rates and views lie beside those of others."""

    tails: float = 1.8
    spread: float = SPREAD
    times: float = 1.0
    views: float = 10_000.0

    def truth(self, estimator: str) -> float:
        skew = 1.0 if estimator == "median" else math.exp(self.spread**2 / 2)
        return MIDDLE * self.times * skew

    def sample(self, random: np.random.Generator, videos: int, creators: int | None = None) -> Sample:
        units = np.arange(videos) if creators is None else np.repeat(np.arange(creators), videos // creators)
        z_rate, z_views = (self._normal(random, units, creators) for _ in range(2))
        rates = MIDDLE * self.times * np.exp(self.spread * z_rate)
        views = self.views * np.exp(self.tails * z_views)
        return Sample(views=views, engagements=views * rates / 100, units=units)

    @staticmethod
    def _normal(random: np.random.Generator, units: Any, creators: int | None) -> Floats:
        alone = random.standard_normal(len(units))
        if creators is None:
            return alone
        return (alone + random.standard_normal(creators)[units]) / math.sqrt(2)

    def equal_to(self, other: Model, estimator: str) -> Model:
        """Return the same with the truth of another one: spreads differ, the figure does not."""
        return Model(self.tails, self.spread, self.times * other.truth(estimator) / self.truth(estimator), self.views)


def plain_p_value(a: Side, b: Side, figure: Figure, draws: Draws) -> float:
    """Return the p value of the plain difference, with labels dealt out as the package does."""
    views, engagements = (np.concatenate([getattr(side.sample, name) for side in (a, b)]) for name in COLUMNS)
    both = Sample(views, engagements, np.arange(len(views)))
    labels, over = np.arange(len(views)) < len(a.sample), figure.over(both)
    dealt = _deal_labels(
        labels, np.zeros(len(views), dtype=np.intp), draws.resamples, seed_generator(draws.seed, "plain")
    )
    every = np.vstack([labels.astype(np.int64), dealt])
    distances = np.abs(over(every) - over(1 - every))
    return float((distances >= distances[0] * (1 - 1e-9)).mean())


def alone(sample: Sample) -> Sample:
    return Sample(sample.views, sample.engagements, np.arange(len(sample)))


def holds(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


def percent(found: Sequence[bool]) -> str:
    return f"{100 * np.mean(found):.1f}"


def row(cells: Sequence[object]) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(title: str, cells: Sequence[str]) -> None:
    print(f"\n{title}\n")
    row(cells)
    print("|" + "---|" * len(cells))


def plain(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def coverage(asked: argparse.Namespace, sizes: Sequence[tuple[int, int | None]], title: str) -> None:
    head(title, ["n", "tails", *(f"{name}: {rule}" for name in ESTIMATORS for rule in ("old", "new"))])
    for (videos, creators), (tails, spread) in ((size, tail) for size in sizes for tail in TAILS.items()):
        model, random = Model(tails=spread), np.random.Generator(np.random.PCG64(7))
        found: dict[str, list[bool]] = {}
        for trial in range(asked.trials):
            sample = model.sample(random, videos, creators)
            drawn = resampled_figures(sample, ESTIMATORS, asked.resamples, seed_generator(trial))
            by_video = drawn if creators is None else resampled_figures(
                alone(sample), ESTIMATORS, asked.resamples, seed_generator(trial)
            )  # fmt: skip
            for name, figure in ESTIMATORS.items():
                new = expanded_interval(drawn[name], 95.0, [(1.0, effective_number(figure.weights(sample)))])
                found.setdefault(f"{name} old", []).append(holds(plain(by_video[name]), model.truth(name)))
                found.setdefault(f"{name} new", []).append(holds(new, model.truth(name)))
        row([f"{creators} of {videos // creators}" if creators else videos, tails, *map(percent, found.values())])


def sides(random: np.random.Generator, models: Sequence[Model], sizes: Sequence[int]) -> list[Side]:
    return [
        Side(name, model.sample(random, size), np.zeros(size, dtype=np.intp))
        for name, model, size in zip("ab", models, sizes, strict=True)
    ]


def differences(asked: argparse.Namespace, sizes: tuple[int, int], spread: float) -> Iterator[str]:
    """Yield the coverage of each estimator's difference: old rule, new rule."""
    models = Model(tails=spread), Model(tails=spread, times=1.5)
    for name, figure in ESTIMATORS.items():
        truth = models[0].truth(name) - models[1].truth(name)
        random, old, new = np.random.Generator(np.random.PCG64(8)), [], []
        for trial in range(asked.trials):
            a, b = sides(random, models, sizes)
            drawn = [
                resampled_figures(side.sample, {name: figure}, asked.resamples, seed_generator(trial, side.name))[name]
                for side in (a, b)
            ]
            found = measure_uncertainty(a, b, figure, Draws(asked.resamples, trial, 95.0))
            old.append(holds(plain(drawn[0] - drawn[1]), truth))
            new.append(holds((found["difference_low_pct"], found["difference_high_pct"]), truth))
        yield from (percent(old), percent(new))


def rejections(asked: argparse.Namespace, estimator: str, models: Sequence[Model], sizes: tuple[int, int]) -> list[str]:
    """Return how often p is below 0.05: plain permutation, that of the package, Mann-Whitney, Welch on logs.

    The second comes twice: alone, and where the interval excludes 0, too.
    """
    random, figure = np.random.Generator(np.random.PCG64(9)), ESTIMATORS[estimator]
    found: list[list[bool]] = [[], [], [], [], []]
    for trial in range(asked.trials):
        a, b = sides(random, models, sizes)
        draws = Draws(asked.resamples, trial, 95.0)
        ends, new = measure_uncertainty(a, b, figure, draws), find_p_value(a, b, figure, draws)
        contains_0 = ends["difference_low_pct"] <= 0 <= ends["difference_high_pct"]
        p_values = (
            plain_p_value(a, b, figure, draws), new, 1.0 if contains_0 else new,
            mann_whitney(a.sample.rates, b.sample.rates), welch(np.log(a.sample.rates), np.log(b.sample.rates)),
        )  # fmt: skip
        for column, p in zip(found, p_values, strict=True):
            column.append(p < 0.05)
    return [f"{100 * np.mean(column):.1f}" for column in found]


def mann_whitney(a: Floats, b: Floats) -> float:
    ranks = np.argsort(np.argsort(np.concatenate([a, b]))) + 1
    n, m = len(a), len(b)
    z = (abs(ranks[:n].sum() - n * (n + m + 1) / 2) - 0.5) / math.sqrt(n * m * (n + m + 1) / 12)
    return 2 * (1 - NormalDist().cdf(z))


def welch(a: Floats, b: Floats) -> float:
    variances = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    df = sum(variances) ** 2 / (variances[0] ** 2 / (len(a) - 1) + variances[1] ** 2 / (len(b) - 1))
    t = abs(a.mean() - b.mean()) / math.sqrt(sum(variances))
    return incomplete_beta(df / (df + t**2), df / 2, 0.5)


def worlds(estimator: str, sizes: tuple[int, int]) -> Iterator[tuple[str, Model, Model]]:
    """Yield groups that are alike, groups whose figure is the same although they differ, and groups that differ."""
    usual = Model()
    yield "null: alike", usual, usual
    pairs = [(0.4, 0.8), (0.3, 0.9), *([(0.8, 0.4)] if sizes[0] != sizes[1] else [])]
    for first, second in pairs:
        a = Model(spread=first)
        yield f"null: spreads {first} and {second}", a, Model(spread=second).equal_to(a, estimator)
    if estimator == "pooled":  # in the others views do not weigh
        yield "null: views x10, tails 1 and 1.8", Model(tails=1.0, views=100_000), usual
    yield "power: rates x1.5", usual, Model(times=1.5)
    yield "power: rates x2", usual, Model(times=2.0)


def tests(asked: argparse.Namespace) -> None:
    rules = ["old p", "new p", "stated", "Mann-Whitney", "Welch on logs"]
    head("p below 0.05, in %", ["estimator", "n", "groups", *rules])
    for estimator in asked.estimators:
        for sizes in ((8, 8), (30, 30), (8, 60)):
            for name, a, b in worlds(estimator, sizes):
                row([estimator, f"{sizes[0]}/{sizes[1]}", name, *rejections(asked, estimator, (a, b), sizes)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument(
        "--estimators", nargs="+", choices=tuple(ESTIMATORS), default=tuple(ESTIMATORS), help="of tests"
    )
    asked = parser.parse_args()
    if "videos" in asked.only:
        coverage(asked, [(n, None) for n in (5, 8, 15, 30, 100)], "Intervals, videos that are independent")
    if "creators" in asked.only:
        coverage(asked, [(15 * n, n) for n in (5, 8, 20)], "Intervals, creators of 15 videos")
    if "differences" in asked.only:
        rules = [f"{name}: {rule}" for name in ESTIMATORS for rule in ("old", "new")]
        head("Intervals of differences", ["n", "tails", *rules])
        for sizes in ((8, 8), (30, 30), (8, 60)):
            for tails, spread in TAILS.items():
                row([f"{sizes[0]}/{sizes[1]}", tails, *differences(asked, sizes, spread)])
    if "tests" in asked.only:
        tests(asked)


if __name__ == "__main__":
    main()
