from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from metrics.readings import readings

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics import engagement_rate
from influtics_lab.metrics.money import cpe, cpm, cpv, emv
from influtics_lab.schema import COUNTS

COSTS: dict[str, Callable[..., Any]] = {"cpm": cpm, "cpv": cpv, "cpe": cpe}


def bought(*spends: Any, views: int | None = 1000, likes: int | None = 40) -> pl.DataFrame:
    rows = [("a", hour, views, likes, 10, None) for hour in range(len(spends))]
    return readings(*rows, columns=COUNTS).with_columns(pl.Series("spend", spends)).pipe(engagement_rate)


def test_costs_of_a_video() -> None:
    out = bought(250.0).pipe(cpm).pipe(cpv).pipe(cpe)
    assert out.select("cpm", "cpv", "cpe").row(0) == (250.0, 0.25, 5.0)


def test_nothing_spent_costs_nothing_and_whole_money_is_money() -> None:
    out = bought(0, 500).pipe(cpm).pipe(cpe)
    assert out.select("cpm", "cpe").rows() == [(0.0, 0.0), (500.0, 10.0)]


@pytest.mark.parametrize("name", COSTS)
def test_spend_that_is_no_amount_has_no_cost(name: str) -> None:
    frame = bought(None, -1.0, float("nan"), float("inf"), float("-inf"))
    assert COSTS[name](frame)[name].to_list() == [None] * 5


@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize("views", [None, 0, -5])
def test_views_or_engagements_that_are_not_there_have_no_cost(name: str, views: int | None) -> None:
    frame = bought(250.0, views=views).with_columns(engagements=pl.lit(views, dtype=pl.Int64))
    assert COSTS[name](frame)[name].to_list() == [None]


@pytest.mark.parametrize("name", COSTS)
def test_a_cost_beyond_floats_is_null(name: str) -> None:
    tiny = bought(1.7e308, views=1).with_columns(engagements=pl.lit(1))
    assert COSTS[name](tiny)[name].to_list() == [None if name == "cpm" else 1.7e308]


def test_the_spend_can_have_another_name_and_must_be_a_number() -> None:
    frame = bought(250.0).rename({"spend": "fee"})
    assert cpm(frame, "fee")["cpm"].to_list() == [250.0]
    with pytest.raises(MissingColumnError, match="cpm needs the column 'spend'"):
        cpm(frame)
    with pytest.raises(FrameError, match="fee is String; it must be a number"):
        cpm(frame.with_columns(fee=pl.lit("250 EUR")), "fee")


def test_engagements_are_added_by_engagement_rate() -> None:
    with pytest.raises(MissingColumnError, match=r"lab\.engagement_rate"):
        cpe(bought(250.0).drop("engagements"))


def test_media_value_is_the_sum_over_the_counts_that_have_a_rate() -> None:
    frame = bought(0.0)
    assert emv(frame, {"views": 0.01})["emv"].to_list() == [10.0]
    assert emv(frame, {"views": 0.01, "likes": 0.25, "comments": 1})["emv"].to_list() == [30.0]


def test_media_value_is_null_where_a_count_with_a_rate_is_missing_or_hidden() -> None:
    rates = {"views": 0.01, "likes": 0.25}
    assert emv(bought(0.0, likes=None), rates)["emv"].to_list() == [None]
    assert emv(bought(0.0, views=5000, likes=0), rates)["emv"].to_list() == [None]
    assert emv(bought(0.0, views=5000, likes=0), {"views": 0.01})["emv"].to_list() == [50.0]
    assert emv(bought(0.0, views=5000), {"reposts": 1.0})["emv"].to_list() == [None]


@pytest.mark.parametrize(
    "rates", [{}, {"shares": 1.0}, {"views": -1.0}, {"views": float("nan")}, {"views": "1"}, {"views": True}], ids=str
)
def test_rates_that_are_none_are_refused(rates: Any) -> None:
    with pytest.raises(FrameError, match="emv"):
        emv(bought(0.0), rates)


@pytest.mark.parametrize("name", COSTS)
def test_money_is_the_same_in_lazy_frames_and_pandas(name: str) -> None:
    frame = bought(250.0, None, -1.0, 7.0)
    expected = COSTS[name](frame)
    assert COSTS[name](frame.lazy()).collect().equals(expected)
    found = COSTS[name](frame.to_pandas(use_pyarrow_extension_array=True))
    assert pl.from_pandas(found)[name].to_list() == expected[name].to_list()


def creators() -> pl.DataFrame:
    """Sums of two creators' videos, without the videos."""
    return pl.DataFrame(
        {
            "creator": ["Ann", "Bo"],
            "views": [40_000, 0],
            "engagements": [500, None],
            "likes": [400, 0],
            "spend": [100.0, 50.0],
        }
    )


def test_sums_of_a_creator_have_costs() -> None:
    for frame in (creators(), creators().lazy(), creators().to_pandas(use_pyarrow_extension_array=True)):
        out = cpe(cpv(cpm(frame)))
        found = out.collect() if isinstance(out, pl.LazyFrame) else pl.DataFrame(out)
        assert found.select("creator", "cpm", "cpv", "cpe").rows() == [
            ("Ann", 2.5, 0.0025, 0.2),
            ("Bo", None, None, None),
        ]


def test_sums_of_a_creator_have_a_value_in_which_a_zero_is_a_zero() -> None:
    assert emv(creators(), {"views": 0.01, "likes": 0.5})["emv"].to_list() == [600.0, 0.0]
    assert emv(creators(), {"likes": 0.5})["emv"].to_list() == [200.0, 0.0]


@pytest.mark.parametrize("column", ["video_id", "timestamp"])
def test_readings_that_lack_one_column_are_no_sums(column: str) -> None:
    with pytest.raises(MissingColumnError, match=f"needs the column '{column}'"):
        cpm(bought(250.0).drop(column))


def test_sums_are_checked() -> None:
    with pytest.raises(MissingColumnError, match="cpm needs the column 'views'"):
        cpm(creators().drop("views"))
    with pytest.raises(FrameError, match="views is Float64; a count must be Int64"):
        cpm(creators().cast({"views": pl.Float64}))
