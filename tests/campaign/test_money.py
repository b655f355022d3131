"""What views cost, computed by hand; money is never divided."""

from __future__ import annotations

from typing import Any

from campaign.cases import figures, tiktok, video

VIDEOS = [
    video("a", {1: [1000, 90, 10], 5: [2000, 180, 20]}, platform="TikTok", external_video_id=tiktok(0)),
    video("b", {1: [100, 9, 1], 5: [3000, 90, 10]}, platform="TikTok", external_video_id=tiktok(0.5)),
    video("c", {1: [10, 1, 0], 5: [5000, 100, 0]}),
]
PEOPLE = '[[creators]]\nname = "Ann"\nvideos = ["a"]\n[[creators]]\nname = "Bo"\nvideos = ["b", "c"]\n'


def spend(amount: float, what: str = "", currency: str = "EUR") -> str:
    return f'[[spend]]\namount = {amount}\ncurrency = "{currency}"\ndate = 2025-06-02\n{what}\n'


def told(rest: str, *, ids: str = '["a", "b", "c"]') -> dict[str, Any]:
    return figures(f"[videos]\nids = {ids}\n{PEOPLE}{rest}", *VIDEOS)


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
    assert (found["June"], found["YouTube"], found["c"], found["Bo"], found["Ann"]) == (
        70.0, 20.0, 20.0, 20.0, "no_spend",
    )  # fmt: skip


def test_currencies_are_told_in_one_by_the_rates_of_the_file() -> None:
    found = told(spend(50) + spend(100, "", "USD") + '[currency]\nreport = "EUR"\nrates = {USD = 0.5}\n')
    assert found["totals"]["money"]["spend"]["value"] == 100.0
    assert [one["reported"]["value"] for one in found["spend"]] == [50.0, 50.0]


def test_earned_media_value_is_what_the_counts_are_worth() -> None:
    found = told('[emv]\ncurrency = "EUR"\nviews = 0.01\nlikes = 0.5\n')
    assert found["totals"]["money"]["emv"]["value"] == 100.0 + 185.0
    assert [one["money"]["emv"]["value"] for one in found["videos"]] == [110.0, 75.0, 100.0]
    without = told("")["totals"]["money"]["emv"]
    assert (without["reason"], without["reasons"]) == ("no_worth", {"no_worth": 3})


def test_where_views_are_not_known_of_all_a_price_is_at_most_what_it_is_of_the_others() -> None:
    found = figures('[videos]\nids = ["a", "x"]\n' + spend(50), *VIDEOS, video("x", {}))["totals"]["money"]["cpm"]
    assert found == {"value": None, "reason": "part_missing", "at_most": 25.0, "n": 1, "of": 2}


def test_nothing_is_divided_by_no_views() -> None:
    found = figures('[videos]\nids = ["x"]\n' + spend(50), video("x", {2: [0]}))["totals"]["money"]["cpm"]
    assert (found["value"], found["reason"], found["at_most"]) == (None, "no_views", None)
