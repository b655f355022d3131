from __future__ import annotations

import math
import statistics
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import DataQualityWarning, FrameError, MissingColumnError
from influtics_lab.metrics.creator_usual import COLUMNS, HIT_COLUMNS, hit_rate, multiple_of_usual

quick = settings(max_examples=30, deadline=None)


def uploads(*views: int | None, creator: str | None = "Ann", every: float = 100, first: int = 0) -> pl.DataFrame:
    """Videos of one creator, each published so many hours after the one before and read 24 hours later."""
    ids = [f"v{first + n:02}" for n in range(len(views))]
    frame = readings(*((video, n * every + 24, count) for n, (video, count) in enumerate(zip(ids, views, strict=True))))
    published = pl.Series([hours(n * every) for n in range(len(views))], dtype=schema.Instant)
    return frame.with_columns(published.alias("published_at"), creator=pl.lit(creator, dtype=pl.String))


def multiples(frame: pl.DataFrame, **asked: Any) -> list[float | None]:
    return multiple_of_usual(frame, "24h", **asked)["multiple_of_usual"].to_list()


def test_each_video_is_judged_against_the_median_of_five_or_more_earlier_ones() -> None:
    out = multiple_of_usual(uploads(10, 30, 20, 50, 40, 90, 6), "24h")
    assert out["usual_videos"].to_list() == [0, 1, 2, 3, 4, 5, 6]
    assert out["usual_value"].to_list() == [None] * 5 + [30.0, 35.0]
    assert out["multiple_of_usual"].to_list() == [None] * 5 + [3.0, pytest.approx(6 / 35)]
    assert out.select("usual_age_hours", "usual_age", "usual_measure").unique().rows() == [(24.0, "published", "views")]


def test_none_of_the_judged_videos_is_part_of_the_usual() -> None:
    frame = uploads(10, 20, 30, 40, 50, 1000, 2000, 60, 90)
    out = multiple_of_usual(frame, "24h", judged=["v05", "v06", "v08"])
    assert out.select("video_id", "usual_videos", "usual_value", "multiple_of_usual").rows() == [
        ("v05", 5, 30.0, pytest.approx(100 / 3)),
        ("v06", 5, 30.0, pytest.approx(200 / 3)),
        ("v08", 6, 35.0, pytest.approx(90 / 35)),
    ]


def test_later_videos_those_of_the_same_moment_and_of_others_are_not_usual() -> None:
    together = uploads(10, 20, 30, 40, 50, 60, 70, every=0)
    assert multiples(together) == [None] * 7
    two = pl.concat([uploads(10, 20, 30, 40, 50, 60), uploads(1, 1, 1, 1, 1, 5, creator="Bo", first=6)])
    assert multiples(two)[5] == 2.0
    assert multiples(two)[11] == 5.0


def test_a_video_without_creator_publication_or_value_has_no_multiple() -> None:
    assert multiples(uploads(10, 20, 30, 40, 50, 60, creator=None)) == [None] * 6
    frame = uploads(10, 20, None, 30, 40, 50, None, 60)
    out = multiple_of_usual(frame, "24h")
    assert out["usual_videos"].to_list() == [0, 1, 2, 2, 3, 4, 5, 5]
    assert out["multiple_of_usual"].to_list() == [None] * 7 + [2.0]
    unpublished = frame.with_columns(pl.when(pl.col("video_id") != "v07").then("published_at").alias("published_at"))
    assert multiple_of_usual(unpublished, "24h").row(7)[-5:-1] == (0, None, None, None)


def test_a_usual_of_nothing_makes_no_multiple() -> None:
    out = multiple_of_usual(uploads(0, 0, 0, 0, 0, 60), "24h")
    assert out.select("usual_videos", "usual_value", "multiple_of_usual").row(5) == (5, 0.0, None)


def test_rates_can_be_the_measure() -> None:
    frame = uploads(*[1000] * 6).with_columns(likes=pl.Series([10, 20, 30, 40, 50, 60]), comments=0)
    assert multiples(frame, measure="engagement_rate")[5] == 2.0
    assert multiples(frame, measure="likes")[5] == 2.0


def test_ids_that_are_of_no_video_are_named() -> None:
    frame = uploads(10, 20, 30, 40, 50, 60)
    with pytest.warns(DataQualityWarning, match="2 of 3 judged ids are of no video in this frame, such as 'x'"):
        out = multiple_of_usual(frame, "24h", judged=["v05", "y", "x"])
    assert out["video_id"].to_list() == ["v05"]
    assert multiple_of_usual(frame, "24h", judged=[]).height == 0


@pytest.mark.slow
@quick
@given(
    views=st.lists(st.none() | st.integers(0, 9), max_size=16),
    gaps=st.sampled_from([0, 1, 100]),
    judged=st.none() | st.sets(st.integers(0, 15)),
)
def test_multiples_are_those_of_a_plain_loop(views: list[int | None], gaps: int, judged: set[int] | None) -> None:
    frame = uploads(*views, every=gaps)
    chosen = None if judged is None else [f"v{n:02}" for n in judged if n < len(views)]
    out = multiple_of_usual(frame, "24h", judged=chosen)
    asked = [n for n in range(len(views)) if judged is None or n in judged]
    assert out["video_id"].to_list() == [f"v{n:02}" for n in asked]
    for n, row in zip(asked, out.iter_rows(named=True), strict=True):
        usual = [
            view
            for m, view in enumerate(views)
            if view is not None and m * gaps < n * gaps and (judged is None or m not in judged)
        ]
        median = statistics.median(usual) if len(usual) >= 5 else None
        value = views[n]
        assert (row["usual_videos"], row["usual_value"], row["video_value"]) == (len(usual), median, value)
        expected = value / median if median and value is not None else None
        assert row["multiple_of_usual"] == (None if expected is None else pytest.approx(expected))


@pytest.mark.slow
@quick
@given(frame=frames())
def test_one_row_for_each_video_in_their_order_whatever_that_of_the_readings(frame: pl.DataFrame) -> None:
    out = multiple_of_usual(frame, "3d", creator="platform")
    assert out["video_id"].to_list() == sorted(frame["video_id"].unique())
    assert out.equals(multiple_of_usual(frame.reverse(), "3d", creator="platform"))
    assert out.schema == {"video_id": pl.String(), "platform": pl.String(), **COLUMNS}


@pytest.mark.parametrize("judged", ["v05", 5, [5], [None]])
def test_judged_must_be_ids(judged: Any) -> None:
    with pytest.raises(FrameError, match="give video ids, such as a list of texts"):
        multiple_of_usual(uploads(1, 2), "24h", judged=judged)


def test_what_is_wrong_is_named() -> None:
    frame = uploads(1, 2)
    with pytest.raises(MissingColumnError, match="multiple_of_usual needs the column 'owner'"):
        multiple_of_usual(frame, creator="owner")
    with pytest.raises(FrameError, match=r"multiple_of_usual accepts views, .* found measure 'er'"):
        multiple_of_usual(frame, measure="er")
    with pytest.raises(FrameError, match="creator is 'usual_age', which is a column of the result"):
        multiple_of_usual(frame.with_columns(usual_age=1), creator="usual_age")


def found(*rows: tuple[str | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"creator": pl.String, "multiple_of_usual": pl.Float64}, orient="row")


def test_the_hit_rate_counts_videos_above_their_usual() -> None:
    rows = found(("b", 1.0), ("b", 1.5), ("a", 2.0), ("a", None), (None, 0.5), ("c", None))
    assert hit_rate(rows, "creator").select("creator", "judged", "with_usual", "hits", "hit_rate_pct").rows() == [
        ("a", 2, 1, 1, 100.0),
        ("b", 2, 2, 1, 50.0),
        ("c", 1, 0, 0, None),
        (None, 1, 1, 0, 0.0),
    ]
    assert hit_rate(rows).select("judged", "with_usual", "hits", "hit_rate_pct").rows() == [(6, 4, 2, 50.0)]


def test_at_its_limits_the_hit_rate_is_a_quantile_of_the_normal_distribution_away() -> None:
    for hits, n in ((8, 10), (1, 3), (70, 200)):
        rows = found(*[("a", 2.0)] * hits, *[("a", 0.5)] * (n - hits))
        for level, z in ((95, 1.959963985), (80, 1.281551566)):
            out = hit_rate(rows, level_pct=level).row(0, named=True)
            for share in (out["hit_rate_low_pct"] / 100, out["hit_rate_high_pct"] / 100):
                assert abs(hits / n - share) / math.sqrt(share * (1 - share) / n) == pytest.approx(z, rel=1e-7)
    none, every = (hit_rate(found(*[("a", value)] * 5)).row(0, named=True) for value in (0.5, 2.0))
    assert (none["hit_rate_low_pct"], every["hit_rate_high_pct"]) == (0.0, 100.0)
    assert none["hit_rate_high_pct"] == pytest.approx(100 * 1.959963985**2 / (5 + 1.959963985**2))


def test_no_rows_are_no_group() -> None:
    assert hit_rate(found()).schema == HIT_COLUMNS
    assert hit_rate(found()).height == hit_rate(found(), "creator").height == 0
    assert hit_rate(found(), "creator").schema == {"creator": pl.String(), **HIT_COLUMNS}


@quick
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.none() | st.floats(0, 3)), max_size=20))
def test_groups_add_up_to_the_whole_and_lazy_equals_eager(rows: list[tuple[str | None, float | None]]) -> None:
    groups, whole = hit_rate(found(*rows), "creator"), hit_rate(found(*rows))
    assert groups.select(pl.col("judged", "with_usual", "hits").sum()).row(0) == (
        whole.select("judged", "with_usual", "hits").row(0) if rows else (0, 0, 0)
    )
    inside = groups.drop_nulls("hit_rate_pct")
    assert (inside["hit_rate_low_pct"] <= inside["hit_rate_pct"]).all()
    assert (inside["hit_rate_pct"] <= inside["hit_rate_high_pct"]).all()
    assert_frame_equal(hit_rate(found(*rows).lazy(), "creator").collect(), groups)


def test_a_hit_rate_of_another_frame_or_level_is_refused() -> None:
    with pytest.raises(MissingColumnError, match=r"hit_rate needs the column 'multiple_of_usual'\. Pipe"):
        hit_rate(uploads(1, 2))
    with pytest.raises(FrameError, match="level_pct"):
        hit_rate(found(("a", 1.0)), level_pct=100)
    with pytest.raises(FrameError, match="by is 'hits', which is a column of the result"):
        hit_rate(found(("a", 1.0)).with_columns(hits=1), "hits")
