"""Money for views, in decimals: minimum, cap, marginal tiers, fixed fee, budget. No float, no input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal
from typing import Final

from influtics_lab.campaign.file.currencies import minor_digits
from influtics_lab.campaign.file.deals import ROUNDINGS, Deal
from influtics_lab.campaign.settlement.cutoff_views import CutoffViews

FIXED_FEE: Final = "fixed fee"
TIER: Final = "tier"
UNPAID: Final = "above the last tier"
BUDGET: Final = "cut to the budget"
_EXACT: Final = Context(prec=120)  # nothing is rounded but the lines


@dataclass(frozen=True)
class AmountLine:
    """One line of a statement.

    Attributes
    ----------
    kind : str
        Fixed fee, tier, views above the last tier, or what the budget cuts.
    amount : Decimal
        Rounded to the currency's smallest unit.
    views : int or None
        How many views the line pays.
    cpm : Decimal or None
        What a thousand of them are paid.
    first_view, last_view : int or None
        Where the tier begins and ends; None for a tier without an end.
    """

    kind: str
    amount: Decimal
    views: int | None = None
    cpm: Decimal | None = None
    first_view: int | None = None
    last_view: int | None = None


def pay_views(views: int, deal: Deal) -> int:
    """Return the views of one video that are paid: first the minimum, then the cap.

    Examples
    --------
    >>> terms = {"creator": ("Ann",), "currency": "EUR", "cpm": Decimal(2), "minimum": 1000, "cap": 5000}
    >>> [pay_views(views, Deal(**terms)) for views in (999, 1000, 9000)]
    [0, 1000, 5000]
    >>> [pay_views(views, Deal(**terms, minimum_rule="deduct")) for views in (999, 1000, 9000)]
    [0, 0, 5000]
    """
    least = deal.minimum or 0
    if deal.minimum_rule == "deduct":
        views = max(0, views - least)
    elif views < least:
        views = 0
    return views if deal.cap is None else min(views, deal.cap)


def pay_video(counted: int, views: CutoffViews, deal: Deal) -> tuple[int, int | None]:
    """Return the views of one video that are paid at least and at most, of those that are counted at its cut-off."""
    most = counted if views.is_exact else views.at_most
    return pay_views(counted, deal), None if most is None else pay_views(most, deal)


def list_amounts(payable: Iterable[int], deal: Deal) -> list[AmountLine]:
    """Return the lines of a deal before its budget: the fixed fee, and each tier of the sum of views.

    Parameters
    ----------
    payable : iterable of int
        The paid views of each video, as `pay_views` returns them.
    deal : Deal

    Examples
    --------
    >>> from influtics_lab.campaign.file.deals import Tier
    >>> tiers = (Tier(cpm=Decimal("2.5"), up_to=10_000), Tier(cpm=Decimal(1)))
    >>> deal = Deal(creator=("Ann",), currency="EUR", fixed_fee=Decimal(100), tiers=tiers)
    >>> [(line.kind, line.views, str(line.amount)) for line in list_amounts([9_000, 3_345], deal)]
    [('fixed fee', None, '100.00'), ('tier', 10000, '25.00'), ('tier', 2345, '2.35')]
    """
    total, start = sum(payable), 0
    lines = [] if deal.fixed_fee is None else [AmountLine(FIXED_FEE, _round(deal.fixed_fee, deal))]
    for tier in deal.price_tiers:
        views = max(0, (total if tier.up_to is None else min(total, tier.up_to)) - start)
        amount = _round(_EXACT.multiply(Decimal(views), tier.cpm).scaleb(-3, _EXACT), deal)
        lines.append(AmountLine(TIER, amount, views, tier.cpm, start + 1, tier.up_to))
        start = total if tier.up_to is None else tier.up_to
    if deal.price_tiers and total > start:
        lines.append(AmountLine(UNPAID, _round(Decimal(0), deal), total - start, Decimal(0), start + 1))
    return lines


def _round(amount: Decimal, deal: Deal) -> Decimal:
    return amount.quantize(_smallest_unit(deal), rounding=ROUNDINGS[deal.rounding], context=_EXACT)


def round_down(amount: Decimal, deal: Deal) -> Decimal:
    """Return an amount in whole smallest units of the deal's currency."""
    return amount.quantize(_smallest_unit(deal), rounding=ROUND_DOWN, context=_EXACT)


def _smallest_unit(deal: Deal) -> Decimal:
    return Decimal(1).scaleb(-minor_digits(deal.currency))


def sum_amounts(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of amounts."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def subtract_amounts(amount: Decimal, former: Decimal) -> Decimal:
    """Return the exact difference of two amounts."""
    return _EXACT.subtract(amount, former)


def sum_lines(lines: Sequence[AmountLine], deal: Deal) -> Decimal:
    """Return the sum of a statement's lines; 0 in the currency's digits where there are none."""
    return sum_amounts([_round(Decimal(0), deal), *(line.amount for line in lines)])


def cut_to_budget(amounts: Mapping[str, Decimal], deal: Deal) -> dict[str, Decimal]:
    """Return the amounts of the creators of a deal within its budget: pro rata where they are above it.

    Each amount is rounded down to the smallest unit; the units that remain go to the largest fractions, of equal ones
    to the first names.

    Examples
    --------
    >>> deal = Deal(creator=("Ann", "Ben", "Cy"), currency="EUR", cpm=Decimal(1), budget=Decimal(100))
    >>> shares = cut_to_budget({name: Decimal("40.00") for name in deal.creator}, deal)
    >>> {name: str(share) for name, share in shares.items()}
    {'Ann': '33.34', 'Ben': '33.33', 'Cy': '33.33'}
    """
    total, digits = sum_amounts(amounts.values()), minor_digits(deal.currency)
    if deal.budget is None or total <= deal.budget:
        return dict(amounts)
    budget, whole = int(deal.budget.scaleb(digits, _EXACT)), int(total.scaleb(digits, _EXACT))
    shares = {name: divmod(int(amount.scaleb(digits, _EXACT)) * budget, whole) for name, amount in amounts.items()}
    rest = budget - sum(units for units, _ in shares.values())
    raised = sorted(shares, key=lambda name: (-shares[name][1], name))[:rest]
    return {name: Decimal(units + (name in raised)).scaleb(-digits, _EXACT) for name, (units, _) in shares.items()}


def bound_payments(
    lows: Mapping[str, Decimal], highs: Mapping[str, Decimal | None], deal: Deal
) -> dict[str, tuple[Decimal, Decimal | None]]:
    """Return what each creator of a deal gets at least and at most within its budget.

    A creator's least share is that with the largest amounts of the others, rounded down, and the other way round: which
    creator gets a unit that remains is certain only where all amounts are. Where the amount of another creator has no
    upper bound, nothing of a shared budget is certain.

    Parameters
    ----------
    lows, highs : mapping of str to Decimal
        Each creator's amount before the budget, at least and at most; None without an upper bound.
    deal : Deal
    """
    if deal.budget is None:
        return {name: (lows[name], highs[name]) for name in lows}
    if lows == highs:
        return {name: (share, share) for name, share in cut_to_budget(lows, deal).items()}
    whole = round_down(deal.budget, deal)
    payments: dict[str, tuple[Decimal, Decimal | None]] = {}
    for name, low in lows.items():
        high, others = highs[name], [amount for other, amount in highs.items() if other != name]
        bounded = [amount for amount in others if amount is not None]
        is_open = len(bounded) < len(others)
        least = _round(Decimal(0), deal) if is_open else _share_budget(low, bounded, deal, ROUND_DOWN)
        smallest = (amount for other, amount in lows.items() if other != name)
        payments[name] = least, whole if high is None else _share_budget(high, smallest, deal, ROUND_UP)
    return payments


def _share_budget(amount: Decimal, others: Iterable[Decimal], deal: Deal, rounding: str) -> Decimal:
    """Return what one creator gets within the budget, beside amounts of others, rounded to the smallest unit."""
    total = sum_amounts([amount, *others])
    if deal.budget is None or total <= deal.budget:
        return amount
    digits = minor_digits(deal.currency)
    units, whole, budget = (int(each.scaleb(digits, _EXACT)) for each in (amount, total, deal.budget))
    share, fraction = divmod(units * budget, whole)
    return Decimal(share + (rounding == ROUND_UP and fraction > 0)).scaleb(-digits, _EXACT)
