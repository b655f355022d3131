"""What a campaign is committed to pay, what of it is due, and what is paid, as of a day: in each currency, exactly."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from influtics_lab.campaign.file.model import Campaign, Spend


@dataclass(frozen=True)
class BudgetSums:
    """Sums in one currency; None for amounts without a currency.

    Attributes
    ----------
    committed : Decimal
        All fees of the sheet and all ``[[spend]]``.
    due : Decimal
        Of these, what must be paid by the day, or is paid.
    paid : Decimal
        Of these, what is paid by the day.
    entries : int
        The number of amounts.
    """

    currency: str | None
    committed: Decimal
    due: Decimal
    paid: Decimal
    entries: int


def sum_budget(campaign: Campaign, day: dt.date) -> tuple[BudgetSums, ...]:
    """Return what is committed, due and paid as of a day, for each currency in alphabetical order.

    An amount of ``[[spend]]`` is due and paid from its date. A fee of the sheet is due from its payment date, else from
    the date of its post; it is paid where the sheet has the date of the payment, or a yes.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> text = '''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-30}
    ... videos = {platform = "TikTok"}
    ... spend = [
    ...     {amount = 100.25, currency = "EUR", date = 2025-06-01}, {amount = 5, currency = "EUR", date = 2025-07-01},
    ... ]
    ... '''
    >>> (sums,) = sum_budget(parse_campaign(text), dt.date(2025, 6, 30))
    >>> str(sums.committed), str(sums.due), str(sums.paid)
    ('105.25', '100.25', '100.25')
    """
    currencies = sorted({spend.currency for spend in campaign.spend}, key=str)
    return tuple(_sum_currency(campaign, currency, day) for currency in currencies)


def _sum_currency(campaign: Campaign, currency: str | None, day: dt.date) -> BudgetSums:
    own = [spend for spend in campaign.spend if spend.currency == currency]
    paid = [spend for spend in own if _is_paid(spend, day)]
    due = [spend for spend in own if _is_paid(spend, day) or _is_due(spend, day)]
    return BudgetSums(currency, _sum_amounts(own), _sum_amounts(due), _sum_amounts(paid), len(own))


def _sum_amounts(spends: list[Spend]) -> Decimal:
    amounts = (Decimal(repr(spend.amount)) if spend.post is None else spend.post.fee for spend in spends)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _is_paid(spend: Spend, day: dt.date) -> bool:
    post = spend.post
    if post is None:
        return spend.date <= day
    return post.is_paid and (post.paid is None or post.paid <= day)


def _is_due(spend: Spend, day: dt.date) -> bool:
    date = spend.date if spend.post is None else spend.post.payment_due or spend.post.due
    return date is not None and date <= day
