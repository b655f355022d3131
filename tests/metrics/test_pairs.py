from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, product
from math import factorial, prod
from typing import Any

import numpy as np
import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import hours
from metrics.samples import at_a_day, at_random, of_creators, of_rates

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics._bootstrap import ESTIMATORS, Sample
from influtics_lab.metrics._permutation import Dominance, Side, adjust_p_values
from influtics_lab.metrics.pairs import _is_significant, compare_pairs

quick = examples(40)
LOW, HIGH = [10, 20, 30, 40, 50, 60], [30, 40, 50, 60, 70, 100]


def one(frame: pl.DataFrame, **asked: Any) -> dict[str, Any]:
    return compare_pairs(frame, **({"at_age": "24h"} | asked)).row(0, named=True)


def aged(frame: pl.DataFrame, *published: float) -> pl.DataFrame:
    """The same videos, published so many hours after the start; each is read at hour 24."""
    return frame.with_columns(pl.Series("published_at", [hours(at) for at in published], dtype=schema.Instant))


def test_two_groups_by_hand() -> None:
    out = one(of_rates(a=LOW, b=HIGH), estimator="pooled")
    assert (out["group_a"], out["group_b"], out["n_a"], out["n_b"]) == ("a", "b", 6, 6)
    assert (out["clusters_a"], out["clusters_b"], out["level_pct"]) == (6, 6, 95.0)
    assert out["difference_pct"] == pytest.approx(3.5 - 350 / 60)
    won = sum(np.sign(a - b) for a, b in product(LOW, HIGH))
    assert out["cliffs_delta"] == pytest.approx(won / 36)
    assert (out["age_hours"], out["age"], out["estimator"]) == (24.0, "published", "pooled")
    assert out["engagement_parts"] == "likes+comments"


def test_the_median_is_compared_where_nothing_else_is_asked_for() -> None:
    out = one(of_rates(a=LOW, b=HIGH))
    assert out["difference_pct"] == pytest.approx(3.5 - 5.5)
    assert (out["estimator"], out["note"]) == ("median", None)
    assert out == one(of_rates(a=LOW, b=HIGH), estimator="median")


def test_the_note_states_what_belongs_to_what_where_views_weigh() -> None:
    frame = at_a_day(
        *(("a", 1000, likes) for likes in LOW), *(("b", 1000, likes) for likes in HIGH), ("a", 10**7, 10**6)
    )
    pooled, median = one(frame, estimator="pooled"), one(frame)
    assert pooled["difference_pct"] > 0 > pooled["cliffs_delta"]
    assert "cliffs_delta is of the videos' rates" in pooled["note"]
    assert median["difference_pct"] < 0
    assert (median["cliffs_delta"], median["note"]) == (pooled["cliffs_delta"], None)


def root_distance(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    """The difference of two ratios to the power -1/2, and its standard error, from each one's value and variance."""
    return a[0] ** -0.5 - b[0] ** -0.5, np.sqrt(a[1] / a[0] ** 3 + b[1] / b[0] ** 3) / 2


def distance_of_means(a: np.ndarray, b: np.ndarray) -> float:
    """The distance of two means to the power -1/2, over its standard error."""
    difference, error = root_distance(*((side.mean(), side.var(ddof=1) / len(side)) for side in (a, b)))
    return abs(difference) / error


def distance_of_medians(a: np.ndarray, b: np.ndarray) -> float:
    """The distance of two medians over its standard error (McKean and Schrader 1984)."""
    errors = []
    for side in (a, b):
        k, rising = len(side), sorted(side)
        c = max(1, round((k + 1) / 2 - 1.96 * (k / 4) ** 0.5))
        errors.append((rising[k - c] - rising[c - 1]) / 3.92)
    return abs(np.median(a) - np.median(b)) / np.hypot(*errors)


@pytest.mark.parametrize(("estimator", "distance"), [("mean", distance_of_means), ("median", distance_of_medians)])
def test_p_is_near_that_of_every_possible_deal(estimator: str, distance: Any) -> None:
    both = np.array(LOW + HIGH)
    deals = [np.array(bits) for bits in product((False, True), repeat=12) if sum(bits) == 6]
    dealt = np.array([distance(both[bits], both[~bits]) for bits in deals])
    exact = (dealt >= distance(np.array(LOW), np.array(HIGH)) - 1e-9).mean()
    found = one(of_rates(a=LOW, b=HIGH), estimator=estimator, resamples=20_000)["p_value"]
    assert found == pytest.approx(exact, abs=0.01)


def every_resample(numerators: np.ndarray, denominators: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The probability of each possible resample of units, its ratio, and the variance of that."""
    k = len(numerators)
    drawn = list(combinations_with_replacement(range(k), k))
    orders = [factorial(k) / prod(map(factorial, Counter(units).values())) for units in drawn]
    ratios = [ratio_of_clusters(numerators[list(units)], denominators[list(units)]) for units in drawn]
    return np.array(orders) / k**k, *np.array(ratios).T


def bootstrap_p(*sides: tuple[np.ndarray, np.ndarray]) -> float:
    """The p value of the bootstrap-t over every pair of resamples of two sides, each numerators and denominators."""
    difference, error = root_distance(*(ratio_of_clusters(*side) for side in sides))
    (chance_a, *a), (chance_b, *b) = (every_resample(*side) for side in sides)
    differences, errors = root_distance(tuple(column[:, np.newaxis] for column in a), tuple(b))
    far = np.abs(differences - difference) / np.maximum(errors, 0.6 * error) >= abs(difference) / error - 1e-9
    return float((chance_a[:, np.newaxis] * chance_b * far).sum())


@pytest.mark.parametrize(
    ("estimator", "views"), [("mean", [1000] * 6), ("pooled", [1000, 2000, 1000, 2000, 1000, 2000])]
)
def test_p_of_ratios_is_that_of_every_resample_where_one_side_spreads_widely(estimator: str, views: list[int]) -> None:
    narrow, wide = [48, 49, 50, 50, 51, 52], [10, 12, 15, 20, 25, 60]
    rows = [
        (name, n, n * rate // 1000)
        for name, side in (("a", narrow), ("b", wide))
        for n, rate in zip(views, side, strict=True)
    ]
    likes = np.array([row[2] for row in rows], dtype=float).reshape(2, 6)
    exact = bootstrap_p(*((side, np.array(views, dtype=float)) for side in likes))
    found = one(at_a_day(*rows), estimator=estimator, resamples=20_000)["p_value"]
    assert exact > 0.05
    assert found == pytest.approx(exact, abs=0.015)


def test_a_side_without_engagement_is_as_far_apart_as_can_be_and_two_such_sides_are_alike() -> None:
    for estimator in ("pooled", "mean"):
        apart = one(of_rates(a=[0] * 6, b=[10, 20, 30, 40, 50, 60]), estimator=estimator, resamples=20_000)
        assert apart["p_value"] == pytest.approx(2 / 924, abs=0.002)  # 924 ways to deal out six of twelve
        assert one(of_rates(a=[0] * 6, b=[0] * 6), estimator=estimator)["p_value"] == 1.0


def test_identical_groups_have_p_1_and_no_effect() -> None:
    for estimator in ("pooled", "mean", "median"):
        out = one(of_rates(a=LOW, b=LOW), estimator=estimator)
        assert (out["difference_pct"], out["p_value"], out["p_holm"], out["cliffs_delta"]) == (0.0, 1.0, 1.0, 0.0)
        assert out["difference_low_pct"] < 0 < out["difference_high_pct"]
        assert out["cliffs_delta_low"] < 0 < out["cliffs_delta_high"]


def test_equal_rates_have_p_1_whatever_the_rounding_of_sums() -> None:
    rows = [(name, views, views * 3 // 100) for name in "ab" for views in (100, 700, 1300, 90_000, 500_000)]
    assert one(at_a_day(*rows))["p_value"] == 1.0


def test_p_is_never_zero() -> None:
    out = one(of_rates(a=[10] * 20, b=[90] * 20), estimator="mean", resamples=200)
    assert out["p_value"] == 1 / 201
    assert (out["cliffs_delta"], out["cliffs_delta_low"], out["cliffs_delta_high"]) == (-1.0, -1.0, -1.0)


@pytest.mark.slow
def test_p_of_groups_that_do_not_differ_is_uniform() -> None:
    random = np.random.Generator(np.random.PCG64(5))
    found = []
    for _ in range(100):
        a, b = random.integers(10, 100, (2, 10)).tolist()
        found.append(one(of_rates(a=a, b=b), resamples=100)["p_value"])
    assert np.mean(np.array(found) <= 0.05) <= 0.11
    assert 0.4 < np.mean(found) < 0.6


@pytest.mark.slow
def test_creators_that_differ_make_p_of_videos_far_too_small_and_that_of_clusters_not() -> None:
    alone, whole = [], []
    for seed in range(60):
        frame = of_creators(8, 15, seed=seed)
        alone.append(one(frame, resamples=100)["p_value"])
        whole.append(one(frame, resamples=100, cluster="creator")["p_value"])
    assert np.mean(np.array(alone) <= 0.05) > 0.35
    assert np.mean(np.array(whole) <= 0.05) <= 0.12
    assert 0.4 < np.mean(whole) < 0.6


def ratio_of_clusters(numerators: np.ndarray, denominators: np.ndarray) -> tuple[float, float]:
    """A ratio of sums over clusters, and its variance (Cochran 1977, section 6.3)."""
    ratio, k = numerators.sum() / denominators.sum(), len(numerators)
    return ratio, k / (k - 1) * ((numerators - ratio * denominators) ** 2).sum() / denominators.sum() ** 2


def statistic_of_clusters(estimator: str, views: np.ndarray, likes: np.ndarray, is_a: np.ndarray) -> float:
    """The distance of two groups of clusters of three videos, over its standard error."""
    if estimator == "median":
        return distance_of_medians(*((likes[side] / views[side]).ravel() for side in (is_a, ~is_a)))
    parts = (likes, views) if estimator == "pooled" else (likes / views, np.ones_like(views))
    sides = ([part[side].sum(axis=1) for part in parts] for side in (is_a, ~is_a))
    difference, error = root_distance(*(ratio_of_clusters(*side) for side in sides))
    return abs(difference) / error


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_p_of_clusters_is_near_that_of_every_possible_deal_of_whole_clusters(estimator: str) -> None:
    frame = of_creators(5, 3, seed=2)
    views, likes = (np.array(frame[name], dtype=float).reshape(10, 3) for name in ("views", "likes"))
    deals = [np.array(bits) for bits in product((True, False), repeat=10) if sum(bits) == 5]
    dealt = np.array([statistic_of_clusters(estimator, views, likes, bits) for bits in deals])
    exact = (dealt >= dealt[0] - 1e-9).mean()
    found = one(frame, estimator=estimator, cluster="creator", resamples=20_000)["p_value"]
    assert found == pytest.approx(exact, abs=0.015)


def test_intervals_of_whole_clusters_are_wider_and_estimates_the_same() -> None:
    frame = of_creators(8, 15, seed=1)
    alone, whole = one(frame), one(frame, cluster="creator")
    for name in ("difference{}_pct", "cliffs_delta{}"):
        assert alone[name.format("")] == whole[name.format("")]
        width = [out[name.format("_high")] - out[name.format("_low")] for out in (alone, whole)]
        assert width[1] > 1.5 * width[0]
    assert (whole["n_a"], whole["n_b"], whole["clusters_a"], whole["clusters_b"]) == (120, 120, 8, 8)


def test_below_five_clusters_a_side_there_is_no_answer() -> None:
    out = one(of_creators(4, 15, seed=1), cluster="creator")
    assert (out["n_a"], out["clusters_a"], out["note"]) == (60, 4, "no answer below 5 clusters a side")
    figures = [name for name in out if name.startswith(("difference", "p_", "cliffs"))]
    assert {out[name] for name in figures} == {None}


def test_videos_each_for_themselves_are_as_without_clusters() -> None:
    frame = of_creators(5, 3, seed=1)
    expected = compare_pairs(frame, at_age="24h")
    assert compare_pairs(frame, at_age="24h", cluster="video_id").equals(expected)
    nobody = frame.with_columns(creator=pl.lit(None, dtype=pl.String))
    assert compare_pairs(nobody, at_age="24h", cluster="creator").equals(expected)


def test_a_cluster_on_both_sides_is_one_on_each() -> None:
    frame = of_creators(5, 3, seed=1)
    shared = frame.with_columns(pl.col("creator").str.tail(1))
    assert shared["creator"].n_unique() == 5
    assert compare_pairs(shared, at_age="24h", cluster="creator").equals(
        compare_pairs(frame, at_age="24h", cluster="creator")
    )


def test_the_age_band_of_a_cluster_is_that_of_its_middle_video() -> None:
    sample = Sample(np.ones(7), np.ones(7), np.array([0, 1, 0, 1, 0, 2, 1]))
    side = Side("a", sample, np.array([5, 0, 1, 4, 2, 3, 4]))
    assert side.unit_bands.tolist() == [2, 4, 3]


def test_clusters_are_dealt_out_within_age_bands_only() -> None:
    young, old = [60] * 10, [40] * 10
    rates = of_rates(a=young + old[:2], b=young[:2] + old)
    frame = aged(rates, *[12.0] * 10, *[-240.0] * 2, *[12.0] * 2, *[-240.0] * 10)
    frame = frame.with_columns(pl.Series("creator", [f"c{n // 2}" for n in range(24)]))
    asked = {"at_age": None, "estimator": "mean", "cluster": "creator"}
    assert one(frame, **asked, bands=["365d"])["p_value"] < 0.1
    assert one(frame, **asked)["p_value"] == 1.0
    apart = aged(rates, *[12.0] * 12, *[-240.0] * 12).with_columns(frame["creator"])
    assert one(apart, **asked)["note"] == "no p value: no age band holds videos of both groups"


def test_below_five_videos_a_side_there_is_no_answer() -> None:
    out = one(of_rates(a=LOW, b=HIGH[:4]))
    assert (out["n_a"], out["n_b"], out["note"]) == (6, 4, "no answer below 5 videos a side")
    figures = [name for name in out if name.startswith(("difference", "p_", "cliffs"))]
    assert len(figures) == 8
    assert {out[name] for name in figures} == {None}


def test_every_pair_is_there_once_and_pairs_without_an_answer_do_not_count_in_holms_correction() -> None:
    frame = of_rates(a=[10] * 8, b=[90] * 8, c=[9, 11] * 4, d=[50])
    out = compare_pairs(frame, at_age="24h", estimator="mean", resamples=500)
    assert out.select("group_a", "group_b").rows() == [(x, y) for x, y in product("abcd", repeat=2) if x < y]
    known = out.drop_nulls("p_value").sort("p_value")
    assert known.height == 3
    assert known["p_holm"].to_list() == [min(1.0, 3 * known["p_value"][0])] * 2 + [1.0]


def test_holm_by_hand() -> None:
    assert adjust_p_values([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02]
    assert adjust_p_values([0.6, None, 0.7]) == [1.0, None, 1.0]
    assert adjust_p_values([]) == []


@quick
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = [value for value in adjust_p_values(p_values) if value is not None]
    assert len(adjusted) == len(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    ranked = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


@quick
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=2, max_size=12))
def test_cliffs_delta_is_that_of_all_pairs(counted: list[tuple[int, int]]) -> None:
    values, weights = (np.array(column) for column in zip(*counted, strict=True))
    weights[[0, -1]] += 1
    half = len(values) // 2
    parts = (slice(half), slice(half, None))
    a, b = (np.repeat(values[part], weights[part]) for part in parts)
    sides = [Sample(np.ones(len(values[part])), values[part] * 1.0, np.arange(len(values[part]))) for part in parts]
    found = Dominance(*sides).over(*(weights[np.newaxis, part] for part in parts))
    assert found[0] == pytest.approx(np.sign(np.subtract.outer(a, b)).mean())


def test_a_difference_is_significant_where_p_and_interval_agree() -> None:
    apart = one(of_rates(a=[10, 12, 14, 16, 18, 20], b=[50, 52, 54, 56, 58, 60]), estimator="mean")
    assert apart["is_significant"]
    assert apart["p_holm"] < 0.05
    assert apart["difference_high_pct"] < 0
    assert not one(of_rates(a=LOW, b=LOW))["is_significant"]
    assert one(of_rates(a=LOW, b=HIGH[:4]))["is_significant"] is False


@pytest.mark.parametrize(
    ("p", "low", "high", "expected"),
    [(0.04, 0.1, 0.5, True), (0.04, -0.5, -0.1, True), (0.04, 0.0, 0.5, False), (0.05, 0.1, 0.5, False)],
)
def test_a_small_p_or_an_interval_alone_is_no_significant_difference(
    p: float, low: float, high: float, expected: bool
) -> None:
    assert _is_significant({"p_holm": p, "difference_low_pct": low, "difference_high_pct": high}) is expected


def test_at_last_readings_labels_are_exchanged_within_age_bands_only() -> None:
    young, old = [60] * 5, [40] * 5
    rates = of_rates(a=young + old[:1], b=young[:1] + old)
    ages = [12.0] * 5 + [-240.0] + [12.0] + [-240.0] * 5
    everywhere = one(aged(rates, *ages), at_age=None, estimator="mean", bands=["365d"])
    within = one(aged(rates, *ages), at_age=None, estimator="mean")
    assert everywhere["difference_pct"] == within["difference_pct"]
    assert everywhere["p_value"] < 0.1
    assert within["p_value"] == 1.0
    assert (within["age_hours"], within["age"]) == (None, None)


def test_bands_that_hold_one_group_alone_give_no_p() -> None:
    out = one(aged(of_rates(a=LOW, b=HIGH), *[12.0] * 6, *[-240.0] * 6), at_age=None)
    assert out["note"] == "no p value: no age band holds videos of both groups"
    assert (out["p_value"], out["p_holm"]) == (None, None)
    assert out["difference_pct"] is not None


def test_at_last_readings_videos_without_an_age_do_not_count() -> None:
    frame = of_rates(a=LOW, b=HIGH).with_columns(
        pl.when(pl.col("video_id") != "v000").then("published_at").alias("published_at")
    )
    out = one(frame, at_age=None)
    assert (out["n_a"], out["n_b"]) == (5, 6)


def test_the_same_seed_returns_the_same_bytes_in_any_order_of_rows_and_beside_any_other_group() -> None:
    frame = at_random(90, platforms=("Instagram", "TikTok", "YouTube"))
    out = compare_pairs(frame, at_age="24h")
    assert out.equals(compare_pairs(frame.sample(fraction=1, shuffle=True, seed=3), at_age="24h"))
    fewer = compare_pairs(frame.filter(pl.col("platform") != "TikTok"), at_age="24h")
    same = out.filter(group_a="Instagram", group_b="YouTube")
    assert fewer.drop("p_holm").equals(same.drop("p_holm"))
    assert not out.equals(compare_pairs(frame, at_age="24h", seed=1))


def test_null_is_a_group_and_an_age_nobody_reached_no_error() -> None:
    frame = at_a_day(*((name, 1000, likes) for name in ("a", None) for likes in LOW))
    assert compare_pairs(frame, at_age="24h").select("group_a", "group_b", "n_b").rows() == [("a", None, 6)]
    assert one(frame, at_age="90d")["note"] == "no answer below 5 videos a side"


def test_one_group_alone_returns_no_rows_but_all_columns() -> None:
    frame = at_random(20)
    out = compare_pairs(frame.filter(platform="TikTok"), at_age="24h")
    assert out.height == 0
    assert out.schema == compare_pairs(frame, at_age="24h").schema
    assert compare_pairs(frame.clear(), at_age="24h").schema == out.schema
    assert isinstance(compare_pairs(frame.lazy(), at_age="24h"), pl.LazyFrame)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"by": "creator"}, MissingColumnError, "compare_pairs needs the column 'creator'"),
        ({"estimator": "mode"}, FrameError, "found estimator 'mode'"),
        ({"bands": ["7d", "24h"]}, FrameError, "give ages that rise"),
        ({"bands": ["soon"]}, FrameError, "compare_pairs: bands is 'soon'"),
        ({"estimator": ["median"]}, FrameError, "found estimator"),
        ({"resamples": 0}, FrameError, "resamples is 0"),
        ({"level_pct": 0.95}, FrameError, r"compare_pairs: level_pct is 0\.95, in percent"),
        ({"seed": "a"}, FrameError, "compare_pairs: seed is 'a'"),
        ({"by": ["platform"]}, FrameError, "by is .* the name of one column"),
        ({"by": "video_id"}, FrameError, "by is 'video_id'; name a column whose value several videos share"),
        ({"cluster": "creator"}, MissingColumnError, "compare_pairs needs the column 'creator'"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        compare_pairs(at_random(4), **wrong)
