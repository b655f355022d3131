"""Figures in words: numbers, money, days and reasons as people read them. The exact ones stay in the figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Final

from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST, Figure, GroupRate, TotalFigure
from influtics_lab.campaign.figures.key_figure_types import CampaignFacts, FigureSettings
from influtics_lab.campaign.figures.missing_reasons import SHORT_REASONS
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.language import MONTHS, format_number, translate, translate_plural
from influtics_lab.text_format import count_decimals, format_fixed, format_interval_end, format_percentage, plural
from influtics_lab.time_zones import find_local_time

NBSP: Final = "\u00a0"
COUNT: Final = "count"
PERCENT: Final = "%"
MONEY: Final = "money"
"""Units of `format_figure`; any other is a currency, and `MONEY` an amount without its currency."""
COUNTED_LABELS: Final = {"auto": "counted", "gained": "gained", "last_read": "as last read"}
_ROUNDING: Final = {AT_LEAST: ROUND_FLOOR, AT_MOST: ROUND_CEILING}  # a bound stays one when it is rounded


# figures


def format_figure(figure: Figure, unit: str = COUNT) -> str:
    """Write the value of a figure, else its bound, else that neither is available.

    Parameters
    ----------
    figure : Figure
    unit : str, default "count"
        ``"count"``, ``"%"``, a currency, or ``"money"`` for an amount without its currency.

    Examples
    --------
    >>> format_figure(Figure(1999.6)), format_figure(Figure(None, "hidden"))
    ('2,000', 'not available')
    >>> total = TotalFigure(None, "part_missing", known=1999.9, n=2, of=5, reasons={}, bounds={}, is_bound=True)
    >>> format_figure(total), format_figure(total, "EUR").replace(NBSP, " ")
    ('at least 1,999', 'at least EUR 1,999.90')
    """
    if figure.shown is None:
        return translate("not available")
    if unit == COUNT:
        return format_count(figure.shown, figure.bound)
    if unit == PERCENT:
        return format_percent(figure.shown, figure.bound)
    return format_money(figure.shown, None if unit == MONEY else unit, figure.bound)


def format_coverage(total: TotalFigure) -> str:
    """Write of how many videos a sum holds a value or a lower bound.

    Examples
    --------
    >>> bounds = {"last_earlier": 1}
    >>> format_coverage(TotalFigure(None, known=9, n=2, of=5, reasons={}, bounds=bounds, is_bound=True))
    '3 of 5 videos'
    """
    return format_n_of(total.n + total.n_in_part, total.of)


def list_missing(total: TotalFigure) -> list[str]:
    """Return why a sum holds only a part of some videos, and why it holds nothing of others.

    Examples
    --------
    >>> reasons, bounds = {"hidden": 1, "last_earlier": 3}, {"last_earlier": 3}
    >>> list_missing(TotalFigure(None, known=9, n=2, of=6, reasons=reasons, bounds=bounds, is_bound=True))
    ['incomplete: last read before the end (3)', 'not included: hidden (1)']
    """
    parts = ((translate("incomplete"), total.bounds), (translate("not included"), total.left_out))
    return [f"{name}: {format_reasons(reasons)}" for name, reasons in parts if reasons]


def describe_missing(total: TotalFigure) -> str:
    """Return what `list_missing` returns behind other words; empty where all is known."""
    return "".join(f"; {part}" for part in list_missing(total))


def format_interval(rate: GroupRate, estimator: str) -> str:
    """Write the ends of a rate's interval, with one digit where fewer than 5 units support it; empty without one.

    Examples
    --------
    >>> from influtics_lab.campaign.figures.figure_types import RateFigure
    >>> ends = RateFigure(8.0, low=4.25, high=12.3)
    >>> both = {"pooled": ends, "median": ends}
    >>> few = GroupRate(n=9, of=9, n_effective=3.4, n_drawn_effective=12.0, parts="likes", estimators=both)
    >>> [format_interval(few, name).replace(NBSP, " ") for name in ("median", "pooled")]
    ['4.25 % to 12.3 %', '4 % to 10 %']
    """
    units = rate.n_effective if estimator == "pooled" else rate.n_drawn_effective
    figure = rate.estimators[estimator]
    if figure.low is None or figure.high is None or units is None:
        return ""
    return format_limits(figure.low, figure.high, units)


def format_limits(low: float, high: float, units: float) -> str:
    """Write the ends of an interval in percent, with one digit where fewer than 5 units support it.

    Examples
    --------
    >>> [format_limits(4.25, 12.3, units).replace(NBSP, " ") for units in (5, 4)]
    ['4.25 % to 12.3 %', '4 % to 10 %']
    """
    return format_range(*(f"{format_interval_end(end, units)}{NBSP}%" for end in (low, high)))


def format_range(low: str, high: str) -> str:
    """Write from where to where.

    Examples
    --------
    >>> format_range("3", "5")
    '3 to 5'
    """
    return translate("%(low)s to %(high)s", low=low, high=high)


def describe_counted(settings: FigureSettings) -> str:
    """Return which counts money, targets and contributions are based on."""
    return translate(f"{COUNTED_LABELS[settings.counted]} in the period")


def describe_age(settings: FigureSettings) -> str:
    """Return the age at which videos are compared."""
    age = format_hours(parse_hours(settings.at_age))
    if settings.age == "published":
        return translate("at %(age)s since publication", age=age)
    return translate("at %(age)s since tracking began", age=age)


def format_period(campaign: CampaignFacts) -> str:
    """Write the campaign's first and last day, with hours where it begins or ends within a day.

    Examples
    --------
    >>> start, end = "2025-05-31T22:00:00+00:00", "2025-06-30T22:00:00+00:00"
    >>> june = CampaignFacts("June", None, "Europe/Berlin", start, end, until=end, running=False)
    >>> format_period(june).replace(NBSP, " ")
    '1 Jun 2025 to 30 Jun 2025'
    """
    start = to_local(campaign.start, campaign.time_zone)
    is_day = last_day(campaign.start, campaign.time_zone) < start.date()
    first = format_day(start) if is_day else format_moment(campaign.start, campaign.time_zone)
    last = format_deadline(campaign.end, campaign.time_zone)
    return first if first == last else format_range(first, last)


# reasons


def describe_reason(reason: str | None) -> str:
    """Return a reason in a few words.

    Examples
    --------
    >>> describe_reason("hidden"), describe_reason("too_young")
    ('hidden', 'too young')
    """
    return translate(SHORT_REASONS.get(reason or "", str(reason or "not available").replace("_", " ")))


def format_reasons(reasons: Mapping[str, int]) -> str:
    """Write reasons and how often each one holds, the most frequent first.

    Examples
    --------
    >>> format_reasons({"hidden": 1, "no_readings": 4})
    'no readings (4), hidden (1)'
    """
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{describe_reason(reason)} ({format_number(n)})" for reason, n in ordered)


# numbers


def format_count(value: float, bound: str = "") -> str:
    """Write a count; a bound with its words, rounded so that it holds.

    Examples
    --------
    >>> format_count(1234567), format_count(0.4), format_count(1999.9, AT_LEAST)
    ('1,234,567', '0', 'at least 1,999')
    """
    whole = {AT_LEAST: math.floor, AT_MOST: math.ceil}.get(bound, round)(value)
    return _with_bound(format_number(whole), bound)


def format_percent(value: float, bound: str = "") -> str:
    """Write a percentage with about three digits; what is slightly below 100 % is not 100 %.

    Examples
    --------
    >>> [format_percent(value).replace(NBSP, " ") for value in (3.4019, 44.069, 99.97, 100.0, 0.0123)]
    ['3.40 %', '44.1 %', '99.97 %', '100 %', '0.012 %']
    >>> format_percent(31.38, AT_LEAST).replace(NBSP, " ")
    'at least 31.3 %'
    """
    return _with_bound(f"{format_percentage(value, _ROUNDING.get(bound))}{NBSP}%", bound)


def format_percentile(value: float) -> str:
    """Write a percentile; only what is above all others is above 100 % of them.

    Examples
    --------
    >>> [format_percentile(value).replace(NBSP, " ") for value in (22.2222, 99.8, 100.0, 0.1)]
    ['22 %', 'more than 99 %', '100 %', 'less than 1 %']
    """
    if 99.5 <= value < 100:
        return translate("more than %(share)s", share=f"99{NBSP}%")
    if 0 < value <= 0.5:
        return translate("less than %(share)s", share=f"1{NBSP}%")
    return f"{value:.0f}{NBSP}%"


def format_multiple(value: float) -> str:
    """Write how many times a value is another one.

    Examples
    --------
    >>> [format_multiple(value).replace(NBSP, " ") for value in (1.84, 0.6, 23.4)]
    ['1.8 times', '0.6 times', '23 times']
    """
    number = format_number(value, f",.{0 if value >= 9.95 else 1 if value >= 0.095 else 2}f")
    return translate("%(number)s times", number=number).replace(" ", NBSP)


def format_signed_percent(value: float, digits: int = 0) -> str:
    """Write a change in percent with its sign.

    Examples
    --------
    >>> [format_signed_percent(value).replace(NBSP, " ") for value in (21.7, -8.2, 0.3)]
    ['+22 %', '\N{MINUS SIGN}8 %', '0 %']
    """
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "\N{MINUS SIGN}" if rounded < 0 else ""
    return f"{sign}{format_number(abs(rounded), f',.{digits}f')}{NBSP}%"


def in_points(percent: str) -> str:
    """Return a difference of percentages that was written with its sign of percent in percentage points.

    Examples
    --------
    >>> in_points("+2 %")
    '+2 points'
    """
    return percent.replace("%", translate("points"))


def format_change(value: float) -> str:
    """Write a change in percent in words.

    Examples
    --------
    >>> [format_change(value).replace(NBSP, " ") for value in (21.7, -8.2, 0.3)]
    ['22 % more', '8 % fewer', 'as many']
    """
    if abs(value) < 1:
        return translate("as many")
    share = f"{format_number(abs(round(value)))}{NBSP}%"
    return translate("%(share)s more", share=share) if value > 0 else translate("%(share)s fewer", share=share)


def format_money(value: float, currency: str | None, bound: str = "") -> str:
    """Write money with two digits behind the point, more where it is little.

    Examples
    --------
    >>> format_money(1234.5, "EUR").replace(NBSP, " "), format_money(0.0000298908, "EUR").replace(NBSP, " ")
    ('EUR 1,234.50', 'EUR 0.00003')
    >>> format_money(0.0299, "EUR", AT_MOST).replace(NBSP, " "), format_money(2.344, None, AT_MOST)
    ('at most EUR 0.03', 'at most 2.35')
    """
    text = format_fixed(value, count_decimals(value), _ROUNDING.get(bound))
    if currency:
        text = translate("%(currency)s %(amount)s", currency=currency, amount=text).replace(" ", NBSP)
    return _with_bound(text, bound)


def format_n_of(n: int, whole: int, noun: str = "video") -> str:
    """Write how many of how many.

    Examples
    --------
    >>> format_n_of(3, 4), format_n_of(4, 4), format_n_of(1, 1)
    ('3 of 4 videos', 'all 4 videos', '1 video')
    """
    if n == whole:
        return plural(n, noun) if n < 2 else translate("all %(whole)s", whole=plural(n, noun))
    return translate("%(n)s of %(whole)s", n=format_number(n), whole=plural(whole, noun))


def _with_bound(text: str, bound: str) -> str:
    return f"{translate(bound)} {text}" if bound else text


# times


def to_local(instant: str, zone: str) -> dt.datetime:
    """Return an instant of the figures in the campaign's time zone."""
    return find_local_time(dt.datetime.fromisoformat(instant), zone)


def format_day(when: dt.date) -> str:
    """Write a day.

    Examples
    --------
    >>> format_day(dt.date(2025, 6, 3)).replace(NBSP, " ")
    '3 Jun 2025'
    """
    return f"{format_day_of_year(when)}{NBSP}{when.year}"


def format_day_of_year(when: dt.date) -> str:
    """Write a day without its year.

    Examples
    --------
    >>> format_day_of_year(dt.date(2025, 6, 3)).replace(NBSP, " ")
    '3 Jun'
    """
    month = translate(MONTHS[when.month - 1])
    return translate("%(day)s %(month)s", day=when.day, month=month).replace(" ", NBSP)


def format_moment(instant: str, zone: str) -> str:
    """Write an instant of the figures, with hours and minutes, in the campaign's time zone."""
    when = to_local(instant, zone)
    return translate("%(day)s, %(time)s", day=format_day(when), time=f"{when:%H:%M}")


def format_moments(instants: Sequence[dt.datetime], zone: str) -> list[str]:
    """Write instants to the minute, or as precisely as it takes to tell them apart.

    Examples
    --------
    >>> first = dt.datetime(2025, 6, 3, 9, 30, tzinfo=dt.UTC)
    >>> [text.replace(NBSP, " ") for text in format_moments((first, first + dt.timedelta(seconds=5)), "UTC")]
    ['3 Jun 2025, 09:30:00', '3 Jun 2025, 09:30:05']
    """
    local = [find_local_time(instant, zone) for instant in instants]
    offset = " %z" if len({when.utcoffset() for when in local}) > 1 else ""  # the clock changed in between
    texts: list[str] = []
    for time in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"):
        texts = [f"{format_day(when)}, {when:{time + offset}}" for when in local]
        if len(set(texts)) == len(set(instants)):
            break
    return texts


def last_day(end: str, zone: str, *, running: bool = False) -> dt.date:
    """Return the last day of a time that ends at an instant: the day before, where it is the start of a day.

    A time that is running has its last reading at the instant, which belongs to it.
    """
    last = dt.datetime.fromisoformat(end) - (dt.timedelta(0) if running else dt.timedelta.resolution)
    return find_local_time(last, zone).date()


def format_deadline(end: str, zone: str) -> str:
    """Write the last day of a time that ends at an instant; where it ends within a day, the instant.

    Examples
    --------
    >>> ends = ("2025-06-30T15:00:00Z", "2025-06-30T16:30:00Z")
    >>> [format_deadline(end, "Asia/Seoul").replace(NBSP, " ") for end in ends]
    ['30 Jun 2025', '1 Jul 2025, 01:30']
    """
    last = last_day(end, zone)
    return format_day(last) if last < to_local(end, zone).date() else format_moment(end, zone)


def format_hours(hours: float) -> str:
    """Write an age or a time of so many hours.

    Examples
    --------
    >>> format_hours(168.0), format_hours(24.0), format_hours(36.0), format_hours(1.79)
    ('7 days', '24 hours', '36 hours', '1.8 hours')
    """
    if hours >= 48:
        return translate("%(number)s days", number=format_number(round(hours / 24, 1), ",g"))
    number = round(hours, 1)
    return translate_plural("%(number)s hour", "%(number)s hours", number, number=format_number(number, "g"))
