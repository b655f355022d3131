"""What was spent on a group of videos, and what its views and engagements cost and are worth.

Money is never divided. A spend belongs to a group if it names the group, or is for videos of the group only. What was
spent on a platform or on the campaign as a whole is not allocated to creators or videos. Spend counts from its date.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from influtics_lab.campaign.figures.campaign_data import Material, Window
from influtics_lab.campaign.figures.count_figures import Figure
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.figures.video_counts import COUNTED, Standing, total
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, Scope
from influtics_lab.campaign.file.model import Campaign, Spend
from influtics_lab.schema import COUNTS

_OWN: Final = "own"
_SHARED: Final = "shared"
_DIVIDED: Final = "divided"
_Spends: TypeAlias = dict[str, list[Spend]]


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


def last_day_of(campaign: Campaign, window: Window) -> dt.date:
    """Return the last day, in the campaign's zone, whose spend belongs to figures of a window."""
    ends_before = dt.timedelta(0) if window.running else dt.timedelta(microseconds=1)
    return (window.until - ends_before).astimezone(ZoneInfo(campaign.period.time_zone)).date()


def money(material: Material, scope: Scope, standing: Mapping[str, Mapping[str, Standing]], window: Window) -> Figure:
    """Return spend, CPM, CPV, CPE and EMV of a group.

    ::

        cpm = 1000 spend / views      cpv = spend / views
        cpe = spend / engagements     emv = sum of rate x count

    Parameters
    ----------
    material : Material
    scope : Scope
    standing : mapping
        As `counts.standings` returns it.
    window : Window
        Spend dated after its last day is not in a price, but in ``later``.

    Returns
    -------
    dict
        ``currency``, ``counted``, and a figure for each. Each is null where a count is not known of every video; a
        price is then ``at_most`` what it is over the views (engagements) that are known. ``not_allocated`` is spend on
        the whole campaign or a platform, which is in the cost of no creator or video. ``later`` has the ``spend``
        dated after the window, and the ``cpm`` with it.
    """
    by_now, afterwards = _spends_of(material, scope, window)
    spend = _summed(material.campaign, by_now[_OWN], "spent_later" if afterwards[_OWN] else "no_spend")
    if by_now[_DIVIDED]:
        spend = unknown("not_divided", entries=None)
    views, engagements = (
        total((standing[video][count][COUNTED] for video in scope.videos), scope.missing)
        for count in ("views", "engagements")
    )
    return {
        "currency": reported_currency(material.campaign),
        "counted": material.counted,
        "spend": spend,
        "cpm": _price(spend, views, 1000.0),
        "cpv": _price(spend, views, 1.0),
        "cpe": _price(spend, engagements, 1.0),
        "emv": total((_worth(material.campaign, standing[video]) for video in scope.videos), scope.missing),
        "not_allocated": _summed(material.campaign, by_now[_SHARED]),
        "later": _with_later(material.campaign, by_now, afterwards, views),
    }


def _spends_of(material: Material, scope: Scope, window: Window) -> tuple[_Spends, _Spends]:
    """Return the spends up to the window's last day and those after it, each by how they belong to a group."""
    day = last_day_of(material.campaign, window)
    by_now: _Spends = {_OWN: [], _SHARED: [], _DIVIDED: []}
    afterwards: _Spends = {_OWN: [], _SHARED: [], _DIVIDED: []}
    for spend, videos in zip(material.campaign.spend, material.chosen.spends, strict=True):
        side = by_now if spend.date <= day else afterwards
        for kind in _kinds(scope, spend, frozenset(videos)):
            side[kind].append(spend)
    return by_now, afterwards


def _kinds(scope: Scope, spend: Spend, videos: frozenset[str]) -> Iterator[str]:
    """Yield how a spend belongs to a group: as its own, as shared with others, or as not to be divided."""
    inside, own = videos & set(scope.videos), scope.is_named_by(spend)
    is_shared = spend.is_for_all or spend.platform is not None
    if is_shared and (inside or spend.is_for_all) and (scope.kind == CAMPAIGN or not own):
        yield _SHARED
    if own or (inside and inside == videos and not is_shared):
        yield _OWN
    elif inside and not is_shared:
        yield _DIVIDED


def _summed(campaign: Campaign, spends: Sequence[Spend], nothing: str = "no_spend") -> Figure:
    """Return a sum of spends in the currency of the figures: ``value``, ``reason``, and ``entries``, how many."""
    rates = [exchange_rate(campaign, spend.currency) for spend in spends]
    for rate in rates:
        if rate["value"] is None:
            return unknown(rate["reason"], entries=None)
    if not spends:
        return unknown(nothing, entries=0)
    amounts = (spend.amount * rate["value"] for spend, rate in zip(spends, rates, strict=True))
    return known(math.fsum(amounts), entries=len(spends))


def _with_later(campaign: Campaign, by_now: _Spends, afterwards: _Spends, views: Figure) -> Figure:
    """Return what is booked after the window, and the CPM with it; both null where nothing is."""
    later = _summed(campaign, afterwards[_OWN])
    whole = _summed(campaign, [*by_now[_OWN], *afterwards[_OWN]])
    if by_now[_DIVIDED] or afterwards[_DIVIDED]:
        whole = unknown("not_divided", entries=None)
    if afterwards[_DIVIDED]:
        later = whole
    return {"spend": later, "cpm": _price(whole if afterwards[_OWN] else later, views, 1000.0)}


def _price(spend: Figure, units: Figure, per: float) -> Figure:
    """Return a price; where units of some videos are not known, the known ones bound it from above."""
    bounds = units["known"] is not None and units["known"] > 0 and units["is_bound"]
    there = spend["value"] is not None and bounds
    facts = {"at_most": spend["value"] * per / units["known"] if there else None, "n": units["n"], "of": units["of"]}
    for figure in (spend, units):
        if figure["value"] is None:
            return unknown(figure["reason"], **facts)
    if units["value"] <= 0:
        return unknown("no_views", **facts)
    return known(spend["value"] * per / units["value"], **facts)


def _worth(campaign: Campaign, counts: Mapping[str, Standing]) -> Figure:
    """Give what one video's counts are worth; null where a count that has a rate is not known."""
    if campaign.emv is None:
        return unknown("no_worth", at_least=None)
    exchange = exchange_rate(campaign, campaign.emv.currency)
    if exchange["value"] is None:
        return unknown(exchange["reason"])
    rates = {count: getattr(campaign.emv, count) for count in COUNTS if getattr(campaign.emv, count) is not None}
    return _valued(rates, {count: counts[count][COUNTED] for count in rates}, exchange["value"])


def _valued(rates: Mapping[str, float], figures: Mapping[str, Any], exchange: float) -> Figure:
    """Return a worth; a lower bound where counts are bounded from below."""
    bounds = [figure["value"] if figure["value"] is not None else figure["at_least"] for figure in figures.values()]
    worth = None if None in bounds else math.fsum(rates[name] * n for name, n in zip(figures, bounds, strict=True))
    for figure in figures.values():
        if figure["value"] is None:
            return unknown(figure["reason"], at_least=None if worth is None else worth * exchange)
    return known(worth * exchange if worth is not None else 0.0, at_least=None)
