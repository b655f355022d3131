from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from metrics.readings import documented, frames, readings

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics import engagement_rate
from influtics_lab.metrics.ratios import RATIOS, count_ratios


def test_the_documented_example_by_hand() -> None:
    first = count_ratios(documented()).select(*RATIOS).row(0)
    assert first == pytest.approx(
        (100 * 56_500 / 1_900_000, 100 * 483 / 1_900_000, 100 * 483 / 56_500, 100 * 6_472 / 1_900_000)
    )


def test_a_ratio_is_null_where_a_count_is_missing_or_the_lower_one_is_zero() -> None:
    frame = readings(
        ("no views", 0, 0, 5, 1, 1),
        ("no likes", 0, 100, 0, 1, 1),
        ("no reposts", 0, 100, 10, 1, None),
        ("negative", 0, -5, 1, 1, 1),
        columns=schema.COUNTS,
    )
    assert count_ratios(frame).select(*RATIOS).rows() == [
        (None, None, 20.0, None),
        (0.0, 1.0, None, 1.0),
        (10.0, 1.0, 10.0, None),
        (None, None, 100.0, None),
    ]


def test_hidden_counts_and_failed_polls_have_no_ratio_and_stay_raw() -> None:
    frame = readings(
        ("hidden likes", 0, 1000, 50, 5, 1),
        ("hidden likes", 1, 1100, 0, 6, 1),
        ("failed", 0, 1000, 50, 5, 1),
        ("failed", 1, 0, 0, 0, 0),
        columns=schema.COUNTS,
    )
    out = count_ratios(frame)
    assert out.select(*RATIOS).rows()[1] == (None, pytest.approx(600 / 1100), None, pytest.approx(100 / 1100))
    assert out.select(*RATIOS).rows()[3] == (None, None, None, None)
    assert out.select(schema.COUNTS).equals(frame.select(schema.COUNTS))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(frame=frames())
def test_the_ratios_to_views_add_up_to_the_engagement_rate(frame: pl.DataFrame) -> None:
    parts = ["like_view_ratio_pct", "comment_view_ratio_pct", "repost_view_ratio_pct"]
    out = frame.pipe(count_ratios).pipe(engagement_rate).filter(engagement_parts="likes+comments+reposts")
    known = out.drop_nulls("engagement_rate_pct")
    assert known["engagement_rate_pct"].to_list() == pytest.approx(known.select(pl.sum_horizontal(parts)).to_series())


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingColumnError, match="count_ratios needs the column 'likes'"):
        count_ratios(readings(("a", 0, 1)).drop("likes"))
    with pytest.raises(FrameError, match="views is Float64"):
        count_ratios(readings(("a", 0, 1)).with_columns(pl.col("views").cast(pl.Float64)))
