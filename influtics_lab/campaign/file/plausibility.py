"""Values of a campaign file that are valid, but that the author probably did not mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from influtics_lab.campaign.file.currencies import CODES, suggest_currency
from influtics_lab.campaign.file.model import Campaign

LOWEST_RATE_PCT: Final = 0.3
"""A lower target is probably a fraction: 0.05 for 5 %."""
HIGHEST_RATE_PCT: Final = 100.0
"""A higher target is probably in hundredths of a percent: 350 for 3.5 %."""


def find_implausible_targets(campaign: Campaign) -> Iterator[str]:
    """Yield a sentence for each target of an engagement rate that no campaign reaches, with the probable value.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> text = '''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-30}
    ... videos = {platform = "TikTok"}
    ... targets = [{measure = "engagement_rate", value = 0.05, date = 2025-06-30}]
    ... '''
    >>> print(*find_implausible_targets(parse_campaign(text)))
    targets[1].value is 0.05: an engagement rate is in percent, so this is 0.05 %. 5 % is written 5.
    """
    for place, target in enumerate(campaign.targets, start=1):
        if target.measure == "engagement_rate" and not LOWEST_RATE_PCT <= target.value <= HIGHEST_RATE_PCT:
            meant = target.value * 100.0 if target.value < LOWEST_RATE_PCT else target.value / 100.0
            yield (
                f"targets[{place}].value is {target.value:g}: an engagement rate is in percent, so this is "
                f"{target.value:g} %. {meant:g} % is written {meant:g}."
            )


def find_unknown_currencies(campaign: Campaign) -> Iterator[str]:
    """Yield a sentence for each currency that is not in ISO 4217, with the probable one.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> text = '''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-30}
    ... videos = {platform = "TikTok"}
    ... currency = {report = "EUO"}
    ... '''
    >>> print(*find_unknown_currencies(parse_campaign(text)))
    currency.report is 'EUO', which is no currency of ISO 4217. EUR was probably meant.
    """
    for key, code in _used_currencies(campaign):
        if code not in CODES:
            suggested = suggest_currency(code)
            meant = f" {suggested} was probably meant." if suggested else ""
            yield f"{key} is {code!r}, which is no currency of ISO 4217.{meant}"


def _used_currencies(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Yield each key of the file that names a currency, and the currency."""
    if campaign.currency is not None:
        yield "currency.report", campaign.currency.report
        yield from (("currency.rates", code) for code, _ in campaign.currency.rates)
    for place, spend in enumerate(campaign.spend, start=1):
        if spend.currency is not None:
            yield f"{spend.name_entry(place)}.currency", spend.currency
    if campaign.emv is not None:
        yield "emv.currency", campaign.emv.currency
    if campaign.budget is not None:
        yield "budget.currency", campaign.budget.currency
    if campaign.outcomes is not None and campaign.outcomes.currency is not None:
        yield "outcomes.currency", campaign.outcomes.currency
