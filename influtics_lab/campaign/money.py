"""What was spent on a group of videos, and what its views and engagements cost and are worth.

Money is never divided: a spend belongs to a group if it names the group, or is for videos of the group only. What was
spent on the campaign as a whole belongs to the campaign alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from influtics_lab.campaign.counts import Figure, Standing, total
from influtics_lab.campaign.material import Material
from influtics_lab.campaign.model import Campaign
from influtics_lab.campaign.reasons import known, unknown
from influtics_lab.campaign.scopes import Scope
from influtics_lab.schema import COUNTS


def reported_currency(campaign: Campaign) -> str | None:
    """Give the currency in which money is told: the one that the file names, else the only one that it uses."""
    if campaign.currency is not None:
        return campaign.currency.report
    used = {spend.currency for spend in campaign.spend if spend.currency is not None}
    used |= {campaign.emv.currency} if campaign.emv is not None else set()
    return used.pop() if len(used) == 1 else None


def exchange_rate(campaign: Campaign, currency: str | None) -> Figure:
    """Give what one unit of a currency is worth in the one in which money is told."""
    if currency is None:
        return unknown("no_currency")
    if currency == reported_currency(campaign):
        return known(1.0)
    rates = dict(campaign.currency.rates) if campaign.currency is not None else {}
    return known(rates[currency]) if currency in rates else unknown("no_exchange_rate")


def spent(material: Material, scope: Scope) -> Figure:
    """Give what was spent on a group, in the currency in which money is told.

    Returns
    -------
    dict
        ``value``, ``reason``, and ``entries``, of how many spends.
    """
    campaign, amounts = material.campaign, []
    for spend, videos in zip(campaign.spend, material.chosen.spends, strict=True):
        inside = set(videos) & set(scope.videos)
        if not scope.is_named_by(spend) and (spend.is_for_all or not inside):
            continue
        if not scope.is_named_by(spend) and inside != set(videos):
            return unknown("not_divided", entries=None)
        rate = exchange_rate(campaign, spend.currency)
        if rate["value"] is None:
            return unknown(rate["reason"], entries=None)
        amounts.append(spend.amount * rate["value"])
    if not amounts:
        return unknown("no_spend", entries=0)
    return known(math.fsum(amounts), entries=len(amounts))


def money(material: Material, scope: Scope, standing: Mapping[str, Mapping[str, Standing]], counted: str) -> Figure:
    """Give spend, CPM, CPV, CPE and EMV of a group.

    ::

        cpm = 1000 spend / views      cpv = spend / views
        cpe = spend / engagements     emv = sum of rate x count

    Parameters
    ----------
    material : Material
    scope : Scope
    standing : mapping
        As `counts.standings` gives it.
    counted : {"last_read", "gained"}
        Which counts.

    Returns
    -------
    dict
        ``currency``, ``counted``, and a figure for each. Each is null where a count is not known of every video; a
        price is then ``at_most`` what it is over the views (engagements) that are known.
    """
    spend = spent(material, scope)
    views, engagements = (
        total(standing[video][count][counted] for video in scope.videos) for count in ("views", "engagements")
    )
    return {
        "currency": reported_currency(material.campaign),
        "counted": counted,
        "spend": spend,
        "cpm": _price(spend, views, 1000.0),
        "cpv": _price(spend, views, 1.0),
        "cpe": _price(spend, engagements, 1.0),
        "emv": total(_worth(material.campaign, standing[video], counted) for video in scope.videos),
    }


def _price(spend: Figure, units: Figure, per: float) -> Figure:
    """Give a price; where units of some videos are not known, those that are tell what it is at most."""
    there = spend["value"] is not None and units["known"] is not None and units["known"] > 0
    facts = {"at_most": spend["value"] * per / units["known"] if there else None, "n": units["n"], "of": units["of"]}
    for figure in (spend, units):
        if figure["value"] is None:
            return unknown(figure["reason"], **facts)
    if units["value"] <= 0:
        return unknown("no_views", **facts)
    return known(spend["value"] * per / units["value"], **facts)


def _worth(campaign: Campaign, counts: Mapping[str, Standing], counted: str) -> Figure:
    """Give what one video's counts are worth; null where a count that has a rate is not known."""
    if campaign.emv is None:
        return unknown("no_worth")
    exchange = exchange_rate(campaign, campaign.emv.currency)
    if exchange["value"] is None:
        return unknown(exchange["reason"])
    rates = {count: getattr(campaign.emv, count) for count in COUNTS if getattr(campaign.emv, count) is not None}
    return _valued(rates, {count: counts[count][counted] for count in rates}, exchange["value"])


def _valued(rates: Mapping[str, float], figures: Mapping[str, Any], exchange: float) -> Figure:
    for figure in figures.values():
        if figure["value"] is None:
            return unknown(figure["reason"])
    return known(math.fsum(rates[count] * figures[count]["value"] for count in rates) * exchange)
