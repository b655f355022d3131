"""Definitions of the columns of summaries, groups, pairs and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from influtics_lab.metrics._column_definition import Metric

_WHOLE: Final = pl.Int64()
_FLOAT: Final = pl.Float64()
_TEXT: Final = pl.String()
_INSTANT: Final = pl.Datetime("us", "UTC")

_FEW: Final = "below 5 videos"
_NOBODY: Final = "where n is 0"
_SIDES: Final = "below 5 videos (or clusters) a side"
_DRAWN: Final = "expanded percentile interval, bootstrap of whole videos or clusters (Hesterberg 2015)"
_SPAN: Final = "difference of a cumulative count over all readings"

_ESTIMATORS: Final = {
    "pooled": ("100 sum(E) / sum(V)", "what a view did"),
    "mean": ("mean of 100 E / V", "what a video got"),
    "median": ("median of 100 E / V", "what a typical video got"),
    "cluster_mean": ("mean over clusters of the mean of 100 E / V", "creator-weighted mean, with creators as clusters"),
}
_UNCLUSTERED: Final = "unless whole clusters are drawn"

_SUMMARY: Final = (
    ("readings", _WHOLE, "how many", "count", "never", "the readings themselves"),
    ("first_reading", _INSTANT, "smallest timestamp", "UTC", "never", "the readings themselves"),
    ("last_reading", _INSTANT, "largest timestamp", "UTC", "never", "the readings themselves"),
    ("read_hours", _FLOAT, "last_reading - first_reading", "hours", "never", "elapsed time"),
    ("longest_gap_hours", _FLOAT, "largest t_i - t_(i-1)", "hours", "with one reading", "elapsed time"),
    ("{count}_first", _WHOLE, "V at t_first, the first reading with visible V", "count", "never visible", "raw"),
    ("{count}_last", _WHOLE, "V at t_last, the last reading with visible V", "count", "never visible", "raw"),
    ("{count}_gained_in_all", _WHOLE, "{count}_last - {count}_first", "count", "no reading has it", _SPAN),
    (
        "{count}_per_hour_in_all",
        _FLOAT,
        "{count}_gained_in_all / (t_last - t_first)",
        "count per hour",
        "fewer than two readings have it",
        "mean velocity over all readings",
    ),
    (
        "engagements_last",
        _WHOLE,
        "engagements at engagement_rate_last_at",
        "count",
        "where no reading has an engagement rate",
        "sum of cumulative counts",
    ),
    (
        "engagement_rate_last_pct",
        _FLOAT,
        "engagement_rate_pct at engagement_rate_last_at",
        "%",
        "where no reading has an engagement rate",
        "falls with age: no comparison between videos of unequal age",
    ),
    (
        "engagement_rate_last_at",
        _INSTANT,
        "timestamp of the last reading that has an engagement_rate_pct",
        "UTC",
        "where no reading has an engagement rate",
        "when the last engagement rate was read; the rate is of this one reading",
    ),
    (
        "engagement_parts_last",
        _TEXT,
        "engagement_parts at engagement_rate_last_at",
        "",
        "where engagements_last is null",
        "which counts the video reports",
    ),
)

_COUNTED: Final = (
    ("videos", _WHOLE, "how many videos the group has", "count", "never", "the videos themselves"),
    ("without_age", _WHOLE, "how many have no views at that age", "count", "never", "never extrapolated"),
    ("n", _WHOLE, "how many videos have a rate at that age", "count", "never", "the videos behind the figures"),
    (
        "n_effective",
        _FLOAT,
        "(sum W)^2 / sum(W^2), W the views of each drawn unit",
        "count",
        _NOBODY,
        "effective number (Kish 1965)",
    ),
    ("drawn", _TEXT, "videos, or the clusters' column where at least 5 are named", "", "never", "parameter cluster"),
    ("n_drawn", _WHOLE, "how many units intervals draw from", "count", "never", "parameter cluster"),
    (
        "n_drawn_effective",
        _FLOAT,
        "(sum m)^2 / sum(m^2), m the number of videos of each drawn unit",
        "count",
        _NOBODY,
        "effective number (Kish 1965)",
    ),
    ("age_hours", _FLOAT, "the age that was asked for", "hours", "at last readings", "parameter at_age"),
    ("age", _TEXT, "published or tracked", "", "at last readings", "parameter age"),
    ("engagement_parts", _TEXT, "the parts that were added up, joined by +", "", "never", "parameter parts"),
    ("level_pct", _FLOAT, "how much of the draws an interval holds", "%", "never", "parameter level_pct"),
)

_VIEWS: Final = (
    ("views_median", _FLOAT, "median of V", "views", _NOBODY, "what a typical video got"),
    ("views_median_low", _FLOAT, "lower end of its interval", "views", _FEW, _DRAWN),
    ("views_median_high", _FLOAT, "upper end of its interval", "views", _FEW, _DRAWN),
    (
        "note",
        _TEXT,
        "what to do where no video of the group has published_at, which the age needs",
        "",
        "where a video has one, or no age since publication was asked for",
        "advice",
    ),
)

_PAIRS: Final = (
    ("group_a", _TEXT, "the first group; of the type of its column", "", "the group of null", "parameter by"),
    ("group_b", _TEXT, "the second group; of the type of its column", "", "the group of null", "parameter by"),
    (
        "n_a",
        _WHOLE,
        "how many videos of group_a have an age and a rate",
        "count",
        "never",
        "the videos behind the figures",
    ),
    (
        "n_b",
        _WHOLE,
        "how many videos of group_b have an age and a rate",
        "count",
        "never",
        "the videos behind the figures",
    ),
    ("clusters_a", _WHOLE, "how many clusters these form; n_a without cluster", "count", "never", "drawn together"),
    ("clusters_b", _WHOLE, "how many clusters these form; n_b without cluster", "count", "never", "drawn together"),
    ("age_hours", _FLOAT, "the age that was asked for", "hours", "at last readings", "parameter at_age"),
    ("age", _TEXT, "published or tracked", "", "at last readings", "parameter age"),
    ("estimator", _TEXT, "median, mean or pooled: of difference_pct and p_value", "", "never", "parameter estimator"),
    ("engagement_parts", _TEXT, "the parts that were added up, joined by +", "", "never", "parameter parts"),
    ("level_pct", _FLOAT, "how much of the draws an interval holds", "%", "never", "parameter level_pct"),
    (
        "difference_pct",
        _FLOAT,
        "rate of group_a - rate of group_b, of the estimator",
        "% points",
        _SIDES,
        "at equal age",
    ),
    ("difference_low_pct", _FLOAT, "lower end of its interval", "% points", _SIDES, _DRAWN),
    ("difference_high_pct", _FLOAT, "upper end of its interval", "% points", _SIDES, _DRAWN),
    (
        "p_value",
        _FLOAT,
        (
            "(1 + how many s* >= s) / (1 + m), labels of videos (or clusters) dealt out anew m times within age bands; "
            "s = |ln(a / b)| / its standard error of means and pooled rates, |d| / its standard error of medians"
        ),
        "",
        f"{_SIDES}; where no age band holds both",
        "permutation test, null: same distribution (Phipson and Smyth 2010)",
    ),
    ("p_holm", _FLOAT, "largest p_(j) (k - j + 1) up to its rank, at most 1", "", "where p_value is", "Holm 1979"),
    (
        "is_significant",
        pl.Boolean(),
        "p_holm < 0.05 and the interval of the difference excludes 0",
        "",
        "never: false without an answer",
        "a difference that may be stated",
    ),
    (
        "cliffs_delta",
        _FLOAT,
        "share of pairs of videos' rates with a > b, minus share with a < b, whatever the estimator",
        "",
        _SIDES,
        "effect size (Cliff 1993)",
    ),
    ("cliffs_delta_low", _FLOAT, "lower end of its interval", "", _SIDES, _DRAWN),
    ("cliffs_delta_high", _FLOAT, "upper end of its interval", "", _SIDES, _DRAWN),
    ("note", _TEXT, "why there is no answer, or what belongs to what", "", "where nothing is to be said", "in words"),
)

_BENCHMARK: Final = (
    ("benchmark_age_hours", _FLOAT, "the age that was asked for", "hours", "never", "parameter at_age"),
    ("benchmark_age", _TEXT, "published or tracked", "", "never", "parameter age"),
    ("benchmark_measure", _TEXT, "which count, or the engagement rate", "", "never", "parameter measure"),
    (
        "benchmark_value",
        _FLOAT,
        "the measure at that age",
        "of the measure",
        "where not known then",
        "never extrapolated",
    ),
    ("benchmark_others", _WHOLE, "how many others have a value", "count", "never", "the videos behind the figure"),
    (
        "benchmark_percentile_pct",
        _FLOAT,
        "100 (how many others are below + half of those equal) / benchmark_others",
        "%",
        "where the video has no value; below 5 others",
        "mid-rank percentile",
    ),
    (
        "benchmark_percentile_low_pct",
        _FLOAT,
        "lower 95 % limit, of how many others are below",
        "%",
        "where the percentile is",
        "Clopper and Pearson 1934",
    ),
    (
        "benchmark_percentile_high_pct",
        _FLOAT,
        "upper 95 % limit, of how many others are below or equal",
        "%",
        "where the percentile is",
        "Clopper and Pearson 1934",
    ),
)


def _rates() -> Iterator[Metric]:
    for name, (formula, source) in _ESTIMATORS.items():
        column = f"engagement_rate_{name}"
        nobody, few = (_UNCLUSTERED, _UNCLUSTERED) if name == "cluster_mean" else (_NOBODY, _FEW)
        yield Metric(f"{column}_pct", "compare", _FLOAT, formula, "%", nobody, source)
        for end, words in (("low", "lower"), ("high", "upper")):
            yield Metric(f"{column}_{end}_pct", "compare", _FLOAT, f"{words} end of its interval", "%", few, _DRAWN)


def _of(function: str, rows: tuple[tuple[str, pl.DataType, str, str, str, str], ...]) -> Iterator[Metric]:
    for name, dtype, formula, unit, null, source in rows:
        yield Metric(name, function, dtype, formula, unit, null, source)


GROUPS: Final[tuple[Metric, ...]] = (
    *_of("summarize", _SUMMARY),
    *_of("compare", _COUNTED),
    *_rates(),
    *_of("compare", _VIEWS),
    *_of("compare_pairs", _PAIRS),
    *_of("benchmark", _BENCHMARK),
)
