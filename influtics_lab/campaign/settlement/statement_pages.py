"""A settlement as HTML pages in plain words: an overview, and one page for each creator, who can check it by hand."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from influtics_lab.campaign.figures.formatting import NBSP, format_day, format_hours
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.campaign.file.local_dates import resolve_end
from influtics_lab.campaign.report.html_tables import shorten_text
from influtics_lab.campaign.report.template_rendering import render_from
from influtics_lab.campaign.settlement.amounts import TIER, AmountLine
from influtics_lab.campaign.settlement.cutoff_views import REASONS
from influtics_lab.campaign.settlement.statements import SettledVideo, Settlement
from influtics_lab.markup import Html
from influtics_lab.time_zones import find_local_time

FOLDER: Final = Path(__file__).parent / "templates"
OVERVIEW: Final = "settlement.html"
_LONGEST_NAME: Final = 40
TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"


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
        "describe_reason": partial(describe_reason, max_gap_hours=settlement.max_gap_hours),
        "list_flags": partial(list_flags, zone=settlement.time_zone),
        "list_terms": partial(list_terms, zone=settlement.time_zone),
        "describe_line": describe_line,
        "describe_amount": describe_amount,
        "format_amount": format_amount,
        "describe_share": describe_share,
        "describe_interpolation": describe_interpolation,
        "shorten_text": shorten_text,
    }
    pages = {OVERVIEW: render_from(FOLDER, "overview", **words)}
    for creator, file in files.items():
        own = [statement for statement in settlement.statements if statement.creator == creator]
        pages[file] = render_from(FOLDER, "statement", creator=creator, statements=own, **words)
    return pages


def _name_file(number: int, creator: str) -> str:
    plain = unicodedata.normalize("NFKD", creator).encode("ascii", "ignore").decode().casefold()
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


def format_amount(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency.

    Examples
    --------
    >>> format_amount(Decimal("-1234.50"), "EUR").replace(NBSP, " ")
    'EUR -1,234.50'
    """
    return f"{currency}{NBSP}{amount:,f}"


def _format_plain(amount: Decimal) -> str:
    """Write a number of the file without zeros at its end: 2.5, not 2.50."""
    return f"{amount.normalize():,f}"


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


def describe_share(before: dt.datetime, cutoff: dt.datetime, after: dt.datetime) -> str:
    """Write the time from a reading to the cut-off, and to the next reading, exactly: in hours, else in seconds.

    Examples
    --------
    >>> start = dt.datetime(2025, 6, 3)
    >>> describe_share(start, start + dt.timedelta(hours=36.5), start + dt.timedelta(days=2))
    '36.5 of 48 hours'
    >>> describe_share(start, start + dt.timedelta(seconds=1234), start + dt.timedelta(days=2))
    '1,234 of 172,800 seconds'
    """
    part, whole, unit = _measure_share(before, cutoff, after)
    return f"{part} of {whole} {unit}"


def describe_interpolation(video: SettledVideo) -> str:
    """Write how the views at the cut-off of a video follow from its two readings."""
    views, cutoff = video.views, video.cutoff
    if views.before is None or views.after is None or cutoff is None:
        return ""
    part, whole, _ = _measure_share(views.before.at, cutoff, views.after.at)
    low, high = (f"{reading.views:,}" for reading in (views.before, views.after))
    return f"{low} + ({high} {MINUS} {low}) {TIMES} {part} / {whole} = {views.at_least:,}"


def _measure_share(before: dt.datetime, cutoff: dt.datetime, after: dt.datetime) -> tuple[str, str, str]:
    spans = [(end - before) // dt.timedelta(microseconds=1) for end in (cutoff, after)]
    unit, size = (
        ("hours", 3_600_000_000) if all(span * 10_000 % 3_600_000_000 == 0 for span in spans) else ("seconds", 10**6)
    )
    part, whole = (_format_plain(Decimal(span) / size) for span in spans)
    return part, whole, unit


def describe_reason(reason: str, max_gap_hours: float) -> str:
    """Return why the views of a video are not on the line between two readings."""
    return REASONS[reason].format(max_gap=format_hours(max_gap_hours))


def describe_line(line: AmountLine, currency: str) -> str:
    """Return a line of a statement in words, as it is computed."""
    if line.views is None or line.first_view is None or line.cpm is None:
        return line.kind.capitalize()
    end = "on" if line.last_view is None else f"to {line.last_view:,}"
    what = f"View {line.first_view:,} {end}" if line.kind == TIER else "Views above the last tier"
    return f"{what}: {line.views:,} views {TIMES} {currency}{NBSP}{_format_plain(line.cpm)} / 1,000"


def list_terms(deal: Deal, zone: str) -> Iterator[str]:
    """Yield the terms of a deal, a sentence for each, in the order in which they apply."""
    if deal.cutoff_date is not None:
        is_day = not isinstance(deal.cutoff_date, dt.datetime)
        instant = format_at(resolve_end(deal.cutoff_date, zone), zone)
        until = f"the end of {format_day(deal.cutoff_date)}" if is_day else instant
        yield f"Views count up to {until} ({zone})."
    elif deal.cutoff_age is not None:
        yield f"Views of each video count up to {format_hours(parse_hours(deal.cutoff_age))} after its publication."
    if deal.minimum is not None and deal.minimum_rule == "deduct":
        yield f"{deal.minimum:,} views are subtracted from the views of each video."
    elif deal.minimum is not None:
        yield f"A video with fewer than {deal.minimum:,} views pays nothing."
    if deal.cap is not None:
        yield f"At most {deal.cap:,} views of each video are paid."
    if deal.price_tiers:
        yield "The paid views of all videos are added up; each price below applies to its own range of that sum."
    if deal.budget is not None:
        shared = f", shared by {len(deal.creator)} creators in proportion to their amounts" if deal.creator[1:] else ""
        yield f"The deal pays at most {format_amount(deal.budget, deal.currency)}, fixed fees included{shared}."
    how = {"half up": "halves up", "half even": "halves to the even digit", "down": "down"}[deal.rounding]
    yield f"Each line is rounded to the smallest unit of {deal.currency}, {how}."


def list_flags(video: SettledVideo, zone: str) -> Iterator[str]:
    """Yield a sentence for each purge and burst of a video up to the day of the settlement."""
    careful = "Consistent with paid or invalid traffic"
    end = f"{careful}; the amount is not changed."
    for purge in video.purges:
        side = "" if video.cutoff is None else f", {'before' if purge.at <= video.cutoff else 'after'} the cut-off"
        lost = f"{purge.before - purge.after:,} of {purge.before:,} views"
        yield f"Purge: {lost} were taken back by {format_at(purge.at, zone)}{side}. " + (
            f"{careful}; it is after the first settlement, see the changes." if purge in video.taken_back else end
        )
    for burst in video.bursts:
        side = "" if video.cutoff is None else f", {'before' if burst.start <= video.cutoff else 'after'} the cut-off"
        span = f"{format_at(burst.start, zone)} to {format_at(burst.end, zone)}"
        yield f"Burst: many views with few engagements from {span}{side}. {end}"
