"""Definitions of the columns of `multiple_of_usual`, `hit_rate` and `concentration`."""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.metrics._column_definition import Metric

_WHOLE: Final = pl.Int64()
_FLOAT: Final = pl.Float64()
_TEXT: Final = pl.String()

_MULTIPLE: Final = (
    ("usual_age_hours", _FLOAT, "the age that was asked for", "hours", "never", "parameter at_age"),
    ("usual_age", _TEXT, "published or tracked", "", "never", "parameter age"),
    ("usual_measure", _TEXT, "which count, or the engagement rate", "", "never", "parameter measure"),
    (
        "usual_videos",
        _WHOLE,
        "how many earlier videos of the creator, none of them judged, have a value at that age",
        "count",
        "never",
        "the videos behind the usual",
    ),
    (
        "usual_value",
        _FLOAT,
        "median of their values",
        "of the measure",
        "below 5 such videos; where the creator or the publication is not known",
        "what is usual for the creator",
    ),
    (
        "video_value",
        _FLOAT,
        "the measure of the video at that age",
        "of the measure",
        "where not known then",
        "never extrapolated",
    ),
    (
        "multiple_of_usual",
        _FLOAT,
        "video_value / usual_value",
        "",
        "where either is null; where usual_value is 0 or less",
        "a video against its creator's own history, at equal age",
    ),
)

_HITS: Final = (
    ("judged", _WHOLE, "how many videos are judged", "count", "never", "the videos themselves"),
    ("with_usual", _WHOLE, "how many of them have a multiple_of_usual", "count", "never", "the videos behind the rate"),
    ("hits", _WHOLE, "how many of these have a multiple_of_usual above 1", "count", "never", "above their usual"),
    ("hit_rate_pct", _FLOAT, "100 hits / with_usual", "%", "where with_usual is 0", "about 50 % by chance alone"),
    ("hit_rate_low_pct", _FLOAT, "lower Wilson limit", "%", "where with_usual is 0", "Wilson 1927"),
    ("hit_rate_high_pct", _FLOAT, "upper Wilson limit", "%", "where with_usual is 0", "Wilson 1927"),
)

_NO_TOTAL: Final = "where no video has a value, one is negative, or their sum is 0"
_CONCENTRATION: Final = (
    ("videos", _WHOLE, "how many videos there are", "count", "never", "the videos themselves"),
    ("n", _WHOLE, "how many have a value", "count", "never", "the videos behind the figures"),
    (
        "top_tenth_share_pct",
        _FLOAT,
        "100 (sum of the n / 10 largest values) / (sum of all); where n / 10 is not whole, the last counts in part",
        "%",
        _NO_TOTAL,
        "Lorenz curve; 10 % where all are equal",
    ),
    (
        "gini",
        _FLOAT,
        "sum over i of (2 i - n - 1) x_i / (n sum(x)), x rising",
        "",
        _NO_TOTAL,
        "Gini coefficient: 0 where all are equal",
    ),
)

CREATORS: Final[tuple[Metric, ...]] = tuple(
    Metric(name, function, dtype, formula, unit, null, source)
    for function, rows in (("multiple_of_usual", _MULTIPLE), ("hit_rate", _HITS), ("concentration", _CONCENTRATION))
    for name, dtype, formula, unit, null, source in rows
)
