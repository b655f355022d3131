"""A settlement as HTML pages in plain words: an overview, and one page for each creator, who can check it by hand."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from influtics_lab.campaign.figures.formatting import NBSP, format_day
from influtics_lab.campaign.file.field_types import DateOrInstant, parse_hours
from influtics_lab.campaign.file.local_dates import resolve_end
from influtics_lab.campaign.report.html_tables import shorten_text
from influtics_lab.campaign.report.template_rendering import render_from
from influtics_lab.campaign.settlement.cutoff_views import REASONS
from influtics_lab.campaign.settlement.statements import Settlement
from influtics_lab.markup import Html
from influtics_lab.time_zones import find_local_time

FOLDER: Final = Path(__file__).parent / "templates"
OVERVIEW: Final = "settlement.html"
_LONGEST_NAME: Final = 40


def render_pages(settlement: Settlement, digest: str) -> dict[str, Html]:
    """Return the pages by the names of their files.

    Parameters
    ----------
    settlement : Settlement
    digest : str
        The SHA-256 of ``settlement.json``, which each page shows.
    """
    creators = list(dict.fromkeys(statement.creator for statement in settlement.statements))
    files = {creator: _name_file(number, creator) for number, creator in enumerate(creators, start=1)}
    words = {
        "settlement": settlement,
        "digest": digest,
        "files": files,
        "format_at": partial(format_at, zone=settlement.time_zone),
        "format_cutoff": partial(format_cutoff, zone=settlement.time_zone),
        "parse_hours": parse_hours,
        "reasons": REASONS,
        "describe_amount": describe_amount,
        "format_amount": format_amount,
        "measure_share": measure_share,
        "shorten_text": shorten_text,
    }
    pages = {OVERVIEW: render_from(FOLDER, "overview", **words)}
    for creator, file in files.items():
        own = [statement for statement in settlement.statements if statement.creator == creator]
        pages[file] = render_from(FOLDER, "statement", creator=creator, statements=own, **words)
    return pages


def _name_file(number: int, creator: str) -> str:
    """Return the file of a creator's statement.

    Examples
    --------
    >>> _name_file(1, "Jürgen Müßig")
    'statements/01-jurgen-mussig.html'
    """
    plain = unicodedata.normalize("NFKD", creator.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-")
    return f"statements/{number:02d}{'-' if words else ''}{words}.html"


def format_at(instant: dt.datetime, zone: str) -> str:
    """Write an instant in the campaign's time zone, to the second or as exact as it is.

    Examples
    --------
    >>> format_at(dt.datetime(2025, 6, 3, 12, tzinfo=dt.UTC), "Europe/Berlin").replace(NBSP, " ")
    '3 Jun 2025, 14:00:00'
    """
    local = find_local_time(instant, zone)
    fraction = f".{local.microsecond:06}".rstrip("0") if local.microsecond else ""
    return f"{format_day(local)}, {local:%H:%M:%S}{fraction}"


def format_cutoff(cutoff: DateOrInstant, zone: str) -> str:
    """Write up to when views count: the end of a day, or an instant."""
    if isinstance(cutoff, dt.datetime):
        return format_at(resolve_end(cutoff, zone), zone)
    return f"the end of {format_day(cutoff)}"


def format_amount(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency.

    Examples
    --------
    >>> format_amount(Decimal("-1234.50"), "EUR").replace(NBSP, " ")
    'EUR -1,234.50'
    """
    return f"{currency}{NBSP}{amount:,f}"


def describe_amount(at_least: Decimal, at_most: Decimal | None, currency: str) -> str:
    """Write an amount, or its bounds.

    Examples
    --------
    >>> describe_amount(Decimal(5), Decimal(5), "JPY").replace(NBSP, " ")
    'JPY 5'
    >>> describe_amount(Decimal(5), None, "JPY").replace(NBSP, " ")
    'at least JPY 5'
    >>> describe_amount(Decimal(5), Decimal(7), "JPY").replace(NBSP, " ")
    'at least JPY 5, at most JPY 7'
    """
    low = format_amount(at_least, currency)
    if at_least == at_most:
        return low
    return f"at least {low}" if at_most is None else f"at least {low}, at most {format_amount(at_most, currency)}"


def measure_share(before: dt.datetime, cutoff: dt.datetime, after: dt.datetime) -> tuple[str, str, str]:
    """Return the time from a reading to the cut-off, and to the next reading, exactly: in hours, else in seconds.

    Examples
    --------
    >>> start = dt.datetime(2025, 6, 3)
    >>> measure_share(start, start + dt.timedelta(hours=36.5), start + dt.timedelta(days=2))
    ('36.5', '48', 'hours')
    >>> measure_share(start, start + dt.timedelta(seconds=1234), start + dt.timedelta(days=2))
    ('1,234', '172,800', 'seconds')
    """
    spans = [(end - before) // dt.timedelta(microseconds=1) for end in (cutoff, after)]
    unit, size = (
        ("hours", 3_600_000_000) if all(span * 10_000 % 3_600_000_000 == 0 for span in spans) else ("seconds", 10**6)
    )
    part, whole = (f"{(Decimal(span) / size).normalize():,f}" for span in spans)
    return part, whole, unit
