"""What views cost, computed by hand; money is never divided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from campaign.cases import HEAD, figures, tiktok, video

VIDEOS = [
    video("a", {1: [1000, 90, 10], 5: [2000, 180, 20]}, platform="TikTok", external_video_id=tiktok(0)),
    video("b", {1: [100, 9, 1], 5: [3000, 90, 10]}, platform="TikTok", external_video_id=tiktok(0.5)),
    video("c", {1: [10, 1, 0], 5: [5000, 100, 0]}),
]
PEOPLE = '[[creators]]\nname = "Ann"\nvideos = ["a"]\n[[creators]]\nname = "Bo"\nvideos = ["b", "c"]\n'


READ = '[estimators]\ncounted = "read"\n'


def spend(amount: float, what: str = "", currency: str = "EUR") -> str:
    return f'[[spend]]\namount = {amount}\ncurrency = "{currency}"\ndate = 2025-06-02\n{what}\n'


def told(rest: str, *, ids: str = '["a", "b", "c"]') -> dict[str, Any]:
    return figures(f"[videos]\nids = {ids}\n{PEOPLE}{rest}{'' if '[estimators]' in rest else READ}", *VIDEOS)


def spends(found: dict[str, Any]) -> dict[Any, Any]:
    groups = [found["totals"], *found["by_creator"], *found["by_platform"]]
    money = {group["name"]: group["money"]["spend"] for group in groups}
    money |= {one["video_id"]: one["money"]["spend"] for one in found["videos"]}
    return {name: one["value"] if one["value"] is not None else one["reason"] for name, one in money.items()}


def test_prices_are_spend_over_views_and_engagements() -> None:
    money = told(spend(50))["totals"]["money"]
    assert (money["spend"]["value"], money["currency"]) == (50.0, "EUR")
    assert money["cpm"]["value"] == 5.0
    assert money["cpv"]["value"] == 0.005
    assert money["cpe"]["value"] == 50 / 400


def test_prices_of_what_was_gained_count_that_alone() -> None:
    money = told(spend(50) + '[estimators]\ncounted = "gained"\n')["totals"]["money"]
    assert money["counted"] == "gained"
    assert money["cpm"]["value"] == 1000 * 50 / (1000 + 2900 + 4990)


def test_a_spend_for_a_video_belongs_to_its_creator_and_platform() -> None:
    found = spends(told(spend(50, 'video = "a"')))
    assert found == {"June": 50.0, "Ann": 50.0, "TikTok": 50.0, "a": 50.0} | dict.fromkeys(
        ("Bo", "YouTube", "b", "c"), "no_spend"
    )


def test_a_spend_for_a_creator_on_two_platforms_is_not_divided() -> None:
    found = spends(told(spend(50, 'creator = "Bo"')))
    assert found == {"June": 50.0, "Bo": 50.0, "Ann": "no_spend", "a": "no_spend"} | dict.fromkeys(
        ("TikTok", "YouTube", "b", "c"), "not_divided"
    )


def test_a_spend_for_a_creator_of_one_video_is_that_videos() -> None:
    assert spends(told(spend(50, 'creator = "Ann"')))["a"] == 50.0


def test_a_spend_for_the_campaign_is_the_campaigns_alone() -> None:
    found = spends(told(spend(50) + spend(20, 'platform = "YouTube"')))
    assert found == {"June": 70.0, "YouTube": 20.0} | dict.fromkeys(("Ann", "Bo", "TikTok", "a", "b", "c"), "no_spend")


def not_allocated(found: dict[str, Any]) -> dict[Any, Any]:
    groups = [found["totals"], *found["by_creator"], *found["by_platform"]]
    return {group["name"]: group["money"]["not_allocated"]["value"] for group in groups}


@pytest.mark.slow
def test_shared_spend_is_not_allocated_and_a_creators_fee_and_cpm_stay_known() -> None:
    fee = spend(40, 'creator = "Ann"')
    for shared in ("", spend(7), spend(7, 'platform = "TikTok"'), spend(3) + spend(4, 'platform = "TikTok"')):
        (ann, _) = told(fee + shared)["by_creator"]
        assert (ann["money"]["spend"]["value"], ann["money"]["cpm"]["value"]) == (40.0, 20.0)
        assert ann["money"]["not_allocated"]["value"] == (7.0 if shared else None)


def test_shared_spend_is_not_allocated_where_it_may_concern_a_group() -> None:
    found = told(spend(3) + spend(4, 'platform = "TikTok"') + spend(40, 'creator = "Ann"'))
    assert not_allocated(found) == {"June": 7.0, "Ann": 7.0, "Bo": 7.0, "TikTok": 3.0, "YouTube": 3.0}
    assert spends(found)["June"] == 47.0
    assert [one["money"]["not_allocated"]["value"] for one in found["videos"]] == [7.0, 7.0, 3.0]


def test_spend_counts_from_its_date_and_later_spend_stands_beside() -> None:
    money = told(spend(50) + spend(30).replace("06-02", "06-06"))["totals"]["money"]
    assert (money["spend"]["value"], money["cpm"]["value"]) == (50.0, 5.0)
    assert (money["later"]["spend"]["value"], money["later"]["cpm"]["value"]) == (30.0, 8.0)


def test_where_all_spend_is_later_there_is_no_price_yet() -> None:
    money = told(spend(30).replace("06-02", "06-06"))["totals"]["money"]
    assert (money["spend"]["reason"], money["cpm"]["reason"]) == ("spent_later", "spent_later")
    assert money["later"]["cpm"]["value"] == 3.0


def test_where_no_spend_is_later_there_is_no_price_with_it() -> None:
    assert told(spend(50))["totals"]["money"]["later"] == {
        "spend": {"value": None, "reason": "no_spend", "entries": 0},
        "cpm": {"value": None, "reason": "no_spend", "at_most": None, "n": 3, "of": 3},
    }


@pytest.mark.parametrize(
    ("zone", "until", "counts"),
    [("UTC", 5.5, "2025-06-06"), ("Asia/Tokyo", 5.7, "2025-06-07"), ("America/New_York", 6.1, "2025-06-06")],
)
def test_in_a_running_period_the_day_of_the_last_reading_counts_in_the_campaigns_zone(
    zone: str, until: float, counts: str
) -> None:
    head = HEAD.replace("06-05", "06-30") + f'time_zone = "{zone}"\n'
    after = (date.fromisoformat(counts) + timedelta(days=1)).isoformat()
    paid = spend(50).replace("2025-06-02", counts) + spend(30).replace("2025-06-02", after)
    last = video("a", {1.5: [1000], until: [2000]})
    money = figures('[videos]\nids = ["a"]\n' + paid, last, head=head)["totals"]["money"]
    assert (money["spend"]["value"], money["later"]["spend"]["value"]) == (50.0, 30.0)


@pytest.mark.slow
def test_currencies_are_told_in_one_by_the_rates_of_the_file() -> None:
    found = told(spend(50) + spend(100, "", "USD") + '[currency]\nreport = "EUR"\nrates = {USD = 0.5}\n')
    assert found["totals"]["money"]["spend"]["value"] == 100.0
    assert [one["reported"]["value"] for one in found["spend"]] == [50.0, 50.0]


@pytest.mark.slow
def test_earned_media_value_is_what_the_counts_are_worth() -> None:
    found = told('[emv]\ncurrency = "EUR"\nviews = 0.01\nlikes = 0.5\n')
    assert found["totals"]["money"]["emv"]["value"] == 100.0 + 185.0
    assert [one["money"]["emv"]["value"] for one in found["videos"]] == [110.0, 75.0, 100.0]
    without = told("")["totals"]["money"]["emv"]
    assert (without["reason"], without["reasons"]) == ("no_worth", {"no_worth": 3})


def test_where_views_are_not_known_of_all_a_price_is_at_most_what_it_is_of_the_others() -> None:
    found = figures(READ + '[videos]\nids = ["a", "x"]\n' + spend(50), *VIDEOS, video("x", {}))["totals"]["money"][
        "cpm"
    ]
    assert found == {"value": None, "reason": "part_missing", "at_most": 25.0, "n": 1, "of": 2}


def test_nothing_is_divided_by_no_views() -> None:
    found = figures('[videos]\nids = ["x"]\n' + spend(50), video("x", {2: [0]}))["totals"]["money"]["cpm"]
    assert (found["value"], found["reason"], found["at_most"]) == (None, "no_views", None)
