"""What changed since an earlier snapshot: by hand, and every number again from what plain Python makes of both."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from campaign.cases import HEAD, campaign, snapshot, tiktok, video
from campaign.figures.test_recomputed import CASES, complete, save, written
from campaign.oracle import COUNTS, Oracle

import influtics_lab as lab
from influtics_lab.campaign import (
    Campaign,
    change_definitions,
    change_tables,
    changes,
    key_figures,
    read_campaign,
)
from influtics_lab.errors import ConfigError

BOTH = '[videos]\nplatform = "YouTube"\n'
READ = '[estimators]\ncounted = "read"\n'
DAY_1 = "2025-06-02T00:00:00+00:00"
EARLY, LATE = "2025-06-04T00:00:00+00:00", "2025-06-20T00:00:00+00:00"


def taken(at: str, found: lab.Snapshot, **facts: Any) -> lab.Snapshot:
    """The same, as if it had been taken then."""
    told = found.manifest | {"taken_at": at} | facts
    return lab.Snapshot.build(found.videos, found.stats, found.rejected, told)


def changed(rest: str, then: list[dict[str, Any]], now: list[dict[str, Any]]) -> dict[str, Any]:
    found = changes(campaign(rest), taken(LATE, snapshot(*now)), taken(EARLY, snapshot(*then)))
    change_tables(found)
    json.dumps(found.to_dict(), allow_nan=False)
    return found.to_dict()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def said(found: dict[str, Any], topic: str) -> str:
    return plain(" ".join(one["text"] for one in found["statements"][topic]))


def codes(found: dict[str, Any], part: str) -> list[str]:
    return [one["code"] for one in found["findings"][part]]


def views(group: dict[str, Any], place: str = "last_read") -> dict[str, Any]:
    return group["measures"][f"views_{place}"]


# by hand: the period is 2 to 5 June

A1 = video("a", {1: [1000, 50, 5], 3: [2000, 90, 9]})
A2 = video("a", {1: [1000, 50, 5], 3: [2000, 90, 9], 4: [2600, 99, 9]})
B = video("b", {1: [100, 5, 0], 3: [300, 9, 1]})


@pytest.mark.slow
def test_a_figure_has_then_now_and_the_difference() -> None:
    found = changed(BOTH, [A1, B], [A2, B])
    assert views(found["totals"]) == {
        "then": 2300, "then_reason": None, "now": 2900, "now_reason": None, "difference": 600, "reason": None,
        "then_n": 2, "now_n": 2, "then_known": 2300, "now_known": 2900, "then_is_bound": True, "now_is_bound": True,
        "alike": {"then": 2300, "now": 2900, "difference": 600, "reason": None, "n": 2, "of": 2},
    }  # fmt: skip
    assert found["totals"]["measures"]["engagements_last_read"]["difference"] == 9
    a, b = found["videos"]
    assert (views(a)["difference"], views(b)["difference"]) == (600, 0)
    assert a["measures"]["engagement_rate_last_read_pct"]["difference"] == pytest.approx(100 * 108 / 2600 - 4.95)
    assert found["by_platform"][0]["measures"] == found["totals"]["measures"]
    assert (found["same"], found["came"], found["went"], found["hours_between"]) == (False, [], [], 16 * 24)


@pytest.mark.slow
def test_a_total_that_is_not_known_of_all_has_a_difference_over_those_of_which_it_is_known_both_times() -> None:
    hidden = video("h", {1: [5000, 0, 7], 3: [9000, 0, 9]})
    found = changed(BOTH, [A1, hidden], [A2, hidden])["totals"]["measures"]["likes_last_read"]
    assert (found["then"], found["difference"], found["reason"]) == (None, None, "part_missing")
    assert (found["then_known"], found["now_known"], found["now_n"]) == (90, 99, 1)
    assert found["alike"] == {"then": 90, "now": 99, "difference": 9, "reason": None, "n": 1, "of": 2}


@pytest.mark.slow
def test_what_is_known_of_no_video_both_times_says_why() -> None:
    found = changed(BOTH, [A1], [A2])["totals"]["measures"]["reposts_last_read"]
    assert (found["alike"]["reason"], found["alike"]["n"], found["alike"]["of"]) == ("never_reported", 0, 1)


@pytest.mark.slow
def test_a_video_that_came_adds_to_the_total_but_not_to_what_is_alike() -> None:
    found = changed(BOTH, [A1], [A2, B])
    assert (found["came"], found["went"]) == (["b"], [])
    assert (views(found["totals"])["difference"], views(found["totals"])["alike"]["difference"]) == (900, 600)
    came = found["videos"][1]
    assert (came["state"], came["why"]) == ("came", "new")
    assert (views(came)["then_reason"], views(came)["now"], views(came)["reason"]) == ("came", 300, "came")


@pytest.mark.slow
def test_a_video_that_went_is_told_with_what_it_had() -> None:
    found = changed(BOTH, [A1, B], [A2])
    went = found["videos"][1]
    assert (found["went"], went["state"], went["why"]) == (["b"], "went", "gone")
    assert (views(went)["then"], views(went)["now_reason"], views(went)["difference"]) == (300, "went", None)
    assert found["readings"]["then"] == 2
    assert {"came", "went", "gone"} <= found["reasons"].keys()


@pytest.mark.slow
def test_a_video_that_is_there_but_no_longer_meant_went_for_that_reason() -> None:
    rest = '[videos]\ntitle_pattern = "Summer*"\n'
    before, after = (video("a", {3: [5]}, title=title) for title in ("Summer", "Winter"))
    found = changed(rest, [before], [after])
    assert (found["videos"][0]["state"], found["videos"][0]["why"]) == ("went", "no_longer_meant")
    found = changed(rest, [after], [before])
    assert (found["videos"][0]["state"], found["videos"][0]["why"]) == ("came", "newly_meant")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "why", "note"),
    [
        ({"query": {"platform": None, "status": "active"}}, "outside_query", "other_query"),
        ({"query": {"platform": "TikTok", "status": None}}, "outside_query", "other_query"),
        ({"query": {"platform": "YouTube", "status": None}}, "gone", "other_query"),
        ({"completeness": {"proven": "part: 1 of 2 videos"}}, "only_a_part", "only_a_part"),
    ],
)
def test_a_snapshot_that_may_lack_a_video_for_another_reason_does_not_say_that_it_is_gone(
    facts: dict[str, Any], why: str, note: str
) -> None:
    now = taken(LATE, snapshot(A2), **facts)
    found = changes(campaign(BOTH), now, taken(EARLY, snapshot(A1, B))).to_dict()
    assert found["videos"][1]["why"] == why
    assert note in [one["code"] for one in found["notes"]]


@pytest.mark.slow
def test_what_is_told_otherwise_of_a_video_is_listed() -> None:
    before = video("a", {3: [5]}, title="Old", status="active", external_video_id="x")
    after = video("a", {3: [5]}, title="<b>New", status="completed", external_video_id="x")
    found = changed(BOTH, [before], [after])
    assert found["videos"][0]["fields"]["title"] == {"then": "Old", "now": "<b>New"}
    frame = change_tables(found)["fields"]
    assert frame.filter(field="title")["now"].to_list() == ["<b>New"]


@pytest.mark.slow
def test_a_status_that_only_one_snapshot_was_asked_for_is_no_change() -> None:
    plain, late = taken(EARLY, snapshot(A1)), taken(LATE, snapshot(A2))

    def with_status(found: lab.Snapshot, status: str) -> lab.Snapshot:
        videos = found.videos.with_columns(status=pl.lit(status))
        return lab.Snapshot.build(videos, found.stats, found.rejected, found.manifest)

    assert changes(campaign(BOTH), with_status(late, "active"), plain).videos[0].fields == {}
    both = changes(campaign(BOTH), with_status(late, "completed"), with_status(plain, "active")).to_dict()
    assert both["videos"][0]["fields"] == {"status": {"then": "active", "now": "completed"}}


@pytest.mark.slow
def test_readings_that_are_new_gone_or_corrected() -> None:
    before = video("a", {1: [100, 5, 1], 2: [200, 7], 3: [300, 9, 1]})
    after = video("a", {1: [90, 5, 2], 2: [200, 7, 0], 4: [400, 9, 1]})
    found = changed(BOTH, [before, B], [after, B])["readings"]
    assert (found["then"], found["now"], found["new"], found["gone"]) == (5, 5, 1, 1)
    assert (found["values_appeared"], found["values_gone"], found["without_new"]) == (1, 0, ["b"])
    told = found["corrected"]
    assert (told["values"], told["readings"], told["videos"], told["by_video"]) == (2, 1, 1, {"a": 2})
    assert told["by_count"]["views"] == {"values": 1, "up": 0, "down": 1, "net": -10}
    assert told["listed"] == [
        {"video_id": "a", "at": DAY_1, "count": "views", "then": 100, "now": 90, "difference": -10},
        {"video_id": "a", "at": DAY_1, "count": "comments", "then": 1, "now": 2, "difference": 1},
    ]


@pytest.mark.slow
def test_of_very_many_corrections_those_that_differ_most_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["influtics_lab.campaign.changes.video_changes"], "LISTED", 2)
    before = video("a", {day: [100] for day in range(5)})
    after = video("a", {day: [100 + (1, 9, 2, 8, 3)[day]] for day in range(5)})
    told = changed(BOTH, [before], [after])["readings"]["corrected"]
    assert [one["difference"] for one in told["listed"]] == [9, 8]
    assert (told["values"], told["not_listed"]) == (5, 3)


@pytest.mark.slow
def test_a_target_tells_both_verdicts_and_how_far() -> None:
    rest = BOTH + READ + '[[targets]]\nmeasure = "views"\nvalue = 2500\ndate = 2025-06-30\n'
    (target,) = changed(rest, [A1], [A2])["targets"]
    assert target["verdict"] == {"then": "not yet", "now": "reached"}
    assert target["measures"]["value"]["difference"] == 600
    assert target["measures"]["needed_per_day"]["now_reason"] == "reached"
    assert target["measures"]["reached_pct"]["difference"] == pytest.approx(24)


@pytest.mark.slow
def test_views_of_some_videos_only_have_no_difference_in_a_target() -> None:
    rest = BOTH + READ + '[[targets]]\nmeasure = "views"\nvalue = 9000\ndate = 2025-06-30\n'
    value = changed(rest, [A1], [A2, video("x", {})])["targets"][0]["measures"]["value"]
    assert (value["difference"], value["reason"]) == (None, "part_missing")
    assert (value["then_value"], value["now_value"], value["now_n"], value["now_of"]) == (2000, 2600, 1, 2)


@pytest.mark.slow
def test_findings_are_new_gone_or_say_something_else() -> None:
    rest = '[videos]\nids = ["a", "ghost", "b"]\n'
    hidden = video("b", {1: [5000, 0, 7], 3: [9000, 0, 9]})
    found = changed(rest, [A1], [A2, hidden])
    assert "hidden_counts" in codes(found, "new")
    assert [one["text"].split("'")[1] for one in found["findings"]["gone"] if one["code"] == "unmatched"] == ["b"]
    (other,) = [one for one in found["findings"]["changed"] if one["code"] == "without_publication"]
    assert ("of 1 of 1 video" in other["then"], "of 2 of 2 videos" in other["now"]) == (True, True)
    rows = change_tables(found)["findings"]
    assert set(rows["change"]) == {"new", "gone", "changed"}


@pytest.mark.slow
def test_a_platform_that_only_one_report_has_is_told() -> None:
    rest = '[videos]\nids = ["a", "t"]\n'
    found = changed(rest, [A1], [A2, video("t", {3: [7]}, platform="TikTok", external_video_id=tiktok(1))])
    groups = {group["name"]: group for group in found["by_platform"]}
    assert groups["TikTok"]["videos"] == {"then": 0, "now": 1}
    assert views(groups["TikTok"])["then_reason"] == "came"
    assert views(groups["TikTok"])["alike"]["reason"] == "no_videos"


def test_the_same_snapshot_says_so_and_differs_in_nothing() -> None:
    found = changed(BOTH, [A1], [A1])
    assert (found["same"], [one["code"] for one in found["notes"]]) == (True, ["same_content"])
    differences = [one["difference"] for one in found["totals"]["measures"].values()]
    assert set(differences) == {None, 0}


@pytest.mark.slow
def test_the_other_order_of_time_is_refused_and_so_are_figures_of_something_else() -> None:
    early, late = taken(EARLY, snapshot(A1)), taken(LATE, snapshot(A2))
    with pytest.raises(ConfigError, match=r"taken at 2025-06-20.* Give the earlier one as since"):
        changes(campaign(BOTH), early, late)
    with pytest.raises(ConfigError, match="figures are of the snapshot 20250604T000000Z"):
        changes(campaign(BOTH), late, early, figures=key_figures(campaign(BOTH), early))


@pytest.mark.slow
def test_a_later_snapshot_that_ends_earlier_says_so_with_both_times() -> None:
    found = changed(BOTH, [A2], [A1])
    assert plain(found["notes"][0]["text"]) == (
        "The later snapshot ends earlier: its last reading is of 4 Jun 2025, 00:00, the other's of 5 Jun 2025, 00:00 "
        "(UTC)."
    )
    assert "0 new readings, 1 no longer there and 2 in both snapshots" in said(found, "readings")


@pytest.mark.slow
def test_a_period_that_was_over_both_times_is_told() -> None:
    found = changes(
        campaign(BOTH, HEAD.replace("06-05", "06-02").replace("06-02\nend", "06-01\nend")),
        taken(LATE, snapshot(A2)),
        taken(EARLY, snapshot(A1)),
    ).to_dict()
    assert [one["code"] for one in found["notes"]] == ["period_over"]


# again, from files, by plain Python


def earlier(found: lab.Snapshot, lost: str) -> lab.Snapshot:
    """As it was days before: fewer readings, a video less, and other values at some readings."""
    cut, nth = found.stats["timestamp"].max() - pl.duration(days=6), pl.int_range(pl.len())
    stats = found.stats.filter(pl.col("timestamp") < cut).with_columns(
        pl.when(nth % 50 == 7).then(pl.col(count) + 3).otherwise(pl.col(count)).alias(count)
        for count in ("views", "comments")
    )
    return without(lost, lab.Snapshot.build(found.videos, stats, found.rejected, found.manifest), "2025-06-20")


def without(lost: str, found: lab.Snapshot, day: str) -> lab.Snapshot:
    kept, facts = pl.col("video_id") != lost, found.manifest | {"taken_at": f"{day}T00:00:00+00:00"}
    return lab.Snapshot.build(found.videos.filter(kept), found.stats.filter(kept), found.rejected, facts)


def twice(folder: Path, name: str) -> tuple[Path, list[lab.Snapshot], list[Oracle]]:
    """A campaign file, two snapshots of which each lacks one of its videos, and both again by plain Python."""
    whole = lab.simulate(240, seed=5) if name == "complete" else lab.simulate(70, seed=11)
    file = complete(folder, whole) if name == "complete" else written(folder, whole, *CASES[name])
    *_, came, went = Oracle(folder).chosen
    sides, oracles = [earlier(whole, came), without(went, whole, "2025-07-09")], []
    for which, one in zip(("then", "now"), sides, strict=True):
        (folder / which).mkdir()
        save(folder / which, one, file.read_text())
        oracles.append(Oracle(folder / which))
    return file, sides, oracles


PATHS = {
    **{
        f"{count}_{place}": ("counts", count, place, "value")
        for count in (*COUNTS, "engagements")
        for place in ("last_read", "gained", "counted")
    },
    **{
        f"engagement_rate_{when}_{name}_pct": ("engagement_rate", when, name, "value")
        for when in ("last_read", "at_age")
        for name in ("pooled", "mean", "median")
    },
    **{f"engagement_rate_{place}_pct": ("engagement_rate", place, "value") for place in ("last_read", "gained")},
    **{name: ("money", name, "value") for name in ("spend", "cpm", "cpv", "cpe", "emv")},
    **{f"{count}_share_pct": ("share_pct", count, "value") for count in ("views", "engagements")},
    **{f"{measure}_at_age": ("comparison", measure, "value") for measure in ("views", "engagement_rate")},
    **{
        f"{measure}_percentile_pct": ("comparison", measure, "percentile_pct")
        for measure in ("views", "engagement_rate")
    },
}


def looked_up(found: Any, path: tuple[str, ...]) -> Fraction | float | None:
    for name in path:
        if found is None:
            return None
        found = found[name]
    return found


def assert_measures(measures: dict[str, Any], then: Any, now: Any) -> int:
    told = 0
    for name, figure in measures.items():
        before, after = (looked_up(side, PATHS[name]) for side in (then, now))
        difference = None if before is None or after is None else after - before
        for key, expected in (("then", before), ("now", after), ("difference", difference)):
            assert (figure[key] is None) == (expected is None), (name, key)
            assert (figure[f"{key}_reason" if key != "difference" else "reason"] is None) <= (expected is not None)
            if expected is not None:
                assert figure[key] == pytest.approx(float(expected), rel=1e-9, abs=1e-6), (name, key)
                told += 1
    return told


def assert_alike(group: Any, then: Any, now: Any) -> None:
    for name, figure in group["measures"].items():
        if "alike" not in figure:
            continue
        pairs = [
            (looked_up(then[video], PATHS[name]), looked_up(now[video], PATHS[name])) for video in then if video in now
        ]
        known = [(before, after) for before, after in pairs if before is not None and after is not None]
        assert (figure["alike"]["n"], figure["alike"]["of"]) == (len(known), len(pairs))
        if known:
            assert figure["alike"]["difference"] == pytest.approx(
                float(sum(after - before for before, after in known)), rel=1e-9, abs=1e-6
            )


def read_csv_again(oracles: list[Oracle], videos: list[str]) -> dict[str, int]:
    then, now = ({(video, t): row for video in videos for t, row in one.rows[video]} for one in oracles)
    both = then.keys() & now.keys()
    pairs = [(then[key][count], now[key][count]) for key in both for count in COUNTS]
    return {
        "then": len(then),
        "now": len(now),
        "new": len(now.keys() - then.keys()),
        "gone": len(then.keys() - now.keys()),
        "values_appeared": sum(before is None and after is not None for before, after in pairs),
        "values_gone": sum(before is not None and after is None for before, after in pairs),
        "corrected": sum(None not in pair and pair[0] != pair[1] for pair in pairs),
    }


def groups(oracle: Oracle, kind: str) -> dict[str | None, Any]:
    """Each creator's or platform's figures."""
    of = oracle.creator if kind == "creator" else {one: row["platform"] for one, row in oracle.videos.items()}
    people = [one["name"] for one in oracle.file["creators"]] if kind == "creator" else []
    names = dict.fromkeys([*people, *(of.get(video) for video in oracle.chosen)])
    return {name: oracle.scope(kind, name, [one for one in oracle.chosen if of.get(one) == name]) for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CASES, "complete"])
def test_every_difference_comes_out_again(name: str, tmp_path: Path) -> None:
    file, (since, snapshot), oracles = twice(tmp_path, name)
    found = changes(read_campaign(file), snapshot, since).to_dict()
    then, now = (one.figures() for one in oracles)
    told = assert_measures(found["totals"]["measures"], then["totals"], now["totals"])
    ids = [dict(zip(one.chosen, of["videos"], strict=True)) for one, of in zip(oracles, (then, now), strict=True)]
    assert_alike(found["totals"], *ids)
    for kind in ("creator", "platform"):
        again = [groups(one, kind) for one in oracles]
        assert {group["name"] for group in found[f"by_{kind}"]} == again[0].keys() | again[1].keys()
        for group in found[f"by_{kind}"]:
            told += assert_measures(group["measures"], *(of.get(group["name"]) for of in again))
    for one in found["videos"]:
        told += assert_measures(one["measures"], *(of.get(one["video_id"]) for of in ids))
    assert told > 900
    assert found["came"] == sorted(ids[1].keys() - ids[0].keys()) != []
    assert found["went"] == sorted(ids[0].keys() - ids[1].keys()) != []


@pytest.mark.slow
def test_every_reading_is_compared_again(tmp_path: Path) -> None:
    file, (since, snapshot), oracles = twice(tmp_path, "complete")
    found = changes(read_campaign(file), snapshot, since).to_dict()
    again = read_csv_again(oracles, [one["video_id"] for one in found["videos"] if one["state"] == "stayed"])
    assert again.pop("corrected") == found["readings"]["corrected"]["values"] > 0
    assert {key: found["readings"][key] for key in again} == again


@pytest.mark.slow
def test_frames_hold_every_difference_and_come_from_json_as_well(tmp_path: Path) -> None:
    file, (since, snapshot), _ = twice(tmp_path, "gained in a period that is over")
    typed = changes(read_campaign(file), snapshot, since)
    found = typed.to_dict()
    frames, again = change_tables(typed), change_tables(json.loads(json.dumps(found)))
    assert all(frame.equals(again[name]) for name, frame in frames.items())
    every = [found["totals"], *found["by_creator"], *found["by_platform"]]
    assert frames["groups"].height == sum(len(group["measures"]) for group in every)
    row = frames["groups"].row(0, named=True)
    assert row["difference"] == views(found["totals"])["difference"]
    assert row["alike_difference"] == views(found["totals"])["alike"]["difference"]
    empty = change_tables(changed(BOTH, [], []))
    assert [frame.schema for frame in frames.values()] == [frame.schema for frame in empty.values()]


@pytest.mark.slow
def test_figures_that_are_there_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, (since, snapshot), _ = twice(tmp_path, "gained in a period that is over")
    file = read_campaign(path)
    found, figures, seen = changes(file, snapshot, since), key_figures(file, snapshot), []

    def once(campaign: Campaign, one: lab.Snapshot) -> dict[str, Any]:
        seen.append(one)
        return key_figures(campaign, one)

    monkeypatch.setattr(
        sys.modules["influtics_lab.campaign.changes.campaign_changes"], "key_figures", once
    )  # not the function
    assert changes(file, snapshot, since, figures=figures) == found
    assert seen == [since]


def test_every_column_of_numbers_has_a_definition() -> None:
    told = " ".join(change_definitions()["figure"])
    for word in ("then", "now", "difference", "alike", "known", "state", "corrected"):
        assert word in told
