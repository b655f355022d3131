from __future__ import annotations

import gzip
import statistics
from datetime import timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from answers import SHARED
from draws import examples
from hypothesis import given
from metrics.readings import START, frames, hours, readings
from metrics.samples import at_a_day, at_random, of_rates
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.groups import COLUMNS, compare

REAL = SHARED / "real"
POOLED, MEAN, MEDIAN = (f"engagement_rate_{name}_pct" for name in ("pooled", "mean", "median"))
quick = examples(15)


def row(frame: pl.DataFrame, **chosen: Any) -> dict[str, Any]:
    return frame.row(
        by_predicate=pl.all_horizontal(pl.col(name) == value for name, value in chosen.items()), named=True
    )


def published(frame: pl.DataFrame, at: Any = START) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(at, dtype=schema.Instant).alias("published_at"), pl.lit("TikTok").alias("platform")
    )


def test_three_videos_by_hand() -> None:
    out = compare(at_a_day(("TikTok", 1000, 10), ("TikTok", 1000, 50), ("TikTok", 8000, 160)), at_age="24h").row(
        0, named=True
    )
    assert (out["videos"], out["without_age"], out["n"]) == (3, 0, 3)
    assert out["n_effective"] == pytest.approx(10_000**2 / 66_000_000)
    assert (out[POOLED], out[MEAN], out[MEDIAN]) == (2.2, 8 / 3, 2.0)
    assert (out["age_hours"], out["age"], out["engagement_parts"]) == (24.0, "published", "likes+comments")
    assert out["views_median"] == 1000.0
    assert out["engagement_rate_pooled_low_pct"] is None


def test_counts_are_those_on_the_line_between_two_readings() -> None:
    frame = published(readings(("a", 0, 0, 0, 0), ("a", 48, 4000, 100, 20), columns=("views", "likes", "comments")))
    assert compare(frame, at_age="24h").select("n", POOLED, "views_median").rows() == [(1, 3.0, 2000.0)]
    assert compare(frame, at_age="24h", max_gap="24h").select("n", "without_age").rows() == [(0, 1)]


def test_videos_without_that_age_are_counted_apart() -> None:
    frame = pl.concat(
        [
            published(readings(("unpublished", 24, 100, 5, 1), columns=("views", "likes", "comments")), None),
            published(readings(("young", 12, 100, 5, 1), columns=("views", "likes", "comments"))),
            published(readings(("old", 90, 100, 5, 1), columns=("views", "likes", "comments"))),
            published(readings(("there", 24, 100, 5, 1), columns=("views", "likes", "comments"))),
            published(readings(("no likes", 24, 100, None, 1), columns=("views", "likes", "comments"))),
            published(readings(("no views", 24, 0, 0, 0), columns=("views", "likes", "comments"))),
        ]
    )
    out = compare(frame, at_age=timedelta(days=1)).row(0, named=True)
    assert (out["videos"], out["without_age"], out["n"]) == (6, 3, 1)
    assert out[POOLED] == 6.0


def test_an_age_that_nobody_reached_is_null_with_n_0_and_no_error() -> None:
    out = compare(at_random(20), at_age="30d")
    assert out.select("videos", "without_age", "n").rows() == [(10, 10, 0)] * 2
    figures = [name for name in out.columns if name.startswith(("engagement_rate", "views_median", "n_effective"))]
    assert out.select(figures).null_count().row(0) == (2,) * len(figures)


def test_a_group_without_publication_times_states_that_tracked_ages_exist() -> None:
    frame = at_a_day(("TikTok", 100, 5), ("TikTok", 100, 5), ("YouTube", 100, 5), ("YouTube", 100, 5))
    unknown = pl.col("platform") == "YouTube"
    frame = frame.with_columns(published_at=pl.when(~unknown | (pl.col("video_id") == "v003")).then("published_at"))
    assert compare(frame, at_age="24h")["note"].to_list() == [None, None]
    frame = frame.with_columns(published_at=pl.when(~unknown).then("published_at"))
    first, second = compare(frame, at_age="24h")["note"]
    assert first is None
    assert 'age="tracked"' in second
    assert "lab.with_published" in second
    assert compare(frame, at_age="24h", age="tracked")["note"].to_list() == [None, None]
    assert compare(frame)["note"].to_list() == [None, None]


def test_the_tracked_age_starts_at_created_at() -> None:
    frame = at_a_day(("TikTok", 100, 5)).with_columns(pl.lit(hours(12), dtype=schema.Instant).alias("created_at"))
    assert compare(frame, at_age="12h", age="tracked").select("n", "age").rows() == [(1, "tracked")]
    assert compare(frame, at_age="12h").select("n", "age").rows() == [(0, "published")]


def test_without_an_age_each_video_counts_with_its_last_reading_and_the_answer_states_it() -> None:
    frame = readings(
        ("a", 0, 100, 9, 0), ("a", 5, 200, 10, 0), ("b", 99, 200, 20, 0), columns=("views", "likes", "comments")
    )
    out = compare(frame.with_columns(platform=pl.lit("TikTok")))
    assert out.select("n", POOLED, "age_hours", "age").rows() == [(2, 7.5, None, None)]


def test_hidden_likes_are_missing_and_not_zero() -> None:
    always = at_a_day(("TikTok", 1000, 50), ("TikTok", 50_000, 0))
    assert compare(always, at_age="24h").select("videos", "without_age", "n", POOLED).rows() == [(2, 0, 1, 5.0)]
    since = readings(("a", 0, 100, 9, 0), ("a", 24, 200, 0, 0), columns=("views", "likes", "comments"))
    assert compare(published(since), at_age="24h").select("videos", "without_age", "n").rows() == [(1, 0, 0)]


def test_groups_are_sorted_and_null_is_a_group_at_the_end() -> None:
    frame = at_a_day((None, 100, 1), ("b", 100, 2), ("a", 100, 3), (None, 100, 3), ("None", 100, 4))
    assert compare(frame, at_age="24h").select("platform", POOLED).rows() == [
        ("None", 4.0),
        ("a", 3.0),
        ("b", 2.0),
        (None, 2.0),
    ]


def test_any_column_of_the_video_can_group_whatever_its_type() -> None:
    frame = at_a_day(("a", 100, 1), ("b", 100, 2), ("c", 100, 3)).with_columns(
        views_of_mine=pl.Series([True, False, True])
    )
    assert compare(frame, "views_of_mine", "24h").select("views_of_mine", "n").rows() == [(False, 1), (True, 2)]


def test_parts_are_exactly_those_asked_for() -> None:
    frame = at_a_day(("a", 100, 4)).with_columns(comments=pl.lit(2, pl.Int64), reposts=pl.lit(1, pl.Int64))
    found = {
        parts: compare(frame, at_age="24h", parts=parts).select("engagement_parts", POOLED).row(0)
        for parts in (("likes",), ("comments", "likes"), ("likes", "comments", "reposts"))
    }
    assert list(found.values()) == [("likes", 4.0), ("likes+comments", 6.0), ("likes+comments+reposts", 7.0)]
    assert compare(frame.with_columns(reposts=pl.lit(None, pl.Int64)), parts=("likes", "reposts"))["n"].item() == 0


def test_intervals_hold_the_figure_and_come_with_five_videos() -> None:
    out = compare(of_rates(many=[10, 20, 30, 40, 90], few=[10, 20, 30, 40]), at_age="24h")
    many, few = row(out, platform="many"), row(out, platform="few")
    for name in ("engagement_rate_pooled{}_pct", "engagement_rate_mean{}_pct", "engagement_rate_median{}_pct"):
        assert many[name.format("_low")] < many[name.format("")] < many[name.format("_high")]
        assert few[name.format("_low")] is None
    assert (many["views_median_low"], many["views_median"], many["views_median_high"]) == (1000.0, 1000.0, 1000.0)
    narrow = row(compare(of_rates(many=[10, 20, 30, 40, 90]), at_age="24h", level_pct=50), platform="many")
    assert many["engagement_rate_mean_low_pct"] < narrow["engagement_rate_mean_low_pct"]


def test_clusters_are_drawn_whole() -> None:
    rates = [10 * creator for creator in range(1, 9) for _ in range(10)]
    frame = of_rates(a=rates).with_columns(creator=pl.Series([f"c{n // 10}" for n in range(80)]))
    low, high = "engagement_rate_mean_low_pct", "engagement_rate_mean_high_pct"
    alone, whole = compare(frame, at_age="24h"), compare(frame, at_age="24h", cluster="creator")
    of_units = pl.selectors.contains("_low", "_high", "drawn", "cluster_mean") | pl.selectors.by_name("n_effective")
    assert alone.drop(of_units).equals(whole.drop(of_units))
    assert whole[high].item() - whole[low].item() > 2 * (alone[high].item() - alone[low].item())
    assert whole.select("drawn", "n_drawn", "n_drawn_effective").row(0) == ("creator", 8, 8.0)
    assert alone.select("drawn", "n_drawn", "n_drawn_effective").row(0) == ("videos", 80, 80.0)


def test_the_cluster_mean_weighs_creators_alike_however_many_videos_they_have() -> None:
    frame = of_rates(a=[10, 30, 50, 50, 50, 70, 90, 110]).with_columns(creator=pl.Series(list("vwxxxyzz")))
    out = row(compare(frame, at_age="24h", cluster="creator"), platform="a")
    assert out["engagement_rate_cluster_mean_pct"] == pytest.approx((1 + 3 + 5 + 7 + 10) / 5)
    assert out["engagement_rate_mean_pct"] == pytest.approx(46 / 8)
    low, high = out["engagement_rate_cluster_mean_low_pct"], out["engagement_rate_cluster_mean_high_pct"]
    assert low < out["engagement_rate_cluster_mean_pct"] < high
    without = row(compare(frame, at_age="24h"), platform="a")
    assert {without[f"engagement_rate_cluster_mean{end}_pct"] for end in ("", "_low", "_high")} == {None}
    alone = frame.with_columns(creator="video_id")
    single = row(compare(alone, at_age="24h", cluster="creator"), platform="a")
    for end in ("", "_low", "_high"):
        assert single[f"engagement_rate_cluster_mean{end}_pct"] == pytest.approx(
            single[f"engagement_rate_mean{end}_pct"]
        )


def test_below_five_clusters_videos_are_drawn_and_the_answer_states_it() -> None:
    frame = of_rates(a=list(range(10, 90, 10)))
    four = frame.with_columns(creator=pl.Series(["w", "x", "y", "z", None, None, None, None]))
    assert compare(four, at_age="24h", cluster="creator").equals(compare(frame, at_age="24h"))
    five = frame.with_columns(creator=pl.Series(["v", "w", "x", "y", "z", "v", "v", None]))
    drawn = compare(five, at_age="24h", cluster="creator").select("drawn", "n_drawn", "n_drawn_effective").row(0)
    assert drawn == ("creator", 6, 8**2 / (3**2 + 5))


def test_videos_without_a_creator_are_drawn_alone() -> None:
    frame = of_rates(a=list(range(10, 90, 10)))
    nobody = frame.with_columns(creator=pl.lit(None, dtype=pl.String))
    assert compare(nobody, at_age="24h", cluster="creator").equals(compare(frame, at_age="24h"))


def test_the_same_seed_returns_the_same_bytes_and_another_seed_others() -> None:
    frame = at_random(60)
    assert compare(frame, at_age="24h").equals(compare(frame, at_age="24h"))
    other = compare(frame, at_age="24h", seed=1)
    assert not other.equals(compare(frame, at_age="24h"))
    assert other.select(POOLED, MEAN, MEDIAN).equals(compare(frame, at_age="24h").select(POOLED, MEAN, MEDIAN))


def test_the_order_of_rows_is_irrelevant_to_the_last_bit() -> None:
    frame = at_random(60)
    assert compare(frame, at_age="24h").equals(compare(frame.sample(fraction=1, shuffle=True, seed=3), at_age="24h"))


def test_other_groups_change_nothing() -> None:
    frame = at_random(60, platforms=("Instagram", "TikTok", "YouTube"))
    fewer = compare(frame.filter(pl.col("platform") != "TikTok"), at_age="24h")
    assert fewer.equals(compare(frame, at_age="24h").filter(pl.col("platform") != "TikTok"))


def test_scaling_all_counts_leaves_rates_alone() -> None:
    plain, larger = (compare(at_random(40).with_columns(pl.col(schema.COUNTS) * by), at_age="24h") for by in (1, 1000))
    assert_frame_equal(plain.select("^engagement.*$"), larger.select("^engagement.*$"), rel_tol=1e-12)


@quick
@given(frame=frames())
def test_no_number_is_ever_nan_or_infinite_and_the_input_is_unchanged(frame: pl.DataFrame) -> None:
    before = frame.clone()
    named = frame.with_columns(name=pl.col("video_id"))
    for at_age in (None, "3d"):
        out = compare(named, "name", at_age, resamples=100)
        assert out["name"].to_list() == sorted(frame["video_id"].unique())
        floats = out.select(pl.selectors.float())
        assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * floats.width
    assert frame.equals(before)


def test_empty_in_returns_empty_out_of_the_same_columns() -> None:
    frame = at_random(10)
    out = compare(frame.clear(), at_age="24h")
    assert out.schema == compare(frame, at_age="24h").schema == {"platform": pl.String(), **COLUMNS}
    assert out.height == 0


@pytest.mark.slow
def test_what_comes_out_is_of_the_kind_that_went_in() -> None:
    frame = at_random(30)
    expected = compare(frame, at_age="24h")
    lazy = compare(frame.lazy(), at_age="24h")
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(expected)
    pandas = compare(frame.to_pandas(use_pyarrow_extension_array=True), at_age="24h")
    assert isinstance(pandas, pd.DataFrame)
    assert_frame_equal(pl.from_pandas(pandas).cast(expected.schema), expected, check_exact=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        duck = compare(connection.from_arrow(frame.to_arrow()), at_age="24h")
        assert isinstance(duck, duckdb.DuckDBPyRelation)
        assert_frame_equal(duck.pl(), expected, check_exact=True)


def test_bad_structure_is_an_error_that_states_what_to_do() -> None:
    frame = at_random(4)
    with pytest.raises(MissingColumnError, match=r"compare needs the column 'creator'\. The frame has: video_id"):
        compare(frame, "creator")
    with pytest.raises(MissingColumnError, match="'published_at'"):
        compare(frame.drop("published_at"), at_age="24h")
    with pytest.raises(FrameError, match="views differs from reading to reading"):
        compare(frame, "views")
    with pytest.raises(FrameError, match="by is 'n', which is a column of the result"):
        compare(frame.with_columns(n=1), "n")
    with pytest.raises(FrameError, match="mood is not the same at all readings of video_id 'a'"):
        compare(readings(("a", 0, 1), ("a", 1, 2)).with_columns(mood=pl.Series(["x", "y"])), "mood")
    with pytest.raises(FrameError, match="readings come twice"):
        compare(pl.concat([frame, frame]))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"at_age": "soon"}, "compare: at_age is 'soon'"),
        ({"at_age": "24h", "age": "felt"}, "compare accepts the ages"),
        ({"age": "felt"}, "compare accepts the ages"),
        ({"max_gap": 3}, "compare: max_gap is 3"),
        ({"parts": ()}, "parts is empty"),
        ({"parts": ("views",)}, "found 'views'"),
        ({"resamples": 10}, "resamples is 10"),
        ({"seed": -1}, "seed is -1"),
        ({"level_pct": 100}, "level_pct is 100"),
        ({"level_pct": 0.95}, r"level_pct is 0\.95, in percent; give one from 50 to below 100, such as 95 for 95 %"),
        ({"level_pct": 49.9}, r"level_pct is 49\.9"),
        ({"level_pct": "95"}, "level_pct is '95'; it must be a number"),
        ({"seed": "a"}, "seed is 'a'; it must be a whole number"),
        ({"seed": 1.5}, r"seed is 1\.5; it must be a whole number"),
        ({"resamples": 200.5}, r"resamples is 200\.5; it must be a whole number"),
        ({"resamples": True}, "resamples is True"),
        ({"by": ["platform"]}, r"by is \['platform'\]; it must be the name of one column"),
        ({"by": None}, "by is None; it must be the name of one column"),
        ({"cluster": ["creator"]}, "cluster is .* the name of one column"),
        ({"video": ["video_id"]}, "video is .* the name of one column"),
        ({"by": "video_id"}, "by is 'video_id'; name a column whose value several videos share"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(FrameError, match=says):
        compare(at_random(4), **wrong)


@pytest.mark.parametrize("value", [pl.concat_list("platform"), pl.struct("platform")], ids=["list", "struct"])
@pytest.mark.parametrize("asked", ["by", "cluster"])
def test_a_group_or_cluster_of_lists_or_structs_is_refused(value: pl.Expr, asked: str) -> None:
    with pytest.raises(FrameError, match=r"compare: odd is .*; a video has one plain value there"):
        compare(at_random(4).with_columns(value.alias("odd")), **{asked: "odd"})


def test_numbers_of_numpy_are_numbers() -> None:
    asked = {"resamples": np.int64(200), "seed": np.int32(3), "level_pct": np.float64(90)}
    plain = compare(at_random(30), at_age="24h", resamples=200, seed=3, level_pct=90)
    assert compare(at_random(30), at_age="24h", **asked).equals(plain)


def test_the_answer_states_its_level() -> None:
    assert compare(at_random(30), at_age="24h")["level_pct"].to_list() == [95.0, 95.0]
    assert compare(at_random(30), at_age="24h", level_pct=80)["level_pct"].to_list() == [80.0, 80.0]


def test_likes_hidden_before_and_after_the_age_are_missing_between_them() -> None:
    frame = readings(
        ("a", 0, 100, 9, 0), ("a", 12, 200, 0, 0), ("a", 36, 400, 0, 0), columns=("views", "likes", "comments")
    )
    assert compare(published(frame), at_age="24h").select("videos", "without_age", "n").rows() == [(1, 0, 0)]


def trending() -> pl.DataFrame:
    with gzip.open(REAL / "youtube_trending_readings.csv.gz") as packed:
        found = pl.read_csv(packed.read(), schema_overrides={"ts": pl.String})
    instant = pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
    counts = (pl.col(name).cast(pl.Int64) for name in ("views", "likes", "comments"))
    return found.select("video_id", instant.alias("timestamp"), "region", *counts).unique(["video_id", "timestamp"])


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real series in shared/ beside the repository")
def test_pooled_mean_and_median_differ_on_real_videos() -> None:
    frame = trending().with_columns(all=pl.lit("all"))
    out = compare(frame, "all").row(0, named=True)
    print({name: value for name, value in out.items() if name.startswith(("n", "engagement_rate", "videos"))})
    last = frame.sort("timestamp").group_by("video_id").last()
    hidden = (pl.col("likes") == 0) & (pl.col("views") > 1000)
    rates = last.filter(~hidden & (pl.col("views") > 0)).select(
        100 * (pl.col("likes") + pl.col("comments")) / pl.col("views")
    )
    assert out["videos"] == 10_060
    assert out["n_effective"] < out["n"] / 5
    assert out[MEDIAN] == pytest.approx(statistics.median(rates.drop_nulls().to_series()), abs=0.02)
    figures = {name: out[name] for name in (POOLED, MEAN, MEDIAN)}
    stated = {POOLED: 3.28, MEAN: 3.46, MEDIAN: 2.74}
    assert figures == pytest.approx(stated, abs=0.15)
    assert figures[MEDIAN] < out["engagement_rate_median_high_pct"] < out["engagement_rate_pooled_low_pct"]
    assert figures[POOLED] < out["engagement_rate_mean_low_pct"]
