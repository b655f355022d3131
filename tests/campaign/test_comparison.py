"""Where videos stand among others at one age, by hand: all are a day old on 3 June."""

from __future__ import annotations

from typing import Any

from campaign.cases import figures, tiktok, video

AGE = '\nat_age = "24h"\n'


def a_day_old(name: str, views: int, day: float = 1) -> dict[str, Any]:
    return video(name, {day + 1: [views]}, platform="TikTok", external_video_id=tiktok(day))


OTHERS = [a_day_old(f"o{n}", views) for n, views in enumerate((100, 200, 200, 400, 500))]


def percentile(rest: str, *videos: dict[str, Any]) -> tuple[Any, ...]:
    found = figures(f'[videos]\nids = ["a"]\n[compare]{AGE}{rest}', *videos)["videos"][0]["comparison"]["views"]
    return found["value"], found["others"], found["percentile_pct"], found["percentile_reason"]


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
