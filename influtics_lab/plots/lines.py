"""From a frame to the lines of a picture: which videos, which readings, and what had to be left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots.text import label

Floats: TypeAlias = NDArray[np.float64]

SCALES: Final = ("linear", "log")
AXES: Final[dict[str, str]] = {
    "timestamp": "time of reading (UTC)",
    "age_hours": "since publication",
    "tracked_age_hours": "since tracking began",
}
_ADDED_BY: Final[dict[str, str]] = {  # the end of a column's name, and what to pipe
    "age_hours": "lab.with_age",
    "engagement_rate_pct": "lab.engagement_rate",
    "_per_hour": 'lab.growth, "{count}"',
    "_hours": 'lab.growth, "{count}"',
}
_MINUTE: Final = 1 / 60  # hours
_NAMES: Final = ("video_id", "platform", "title", "external_video_id")


@dataclass(frozen=True)
class Line:
    """One video's readings, in the units of the axes: days since 1970 or hours of age, and the column as it is."""

    name: str
    platform: str
    x: Floats
    y: Floats


@dataclass(frozen=True)
class Lines:
    """What is drawn, the largest video first, and what is not.

    Attributes
    ----------
    lines : tuple of Line
    videos : int
        Videos in the frame.
    with_values : int
        Videos that have at least one value to draw.
    asked : int
        How many of those were to be drawn; fewer lines are where all values of a video are off the scale.
    readings : int
        Values that are drawn.
    off_scale : int
        Values of 0 or less that a log scale cannot show.
    by : str
        The column of the horizontal axis.
    """

    lines: tuple[Line, ...]
    videos: int
    with_values: int
    asked: int
    readings: int
    off_scale: int
    by: str


def one_of(function: str, name: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a setting that is not among those allowed.

    Examples
    --------
    >>> one_of("plot_counts", "scale", "cubic", SCALES)
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: plot_counts: scale is 'cubic'; it can be 'linear' or 'log'.
    """
    if value not in allowed:
        choice = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
        raise ConfigError(f"{function}: {name} is {value!r}; it can be {choice}.")


def need(frame: object, function: str, columns: Sequence[str]) -> pl.DataFrame:
    """Give the frame back if it is one of polars with these columns.

    Raises
    ------
    FrameError
        If it is no polars DataFrame.
    MissingColumnError
        If a column is not there; says which function adds it.
    """
    if not isinstance(frame, pl.DataFrame):
        hint = ".collect() it first" if isinstance(frame, pl.LazyFrame) else "turn it into one with polars.from_..."
        raise FrameError(f"{function} draws a polars DataFrame, not a {type(frame).__name__}: {hint}.")
    if missing := [column for column in dict.fromkeys(columns) if column not in frame.columns]:
        names, many = ", ".join(map(repr, missing)), len(missing) > 1
        how = " ".join(dict.fromkeys(_added_by(column) for column in missing))
        raise MissingColumnError(
            f"{function} needs the column{'s' * many} {names}, which {'are' if many else 'is'} not there: {how}",
            missing=missing,
        )
    return frame


def _added_by(column: str) -> str:
    for ending, pipe in _ADDED_BY.items():
        if column.endswith(ending):
            count = column.removesuffix(ending)
            return f"frame.pipe({pipe.format(count=count)}) adds it."
    return "draw the frame of load_stats() or Snapshot.frame()."


def collect(
    frame: pl.DataFrame, y: str, *, by: str, rank: str, top: int | None, scale: str, hours: str | None = None
) -> Lines:
    """Give the lines of one column, the videos with the largest last value of ``rank`` first.

    Parameters
    ----------
    frame : polars.DataFrame
        With the columns named here, and ``video_id platform title external_video_id``.
    y, by : str
        The columns of the two axes; a row where either is null is no point.
    rank : str
        The count whose last value orders the videos.
    top : int or None
        How many videos at most.
    scale : str
        On ``log``, values of 0 or less are left out and counted.
    hours : str, optional
        The column with the length of the interval that ends at the reading: the line is then made of steps.

    Returns
    -------
    Lines
    """
    points = frame.filter(pl.col(y).cast(pl.Float64).is_finite() & pl.col(by).is_not_null())
    order = _order(frame, points, rank)
    chosen = order if top is None else order[:top]
    points = points.filter(pl.col("video_id").is_in(chosen.implode())) if len(chosen) < len(order) else points
    drawn = points.filter(pl.col(y) > 0) if scale == "log" else points
    columns = [*dict.fromkeys((*_NAMES, by, y, *([hours] if hours else [])))]
    parts = drawn.select(columns).sort(by, maintain_order=True).partition_by("video_id", as_dict=True)
    return Lines(
        lines=tuple(_line(parts[(key,)], y, by, hours) for key in chosen if (key,) in parts),
        videos=frame["video_id"].n_unique(),
        with_values=len(order),
        asked=len(chosen),
        readings=drawn.height,
        off_scale=points.height - drawn.height,
        by=by,
    )


def _order(frame: pl.DataFrame, points: pl.DataFrame, rank: str) -> pl.Series:
    """Ids of the videos that have points, the largest last value of the ranking count first."""
    last = (
        frame.lazy()
        .filter(pl.col(rank).is_not_null())
        .group_by("video_id")
        .agg(pl.col(rank).sort_by("timestamp").last().alias("last"))
    )
    with_points = points.lazy().select("video_id").unique()
    joined = with_points.join(last, on="video_id", how="left")
    return joined.sort(["last", "video_id"], descending=[True, False], nulls_last=True).collect()["video_id"]


def _line(part: pl.DataFrame, y: str, by: str, hours: str | None) -> Line:
    x, values = _horizontal(part[by]), part[y].cast(pl.Float64).to_numpy()
    if hours is not None:
        unit = 24.0 if by == "timestamp" else 1.0
        x, values = _steps(x, part[hours].to_numpy() / unit, values, _MINUTE / unit)
    first: dict[str, Any] = part.row(0, named=True)
    return Line(
        name=label(first["title"], first["external_video_id"], first["video_id"], limit=60),
        platform=first["platform"] or "unknown platform",
        x=x,
        y=values,
    )


def _horizontal(column: pl.Series) -> Floats:
    """Days since 1970, as matplotlib counts them; ages stay hours."""
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.epoch("us").to_numpy() / 86_400e6
    return column.cast(pl.Float64).to_numpy()


def _steps(ends: Floats, lengths: Floats, values: Floats, touching: float) -> tuple[Floats, Floats]:
    """Each value from the start of its interval to the end; a gap where intervals are further apart than touching."""
    starts = ends - lengths
    x, y = np.stack([starts, ends], axis=1).ravel(), np.repeat(values, 2)
    apart = 2 * (np.flatnonzero(starts[1:] - ends[:-1] > touching) + 1)
    return np.insert(x, apart, np.nan), np.insert(y, apart, np.nan)
