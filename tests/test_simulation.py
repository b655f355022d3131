import hashlib
import json
import math
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from influtics_lab.errors import ConfigError, StorageError
from influtics_lab.platforms.instagram_ids import BASE64, EPOCH_MS
from influtics_lab.simulation import UNTIL, answer_pages, simulate_videos, write_sample
from influtics_lab.simulation.clock import format_iso, format_postgres, read_instant, to_microseconds
from influtics_lab.simulation.paid_videos import CREATORS, draw_paid_video
from influtics_lab.simulation.phenomena import DECK, SIZE, deal_cards
from influtics_lab.simulation.random_draws import Draws, exp, log
from influtics_lab.simulation.titles import FORMS

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
CARDS = [card for round_ in range(10) for card in deal_cards(3, round_)]
DOCUMENTED = (
    "video_id", "external_video_id", "stats", "views", "likes", "comments", "reposts", "platform", "created_at",
    "title", "thumbnail_url", "cpm", "er", "stats_last_updated",
)  # fmt: skip


@cache
def simulated_videos():
    return list(simulate_videos(600, seed=3))


def as_bytes(videos):
    return json.dumps([[video.status, video.answer] for video in videos], ensure_ascii=False).encode()


def points(answer, name="views"):
    """Each readable key's instant with its value, in the order of time."""
    found = [(read_instant(key), value) for key, value in (answer["stats"].get(name) or {}).items()]
    return sorted((at, value) for at, value in found if at is not None and value is not None)


def falls(values):
    return [1 - after / before for before, after in pairwise(values) if after < before]


def dealt(**suits):
    """The videos that have readings and got these cards."""
    wanted = {suit.replace("_", " "): name for suit, name in suits.items()}
    pairs = zip(simulated_videos(), CARDS, strict=True)
    return [v.answer for v, card in pairs if all(card[s] == n for s, n in wanted.items()) and points(v.answer)]


# The same everywhere


def test_a_small_simulation_has_these_very_bytes_on_every_machine():
    digest = hashlib.sha256(as_bytes(simulate_videos(75, seed=11))).hexdigest()
    assert digest == "22931c727a48a53f91adc082a5dc4aa3127c9ceb16f0cf90846cac993b7a8dae"


def test_equal_seeds_give_equal_bytes_and_different_seeds_different_ones():
    assert as_bytes(simulate_videos(30, seed=5)) == as_bytes(simulate_videos(30, seed=5))
    assert as_bytes(simulate_videos(30, seed=5)) != as_bytes(simulate_videos(30, seed=6))


def test_a_video_does_not_depend_on_how_many_are_asked_for():
    assert as_bytes(simulate_videos(61)) == as_bytes(islice(simulate_videos(100_000), 61))


def test_bundled_sample_equals_the_simulation(tmp_path):
    fresh = {path.name: path.read_bytes() for path in write_sample(tmp_path)}
    assert {path.name: path.read_bytes() for path in SAMPLE.iterdir()} == fresh
    assert sum(map(len, fresh.values())) < 1_200_000


@pytest.mark.slow
def test_the_module_writes_the_sample(tmp_path):
    command = [sys.executable, "-m", "influtics_lab.simulation", str(tmp_path / "new")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [Path(line).name for line in done.stdout.splitlines()] == sorted(p.name for p in SAMPLE.iterdir())


def test_exp_and_log_agree_with_the_c_library_to_thirteen_digits():
    x = np.array([-40.0, -1.5, -1e-9, 0.0, 0.3, 1.0, 12.25, 300.0])
    assert np.allclose(exp(x), [math.exp(v) for v in x], rtol=1e-13, atol=0)
    y = np.array([1e-12, 0.1, 0.7071, 1.0, 1.0000001, 2.0, 31.4, 1e200])
    assert np.allclose(log(y), [math.log(v) for v in y], rtol=1e-13, atol=1e-16)


def test_normals_have_mean_0_and_deviation_1():
    drawn = Draws(1).normals(20_000)
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02


# The shape of an answer


@pytest.mark.slow
def test_answers_have_the_documented_fields_in_the_documented_order():
    for video in simulated_videos():
        assert list(video.answer) == [name for name in DOCUMENTED if name in video.answer]
    left_out = {name for video in simulated_videos() for name in set(DOCUMENTED) - set(video.answer)}
    assert left_out == {"reposts", "thumbnail_url", "cpm", "er"}


@pytest.mark.slow
def test_ids_are_unique():
    for name in ("video_id", "external_video_id"):
        assert len({video.answer[name] for video in simulated_videos()}) == len(simulated_videos())


@pytest.mark.slow
def test_timestamps_are_written_as_postgresql_does_and_fields_as_iso():
    keys = [key for video in simulated_videos() for points in video.answer["stats"].values() for key in points or ()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{0,5}[1-9])?\+00", key) for key in keys)
    digits = Counter(len(key.partition(".")[2].removesuffix("+00")) for key in keys)
    assert {0, 1, 2, 3, 4, 5, 6} <= set(digits)
    assert all(video.answer["created_at"].endswith("+00:00") for video in simulated_videos())


def test_written_instants_are_read_back():
    for instant in (0, 1, 1_751_271_963_730_104, 1_751_271_963_730_000, 1_751_271_963_000_000):
        assert read_instant(format_postgres(instant)) == read_instant(format_iso(instant)) == instant


def test_the_first_reading_comes_half_a_minute_after_tracking_began():
    waits = [(points(a)[0][0] - read_instant(a["created_at"])) / 1e6 for a in dealt(points="complete")]
    assert all(30 < wait < 36 for wait in waits)


def test_readings_are_irregular_and_not_after_the_time_of_the_answer():
    answers = dealt(points="complete", quirk="none", platform="TikTok")
    gaps = [(after[0] - before[0]) / 3.6e9 for a in answers for before, after in pairwise(points(a))]
    assert 2.7 < min(gaps) < 4
    assert max(gaps) > 36
    assert len({round(gap, 3) for gap in gaps}) > len(gaps) / 2
    assert max(points(a)[-1][0] for a in answers) <= to_microseconds(UNTIL)


def test_until_and_days_bound_the_tracking():
    until = datetime(2024, 3, 1, tzinfo=UTC)
    created = [read_instant(v.answer["created_at"]) for v in simulate_videos(120, until=until, days=3)]
    assert to_microseconds(until - timedelta(days=3)) <= min(created) < max(created) < to_microseconds(until)


def test_ids_tell_when_a_video_appeared_before_tracking_began():
    for answer in (video.answer for video in simulated_videos() if video.answer["platform"] != "YouTube"):
        text = answer["external_video_id"]
        if answer["platform"] == "TikTok":
            published = (int(text) >> 32) * 1_000_000
        else:
            media = int(text) if text.isdigit() else sum(BASE64.index(c) << 6 * n for n, c in enumerate(text[::-1]))
            published = ((media >> 23) + EPOCH_MS) * 1000
        days = (read_instant(answer["created_at"]) - published) / 86_400e6
        assert 0 < days < 121


def test_youtube_ids_have_eleven_characters_and_no_reposts():
    for answer in (video.answer for video in simulated_videos() if video.answer["platform"] == "YouTube"):
        assert re.fullmatch(r"[\w-]{10}[AEIMQUYcgkosw048]", answer["external_video_id"])
        assert answer.get("reposts") is None
        assert answer["stats"].get("reposts") in (None, {})


def test_latest_counts_are_those_of_the_last_reading():
    for answer in dealt(points="complete", impossible="none", likes="shown"):
        for name in ("views", "likes", "comments"):
            assert answer[name] == points(answer, name)[-1][1]


# The phenomena


def test_every_sixty_videos_hold_each_phenomenon():
    assert all(sum(names.values()) == SIZE for names in DECK.values())
    for round_ in range(3):
        for suit, names in DECK.items():
            assert Counter(card[suit] for card in deal_cards(9, round_)) == names


def test_counts_rise_but_for_dealt_falls():
    for answer in dealt(fall="none", likes="shown"):
        for name in answer["stats"]:
            assert falls([value for _, value in points(answer, name)]) == []


def test_corrections_fall_by_at_most_one_percent_and_purges_by_more():
    names = ("views", "likes", "comments", "reposts")
    for kind, low, high, least in (("correction", 0, 0.01, 40), ("purge", 0.01, 0.15, 25)):
        drops = [
            drop
            for answer in dealt(fall=kind, likes="shown", quirk="none")
            for name in names
            for drop in falls([value for _, value in points(answer, name)])
        ]
        assert len(drops) >= least
        assert all(low < drop <= high for drop in drops)


def test_likes_are_hidden_in_three_ways():
    zero, fall, gone = (dealt(likes=kind) for kind in ("zero", "fall to zero", "no map"))
    assert all({value for _, value in points(a, "likes")} == {0} for a in zero)
    assert all("likes" not in a["stats"] and a["likes"] is None for a in gone)
    after = [[value for _, value in points(a, "likes")] for a in fall if len(points(a, "likes")) > 8]
    assert after
    assert all(values[0] > 0 and values[-1] == 0 for values in after)


def test_counts_go_missing_as_absent_keys_and_as_nulls():
    for kind in ("absent", "null"):
        answers = [a for a in dealt(points=kind) if len(points(a)) > 10]
        lengths = [len({len(points(a, name)) for name in a["stats"]}) for a in answers]
        assert max(lengths) > 1
        nulls = sum(value is None for a in answers for m in a["stats"].values() if m for value in m.values())
        assert (nulls > 0) == (kind == "null")


def test_some_metrics_have_timestamps_of_their_own():
    for answer in dealt(points="apart"):
        assert not answer["stats"]["views"].keys() & answer["stats"]["comments"].keys()


def test_impossible_timestamps_are_dates_that_do_not_exist():
    bad = [
        key
        for a in dealt(impossible="one")
        for m in a["stats"].values()
        for key in m or ()
        if read_instant(key) is None
    ]
    assert len(bad) > 80
    assert all(re.match(r"\d{4}-(02-30|04-31|06-31|09-31|11-31) \d\d:", key) for key in bad)
    others = [key for a in dealt(impossible="none") for m in a["stats"].values() for key in m or ()]
    assert None not in map(read_instant, others)


def test_cached_polls_repeat_all_counts_within_the_hour():
    seen = 0
    for answer in dealt(quirk="cached poll", points="complete", fall="none"):
        for (before, first), (after, second) in pairwise(points(answer)):
            if after - before < 3_600_000_000:
                assert first == second
                seen += 1
    assert seen > 10


def test_stalls_hold_all_counts_for_more_than_twenty_hours():
    held = []
    for answer in dealt(quirk="stall", points="complete", fall="none", fate="tracked", published="fresh"):
        runs = {}
        for at, value in points(answer):
            runs.setdefault(value, []).append(at)
        held.append(max(run[-1] - run[0] for run in runs.values()) / 3.6e9)
    assert sum(hours > 20 for hours in held) > 5


def test_bursts_bring_views_without_engagement():
    seen = 0
    for answer in dealt(quirk="burst", points="complete", fall="none", likes="shown", revival="none"):
        views, likes = ([value for _, value in points(answer, name)] for name in ("views", "likes"))
        gains = [after - before for before, after in pairwise(views)]
        if len(gains) > 20:
            top = max(range(6, len(gains)), key=gains.__getitem__)
            seen += (likes[top + 1] - likes[top]) / gains[top] < likes[top] / views[top] / 3
    assert seen > 5


def late_growth(revival):
    """Growth after the first quarter of readings, of videos that were old when tracking began."""
    for published in ("days ago", "long ago"):
        for answer in dealt(revival=revival, published=published, fate="tracked", fall="none", quirk="none"):
            values = [value for _, value in points(answer)]
            if len(values) > 20:
                yield values[-1] / values[len(values) // 4]


def test_revivals_come_late():
    revived, quiet = sorted(late_growth("late")), sorted(late_growth("none"))
    assert len(revived) > 8
    assert revived[0] > 1.25
    assert sum(growth > 1.25 for growth in quiet) < 0.05 * len(quiet)


def test_bulk_imports_share_their_moment():
    groups = Counter(video.answer["created_at"] for video in simulated_videos())
    bulk = [size for size in groups.values() if size > 1]
    assert len(bulk) == 10  # one group in sixty videos
    assert all(3 <= size <= 12 for size in bulk)


def test_reported_engagement_rates_are_of_some_reading_and_cut_in_some_way():
    cut = {"raw": lambda x: x, "truncated": lambda x: math.floor(100 * x) / 100, "rounded": lambda x: round(x, 2)}
    seen = Counter()
    for video, card in zip(simulated_videos(), CARDS, strict=True):
        answer, plain = video.answer, card["points"] == "complete" and card["likes"] == "shown"
        if plain and card["impossible"] == "none" and card["er"] in ("first", "latest") and points(answer):
            at = 0 if card["er"] == "first" else -1
            names = [name for name in ("likes", "comments", "reposts") if answer["stats"].get(name)]
            views = points(answer)[at][1]
            rate = 100 * sum(points(answer, name)[at][1] for name in names) / views
            assert answer["er"] == cut[card["er cut"]](rate)
            seen[card["er"], card["er cut"]] += 1
    assert len(seen) == 6


def test_failed_videos_stop_early_and_completed_ones_after_their_term():
    for video in simulated_videos():
        seen = points(video.answer)
        days = (seen[-1][0] - read_instant(video.answer["created_at"])) / 86_400e6 if seen else 0
        if video.status == "failed":
            assert days <= 5
        if video.status == "completed":
            assert 5 < days <= 30
    shares = Counter(video.status for video in simulated_videos())
    assert shares["failed"] == 40
    assert min(shares["active"], shares["completed"]) > 150


def test_videos_without_readings_represent_that_in_several_ways():
    empty = [video.answer for video in simulated_videos() if not points(video.answer)]
    assert len(empty) >= 30
    shapes = {(len(a["stats"]) > 0, any(m is None for m in a["stats"].values())) for a in empty}
    assert len(shapes) == 3
    assert all(a["views"] is None and a["stats_last_updated"] is None for a in empty)


def test_last_updates_are_stale_for_some():
    stale = [a for a in dealt(points="complete") if read_instant(a["stats_last_updated"]) < points(a)[-1][0]]
    assert 40 < len(stale) < 90


def test_titles_look_like_those_of_a_real_account():
    titles = [video.answer["title"] for video in simulated_videos()]
    assert titles.count(None) == 40
    assert titles.count("Untitled") == 30
    written = [title for title in titles if title]
    assert all(title.splitlines() == [title] and len(title) <= 100 for title in written)
    assert all(title[0].isalnum() for title in written)  # nothing that a spreadsheet takes for a formula
    assert not [title for title in written if set("<>$\\{}") & set(title)]
    assert len(set(written)) > 0.7 * len(written)
    for sign in ("#", "?"):
        assert 0.05 < sum(sign in title for title in written) / len(written) < 0.4


def test_each_platform_has_titles_of_its_own():
    youtube = [v.answer["title"] for v in simulated_videos() if v.answer["platform"] == "YouTube"]
    assert any(title and title.startswith("How to Make") for title in youtube)
    assert not any(title and title.startswith("POV") for title in youtube)
    assert len({form for forms in FORMS.values() for form in forms}) == 36


def test_creators_have_several_videos_each_and_fees_near_their_usual_one():
    rows = [draw_paid_video(v.answer["platform"], v.answer["external_video_id"]) for v in simulated_videos()]
    assert rows[0] == draw_paid_video(*(simulated_videos()[0].answer[k] for k in ("platform", "external_video_id")))
    usual = {name: fee for name, _, fee in CREATORS}
    shares = Counter(row.creator for row in rows)
    assert set(shares) == set(usual)
    assert min(shares.values()) > 40
    assert all(0.65 * usual[row.creator] < row.cost < 1.35 * usual[row.creator] for row in rows)


# What it looks like


def test_sizes_are_heavy_tailed():
    views = sorted(v.answer["views"] for v in simulated_videos() if v.answer["views"])
    assert sum(views[-len(views) // 10 :]) > sum(views) / 2
    assert 3_000 < views[len(views) // 2] < 60_000
    assert views[-1] < 500_000_000


def test_platforms_have_their_own_levels():
    def middle(platform):
        rates = sorted(100 * a["likes"] / a["views"] for a in dealt(platform=platform, likes="shown", quirk="none"))
        return rates[len(rates) // 2]

    assert 1.5 < middle("YouTube") < middle("Instagram") < middle("TikTok") < 9


def test_engagement_rates_fall_with_age():
    ratios = []
    for answer in dealt(
        published="fresh", points="complete", likes="shown", fall="none", quirk="none", impossible="none"
    ):
        views, likes = ([value for _, value in points(answer, name)] for name in ("views", "likes"))
        if likes[0] > 30 and len(views) > 20:
            ratios.append(likes[-1] / views[-1] / (likes[0] / views[0]))
    assert len(ratios) > 50
    assert sum(ratio < 1 for ratio in ratios) > 0.9 * len(ratios)
    assert 0.6 < sorted(ratios)[len(ratios) // 2] < 0.95


def test_growth_slows_down_and_keeps_a_daily_rhythm():
    slower = total = 0
    speeds = {}
    for answer in dealt(published="fresh", fall="none", quirk="none", revival="none", points="complete"):
        seen = points(answer)
        if len(seen) > 20 and seen[-1][1] > 5000:
            half = next(value for at, value in seen if at >= (seen[0][0] + seen[-1][0]) / 2)
            slower += half - seen[0][1] > seen[-1][1] - half
            total += 1
        for (a, low), (b, high) in pairwise(seen[3:]):
            if b - a < 7 * 3.6e9 and low > 5000:
                speeds.setdefault(answer["video_id"], []).append((high - low) / (b - a))
    assert slower > 0.95 * total > 50
    ups = [sum(y > x for x, y in pairwise(s)) / (len(s) - 1) for s in speeds.values() if len(s) > 20]
    assert len(ups) > 5
    assert 0.2 < sorted(ups)[len(ups) // 2] < 0.6  # pure decay would hardly ever speed up again


# Pages, and wrong arguments


def test_pages_have_the_documented_envelope_newest_first():
    pages = answer_pages((v.answer for v in simulated_videos()), limit=100)
    assert [page["data"]["pagination"]["offset"] for page in pages] == [0, 100, 200, 300, 400, 500]
    assert [page["data"]["pagination"]["has_more"] for page in pages] == [True] * 5 + [False]
    assert all(list(page) == ["success", "data", "meta"] for page in pages)
    created = [read_instant(item["created_at"]) for page in pages for item in page["data"]["data"]]
    assert created == sorted(created, reverse=True)
    assert pages == answer_pages(reversed([v.answer for v in simulated_videos()]), limit=100)
    assert len({page["meta"]["request_id"] for page in pages}) == 6


def test_videos_whose_creation_cannot_be_read_come_last():
    dated, bad = (
        {"video_id": "a", "created_at": "2025-06-30T08:00:00+00:00"},
        {"video_id": "b", "created_at": "2025-06-31"},
    )
    assert answer_pages([bad, dated])[0]["data"]["data"] == [dated, bad]


@pytest.mark.parametrize(
    "arguments",
    [
        {"videos": -1},
        {"seed": -1},
        {"days": 0},
        {"until": datetime(2025, 7, 1)},  # the missing time zone is what is refused
        {"until": datetime(1999, 7, 1, tzinfo=UTC)},
    ],
)
def test_wrong_arguments_are_reported_at_once(arguments):
    with pytest.raises(ConfigError, match="simulate"):
        simulate_videos(**arguments)


def test_a_page_has_one_to_a_hundred_videos():
    for limit in (0, 101):
        with pytest.raises(ConfigError, match=f"limit is {limit}"):
            answer_pages([], limit=limit)


def test_unwritable_folder_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        write_sample(tmp_path / "file")
