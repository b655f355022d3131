"""What was spent on a group of videos, and what its views and engagements cost and are worth.

Money is never divided. A spend belongs to a group if it names the group, or is for videos of the group only. What was
spent on a platform or on the campaign as a whole is not allocated to creators or videos. Spend counts from its date.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from influtics_lab.campaign.figures.campaign_data import CampaignData, Window
from influtics_lab.campaign.figures.figure_types import (
    Figure,
    GainedFigure,
    LaterSpend,
    MoneyFigures,
    PriceFigure,
    SpendFigure,
    TotalFigure,
    VideoCounts,
)
from influtics_lab.campaign.figures.formatting import last_day
from influtics_lab.campaign.figures.video_counts import CountsByVideo, sum_figures
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, VideoGroup
from influtics_lab.campaign.file.model import Campaign, Spend
from influtics_lab.schema import COUNTS


@dataclass
class _Spends:
    """Spends by how they belong to a group: as its own, as shared with others, or as not to be divided."""

    own: list[Spend] = field(default_factory=list)
    shared: list[Spend] = field(default_factory=list)
    divided: list[Spend] = field(default_factory=list)


def reported_currency(campaign: Campaign) -> str | None:
    """Return the currency of all figures: the one that the file names, else the only one that it uses."""
    if campaign.currency is not None:
        return campaign.currency.report
    used = used_currencies(campaign)
    return used.pop() if len(used) == 1 else None


def used_currencies(campaign: Campaign) -> set[str]:
    """Return the currencies of spends and of the rates of EMV."""
    used = {spend.currency for spend in campaign.spend if spend.currency is not None}
    return used | ({campaign.emv.currency} if campaign.emv is not None else set())


def emv_rates(campaign: Campaign) -> dict[str, float]:
    """Return the worth of one view, like, comment or repost, of those that the campaign file gives."""
    rates = {count: getattr(campaign.emv, count, None) for count in COUNTS}
    return {count: rate for count, rate in rates.items() if rate is not None}


def exchange_rate(campaign: Campaign, currency: str | None) -> Figure:
    """Return what one unit of a currency is worth in the currency of all figures."""
    if currency is None:
        return Figure(None, "no_currency")
    rates = dict(campaign.currency.rates) if campaign.currency is not None else {}
    rate = 1.0 if currency == reported_currency(campaign) else rates.get(currency)
    return Figure(rate, None if rate is not None else "no_exchange_rate")


def add_amounts(campaign: Campaign, amounts: Sequence[tuple[str | None, float]]) -> Figure:
    """Return the sum of amounts, each with its currency, in the currency of all figures."""
    rates = [exchange_rate(campaign, currency) for currency, _ in amounts]
    if reason := next((rate.reason for rate in rates if rate.reason), None):
        return Figure(None, reason)
    return Figure(math.fsum(amount * (rate.value or 0.0) for (_, amount), rate in zip(amounts, rates, strict=True)))


def last_spend_day(campaign: Campaign, window: Window) -> dt.date:
    """Return the last day, in the campaign's zone, whose spend belongs to figures of a window."""
    return last_day(window.until.isoformat(), campaign.period.time_zone, running=window.running)


def compute_money(data: CampaignData, group: VideoGroup, counts: CountsByVideo, window: Window) -> MoneyFigures:
    """Return spend, CPM, CPV, CPE and EMV of a group.

    ::

        cpm = 1000 spend / views      cpv = spend / views
        cpe = spend / engagements     emv = sum of rate x count

    Each is null where a count is not known of every video; a price is then ``at_most`` what it is over the views
    (engagements) that are known. ``not_allocated`` is spend on the whole campaign or a platform, which is in the cost
    of no creator or video. ``later`` has the spend dated after the window's last day, and the CPM with it.

    Parameters
    ----------
    data : CampaignData
    group : VideoGroup
    counts : mapping of str to VideoCounts
        In the window.
    window : Window
    """
    campaign = data.campaign
    by_now, later = _select_spends(data, group, window)
    spend = _add_spends(campaign, by_now.own, "spent_later" if later.own else "no_spend")
    if by_now.divided:
        spend = SpendFigure(None, "not_divided")
    videos = [counts[video] for video in group.videos]
    views = sum_figures((video.views.counted for video in videos), group.missing)
    engagements = sum_figures((video.engagements.counted for video in videos), group.missing)
    return MoneyFigures(
        currency=reported_currency(campaign),
        counted=data.counted,
        spend=spend,
        cpm=_compute_price(spend, views, 1000.0),
        cpv=_compute_price(spend, views, 1.0),
        cpe=_compute_price(spend, engagements, 1.0),
        emv=sum_figures((_compute_worth(campaign, video) for video in videos), group.missing),
        not_allocated=_add_spends(campaign, by_now.shared),
        later=_add_later(campaign, by_now, later, views),
    )


def _select_spends(data: CampaignData, group: VideoGroup, window: Window) -> tuple[_Spends, _Spends]:
    """Return the spends of a group up to the window's last day, and those after it."""
    day, members = last_spend_day(data.campaign, window), set(group.videos)
    by_now, later = _Spends(), _Spends()
    for spend, videos in zip(data.campaign.spend, data.chosen.spends, strict=True):
        side = by_now if spend.date <= day else later
        inside, is_own = members.intersection(videos), group.is_named_by(spend)
        is_shared = spend.is_for_all or spend.platform is not None
        if is_shared and (inside or spend.is_for_all) and (group.kind == CAMPAIGN or not is_own):
            side.shared.append(spend)
        if is_own or (inside and inside == set(videos) and not is_shared):
            side.own.append(spend)
        elif inside and not is_shared:
            side.divided.append(spend)
    return by_now, later


def _add_spends(campaign: Campaign, spends: Sequence[Spend], reason: str = "no_spend") -> SpendFigure:
    """Return a sum of spends in the currency of the figures; without any, null for a reason."""
    if not spends:
        return SpendFigure(None, reason, entries=0)
    total = add_amounts(campaign, [(spend.currency, spend.amount) for spend in spends])
    return SpendFigure(total.value, total.reason, entries=None if total.reason else len(spends))


def _add_later(campaign: Campaign, by_now: _Spends, afterwards: _Spends, views: TotalFigure) -> LaterSpend:
    """Return what is dated after the window, and the CPM with it; both null where nothing is."""
    later = _add_spends(campaign, afterwards.own)
    whole = _add_spends(campaign, [*by_now.own, *afterwards.own])
    if by_now.divided or afterwards.divided:
        whole = SpendFigure(None, "not_divided")
    if afterwards.divided:
        later = whole
    return LaterSpend(later, _compute_price(whole if afterwards.own else later, views, 1000.0))


def _compute_price(spend: SpendFigure, units: TotalFigure, per: float) -> PriceFigure:
    """Return a price; where units of some videos are not known, the known ones bound it from above."""
    amount, at_most = spend.value, None
    if amount is not None and units.known is not None and units.known > 0 and units.is_bound:
        at_most = amount * per / units.known
    value, reason = None, spend.reason or units.reason
    if amount is not None and units.value is not None:
        value, reason = (amount * per / units.value, None) if units.value > 0 else (None, "no_views")
    return PriceFigure(value, reason, at_most=at_most, n=units.n, of=units.of)


def _compute_worth(campaign: Campaign, counts: VideoCounts) -> GainedFigure:
    """Return what one video's counts are worth, a lower bound where counts are bounded from below."""
    if campaign.emv is None:
        return GainedFigure(None, "no_worth")
    exchange, rates = exchange_rate(campaign, campaign.emv.currency), emv_rates(campaign)
    figures: Mapping[str, Figure] = {count: counts.pick(count).counted for count in rates}
    reason = exchange.reason or next((figure.reason for figure in figures.values() if figure.value is None), None)
    shown = {count: figure.shown for count, figure in figures.items() if figure.shown is not None}
    if exchange.value is None or len(shown) < len(figures):
        return GainedFigure(None, reason)
    worth = math.fsum(rates[count] * value for count, value in shown.items()) * exchange.value
    return GainedFigure(None, reason, at_least=worth) if reason else GainedFigure(worth)
