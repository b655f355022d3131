"""The typed results of a settlement: statements with their videos and lines; as plain dicts and frames."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.records import Record, to_plain
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.settlement.amounts import AmountLine, round_down, sum_amounts
from influtics_lab.campaign.settlement.cutoff_views import CutoffViews
from influtics_lab.campaign.settlement.settlement_tables import build_tables

FORMAT: Final = 1
KIND: Final = "influtics-lab settlement"
StatementKey = tuple[str, int]
"""A creator, and the number of a statement among those of the creator: deals of others may come and go."""


@dataclass(frozen=True)
class ViewFall:
    """A fall of a video's views: the platform took views back."""

    at: dt.datetime
    before: int
    after: int
    is_purge: bool


@dataclass(frozen=True)
class Burst:
    """A time in which views came fast and with few engagements."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class SettledVideo:
    """A video of a statement.

    Attributes
    ----------
    video_id : str
        The id or link in the campaign file where the snapshot does not have the video.
    cutoff : datetime or None
        None where it is an age, and the publication is not known.
    views : CutoffViews
    counted : int
        The views that are settled: at the cut-off, and no more than the counter still showed after the first freeze.
    payable, payable_at_most : int or None
        After minimum and cap.
    purges, bursts : tuple
        Flagged up to the day of the settlement.
    taken_back : tuple of ViewFall
        Falls after the first freeze, and after the readings around the cut-off, that are purges, or that brought the
        counter below the views at the cut-off.
    hidden_since : datetime or None
        The views are hidden from then on.
    link : str or None
        The address of the video's page.
    """

    video_id: str
    title: str | None
    platform: str | None
    cutoff: dt.datetime | None
    views: CutoffViews
    counted: int
    payable: int
    payable_at_most: int | None
    purges: tuple[ViewFall, ...] = ()
    bursts: tuple[Burst, ...] = ()
    taken_back: tuple[ViewFall, ...] = ()
    hidden_since: dt.datetime | None = None
    link: str | None = None

    @property
    def is_flagged(self) -> bool:
        """Return whether the video has a purge or a burst."""
        return bool(self.purges or self.bursts)


@dataclass(frozen=True)
class Statement:
    """What one creator is owed by one deal.

    Attributes
    ----------
    name : str
        The creator and the number of the deal.
    deal_number : int
        From 1, as in the campaign file.
    lines : tuple of AmountLine
        Their sum is `at_least`.
    at_least, at_most : Decimal or None
        Equal where the amount is exact; no `at_most` where some views have no upper bound.
    notes : tuple of str
    sources : tuple of str
        Where the terms are in the client's sheet.
    """

    name: str
    creator: str
    deal_number: int
    deal: Deal
    videos: tuple[SettledVideo, ...]
    lines: tuple[AmountLine, ...]
    at_least: Decimal
    at_most: Decimal | None
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Return whether the amount is one number."""
        return self.at_least == self.at_most


@dataclass(frozen=True)
class Adjustment:
    """What changed since a former settlement.

    Attributes
    ----------
    statement, creator, currency : str
    video_id : str or None
        None for the terms of a deal, and for its budget.
    kind : str
    evidence : str
        In words: what was found, and when.
    views_then, views_now : int or None
        The settled views of the video.
    amount : Decimal
        Signed: what is certain.
    up_to : Decimal or None
        Signed: the amount if all the views in question were among those paid for.
    link : str or None
        The address of the video's page.
    """

    statement: str
    creator: str
    currency: str
    video_id: str | None
    kind: str
    evidence: str
    views_then: int | None
    views_now: int | None
    amount: Decimal
    up_to: Decimal | None = None
    link: str | None = None


@dataclass(frozen=True)
class Settlement(Record):
    """What the creators of a campaign are owed as of a day.

    Attributes
    ----------
    campaign, client, time_zone : str
    as_of : date
        Readings up to the end of this day are used.
    first_as_of : date
        The day of the first settlement in a chain: falls after it are adjustments.
    snapshot : dict
        ``snapshot_id``, ``content_digest``, ``taken_at`` and ``last_reading``.
    max_gap_hours : float
    statements : tuple of Statement
    adjustments : tuple of Adjustment
        What changed since the former settlement.
    former : dict or None
        The day and the snapshot of the former settlement.
    """

    campaign: str
    client: str | None
    time_zone: str
    as_of: dt.date
    first_as_of: dt.date
    snapshot: Mapping[str, str | None]
    max_gap_hours: float
    statements: tuple[Statement, ...]
    adjustments: tuple[Adjustment, ...] = ()
    former: Mapping[str, str | None] | None = None

    @cached_property
    def statement_by_key(self) -> dict[StatementKey, Statement]:
        """Return the statements by creator and number."""
        return dict(zip(list_keys(statement.creator for statement in self.statements), self.statements, strict=True))

    @cached_property
    def totals(self) -> dict[str, tuple[Decimal, Decimal | None]]:
        """Return for each currency the sum of the statements, at least and at most; a shared budget counts once."""
        by_currency: dict[str, list[Statement]] = {}
        for statement in self.statements:
            by_currency.setdefault(statement.deal.currency, []).append(statement)
        return {currency: _sum_statements(group) for currency, group in sorted(by_currency.items())}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON has it: amounts are texts, instants ISO 8601 in UTC."""
        totals = [{"name": currency, "at_least": low, "at_most": high} for currency, (low, high) in self.totals.items()]
        return {"kind": KIND, "format": FORMAT, **super().to_dict(), "totals": to_plain(totals)}

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return frames: ``statements``, ``lines``, ``videos``, and ``adjustments`` since a former settlement.

        Amounts are decimals with the digits of the currencies. The ``amount`` of the lines of a statement adds up to
        what is owed at least; ``status`` is ``exact`` or ``at least``.
        """
        return build_tables(self)


def _sum_statements(statements: Sequence[Statement]) -> tuple[Decimal, Decimal | None]:
    by_deal: dict[int, list[Statement]] = {}
    for statement in statements:
        by_deal.setdefault(statement.deal_number, []).append(statement)
    highs = [_sum_at_most(group) for group in by_deal.values()]
    known = [high for high in highs if high is not None]
    most = sum_amounts(known) if len(known) == len(highs) else None
    return sum_amounts(statement.at_least for statement in statements), most


def _sum_at_most(statements: Sequence[Statement]) -> Decimal | None:
    """Return what all creators of a deal get at most: no more than its budget."""
    highs = [statement.at_most for statement in statements if statement.at_most is not None]
    if len(highs) < len(statements):
        return None
    total, deal = sum_amounts(highs), statements[0].deal
    return total if deal.budget is None else min(total, round_down(deal.budget, deal))


def list_keys(creators: Iterable[str]) -> list[StatementKey]:
    """Return the keys of statements of these creators."""
    counts = Counter[str]()
    keys = []
    for creator in creators:
        counts[creator] += 1
        keys.append((creator, counts[creator]))
    return keys
