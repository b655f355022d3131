"""What the client counted: clicks, codes, orders and revenue, and what an order cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from influtics_lab.campaign.figures.campaign_costs import add_amounts
from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.figure_types import Figure, SpendFigure
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.figures.records import Record
from influtics_lab.campaign.file.sheet_campaign import fold_name
from influtics_lab.campaign.file.sheet_types import Outcome

_COUNTS: Final = ("clicks", "codes", "orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFigures(Record):
    """Outcomes of the campaign (name is null) or of a creator, given by the client.

    Attributes
    ----------
    name : str or None
    rows : int
        Rows of the sheet.
    clicks, codes, orders, revenue : Figure
        Sums of the rows that have them; revenue in the currency of the figures.
    cpa, roas : Figure
        Spend over orders, and revenue over spend.
    """

    name: str | None
    rows: int
    clicks: Figure
    codes: Figure
    orders: Figure
    revenue: Figure
    cpa: Figure
    roas: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOutcomes(Record):
    """The outcomes of the campaign and of each creator; rows that match no video or creator of it are in none."""

    total: OutcomeFigures
    by_creator: tuple[OutcomeFigures, ...]
    unmatched: tuple[int, ...]


def compute_outcomes(data: CampaignData, figures: KeyFigures) -> CampaignOutcomes | None:
    """Return the outcomes of the campaign; None where it has no sheet of them."""
    if data.campaign.outcomes is None:
        return None
    pairs = list(zip(data.campaign.outcome_rows, data.chosen.outcomes, strict=True))
    matched = [(outcome, videos) for outcome, videos in pairs if videos]
    by_creator = []
    for group in figures.by_creator:
        if group.name is not None:
            own = [outcome for outcome, videos in matched if _is_of_creator(data, outcome, videos, group.name)]
            by_creator.append(_add_outcomes(data, group.name, own, group.money.spend))
    total = _add_outcomes(data, None, [outcome for outcome, _ in matched], figures.totals.money.spend)
    unmatched = tuple(outcome.line for outcome, videos in pairs if not videos)
    return CampaignOutcomes(total=total, by_creator=tuple(by_creator), unmatched=unmatched)


def _is_of_creator(data: CampaignData, outcome: Outcome, videos: Sequence[str], name: str) -> bool:
    if not outcome.links and outcome.creator is not None:
        return fold_name(outcome.creator) == fold_name(name)
    return {data.chosen.creator_of.get(video) for video in videos} == {name}


def _add_outcomes(data: CampaignData, name: str | None, rows: Sequence[Outcome], spend: SpendFigure) -> OutcomeFigures:
    sums = {count: _add_counts([getattr(row, count) for row in rows]) for count in _COUNTS}
    revenue, orders = _add_revenue(data, rows), sums["orders"]
    return OutcomeFigures(
        name=name,
        rows=len(rows),
        **sums,
        revenue=revenue,
        cpa=_divide(spend, orders),
        roas=_divide(revenue, spend),
    )


def _add_counts(values: Sequence[int | None]) -> Figure:
    given = [value for value in values if value is not None]
    return Figure(sum(given)) if given else Figure(None, "no_outcomes")


def _add_revenue(data: CampaignData, rows: Sequence[Outcome]) -> Figure:
    given = [(row.currency, float(row.revenue)) for row in rows if row.revenue is not None]
    return add_amounts(data.campaign, given) if given else Figure(None, "no_outcomes")


def _divide(numerator: Figure, denominator: Figure) -> Figure:
    if numerator.value is None or denominator.value is None:
        return Figure(None, numerator.reason or denominator.reason)
    return Figure(numerator.value / denominator.value) if denominator.value > 0 else Figure(None, "no_outcomes")
