from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influtics_lab.metrics._bootstrap import (
    ESTIMATORS,
    Floats,
    Sample,
    exact,
    generator,
    intervals,
    mean,
    pooled,
    resampled,
    weighted_median,
)

quick = settings(max_examples=40, deadline=None)
PINNED = 17431046619539206486


def of(views: list[float], engagements: list[float], units: list[int] | None = None) -> Sample:
    return Sample(
        views=np.array(views, dtype=float),
        engagements=np.array(engagements, dtype=float),
        units=np.array(range(len(views)) if units is None else units, dtype=np.intp),
    )


def interval(sample: Sample, estimator: str, *, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    figures = {estimator: ESTIMATORS[estimator]}
    bits = generator(seed, "test")
    low, high = intervals(sample, figures, resamples=resamples, level_pct=95, bits=bits)[estimator]
    assert low is not None
    assert high is not None
    return low, high


def test_the_three_estimates_by_hand() -> None:
    sample = of([1000, 1000, 8000], [10, 30, 160])
    assert exact("pooled", sample) == 2.0
    assert exact("mean", sample) == 2.0
    assert exact("median", sample) == 2.0
    sample = of([1000, 1000, 6000, 2000], [10, 30, 360, 0])
    assert [exact(name, sample) for name in ESTIMATORS] == [4.0, 2.5, 2.0]


def test_the_effective_number_is_that_of_equal_videos_and_near_one_where_one_has_all_views() -> None:
    assert of([5, 5, 5, 5], [1, 1, 1, 1]).effective == 4.0
    assert of([3, 1], [1, 1]).effective == 16 / 10
    assert of([1e9, 1, 1], [1, 1, 1]).effective == pytest.approx(1.0)


@quick
@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**8)), min_size=1, max_size=12))
def test_weights_of_one_give_the_exact_estimates(videos: list[tuple[int, int]]) -> None:
    sample = of([views for views, _ in videos], [engagements for _, engagements in videos])
    ones = np.ones((1, len(sample)))
    for name, figure in ESTIMATORS.items():
        assert figure(sample, ones)[0] == pytest.approx(exact(name, sample), rel=1e-12)


@quick
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=1, max_size=12))
def test_a_weighted_median_is_the_median_of_values_repeated(counted: list[tuple[int, int]]) -> None:
    values = np.array([value for value, _ in counted], dtype=float)
    weights = np.array([weight for _, weight in counted])
    if not weights.sum():
        weights[0] = 1
    found = weighted_median(values, np.array([weights], dtype=float))
    assert found[0] == np.median(np.repeat(values, weights))


def drawn(sample: Sample, resamples: int, at_least: int = 0) -> Floats:
    return np.concatenate(list(resampled(sample, resamples, generator(0, "test"), at_least=at_least)))


def test_each_draw_has_as_many_videos_as_there_are() -> None:
    weights = drawn(of([1.0] * 7, [1.0] * 7), 500)
    assert weights.shape == (500, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)


def test_videos_of_a_unit_are_drawn_together() -> None:
    weights = drawn(of([1.0] * 6, [1.0] * 6, units=[0, 1, 0, 2, 1, 0]), 300)
    assert (weights[:, [0, 0, 1]] == weights[:, [2, 5, 4]]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_draws_are_the_same_however_many_are_made_at_a_time() -> None:
    sample = of([1.0] * 9, [1.0] * 9)
    assert (drawn(sample, 50) == drawn(sample, 50, at_least=200_000)).all()


def test_the_stream_of_numbers_is_pinned() -> None:
    assert generator(0, "TikTok").random_raw() == PINNED
    assert generator(1, "TikTok").random_raw() != PINNED
    assert generator(0, None).random_raw() != generator(0, "None").random_raw()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_videos_of_equal_rates_have_an_interval_without_width(estimator: str) -> None:
    sample = of([1000, 2000, 3000, 4000, 5000], [30, 60, 90, 120, 150])
    assert interval(sample, estimator) == (pytest.approx(3.0, rel=1e-12), pytest.approx(3.0, rel=1e-12))


def test_below_five_units_there_is_no_interval() -> None:
    for sample in (of([1000] * 4, [1, 2, 3, 4]), of([1000] * 6, [1, 2, 3, 4, 5, 6], units=[0, 0, 1, 1, 2, 3])):
        found = intervals(sample, {"mean": mean}, resamples=100, level_pct=95, bits=generator(0))
        assert found == {"mean": (None, None)}


def test_the_interval_of_a_mean_is_near_that_of_theory() -> None:
    rates = np.linspace(1, 9, 81)
    sample = of([1000.0] * 81, list(rates * 10))
    half = 1.96 * rates.std() / math.sqrt(81)
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
    """How many of 400 samples of 60 videos have an interval that holds the truth."""
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
    [("mean", 4.0, 1.0, 0.92), ("median", 3.696, 1.0, 0.92), ("pooled", 4.0, 0.5, 0.92), ("pooled", 4.0, 1.0, 0.86)],
)
def test_intervals_of_95_percent_hold_the_truth_about_so_often(
    estimator: str, truth: float, spread: float, at_least: float
) -> None:
    assert at_least <= coverage(estimator, truth, spread) <= 0.98


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    sample = of([1000, 3000, 500, 900, 800, 10], [10, 90, 5, 30, 20, 1])
    assert interval(sample, "pooled") == interval(sample, "pooled")
    assert interval(sample, "pooled", seed=1) != interval(sample, "pooled")
    assert pooled(sample, np.ones((1, 6)))[0] == pytest.approx(100 * 156 / 6210)
