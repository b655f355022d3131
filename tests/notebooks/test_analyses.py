"""What the notebooks answer, on tables small enough to be computed by hand."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from answers import answer
from notebooks.kernels import SHOWN, named, run_here

import influtics_lab as lab
from influtics_lab.schema import FLAGS

START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
each_shown = pytest.mark.parametrize("number", SHOWN)


def html_of(answer):
    """What a cell's last line shows, as text or HTML."""
    if hasattr(answer, "tiles"):
        return answer._repr_mimebundle_()["text/html"]
    return str(getattr(answer, "data", answer))


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


@pytest.mark.slow
@each_shown
def test_a_snapshot_without_videos_says_so_and_fails_nowhere(number, tmp_path):
    given = run_here(named(number), snapshot=written(tmp_path))
    said = html_of(given["open" if number == "03" else "answer"])
    known = {
        "02": "not available",
        "03": "No video of the snapshot belongs",
        "04": "No video",
        "05": "nothing to compare",
        "06": "Too few",
    }
    assert known[number] in said


@pytest.mark.slow
@each_shown
def test_one_video_is_enough_to_run_and_too_few_for_an_interval(number, tmp_path):
    given = run_here(named(number), snapshot=written(tmp_path, series("a", even(700, 7))))
    said = html_of(given["open" if number == "03" else "answer"]).replace("\u00a0", " ")
    assert "95 % interval" not in said
    assert "Holm" not in said


@pytest.mark.slow
def test_an_archive_is_shown_as_of_its_last_snapshot(tmp_path):
    archive = lab.Archive(tmp_path / "archive")
    for day, views in ((8, 5), (9, 1234567)):
        archive.add(lab.parse_pages([answer(series("a", {0: (views, 1, 1)}))], f"2025-07-0{day}T12:00:00+00:00"))
    given = run_here(named("02"), snapshot=str(archive.folder))
    assert "1,234,567" in html_of(given["answer"])


@pytest.mark.slow
def test_the_dashboard_sums_what_all_videos_gained_in_one_window_and_says_how_far_it_is_known(tmp_path):
    videos = (
        series("a", {0: (0, 0, 0), 100: (1000, 10, 0), 124: (1500, 15, 0)}),  # +500 in 24 h
        series("b", {0: (0, 0, 0), 112: (100, 1, 0), 124: (160, 1, 0)}),  # 100 x 100 / 112 at 100 h: +70.7
        series("c", {0: (0, 0, 0), 30: (7000, 1, 0)}),  # no reading in the last 24 h; its last one is no end of 7 d
    )
    said = html_of(run_here(named("02"), snapshot=written(tmp_path, *videos))["answer"])
    assert "8,660" in said  # 1500 + 160 + 7000
    assert "at least +571<" in said
    assert "2 of 3 videos, 2 exactly" in said
    assert "at least +8,660<" in said  # all were first read inside the 7 days
    assert "3 of 3 videos, 0 exactly" in said


@pytest.mark.slow
def test_the_window_of_gains_is_that_of_all_platforms(tmp_path):
    first = series("a", {0: (0, 0, 0), 90: (900, 0, 0)}, platform="TikTok")
    last = series("b", {0: (0, 0, 0), 120: (1200, 0, 0)})
    said = html_of(run_here(named("02"), snapshot=written(tmp_path, first, last), platform="TikTok")["answer"])
    assert "not available</div><div>views gained in 24 h" in said  # from 96 to 120 hours a was not read
    assert "end at 2025-07-06 00:00 UTC for all videos" in said


@pytest.mark.slow
def test_counts_that_fell_make_no_total_a_lower_bound(tmp_path):
    steady = series("a", {0: (0, 0, 0), 100: (1000, 0, 0), 124: (1500, 0, 0)})
    fell = series("b", {102: (900, 0, 0), 124: (800, 0, 0)})
    said = html_of(run_here(named("02"), snapshot=written(tmp_path, steady, fell))["answer"])
    assert ">+500 known</div>" in said
    assert "1 of 2 videos; counts fell: no lower bound" in said


@pytest.mark.slow
def test_the_dashboard_counts_every_flag(tmp_path):
    given = run_here(named("02"), snapshot=written(tmp_path, series("a", {0: (5, 1, 1), 1: (0, 0, 0)})))
    assert set(given["names"]["flags"]) == set(FLAGS)
    assert "views are hidden and all other counts are 0" in given["flags"]._repr_html_()


def test_growth_says_how_many_videos_a_half_life_rests_on(tmp_path):
    seen = series("a", {0: (0, 0, 0), 40: (400, 0, 0), 168: (600, 0, 0), 200: (600, 0, 0)})  # 300 at 30 h
    left = series("b", {0: (0, 0, 0), 40: (400, 0, 0)})
    said = run_here(named("04"), snapshot=written(tmp_path, seen, left))["answer"].data
    assert "**30.0 hours** of tracked age" in said
    assert "n = 1 of 2" in said


@pytest.mark.slow
def test_platforms_that_differ_are_told_apart_and_equal_ones_are_not(tmp_path):
    def videos(platform, rate):
        return [series(f"{platform}{i}", even(10_000, rate * 100 + 10 * i), platform=platform) for i in range(8)]

    differing = run_here(named("05"), snapshot=written(tmp_path, *videos("TikTok", 9), *videos("YouTube", 2)))
    assert "**More on TikTok than on YouTube**: by 7.00 percentage points" in differing["answer"].data
    equal = run_here(named("05"), snapshot=written(tmp_path, *videos("TikTok", 2), *videos("YouTube", 2)))
    assert "No difference stands out from chance" in equal["answer"].data


def tagged(number: int, views: int, *, tag: bool, platform: str = "YouTube") -> dict[str, Any]:
    title = "kettle #tea" if tag else "kettle tea "
    return series(
        f"{platform}{number}{tag}", even(views + 7 * (number % 5), 50 + number % 5), title=title, platform=platform
    )


def effect_of_hashtags(given: dict[str, Any]) -> dict[str, Any]:
    return next(
        row
        for row in given["names"]["effects"].to_dicts()
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
    first, again = (run_here(named("06"), snapshot=place, draws=200)["names"]["effects"] for _ in range(2))
    assert first.equals(again)


@pytest.mark.slow
def test_the_forecast_names_how_often_it_was_right():
    given = run_here(named("07"))
    answer = given["answer"].data
    assert "videos have a forecast" in answer
    assert re.search(r"\d+\.\d % of \d+ earlier forecasts held", answer)
    forecasts = given["names"]["forecasts"]
    assert f"**{forecasts['refused'].null_count():,} of {forecasts.height:,} videos have a forecast**" in answer


@pytest.mark.slow
def test_without_an_outcome_the_forecast_does_not_say_how_often_it_was_right(tmp_path):
    given = run_here(named("07"), snapshot=written(tmp_path, series("a", {0: (5, 1, 1), 60: (10, 1, 1)})))
    assert "How often this was right is not available" in given["answer"].data
