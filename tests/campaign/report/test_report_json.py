"""report.json is the same from the same figures; a changed number is named by what it is, not by its place."""

from __future__ import annotations

import orjson

from influtics_lab.campaign.report.report_json import ChangedNumber, compare_numbers, encode_numbers


def test_the_order_of_keys_does_not_matter_and_no_digit_is_lost():
    encoded = encode_numbers({"a": 0.1 + 0.2, "b": 2**60})
    assert encoded == encode_numbers({"b": 2**60, "a": 0.1 + 0.2})
    assert orjson.loads(encoded)["figures"] == {
        "a": 0.30000000000000004,
        "b": 2**60,
    }


def test_equal_numbers_are_no_change():
    figures = {"videos": [{"video_id": "v"}], "empty": {}, "none": [], "text": "a"}
    assert compare_numbers(encode_numbers(figures), encode_numbers(figures)) == []


def test_a_new_video_does_not_change_those_behind_it():
    one, two = {"video_id": "a", "views": 1}, {"video_id": "b", "views": None}
    found = compare_numbers(encode_numbers({"videos": [two]}), encode_numbers({"videos": [one, two]}))
    assert found == [
        ChangedNumber("figures.videos[a].video_id", "-", '"a"'),
        ChangedNumber("figures.videos[a].views", "-", "1"),
    ]


def test_items_with_equal_names_are_matched_by_place():
    found = compare_numbers(
        encode_numbers({"x": [{"name": "a", "n": 1}, {"name": "a", "n": 2}]}, {"y": [1, 2]}),
        encode_numbers({"x": [{"name": "a", "n": 1}, {"name": "a", "n": 3}]}, {"y": [1, 5]}),
    )
    assert found == [ChangedNumber("figures.x[1].n", "2", "3"), ChangedNumber("changes.y[1]", "2", "5")]


def test_null_zero_and_a_missing_key_differ():
    found = compare_numbers(encode_numbers({"a": None, "b": None, "c": {}}), encode_numbers({"a": 0, "c": {"d": 1}}))
    assert set(found) == {
        ChangedNumber("figures.a", "null", "0"),
        ChangedNumber("figures.b", "null", "-"),
        ChangedNumber("figures.c", "{}", "-"),
        ChangedNumber("figures.c.d", "-", "1"),
    }


def test_counts_of_videos_come_before_the_totals_that_follow_from_them():
    def figures(views):
        read = {"video_id": "b", "counts": {"views": views}, "share": views}
        return {"totals": views, "videos": [{"video_id": "a", "share": 100 - views}, read]}

    found = [one.where for one in compare_numbers(encode_numbers(figures(1)), encode_numbers(figures(2)))]
    assert found[0] == "figures.videos[b].counts.views"
    assert found[-1] == "figures.totals"
