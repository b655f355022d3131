"""Counts at the period's ends and gained in it, computed by hand: the period is 2 to 5 June, which is days 1 to 5."""

from __future__ import annotations

from typing import Any

import pytest
from campaign.cases import HEAD, figures, snapshot, tiktok, video

import influtics_lab as lab

ONE = '[videos]\nids = ["a"]'


def of_one(readings: dict[float, Any], rest: str = ONE, head: str = HEAD, **fields: Any) -> dict[str, Any]:
    later = video("later", {20: [1]}) if head == HEAD else video("other", {})
    (found,) = figures(rest, video("a", readings, **fields), later, head=head)["videos"]
    return {**found, **found["counts"]["views"]}


def test_both_ends_are_interpolated_and_the_gain_is_their_difference() -> None:
    found = of_one({0: [100], 2: [300], 4: [700], 8: [1100]})
    assert found["at_start"] == {"value": 200.0, "reason": None, "basis": "interpolated"}
    assert found["at_end"]["value"] == 800.0
    assert found["at_end"]["at"] == "2025-06-06T00:00:00+00:00"
    assert found["gained"] == {"value": 600.0, "reason": None, "at_least": None}
    assert found["last_read"] == {"value": 700, "reason": None, "at": "2025-06-05T00:00:00+00:00"}


def test_a_day_begins_and_ends_in_the_time_zone_of_the_campaign() -> None:
    head = HEAD + 'time_zone = "Asia/Tokyo"\n'
    found = of_one({0: [0], 10: [240]}, head=head)
    assert found["at_start"]["value"] == 15.0
    assert found["at_end"]["value"] == 111.0


def test_a_reading_at_an_end_needs_no_other() -> None:
    found = of_one({1: [100], 5: [300]})
    assert (found["at_start"]["value"], found["at_end"]["value"], found["gained"]["value"]) == (100.0, 300.0, 200.0)


def test_a_video_published_in_the_period_had_no_counts_at_its_start() -> None:
    found = of_one({3: [50], 8: [100]}, external_video_id=tiktok(2), platform="TikTok")
    assert found["at_start"] == {"value": 0, "reason": None, "basis": "published later"}
    assert found["gained"]["value"] == 70.0


def test_a_premiere_that_was_read_before_the_period_counts_from_0_as_in_gained() -> None:
    readings, fields = {0.5: [10], 2: [100], 5: [500]}, {"platform": "TikTok", "external_video_id": tiktok(1.5)}
    found = of_one(readings, **fields)
    assert found["at_start"] == {"value": 0, "reason": None, "basis": "published later"}
    assert found["counted"] == {"value": 500.0, "reason": None, "at_least": None, "basis": "from 0"}
    (row,) = lab.gained(snapshot(video("a", readings, **fields)).frame(), last="4d").to_dicts()
    assert row["views_gained_in_window"] == found["gained"]["value"]


def test_a_video_of_unknown_publication_that_is_first_read_in_the_period_has_no_gain() -> None:
    found = of_one({3: [50], 8: [100]})
    assert found["at_start"]["reason"] == "first_later"
    assert found["gained"] == {"value": None, "reason": "first_later", "at_least": 20.0}
    assert found["last_read"]["value"] == 50


def test_a_publication_that_the_file_gives_counts() -> None:
    assert of_one({3: [50], 8: [100]}, f"{ONE}\n[published_at]\na = 2025-06-03")["gained"]["value"] == 70.0


def test_nothing_is_extrapolated_behind_the_last_reading() -> None:
    found = of_one({0: [100], 4: [300]})
    assert found["at_end"] == {
        "value": None,
        "reason": "last_earlier",
        "at": "2025-06-06T00:00:00+00:00",
        "basis": None,
    }
    assert found["gained"]["reason"] == "last_earlier"
    assert found["last_read"]["value"] == 300


@pytest.mark.slow
def test_a_gap_longer_than_max_gap_is_not_bridged() -> None:
    rest = f'{ONE}\n[estimators]\nmax_gap = "3d"'
    assert of_one({0: [100], 2: [300], 4: [700], 8: [1100]}, rest)["at_end"]["reason"] == "gap"
    assert of_one({0: [100], 2: [300], 4: [700], 7: [1000]}, rest)["at_end"]["value"] == 800.0


def test_in_a_period_that_runs_each_video_counts_to_its_last_reading() -> None:
    head = HEAD.replace("06-05", "08-31")
    found = of_one({0: [100], 2: [300], 3: [400]}, head=head)
    assert found["at_end"] == {"value": 400, "reason": None, "at": "2025-06-04T00:00:00+00:00", "basis": "last reading"}
    assert found["gained"]["value"] == 200.0


def test_a_period_that_ends_with_the_snapshots_last_reading_is_over() -> None:
    first, last = video("a", {1: [100], 5: [300]}), video("b", {1: [10], 4: [20]})
    found = figures('[videos]\nids = ["a", "b"]', first, last)
    assert found["campaign"]["running"] is False
    assert [one["counts"]["views"]["at_end"]["value"] for one in found["videos"]] == [300.0, None]
    assert found["videos"][1]["counts"]["views"]["at_end"]["reason"] == "last_earlier"


def test_a_video_published_after_the_period_has_no_counts_in_it() -> None:
    found = of_one({9: [50], 10: [100]}, external_video_id=tiktok(8), platform="TikTok")
    assert found["at_end"]["reason"] == "not_published"
    assert found["last_read"]["reason"] == "not_in_period"


@pytest.mark.parametrize(
    ("readings", "place", "reason"),
    [
        ({}, "last_read", "no_readings"),
        ({0: [5], 9: [6]}, "last_read", "not_in_period"),
        ({2: [None, 5]}, "last_read", "never_reported"),
        ({2: [None, 5]}, "gained", "never_reported"),
        ({0: [10], 3: [0]}, "last_read", "hidden"),
    ],
)
def test_what_is_not_known_says_why(readings: dict[float, Any], place: str, reason: str) -> None:
    assert (found := of_one(readings)[place])["value"] is None
    assert found["reason"] == reason


@pytest.mark.slow
def test_engagements_are_the_sum_of_the_parts_and_null_where_one_is() -> None:
    whole = of_one({1: [1000, 10, 1, 7], 5: [3000, 30, 5, 9]})
    assert whole["counts"]["engagements"]["gained"]["value"] == 24.0
    assert whole["engagement_rate"]["last_read"]["value"] == pytest.approx(100 * 35 / 3000)
    assert whole["engagement_rate"]["gained"]["value"] == pytest.approx(100 * 24 / 2000)
    part = of_one({1: [1000, 10], 5: [3000, 30]})
    assert part["counts"]["engagements"]["gained"] == {"value": None, "reason": "never_reported", "at_least": None}


OLD, BEFORE, INSIDE = (tiktok(day) for day in (-60, 0.5, 2))


@pytest.mark.parametrize(
    ("readings", "external", "value", "basis"),
    [
        ({0: [100], 5: [600]}, None, 400.0, "gained"),  # read before the period, with views
        ({0: [0], 1: [0], 5: [600]}, None, 600, "last known"),  # read before it, without any
        ({3: [100], 5: [600]}, None, 600, "may contain earlier views"),
        ({3: [100], 5: [600]}, INSIDE, 600.0, "from 0"),
        ({0: [100], 5: [600]}, OLD, 400.0, "gained"),
        ({3: [100], 5: [600]}, OLD, None, "gained"),  # at least 500, from its first reading on
        ({2: [100], 5: [600]}, BEFORE, 600, "may contain earlier views"),  # first read soon after its publication
        ({3: [100], 5: [600]}, BEFORE, None, "gained"),  # two and a half days are too long in a period of four
    ],
)
def test_what_a_video_counts_depends_on_when_it_was_published_and_read(
    readings: dict[float, Any], external: str | None, value: float | None, basis: str
) -> None:
    fields = {} if external is None else {"external_video_id": external, "platform": "TikTok"}
    counted = of_one(readings, **fields)["counted"]
    assert (counted["value"], counted["basis"]) == (value, basis)
    assert counted["at_least"] == (500.0 if value is None else None)


@pytest.mark.slow
def test_a_gain_that_fell_inside_has_no_lower_bound() -> None:
    found = of_one({2: [900], 3: [1000], 4: [500]}, f'{ONE}\n[estimators]\ncounted = "gained"')
    assert found["gained"] == {"value": None, "reason": "fell", "at_least": None}
    rising = of_one({2: [900], 3: [1000], 4: [1500]}, f'{ONE}\n[estimators]\ncounted = "gained"')
    assert (rising["gained"]["value"], rising["gained"]["at_least"]) == (None, 600)


def test_totals_say_of_how_many_videos_they_are() -> None:
    videos = [video("a", {1: [100], 5: [300]}), video("b", {0: [0], 2: [200], 3: [200]}), video("c", {})]
    found = figures('[videos]\nids = ["a", "b", "c"]', *videos)["totals"]["counts"]["views"]["gained"]
    facts = {"reasons": {"last_earlier": 1, "no_readings": 1}, "bounds": {"last_earlier": 1}, "is_bound": True}
    assert found == {"value": None, "reason": "part_missing", "known": 300.0, "n": 1, "of": 3} | facts


def test_a_share_is_of_what_is_known() -> None:
    videos = [video("a", {1: [100, 1, 1]}), video("b", {3: [300, 1, 1]}), video("c", {})]
    found = figures('[videos]\nids = ["a", "b", "c"]\n[estimators]\ncounted = "read"', *videos)["videos"]
    assert [one["share_pct"]["views"]["value"] for one in found] == [25.0, 75.0, None]


def test_shares_are_null_where_a_video_lost_more_than_it_gained() -> None:
    videos = [video("a", {1: [100], 5: [900]}), video("b", {1: [900], 5: [200]})]
    rest = '[videos]\nids = ["a", "b"]\n[estimators]\ncounted = "gained"'
    shares = [one["share_pct"]["views"] for one in figures(rest, *videos)["videos"]]
    assert shares == [{"value": None, "reason": "negative_gain"}] * 2


@pytest.mark.parametrize(
    ("readings", "rest", "said"),
    [
        ({-200: [0], 4: [100_000], 5: [100_100]}, "", "rests on a straight line"),
        ({-200: [0], 4: [100_000], 5: [100_100]}, '\n[estimators]\nmax_gap = "3d"', "is not interpolated over it"),
        ({0.5: [0], 2.4: [100], 5: [200]}, "", None),  # 1.9 days, and the limit is two
        ({0.5: [0], 2.6: [100], 5: [200]}, "", "rests on a straight line"),
        ({-200: [0], 1: [10], 5: [200]}, "", None),  # a reading lies at the start
    ],
)
def test_a_long_gap_at_an_end_of_the_period_is_a_finding(
    readings: dict[float, Any], rest: str, said: str | None
) -> None:
    found = figures(ONE + rest, video("a", readings))
    texts = [one["text"] for one in found["findings"] if one["code"] == "long_gap"]
    assert len(texts) == (said is not None)
    assert said is None or (said in texts[0] and list(found["quality"]["long_gaps"]) == ["a"])
