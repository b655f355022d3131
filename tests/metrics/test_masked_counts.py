from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from metrics.plain_counts import polls, visible_readings
from metrics.readings import readings

from influtics_lab.metrics import flag_counters, growth
from influtics_lab.metrics._engine import to_narwhals, to_native
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import mask_hidden_counts


def shown(frame: pl.DataFrame) -> pl.DataFrame:
    return to_native(mask_hidden_counts(to_narwhals(frame.lazy(), "test"), by="video_id"), frame)


def one_count(count: str, *values: int | None) -> list[Any]:
    """What is computed with of a series of one count, beside 500 views at each reading (views: beside one comment)."""
    others = {"comments": 1} if count == "views" else {"views": 500}
    rows = [("a", hour, *((others | {count: value}).get(name) for name in COUNTS)) for hour, value in enumerate(values)]
    return shown(readings(*rows, columns=COUNTS))[count].to_list()


@pytest.mark.parametrize("count", ["likes", "comments", "reposts"])
def test_zero_is_hidden_after_a_value_above_five_and_true_after_five_or_less(count: str) -> None:
    assert one_count(count, 8, 0) == [8, None]
    assert one_count(count, 6, 0, 0, 7) == [6, None, None, 7]
    assert one_count(count, 8, 3, 0) == [8, 3, 0]
    assert one_count(count, 5, 0, None, 0) == [5, 0, None, 0]
    assert one_count(count, 8, None, 0, 2, 0) == [8, None, None, 2, 0]
    assert one_count(count, 0, 0) == [0, 0]


def test_views_of_zero_are_hidden_after_any_value_above_zero() -> None:
    assert one_count("views", 0, 1, 0, None, 0, 9) == [0, 1, None, None, None, 9]
    assert one_count("views", 0, 0) == [0, 0]


def test_all_counts_of_a_failed_poll_are_null_also_small_ones() -> None:
    frame = readings(("a", 0, 90, 3, 2, 0), ("a", 1, 0, 0, 0, 0), ("a", 2, 95, 0, 2, None), columns=COUNTS)
    assert shown(frame).select(COUNTS).rows() == [(90, 3, 2, 0), (None,) * 4, (95, 0, 2, None)]
    flags = flag_counters(frame).select("is_failed_poll", "views_before_failed_poll", "hidden_counts").rows()
    assert flags == [(False, None, None), (True, 90, "views"), (False, None, None)]


def test_a_poll_with_one_count_above_zero_did_not_fail() -> None:
    frame = readings(("a", 0, 90, 3, 2, 0), ("a", 1, 0, 0, 1, 0), columns=COUNTS)
    assert shown(frame).select(COUNTS).row(1) == (None, 0, 1, 0)
    assert not flag_counters(frame)["is_failed_poll"].any()


def test_counts_that_a_failed_poll_does_not_report_do_not_speak_against_it() -> None:
    frame = readings(("a", 0, 90, 3, 2, None), ("a", 1, 0, None, 0, None), columns=COUNTS)
    assert flag_counters(frame)["is_failed_poll"].to_list() == [False, True]


def test_zeros_before_the_first_view_are_no_failed_poll() -> None:
    frame = readings(("a", 0, 0, 0, 0, 0), ("a", 1, 90, 3, 2, 0), columns=COUNTS)
    assert not flag_counters(frame)["is_failed_poll"].any()


def test_growth_of_likes_skips_a_failed_poll() -> None:
    frame = readings(("a", 0, 90, 3, 2, 0), ("a", 1, 0, 0, 0, 0), ("a", 2, 95, 4, 2, 0), columns=COUNTS)
    assert growth(frame, "likes")["likes_gained"].to_list() == [None, None, 1]


def test_likes_alone_are_judged_without_the_columns_that_are_not_there() -> None:
    frame = readings(("a", 0, 9), ("a", 1, 0), columns=("likes",)).select("video_id", "timestamp", "likes")
    assert shown(frame)["likes"].to_list() == [9, None]


@pytest.mark.slow
@examples(60)
@given(frame=polls())
def test_visible_counts_are_those_of_a_loop_in_plain_python(frame: pl.DataFrame) -> None:
    expected = [tuple(row[count] for count in COUNTS) for rows in visible_readings(frame).values() for row in rows]
    assert shown(frame).sort("video_id", "timestamp").select(COUNTS).rows() == expected
    failed = flag_counters(frame).sort("video_id", "timestamp")["is_failed_poll"].to_list()
    visible = [any(value is not None for value in row) for row in expected]
    assert not any(poll and any_visible for poll, any_visible in zip(failed, visible, strict=True))
