from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics.readings import readings

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.concentration import COLUMNS, concentration
from influtics_lab.metrics.timeline import latest

quick = settings(max_examples=40, deadline=None)


def of(*values: float | None, group: str | None = "a") -> pl.DataFrame:
    return pl.DataFrame(
        {"group": [group] * len(values), "views": values}, schema={"group": pl.String, "views": pl.Float64}
    )


def figures(*values: float | None) -> tuple[Any, ...]:
    return concentration(of(*values)).select("top_tenth_share_pct", "gini").row(0)


def test_the_top_tenth_and_gini_by_hand() -> None:
    assert figures(*[1.0] * 9, 91.0) == (91.0, pytest.approx(0.81))
    assert figures(1, 2, 3, 4) == (pytest.approx(0.4 * 40), pytest.approx(0.25))
    assert figures(0, 0, 0, 8) == (pytest.approx(40.0), 0.75)
    assert figures(*range(1, 26))[0] == pytest.approx(100 * (25 + 24 + 0.5 * 23) / 325)


def test_equal_videos_have_a_tenth_and_no_inequality() -> None:
    for n in (1, 3, 10, 27):
        assert figures(*[7.0] * n) == (pytest.approx(10.0), pytest.approx(0.0, abs=1e-12))


def test_missing_values_are_left_out_and_negative_ones_have_no_share() -> None:
    out = concentration(of(1, 2, None, 3, 4, math.nan))
    assert out.row(0) == (6, 4, pytest.approx(16.0), pytest.approx(0.25))
    for values in ((), (None,), (0.0, 0.0), (-1.0, 5.0)):
        assert concentration(of(*values)).select("top_tenth_share_pct", "gini").rows() in ([], [(None, None)])


def test_groups_are_apart_sorted_and_null_is_last() -> None:
    rows = pl.concat([of(5, group=None), of(1, 2, 3, 4, group="b"), of(1, 3, group="a")])
    out = concentration(rows, by="group")
    assert out["group"].to_list() == ["a", "b", None]
    assert out["n"].to_list() == [2, 4, 1]
    assert out["gini"].to_list() == pytest.approx([0.25, 0.25, 0.0])


@quick
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(2, 1000))
def test_gini_is_half_the_mean_difference_over_the_mean_and_no_scale_matters(values: list[int], factor: int) -> None:
    share, gini = figures(*map(float, values))
    if not sum(values):
        assert (share, gini) == (None, None)
        return
    n = len(values)
    assert gini == pytest.approx(sum(abs(a - b) for a in values for b in values) / (2 * n * sum(values)), abs=1e-12)
    assert 0 <= gini <= (n - 1) / n + 1e-12
    assert 10 - 1e-9 <= share <= 100 * (1 + 1e-12)
    assert figures(*(float(factor * value) for value in values)) == pytest.approx((share, gini), abs=1e-12)


@pytest.mark.slow
@quick
@given(st.lists(st.floats(1e300, 1.7e308), min_size=1, max_size=20))
def test_the_largest_numbers_have_a_share(values: list[float]) -> None:
    share, gini = figures(*values)
    assert math.isfinite(share)
    assert math.isfinite(gini)


def test_readings_are_refused_and_last_known_counts_are_not() -> None:
    frame = readings(("a", 0, 5), ("a", 1, 9), ("b", 0, 1))
    with pytest.raises(FrameError, match="video_id 'a' has several rows; give one row for each video"):
        concentration(frame)
    assert concentration(latest(frame)).row(0) == (2, 2, pytest.approx(18.0), pytest.approx(0.4))


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(MissingColumnError, match="concentration needs the column 'likes'"):
        concentration(of(1.0), "likes")
    with pytest.raises(FrameError, match="concentration: group is String; it must be a number"):
        concentration(of(1.0), "group")
    with pytest.raises(FrameError, match="by is 'n', which is a column of the result"):
        concentration(of(1.0).with_columns(n=1), by="n")


def test_no_rows_are_no_group() -> None:
    assert concentration(of()).schema == COLUMNS
    assert concentration(of(), by="group").schema == {"group": pl.String(), **COLUMNS}
    assert concentration(of(), by="group").height == concentration(of()).height == 0
