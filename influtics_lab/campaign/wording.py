"""Figures in words: numbers, money, days and reasons as people read them. The exact ones stay in the figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

NBSP: Final = "\u00a0"
SHORT: Final = {
    "no_videos": "no video belongs to it",
    "no_readings": "no readings",
    "not_in_period": "not read in the period",
    "never_reported": "never reported",
    "hidden": "hidden",
    "first_later": "first read later",
    "not_published": "not yet published",
    "last_earlier": "last read earlier",
    "gap": "gap between readings too long",
    "part_missing": "not known of every video",
    "no_views": "nothing to divide by",
    "no_rate_known": "no rate known",
    "too_few": "too few for an interval",
    "no_spend": "no spend given",
    "no_currency": "a spend has no currency",
    "no_exchange_rate": "no exchange rate",
    "not_divided": "spend covers other videos too",
    "no_worth": "no rates given",
    "no_creator": "no creator named",
    "no_publication": "publication not known",
    "too_young": "too young",
    "not_at_age": "not read around that age",
    "few_others": "fewer than 5 to compare with",
    "begun_later": "no time for a pace",
    "no_accumulation": "a rate has no pace",
    "past": "date has passed",
    "reached": "already reached",
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PARTS: Final = {"likes": "likes", "comments": "comments", "reposts": "reposts"}


def why(reason: str | None) -> str:
    """Give a reason in a few words.

    Examples
    --------
    >>> why("hidden"), why("too_young")
    ('hidden', 'too young')
    """
    return SHORT.get(reason or "", str(reason or "not known").replace("_", " "))


def whys(reasons: Mapping[str, int]) -> str:
    """Give reasons and how often each one holds, the most frequent first.

    Examples
    --------
    >>> whys({"hidden": 1, "no_readings": 4})
    'no readings (4), hidden (1)'
    """
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{why(reason)} ({n:,})" for reason, n in ordered)


def number(value: float) -> str:
    """Write a count.

    Examples
    --------
    >>> number(1234567), number(0.4)
    ('1,234,567', '0')
    """
    return f"{round(value):,}"


def percent(value: float) -> str:
    """Write a percentage with about three digits.

    Examples
    --------
    >>> [percent(value).replace(NBSP, " ") for value in (3.4019, 44.069, 100.0, 0.0123)]
    ['3.40 %', '44.1 %', '100 %', '0.012 %']
    """
    return f"{_digits(value)}{NBSP}%"


def rank(value: float) -> str:
    """Write a percentile.

    Examples
    --------
    >>> rank(22.2222).replace(NBSP, " ")
    '22 %'
    """
    return f"{value:.0f}{NBSP}%"


def amount(value: float, currency: str | None) -> str:
    """Write money: two digits behind the point, more where it is little.

    Examples
    --------
    >>> amount(1234.5, "EUR").replace(NBSP, " "), amount(0.00123, "EUR").replace(NBSP, " ")
    ('EUR 1,234.50', 'EUR 0.0012')
    """
    text = f"{value:,.2f}" if value >= 0.1 or value == 0 else _small(value)
    return f"{currency}{NBSP}{text}" if currency else text


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 or value == 0 else _small(value)


def _small(value: float) -> str:
    text = f"{value:.2g}"
    return f"{value:.12f}".rstrip("0") if "e" in text else text


def local(instant: str, zone: str) -> dt.datetime:
    """Give an instant of the figures in the campaign's time zone."""
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))


def day(when: dt.date) -> str:
    """Write a day.

    Examples
    --------
    >>> day(dt.date(2025, 6, 3)).replace(NBSP, " ")
    '3 Jun 2025'
    """
    return f"{when.day}{NBSP}{_MONTHS[when.month - 1]}{NBSP}{when.year}"


def moment(instant: str, zone: str) -> str:
    """Write an instant of the figures, with hours and minutes, in the campaign's time zone."""
    when = local(instant, zone)
    return f"{day(when)}, {when:%H:%M}"


def last_day(end: str, zone: str) -> dt.date:
    """Give the last day that belongs to a time which ends at an instant: the day before a midnight."""
    return (local(end, zone) - dt.timedelta(microseconds=1)).date()


def period(campaign: Mapping[str, Any]) -> str:
    """Write the campaign's period: its first and its last day.

    Examples
    --------
    >>> june = {"start": "2025-05-31T22:00:00+00:00", "end": "2025-06-30T22:00:00+00:00", "time_zone": "Europe/Berlin"}
    >>> period(june).replace(NBSP, " ")
    '1 Jun 2025 to 30 Jun 2025'
    """
    zone = campaign["time_zone"]
    return f"{day(local(campaign['start'], zone))} to {day(last_day(campaign['end'], zone))}"


def hours(value: float) -> str:
    """Write an age or a time of so many hours.

    Examples
    --------
    >>> hours(168.0), hours(24.0), hours(36.0), hours(1.79)
    ('7 days', '24 hours', '36 hours', '1.8 hours')
    """
    if value >= 48:
        days = round(value / 24, 1)
        return f"{days:,g} days"
    return f"{round(value, 1):g} hour{'s' * (round(value, 1) != 1)}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listed(["likes"]), listed(["likes", "comments", "reposts"])
    ('likes', 'likes, comments and reposts')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def plural(n: int, noun: str) -> str:
    """Write a number and its noun.

    Examples
    --------
    >>> plural(1, "video"), plural(2000, "video")
    ('1 video', '2,000 videos')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def of(n: int, whole: int, noun: str = "video") -> str:
    """Write how many of how many.

    Examples
    --------
    >>> of(3, 4), of(4, 4), of(1, 1)
    ('3 of 4 videos', 'all 4 videos', '1 video')
    """
    if n == whole:
        return plural(n, noun) if n < 2 else f"all {plural(n, noun)}"
    return f"{n:,} of {plural(whole, noun)}"
