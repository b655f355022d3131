from __future__ import annotations

import polars as pl
import pytest
from metrics.readings import documented, readings

from influtics_lab.errors import FrameError
from influtics_lab.metrics import engagement_rate, incremental_engagement_rate
from influtics_lab.schema import COUNTS

ALL = "likes+comments+reposts"


def rates(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select("engagements", "engagement_rate_pct", "engagement_parts").rows()


def test_the_documented_rates() -> None:
    out = engagement_rate(documented())
    assert out["engagement_rate_pct"].round(5).to_list() == [3.33974, 10.57796, 10.57781]
    assert out["engagement_rate_pct"][0] == pytest.approx(3.339736842105263, abs=1e-15)
    assert out["engagements"].to_list() == [63455, 96069, 96385]


def test_reposts_are_left_out_only_where_a_video_never_reports_them() -> None:
    frame = readings(
        ("never", 0, 100, 2, 1, None),
        ("never", 1, 200, 4, 2, None),
        ("once", 0, 100, 2, 1, None),
        ("once", 1, 100, 2, 1, 1),
        columns=COUNTS,
    )
    assert rates(engagement_rate(frame)) == [
        (3, 3.0, "likes+comments"),
        (6, 3.0, "likes+comments"),
        (None, None, None),
        (4, 4.0, ALL),
    ]


def test_missing_likes_or_comments_make_it_null_there_and_zero_is_not_missing() -> None:
    frame = readings(
        ("a", 0, 100, None, 1, 1),
        ("a", 1, 100, 2, None, 1),
        ("a", 2, 100, 0, 0, 0),
        columns=COUNTS,
    )
    assert rates(engagement_rate(frame)) == [(None, None, None), (None, None, None), (0, 0.0, ALL)]


def test_views_that_are_null_or_not_above_zero_have_no_rate() -> None:
    frame = readings(("a", 0, None, 1, 1, 1), ("a", 1, 0, 1, 1, 1), ("a", 2, -5, 1, 1, 1), columns=COUNTS)
    assert rates(engagement_rate(frame)) == [(3, None, ALL)] * 3


def test_named_parts_are_used_exactly() -> None:
    frame = readings(("a", 0, 100, 2, 1, 7), ("b", 0, 100, 2, 1, None), columns=COUNTS)
    assert rates(engagement_rate(frame, ("comments", "likes"))) == [(3, 3.0, "likes+comments")] * 2
    assert rates(engagement_rate(frame, ("likes", "comments", "reposts"))) == [(10, 10.0, ALL), (None, None, None)]
    assert rates(engagement_rate(frame, "likes")) == [(2, 2.0, "likes")] * 2


def test_named_parts_need_no_other_columns() -> None:
    frame = documented().drop("reposts")
    out = engagement_rate(frame, ("likes", "comments"))
    assert out["engagement_rate_pct"].round(5).to_list() == [2.99911, 9.93184, 9.93218]


@pytest.mark.parametrize("parts", [(), ("views",), ("likes", "shares")])
def test_parts_that_are_none_are_refused_with_what_is_allowed(parts: tuple[str, ...]) -> None:
    with pytest.raises(FrameError, match="likes, comments, reposts"):
        engagement_rate(documented(), parts)


def test_a_sum_beyond_64_bits_is_null() -> None:
    frame = readings(("a", 0, 100, 2**62, 2**62, 0), ("a", 1, 100, 2**62, 5, 0), columns=COUNTS)
    assert engagement_rate(frame)["engagements"].to_list() == [None, 2**62 + 5]


def test_repeating_engagement_rate_replaces_its_columns() -> None:
    once = engagement_rate(documented())
    assert engagement_rate(once).equals(once)
    assert rates(engagement_rate(once, ("likes",)))[0] == (56500, pytest.approx(2.973684), "likes")


def test_incremental_rate_of_the_documented_video() -> None:
    out = incremental_engagement_rate(documented())["incremental_engagement_rate_pct"].to_list()
    assert out == [None, None, pytest.approx(100 * 316 / 3000)]


def test_incremental_rate_looks_back_to_the_last_reading_with_views_and_parts() -> None:
    frame = readings(
        ("a", 0, 100, 10, 0, None),
        ("a", 1, None, 15, 0, None),
        ("a", 2, 150, None, 0, None),
        ("a", 3, 200, 20, 0, None),
        ("a", 4, 200, 20, 0, None),
        ("a", 5, 190, 20, 0, None),
        ("a", 6, 240, 15, 0, None),
        columns=COUNTS,
    )
    out = incremental_engagement_rate(frame)["incremental_engagement_rate_pct"].to_list()
    assert out == [None, None, None, 10.0, None, None, -10.0]


def test_incremental_rate_adds_one_column() -> None:
    frame = documented()
    assert incremental_engagement_rate(frame).columns == [*frame.columns, "incremental_engagement_rate_pct"]
