"""Implausible values of a campaign file are problems with a suggestion."""

from __future__ import annotations

import pytest
from campaign.cases import campaign, codes, figures, video, words

from influtics_lab.campaign import check_campaign
from influtics_lab.campaign.file.currencies import CODES, MAJOR, suggest_currency

ONE = '[videos]\nids = ["a"]\n'
TARGET = '[[targets]]\nmeasure = "{}"\nvalue = {}\ndate = 2025-06-04\n'


@pytest.mark.parametrize(("value", "meant"), [(0.05, "5 %"), (0.004, "0.4 %"), (350, "3.5 %"), (100.5, "1.005 %")])
def test_implausible_rate_is_a_problem_with_the_probable_value(value: float, meant: str) -> None:
    (found,) = check_campaign(campaign(ONE + TARGET.format("engagement_rate", value)))
    assert (found.code, found.level) == ("implausible_target", "problem")
    assert f" {meant} is written {meant[:-2]}." in found.text


@pytest.mark.parametrize("value", [0.3, 0.5, 5, 35, 100])
def test_plausible_rate_is_no_problem(value: float) -> None:
    assert not check_campaign(campaign(ONE + TARGET.format("engagement_rate", value)))


def test_views_and_prices_may_be_small_or_large() -> None:
    assert not check_campaign(campaign(ONE + TARGET.format("cpm", 0.05) + TARGET.format("views", 35000000)))


@pytest.mark.parametrize(
    "rest",
    [
        '[currency]\nreport = "EUO"\n',
        '[currency]\nreport = "EUR"\nrates = {EUO = 1.0}\n',
        '[emv]\ncurrency = "EUO"\nviews = 0.01\n',
        '[[spend]]\namount = 5\ndate = 2025-06-02\ncurrency = "EUO"\n',
        '[budget]\namount = 5\ncurrency = "EUO"\n',
    ],
)
def test_unknown_currency_is_a_problem_in_every_key(rest: str) -> None:
    found = [finding.text for finding in check_campaign(campaign(ONE + rest)) if finding.code == "unknown_currency"]
    assert len(found) == 1
    assert "'EUO', which is no currency of ISO 4217. EUR was probably meant." in found[0]


def test_budget_without_an_exchange_rate_is_a_problem() -> None:
    rest = ONE + '[currency]\nreport = "EUR"\n[budget]\namount = 5\ncurrency = "USD"\n'
    (found,) = check_campaign(campaign(rest))
    assert found.text == "currency.rates has no rate from USD to EUR: the figures that need it are null."


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("GPB", "GBP"), ("UDS", "USD"), ("EUS", "EUR"), ("YEN", "JPY"), ("RMB", "CNY"), ("BTC", None), ("XXX", None)],
)
def test_close_currency_is_suggested(wrong: str, meant: str | None) -> None:
    assert suggest_currency(wrong) == meant


def test_major_currencies_exist() -> None:
    assert set(MAJOR) <= CODES


def test_key_figures_have_the_same_problems() -> None:
    rest = ONE + TARGET.format("engagement_rate", 0.05) + '[currency]\nreport = "EUO"\n'
    found = figures(rest, video("a", {1: [1000, 50, 5]}))
    assert {"implausible_target", "unknown_currency"} <= set(codes(found, "problem"))
    assert "5 % is written 5" in words(found, "implausible_target")
