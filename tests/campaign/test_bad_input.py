"""Whatever a campaign file and a snapshot do to each other has a defined outcome, in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from campaign.cases import HEAD, campaign, codes, figures, snapshot, tiktok, video, words

from influtics_lab.campaign import check_campaign, tables

A = video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]})
ONE = '[videos]\nids = ["a"]\n'
SPEND = "[[spend]]\namount = 10\ndate = 2025-06-02\n"


def sound(found: dict[str, Any]) -> dict[str, Any]:
    """It is JSON without NaN, and frames can be made of it."""
    json.dumps(found, allow_nan=False)
    assert tables(found)["groups"].height >= 1
    return found


def test_no_video_matches() -> None:
    found = sound(
        figures('[videos]\nids = ["ghost"]\n[[targets]]\nmeasure = "views"\nvalue = 5\ndate = 2025-06-04\n', A)
    )
    assert {"no_video_matches", "unmatched", "no_readings"} <= set(codes(found, "problem"))
    assert "all figures are null" in words(found, "no_video_matches")
    assert found["totals"]["counts"]["views"]["gained"]["reason"] == "no_videos"
    assert found["totals"]["engagement_rate"]["last_read"]["pooled"]["reason"] == "no_videos"
    assert found["totals"]["money"]["cpm"]["value"] is None
    assert found["targets"][0]["verdict"] == "unknown"
    assert found["videos"] == []


def test_a_video_outside_the_snapshot() -> None:
    found = sound(figures('[videos]\nids = ["a", "ghost"]\n' + SPEND + 'currency = "EUR"\nvideo = "ghost"\n', A))
    assert "videos.ids: 'ghost' is of no video" in words(found, "unmatched")
    assert "spend[1] is for no video of the campaign" in words(found, "spend_without_videos")
    assert found["totals"]["money"]["spend"]["value"] == 10.0


def test_spend_without_currency() -> None:
    found = sound(figures(ONE + SPEND, A))
    assert "spend[1] has no currency: the cost figures that it belongs to are null." in words(
        found, "spend_without_currency"
    )
    for name in ("spend", "cpm", "cpv", "cpe"):
        assert found["totals"]["money"][name]["reason"] == "no_currency"
    assert [one.code for one in check_campaign(campaign(ONE + SPEND))] == ["spend_without_currency"]


def test_a_spend_before_the_period_is_a_note_and_counts() -> None:
    early = SPEND.replace("06-02", "06-01") + 'currency = "EUR"\n'
    found = sound(figures(ONE + SPEND + 'currency = "EUR"\n' + early, A))
    assert words(found, "spend_outside_period") == "spend[2] of 2025-06-01 is before the period. It counts."
    assert found["totals"]["money"]["spend"]["value"] == 20.0


def test_a_spend_after_the_period_is_a_note_and_later_spend() -> None:
    late = SPEND.replace("06-02", "06-06") + 'currency = "EUR"\n'
    found = sound(figures(ONE + SPEND + 'currency = "EUR"\n' + late, A, video("later", {20: [1]})))
    assert "spend[2] of 2025-06-06 is dated after 2025-06-05" in words(found, "spend_later")
    assert found["totals"]["money"]["spend"]["value"] == 10.0
    assert found["totals"]["money"]["later"]["spend"]["value"] == 10.0


@pytest.mark.parametrize("currency", ["", '[currency]\nreport = "EUR"\n'])
def test_two_currencies_without_a_rate(currency: str) -> None:
    text = ONE + SPEND + 'currency = "EUR"\n' + SPEND + 'currency = "USD"\n' + currency
    found = sound(figures(text, A))
    assert "null" in words(found, "currency_without_rate")
    assert found["totals"]["money"]["cpm"]["reason"] == "no_exchange_rate"
    assert [one.code for one in check_campaign(campaign(text))] == ["currency_without_rate"]


def test_a_period_before_the_first_reading() -> None:
    found = sound(figures(ONE, A, head=HEAD.replace("2025", "2024")))
    assert "ends before the first reading" in words(found, "period_before_readings")
    counts = found["totals"]["counts"]["views"]
    assert counts["gained"]["reasons"] == {"not_in_period": 1}
    assert counts["last_read"]["reasons"] == {"not_in_period": 1}


def test_a_period_after_the_last_reading() -> None:
    found = sound(figures(ONE + '[[targets]]\nmeasure = "views"\nvalue = 5\ndate = 2027-01-01', A,
                          head=HEAD.replace("2025", "2026")))  # fmt: skip
    assert "begins after the last reading" in words(found, "period_after_readings")
    assert found["totals"]["counts"]["views"]["last_read"]["value"] is None
    assert found["targets"][0]["verdict"] == "unknown"


def test_a_target_in_the_past() -> None:
    found = sound(figures(ONE + '[[targets]]\nmeasure = "views"\nvalue = 5000\ndate = 2025-06-04\n', A))
    assert "2025-06-04 has passed at the snapshot" in words(found, "target_in_the_past")
    assert codes(found, "problem") == []
    assert (found["targets"][0]["verdict"], found["targets"][0]["needed_per_day"]["reason"]) == ("missed", "past")


def test_hidden_likes() -> None:
    found = sound(figures('[videos]\nids = ["a", "h"]', A, video("h", {1: [5000, 0, 7], 5: [9000, 0, 9]})))
    assert "Hidden is missing, not 0" in words(found, "hidden_counts")
    assert found["quality"]["hidden"] == {"h": ["likes"]}
    assert found["quality"]["flagged"]["hidden"] == {"h": 2}
    assert found["totals"]["counts"]["likes"]["last_read"]["reasons"] == {"hidden": 1}
    assert found["totals"]["engagement_rate"]["last_read"]["pooled"]["value"] == pytest.approx(100 * 99 / 2000)
    assert found["totals"]["engagement_rate"]["last_read"]["n"] == 1


@pytest.mark.slow
def test_a_purge_is_a_finding_in_the_period_alone() -> None:
    before = video("p", {0: [5000, 9, 3], 0.5: [4000, 9, 3], 5: [4500, 9, 3]})
    assert words(sound(figures('[videos]\nids = ["a", "p"]', A, before)), "flagged_purge") == ""
    inside = video("p", {0: [5000, 9, 3], 3: [4000, 9, 3], 5: [4500, 9, 3]})
    found = sound(figures('[videos]\nids = ["a", "p"]', A, inside))
    assert "took away in the period are missing in the figures of 1 of 2 videos" in words(found, "flagged_purge")


@pytest.mark.parametrize(("last", "at_end"), [(9500, []), (5000, ["s"])])
def test_a_stall_is_a_finding_only_where_it_goes_on_at_the_last_reading(last: int, at_end: list[str]) -> None:
    stalled = video("s", {1: [1000, 9, 3], 2: [5000, 9, 3], 3: [5000, 9, 3], 4: [last, 9, 3]})
    found = sound(figures('[videos]\nids = ["a", "s"]', A, stalled))
    assert "s" in found["quality"]["flagged"]["stalled"]
    assert found["quality"]["stalled_at_end"] == at_end
    assert ("flagged_stalled" in codes(found)) == bool(at_end)


def test_videos_without_a_publication_time() -> None:
    found = sound(figures(ONE, A))
    assert "The publication date of 1 of 1 video is missing: “Title of a”." in words(found, "without_publication")
    assert found["quality"]["without_publication"] == ["a"]
    assert found["videos"][0]["comparison"]["views"]["reason"] == "no_publication"
    assert found["totals"]["engagement_rate"]["at_age"]["without_age"] == 1


def test_a_creator_without_videos() -> None:
    text = ONE + '[[creators]]\nname = "Ann"\n' + SPEND + 'currency = "EUR"\ncreator = "Ann"\n'
    found = sound(figures(text, A))
    assert "'Ann' has no video in the campaign" in words(found, "creator_without_videos")
    ann, nobody = found["by_creator"]
    assert (ann["name"], ann["videos"], ann["money"]["spend"]["value"]) == ("Ann", 0, 10.0)
    assert ann["counts"]["views"]["gained"]["reason"] == "no_videos"
    assert ann["money"]["cpm"]["reason"] == "no_videos"
    assert (nobody["name"], nobody["videos"]) == (None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "<script>alert(1)</script>", "a\u202eb", "a\nb", "$x$"])
def test_hostile_titles(title: str) -> None:
    found = sound(figures(ONE, video("a", {1: [5]}, title=title)))
    assert "They are shown as plain text." in words(found, "hostile_titles")
    assert found["videos"][0]["title"] == title
    assert "hostile_titles" not in codes(figures(ONE, A))


def test_hostile_names_in_the_file_stay_text() -> None:
    text = 'name = "<b>=1"\n' + HEAD.split("\n", 1)[1] + ONE + '[[creators]]\nname = "=cmd"\nvideos = ["a"]\n'
    found = sound(figures(text, A, head=""))
    assert (found["totals"]["name"], found["by_creator"][0]["name"]) == ("<b>=1", "=cmd")


def test_videos_too_young_to_judge() -> None:
    found = sound(figures(ONE, video("a", {3: [5]}, external_video_id=tiktok(2), platform="TikTok")))
    assert found["quality"]["too_young"] == ["a"]
    assert found["videos"][0]["comparison"]["views"]["reason"] == "too_young"


def test_a_video_read_before_it_was_published_is_told() -> None:
    found = sound(figures(ONE + "[published_at]\na = 2025-06-04\n", A))
    text = "Readings of 1 of 1 video lie before their publication: “Title of a”."
    assert text in words(found, "read_before_published")


def test_values_that_were_rejected_are_counted() -> None:
    bad = video("a", {1: [5]})
    bad["stats"]["views"]["2025-06-31 00:00:00+00"] = 7
    found = sound(figures(ONE, bad))
    assert found["quality"]["rejected_values"] == 1
    assert found["quality"]["rejected_by_reason"] == {"bad_timestamp": 1}


def test_a_snapshot_without_any_reading() -> None:
    found = sound(figures(ONE, video("a", {})))
    assert "no_readings" in codes(found, "problem")
    assert found["snapshot"]["as_of"] is None


def test_too_few_videos_have_a_rate_but_no_interval() -> None:
    found = figures(ONE, A)["totals"]["engagement_rate"]["last_read"]["pooled"]
    assert found == {"value": 100 * 99 / 2000, "reason": "too_few", "low": None, "high": None}


def test_problems_come_before_notes() -> None:
    levels = [one.level for one in check_campaign(campaign('[videos]\nids = ["a", "ghost"]\n'), snapshot(A))]
    assert levels == sorted(levels, reverse=True)
    assert {"problem", "note"} == set(levels)
