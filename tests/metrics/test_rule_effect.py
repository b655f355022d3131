from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from metrics.populations import Population

from influtics_lab.errors import FrameError
from influtics_lab.metrics import rule_change_effect
from influtics_lab.platforms import CountingRule

DAY = datetime(2025, 4, 21, tzinfo=UTC)
PLAN = Population(200, days=80, platform="Instagram", start=DAY - timedelta(days=79), jump_on=DAY, jump=1.0)
JUMPED = PLAN.frame(1)


def effect(frame: pl.DataFrame, **options: object) -> dict[str, object]:
    return rule_change_effect(frame, resamples=200, **options).row(0, named=True)  # type: ignore[arg-type]


def test_a_planted_jump_is_found_with_an_interval() -> None:
    row = effect(JUMPED)
    assert row["rule"] == "Instagram 2025-04-21"
    assert row["effect_low_pct"] < 100 < row["effect_high_pct"]
    assert row["effect_low_pct"] < row["effect_pct"] < row["effect_high_pct"]
    assert row["videos"] >= 20 <= row["videos_before"]
    assert (row["level_pct"], row["refused"]) == (90.0, None)


def test_of_videos_that_all_rise_alike_the_effect_is_exact() -> None:
    rows = []
    for number in range(60):
        born = DAY - timedelta(days=10 + number)  # 1,000 views a day, 3,000 from the day of the rule on
        for age in range(30 + number):
            at = born + timedelta(days=age)
            views = 1000 * age + 2000 * max(0, (at - DAY).days)
            rows.append((f"v{number:02}", "Instagram", born, at, views))
    frame = pl.DataFrame(rows, schema=["video_id", "platform", "published_at", "timestamp", "views"], orient="row")
    row = effect(frame)
    assert [row[f"effect{end}_pct"] for end in ("", "_low", "_high")] == pytest.approx([200.0] * 3)


def test_the_same_seed_returns_the_same_and_row_order_is_irrelevant() -> None:
    found = effect(JUMPED)
    assert found == effect(JUMPED.reverse())
    assert effect(JUMPED, seed=1)["effect_low_pct"] != found["effect_low_pct"]


def test_fewer_than_20_videos_on_a_side_are_refused() -> None:
    early = JUMPED.filter(pl.col("published_at") > DAY - timedelta(days=20))
    assert effect(early)["refused"] == "fewer than 20 videos at equal ages before the day: 0"
    few = JUMPED.filter(pl.col("video_id") < "v00060")
    assert str(effect(few)["refused"]).startswith("fewer than 20 videos around the day: ")
    assert effect(few)["effect_pct"] is None


def test_only_rules_of_platforms_of_the_frame_have_rows_and_users_add_some() -> None:
    assert rule_change_effect(JUMPED.with_columns(platform=pl.lit("TikTok"))).height == 0
    mine = CountingRule(platform="Instagram", changed_on=date(2025, 4, 1), change="x", source="y")
    table = rule_change_effect(JUMPED, resamples=200, rules=[mine])
    assert table["rule"].to_list() == ["Instagram 2025-04-01", "Instagram 2025-04-21"]
    assert rule_change_effect(JUMPED.with_columns(platform=pl.lit("YouTube")), resamples=200)["rule"].to_list() == [
        "YouTube Shorts 2025-03-31",
        "YouTube 2026-08-24",
    ]


def test_settings_that_make_no_sense_raise() -> None:
    with pytest.raises(FrameError, match="50 to below 100"):
        rule_change_effect(JUMPED, level_pct=0.9)
