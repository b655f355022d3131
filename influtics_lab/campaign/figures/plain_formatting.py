"""Figures of the dicts that `to_dict` returns in words, for the pages that still read these; see `formatting`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    COUNTED_LABELS,
    NBSP,
    format_count,
    format_day,
    format_deadline,
    format_moment,
    format_money,
    format_n_of,
    format_percent,
    format_reasons,
    to_local,
)
from influtics_lab.text_format import round_interval_end


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
    return format_count(figure["known"], bound_of(figure)) if figure["known"] is not None else "not known"


def summed_of(figure: Mapping[str, Any]) -> str:
    """Write of how many videos a sum holds a value or a lower bound.

    Examples
    --------
    >>> summed_of({"n": 2, "of": 5, "bounds": {"last_earlier": 1}})
    '3 of 5 videos'
    """
    return format_n_of(figure["n"] + sum(figure["bounds"].values()), figure["of"])


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
    return "".join(f"; {name}: {format_reasons(reasons)}" for name, reasons in parts if reasons)


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
    return " to ".join(
        format_percent(end) if units >= 5 else f"{round_interval_end(end, units):g}{NBSP}%" for end in ends
    )


def money_words(figure: Mapping[str, Any], currency: str | None) -> str | None:
    """Write a price, a spend or a worth, or its bound where some counts are not known; None where nothing is.

    Examples
    --------
    >>> money_words({"value": None, "at_most": 2.344}, None)
    'at most 2.35'
    """
    bounds = (("value", ""), ("at_most", AT_MOST), ("known", AT_LEAST))
    told = ((figure.get(name), bound) for name, bound in bounds)
    return next((format_money(value, currency, bound) for value, bound in told if value is not None), None)


def period(campaign: Mapping[str, Any]) -> str:
    """Write the campaign's period: its first and its last day, with hours where it begins or ends within one.

    Examples
    --------
    >>> june = {"start": "2025-05-31T22:00:00+00:00", "end": "2025-06-30T22:00:00+00:00", "time_zone": "Europe/Berlin"}
    >>> period(june).replace(NBSP, " ")
    '1 Jun 2025 to 30 Jun 2025'
    """
    zone = campaign["time_zone"]
    start = to_local(campaign["start"], zone)
    begun = format_day(start) if start.time() == dt.time() else format_moment(campaign["start"], zone)
    ended = format_deadline(campaign["end"], zone)
    return begun if begun == ended else f"{begun} to {ended}"
