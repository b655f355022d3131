"""Every state of a deal and its videos has a defined amount: exact, a bound, or unknown with the reason."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from campaign.cases import campaign, snapshot, tiktok, video

from influtics_lab.campaign import Settlement, settle
from influtics_lab.campaign.settlement.cutoff_views import REASONS
from influtics_lab.campaign.settlement.statement_pages import OVERVIEW, render_pages
from influtics_lab.campaign.settlement.statements import SettledVideo, Statement
from influtics_lab.errors import ConfigError

EXACT = video("a", {1: [1000], 3: [2000], 4: [4000], 6: [5000]})
ANN = '[[creators]]\nname = "Ann"\nvideos = ["a"]\n'
DEAL = '[[deals]]\ncreator = "Ann"\ncurrency = "EUR"\ncpm = 2\ncutoff_date = 2025-06-04T12:00:00\n'
AGE = DEAL.replace("cutoff_date = 2025-06-04T12:00:00", 'cutoff_age = "1d"')


def settled(deals: str, *videos: dict[str, Any], ids: str = '"a"', creators: str = ANN, **options: Any) -> Settlement:
    plan = campaign(f"[videos]\nids = [{ids}]\n{creators}{deals}")
    found = settle(plan, snapshot(*videos), **{"as_of": "2025-06-10", **options})
    json.dumps(found.to_dict(), allow_nan=False)
    for statement in found.statements:
        assert sum(line.amount for line in statement.lines) == statement.at_least
    assert sum(table["amount"].sum() for name, table in found.tables().items() if name == "lines") == sum(
        low for low, _ in found.totals.values()
    )
    return found


def one(deals: str, *videos: dict[str, Any], **options: Any) -> Statement:
    (statement,) = settled(deals, *videos, **options).statements
    return statement


def view(deals: str, *videos: dict[str, Any], **options: Any) -> SettledVideo:
    (found,) = one(deals, *videos, **options).videos
    return found


def test_views_lie_on_the_line_between_the_readings_on_both_sides() -> None:
    found = view(DEAL, EXACT)
    assert (found.views.at_least, found.views.reason) == (3000, None)
    assert found.views.before is not None
    assert found.views.after is not None
    assert (found.views.before.at, found.views.before.views) == (datetime(2025, 6, 4, tzinfo=UTC), 2000)
    assert (found.views.after.at, found.views.after.views) == (datetime(2025, 6, 5, tzinfo=UTC), 4000)
    assert one(DEAL, EXACT).at_least == Decimal("6.00")
    assert one(DEAL, EXACT).is_exact


def test_a_date_includes_its_day_in_the_campaigns_zone() -> None:
    deal = DEAL.replace("2025-06-04T12:00:00", "2025-06-04")
    assert view(deal, EXACT).views.at_least == 4000
    plan = campaign(
        f'[videos]\nids = ["a"]\n{ANN}{deal}',
        'name = "June"\n[period]\nstart = 2025-06-02\nend = 2025-06-05\ntime_zone = "America/New_York"\n',
    )
    cutoff = settle(plan, snapshot(EXACT), as_of="2025-06-10").statements[0].videos[0].cutoff
    assert cutoff == datetime(2025, 6, 5, 4, tzinfo=UTC)


def test_an_age_counts_from_publication() -> None:
    made = video("a", {2: [1000], 4: [3001]}, platform="TikTok", external_video_id=tiktok(2))
    assert view(AGE, made).views.at_least == 2000  # whole views, rounded down


def test_readings_after_the_day_are_not_used() -> None:
    found = view(DEAL, EXACT, as_of="2025-06-04")
    assert (found.views.at_least, found.views.at_most, found.views.reason) == (2000, None, "last_earlier")
    assert settled(DEAL, EXACT, as_of="2025-06-04").snapshot["last_reading"] == "2025-06-04T00:00:00+00:00"


@pytest.mark.parametrize(
    ("deals", "readings", "fields", "expected"),
    [
        (DEAL, {1: [10], 9: [50]}, {}, (10, 50, "gap")),
        (DEAL, {1: [50], 9: [10]}, {}, (0, None, "fell")),
        (DEAL, {1: [10], 2: [20]}, {}, (20, None, "last_earlier")),
        (DEAL, {5: [70]}, {}, (0, 70, "first_later")),
        (DEAL, {1: [900, 5], 3: [0, 5], 9: [0, 6]}, {}, (0, None, "hidden")),
        (DEAL, {}, {}, (0, None, "no_readings")),
        (DEAL, {5: [70]}, {"platform": "TikTok", "external_video_id": tiktok(4)}, (0, 0, "not_published")),
        (AGE, {1: [10], 2: [20]}, {}, (0, None, "no_publication")),
    ],
)
def test_views_that_are_not_read_on_both_sides(
    deals: str, readings: Any, fields: dict[str, Any], expected: tuple[int, int | None, str]
) -> None:
    statement = one(deals, video("a", readings, **fields))
    views = statement.videos[0].views
    assert (views.at_least, views.at_most, views.reason) == expected
    assert views.reason in REASONS
    assert statement.at_least == Decimal(expected[0] * 2).scaleb(-3).quantize(Decimal("0.01"))
    assert (statement.at_most is None) == (expected[1] is None)


def test_views_of_a_removed_video_are_unknown_after_its_last_reading() -> None:
    plan = campaign(f'[videos]\nids = ["a"]\n{ANN}{DEAL}')
    for readings, reason in (({1: [10], 2: [20]}, "removed"), ({3: [2000], 4: [4000]}, None)):
        read = snapshot(video("a", readings))
        removed = dataclasses.replace(read, videos=read.videos.with_columns(status=pl.lit("failed")))
        views = settle(plan, removed, as_of="2025-06-10").statements[0].videos[0].views
        assert views.reason == reason
        assert views.is_exact == (reason is None)


def test_a_failed_poll_hides_nothing() -> None:
    assert view(DEAL, video("a", {3: [2000, 9], 3.5: [0, 0], 4: [4000, 9]})).views.at_least == 3000


def test_a_video_that_is_not_in_the_snapshot_is_unknown() -> None:
    statement = one(DEAL, EXACT, ids='"a", "gone"', creators=ANN.replace('["a"]', '["a", "gone"]'))
    assert [(made.video_id, made.views.reason) for made in statement.videos] == [("a", None), ("gone", "not_found")]
    assert (statement.at_least, statement.at_most) == (Decimal("6.00"), None)


def test_a_bound_that_decides_makes_the_amount_exact() -> None:
    statement = one(DEAL + "cap = 2000\n", video("a", {1: [10], 3: [2000]}))
    assert statement.videos[0].views.at_most is None
    assert not statement.is_exact
    gap = one(DEAL + "cap = 2000\n", video("a", {1: [2500], 9: [9000]}))
    assert (gap.at_least, gap.is_exact) == (Decimal("4.00"), True)
    budget = one(DEAL + "budget = 3\n", video("a", {1: [10], 3: [2000]}))
    assert (budget.at_least, budget.is_exact) == (Decimal("3.00"), True)


def test_a_creator_without_videos_gets_the_fixed_fee_and_a_note() -> None:
    statement = one(DEAL + "fixed_fee = 99.5\n", EXACT, creators='[[creators]]\nname = "Ann"\n')
    assert (statement.at_least, statement.is_exact) == (Decimal("99.50"), True)
    assert statement.notes == ("Ann has no video in the campaign: there are no views to pay.",)


def test_a_video_in_two_deals_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"a is in deals\[1\] and deals\[2\]: it would be paid twice\."):
        settled(DEAL + DEAL, EXACT)


def test_a_video_of_another_creator_is_refused() -> None:
    both = ANN + '[[creators]]\nname = "Ben"\n'
    with pytest.raises(ConfigError, match=r"deals\[1\] is for Ben, and its video a belongs to Ann\."):
        settled(DEAL.replace("Ann", "Ben") + 'videos = ["a"]\n', EXACT, creators=both)


def test_a_file_without_deals_and_a_day_that_is_none_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"has no \[\[deals\]\]"):
        settled("", EXACT)
    with pytest.raises(ConfigError, match="as_of is 'June'; allowed is a date such as 2025-07-10"):
        settled(DEAL, EXACT, as_of="June")


def test_a_budget_that_does_not_suffice_is_cut_pro_rata() -> None:
    both = '[[creators]]\nname = "Ann"\nvideos = ["a"]\n[[creators]]\nname = "Ben"\nvideos = ["b"]\n'
    deal = DEAL.replace('"Ann"', '["Ben", "Ann"]') + "budget = 10\n"
    other = video("b", {3: [1000], 4: [2000]})
    found = settled(deal, EXACT, other, ids='"a", "b"', creators=both)
    assert [(each.creator, each.at_least) for each in found.statements] == [("Ben", 3), ("Ann", 6)]
    tight = settled(deal.replace("10", "8"), EXACT, other, ids='"a", "b"', creators=both)
    shares = {each.creator: [(line.kind, str(line.amount)) for line in each.lines] for each in tight.statements}
    assert shares["Ann"] == [("tier", "6.00"), ("cut to the budget", "-0.67")]
    assert shares["Ben"] == [("tier", "3.00"), ("cut to the budget", "-0.33")]
    assert tight.totals == {"EUR": (Decimal(8), Decimal(8))}
    hidden = video("b", {3: [1000, 5], 3.5: [0, 5]})
    unsure = settled(deal, EXACT, hidden, ids='"a", "b"', creators=both)
    assert [(each.creator, each.at_least, each.at_most) for each in unsure.statements] == [
        ("Ben", 0, 10),
        ("Ann", 0, 6),
    ]
    assert unsure.totals == {"EUR": (Decimal(0), Decimal(10))}
    assert "The budget is shared with Ben, whose views are not all known" in unsure.statements[1].notes[0]


def test_currencies_are_summed_apart_in_their_own_units() -> None:
    deals = DEAL + 'videos = ["a"]\n' + DEAL.replace("EUR", "JPY") + 'videos = ["b"]\n'
    found = settled(deals, EXACT, video("b", {3: [1234], 4: [1234]}), ids='"a", "b"')
    assert {currency: str(low) for currency, (low, _) in found.totals.items()} == {"EUR": "6.00", "JPY": "2"}


def test_a_purge_is_named() -> None:
    (purge,) = view(DEAL, video("a", {1: [5000], 3: [3000], 4: [4000]})).purges
    assert (purge.before, purge.after, purge.at) == (5000, 3000, datetime(2025, 6, 4, tzinfo=UTC))


def test_a_burst_is_named_in_careful_words() -> None:
    views, likes, readings = 100_000, 5_000, {}
    for hour in range(14 * 24):
        is_burst = 240 <= hour < 252
        views, likes = views + (5000 if is_burst else 500), likes + 25
        readings[hour / 24] = [views, likes, likes // 10]
    found = settled(DEAL.replace("2025-06-04T12:00:00", "2025-06-12"), video("a", readings), as_of="2025-06-13")
    assert found.statements[0].videos[0].is_flagged
    (page,) = (page for name, page in render_pages(found, "").items() if name != OVERVIEW)
    (flag,) = re.findall(r'<tr class="flag"><td></td><td colspan="5">(.*)</td></tr>', page)
    assert flag.startswith("Burst: many views with few engagements from 11\N{NBSP}Jun\N{NBSP}2025")
    assert flag.endswith("before the cut-off. Consistent with paid or invalid traffic; the amount is not changed.")


def test_a_video_that_is_tracked_twice_is_paid_once() -> None:
    same = {"platform": "TikTok", "external_video_id": tiktok(1)}
    twice = (video("a", {3: [2000], 4: [4000]}, **same), video("b", {3: [2000], 4: [4000]}, **same))
    statement = one(DEAL, *twice, ids='"a", "b"', creators=ANN.replace('["a"]', '["a", "b"]'))
    assert (len(statement.videos), statement.at_least) == (1, Decimal("6.00"))
    assert statement.notes == ("a and b are one video, tracked 2 times: it is paid once.",)


def test_a_video_listed_for_two_creators_is_paid_to_the_first() -> None:
    both = ANN + '[[creators]]\nname = "Ben"\nvideos = ["a"]\n'
    found = settled(DEAL + DEAL.replace("Ann", "Ben"), EXACT, creators=both)
    assert [statement.at_least for statement in found.statements] == [Decimal("6.00"), Decimal("0.00")]
    for statement in found.statements:
        assert "a is listed for Ann and Ben: it is paid to Ann alone." in statement.notes


def test_a_video_that_the_deal_names_and_the_campaign_does_not_is_paid_with_a_note() -> None:
    readings = {1: [1000], 3: [2000], 4: [4000], 6: [5000]}
    other = video("b", readings, created_at="2025-03-01 00:00:00+00:00")
    both = ANN.replace('["a"]', '["a", "b"]')
    named = DEAL + 'videos = ["a", "b"]\n'
    note = "b is not among the campaign's videos, or in videos.exclude: paid all the same, because the deal names it."
    for ids in ('"a"', '"a", "b"]\nexclude = ["b"'):
        statement = one(named, EXACT, other, ids=ids, creators=both)
        assert (len(statement.videos), statement.at_least) == (2, Decimal("12.00"))
        (crossed,) = (text for text in statement.notes if text != note)
        assert note in statement.notes
        assert crossed.startswith("YouTube changed what a view is on 2025-03-31")
    statement = one(DEAL, EXACT, other, ids='"a", "b"]\nexclude = ["b"', creators=both)
    assert ([found.video_id for found in statement.videos], statement.notes) == (["a"], ())
