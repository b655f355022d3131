"""Deals are read as exact money, and terms that contradict each other are refused with their line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from campaign.cases import campaign

from influtics_lab.campaign.file.deals import Tier
from influtics_lab.campaign.settlement.amounts import pay_views
from influtics_lab.errors import ConfigError

HEAD = '[videos]\nids = ["a"]\n[[creators]]\nname = "Ann"\n[[creators]]\nname = "Ben"\n[[deals]]\n'
SOUND = {"creator": '"Ann"', "currency": '"EUR"', "cpm": "2", "cutoff_age": '"7d"'}


def deal(*without: str, **keys: str) -> str:
    every = {**{name: value for name, value in SOUND.items() if name not in without}, **keys}
    return HEAD + "".join(f"{name} = {value}\n" for name, value in every.items())


def test_money_is_as_written() -> None:
    found = campaign(deal(fixed_fee="0.1", cpm="1.115", budget="123456789012.34")).deals[0]
    assert (found.fixed_fee, found.cpm, found.budget) == (Decimal("0.1"), Decimal("1.115"), Decimal("123456789012.34"))
    assert found.creator == ("Ann",)
    assert found.price_tiers == (Tier(cpm=Decimal("1.115")),)


def test_several_creators_share_terms() -> None:
    found = campaign(deal("cpm", creator='["Ann", "Ben"]', tiers="[{cpm = 2, up_to = 1000}, {cpm = 1}]")).deals[0]
    assert found.creator == ("Ann", "Ben")
    assert found.price_tiers == (Tier(cpm=Decimal(2), up_to=1000), Tier(cpm=Decimal(1)))


def test_a_cap_may_be_below_a_minimum_that_is_subtracted() -> None:
    found = campaign(deal(minimum="1000", cap="999", minimum_rule='"deduct"')).deals[0]
    assert [pay_views(views, found) for views in (1_000, 1_500, 5_000)] == [0, 500, 999]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (deal("currency"), "deals[1].currency is missing; allowed is a code of three capitals"),
        (deal(currency='"EUO"'), 'deals[1].currency is "EUO"; allowed is a code of ISO 4217. Do you mean EUR?'),
        (deal(creator='"Zoe"'), 'deals[1].creator is "Zoe"; allowed are Ann, Ben.'),
        (deal("cpm"), "deals[1] pays nothing; allowed are cpm, tiers, fixed_fee."),
        (deal(tiers="[{cpm = 1}]"), "deals[1] has cpm and tiers; allowed is one of them."),
        (deal("cutoff_age"), "deals[1] has no cut-off; allowed are cutoff_date and cutoff_age, one of them."),
        (deal(cutoff_date="2025-06-04"), "deals[1] has cutoff_date and cutoff_age; allowed is one of them."),
        (
            deal(creator='["Ann", "Ben"]', videos='["a"]'),
            "deals[1] has videos and several creators; allowed are videos of one.",
        ),
        (deal(minimum="1000", cap="999"), "deals[1].cap is 999; allowed is at least the minimum, 1000."),
        (
            deal("cpm", tiers="[{cpm = 2, up_to = 1000}, {cpm = 1, up_to = 1000}]"),
            "deals[1].tiers[2] ends at 1000 views; allowed is above 1000, where the tier before ends.",
        ),
        (
            deal("cpm", tiers="[{cpm = 2, up_to = 1000}, {cpm = 1, up_to = 500}]"),
            "deals[1].tiers[2] ends at 500 views; allowed is above 1000, where the tier before ends.",
        ),
        (
            deal("cpm", tiers="[{cpm = 2}, {cpm = 1, up_to = 500}]"),
            "deals[1].tiers[1] has no up_to; allowed is that only in the last tier.",
        ),
        (deal(cpm="-1"), "deals[1].cpm is -1; allowed is a number, 0 or more"),
        (deal(rounding='"up"'), 'deals[1].rounding is "up"; allowed is one of half up, half even, down.'),
    ],
)
def test_terms_that_cannot_be_settled_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        campaign(text)
    assert message in str(error.value)
    assert "line " in str(error.value)


def test_a_deal_without_views_needs_no_cutoff() -> None:
    assert campaign(deal("cpm", "cutoff_age", fixed_fee="500")).deals[0].price_tiers == ()
