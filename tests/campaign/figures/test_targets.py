"""How far targets are, computed by hand: the snapshot's last reading is of 11 June, midnight."""

from __future__ import annotations

from typing import Any

import pytest
from campaign.cases import HEAD, figures, tiktok, video

VIDEOS = [
    video("a", {0: [0, 0, 0], 1: [100, 5, 0], 10: [1000, 50, 0]}),
    video("b", {0: [0, 0, 0], 1: [100, 5, 0], 10: [1900, 95, 0]}),
]


READ = '[estimators]\ncounted = "read"\n'


def target(measure: str, value: float, date: str, rest: str = "") -> dict[str, Any]:
    text = f'[videos]\nids = ["a", "b"]\n[[targets]]\nmeasure = "{measure}"\nvalue = {value}\ndate = {date}\n{rest}'
    text += "" if "[estimators]" in rest else READ
    (found,) = figures(text, *VIDEOS, head=HEAD.replace("06-05", "06-30"))["targets"]
    return found


@pytest.mark.slow
def test_a_target_to_come_says_what_it_needs_a_day() -> None:
    found = target("views", 4900, "2025-06-20")
    assert (found["value"]["value"], found["verdict"], found["is_past"]) == (2900, "not yet", False)
    assert found["days_left"] == 10.0
    assert found["needed_per_day"]["value"] == 200.0
    assert found["expected_by_now"]["value"] == pytest.approx(4900 * 9 / 19)
    assert found["recent_per_day"]["value"] == pytest.approx(300.0)
    assert found["reached_pct"] == pytest.approx(100 * 2900 / 4900)


@pytest.mark.slow
def test_a_target_that_is_reached_needs_nothing() -> None:
    found = target("views", 2900, "2025-06-20")
    assert found["verdict"] == "reached"
    assert found["needed_per_day"] == {"value": None, "reason": "reached"}


@pytest.mark.slow
def test_a_target_in_the_past_is_judged_as_of_its_date() -> None:
    found = target("views", 2900, "2025-06-05", '[estimators]\ncounted = "gained"')
    assert (found["is_past"], found["as_of"], found["days_left"]) == (True, "2025-06-06T00:00:00+00:00", 0.0)
    assert found["value"]["value"] == pytest.approx(400 + 800)
    assert found["verdict"] == "missed"
    assert found["needed_per_day"]["reason"] == "past"


@pytest.mark.slow
def test_what_is_known_of_some_videos_can_reach_a_target_but_not_miss_it() -> None:
    text = '[videos]\nids = ["a", "x"]\n[[targets]]\nmeasure = "views"\nvalue = {}\ndate = 2025-06-05\n' + READ
    verdicts = [figures(text.format(value), *VIDEOS, video("x", {}))["targets"][0]["verdict"] for value in (100, 5000)]
    assert verdicts == ["reached", "unknown"]


def test_an_engagement_rate_is_pooled_and_has_no_pace() -> None:
    found = target("engagement_rate", 6, "2025-06-20")
    assert found["value"]["value"] == pytest.approx(100 * 145 / 2900)
    assert (found["verdict"], found["needed_per_day"]["reason"]) == ("not yet", "no_accumulation")


@pytest.mark.slow
def test_a_cpm_is_to_be_at_most_and_needs_the_views_that_the_spend_is_spread_over() -> None:
    paid = '[[spend]]\namount = 29\ncurrency = "EUR"\ndate = 2025-06-02\n'
    found = target("cpm", 5, "2025-06-20", paid)
    assert (found["value"]["value"], found["unit"], found["verdict"]) == (10.0, "EUR per 1000 views", "not yet")
    assert found["needed_per_day"]["value"] == pytest.approx((5800 - 2900) / 10)
    assert target("cpm", 10, "2025-06-20", paid)["verdict"] == "reached"
    assert target("cpm", 10, "2025-06-20")["value"]["reason"] == "no_spend"


LONG_HEAD = HEAD.replace("06-05", "06-30")  # it ends after the snapshot's last reading


def pace(*videos: dict[str, Any]) -> dict[str, Any]:
    text = '[videos]\nids = ["a", "b"]\n[[targets]]\nmeasure = "views"\nvalue = 90000\ndate = 2025-06-30\n'
    return figures(text, *videos, head=LONG_HEAD)["targets"][0]["recent_per_day"]


@pytest.mark.parametrize(("last", "days"), [(3, 2.0), (5, 4.0), (20, 7.0)])
def test_the_recent_pace_is_over_days_that_exist(last: int, days: float) -> None:
    rising = {day: [1000 * (day - 1), 5, 0] for day in range(1, last + 1)}
    both = [video(name, rising, platform="TikTok", external_video_id=tiktok(1, name)) for name in ("a", "b")]
    found = pace(*both)
    assert (found["value"], found["days"], found["reason"]) == (2000.0, days, None)


def test_there_is_no_recent_pace_below_one_day() -> None:
    assert pace(video("a", {0: [0], 1.5: [10]}), video("b", {0: [0], 1.5: [10]}))["reason"] == "too_early"


@pytest.mark.slow
def test_the_recent_pace_of_a_video_last_read_earlier_is_a_lower_bound() -> None:
    steady = video("a", {0: [0], 14: [14_000]})
    assert pace(steady, video("b", {0: [0], 8: [8000]}))["value"] == pytest.approx(1000 + 1000 / 7)
    found = pace(steady, video("b", {0: [0], 8: [8000]}))
    assert (found["reason"], found["n"], found["of"]) == ("part_missing", 1, 2)
    fallen = pace(steady, video("b", {0: [0], 7.5: [8000], 9: [7000]}))
    assert (fallen["value"], fallen["reason"]) == (None, "fell")


@pytest.mark.parametrize(("value", "verdict"), [(1, "unknown"), (50, "unknown")])
def test_a_rate_that_is_known_of_some_videos_decides_nothing(value: float, verdict: str) -> None:
    text = f'[videos]\nids = ["a", "x"]\n[[targets]]\nmeasure = "engagement_rate"\nvalue = {value}\ndate = 2025-06-05\n'
    assert figures(text, *VIDEOS, video("x", {3: [50, None, 1]}))["targets"][0]["verdict"] == verdict


def test_a_cpm_target_ignores_later_spend() -> None:
    paid = '[[spend]]\namount = 14.5\ncurrency = "EUR"\ndate = 2025-06-02\n'
    found = target("cpm", 5, "2025-06-20", paid + paid.replace("06-02", "06-29"))
    assert (found["value"]["value"], found["verdict"]) == (5.0, "reached")


def test_views_from_before_the_period_reach_no_target() -> None:
    old = video("a", {0: [1_000_000], 0.9: [1_000_000], 5: [1_001_000]})
    text = '[videos]\nids = ["a"]\n[[targets]]\nmeasure = "views"\nvalue = 100000\ndate = 2025-06-30\n'
    (found,) = figures(text, old, head=LONG_HEAD)["targets"]
    assert found["verdict"] == "not yet"
    assert 0 < found["value"]["value"] <= 1000
