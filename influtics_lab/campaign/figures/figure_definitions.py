"""What every figure of a campaign means: formula, unit, when it is null, and where the formula comes from."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Final

import polars as pl


@dataclass(frozen=True)
class Definition:
    """What a figure means.

    Attributes
    ----------
    figure : str
        Its name.
    formula, unit, null, source : str
    columns : str
        Which columns of `tables` hold it: a regular expression.
    """

    figure: str
    formula: str
    unit: str
    null: str
    source: str
    columns: str


_COUNT: Final = r"(views|likes|comments|reposts|engagements)"
_RATE: Final = r"engagement_rate_(last_read|at_age)"
_OWN: Final = "influtics_lab.campaign"

DEFINITIONS: Final = (
    Definition("videos", "how many videos belong", "videos", "never", _OWN, r"videos"),
    Definition("n", "how many videos count", "videos", "never", _OWN, rf"({_COUNT}_\w+|{_RATE})_n|n"),
    Definition("of", "how many videos there are", "videos", "never", _OWN, r"of"),
    Definition(
        "last_read",
        "the last visible value of the count in the period; engagements: the sum of its parts",
        "count",
        "never reported, or hidden throughout; of a group: not every video has a count",
        "influtics_lab.metrics.latest",
        rf"{_COUNT}_last_read",
    ),
    Definition(
        "at_start",
        "V(start), on the line between the readings before and after; 0 if published later",
        "count",
        "not between two readings, and not published later; of a group: not every video has a count",
        "influtics_lab.metrics.at_age",
        rf"{_COUNT}_at_start",
    ),
    Definition(
        "at_end",
        "V(end), on the line between the readings before and after; a last reading within a tenth of the period (at "
        "most 24 hours) of its end counts as at the end",
        "count",
        "not between two readings, and last read too long before; of a group: not every video has a count",
        "influtics_lab.metrics.at_age",
        rf"{_COUNT}_at_end",
    ),
    Definition(
        "gained",
        "V(end) - V(start)",
        "count",
        "either is null; of a group: not every video has a count",
        "influtics_lab.metrics.window_gain",
        rf"{_COUNT}_gained",
    ),
    Definition(
        "counted",
        "auto: what was gained of a video that was published before the period or read before it with more than 0 "
        "views; gained from 0 of one published in it; the last known value of any other, also of one first read in it "
        "soon after its publication, which may contain earlier views. read: last_read of all; gained: gained of all",
        "count",
        "as last_read and gained",
        _OWN,
        rf"{_COUNT}_counted",
    ),
    Definition(
        "at_least",
        "V(last reading inside) - V(start), or V(end) - V(first reading inside), where the other end is not known",
        "count",
        "the gain is known, no reading lies inside, or the count fell there",
        _OWN,
        rf"{_COUNT}_(gained|counted)_at_least",
    ),
    Definition(
        "known",
        "the sum of what is known: values of n videos, and lower bounds of others",
        "count",
        "known of no video",
        _OWN,
        rf"{_COUNT}_(last_read|at_start|at_end|gained|counted)_known",
    ),
    Definition(
        "engagement rate of a video",
        "100 engagements / views at the last reading that has views and all parts, or of what was gained",
        "%",
        "either is null, or views are 0 or less",
        "influtics_lab.metrics.engagement_rate",
        r"engagement_rate_(last_read|gained)_pct",
    ),
    Definition(
        "pooled engagement rate",
        "100 sum(engagements) / sum(views) over the n videos, and its bootstrap interval",
        "%",
        "no video counts; the interval below 5 videos (creators)",
        "influtics_lab.metrics.compare; Efron (1979)",
        rf"{_RATE}_pooled(_low|_high)?_pct",
    ),
    Definition(
        "mean engagement rate",
        "mean of 100 engagements / views over the n videos, and its bootstrap interval",
        "%",
        "no video counts; the interval below 5 videos (creators)",
        "influtics_lab.metrics.compare; Efron (1979)",
        rf"{_RATE}_mean(_low|_high)?_pct",
    ),
    Definition(
        "median engagement rate",
        "median of 100 engagements / views over the n videos, and its bootstrap interval",
        "%",
        "no video counts; the interval below 5 videos (creators)",
        "influtics_lab.metrics.compare; Efron (1979)",
        rf"{_RATE}_median(_low|_high)?_pct",
    ),
    Definition(
        "n_effective",
        "(sum views)^2 / sum views^2",
        "videos",
        "no video counts",
        "influtics_lab.metrics.compare; Kish (1965)",
        rf"{_RATE}_n_effective",
    ),
    Definition(
        "spend",
        "sum of the spends up to the day that the figure is of, in the campaign's zone, which name the group or are "
        "for videos of it only, at the rates of the file",
        "currency",
        "no spend, no currency or rate, or a spend for some videos of the group and others",
        _OWN,
        r"spend|reported|amount",
    ),
    Definition(
        "not allocated",
        "sum of the spends on the whole campaign or on a platform: in the cost of no creator and no video",
        "currency",
        "no such spend, or no currency or rate",
        _OWN,
        r"not_allocated",
    ),
    Definition(
        "later spend",
        "sum of the spends dated after the day that the figure is of, and 1000 (spend + later spend) / views",
        "currency, currency per 1000 views",
        "no such spend, or as cpm",
        _OWN,
        r"later_spend|cpm_with_later(_at_most)?",
    ),
    Definition(
        "cpm",
        "1000 spend / views",
        "currency per 1000 views",
        "spend or views are null, or views are 0 or less",
        "influtics_lab.metrics.cpm",
        r"cpm",
    ),
    Definition(
        "cpv",
        "spend / views",
        "currency per view",
        "as cpm",
        "influtics_lab.metrics.cpv",
        r"cpv",
    ),
    Definition(
        "cpe",
        "spend / engagements",
        "currency per engagement",
        "spend or engagements are null, or engagements are 0 or less",
        "influtics_lab.metrics.cpe",
        r"cpe",
    ),
    Definition(
        "at_most",
        "the price over the views (engagements) that are known: more of them make it lower",
        "as the price",
        "spend is null, or none are known",
        _OWN,
        r"cp[mve]_at_most",
    ),
    Definition(
        "emv",
        "sum of rate x count, with the rates of the campaign file",
        "currency",
        "no rates, or not every video has the counts that they value",
        "influtics_lab.metrics.emv",
        r"emv",
    ),
    Definition(
        "share_pct",
        "100 count of the video / known sum of the campaign",
        "%",
        "the count is null, the sum is 0, or any video lost more than it gained",
        _OWN,
        r"(views|engagements)_share_pct",
    ),
    Definition(
        "value at the age of comparison",
        "views, or 100 engagements / views, interpolated at that age",
        "count or %",
        "no publication time, too young, or not between two readings",
        "influtics_lab.metrics.benchmark",
        r"(views|engagement_rate)_at_age",
    ),
    Definition("others", "how many other videos have a value at that age", "videos", "never", _OWN, r"\w+_others"),
    Definition(
        "percentile_pct",
        "100 (how many others are below + half of how many are equal) / others; no video of the campaign is among them",
        "%",
        "the video has no value, or fewer than 5 others have one",
        "influtics_lab.metrics.benchmark; Roscoe (1975)",
        r"(views|engagement_rate)_percentile_pct",
    ),
    Definition("target", "what the campaign file wants", "views, %, or currency", "never", _OWN, r"target"),
    Definition(
        "value of a target",
        "views known, the CPM, or the pooled engagement rate, up to the target's date or the last reading",
        "as the target",
        "not available",
        _OWN,
        r"value",
    ),
    Definition("reached_pct", "100 value / target", "%", "the value is null; for a CPM", _OWN, r"reached_pct"),
    Definition(
        "days_left", "from the snapshot's last reading to the target's date", "days", "never", _OWN, r"days_left"
    ),
    Definition(
        "needed_per_day",
        "(views wanted - views) / days_left; a CPM wants 1000 spend / target views",
        "views per day",
        "past, reached, not available, or a rate",
        _OWN,
        r"needed_per_day",
    ),
    Definition(
        "expected_by_now",
        "straight line: views wanted x (last reading - start) / (target's date - start)",
        "views",
        "as needed_per_day; the period has not begun",
        _OWN,
        r"expected_by_now",
    ),
    Definition(
        "recent_per_day",
        "views gained in the last d days before the snapshot's last reading / d; d = min(7, days since the start)",
        "views per day",
        "as needed_per_day; less than a day since the start; a count fell where an end is missing",
        "influtics_lab.metrics.window_gain",
        r"recent_per_day|recent_days",
    ),
    Definition(
        "forecast",
        "5 and 95 % quantiles of the sum of the videos' views by the target's date; one quantile for all videos of a "
        "creator in each draw",
        "views",
        "no views target, past, or reached; the upper limit where a video has no forecast",
        "influtics_lab.metrics.forecast",
        r"forecast_(low|high)",
    ),
)


def figure_definitions() -> pl.DataFrame:
    """Return what every figure means as a frame.

    Returns
    -------
    polars.DataFrame
        ``figure``, ``formula``, ``unit``, ``null``, ``source``.

    Examples
    --------
    >>> figure_definitions().filter(figure="cpm").select("formula", "unit").row(0)
    ('1000 spend / views', 'currency per 1000 views')
    """
    return pl.DataFrame([asdict(definition) for definition in DEFINITIONS]).drop("columns")


def definition_of(column: str) -> Definition | None:
    """Return what a column of `tables` means; None for one that is no figure, such as a title or a reason.

    Examples
    --------
    >>> definition_of("views_gained").formula
    'V(end) - V(start)'
    >>> definition_of("title") is None
    True
    """
    return next((definition for definition in DEFINITIONS if re.fullmatch(definition.columns, column)), None)
