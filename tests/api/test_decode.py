from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from answers import AT, LATER, video
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.api.decode import Frames
from influtics_lab.api.decode_answers import AnswerDecoder, decode_answer
from influtics_lab.schema import COUNTS, REASONS, REJECTED, STATS, VIDEOS, check

BAD = "2025-06-31 08:26:03+00"


def decode_answers(*answers: list[Any]) -> Frames:
    decoder = AnswerDecoder()
    for page, items in enumerate(answers):
        decoder.add(items, page)
    return decoder.finish()


def counts(frames: Frames) -> list[tuple[Any, ...]]:
    return frames.stats.select("video_id", *COUNTS).rows()


def rejected(frames: Frames) -> list[tuple[Any, ...]]:
    return frames.rejected.select("field", "raw_timestamp", "raw_value", "reason").rows()


def test_metrics_need_not_share_their_timestamps() -> None:
    stats = {"views": {AT: 5, LATER: 6}, "likes": {LATER: 2, AT: None}, "comments": {}, "reposts": None}
    frames = decode_answer([video(stats=stats)])
    assert counts(frames) == [("a", 5, None, None, None), ("a", 6, 2, None, None)]
    assert frames.count_points() == {"received": 3, "kept": 3, "rejected": 0, "duplicates": 0}


def test_an_instant_without_any_kept_count_is_no_reading() -> None:
    frames = decode_answer([video(stats={"views": {AT: None, LATER: -3}})])
    assert counts(frames) == []
    assert rejected(frames) == [("stats.views", LATER, "-3", "negative")]


def test_a_point_whose_timestamp_and_value_are_bad_is_rejected_once() -> None:
    frames = decode_answer([video(stats={"views": {BAD: "x"}, "likes": {BAD: 1}})])
    assert rejected(frames) == [
        ("stats.views", BAD, '"x"', "bad_timestamp"),
        ("stats.likes", BAD, "1", "bad_timestamp"),
    ]
    assert frames.count_points() == {"received": 2, "kept": 0, "rejected": 2, "duplicates": 0}


def test_two_spellings_of_one_instant_are_one_reading() -> None:
    spelt = "2025-06-30 10:26:03.730104+02"
    frames = decode_answer(
        [video(stats={"views": {AT: 5, spelt: 5}, "likes": {spelt: 1}, "comments": {spelt: 3, AT: 2}})]
    )
    assert counts(frames) == [("a", 5, 1, 2, None)]
    assert rejected(frames) == [("stats.comments", spelt, "3", "conflict")]
    assert frames.count_points() == {"received": 5, "kept": 3, "rejected": 1, "duplicates": 1}


@pytest.mark.parametrize("stats", [None, {}, {"views": None}, {"views": {}}])
def test_a_video_without_readings_stays_in_videos(stats: Any) -> None:
    frames = decode_answer([video(stats=stats)])
    assert frames.videos["video_id"].to_list() == ["a"]
    assert frames.stats.height == frames.rejected.height == 0


def test_values_that_should_be_maps_are_rejected() -> None:
    frames = decode_answer(
        [video("a", stats=5), video("b", stats={"views": 1000, "likes": [1], "saves": {AT: 1}, "x": 2})]
    )
    assert rejected(frames) == [
        ("stats", None, "5", "not_a_map"),
        ("stats.views", None, "1000", "not_a_map"),
        ("stats.likes", None, "[1]", "not_a_map"),
    ]
    assert frames.count_points() == {"received": 2, "kept": 0, "rejected": 2, "duplicates": 0}
    assert frames.unknown_metrics == {"saves": 1, "x": 1}


def test_values_of_a_video_without_an_id_are_rejected() -> None:
    frames = decode_answer([video(None, stats={"views": {AT: 5}, "likes": 3}), 7, video("b")])
    assert frames.videos["video_id"].to_list() == ["b"]
    assert rejected(frames) == [
        ("video_id", None, "null", "no_video_id"),
        ("stats.views", AT, "5", "no_video_id"),
        ("stats.likes", None, "3", "not_a_map"),
        ("video", None, "7", "not_an_object"),
    ]
    assert frames.count_points() == {"received": 2, "kept": 0, "rejected": 2, "duplicates": 0}


def test_fields_of_a_wrong_type_are_null_and_rejected() -> None:
    bad = {"title": 5, "created_at": "2025-06-31T00:00:00+00:00", "views": "12", "er": True, "stats_last_updated": 17}
    frames = decode_answer([video(**bad, likes=12.0, cpm=0, new_field={"a": 1})])
    row = frames.videos.row(0, named=True)
    assert [row[name] for name in ("title", "created_at", "latest_views", "er_reported_pct")] == [None] * 4
    assert (row["latest_likes"], row["cpm_reported"]) == (12, None)
    assert sorted(rejected(frames)) == [
        ("created_at", None, '"2025-06-31T00:00:00+00:00"', "bad_timestamp"),
        ("er", None, "true", "not_a_number"),
        ("stats_last_updated", None, "17", "bad_timestamp"),
        ("title", None, "5", "not_text"),
        ("views", None, '"12"', "not_a_count"),
    ]


def test_untitled_is_no_title() -> None:
    assert decode_answer([video(title="Untitled"), video("b", title="untitled?")]).videos["title"].to_list() == [
        None,
        "untitled?",
    ]


def test_an_unknown_platform_is_kept() -> None:
    assert decode_answer([video(platform="Vimeo")]).videos["platform"].to_list() == ["Vimeo"]


def test_of_a_video_on_two_pages_the_later_answer_wins_and_nothing_is_dropped_without_a_word() -> None:
    early = [video(stats={"views": {AT: 5, LATER: 6, BAD: 1}, "likes": {AT: 1}}, title="old")]
    late = [video(stats={"views": {AT: 5, LATER: 7}, "comments": {BAD: 2}}, title="new")]
    merged = decode_answers(early, late)
    assert merged.videos["title"].to_list() == ["new"]
    assert counts(merged) == [("a", 5, None, None, None), ("a", 7, None, None, None)]
    assert merged.rejected.select("field", "raw_value", "reason", "page").rows() == [
        ("stats.comments", "2", "bad_timestamp", 1),
        ("stats.likes", "1", "superseded", 0),
        ("stats.views", "6", "superseded", 0),
        ("stats.views", "1", "superseded", 0),
    ]
    assert merged.count_points() == {"received": 6, "kept": 2, "rejected": 4, "duplicates": 0}


def test_last_occurrence_of_a_video_on_one_page_wins() -> None:
    twice = [video(title="old", stats={"views": {AT: 5}}), video("b"), video(title="new", stats={"views": {AT: 5}})]
    frames = decode_answer(twice, page=3)
    assert frames.videos.sort("video_id")["title"].to_list() == ["new", None]
    assert frames.count_points() == {"received": 1, "kept": 1, "rejected": 0, "duplicates": 0}


def test_a_page_keeps_the_order_of_its_videos() -> None:
    assert decode_answer([video("b"), video("a")]).videos["video_id"].to_list() == ["b", "a"]


def test_many_answers_are_decoded_as_each_alone() -> None:
    hours = {f"2025-06-30 {hour:02}:00:00+00": hour for hour in range(24)}
    many = [video(f"{n:04}", {"views": hours, "likes": {AT: 1, BAD: n}, "saves": {AT: 1}}, er="x") for n in range(2300)]
    items = [item for n, one in enumerate(many) for item in (one, [n])]
    answers = [items[start : start + 500] for start in range(0, len(items), 500)]  # more than are decoded at once
    together, alone = decode_answers(*answers), [decode_answer(answer, page) for page, answer in enumerate(answers)]
    counts = pl.DataFrame([frames.count_points() for frames in alone]).sum()
    assert counts.row(0, named=True) == together.count_points()
    for name in ("videos", "stats", "rejected", "unknown"):
        each = pl.concat([getattr(frames, name) for frames in alone])
        assert getattr(together, name).sort(pl.all()).equals(each.sort(pl.all()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.sampled_from([AT, LATER, BAD]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
keys = st.sampled_from([AT, LATER, BAD, "2025-06-30 10:26:03.730104+02", "2025-06-30 20:00:00"]) | st.text(max_size=6)
points = st.dictionaries(keys, st.integers(-1, 3) | json_values, max_size=5)
metrics = st.dictionaries(st.sampled_from([*COUNTS, "saves"]), points | json_values, max_size=5)
names = st.sampled_from(["a", "b", None, 5])
fields = st.dictionaries(
    st.sampled_from(["title", "created_at", "views", "er", "cpm", "external_video_id", "platform"]),
    json_values,
    max_size=3,
)
videos = st.builds(lambda name, stats, more: video(name, stats, **more), names, metrics | json_values, fields)
pages = st.lists(st.lists(videos | json_values, max_size=4), max_size=4)


@pytest.mark.slow
@examples()
@given(pages)
def test_any_json_is_decoded_and_every_point_is_accounted_for(drawn: list[list[Any]]) -> None:
    frames = decode_answers(*drawn)
    check(frames.videos, VIDEOS, "videos")
    check(frames.stats, STATS, "stats")
    check(frames.rejected, REJECTED, "rejected")
    account = frames.count_points()
    assert account["received"] == account["kept"] + account["rejected"] + account["duplicates"]
    assert not frames.videos["video_id"].is_duplicated().any()
    assert not frames.stats.select(pl.struct("video_id", "timestamp").is_duplicated().any()).item()
    assert set(frames.rejected["reason"]) <= set(REASONS)


@pytest.mark.slow
@given(st.lists(videos, max_size=3))
def test_received_equals_a_plain_count_of_the_json(items: list[Any]) -> None:
    def raw_points(stats: Any) -> int:
        found = [stats.get(name) for name in COUNTS] if isinstance(stats, dict) else []
        maps = sum(value is not None for points in found if isinstance(points, dict) for value in points.values())
        return maps + sum(points is not None and not isinstance(points, dict) for points in found)

    unique = [item | {"video_id": f"{n}-{item['video_id']}"} for n, item in enumerate(items)]
    assert decode_answer(unique).count_points()["received"] == sum(raw_points(item["stats"]) for item in unique)


def test_overlapping_answers_count_nobodys_values_and_unknown_metrics_once() -> None:
    nobody = video(None, {"views": {AT: 5}})
    known = video("a", {"views": {AT: 5}, "saves": {AT: 1, LATER: 2}})
    once = decode_answers([known, nobody, nobody])
    overlapping = decode_answers([known, nobody, nobody], [nobody, known])
    assert (
        overlapping.count_points() == once.count_points() == {"received": 3, "kept": 1, "rejected": 2, "duplicates": 0}
    )
    assert overlapping.unknown_metrics == {"saves": 2}
    assert overlapping.rejected.drop("page").equals(once.rejected.drop("page"))
