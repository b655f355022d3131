"""What a report says where a cost cannot be computed: what was spent in each currency, and why there is no price."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict

from influtics_lab.campaign.figures.formatting import (
    describe_reason,
    format_money,
    format_reasons,
    last_day,
)
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.language import translate, translate_plural
from influtics_lab.text_format import join_words, plural


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


def explain_missing_cpm(figures: KeyFigures) -> str:
    """Return why there is not even a bound of the CPM, as a clause."""
    cpm, views = figures.totals.money.cpm, figures.totals.counts.views.counted
    if cpm.reason != "part_missing":
        return describe_reason(cpm.reason)
    if views.is_bound:
        return translate("no video has views (%(reasons)s)", reasons=format_reasons(views.reasons))
    fell = views.reasons["fell"]
    return translate_plural(
        "the count of %(videos)s fell and is incomplete, so the true views may be lower or higher, without a limit",
        "the counts of %(videos)s fell and are incomplete, so the true views may be lower or higher, without a limit",
        fell,
        videos=plural(fell, "video"),
    )
