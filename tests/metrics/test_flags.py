from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from answers import needs_shared
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import bursting, frames, readings
from metrics.real import ripple, trending
from polars.testing import assert_frame_equal

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics import engagement_rate
from influtics_lab.metrics.flags import flag_counters
from influtics_lab.schema import COUNTS, FLAGS

quick = examples(15)


def flagged(*rows: tuple[Any, ...], **thresholds: Any) -> pl.DataFrame:
    return flag_counters(readings(*rows, columns=COUNTS), **thresholds)


def test_a_fall_by_one_percent_is_a_correction_and_by_more_a_purge() -> None:
    out = flagged(("a", 0, 1000, 1, 0, 0), ("a", 1, 990, 1, 0, 0), ("a", 2, 979, 1, 0, 0), ("a", 3, 985, 1, 0, 0))
    assert out.select("is_correction", "is_purge").rows() == [
        (False, False),
        (True, False),
        (False, True),
        (False, False),
    ]
    assert out["views_fall_pct"].to_list() == [None, 1.0, pytest.approx(100 * 11 / 990), None]


def test_one_reading_can_be_a_correction_of_one_count_and_a_purge_of_another() -> None:
    out = flagged(("a", 0, 1000, 500, 100, 7), ("a", 1, 1100, 499, 69, 7))
    assert out.select("is_correction", "is_purge", "likes_fall_pct", "comments_fall_pct").row(1) == (
        True,
        True,
        pytest.approx(0.2),
        31.0,
    )
    assert out.select("views_fall_pct", "reposts_fall_pct").row(1) == (None, None)


def test_small_falls_are_corrections_whatever_their_share() -> None:
    views = flagged(("a", 0, 100, 9, 3, 3), ("a", 1, 90, 9, 3, 3), ("a", 2, 79, 9, 3, 3))
    assert views.select("is_correction", "is_purge").rows() == [(False, False), (True, False), (False, True)]
    comments = flagged(("a", 0, 1000, 50, 100, 9), ("a", 1, 1001, 50, 70, 9), ("a", 2, 1002, 50, 44, 9))
    assert comments["is_purge"].to_list() == [False, False, True], "30 is 3 sqrt(100), 26 is above 3 sqrt(70)"
    assert comments["is_correction"].to_list() == [False, True, False]
    zero = flagged(("a", 0, 1000, 9, 3, 3), ("a", 1, 1001, 9, 0, 3))
    assert zero.select("is_correction", "is_purge", "hidden_counts").row(1) == (True, False, None)


def test_limits_of_purges_are_parameters() -> None:
    rows = ("a", 0, 100, 100, 1, 1), ("a", 1, 95, 75, 1, 1)
    assert not flagged(*rows)["is_purge"].any()
    assert flagged(*rows, purge_views=4.9)["is_purge"].to_list() == [False, True]
    assert flagged(*rows, purge_deviations=2.4)["is_purge"].to_list() == [False, True]


def test_the_purge_threshold_is_a_parameter() -> None:
    rows = ("a", 0, 1000, 1, 0, 0), ("a", 1, 950, 1, 0, 0)
    assert flagged(*rows, purge_pct=5)["is_correction"].to_list() == [False, True]
    assert flagged(*rows, purge_pct=4.9)["is_purge"].to_list() == [False, True]


def test_a_fall_to_zero_is_hidden_and_neither_purge_nor_correction() -> None:
    out = flagged(("a", 0, 100, 9, 6, 1), ("a", 1, 200, 0, 0, 1), ("a", 2, 300, 0, 0, 1), ("a", 3, 400, 8, 0, 1))
    assert out["hidden_counts"].to_list() == [None, "likes+comments", "likes+comments", "comments"]
    assert out["is_hidden"].to_list() == [False, True, True, True]
    assert out["is_correction"].to_list() == [False, False, False, True], "8 likes after 9, the hidden ones between"
    assert not out["is_purge"].any()


def test_zeros_from_the_start_are_hidden_only_of_likes_above_a_thousand_views() -> None:
    out = flagged(
        ("a", 0, 10, 0, 0, 0),
        ("a", 1, 1001, 0, 0, 0),
        ("b", 0, 1000, 0, 0, 0),
        ("c", 0, 5000, 0, 0, 0),
        ("c", 1, 6000, 4, 0, 0),
    )
    assert out["hidden_counts"].to_list() == ["likes", "likes", None, None, None]
    lower = flagged(("b", 0, 1000, 0, 0, 0), hidden_above_views=999)
    assert lower["hidden_counts"].to_list() == ["likes"]


def test_the_same_counts_within_an_hour_are_a_cached_answer_and_no_stall() -> None:
    rows = ("a", 0, 1000, 9, 3, None), ("a", 24, 9000, 20, 5, None), ("a", 24.9, 9000, 20, 5, None)
    out = flagged(*rows, ("a", 26, 9001, 20, 5, None))
    assert out["is_cached"].to_list() == [False, False, True, False]
    assert out["unchanged_hours"].to_list() == [None, None, pytest.approx(0.9), None]
    assert out["expected_views"][2] == pytest.approx(300)
    assert not out["is_stalled"].any()


def test_one_count_that_changed_is_another_answer() -> None:
    out = flagged(("a", 0, 1000, 9, 3, None), ("a", 0.5, 1000, 10, 3, None))
    assert not out["is_cached"].any()


def silent_after_a_day(views: int, *hours: float) -> list[tuple[Any, ...]]:
    """A day in which so many views are gained, then readings at these hours with the same counts."""
    return [("a", 0, 1000, 9, 3, None), *(("a", hour, 1000 + views, 9, 3, None) for hour in (24, *hours))]


def test_a_stall_is_silence_that_the_day_before_makes_improbable() -> None:
    out = flagged(*silent_after_a_day(240, 32, 40, 48), ("a", 72, 1300, 9, 3, None))
    assert out["unchanged_hours"].to_list() == [None, None, 8.0, 16.0, 24.0, None]
    assert out["expected_views"].to_list() == pytest.approx([None, None, 80.0, 160.0, 240.0, None])
    p_values = [None, None, 41.0**-2, 41.0**-4, 41.0**-6, None]  # 10 views per hour: (1 + 4 x 10) ^ (-hours / 4)
    assert out["unchanged_p_value"].to_list() == pytest.approx(p_values)
    assert out["is_stalled"].to_list() == [False, False, False, True, True, False]
    assert flagged(*silent_after_a_day(240, 32), stalled_p=0.001)["is_stalled"].to_list() == [False, False, True]
    assert not flagged(*silent_after_a_day(24, 48))["is_stalled"].any(), "one view per hour: 5 ^ -6 is no rarity"


def test_silence_shorter_than_the_least_stall_is_none_however_fast_views_came() -> None:
    rows = silent_after_a_day(10**9, 30, 31.9, 32)
    assert flagged(*rows)["is_stalled"].to_list() == [False, False, False, False, True]
    assert flagged(*rows, stalled_hours=6)["is_stalled"].to_list() == [False, False, True, True, True]


def test_without_readings_around_the_day_before_nothing_is_a_stall() -> None:
    rows = [("a", 0, 1000, 9, 3, None), ("a", 23, 9000, 9, 3, None), ("a", 60, 9000, 9, 3, None)]
    out = flagged(*rows)
    assert not out["is_stalled"].any()
    assert out["unchanged_p_value"].null_count() == 3


def test_polls_every_half_hour_do_not_hide_a_stall() -> None:
    out = flagged(*silent_after_a_day(24_000, *(24 + half / 2 for half in range(1, 20))))
    assert out["is_cached"].to_list() == [False, False, True, *[False] * 18]
    assert out["is_stalled"].sum() == 4, "from 8 hours on"


def test_hidden_views_tell_of_no_stall() -> None:
    out = flagged(*silent_after_a_day(24_000), ("a", 48, 0, 9, 3, None))
    assert not out["is_stalled"].any()


@pytest.mark.slow
@quick
@given(frame=frames(), order=st.randoms(use_true_random=False))
def test_flags_are_never_null_raw_counts_stay_and_the_order_of_rows_is_irrelevant(
    frame: pl.DataFrame, order: Any
) -> None:
    out = flag_counters(frame)
    assert out.select(pl.col("^is_.*$").null_count()).sum_horizontal().sum() == 0
    assert out.select(frame.columns).equals(frame)
    rows = list(range(frame.height))
    order.shuffle(rows)
    assert_frame_equal(flag_counters(frame[rows]), out[rows])


@pytest.mark.slow
@quick
@given(frame=frames())
def test_lazy_equals_eager_and_doing_it_again_changes_nothing(frame: pl.DataFrame) -> None:
    out = flag_counters(frame)
    assert_frame_equal(flag_counters(frame.lazy()).collect(), out)
    assert_frame_equal(flag_counters(out), out)


@quick
@given(frame=frames())
def test_what_is_hidden_has_no_engagement_rate(frame: pl.DataFrame) -> None:
    both = frame.pipe(flag_counters).pipe(engagement_rate)
    assert both.filter(pl.col("hidden_counts").str.contains("likes|comments"))["engagements"].null_count() == (
        both["hidden_counts"].str.contains("likes|comments").sum()
    )


@pytest.mark.slow
@pytest.mark.parametrize("to", [lambda frame: frame.to_pandas(use_pyarrow_extension_array=True)], ids=["pandas"])
@pytest.mark.parametrize("frame", [bursting(), bursting().head(1), bursting().clear()], ids=["all", "one", "none"])
def test_pandas_equals_polars(to: Callable[[pl.DataFrame], Any], frame: pl.DataFrame) -> None:
    expected = flag_counters(frame)
    found = pl.from_pandas(flag_counters(to(frame))).select(expected.columns).cast(expected.schema)
    assert_frame_equal(found, expected, rel_tol=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [{"purge_pct": -1}, {"cached_hours": float("nan")}, {"burst_share": 1.5}, {"burst_p": 2}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_thresholds_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FrameError, match=f"flag_counters: {next(iter(wrong))} is"):
        flag_counters(bursting(), **wrong)


def test_every_count_is_needed() -> None:
    with pytest.raises(MissingColumnError, match="'reposts'"):
        flag_counters(bursting().drop("reposts"))


@pytest.mark.slow
@needs_shared
def test_flags_of_the_real_series_beside_those_of_the_definitions() -> None:
    """The figures of the definitions are of both halves of these series; here is one."""
    out = flag_counters(trending())
    falls = out.filter(pl.col("views_fall_pct").is_not_null())["views_fall_pct"]
    steps = out.height - out["video_id"].n_unique()
    hidden = out.filter(pl.col("hidden_counts").str.contains("likes"))["video_id"].n_unique()
    year = flag_counters(ripple())
    likes = year.filter(pl.col("likes_fall_pct") <= 1).height
    print(f"\nfalls of views: {falls.len()} of {steps} steps, worst -{falls.max():.1f} %")
    print(f"purges of views: {(falls > 1).sum()} | 16 of 49,378 steps, worst -13.6 %")
    print(f"videos with hidden likes: {hidden} of {out['video_id'].n_unique()} | 278 of 19,998")
    print(f"cached answers: {out['is_cached'].sum()} | 2,106, which is of views alone")
    print(f"stalls: {out['is_stalled'].sum()} | 10;  bursts: {out['is_burst'].sum()}")
    print(f"corrections of likes in a year: {likes} of {year.height} readings")
    assert (falls.len(), (falls > 1).sum(), round(falls.max(), 1)) == (36, 5, 13.6)
    assert hidden == 132
    assert out["is_cached"].sum() == 261
    assert not out["is_stalled"].any()
    assert out.filter("is_burst")["video_id"].n_unique() == 1
    assert not year["is_burst"].any()


def test_the_same_counts_for_just_the_limit_are_no_cached_answer() -> None:
    out = flagged(("a", 0, 1000, 9, 1, 1), ("a", 0.1, 9000, 9, 1, 1), ("a", 0.2, 9000, 9, 1, 1), cached_hours=0.1)
    assert not out["is_cached"][2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("purge_pct", value) for value in ("1", None, True, [1])),
        *(("burst_p", value) for value in (1.5, True, -1, "3")),
        *(("burst_share", value) for value in (1.1, "a")),
        *(("stalled_hours", value) for value in (-0.1, None)),
    ],
)
def test_thresholds_that_are_no_numbers_of_their_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(FrameError, match=f"flag_counters: {name} is .*; it must be a"):
        flagged(("a", 0, 1, 1, 1, 1), **{name: value})


def test_the_flags_of_the_schema_are_those_that_are_added() -> None:
    out = flagged(("a", 0, 5, 1, 1, 1))
    assert [name for name, dtype in out.schema.items() if dtype == pl.Boolean] == [*FLAGS]


def test_thresholds_of_other_kinds_of_numbers_are_taken() -> None:
    options = {
        "purge_pct": Decimal(1),
        "purge_views": np.int64(10),
        "burst_times": np.float32(1.5),
    }
    assert flag_counters(bursting(), **options).equals(flag_counters(bursting()))
    never = flag_counters(bursting(), stalled_hours=math.inf, burst_times=math.inf)
    assert never.select(pl.col("is_stalled", "is_burst").any()).row(0) == (False, False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are Linux's")
def test_flags_of_few_videos_need_little_address_space() -> None:
    limit_gb = 16
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit_gb} * 2**30,) * 2)\n"
        "import influtics_lab as lab\n"
        "lab.sample_snapshot().frame().pipe(lab.flag_counters)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
