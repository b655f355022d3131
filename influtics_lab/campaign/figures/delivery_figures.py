"""What was promised against what was posted, and the budget against what is committed, paid and due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from influtics_lab.campaign.figures.campaign_costs import add_amounts, last_spend_day
from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.figure_types import Figure
from influtics_lab.campaign.figures.records import Record
from influtics_lab.campaign.file.budget import sum_budget
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.sheet_types import PromisedPost
from influtics_lab.time_zones import find_local_time

ON_TIME: Final = "on time"
LATE: Final = "late"
POSTED: Final = "posted"
NOT_FOUND: Final = "not found"
OVERDUE: Final = "overdue"
OPEN: Final = "open"
STATES: Final = (ON_TIME, LATE, POSTED, NOT_FOUND, OVERDUE, OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable(Record):
    """A promised post of the client's sheet.

    Attributes
    ----------
    line : int
        Of the sheet.
    creator, deliverable, due : str or None
    state : str
        ``on time`` or ``late``; ``posted`` where the due date or the publication date is missing; ``not found`` where
        its link is in no data; without a link ``overdue`` or ``open``.
    days_late : int or None
    videos : tuple of str
    """

    line: int
    creator: str | None
    deliverable: str | None
    due: str | None
    state: str
    days_late: int | None
    videos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFigures(Record):
    """The budget, the sums of `sum_budget` as of the last day, and what is left, in the currency of the figures."""

    budget: Figure
    committed: Figure
    due: Figure
    paid: Figure
    left: Figure


def list_deliverables(data: CampaignData) -> tuple[Deliverable, ...]:
    """Return the promised posts, in the order of the sheet."""
    zone = data.campaign.period.time_zone
    published = {
        row["video_id"]: find_local_time(row["published_at"], zone).date()
        for row in data.listed.select("video_id", "published_at").iter_rows(named=True)
        if row["published_at"] is not None
    }
    today = last_spend_day(data.campaign, data.window)
    deliverables = []
    for post, videos in zip(data.campaign.posts, data.chosen.posts, strict=True):
        days = [published[video] for video in videos if video in published]
        state, late = _judge_post(post, videos, max(days, default=None), today)
        deliverables.append(
            Deliverable(
                line=post.line,
                creator=post.creator,
                deliverable=post.deliverable,
                due=None if post.due is None else post.due.isoformat(),
                state=state,
                days_late=late,
                videos=videos,
            )
        )
    return tuple(deliverables)


def _judge_post(
    post: PromisedPost, videos: Sequence[str], day: dt.date | None, today: dt.date
) -> tuple[str, int | None]:
    """Return the state of a promised post, and by how many days it is late."""
    if videos:
        if post.due is None or day is None:
            return POSTED, None
        late = (day - post.due).days
        return (LATE, late) if late > 0 else (ON_TIME, None)
    if post.links:
        return NOT_FOUND, None
    if post.due is not None and post.due < today:
        return OVERDUE, (today - post.due).days
    return OPEN, None


def compute_budget(data: CampaignData) -> BudgetFigures:
    """Return the budget and what of it is committed, due and paid, in the currency of the figures."""
    campaign = data.campaign
    sums = sum_budget(campaign, last_spend_day(campaign, data.window))
    budget = Figure(None, "no_budget")
    if campaign.budget is not None:
        budget = _add(campaign, [(campaign.budget.currency, campaign.budget.amount)])
    committed, due, paid = (
        _add(campaign, [(entry.currency, getattr(entry, name)) for entry in sums])
        for name in ("committed", "due", "paid")
    )
    left = Figure(None, budget.reason or committed.reason)
    if budget.value is not None and committed.value is not None:
        left = Figure(budget.value - committed.value)
    return BudgetFigures(budget=budget, committed=committed, due=due, paid=paid, left=left)


def _add(campaign: Campaign, amounts: Iterable[tuple[str | None, Decimal]]) -> Figure:
    return add_amounts(campaign, [(currency, float(amount)) for currency, amount in amounts if amount])
