"""Each condition begins and ends where it should, once, with evidence that its lines of Python show again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from watch.cases import START, Watched, brief, counts, growing, item, read_at, run_lines, shows

import influtics_lab as lab
from influtics_lab.watch import parse_watch, reading_levels
from influtics_lab.watch.alert_text import Source, derive_key
from influtics_lab.watch.level_changes import Change
from influtics_lab.watch.watch_conditions import Milestone, Purge


def fallen(hours: int, fall_at: int, to: float = 0.8) -> dict[float, Any]:
    """Readings of a video whose views fall at one hour to a share of what they were."""
    lost = round((10_000 + (fall_at - 1) * 1000) * (1 - to))
    return {h: counts(v[0] - (lost if h >= fall_at else 0)) for h, v in growing(hours).items()}


@pytest.mark.slow
def test_a_purge_begins_at_the_fall_and_ends_where_views_are_back(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[purge]]\nname = "p"')
    readings = fallen(40, 21)
    assert watched.see(20, item("a", readings)) == []
    (event,) = watched.see(22, item("a", readings))
    assert brief([event]) == [("p", "begins", 21)]
    assert event["summary"] == 'Views of "Title of a" (TikTok) fell by 16.7 %, from 30,000 to 25,000.'
    assert [row["views"] for row in event["readings"]] == [28_000, 29_000, 30_000, 25_000]
    assert shows(event)
    assert watched.run(23).events == []
    (over,) = watched.see(40, item("a", readings))
    assert brief([over]) == [("p", "ends", 26)]
    assert over["summary"] == 'Views of "Title of a" (TikTok) are back at 30,000, where they were before the fall.'
    assert over["key"] != event["key"]
    assert over["since"] == event["at"]


def test_a_purge_of_likes_is_none_of_views(tmp_path: Path) -> None:
    toml = '[[purge]]\nname = "v"\n[[purge]]\nname = "l"\ncount = "likes"'
    readings = {h: (v[0], v[1] // 2 if h >= 21 else v[1], *v[2:]) for h, v in growing(30).items()}
    watched = Watched(tmp_path, toml)
    (event,) = watched.see(22, item("a", readings))
    assert brief([event]) == [("l", "begins", 21)]
    assert shows(event)


@pytest.mark.slow
@pytest.mark.parametrize("hours", [[22, 24], [24]])
def test_readings_in_a_row_delay_the_beginning_however_often_the_watch_runs(tmp_path: Path, hours: list[int]) -> None:
    watched = Watched(tmp_path, '[[purge]]\nname = "p"\nreadings = 3')
    watched.see(20, item("a", fallen(40, 21)))
    found = [event for hour in hours for event in watched.see(hour, item("a", fallen(40, 21)))]
    assert brief(found) == [("p", "begins", 23)]


def test_what_began_and_ended_between_two_runs_is_both(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[purge]]\nname = "p"')
    watched.see(20, item("a", fallen(40, 21)))
    assert brief(watched.see(40, item("a", fallen(40, 21)))) == [("p", "begins", 21), ("p", "ends", 26)]


def test_a_stall_begins_when_it_is_improbable_and_ends_with_the_next_change(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[stall]]\nname = "s"')
    moving = growing(48)
    readings = {h: moving[min(h, 30)] if h < 46 else v for h, v in moving.items()}
    (event,) = watched.see(40, item("a", readings))
    assert brief([event]) == [("s", "begins", 38)]
    assert "have not changed for 8 hours; about 8,000 more views were expected." in event["summary"]
    assert shows(event)
    assert brief(watched.see(48, item("a", readings))) == [("s", "ends", 46)]


@pytest.mark.slow
def test_a_burst_is_reported_with_its_velocities(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[burst]]\nname = "b"')
    readings = {}
    for h, (views, *rest) in growing(120).items():
        extra = 20_000 * (min(max(h - 80, 0), 12))
        readings[h] = (views + extra, *rest)
    events = watched.see(80, item("a", readings)) + watched.see(90, item("a", readings))
    (event,) = events
    assert event["change"] == "begins"
    assert "This is consistent with paid or invalid traffic." in event["summary"]
    assert shows(event)
    (over,) = watched.see(120, item("a", readings))
    assert over["summary"] == 'The burst of views of "Title of a" (TikTok) is over.'


@pytest.mark.slow
def test_failed_polls_in_a_row_begin_and_the_next_counts_end(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[failed_polls]]\nname = "f"\nreadings = 2\n[[hidden]]\nname = "h"')
    readings = {h: (0, 0, 0, 0) if h in {5, 10, 11, 12} else v for h, v in growing(20).items()}
    assert brief(watched.see(10, item("a", readings))) == []
    (event,) = watched.see(12, item("a", readings))
    assert brief([event]) == [("f", "begins", 11)]
    assert "no counts" in event["summary"]
    assert "Views before: 19,000." in event["summary"]
    assert shows(event)
    assert brief(watched.see(13, item("a", readings))) == [("f", "ends", 13)]


@pytest.mark.slow
def test_hidden_views_are_no_failed_poll(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[failed_polls]]\nname = "f"\n[[hidden]]\nname = "h"')
    readings = {h: (0, *v[1:]) if h in {10, 11} else v for h, v in growing(20).items()}
    (event,) = watched.see(11, item("a", readings))
    assert brief([event]) == [("h", "begins", 10)]
    assert event["summary"] == 'Views of "Title of a" (TikTok) are hidden. The last visible number was 19,000.'
    assert run_lines(event)["hidden_counts"].to_list() == ["views"]
    assert brief(watched.see(12, item("a", readings))) == [("h", "ends", 12)]


def test_a_removed_video_is_reported_with_its_title_and_when_it_is_back(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[removed]]\nname = "r"\nplatform = "TikTok"')
    readings = growing(20)
    assert watched.see(5, item("a", readings), item("b", readings, platform="YouTube")) == []
    (event,) = watched.see(6)
    assert brief([event]) == [("r", "begins", 6)]
    assert event["summary"] == '"Title of a" (TikTok) is no longer in the list of the service.'
    assert run_lines(event)["removed"].to_list() == [False, True]
    assert watched.see(7) == []
    assert brief(watched.see(8, item("a", readings))) == [("r", "ends", 8)]


def test_what_was_open_ends_for_a_video_that_was_removed(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 12000')
    assert len(watched.see(5, item("a", growing(20)), item("b", growing(20)))) == 2
    (event,) = watched.see(6, item("b", growing(20)))
    assert event["change"] == "ends"
    assert event["summary"] == '"Title of a" (TikTok) is no longer watched.'


def test_what_begins_again_at_the_same_reading_has_another_key(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 12000')
    frozen, corrected = item("a", growing(3)), item("a", growing(3, per_hour=0))
    events = [event for hour, read in enumerate([frozen, None, frozen, corrected, frozen], 4)
              for event in watched.see(hour, *([read] if read else []))]  # fmt: skip
    assert brief(events) == [
        ("v", "begins", 2),
        ("v", "ends", 5),
        ("v", "begins", 2),
        ("v", "ends", 3),
        ("v", "begins", 2),
    ]
    assert len({event["key"] for event in events}) == 5
    assert watched.see(9, frozen) == []


def test_what_a_corrected_end_reopens_has_another_key(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 12000')
    wrong = growing(4) | {4: counts(1)}
    events = [
        event
        for hour, read in enumerate((growing(3), wrong, growing(4)), 4)
        for event in watched.see(hour, item("a", read))
    ]
    assert brief(events) == [("v", "begins", 2), ("v", "ends", 4), ("v", "begins", 2)]
    assert len({event["key"] for event in events}) == 3


def test_the_same_reading_of_a_changed_condition_has_another_key() -> None:
    change, source = Change("a", 1, START, START.isoformat(), {}), Source("archive", "identity", "", "")
    milestones = Milestone(name="m", levels=(1000.0,)), Milestone(name="m", levels=(2000.0,))
    changed = (
        *milestones,
        Milestone(name="m", count="likes", levels=(1000.0,)),
        Purge(name="m"),
        Purge(name="m", count="likes"),
    )
    assert len({derive_key(change, condition, source) for condition in changed}) == len(changed)


def test_a_silence_ends_for_a_video_whose_tracking_is_completed(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[no_reading]]\nname = "n"\nhours = 10')
    assert brief(watched.see(20, item("a", growing(3)))) == [("n", "begins", 13)]
    read = read_at(21, item("a", growing(3)))
    videos = read.videos.with_columns(status=pl.lit("completed"))
    watched.archive.add(lab.Snapshot.build(videos, read.stats, read.rejected, read.manifest))
    (event,) = watched.run(21).events
    assert event["summary"] == '"Title of a" (TikTok) is no longer watched.'


def test_a_total_ends_without_new_readings_and_under_its_former_name(tmp_path: Path) -> None:
    toml = '[[value]]\nname = "v"\nmeasure = "views"\ntotal = true\nat_least = 25000'
    watched = Watched(tmp_path, toml)
    both = item("a", growing(3)), item("b", growing(3))
    events = [watched.see(4, *both), watched.see(5, both[0]), watched.see(6, *both)]
    assert [brief(found) for found in events] == [[("v", "begins", 3)], [("v", "ends", 3)], [("v", "begins", 3)]]
    watched.watch = parse_watch(f'{toml}\nplatform = "TikTok"', folder=tmp_path)
    assert sorted(event["summary"] for event in watched.see(7, *both)) == [
        "The total of all videos is no longer watched.",
        "TikTok: 26,000 views, at least 25,000.",
    ]


@pytest.mark.parametrize(
    ("condition", "begins", "summary"),
    [
        ('measure = "views"\nat_least = 15000', 5, ": 15,000 views, at least 15,000."),
        ('measure = "likes"\nat_least = 800', 10, ": 800 likes, at least 800."),
        ('measure = "views"\nat_most = 40000', 0, ": 10,000 views, at most 40,000."),
        ('measure = "engagement_rate"\nat_least = 4.9', 0, ": 5 %, at least 4.90."),
        ('measure = "views_per_day"\nat_least = 1', 24, ": 24,000 views a day, at least 1."),
    ],
)
def test_a_value_is_reached_and_its_line_shows_it(tmp_path: Path, condition: str, begins: int, summary: str) -> None:
    watched = Watched(tmp_path, f'[[value]]\nname = "v"\n{condition}')
    (event,) = watched.see(26, item("a", growing(26)))
    assert brief([event]) == [("v", "begins", begins)]
    assert event["summary"].endswith(summary)
    assert shows(event)


def test_a_value_that_is_no_longer_reached_ends(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 28000')
    (event,) = watched.see(19, item("a", fallen(30, 21)))
    assert brief([event]) == [("v", "begins", 18)]
    assert brief(watched.see(22, item("a", fallen(30, 21)))) == [("v", "ends", 21)]


def test_a_value_close_to_its_limit_is_written_so_that_its_side_shows(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "engagement_rate"\nat_least = 2.998')
    watched.see(1, item("a", {0: (100_000, 1_000), 1: (100_000, 1_000)}))
    readings = {0: (100_000, 1_000), 2: (100_000, 2_999, 0, 0), 3: (101_000, 3_027, 0, 0)}
    begins, ends = watched.see(4, item("a", readings))
    assert begins["summary"] == '"Title of a" (TikTok): 3.00 %, at least 2.998.'
    assert ends["summary"] == '"Title of a" (TikTok): 2.997 %, no longer at least 2.998.'


def test_milestones_are_passed_once_and_those_of_before_are_not_reported(tmp_path: Path) -> None:
    watched = Watched(
        tmp_path, '[[milestone]]\nname = "m"\nlevels = [12000, 30000, 15000]\n[[milestone]]\nname = "e"\nevery = 10000'
    )
    assert watched.see(3, item("a", fallen(60, 21))) == []
    first = watched.see(6, item("a", fallen(60, 21)))
    assert brief(first) == [("m", "begins", 5)]
    assert first[0]["summary"] == '"Title of a" (TikTok) passed 15,000 views.'
    assert shows(first[0])
    assert brief(watched.see(24, item("a", fallen(60, 21)))) == [
        ("m", "begins", 20),
        ("e", "begins", 10),
        ("e", "begins", 20),
    ]
    assert brief(watched.see(30, item("a", fallen(60, 21)))) == []


def test_a_milestone_with_other_levels_begins_anew(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[milestone]]\nname = "m"\nevery = 1000')
    watched.see(5, item("a", growing(30)))
    watched.watch = Watched(tmp_path, '[[milestone]]\nname = "m"\nevery = 20000').watch
    assert watched.see(6, item("a", growing(30))) == []
    assert brief(watched.see(12, item("a", growing(30)))) == [("m", "begins", 10)]


def test_the_total_of_a_platform_is_the_sum_of_last_known_counts(tmp_path: Path) -> None:
    toml = '[[value]]\nname = "t"\nmeasure = "views"\nat_least = 45000\ntotal = true\nplatform = "TikTok"\nreadings = 2'
    watched = Watched(tmp_path, toml)
    videos = [item("a", growing(30)), item("b", growing(30, 2)), item("c", growing(30), platform="YouTube")]
    assert watched.see(12, *videos) == []
    (event,) = watched.see(20, *videos)
    assert brief([event]) == [("t", "begins", 14)]
    assert event["subject"] == "TikTok"
    assert event["summary"] == "TikTok: 48,000 views, at least 45,000."
    assert run_lines(event).item() == event["evidence"]["views"] == 48_000


def test_a_pooled_rate_is_over_last_readings_with_a_rate(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "t"\nmeasure = "engagement_rate"\nat_least = 4\ntotal = true')
    (event,) = watched.see(3, item("a", growing(3)), item("b", growing(3)))
    engagements, views = run_lines(event).row(0)
    assert event["evidence"]["engagement_rate"] == pytest.approx(100 * engagements / views)


def test_a_video_that_is_tracked_twice_counts_once_in_a_total(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "t"\nmeasure = "views"\nat_least = 12500\ntotal = true')
    same = {"external_video_id": "7489443966908189959"}
    (event,) = watched.see(3, item("a", growing(3), **same), item("b", growing(2), **same))
    assert run_lines(event).item() == event["evidence"]["views"] == 13_000


@pytest.mark.slow
def test_a_pace_below_the_target_is_that_of_reports(tmp_path: Path) -> None:
    toml = '[[pace]]\nname = "slow"\ntarget = 500000\nby = 2026-07-12\nreadings = 2'
    watched = Watched(tmp_path, toml)
    readings = growing(240)
    fast = {h: counts(v[0] + (h - 192) * 60_000 if h > 192 else v[0]) for h, v in readings.items()}
    assert watched.see(180, item("a", fast)) == []
    (event,) = watched.see(186, item("a", fast))
    assert brief([event]) == [("slow", "begins", 186)]
    assert event["evidence"]["gained_per_day"] == pytest.approx(24_000)
    assert event["evidence"]["views"] == 196_000
    assert event["evidence"]["needed_per_day"] == pytest.approx(304_000 / 102 * 24)
    assert run_lines(event).value / 7 == pytest.approx(24_000)
    goal = "500,000 views by 2026-07-13 00:00 UTC need 71,529 a day on a straight line."
    assert event["summary"] == f"All videos: 24,000 views gained a day; {goal}"
    (over,) = watched.see(200, item("a", fast))
    assert over["change"] == "ends"
    assert over["summary"] == "All videos reached 500,000 views by 2026-07-13 00:00 UTC: 690,000 views."


def test_no_reading_is_judged_by_the_clock_also_without_a_new_read(tmp_path: Path) -> None:
    toml = '[[no_reading]]\nname = "each"\nhours = 10\n[[no_reading]]\nname = "all"\nhours = 12\ntotal = true'
    watched = Watched(tmp_path, toml)
    both = item("a", growing(8)), item("b", growing(40))
    assert watched.see(16, *both) == []
    (event,) = watched.run(19).events
    assert brief([event]) == [("each", "begins", 18)]
    assert event["subject"]["video_id"] == "a"
    assert run_lines(event).isoformat() == event["evidence"]["last_reading_at"]
    assert brief(watched.run(30).events) == [("each", "begins", 26), ("all", "begins", 28)]
    ends = watched.see(31, *both)
    assert brief(ends) == [("each", "ends", 31), ("all", "ends", 31)]
    assert ends[1]["summary"] == "All videos: a new reading."


@pytest.mark.slow
def test_videos_are_judged_the_same_however_many_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = '[[purge]]\nname = "p"\n[[milestone]]\nname = "m"\nlevels = [15000]\n[[forecast]]\nname = "f"\ntarget = 1\n'
    found = []
    for name, videos in (("whole", 1000), ("parts", 2)):
        monkeypatch.setattr(reading_levels, "_VIDEOS_AT_A_TIME", videos)
        watched = Watched(tmp_path / name, toml)
        series = {f"v{n}": growing(40, per_hour=100 * n) | fallen(40, 21 if n % 2 else 99) for n in range(1, 6)}
        watched.see(4, *(item(video, readings) for video, readings in series.items()))
        found.append(watched.see(40, *(item(video, readings) for video, readings in series.items())))
    assert [event["subject"]["video_id"] for event in found[0] if event["condition"] == "p"] == ["v1", "v3", "v5"] * 2
    assert [event["key"] for event in found[0]] == [event["key"] for event in found[1]]


def test_a_new_video_brings_no_old_news(tmp_path: Path) -> None:
    value = '[[value]]\nname = "v"\nmeasure = "views"\nat_least = 1'
    watched = Watched(tmp_path, f'[[purge]]\nname = "p"\n[[milestone]]\nname = "m"\nevery = 20000\n{value}')
    watched.see(50, item("a", growing(50)))
    events = watched.see(52, item("a", growing(50)), item("b", fallen(52, 21)))
    assert brief(events) == [("v", "begins", 0)]


def test_a_condition_that_is_new_in_the_file_reports_what_holds_and_no_history(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[stall]]\nname = "s"')
    watched.see(50, item("a", fallen(50, 21)))
    later = Watched(tmp_path, '[[purge]]\nname = "p"\n[[value]]\nname = "v"\nmeasure = "views"\nat_least = 20000')
    assert brief(later.run(51).events) == [("v", "begins", 10)]
    assert later.run(52).events == []


def test_a_changed_reading_of_the_past_is_news(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[purge]]\nname = "p"')
    watched.see(30, item("a", growing(30)))
    changed = {h: counts(round(v[0] * 0.5)) if h >= 25 else v for h, v in growing(31).items()}
    assert brief(watched.see(31, item("a", changed))) == [("p", "begins", 25)]


def test_a_condition_whose_readings_were_corrected_ends_with_what_there_is_now(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[value]]\nname = "v"\nmeasure = "views"\ntotal = true\nat_least = 50000')
    others = growing(9, start=5, per_hour=10_000)
    watched.see(1, item("a", growing(9)))
    assert brief(watched.see(5, item("a", growing(9)), item("b", others))) == [("v", "begins", 5)]
    (over,) = watched.see(7, item("a", growing(9)))
    assert over["summary"] == "All videos: 17,000 views, no longer at least 50,000."


def test_a_counting_rule_is_crossed_by_the_first_reading_after_it(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[counting_rule]]\nname = "c"')
    rule_at = 54 * 24  # YouTube, 24 August
    old, new = ({hour: counts(10_000 + hour) for hour in range(start, rule_at + 60, 12)} for start in (0, rule_at + 12))
    kinds = {"a": "YouTube", "t": "TikTok"}
    videos = [item(name, old, platform=platform) for name, platform in kinds.items()]
    assert watched.see(rule_at - 6, *videos) == []
    assert watched.see(rule_at - 1, *videos) == []
    late = item("late", new, platform="YouTube")
    (event,) = watched.see(rule_at + 30, *videos, late)
    assert brief([event]) == [("c", "begins", rule_at)]
    assert event["subject"]["video_id"] == "a"
    assert "(YouTube 2026-08-24): a public view counts from the first frame" in event["summary"]
    assert shows(event)
    assert watched.see(rule_at + 50, *videos, late) == []


def test_a_forecast_over_an_archive_without_readings_is_silent(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[forecast]]\nname = "f"\ntarget = 1')
    assert watched.see(1, item("a", {})) == []


@pytest.mark.slow
def test_a_forecast_that_leaves_the_target_begins_and_ends(tmp_path: Path) -> None:
    watched = Watched(tmp_path, '[[forecast]]\nname = "f"\ntarget = 27000\nhorizon = "7d"\nvideo = "last"')

    def grown(start: int, speed: float = 1.0) -> dict[float, Any]:
        ages = range(0, 7 * 24 + 1, 12)
        return {start + age: counts(round(10_000 + speed * 15_000 * (1 - 0.5 ** (age / 40)))) for age in ages}

    def published(start: int) -> str:
        seconds = int((START + timedelta(hours=start)).timestamp())
        return str(seconds << 32)

    others = [item(f"v{n}", grown(n, 1 + n / 40), external_video_id=published(n)) for n in range(45)]
    last = grown(240, 0.9)
    last |= {hour: counts(v[0] + 12_000) for hour, v in last.items() if hour > 320}
    video = item("last", last, external_video_id=published(240))
    assert watched.see(280, *others, video) == []
    (event,) = watched.see(300, *others, video)
    assert brief([event]) == [("f", "begins", 300)]
    assert "is at most" in event["summary"]
    assert "below the target of 27,000" in event["summary"]
    row = run_lines(event).row(0, named=True)
    assert row["views_forecast_high"] == pytest.approx(event["evidence"]["views_forecast_high"])
    (over,) = watched.see(340, *others, video)
    assert over["change"] == "ends"
    assert "no longer below the target of 27,000" in over["summary"]
