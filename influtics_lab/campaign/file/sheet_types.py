"""What the sheets of a campaign hold: links, promised posts with their fees, and outcomes; each row with its line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby


@dataclass(frozen=True)
class Link:
    """One address in a sheet.

    Attributes
    ----------
    row : int
        The line of the file at which its row begins.
    text : str
    video : str or None
        The canonical id of the video that it names.
    reason : str or None
        Why it names no video.
    """

    row: int
    text: str
    video: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class LinkSheet:
    """The CSV of links.

    Attributes
    ----------
    rows : int
        How many rows below the header are not empty.
    links : tuple of Link
    without_link : tuple of int
        The lines of rows without any link.
    above_header : tuple of int
        The lines above the header that are not empty.
    other_columns : tuple of str
        A sentence for each other column that holds links.
    """

    rows: int
    links: tuple[Link, ...]
    without_link: tuple[int, ...] = ()
    above_header: tuple[int, ...] = ()
    other_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnusedRow:
    """A row of a sheet that is not used, and why."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class SheetAccount:
    """How a sheet was read: every row is used, or listed with a reason.

    Attributes
    ----------
    rows : int
        How many rows below the header are not empty.
    used : int
    unused : tuple of UnusedRow
    above_header : tuple of int
        The lines above the header that are not empty.
    columns : tuple of (str, str)
        What was read from which columns: a key, and the column as the sheet names it.
    guesses : tuple of str
        A sentence for each column, and each value, whose meaning was guessed.
    unread_columns : tuple of str
        The columns that are not read.
    """

    rows: int
    used: int
    unused: tuple[UnusedRow, ...] = ()
    above_header: tuple[int, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    guesses: tuple[str, ...] = ()
    unread_columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LinkedRow:
    """A row of a sheet of links and creators.

    Attributes
    ----------
    line : int
        Of the sheet, from 1.
    creator : str or None
    links : tuple of Link
    currency : str or None
        Of its amount.
    """

    line: int
    creator: str | None = None
    links: tuple[Link, ...] = ()
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class PromisedPost(LinkedRow):
    """A row of the client's sheet: what a creator promised to post, and for what; without links, not posted yet.

    Attributes
    ----------
    fee : Decimal or None
    due : date or None
        When it must be posted.
    payment_due, paid : date or None
        When the fee must be paid, and when it was, where the sheet has the date.
    is_paid : bool
    deliverable, tier, platform, notes : str or None
        As in the sheet.
    terms : tuple of (str, object)
        Keys of ``[[deals]]`` and their values, of those that the row gives: ``cpm``, ``tiers``, ``minimum``,
        ``minimum_rule``, ``cap``, ``budget``, ``cutoff_date``, ``cutoff_age``.
    """

    fee: Decimal | None = None
    due: dt.date | None = None
    payment_due: dt.date | None = None
    paid: dt.date | None = None
    is_paid: bool = False
    deliverable: str | None = None
    tier: str | None = None
    platform: str | None = None
    notes: str | None = None
    terms: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanSheet:
    """The client's sheet: one promised post for each row, and how the sheet was read."""

    posts: tuple[PromisedPost, ...]
    account: SheetAccount


@dataclass(frozen=True, kw_only=True)
class Outcome(LinkedRow):
    """A row of the sheet of outcomes, given by the client: for the video of its link, else for the creator.

    Attributes
    ----------
    date : date or None
    code : str or None
        The name of the discount code.
    clicks, codes, orders : int or None
        `codes` are redeemed discount codes.
    revenue : Decimal or None
    """

    date: dt.date | None = None
    code: str | None = None
    clicks: int | None = None
    codes: int | None = None
    orders: int | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeSheet:
    """The client's outcomes: clicks, codes, orders and revenue, and how the sheet was read."""

    outcomes: tuple[Outcome, ...]
    account: SheetAccount


def format_lines(lines: Iterable[int]) -> str:
    """Return the numbers of lines as text, with ranges.

    Examples
    --------
    >>> format_lines([4, 9, 5, 6]), format_lines([4])
    ('lines 4-6, 9', 'line 4')
    """
    ranges = []
    for _, group in groupby(enumerate(sorted(set(lines))), key=lambda pair: pair[1] - pair[0]):
        run = [line for _, line in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    text = ", ".join(ranges)
    return f"line {text}" if text.isdecimal() else f"lines {text}"
