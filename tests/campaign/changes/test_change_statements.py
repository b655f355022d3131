"""The sentences about two snapshots, by hand: each is made where it is true, and not where it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from campaign.cases import HEAD, campaign, snapshot, tiktok, video
from campaign.changes.test_campaign_changes import BOTH, EARLY, LATE, READ, changed, plain, said, taken
from campaign.page_sentences import Page, read_page

import influtics_lab as lab
from influtics_lab.campaign import changes, key_figures
from influtics_lab.campaign.figures.formatting import format_moments
from influtics_lab.campaign.report.changes_section import render_changes

A = video("a", {1: [1000, 50, 5], 3: [5000, 90, 9]})
FILTER = {"platform": None, "status": None, "with_status": False}


def notes(found: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: plain(one["text"]) for one in found["notes"]}


def page(rest: str, then: lab.Snapshot, now: lab.Snapshot, head: str = HEAD) -> Page:
    file = campaign(rest, head)
    figures = key_figures(file, now)
    return read_page(render_changes(figures, changes(file, now, then, figures=figures)))


def pages(rest: str, then: list[dict[str, Any]], now: list[dict[str, Any]]) -> Page:
    return page(rest, taken(EARLY, snapshot(*then)), taken(LATE, snapshot(*now)))


# views


@pytest.mark.slow
def test_views_that_went_from_5000_to_hidden_are_among_those_that_changed() -> None:
    hidden = video("a", {1: [1000, 50, 5], 3: [0, 90, 9]})
    found = pages(BOTH + READ, [video("a", {1: [1000, 50, 5], 2.5: [5000, 90, 9]})], [hidden])
    caption, rows = found.tables["changed-videos"]
    assert caption == "Changed views as last read: 1 video"
    assert rows[0][1] == "5,000"
    assert not any(kind.startswith("views") for kind in found.sentences)


@pytest.mark.slow
def test_views_that_only_the_later_snapshot_has_are_among_those_that_changed() -> None:
    found = pages(BOTH + READ, [video("a", {1: [None, 50]})], [A])
    assert found.tables["changed-videos"][1] == [
        ["Title of a [YouTube]", "never reported by the platform", "5,000", "never reported by the platform"]
    ]


@pytest.mark.slow
def test_the_largest_changes_come_first_whether_or_not_both_views_are_there() -> None:
    then = [A, video("b", {1: [10]}), video("c", {1: [None, 5]})]
    now = [video("a", {3: [5002]}), video("b", {3: [20]}), video("c", {3: [900, 5]})]
    assert [row[0][9:10] for row in pages(BOTH + READ, then, now).tables["changed-videos"][1]] == ["c", "b", "a"]


@pytest.mark.slow
def test_views_that_no_snapshot_has_are_not_called_the_same() -> None:
    unread = [video("b", {1: [None, 50]}), video("c", {1: [None, 1]})]
    found = changed(BOTH + READ, unread, [*unread[:1], video("c", {1: [None, 2]})])
    assert said(found, "views") == (
        "Views as last read are not available in either snapshot for all 2 videos in the campaign both times."
    )
    found = changed(BOTH + READ, [A, *unread], [A, unread[0], video("c", {1: [None, 2]})])
    assert said(found, "views") == (
        "Views as last read are the same for 1 of 3 videos in the campaign both times; "
        "not available in either snapshot for 2."
    )


@pytest.mark.slow
def test_a_gain_that_changed_by_less_than_one_is_not_shown_as_0() -> None:
    rest = f'{BOTH}[estimators]\ncounted = "gained"\n'
    then, now = (video("a", {0: [0], 2: [10_000], 3.99: [20_000], **more}) for more in ({}, {4.5: [30_001]}))
    ((_, _, _, difference),) = pages(rest, [then], [now]).tables["changed-videos"][1]
    assert difference not in {"+0", "\N{MINUS SIGN}0"}


@pytest.mark.slow
def test_views_are_called_as_the_campaign_counts_them() -> None:
    alike = [A], [video("a", {1: [1000, 50, 5], 3: [5000, 91, 9]})]
    for rest, words in (("", "counted"), (READ, "as last read"), ('[estimators]\ncounted = "gained"\n', "gained")):
        assert said(changed(BOTH + rest, *alike), "views") == (
            f"Views {words} are the same for 1 video in the campaign both times."
        )


# readings and their counts


@pytest.mark.slow
def test_counts_that_appear_or_vanish_at_a_reading_of_both_are_stated() -> None:
    then, now = video("a", {1: [10, 5], 2: [20, 6, 1]}), video("a", {1: [10, 5, 2], 2: [20, None, None]})
    found = changed(BOTH, [then], [now])
    assert said(found, "readings") == (
        "0 new readings, 0 no longer there and 2 in both snapshots, of 1 video in the campaign both times. "
        "1 count appeared and 2 vanished at readings in both snapshots."
    )


@pytest.mark.slow
def test_the_counts_are_called_the_same_only_where_a_reading_is_in_both() -> None:
    other = video("a", {2: [1000], 3.5: [5000]})
    assert "are the same" not in said(changed(BOTH, [A], [other]), "readings")
    same = said(changed(BOTH, [A], [video("a", {1: [1000, 50, 5], 3: [5000, 90, 9], 4: [6000]})]), "readings")
    assert same.endswith("The counts at readings in both snapshots are the same.")


@pytest.mark.slow
def test_readings_of_added_and_removed_videos_are_stated_beside_those_of_the_others() -> None:
    b, c = video("b", {1: [1], 2: [2], 3: [3]}), video("c", {2: [7]})
    assert said(changed(BOTH, [A, b], [A, c]), "readings") == (
        "0 new readings, 0 no longer there and 2 in both snapshots, of 1 video in the campaign both times. "
        "1 reading of added videos. 3 readings of removed videos. "
        "The counts at readings in both snapshots are the same."
    )


@pytest.mark.slow
def test_two_corrected_readings_within_a_minute_are_told_apart() -> None:
    second = 1 / 86_400
    then, now = (video("a", {1: [count], 1 + 5 * second: [count + 1]}) for count in (100, 200))
    _, rows = pages(BOTH, [then], [now]).tables["corrected"]
    assert [row[1] for row in rows] == ["2025-06-02 00:00 UTC", "2025-06-02 00:00:05 UTC"]


@pytest.mark.slow
def test_a_table_that_does_not_show_all_corrections_says_so() -> None:
    then, now = (video("a", {n / 10: [count] for n in range(30)}) for count in (5, 6))
    found = pages(BOTH, [then], [now])
    caption, rows = found.tables["corrected"]
    assert (caption, len(rows)) == ("Changed counts, as reported: 30; here are 25 of them", 25)


# the period


IN_BOTH = "The period was over in both snapshots: both have a reading at or after its end (5 Jun 2025)."
IN_ONE = "The period was over in the {} snapshot only: the {} one has no reading at or after its end (5 Jun 2025)."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("then", "now", "text"),
    [
        (5, 6, IN_BOTH),
        (6, 5, IN_BOTH),
        (4, 5, IN_ONE.format("later", "earlier")),
        (5, 4, IN_ONE.format("earlier", "later")),
        (3, 4, None),
    ],
)
def test_the_period_is_over_where_a_reading_reaches_its_end(then: float, now: float, text: str | None) -> None:
    sides = [video("a", {1: [1000], last: [5000]}) for last in (then, now)]
    assert notes(changed(BOTH, sides[:1], sides[1:])).get("period_over") == text


@pytest.mark.slow
def test_a_snapshot_whose_readings_are_all_gone_is_not_one_after_the_period() -> None:
    found = notes(changed(BOTH, [video("a", {1: [1000], 6: [5000]})], [video("a", {})]))
    assert found == {
        "snapshot_without_readings": "The later snapshot has no readings.",
        "period_over": IN_ONE.format("earlier", "later"),
    }
    assert notes(changed(BOTH, [], [video("a", {})])) == {"snapshot_without_readings": "Neither snapshot has readings."}


# what was asked


@pytest.mark.slow
@pytest.mark.parametrize("query", [FILTER, FILTER | {"with_status": True}, None])
def test_a_query_that_only_adds_the_status_lets_no_video_be_missing(query: dict[str, Any] | None) -> None:
    then = taken(EARLY, snapshot(A), query=FILTER)
    found = changes(campaign(BOTH), taken(LATE, snapshot(video("a", {1: [1000]})), query=query), then).to_dict()
    assert "other_query" not in notes(found)


@pytest.mark.slow
def test_other_filters_are_named() -> None:
    asked = FILTER | {"platform": "YouTube", "status": "active"}
    then, now = taken(EARLY, snapshot(A)), taken(LATE, snapshot(video("a", {1: [1]})), query=asked)
    assert notes(changes(campaign(BOTH), now, then).to_dict())["other_query"] == (
        "The earlier snapshot has no filter, the later one the filter platform YouTube and status active: "
        "filters can leave out videos."
    )


@pytest.mark.slow
def test_a_platform_filter_is_not_read_as_readings_that_were_taken_away() -> None:
    other = video("t", {6: [9]}, platform="TikTok", external_video_id=tiktok(1))
    now = taken(LATE, snapshot(A), query=FILTER | {"platform": "YouTube"})
    found = changes(campaign(BOTH), now, taken(EARLY, snapshot(A, other))).to_dict()
    assert notes(found)["fewer_readings"] == (
        "The later snapshot ends earlier: its last reading is of 4 Jun 2025, 00:00, the other's of 7 Jun 2025, 00:00 "
        "(UTC)."
    )
    assert said(found, "readings").startswith("0 new readings, 0 no longer there and 2 in both snapshots")


# one video under two ids


@pytest.mark.slow
def test_a_video_tracked_again_under_another_id_is_one_video() -> None:
    then = video("a", {1: [1000], 3: [5000]}, platform="Instagram", external_video_id="CuZpLL9tyuW")
    now = video("z", {3: [5000], 4: [6000]}, platform="Instagram", external_video_id="3141723303735405462_4711")
    found = changed('[videos]\nplatform = "Instagram"\n', [then], [now])
    assert (found["came"], found["went"]) == ([], [])
    (one,) = found["videos"]
    assert (one["video_id"], one["state"], one["measures"]["views_last_read"]["difference"]) == ("z", "stayed", 1000)
    assert one["fields"]["video_id"] == {"then": "a", "now": "z"}
    assert found["totals"]["measures"]["views_last_read"]["alike"]["difference"] == 1000
    readings = found["readings"]
    assert (readings["new"], readings["gone"], readings["both"]) == (1, 1, 1)


@pytest.mark.slow
def test_a_second_entry_of_a_video_is_not_called_new_and_its_end_not_the_end_of_the_video() -> None:
    first, second = (
        video(name, {day: [100]}, platform="TikTok", external_video_id=tiktok(1)) for name, day in (("a", 1), ("b", 2))
    )
    rest = '[videos]\nids = ["b"]\n'
    (added,) = changed(rest, [first], [first, second])["videos"]
    assert (added["state"], added["why"]) == ("came", "tracked_before")
    (removed,) = changed(rest, [first, second], [first])["videos"]
    assert (removed["state"], removed["why"]) == ("went", "tracked_still")


@pytest.mark.slow
def test_videos_without_an_id_of_their_platform_are_never_the_same() -> None:
    found = changed(BOTH, [video("a", {1: [5]})], [video("b", {1: [5]})])
    assert (found["came"], found["went"]) == (["b"], ["a"])


# details and times


@pytest.mark.slow
def test_a_title_that_changed_beyond_what_is_shown_does_not_read_as_the_same_twice() -> None:
    then, now = (video("a", {3: [5]}, title="x" * 80 + end) for end in ("one", "two"))
    (text,) = pages(BOTH, [then], [now]).lists["Changed details"]
    assert text == "x" * 80 + "two: title changed where it is not shown"


@pytest.mark.slow
def test_a_start_of_tracking_that_changed_is_a_changed_detail() -> None:
    found = changed(BOTH, [A], [{**A, "created_at": "2025-05-30T00:00:00+00:00"}])
    assert said(found, "videos") == (
        "1 video belongs to the campaign in both snapshots. Details changed for 1 video in the campaign both times."
    )


@pytest.mark.slow
def test_a_status_that_is_not_known_both_times_is_not_called_unchanged() -> None:
    assert "status" not in said(changed(BOTH, [A], [video("a", {1: [1]}, status="active")]), "videos")


@pytest.mark.slow
def test_two_snapshots_within_a_minute_are_told_apart() -> None:
    sides = [taken(f"2025-06-04T00:00:{second}+00:00", snapshot(A)) for second in ("01", "31")]
    assert page(BOTH, *sides).sentences["taken apart"][:2] == ("4 Jun 2025, 00:00:01", "4 Jun 2025, 00:00:31")
    assert page(BOTH, sides[0], sides[0]).sentences["taken together"] == ("4 Jun 2025, 00:00", "UTC")


def test_the_hour_that_a_clock_shows_twice_is_told_apart() -> None:
    instants = [datetime.fromisoformat(f"2025-10-26T0{hour}:30:00+00:00") for hour in (0, 1)]
    texts = [text.replace("\u00a0", " ") for text in format_moments(instants, "Europe/Berlin")]
    assert texts == ["26 Oct 2025, 02:30 +0200", "26 Oct 2025, 02:30 +0100"]
