"""What followed from a campaign, beside its key figures: creators, deliverables, budget and outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.creator_results import CreatorResults, compute_creator_results
from influtics_lab.campaign.figures.delivery_figures import (
    BudgetFigures,
    Deliverable,
    compute_budget,
    list_deliverables,
)
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.figures.outcome_figures import CampaignOutcomes, compute_outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResults(CreatorResults):
    """Creators against their usual, promised posts, the budget, and the client's outcomes where there are any."""

    deliverables: tuple[Deliverable, ...]
    budget: BudgetFigures
    outcomes: CampaignOutcomes | None


def compute_results(data: CampaignData, figures: KeyFigures) -> CampaignResults:
    """Compute what followed from a campaign."""
    creators = compute_creator_results(data, figures)
    return CampaignResults(
        creators=creators.creators,
        multiples=creators.multiples,
        uplift_pct=creators.uplift_pct,
        cost_per_post=creators.cost_per_post,
        deliverables=list_deliverables(data),
        budget=compute_budget(data),
        outcomes=compute_outcomes(data, figures),
    )
