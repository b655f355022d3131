"""Checks of the frame and the settings of a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.markup import suggest_polars
from influtics_lab.text_format import name_columns, plural
from influtics_lab.visible_counts import mask_hidden

INSTANTS: Final = ("timestamp", "published_at", "created_at")
# Patterns of column names, and the call that adds them: the first that fits.
_ADDED_BY: Final[tuple[tuple[str, str], ...]] = (
    (r"engagement_rate_pct|engagements", "lab.engagement_rate"),
    (r"incremental_engagement_rate_pct", "lab.incremental_engagement_rate"),
    (r"engagement_rate_\w+_pct|views_median\w*|without_age|level_pct", 'lab.compare, by="platform"'),
    (r"age_hours|tracked_age_hours", "lab.with_age"),
    (r"er_\w+_pct", "lab.audit_er"),
    (r"is_\w+", "lab.flag_counters"),
    (r"views_forecast\w*|horizon_hours|refused", "lab.forecast"),
    (r"coverage_\w*pct|\w*error_pct|width_pct|beats_ratio", "lab.backtest"),
    (r"(\w+)_per_hour_per_hour", 'lab.acceleration, "{}"'),
    (r"(\w+)_doubling_hours", 'lab.doubling_time, "{}"'),
    (r"(\w+)_(?:per_hour|hours|growth_pct\w*)", 'lab.growth, "{}"'),
)


def check_one_of(function: str, name: str, value: object, allowed: Sequence[str]) -> None:
    """Raise where a setting is not among those allowed.

    Examples
    --------
    >>> check_one_of("plot_counts", "scale", "cubic", ("linear", "log"))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: plot_counts: scale is 'cubic'; it can be 'linear' or 'log'.
    """
    if value not in allowed:
        choice = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
        raise ConfigError(f"{function}: {name} is {value!r}; it can be {choice}.")


def check_at_least_one(function: str, name: str, value: object, otherwise: str = "") -> None:
    """Raise where a setting is no whole number from 1.

    Examples
    --------
    >>> check_at_least_one("plot_ranking", "top", 0)
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: plot_ranking: top is 0; it is a whole number from 1.
    """
    if type(value) is not int or value < 1:
        raise ConfigError(f"{function}: {name} is {value!r}; it is a whole number from 1{otherwise}.")


def check_frame(frame: object, function: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the frame if it is one of polars with these columns.

    Raises
    ------
    FrameError
        If it is no polars DataFrame.
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    """
    if not isinstance(frame, pl.DataFrame):
        kind = type(frame).__name__
        raise FrameError(f"{function} accepts a polars DataFrame, not a {kind}. {suggest_polars(frame)}")
    if missing := [column for column in dict.fromkeys(columns) if column not in frame.columns]:
        how = " ".join(dict.fromkeys(_added_by(column) for column in missing))
        raise MissingColumnError(
            f"{function} needs {name_columns(missing)}, which {'is' if len(missing) == 1 else 'are'} not there: {how}",
            missing=missing,
        )
    return frame


def check_columns(frame: object, function: str, columns: Sequence[str], numeric: str | None = None) -> pl.DataFrame:
    """Return the frame if it is one of polars with these columns, with null for hidden counts among them.

    Raises
    ------
    FrameError
        If it is no polars DataFrame, or the column `numeric` holds no numbers.
    MissingColumnError
        If a column is not there; the message names the function that adds it.
    """
    data = check_frame(frame, function, columns)
    if numeric is not None and not (data[numeric].dtype.is_numeric() or data[numeric].dtype == pl.Null):
        raise FrameError(f"{function}: the column {numeric!r} holds {data[numeric].dtype}, not numbers.")
    for column in dict.fromkeys(columns):
        if column in INSTANTS and not isinstance(data.schema[column], pl.Datetime | pl.Null):
            raise FrameError(f"{function}: the column {column!r} holds {data.schema[column]}, not instants.")
        data = mask_hidden(data, column)
    return data


def check_no_nulls(frame: pl.DataFrame, function: str, *columns: str) -> None:
    """Raise where a column that has to have a value in each row is null."""
    for column in columns:
        if nulls := frame[column].null_count():
            text = f"{function}: the column {column!r} is null in {plural(nulls, 'row')}."
            raise FrameError(f"{text} Write frame.drop_nulls({column!r}).")


def _added_by(column: str) -> str:
    for like, pipe in _ADDED_BY:
        if match := re.fullmatch(like, column):
            return f"frame.pipe({pipe.format(*match.groups())}) adds it."
    return "pass the frame of load_stats() or Snapshot.frame()."
