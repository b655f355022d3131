"""Every change after a freeze is an adjustment with evidence and a signed amount; without a change there is none."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import FIRST, campaign, snapshot, tiktok, video
from campaign.settlement_year import draw_year, settle_year, write_archive

import influtics_lab as lab
from influtics_lab.campaign import Settlement, settle
from influtics_lab.errors import ConfigError

DEAL = '[[deals]]\ncreator = "Ann"\ncurrency = "EUR"\ncpm = 10\ncutoff_date = 2025-06-04T12:00:00\n'
BASE: Mapping[float, list[int]] = {1: [1000], 3: [20000], 4: [40000], 6: [50000]}
LATER: Mapping[float, list[int]] = {**BASE, 9: [60000], 12: [70000]}


def plan(deals: str = DEAL, ids: str = '"a"', name: str = "June") -> Any:
    head = f'name = "{name}"\n[period]\nstart = 2025-06-02\nend = 2025-06-05\n'
    return campaign(f'[videos]\nids = [{ids}]\n[[creators]]\nname = "Ann"\nvideos = [{ids}]\n{deals}', head)


def frozen(read: lab.Snapshot, deals: str = DEAL, **options: Any) -> dict[str, Any]:
    numbers: dict[str, Any] = json.loads(json.dumps(settle(plan(deals, **options), read, as_of="2025-06-08").to_dict()))
    return numbers


def since(
    former: Mapping[str, Any], read: lab.Snapshot, deals: str = DEAL, day: str = "2025-06-20", **options: Any
) -> Settlement:
    found = settle(plan(deals, **options), read, as_of=day, since=former)
    then = sum(Decimal(statement["at_least"]) for statement in former["statements"])
    now = sum(statement.at_least for statement in found.statements)
    assert then + sum(change.amount for change in found.adjustments) == now
    assert found.tables()["adjustments"].height == len(found.adjustments)
    return found


def changes(found: Settlement) -> list[tuple[str, str, str | None]]:
    return [
        (change.kind, str(change.amount), None if change.up_to is None else str(change.up_to))
        for change in found.adjustments
    ]


@cache
def former_settlement(deals: str = DEAL) -> dict[str, Any]:
    """Return the settlement of 30,000 views: EUR 300.00."""
    return frozen(snapshot(video("a", BASE)), deals)


def test_growth_after_the_freeze_changes_nothing() -> None:
    assert changes(since(former_settlement(), snapshot(video("a", LATER)))) == []


def test_a_purge_below_the_paid_views_is_subtracted_and_stays_subtracted() -> None:
    purged = snapshot(video("a", {**LATER, 13: [25000], 15: [65000]}))
    found = since(former_settlement(), purged)
    assert changes(found) == [("purge", "-50.00", "-300.00")]
    (change,) = found.adjustments
    falls = "70,000 to 25,000 by 14 Jun 2025, 00:00:00. Paid for were 30,000."
    assert change.evidence.replace("\N{NBSP}", " ") == f"The platform took views back after the freeze: {falls}"
    assert (change.views_then, change.views_now) == (30000, 25000)
    again = since(found.to_dict(), purged, day="2025-06-25")
    assert (changes(again), again.statements[0].at_least) == ([], Decimal("250.00"))


def test_a_purge_above_the_paid_views_is_listed_with_what_it_may_mean() -> None:
    found = since(former_settlement(), snapshot(video("a", {**LATER, 13: [60000]})))
    assert changes(found) == [("purge", "0.00", "-100.00")]


def test_a_purge_of_views_that_were_not_paid_yet_names_those_at_the_cut_off() -> None:
    former = frozen(snapshot(video("a", {1: [1000], 3: [20000]})))
    found = since(former, snapshot(video("a", {**LATER, 13: [25000]})))
    assert changes(found) == [("now known", "100.00", None), ("purge", "-50.00", "-300.00")]
    assert found.adjustments[1].evidence.endswith("The views at the cut-off are 30,000.")


def test_a_fall_may_not_mean_less_than_what_is_certain() -> None:
    rows = {1: [1000], 3: [20000], 4: [10000]}
    former = frozen(snapshot(video("a", rows)))
    found = since(former, snapshot(video("a", {**rows, 9: [4000]})))
    assert [(change.amount, change.up_to) for change in found.adjustments] == [(Decimal("-110.00"), Decimal("-110.00"))]


def test_a_purge_before_the_freeze_is_no_adjustment() -> None:
    early = {**BASE, 6.5: [25000]}
    former = frozen(snapshot(video("a", early)))
    assert changes(since(former, snapshot(video("a", {**early, 9: [26000]})))) == []


def test_a_reading_that_changed_is_named_with_both_values() -> None:
    found = since(former_settlement(), snapshot(video("a", {**LATER, 4: [38000]})))
    assert changes(found) == [("reading changed", "-10.00", None)]
    assert "was 40,000, is 38,000" in found.adjustments[0].evidence


def test_a_bound_that_becomes_exact_is_paid_then() -> None:
    former = frozen(snapshot(video("a", {1: [1000], 3: [20000]})))
    assert changes(since(former, snapshot(video("a", LATER)))) == [("now known", "100.00", None)]


def test_a_purge_before_the_cut_off_is_in_its_views_and_not_subtracted_from_them() -> None:
    deals = DEAL.replace("06-04", "06-15")
    rows = {**BASE, 7: [60000]}
    former = frozen(snapshot(video("a", rows)), deals)
    rows |= {9: [20000], 12: [40000]}
    found = since(former, snapshot(video("a", rows)), deals, day="2025-06-13")
    assert changes(found) == [("views fell", "-200.00", None)]
    assert found.adjustments[0].evidence == (
        "The views fell before the cut-off: they were at least 60,000, and are at least 40,000."
    )
    settled = snapshot(video("a", {**rows, 14: [70000], 15: [90000]}))
    assert changes(since(former, settled, deals)) == [("now known", "200.00", None)]
    assert changes(since(found.to_dict(), settled, deals)) == [("now known", "400.00", None)]


def test_a_removed_video_keeps_its_frozen_views() -> None:
    found = since(former_settlement(), snapshot(video("b", LATER)))
    assert changes(found) == [("removed", "0.00", "-300.00")]
    (row,) = found.statements[0].videos
    assert (row.views.at_least, row.views.reason) == (30000, "frozen")
    assert found.statements[0].is_exact
    assert changes(since(found.to_dict(), snapshot(video("b", LATER)), day="2025-06-25")) == []


def test_views_hidden_after_the_freeze_are_named() -> None:
    rows = {day: [views[0], 9] for day, views in LATER.items()}
    found = since(former_settlement(), snapshot(video("a", {**rows, 13: [0, 9], 14: [0, 9]})))
    assert changes(found) == [("hidden", "0.00", "-300.00")]
    assert "hidden since 14\N{NBSP}Jun\N{NBSP}2025" in found.adjustments[0].evidence


def test_double_tracking_found_later_is_subtracted_once() -> None:
    ids = '"a", "b"'
    former = frozen(snapshot(video("a", BASE), video("b", BASE)), ids=ids)
    same = {"platform": "TikTok", "external_video_id": tiktok(0)}
    found = since(former, snapshot(video("a", LATER, **same), video("b", LATER, **same)), ids=ids)
    assert changes(found) == [("tracked twice", "-300.00", None)]
    assert found.adjustments[0].evidence == "It is the same video as a, which is paid."


def test_terms_that_changed_are_no_silent_restatement() -> None:
    found = since(former_settlement(), snapshot(video("a", LATER)), DEAL.replace("cpm = 10", "cpm = 8"))
    assert changes(found) == [("terms changed", "-60.00", None)]
    assert found.adjustments[0].evidence == "cpm was 10, is 8."
    ended = DEAL.replace("cpm = 10", "fixed_fee = 7")
    both = since(
        former_settlement(), snapshot(video("a", LATER)), DEAL + 'videos = ["a"]\n' + ended + 'videos = ["b"]\n'
    )
    assert [kind for kind, *_ in changes(both)] == ["terms changed", "new deal"]


def test_a_budget_that_is_shared_anew_is_named() -> None:
    deals = DEAL + "budget = 200\n"
    former = frozen(snapshot(video("a", BASE)), deals)
    found = since(former, snapshot(video("a", {**LATER, 13: [15000]})), deals)
    assert changes(found) == [("purge", "-150.00", "-300.00"), ("budget", "100.00", None)]


@pytest.mark.parametrize(
    ("deals", "changed", "message"),
    [
        (DEAL, {"campaign": "July"}, "is of the campaign 'July', not 'June'"),
        (DEAL, {"as_of": "2025-06-20"}, "is as of 2025-06-20, which is not before 2025-06-20"),
        (DEAL, {"kind": "x"}, "The former settlement is none of format 1"),
        (DEAL.replace("EUR", "USD"), {}, "deals[1] is in EUR, and the former"),
    ],
)
def test_a_former_settlement_that_cannot_be_compared_is_refused(
    deals: str, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        since(former_settlement(deals) | changed, snapshot(video("a", LATER)))
    assert message in str(error.value)


def test_of_a_year_of_videos_all_planted_purges_are_found_and_none_is_invented() -> None:
    drawn = random.Random(20)
    videos, planted = {}, set()
    for number in range(40):
        level, series = drawn.randint(20_000, 90_000), {}
        purge_day = drawn.randint(20, 360) if number % 3 == 0 else None
        for day in range(0, 365, 2):
            level += drawn.randint(0, 400)
            if purge_day is not None and day >= purge_day:
                level, purge_day = level * 3 // 4, None
                planted.add(f"v{number}")
            series[float(day)] = [level]
        videos[f"v{number}"] = series
    ids = ", ".join(f'"{name}"' for name in videos)
    read = snapshot(*(video(name, series) for name, series in videos.items()))
    early = dataclasses.replace(read, stats=read.stats.filter(read.stats["timestamp"] < FIRST + timedelta(days=15)))
    former = frozen(early, ids=ids)
    found = since(former, read, ids=ids, day="2026-06-30")
    assert {change.video_id for change in found.adjustments} == planted
    assert {change.kind for change in found.adjustments} == {"purge"}


@pytest.mark.slow
def test_of_an_archive_of_many_reads_all_planted_purges_are_found_and_none_is_invented(tmp_path: Path) -> None:
    series, planted = draw_year(9, 45)
    archive = write_archive(tmp_path / "archive", series, 45, every=5)
    assert archive.snapshots().height == 9
    adjustments, settlements = settle_year(archive, list(series), 45, every=10)
    assert settlements == 4
    assert {change.video_id for change in adjustments} == planted.keys()
    assert {change.kind for change in adjustments} == {"purge"}
    assert len(adjustments) == len(planted) == 3


def test_a_former_settlement_of_version_0_2_is_read() -> None:
    new = {"link", "sources"}

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: strip(inner) for name, inner in value.items() if name not in new}
        return [strip(inner) for inner in value] if isinstance(value, list) else value

    former = strip(former_settlement())
    for statement in former["statements"]:
        del statement["deal"]["lines"]
    assert changes(since(former, snapshot(video("a", LATER)))) == []
    assert changes(since(former, snapshot(video("b", LATER)))) == [("removed", "0.00", "-300.00")]
