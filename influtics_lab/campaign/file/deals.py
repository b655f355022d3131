"""Deals of a campaign file, ``[[deals]]``: what creators are paid for views, and which terms contradict each other."""
# ruff: noqa: RUF009  # declare_key is dataclasses.field() with our metadata

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from influtics_lab.campaign.file.currencies import CODES, suggest_currency
from influtics_lab.campaign.file.field_types import (
    CURRENCY,
    DATE_OR_INSTANT,
    DURATION,
    MONEY,
    TEXT_OR_TEXTS,
    TEXTS,
    DateOrInstant,
    choice_type,
    declare_key,
    number_type,
)
from influtics_lab.campaign.file.sheet_types import format_lines
from influtics_lab.campaign.file.toml_lines import Path as KeyPath

ROUNDINGS: Final = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_MOST_VIEWS: Final = 10**15
_VIEWS: Final = number_type("a whole number, 1 or more, up to 1e15", is_whole=True, minimum=1, maximum=_MOST_VIEWS)


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A range of a deal's views, and what a thousand of them are paid."""

    cpm: Decimal = declare_key(MONEY, "paid for a thousand views of this tier")
    up_to: int | None = declare_key(
        _VIEWS,
        "the last view of this tier, counted over all videos of the deal; the last tier may omit it",
        default=None,
    )


@dataclass(frozen=True, kw_only=True)
class Deal:
    """What a creator is paid: a fixed fee, and money for the views that the videos have at the cut-off."""

    creator: tuple[str, ...] = declare_key(
        TEXT_OR_TEXTS, "the creator; or several, each with these terms, who share the budget"
    )
    currency: str = declare_key(CURRENCY, "the currency of all amounts of the deal")
    videos: tuple[str, ...] = declare_key(
        TEXTS, "ids or links of the videos; without them all of the creator's videos in the campaign", default=()
    )
    fixed_fee: Decimal | None = declare_key(MONEY, "paid whatever the views are", default=None)
    cpm: Decimal | None = declare_key(MONEY, "paid for a thousand views", default=None)
    tiers: tuple[Tier, ...] = declare_key(
        Tier, "in place of cpm: prices that depend on the views of all videos of the deal", is_list=True, default=()
    )
    minimum: int | None = declare_key(_VIEWS, "the least views of a video", default=None)
    minimum_rule: str = declare_key(
        choice_type("qualify", "deduct"),
        "whether a video with fewer views than the minimum pays nothing (qualify), or the minimum is subtracted from "
        "the views of each video (deduct)",
        default="qualify",
    )
    cap: int | None = declare_key(_VIEWS, "the most views of a video that are paid", default=None)
    budget: Decimal | None = declare_key(MONEY, "the most that the deal pays, the fixed fee included", default=None)
    cutoff_date: DateOrInstant | None = declare_key(
        DATE_OR_INSTANT, "views count up to this date, the whole day included, or instant", default=None
    )
    cutoff_age: str | None = declare_key(
        DURATION, "views of each video count up to this age since publication", default=None
    )
    rounding: str = declare_key(
        choice_type(*ROUNDINGS), "how each line is rounded to the currency's smallest unit", default="half up"
    )

    lines: tuple[int, ...] = field(default=(), metadata={"is_derived": True})

    def name_entry(self, number: int) -> str:
        """Return how messages name it: by its lines in the sheet, else by its number in the campaign file."""
        return f"sheet, {format_lines(self.lines)}" if self.lines else f"deals[{number}]"

    @property
    def price_tiers(self) -> tuple[Tier, ...]:
        """Return the tiers, of which a ``cpm`` is one without an end."""
        return self.tiers if self.cpm is None else (Tier(cpm=self.cpm),)


def find_deal_contradictions(deals: Sequence[Deal], creators: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
    """Yield each contradiction between the keys of a deal: the path of a key, and the rest of its sentence."""
    names = ", ".join(creators) or "none, as there are no [[creators]]"
    for place, deal in enumerate(deals):
        path: KeyPath = ("deals", place)
        for name in deal.creator:
            if name not in creators:
                yield (*path, "creator"), f'is "{name}"; allowed are {names}.'
        if deal.currency not in CODES:
            hint = suggest_currency(deal.currency)
            meant = f" Do you mean {hint}?" if hint else ""
            yield (*path, "currency"), f'is "{deal.currency}"; allowed is a code of ISO 4217.{meant}'
        yield from ((path, text) for is_wrong, text in _check_keys(deal) if is_wrong)
        least = deal.minimum if deal.minimum_rule == "qualify" else None  # a cap applies to what is left
        if deal.cap is not None and least is not None and deal.cap < least:
            yield (*path, "cap"), f"is {deal.cap}; allowed is at least the minimum, {least}."
        for number, text in _check_tiers(deal.tiers):
            yield (*path, "tiers", number), text


def _check_keys(deal: Deal) -> Iterator[tuple[bool, str]]:
    has_views, cutoffs = bool(deal.price_tiers), [deal.cutoff_date, deal.cutoff_age]
    yield deal.cpm is not None and bool(deal.tiers), "has cpm and tiers; allowed is one of them."
    yield not has_views and deal.fixed_fee is None, "pays nothing; allowed are cpm, tiers, fixed_fee."
    yield len(deal.creator) > 1 and bool(deal.videos), "has videos and several creators; allowed are videos of one."
    yield None not in cutoffs, "has cutoff_date and cutoff_age; allowed is one of them."
    yield has_views and cutoffs == [None, None], "has no cut-off; allowed are cutoff_date and cutoff_age, one of them."


def _check_tiers(tiers: Sequence[Tier]) -> Iterator[tuple[int, str]]:
    for number, (tier, following) in enumerate(pairwise(tiers)):
        if tier.up_to is None:
            yield number, "has no up_to; allowed is that only in the last tier."
        elif following.up_to is not None and following.up_to <= tier.up_to:
            yield (
                number + 1,
                f"ends at {following.up_to} views; allowed is above {tier.up_to}, where the tier before ends.",
            )
