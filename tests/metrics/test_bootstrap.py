from __future__ import annotations

import math

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.metrics._bootstrap import (
    ESTIMATORS,
    MEAN,
    POOLED,
    VIEWS_MEDIAN,
    Counts,
    Sample,
    draw_resamples,
    effective_number,
    estimate_intervals,
    expanded_interval,
    seed_generator,
    weighted_median,
    whole_numbers,
)

quick = examples(40)
PINNED = 17431046619539206486


def of(views: list[float], engagements: list[float], units: list[int] | None = None) -> Sample:
    return Sample(
        views=np.array(views, dtype=float),
        engagements=np.array(engagements, dtype=float),
        units=np.array(range(len(views)) if units is None else units, dtype=np.intp),
    )


def interval(sample: Sample, estimator: str, *, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    figures = {estimator: ESTIMATORS[estimator]}
    bits = seed_generator(seed, "test")
    low, high = estimate_intervals(sample, figures, resamples=resamples, level_pct=95, bits=bits)[estimator]
    assert low is not None
    assert high is not None
    return low, high


def test_the_three_estimates_by_hand() -> None:
    sample = of([1000, 1000, 8000], [10, 30, 160])
    assert [figure.exact(sample) for figure in ESTIMATORS.values()] == [2.0, 2.0, 2.0]
    sample = of([1000, 1000, 6000, 2000], [10, 30, 360, 0])
    assert [figure.exact(sample) for figure in ESTIMATORS.values()] == [4.0, 2.5, 2.0]


def test_the_effective_number_is_that_of_equal_videos_and_near_one_where_one_has_all_views() -> None:
    assert effective_number(POOLED.weights(of([5, 5, 5, 5], [1, 1, 1, 1]))) == 4.0
    assert effective_number(POOLED.weights(of([3, 1], [1, 1]))) == 16 / 10
    assert effective_number(POOLED.weights(of([1e9, 1, 1], [1, 1, 1]))) == pytest.approx(1.0)


def test_the_effective_number_is_over_drawn_units_with_views_or_numbers_of_videos() -> None:
    sample = of([4, 2, 6, 12], [1, 1, 1, 1], units=[0, 0, 0, 1])
    assert effective_number(POOLED.weights(sample)) == 24**2 / (12**2 + 12**2)
    assert effective_number(MEAN.weights(sample)) == effective_number(VIEWS_MEDIAN.weights(sample)) == 16 / 10


@quick
@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**8)), min_size=1, max_size=12))
def test_weights_of_one_give_the_exact_estimates(videos: list[tuple[int, int]]) -> None:
    sample = of([views for views, _ in videos], [engagements for _, engagements in videos])
    ones = np.ones((1, len(sample)), dtype=np.int64)
    for figure in ESTIMATORS.values():
        assert figure.over(sample)(ones)[0] == pytest.approx(figure.exact(sample), rel=1e-12)


@quick
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=1, max_size=12))
def test_a_weighted_median_is_the_median_of_values_repeated(counted: list[tuple[int, int]]) -> None:
    values, weights = (np.array(column) for column in zip(*sorted(counted), strict=True))
    if not weights.sum():
        weights[0] = 1
    assert weighted_median(values.astype(float), weights[np.newaxis])[0] == np.median(np.repeat(values, weights))


@quick
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=40))
def test_whole_numbers_are_exact_in_sum_and_near_the_values(values: list[float]) -> None:
    matrix, scales = whole_numbers([np.array(values)])
    assert (matrix == np.rint(matrix)).all()
    assert sum(map(int, matrix[:, 0])) == int(matrix.sum()) == int(np.ones(len(values)) @ matrix[:, 0])
    assert abs(int(np.abs(matrix).sum())) < 2**53
    assert matrix[:, 0] / scales[0] == pytest.approx(values, abs=1e-10 * max(map(abs, values)) + 1e-290)


def drawn(sample: Sample, resamples: int, at_least: int = 0) -> Counts:
    return np.concatenate(list(draw_resamples(sample, resamples, seed_generator(0, "test"), at_least=at_least)))


def test_each_draw_has_as_many_videos_as_there_are() -> None:
    weights = drawn(of([1.0] * 7, [1.0] * 7), 500)
    assert weights.shape == (500, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)


def test_videos_of_a_unit_are_drawn_together() -> None:
    sample = of([1.0, 2.0, 3.0, 9.0, 4.0, 5.0], [1.0, 2.0, 6.0, 3.0, 1.0, 1.0], units=[0, 1, 0, 2, 1, 0])
    counts = drawn(sample, 300)
    assert counts.shape == (300, 3)
    assert (counts.sum(axis=1) == 3).all()
    weights = counts[:, sample.units]
    for figure, values in ((POOLED, sample.views), (MEAN, np.ones(6))):
        plain = (weights * sample.rates * values).sum(axis=1) / (weights * values).sum(axis=1)
        assert figure.over(sample)(counts) == pytest.approx(plain, rel=1e-12)
    medians = [np.median(np.repeat(sample.views, row)) for row in weights]
    assert VIEWS_MEDIAN.over(sample)(counts).tolist() == medians


def test_draws_are_the_same_however_many_are_made_at_a_time() -> None:
    sample = of([1.0] * 9, [1.0] * 9)
    assert (drawn(sample, 50) == drawn(sample, 50, at_least=200_000)).all()


def test_the_stream_of_numbers_is_pinned() -> None:
    assert seed_generator(0, "TikTok").random_raw() == PINNED
    assert seed_generator(1, "TikTok").random_raw() != PINNED
    assert seed_generator(0, None).random_raw() != seed_generator(0, "None").random_raw()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_videos_of_equal_rates_have_an_interval_without_width(estimator: str) -> None:
    sample = of([1000, 2000, 3000, 4000, 5000], [30, 60, 90, 120, 150])
    assert interval(sample, estimator) == (pytest.approx(3.0, rel=1e-12), pytest.approx(3.0, rel=1e-12))


def test_below_five_units_there_is_no_interval() -> None:
    for sample in (of([1000] * 4, [1, 2, 3, 4]), of([1000] * 6, [1, 2, 3, 4, 5, 6], units=[0, 0, 1, 1, 2, 3])):
        found = estimate_intervals(sample, {"mean": MEAN}, resamples=100, level_pct=95, bits=seed_generator(0))
        assert found == {"mean": (None, None)}


def test_the_interval_of_a_mean_is_near_that_of_theory() -> None:
    rates = np.linspace(1, 9, 81)
    sample = of([1000.0] * 81, list(rates * 10))
    half = 1.990 * rates.std(ddof=1) / math.sqrt(81)  # 1.990: Student's t with 80 degrees of freedom
    assert interval(sample, "mean", resamples=20_000) == (
        pytest.approx(5 - half, abs=0.03),
        pytest.approx(5 + half, abs=0.03),
    )


def test_the_interval_is_far_wider_than_one_from_views_alone() -> None:
    views, rates = 1_000_000, np.linspace(0.01, 0.07, 16)
    low, high = interval(of([views] * 16, list(views * rates)), "pooled")
    binomial = 100 * 2 * 1.96 * math.sqrt(0.04 * 0.96 / (16 * views))
    assert high - low > 50 * binomial


def test_creators_drawn_whole_give_a_wider_interval_than_their_videos() -> None:
    engagements = [float(10 * (1 + creator)) for creator in range(8) for _ in range(10)]
    creators = [creator for creator in range(8) for _ in range(10)]
    alone, whole = (interval(of([1000.0] * 80, engagements, units), "mean") for units in (None, creators))
    assert 2.5 < (whole[1] - whole[0]) / (alone[1] - alone[0]) < 4


def coverage(estimator: str, truth: float, spread: float) -> float:
    """How many of 400 samples of 60 videos have an interval that holds the truth (bench/coverage.py has more)."""
    random = np.random.Generator(np.random.PCG64(7))
    held = 0
    for trial in range(400):
        views = random.lognormal(9, spread, 60)
        sample = of(list(views), list(views * random.beta(4, 96, 60)))
        low, high = interval(sample, estimator, resamples=400, seed=trial)
        held += low <= truth <= high
    return held / 400


@pytest.mark.parametrize(
    ("estimator", "truth", "spread", "at_least"),
    [("mean", 4.0, 1.0, 0.92), ("median", 3.696, 1.0, 0.92), ("pooled", 4.0, 0.5, 0.92), ("pooled", 4.0, 1.0, 0.91)],
)
def test_intervals_of_95_percent_hold_the_truth_about_so_often(
    estimator: str, truth: float, spread: float, at_least: float
) -> None:
    assert at_least <= coverage(estimator, truth, spread) <= 0.98


def test_the_same_seed_returns_the_same_bits_and_another_seed_others() -> None:
    sample = of([1000, 3000, 500, 900, 800, 10], [10, 90, 5, 30, 20, 1])
    assert interval(sample, "pooled") == interval(sample, "pooled")
    assert interval(sample, "pooled", seed=1) != interval(sample, "pooled")
    assert POOLED.exact(sample) == pytest.approx(100 * 156 / 6210)


def test_the_share_left_out_is_that_of_hesterberg() -> None:
    values = np.linspace(0.0, 1.0, 100_001)
    for n, share in ((5, 0.0009541006), (15, 0.0132071731), (100, 0.0230643872)):  # Phi(-sqrt(n/(n-1)) t), by SciPy
        low, high = expanded_interval(values, 95.0, [(1.0, n)])
        assert (low, 1 - high) == (pytest.approx(share, abs=2e-7), pytest.approx(share, abs=2e-7))
    assert expanded_interval(values, 95.0, [(1.0, 1.3)]) == expanded_interval(values, 95.0, [(1.0, 5.0)])


def test_a_difference_has_the_degrees_of_freedom_of_welch_and_satterthwaite() -> None:
    values = np.linspace(0.0, 1.0, 100_001)
    low, _ = expanded_interval(values, 95.0, [(4.0, 8), (1.0, 60)])
    assert low == pytest.approx(0.0098864320, abs=2e-7)  # 10.857 degrees of freedom, variance times 1.1177, by SciPy
    assert expanded_interval(values, 95.0, [(3.0, 20), (0.0, 5)]) == expanded_interval(values, 95.0, [(1.0, 20)])
    assert expanded_interval(values * 0.0, 95.0, [(0.0, 9), (0.0, 9)]) == (0.0, 0.0)
