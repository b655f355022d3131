"""Quantiles of Student's t and limits of binomial shares, which the standard library does not have.

References
----------
Press, W. H. et al. (2007). Numerical Recipes, 3rd edition. Cambridge. Section 6.4 (the continued fraction of the
incomplete beta function, evaluated by Lentz's method).
Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
binomial. Biometrika 26(4), 404-413.
Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
counts estimated from survey data. Survey Methodology 24(2), 193-201. (Clopper-Pearson limits at an effective number.)
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
Statistical Association 22(158), 209-212.
Abramowitz, M. and Stegun, I. A. (1964). Handbook of Mathematical Functions. Formula 26.7.5 (t for large degrees of
freedom).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from influtics_lab.defaults import LEVEL_PCT

Floats = NDArray[np.float64]
_FloatOrArray = TypeVar("_FloatOrArray", float, Floats)

_STEPS: Final = 10_000
_BISECTIONS: Final = 200
_NEWTON_STEPS: Final = 60
_NEARLY_NORMAL: Final = 3000.0  # degrees of freedom from which the expansion is right to 1e-11
_DIGITS: Final = 10  # of limits in percent: another maths library must not change the bytes of a report


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Parameters
    ----------
    x : float
        From 0 to 1.
    a, b : float
        Above 0.

    Examples
    --------
    >>> round(incomplete_beta(0.5, 2, 3), 12)
    0.6875
    """
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    gammas = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(gammas + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(1.0 - x, b, a) / b  # I_x(a, b) = 1 - I_(1-x)(b, a)


@lru_cache(maxsize=4096)
def t_quantile(probability: float, df: float) -> float:
    """Return the quantile of Student's t distribution; `df` need not be whole.

    Examples
    --------
    >>> round(t_quantile(0.975, 4), 6), round(t_quantile(0.025, 4), 6)
    (2.776445, -2.776445)
    """
    if probability == 0.5:
        return 0.0
    if df >= _NEARLY_NORMAL:
        z = NormalDist().inv_cdf(probability)
        first, second = (z**3 + z) / 4.0, (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
        return z + first / df + second / df**2 + (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / (384.0 * df**3)
    tails = 2.0 * min(probability, 1.0 - probability)
    # P(|T| > t) = I_x(df/2, 1/2) with x = df / (df + t^2). Solved for the smaller of x and 1 - x, t keeps its digits.
    y = _find_root(lambda y: incomplete_beta(y, 0.5, df / 2.0) - (1.0 - tails))
    if y < 0.5:
        size = math.sqrt(df * y / (1.0 - y))
    else:
        x = _find_root(lambda x: incomplete_beta(x, df / 2.0, 0.5) - tails)
        size = math.sqrt(df * (1.0 - x) / x)
    return size if probability > 0.5 else -size


def binomial_limits(
    below: NDArray[np.int64], up_to: NDArray[np.int64], n: NDArray[np.int64], level_pct: float = LEVEL_PCT
) -> tuple[Floats, Floats]:
    """Return the Clopper-Pearson limits of shares, in percent.

    Parameters
    ----------
    below, up_to : array of int
        How many of `n` count for the lower and for the upper limit: the same number, unless some are undecided (ties).
    n : array of int
        Above 0.
    level_pct : float
        The least probability with which such limits hold the share.

    Returns
    -------
    low, high : array of float

    Examples
    --------
    Five of five, and one of four:

    >>> low, high = binomial_limits(np.array([5, 1]), np.array([5, 1]), np.array([5, 4]))
    >>> low.round(1).tolist(), high.round(1).tolist()
    ([47.8, 0.6], [100.0, 80.6])
    """
    outside = (100.0 - level_pct) / 200.0
    low, high = _lower_limit(below, n, outside), 1.0 - _lower_limit(n - up_to, n, outside)
    return np.round(100.0 * low, _DIGITS), np.round(100.0 * high, _DIGITS)


def clustered_limits(
    hits: NDArray[np.bool_],
    *clusters: NDArray[np.int64],
    separate: float = math.inf,
    level_pct: float = LEVEL_PCT,
) -> tuple[float, float, float]:
    """Return the limits of a share whose outcomes are alike within clusters, and the effective number of outcomes.

    With n outcomes, p the share, and r the sums of (hit - p) over each of G clusters, of each kind of clusters::

        v = G / (G - 1) sum(r^2) / n^2, at least p (1 - p) / n
        effective = p (1 - p) / v (t(n - 1) / t(G' - 1))^2, at least 1

    G' is G, of the first kind at most `separate`, and at least 2. The limits are those of Clopper and Pearson at the
    smallest effective number. Where p is 0 or 1, p (1 - p) / v is G.

    Parameters
    ----------
    hits : array of bool
        Not empty.
    *clusters : array of int
        The cluster of each outcome, of each kind.
    separate : float
        How many clusters of the first kind say as much, if they are periods that overlap.
    level_pct : float

    Returns
    -------
    low, high : float
        In percent.
    effective : float

    Examples
    --------
    Ninety of a hundred, each by itself or alike in fives:

    >>> hits = np.arange(100) >= 10
    >>> [round(number, 1) for number in clustered_limits(hits, np.arange(100))]
    [82.4, 95.1, 100.0]
    >>> [round(number, 1) for number in clustered_limits(hits, np.arange(100) // 5)]
    [65.9, 99.1, 17.1]
    """
    outside = (100.0 - level_pct) / 200.0
    n, share = len(hits), float(hits.mean())
    effective, binomial = float(n), share * (1.0 - share)
    for kind, numbers in enumerate(clusters):
        _, places = np.unique(numbers, return_inverse=True)
        sums = np.bincount(places, hits - share)
        groups = len(sums)
        if groups == 1:
            effective = 1.0
        elif groups < n:
            variance = groups / (groups - 1) * math.fsum(sums**2) / n**2
            independent = binomial / max(variance, binomial / n) if binomial else float(groups)
            apart = groups if kind else max(min(groups, separate), 2.0)
            ratio = t_quantile(1.0 - outside, n - 1) / t_quantile(1.0 - outside, apart - 1)
            effective = min(effective, max(1.0, independent * ratio**2))
    hit, missed = share * effective, (1.0 - share) * effective
    low = _find_root(lambda p: incomplete_beta(p, hit, missed + 1.0) - outside) if hit else 0.0
    high = _find_root(lambda p: incomplete_beta(p, hit + 1.0, missed) - (1.0 - outside)) if missed else 1.0
    return round(100.0 * low, _DIGITS), round(100.0 * high, _DIGITS), effective


def wilson_limits(hits: NDArray[np.int64], n: NDArray[np.int64], level_pct: float = LEVEL_PCT) -> tuple[Floats, Floats]:
    """Return the Wilson limits of shares, in percent; `n` is above 0.

    Examples
    --------
    >>> low, high = wilson_limits(np.array([0, 5, 10]), np.array([10, 10, 10]))
    >>> low.round(1).tolist(), high.round(1).tolist()
    ([0.0, 23.7, 72.2], [27.8, 76.3, 100.0])
    """
    z = NormalDist().inv_cdf(1.0 - (100.0 - level_pct) / 200.0)
    share, spread = hits / n, z**2 / n
    middle = share + spread / 2.0
    half = np.sqrt(share * (1.0 - share) * spread + spread**2 / 4.0)
    low, high = (100.0 * (middle + side * half) / (1.0 + spread) for side in (-1.0, 1.0))
    return np.clip(np.round(low, _DIGITS), 0.0, 100.0), np.clip(np.round(high, _DIGITS), 0.0, 100.0)


def _lower_limit(successes: NDArray[np.int64], n: NDArray[np.int64], outside: float) -> Floats:
    """Return the share at which so many successes or more have the probability `outside`.

    By Newton's steps for the logarithm of the probability over that of the share: it is concave, so that they never go
    astray.
    """
    limit = np.zeros(len(n))
    counted = successes > 0
    if not counted.any():
        return limit
    a = successes[counted].astype(np.float64)
    b = n[counted] - a + 1.0
    gammas = _log_gamma(a + b) - _log_gamma(a) - _log_gamma(b)
    wald = NormalDist().inv_cdf(1.0 - outside)
    share, spread = a / (a + b - 1.0), wald**2 / (a + b - 1.0)
    p = (share + spread / 2.0 - np.sqrt(share * (1.0 - share) * spread + spread**2 / 4.0)) / (1.0 + spread)
    for _ in range(_NEWTON_STEPS):
        front = np.exp(gammas + a * np.log(p) + b * np.log1p(-p))
        flip = p >= (a + 1.0) / (a + b + 2.0)
        x, first, second = np.where(flip, 1.0 - p, p), np.where(flip, b, a), np.where(flip, a, b)
        tail = front * _continued_fraction(x, first, second) / first
        probability = np.where(flip, 1.0 - tail, tail)
        step = np.log(probability / outside) * probability * (1.0 - p) / front
        p = p * np.exp(-step)
        if (np.abs(step) < 1e-8).all():  # the next step would be about the square of this one
            break
    limit[counted] = p
    return limit


def _log_gamma(numbers: Floats) -> Floats:
    """Return ln Gamma of whole numbers above 0."""
    logs = np.concatenate([[0.0, 0.0], np.cumsum(np.log(np.arange(1, int(numbers.max()) + 1)))])
    return logs[numbers.astype(np.intp)]


def _continued_fraction(x: _FloatOrArray, a: _FloatOrArray, b: _FloatOrArray) -> _FloatOrArray:
    """Return the continued fraction of I_x(a, b); it converges for x below (a + 1) / (a + b + 2)."""
    c = 1.0 + 0.0 * x
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / (1.0 + term * d)
            c = 1.0 + term / c
            fraction = fraction * d * c
        if _is_one(d * c):
            break
    return fraction


def _is_one(factor: float | Floats) -> bool:
    if isinstance(factor, np.ndarray):
        return bool((np.abs(factor - 1.0) < 1e-14).all())
    return abs(factor - 1.0) < 1e-14


def _find_root(rising: Callable[[float], float]) -> float:
    """Return where a function that rises from 0 to 1 is 0, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if middle in {low, high}:
            break
        low, high = (middle, high) if rising(middle) < 0.0 else (low, middle)
    return (low + high) / 2.0
