"""What the notebooks answer, on tables small enough to be computed by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from answers import answer
from notebooks.kernels import SHOWN, named, run_here

import influtics_lab as lab

START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
each_shown = pytest.mark.parametrize("number", SHOWN)


def series(video_id: str, points: dict[float, tuple[int, int, int]], **fields: Any) -> dict[str, Any]:
    """Give a video of the answer with (views, likes, comments) so many hours after it was first tracked."""
    stats: dict[str, dict[str, int]] = {"views": {}, "likes": {}, "comments": {}}
    for hours, counts in points.items():
        for name, count in zip(stats, counts, strict=True):
            stats[name][str(START + dt.timedelta(hours=hours))] = count
    return {
        "video_id": video_id,
        "platform": "YouTube",
        "title": f"video {video_id}",
        "created_at": START.isoformat(),
        "stats": stats,
    } | fields


def written(folder: Path, *videos: dict[str, Any]) -> str:
    return str(lab.parse_pages([answer(*videos)]).write(folder))


def even(views: int, likes: int) -> dict[float, tuple[int, int, int]]:
    """Give readings around the age of seven days at which the counts are these."""
    return {0: (0, 0, 0), 144: (views, likes, 0), 192: (views, likes, 0)}


@each_shown
def test_a_snapshot_without_videos_says_so_and_fails_nowhere(number, tmp_path):
    given = run_here(named(number), snapshot=written(tmp_path))
    said = getattr(given["answer"], "data", "")
    known = {"02": "not known", "03": "cannot be told", "04": "No video", "05": "nothing to compare", "06": "Too few"}
    assert known[number] in said


@each_shown
def test_one_video_is_enough_to_run_and_too_few_for_an_interval(number, tmp_path):
    given = run_here(named(number), snapshot=written(tmp_path, series("a", even(700, 7))))
    said = given["answer"].data
    assert "95 % interval" not in said
    assert "Holm" not in said


def test_an_archive_is_shown_as_of_its_last_snapshot(tmp_path):
    archive = lab.Archive(tmp_path / "archive")
    for day, views in ((8, 5), (9, 1234567)):
        archive.add(lab.parse_pages([answer(series("a", {0: (views, 1, 1)}))], f"2025-07-0{day}T12:00:00+00:00"))
    given = run_here(named("02"), snapshot=str(archive.folder))
    assert "1,234,567" in given["answer"].data


def test_the_dashboard_sums_gains_of_videos_read_within_the_last_day(tmp_path):
    videos = (
        series("a", {0: (0, 0, 0), 100: (1000, 10, 0), 124: (1500, 15, 0)}),  # +500 in 24 h
        series("b", {0: (0, 0, 0), 112: (100, 1, 0), 124: (160, 1, 0)}),  # 100 x 100 / 112 at 100 h: +70.7
        series("c", {0: (0, 0, 0), 30: (7000, 1, 0)}),  # not read lately
    )
    said = run_here(named("02"), snapshot=written(tmp_path, *videos))["answer"].data
    assert "8,660" in said  # 1500 + 160 + 7000
    assert "2 of 2 videos read in the last 24" not in said  # b: the window begins in a gap of more than two days
    assert "+500<" in said
    assert "1 of 2 videos read in the last 24" in said


def test_the_campaign_gains_what_lies_between_both_ends_of_its_period(tmp_path):
    videos = (
        series("a", {12: (100, 10, 0), 36: (300, 30, 0), 84: (700, 50, 10)}),  # 200 on the 2nd, 600 on the 4th at 0:00
        series("b", {12: (0, 0, 0), 48: (90, 0, 0)}),  # not read until the end
        series("other", {12: (0, 0, 0), 84: (9999, 0, 0)}, title="none of ours"),
    )
    period = {"start": "2025-07-02", "end": "2025-07-03", "spend": 100, "title_pattern": "^video"}
    given = run_here(named("03"), snapshot=written(tmp_path, *videos), **period)
    assert "<b>400 views</b> in the period: the sum over 1 videos" in given["answer"].data
    assert "<b>250.00 EUR</b>" in given["answer"].data  # 1000 x 100 / 400
    gains = {row["video_id"]: row for row in given["names"]["gains"].to_dicts()}
    assert set(gains) == {"a", "b"}
    assert gains["a"]["likes_gained"] == 45 - 20
    assert gains["a"]["comments_gained"] == 7.5
    assert gains["b"]["views_gained"] is None
    assert gains["b"]["basis"] == "not known: not read until the end"


def test_a_video_published_within_the_period_began_at_0(tmp_path):
    tiktok = str(int(dt.datetime(2025, 7, 2, 6, tzinfo=dt.UTC).timestamp()) << 32)
    video = series("a", {40: (80, 1, 0), 84: (500, 5, 0)}, platform="TikTok", external_video_id=tiktok)
    period = {"start": "2025-07-02", "end": "2025-07-03", "title_pattern": ""}
    gains = run_here(named("03"), snapshot=written(tmp_path, video), **period)["names"]["gains"]
    assert gains["basis"].to_list() == ["from 0, published in the period"]
    assert gains["views_gained"].to_list() == [80 + 420 * 32 / 44]


def test_growth_says_how_many_videos_a_half_life_rests_on(tmp_path):
    seen = series("a", {0: (0, 0, 0), 40: (400, 0, 0), 168: (600, 0, 0), 200: (600, 0, 0)})  # 300 at 30 h
    left = series("b", {0: (0, 0, 0), 40: (400, 0, 0)})
    said = run_here(named("04"), snapshot=written(tmp_path, seen, left))["answer"].data
    assert "**30.0 hours** of tracked age" in said
    assert "n = 1 of 2" in said


def test_platforms_that_differ_are_told_apart_and_equal_ones_are_not(tmp_path):
    def videos(platform, rate):
        return [series(f"{platform}{i}", even(10_000, rate * 100 + 10 * i), platform=platform) for i in range(8)]

    differing = run_here(named("05"), snapshot=written(tmp_path, *videos("TikTok", 9), *videos("YouTube", 2)))
    assert "**More on TikTok than on YouTube**: by 7.00 percentage points" in differing["answer"].data
    equal = run_here(named("05"), snapshot=written(tmp_path, *videos("TikTok", 2), *videos("YouTube", 2)))
    assert "No difference can be told from chance" in equal["answer"].data


def tagged(number: int, views: int, *, tag: bool, platform: str = "YouTube") -> dict[str, Any]:
    title = "kettle #tea" if tag else "kettle tea "
    return series(
        f"{platform}{number}{tag}", even(views + 7 * (number % 5), 50 + number % 5), title=title, platform=platform
    )


def effect_of_hashtags(given: dict[str, Any]) -> dict[str, Any]:
    return next(
        row
        for row in given["names"]["found"].to_dicts()
        if row["trait"].endswith("hashtag") and row["on"] == "log_views"
    )


def test_a_trait_with_ten_times_the_views_is_found_with_its_factor(tmp_path):
    videos = [tagged(i, views, tag=tag) for tag, views in ((True, 10_000), (False, 1000)) for i in range(10)]
    given = run_here(named("06"), snapshot=written(tmp_path, *videos), draws=400)
    assert "**Title has a hashtag** goes with" in given["answer"].data
    found = effect_of_hashtags(given)
    assert 2.2 < found["low"] < found["effect"] < found["high"] < 2.4  # ln 10 is 2.30
    assert found["holm"] < 0.05


def test_a_platforms_views_are_not_taken_for_those_of_a_trait_that_is_frequent_there(tmp_path):
    many = [tagged(i, 100_000, tag=i < 15, platform="TikTok") for i in range(20)]
    few = [tagged(i, 100, tag=i < 5) for i in range(20)]
    given = run_here(named("06"), snapshot=written(tmp_path, *many, *few), draws=400)
    found = effect_of_hashtags(given)
    assert abs(found["effect"]) < 1e-9  # over both platforms the means of the logs differ by 3.5
    assert "No trait goes with" in given["answer"].data


def test_the_same_draws_come_again(tmp_path):
    place = written(tmp_path, *(tagged(i, 1000 * (i % 3 + 1), tag=i % 2 == 0) for i in range(16)))
    first, again = (run_here(named("06"), snapshot=place, draws=200)["names"]["found"] for _ in range(2))
    assert first.equals(again)


@each_shown
def test_its_tables_show_a_title_as_text_isolated_and_never_as_a_formula(number, tmp_path):
    table = run_here(named(number), snapshot=written(tmp_path))["names"]["table"]
    shown = table(pl.DataFrame({"title": ["<i>$1 or $2", None], "n": [1234.5, 2]})).data
    assert shown.startswith('<table class="mathjax_ignore">')
    assert "<bdi>&lt;i&gt;$1 or $2</bdi>" in shown
    assert "<bdi>1,234.5</bdi>" in shown
    assert "2 more are not shown" in table(pl.DataFrame({"n": [1, 2, 3]}), most=1).data
