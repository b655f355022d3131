"""Figures in words: numbers, money, days and reasons as people read them. The exact ones stay in the figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from influtics_lab.text_format import plural, round_interval_end

NBSP: Final = "\u00a0"
AT_LEAST: Final = "at least"
AT_MOST: Final = "at most"
_ROUNDING: Final = {AT_LEAST: ROUND_FLOOR, AT_MOST: ROUND_CEILING}  # a bound stays one when it is rounded
SHORT: Final = {
    "no_videos": "no video belongs to it",
    "not_found": "not in the snapshot",
    "no_readings": "no readings",
    "not_in_period": "not read in the period",
    "never_reported": "never reported",
    "hidden": "hidden",
    "first_later": "first read later",
    "not_published": "not yet published",
    "last_earlier": "last read earlier",
    "gap": "gap between readings too long",
    "fell": "count fell",
    "other_reading": "read at different times",
    "negative_gain": "some gains are negative",
    "part_missing": "not known of every video",
    "no_views": "nothing to divide by",
    "no_rate_known": "no rate known",
    "too_few": "too few for an interval",
    "no_spend": "no spend given",
    "spent_later": "spent later",
    "no_currency": "a spend has no currency",
    "no_exchange_rate": "no exchange rate",
    "not_divided": "spend covers other videos too",
    "no_worth": "no rates given",
    "no_creator": "no creator named",
    "no_publication": "publication not known",
    "too_young": "too young",
    "not_at_age": "not read around that age",
    "no_comparison": "no other video to compare with",
    "few_others": "fewer than 5 to compare with",
    "too_early": "begun less than a day ago",
    "begun_later": "no time for a pace",
    "no_accumulation": "a rate has no pace",
    "past": "date has passed",
    "reached": "already reached",
}
COUNTED_LABELS: Final = {"auto": "counted", "gained": "gained", "last_read": "as last read"}
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


def number(value: float, bound: str = "") -> str:
    """Write a count; a bound with its words, rounded so that it holds.

    Examples
    --------
    >>> number(1234567), number(0.4), number(1999.9, AT_LEAST)
    ('1,234,567', '0', 'at least 1,999')
    """
    whole = {AT_LEAST: math.floor, AT_MOST: math.ceil}.get(bound, round)(value)
    return _bound(f"{whole:,}", bound)


def counted_words(figures: Mapping[str, Any]) -> str:
    """Return which counts money, targets and contributions take.

    Examples
    --------
    >>> counted_words({"settings": {"counted": "last_read"}})
    'as last read in the period'
    """
    return f"{counted_label(figures)} in the period"


def counted_label(figures: Mapping[str, Any]) -> str:
    """Return which counts money, targets and contributions take, in one or three words.

    Examples
    --------
    >>> counted_label({"settings": {"counted": "gained"}})
    'gained'
    """
    return COUNTED_LABELS[figures["settings"]["counted"]]


def bound_of(figure: Mapping[str, Any]) -> str:
    """Return how a sum is bounded where it is not known of all videos: from below, unless one of them lost some.

    Examples
    --------
    >>> bound_of({"value": None, "is_bound": True}), bound_of({"value": 5, "is_bound": True})
    ('at least', '')
    """
    return AT_LEAST if figure["value"] is None and figure["is_bound"] else ""


def known_part(figure: Mapping[str, Any]) -> float | None:
    """Return the value of one video's count, else its lower bound, else None.

    Examples
    --------
    >>> known_part({"value": None, "at_least": 7}), known_part({"value": 9, "at_least": None})
    (7, 9)
    """
    value: float | None = figure["value"] if figure["value"] is not None else figure["at_least"]
    return value


def sum_words(figure: Mapping[str, Any]) -> str:
    """Write a sum, or what is known of it: the same digits everywhere.

    Examples
    --------
    >>> sum_words({"value": None, "known": 1999.9, "is_bound": True})
    'at least 1,999'
    """
    return number(figure["known"], bound_of(figure)) if figure["known"] is not None else "not known"


def summed_of(figure: Mapping[str, Any]) -> str:
    """Write of how many videos a sum holds a value or a lower bound.

    Examples
    --------
    >>> summed_of({"n": 2, "of": 5, "bounds": {"last_earlier": 1}})
    '3 of 5 videos'
    """
    return of(figure["n"] + sum(figure["bounds"].values()), figure["of"])


def lacking_words(figure: Mapping[str, Any]) -> str:
    """Write of which videos a sum holds a lower bound only, and of which nothing, and why; empty where all is known.

    Examples
    --------
    >>> lacking_words({"reasons": {"hidden": 1, "last_earlier": 3}, "bounds": {"last_earlier": 3}})
    '; lower bounds: last read earlier (3); not known: hidden (1)'
    """
    rest = {reason: n - figure["bounds"].get(reason, 0) for reason, n in figure["reasons"].items()}
    rest = {reason: n for reason, n in rest.items() if n}
    parts = (("lower bounds", figure["bounds"]), ("not known", rest))
    return "".join(f"; {name}: {whys(reasons)}" for name, reasons in parts if reasons)


def interval_words(rate: Mapping[str, Any], estimator: str) -> str:
    """Write the ends of the interval of a rate, with one digit where it rests on fewer than 5 units.

    Examples
    --------
    >>> few = {"n_effective": 3.4, "n_drawn_effective": 12.0, "pooled": {"low": 4.25, "high": 12.3}}
    >>> interval_words(few | {"median": {"low": 4.25, "high": 12.3}}, "median").replace(NBSP, " ")
    '4.25 % to 12.3 %'
    >>> interval_words(few, "pooled").replace(NBSP, " ")
    '4 % to 10 %'
    """
    units = rate["n_effective" if estimator == "pooled" else "n_drawn_effective"]
    ends = (rate[estimator]["low"], rate[estimator]["high"])
    return " to ".join(percent(end) if units >= 5 else f"{round_interval_end(end, units):g}{NBSP}%" for end in ends)


def percent(value: float, bound: str = "") -> str:
    """Write a percentage with about three digits; what lacks a little to 100 % is not 100 %.

    Examples
    --------
    >>> [percent(value).replace(NBSP, " ") for value in (3.4019, 44.069, 99.97, 100.0, 0.0123)]
    ['3.40 %', '44.1 %', '99.97 %', '100 %', '0.012 %']
    >>> percent(31.38, AT_LEAST).replace(NBSP, " ")
    'at least 31.3 %'
    """
    size = abs(value)
    if 99.95 <= size < 100:
        text = _fixed(math.copysign(math.floor(size * 100) / 100, value), 2, "")
    else:
        digits = 0 if size >= 99.95 else 1 if size >= 9.995 else _digits(value)
        text = _fixed(value, digits, bound)
    return _bound(f"{text}{NBSP}%", bound)


def rank(value: float) -> str:
    """Write a percentile; only what is above all others is above 100 % of them.

    Examples
    --------
    >>> [rank(value).replace(NBSP, " ") for value in (22.2222, 99.8, 100.0, 0.1)]
    ['22 %', 'more than 99 %', '100 %', 'less than 1 %']
    """
    if 99.5 <= value < 100:
        return f"more than 99{NBSP}%"
    return f"less than 1{NBSP}%" if 0 < value <= 0.5 else f"{value:.0f}{NBSP}%"


def amount(value: float, currency: str | None, bound: str = "") -> str:
    """Write money: two digits behind the point, more where it is little.

    Examples
    --------
    >>> amount(1234.5, "EUR").replace(NBSP, " "), amount(0.0000298908, "EUR").replace(NBSP, " ")
    ('EUR 1,234.50', 'EUR 0.00003')
    >>> amount(0.0299, "EUR", AT_MOST).replace(NBSP, " "), amount(2.344, None, AT_MOST)
    ('at most EUR 0.03', 'at most 2.35')
    """
    text = _fixed(value, _digits(value), bound)
    return _bound(f"{currency}{NBSP}{text}" if currency else text, bound)


def money_words(figure: Mapping[str, Any], currency: str | None) -> str | None:
    """Write a price, a spend or a worth, or its bound where some counts are not known; None where nothing is.

    Examples
    --------
    >>> money_words({"value": None, "at_most": 2.344}, None)
    'at most 2.35'
    """
    bounds = (("value", ""), ("at_most", AT_MOST), ("known", AT_LEAST))
    told = ((figure.get(name), bound) for name, bound in bounds)
    return next((amount(value, currency, bound) for value, bound in told if value is not None), None)


def _bound(text: str, bound: str) -> str:
    return f"{bound} {text}" if bound else text


def _digits(value: float) -> int:
    """Give how many digits behind the point to write: two, or as many as show two that are not 0."""
    size = abs(value)
    return 2 if size >= 0.1 or size < 1e-12 else 1 - Decimal(f"{size:.1e}").adjusted()


def _fixed(value: float, digits: int, bound: str) -> str:
    """Write so many digits behind the point; a bound is rounded to the side on which it still holds."""
    text = f"{value:,.{digits}f}"
    if bound:
        exact = Decimal(f"{value:.15g}")  # without the noise of its last bits
        text = f"{exact.quantize(Decimal(1).scaleb(-digits), rounding=_ROUNDING[bound]):,f}"
    while digits > 2 and text.endswith("0"):
        text, digits = text[:-1], digits - 1
    return text


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


def moments(instants: Sequence[dt.datetime], zone: str) -> list[str]:
    """Write instants to the minute, or as precisely as it takes to tell them apart.

    Examples
    --------
    >>> first = dt.datetime(2025, 6, 3, 9, 30, tzinfo=dt.UTC)
    >>> [text.replace(NBSP, " ") for text in moments((first, first + dt.timedelta(seconds=5)), "UTC")]
    ['3 Jun 2025, 09:30:00', '3 Jun 2025, 09:30:05']
    """
    there = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    offset = " %z" if len({when.utcoffset() for when in there}) > 1 else ""  # the clock changed in between
    texts: list[str] = []
    for time in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"):
        texts = [f"{day(when)}, {when:{time + offset}}" for when in there]
        if len(set(texts)) == len(set(instants)):
            break
    return texts


def last_day(end: str, zone: str) -> dt.date:
    """Give the last day that belongs to a time which ends at an instant: the day before a midnight."""
    return (local(end, zone) - dt.timedelta(microseconds=1)).date()


def by_when(end: str, zone: str) -> str:
    """Write the last day of a time that ends at an instant; where it ends within a day, the instant.

    Examples
    --------
    >>> [by_when(end, "Asia/Seoul").replace(NBSP, " ") for end in ("2025-06-30T15:00:00Z", "2025-06-30T16:30:00Z")]
    ['30 Jun 2025', '1 Jul 2025, 01:30']
    """
    return day(last_day(end, zone)) if local(end, zone).time() == dt.time() else moment(end, zone)


def period(campaign: Mapping[str, Any]) -> str:
    """Write the campaign's period: its first and its last day, with hours where it begins or ends within one.

    Examples
    --------
    >>> june = {"start": "2025-05-31T22:00:00+00:00", "end": "2025-06-30T22:00:00+00:00", "time_zone": "Europe/Berlin"}
    >>> period(june).replace(NBSP, " ")
    '1 Jun 2025 to 30 Jun 2025'
    """
    zone = campaign["time_zone"]
    start = local(campaign["start"], zone)
    begun = day(start) if start.time() == dt.time() else moment(campaign["start"], zone)
    ended = by_when(campaign["end"], zone)
    return begun if begun == ended else f"{begun} to {ended}"


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
