"""What crosses a day on which a platform changed what a view is says so, in every metric."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from influtics_lab import schema
from influtics_lab.errors import ConfigError
from influtics_lab.metrics import (
    benchmark,
    compare,
    compare_pairs,
    cpm,
    cpv,
    flag_counters,
    gained,
    growth,
    hit_rate,
    latest,
    multiple_of_usual,
    window_gain,
)
from influtics_lab.platforms import CountingRule

DAY = datetime(2025, 4, 21, tzinfo=UTC)
LABEL = "Instagram 2025-04-21"
SHORTS = datetime(2025, 3, 31, tzinfo=UTC)


def at(days: float) -> datetime:
    return DAY + timedelta(days=days)


def video(
    name: str, *days: float, platform: str = "Instagram", published: float | None = None, tracked: float | None = None
) -> pl.DataFrame:
    """Readings so many days after Instagram's rule, 1,000 views apart."""
    columns = schema.dtypes(schema.FRAME)
    rows = [
        dict.fromkeys(columns)
        | {
            "video_id": name, "platform": platform, "timestamp": at(day), "views": 1000 * (number + 1),
            "likes": 50 * (number + 1), "comments": 5, "created_at": at(days[0] if tracked is None else tracked),
            "published_at": None if published is None else at(published),
        }
        for number, day in enumerate(days)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=columns)


CROSSING = video("a", -2, -1, 0.5, 1.5, published=-2.5)


def test_the_interval_that_crosses_is_named_and_no_other() -> None:
    assert growth(CROSSING)["views_gained_rule"].to_list() == [None, None, LABEL, None]
    flagged = flag_counters(CROSSING)
    assert flagged["is_rule_change"].to_list() == [False, False, True, False]
    assert flagged["rule_changed"].to_list() == [None, None, LABEL, None]
    windows = window_gain(CROSSING, window="24h")
    assert windows["views_gained_24h_rule"].to_list() == [None, None, LABEL, None]
    assert window_gain(CROSSING, window="48h")["views_gained_2d_rule"].to_list() == [None, None, LABEL, LABEL]


def test_a_series_that_begins_at_the_day_crosses_nothing() -> None:
    begins = video("a", 0, 1, 2, published=0)
    assert growth(begins)["views_gained_rule"].to_list() == [None] * 3
    assert not flag_counters(begins)["is_rule_change"].any()
    assert gained(begins, last="2d")["views_gained_in_window_rule"].to_list() == [None]
    assert cpm(begins.with_columns(spend=1.0))["cpm_rule"].to_list() == [None] * 3
    touches = video("a", -1, 0, published=-1)
    assert growth(touches)["views_gained_rule"].to_list() == [None, LABEL]


def test_the_window_of_gained_is_named_unless_the_video_was_published_after_the_day() -> None:
    frame = pl.concat([CROSSING, video("b", 0.5, 1.5, published=0.25), video("c", 0.5, 1.5)])
    assert gained(frame, last="3d")["views_gained_in_window_rule"].to_list() == [LABEL, None, LABEL]
    assert gained(frame, last="1d")["views_gained_in_window_rule"].to_list() == [None] * 3
    assert "views_gained_in_window_rule" not in gained(frame, "likes").columns


def test_a_cost_of_views_from_before_and_after_the_day_is_named() -> None:
    unknown = video("b", 1, 2, tracked=-1)  # publication is not known, but it was tracked before
    frame = pl.concat([CROSSING, unknown, video("c", 1, 2)]).with_columns(spend=10.0)
    assert cpm(frame)["cpm_rule"].to_list() == [None, None, LABEL, LABEL, LABEL, LABEL, None, None]
    assert cpv(latest(frame))["cpv_rule"].to_list() == [LABEL, LABEL, None]


@pytest.mark.slow
def test_a_video_of_unknown_format_may_cross_the_day_of_shorts() -> None:
    frame = video("a", -22, -20, published=-25, platform="YouTube")
    days = [(at(day) - SHORTS).days for day in (-22, -20)]
    assert days == [-1, 1]
    unsure = "YouTube Shorts 2025-03-31 (if a Short)"
    assert growth(frame)["views_gained_rule"].to_list() == [None, unsure]
    for is_short, label in ((True, unsure.removesuffix(" (if a Short)")), (False, None), (None, unsure)):
        marked = frame.with_columns(pl.lit(is_short, dtype=pl.Boolean).alias("is_short"))
        assert growth(marked)["views_gained_rule"].to_list() == [None, label]
        assert gained(marked, last="2d")["views_gained_in_window_rule"].to_list() == [label]
        assert flag_counters(marked)["rule_changed"].to_list() == [None, label]


def test_rules_that_overlap_are_both_named() -> None:
    second = CountingRule(platform="Instagram", changed_on=date(2025, 4, 22), change="x", source="y")
    frame = video("a", -1, 2, published=-3)
    assert growth(frame, rules=[second])["views_gained_rule"][1] == f"{LABEL}; Instagram 2025-04-22"
    with pytest.raises(ConfigError, match="Keep one"):
        growth(frame, rules=[CountingRule(platform="Instagram", changed_on=DAY.date(), change="x", source="y")])


def test_without_platform_nothing_is_named_and_flags_are_false() -> None:
    bare = CROSSING.drop("platform")
    assert "views_gained_rule" not in growth(bare).columns
    assert flag_counters(bare)["is_rule_change"].to_list() == [False] * 4
    for at_age in ("7d", None):
        assert compare(SIDES.drop("platform"), "brand", at_age, resamples=100)["rule_note"].to_list() == [None, None]
    other = CROSSING.with_columns(platform=pl.lit("Vimeo"))
    assert growth(other)["views_gained_rule"].null_count() == 4


SIDES = pl.concat(
    [
        *(video(f"before{n}", -20, -10, -9, published=-20) for n in range(5)),
        *(video(f"across{n}", -5, 2, 3, published=-5) for n in range(2)),
        *(video(f"after{n}", 1, 10, 11, published=1) for n in range(6)),
    ]
).with_columns(brand=pl.when(pl.col("video_id").str.starts_with("before")).then(pl.lit("A")).otherwise(pl.lit("B")))


def test_comparisons_at_equal_age_count_the_videos_on_each_side() -> None:
    table = compare(SIDES, "platform", "7d", resamples=100)
    assert table["rule_note"].to_list() == [f"{LABEL}: 5 videos before, 2 across, 6 after"]
    brands = compare(SIDES, "brand", "7d", resamples=100)
    assert brands["rule_note"].to_list() == [f"{LABEL}: 5 videos before", f"{LABEL}: 2 videos across, 6 after"]
    assert compare_pairs(SIDES, "brand", "7d", resamples=100)["rule_note"].to_list() == table["rule_note"].to_list()
    assert benchmark(SIDES, "7d")["benchmark_rule_note"].unique().to_list() == table["rule_note"].to_list()
    alike = SIDES.filter(pl.col("video_id").str.starts_with("before"))
    assert compare(alike, "platform", "7d", resamples=100)["rule_note"].to_list() == [None]


def test_comparisons_at_last_readings_count_them_too() -> None:
    assert compare(SIDES, "platform", resamples=100)["rule_note"].to_list() == [
        f"{LABEL}: 5 videos before, 2 across, 6 after"
    ]
    unknown = pl.concat([SIDES, video("x", 4, 5).with_columns(brand=pl.lit("B"))])
    assert compare(unknown, "platform", resamples=100)["rule_note"][0].endswith(
        "6 after, 1 of unknown publication after"
    )


def test_a_multiple_of_usual_names_the_rules_between_a_video_and_the_earlier_ones() -> None:
    videos = [("a", -30), ("b", -29), ("c", -28), ("d", -27), ("e", -26), ("f", -20), ("g", -3), ("h", 2), ("i", 3)]
    frame = pl.concat(
        video(name, day, day + 7, published=day).with_columns(creator=pl.lit("Ann")) for name, day in videos
    )
    multiples = multiple_of_usual(frame, "7d")
    notes = dict(multiples.select("video_id", "usual_rule_note").rows())
    assert [notes[name] for name in "abcdef"] == [None] * 6
    assert notes["g"] == f"{LABEL}: 6 videos before, 1 across"
    assert notes["i"] == f"{LABEL}: 6 videos before, 1 across, 2 after"
    assert dict(multiple_of_usual(frame, "7d", judged=["h", "i"]).select("video_id", "usual_rule_note").rows())[
        "i"
    ] == (f"{LABEL}: 6 videos before, 1 across, 1 after")
    assert hit_rate(multiples)["hit_rate_rule_note"].to_list() == [f"{LABEL}: both sides in 3 of 4 multiples"]
    assert hit_rate(multiples.head(6), "creator")["hit_rate_rule_note"].to_list() == [None]
    second = CountingRule(platform="Instagram", changed_on=date(2025, 3, 30), change="x", source="y")
    both = multiple_of_usual(frame, "7d", rules=[second]).filter(video_id="g")
    assert both["usual_rule_note"].to_list() == [
        f"Instagram 2025-03-30: 1 video before, 4 across, 2 after; {LABEL}: 6 videos before, 1 across"
    ]
    assert hit_rate(both)["hit_rate_rule_note"].to_list() == [
        f"Instagram 2025-03-30; {LABEL}: both sides in 1 of 1 multiple"
    ]
    assert multiple_of_usual(frame.drop("platform"), "7d")["usual_rule_note"].null_count() == 9


@pytest.mark.slow
def test_of_drawn_comparisons_across_the_day_none_is_silent() -> None:
    draw = random.Random(7)
    crossed = 0
    for _ in range(12):
        days = [draw.uniform(-30, 30) for _ in range(draw.randint(2, 6))]
        frame = pl.concat(video(f"v{n}", day, day + 7, day + 8, published=day) for n, day in enumerate(days))
        sides = set(map(_side_of, days))
        note = compare(frame, "platform", "7d", resamples=100)["rule_note"][0]
        assert (note is not None) == (len(sides) > 1 or "across" in sides)
        crossed += note is not None
        usual = multiple_of_usual(frame.with_columns(creator=pl.lit("Ann")), "7d")
        for row in usual.iter_rows(named=True):
            day = days[int(row["video_id"][1:])]
            own = {_side_of(other) for other in days if other <= day}
            assert (row["usual_rule_note"] is not None) == (day != min(days) and (len(own) > 1 or "across" in own))
        for row in growth(frame).iter_rows(named=True):
            assert (row["views_gained_rule"] is None) == (_crosses(row) is not True)
    assert crossed > 6


def _side_of(day: float) -> str:
    return "before" if day + 7 < 0 else "after" if day >= 0 else "across"


def _crosses(row: dict[str, Any]) -> bool:
    hours = row["views_hours"]
    return hours is not None and row["timestamp"] >= DAY > row["timestamp"] - timedelta(hours=hours)
