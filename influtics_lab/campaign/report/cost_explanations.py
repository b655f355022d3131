"""What was spent in each currency, where amounts cannot be added, and which exchange rates are missing."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict

from influtics_lab.campaign.figures.formatting import format_money, last_day
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.text_format import join_words


def list_spent_amounts(figures: KeyFigures) -> str:
    """Return what was spent by the last day of the figures in each currency; empty where an amount has no currency."""
    campaign = figures.campaign
    last = last_day(campaign.until, campaign.time_zone, running=campaign.running)
    amounts: defaultdict[str | None, list[float]] = defaultdict(list)
    for spend in figures.spend:
        if dt.date.fromisoformat(spend.date) <= last:
            amounts[spend.currency].append(spend.amount)
    if None in amounts:
        return ""
    return join_words([format_money(math.fsum(values), currency) for currency, values in sorted(amounts.items())])


def list_missing_rates(figures: KeyFigures) -> str:
    """Return the currencies that lack an exchange rate."""
    missing = {str(spend.currency) for spend in figures.spend if spend.reported.reason == "no_exchange_rate"}
    return join_words(sorted(missing))
