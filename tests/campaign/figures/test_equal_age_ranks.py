"""Where videos stand among others at one age, by hand: all are a day old on 3 June."""

from __future__ import annotations

import json
from typing import Any

import pytest
from campaign.cases import figures, tiktok, video

AGE = '\nat_age = "24h"\n'


def a_day_old(name: str, views: int, day: float = 1) -> dict[str, Any]:
    return video(name, {day + 1: [views]}, platform="TikTok", external_video_id=tiktok(day, name))


OTHERS = [a_day_old(f"o{n}", views) for n, views in enumerate((100, 200, 200, 400, 500))]


def percentile(rest: str, *videos: dict[str, Any]) -> tuple[Any, ...]:
    found = figures(f'[videos]\nids = ["a"]\n[compare]{AGE}{rest}', *videos)["videos"][0]["comparison"]["views"]
    return found["value"], found["others"], found["percentile_pct"], found["percentile_reason"]


@pytest.mark.slow
def test_equal_ones_count_half_among_named_videos() -> None:
    named = 'against = "videos"\nvideos = ["o0", "o1", "o2", "o3", "o4", "a"]'
    assert percentile(named, a_day_old("a", 200), *OTHERS) == (200.0, 5, 40.0, None)
    assert percentile(named, a_day_old("a", 50), *OTHERS) == (50.0, 5, 0.0, None)


def test_others_of_the_platform_are_all_others_in_the_snapshot() -> None:
    assert percentile("", a_day_old("a", 450), *OTHERS) == (450.0, 5, 80.0, None)


def test_fewer_than_five_others_tell_nothing() -> None:
    named = 'against = "videos"\nvideos = ["o0", "o1", "o2", "o3"]'
    assert percentile(named, a_day_old("a", 200), *OTHERS) == (200.0, 4, None, "few_others")


def test_only_earlier_videos_are_history() -> None:
    people = '[[creators]]\nname = "Ann"\nvideos = ["a", "o0", "o1", "o2", "o3", "o4", "p0", "p1", "p2", "p3", "p4"]'
    earlier = [a_day_old(f"p{n}", views, day=0.5) for n, views in enumerate((1, 2, 3, 4, 900))]
    assert percentile(f'against = "own history"\n{people}', a_day_old("a", 200), *OTHERS, *earlier)[1:3] == (5, 80.0)


def test_a_video_of_nobody_has_no_history() -> None:
    people = '[[creators]]\nname = "Ann"\nvideos = ["o0"]'
    found = percentile(f'against = "own history"\n{people}', a_day_old("a", 200), *OTHERS)
    assert found == (200.0, 0, None, "no_creator")


@pytest.mark.slow
def test_the_campaigns_own_videos_are_never_among_the_others() -> None:
    own = [a_day_old("a", 200), a_day_old("b", 10), a_day_old("c", 1000)]
    ids = '[videos]\nids = ["a", "b", "c"]\n'
    named = 'against = "videos"\nvideos = ["o0", "o1", "o2", "o3", "o4", "b", "c"]\n'
    people = '[[creators]]\nname = "Ann"\nvideos = ["a", "b", "c", "o0", "o1", "o2", "o3", "o4"]\n'
    earlier = [a_day_old(f"o{n}", views, day=0.5) for n, views in enumerate((100, 200, 200, 400, 500))]
    for rest, others in (("", OTHERS), (named, OTHERS), (f'against = "own history"\n{people}', earlier)):
        found = figures(f"{ids}[compare]{AGE}{rest}", *own, *others)
        seen = {one["video_id"]: one["comparison"]["views"] for one in found["videos"]}
        assert {name: (one["others"], one["percentile_pct"]) for name, one in seen.items()} == {
            "a": (5, 40.0), "b": (5, 0.0), "c": (5, 100.0),
        }  # fmt: skip


@pytest.mark.parametrize("against", ["", 'against = "videos"\nvideos = ["a", "b"]\n'])
def test_where_only_the_campaigns_own_videos_are_there_is_no_comparison(against: str) -> None:
    own = [a_day_old(name, 100 * n) for n, name in enumerate("abcdefg")]
    ids = [one["video_id"] for one in own]
    found = figures(f"[videos]\nids = {json.dumps(ids)}\n[compare]{AGE}{against}", *own)
    assert {one["comparison"]["views"]["percentile_reason"] for one in found["videos"]} == {"no_comparison"}
    assert found["comparison"]["views"] == {"value": None, "reason": "no_comparison", "n": 0, "of": 7}
