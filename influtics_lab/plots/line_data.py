"""The lines of a picture from a frame: which videos and readings, and what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.plots.band_quantiles import NAMES, Curves, Floats
from influtics_lab.plots.colours import UNKNOWN
from influtics_lab.plots.font_text import LONGEST, format_label

SCALES: Final = ("linear", "log")
_MINUTE: Final = 1 / 60  # hours


@dataclass(frozen=True, eq=False)
class Line:
    """One video's readings, in the units of the axes: days since 1970 or hours of age, and the column as it is."""

    name: str
    platform: str
    x: Floats
    y: Floats
    video_id: str = ""

    @cached_property
    def span(self) -> tuple[float, float]:
        """Return where the line begins and ends."""
        return float(np.nanmin(self.x)), float(np.nanmax(self.x))

    @property
    def last(self) -> int:
        """Return the place of the last point with a value."""
        return int(np.flatnonzero(~np.isnan(self.y))[-1])


@dataclass(frozen=True)
class Lines:
    """The lines that are drawn, the largest video first, and what is left out.

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
    highlight : tuple of str or None
        The ids of the videos that are named; None is the largest.
    zone : tzinfo
        The time zone of an axis of time.
    """

    lines: tuple[Line, ...]
    videos: int
    with_values: int
    asked: int
    readings: int
    off_scale: int
    by: str
    highlight: tuple[str, ...] | None = None
    zone: tzinfo = UTC


def collect_lines(
    frame: pl.DataFrame, y: str, *, by: str, rank: str, top: int | None, scale: str, hours: str | None = None
) -> Lines:
    """Return the lines of one column, the videos with the largest last value of ``rank`` first.

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
        The column with the length of the interval that ends at the reading: the line is then curves of steps.

    Returns
    -------
    Lines
    """
    points = frame.filter(pl.col(y).cast(pl.Float64).is_finite() & pl.col(by).is_not_null())
    order = _rank_videos(frame, points, rank)
    chosen = order if top is None else order[:top]
    points = points.filter(pl.col("video_id").is_in(chosen.implode())) if len(chosen) < len(order) else points
    drawn = points.filter(pl.col(y) > 0) if scale == "log" else points
    columns = [*dict.fromkeys((*NAMES, by, y, *([hours] if hours else [])))]
    parts = drawn.select(columns).sort(by, maintain_order=True).partition_by("video_id", as_dict=True)
    return Lines(
        lines=tuple(_build_line(parts[(key,)], y, by, hours) for key in chosen if (key,) in parts),
        videos=frame["video_id"].n_unique(),
        with_values=len(order),
        asked=len(chosen),
        readings=drawn.height,
        off_scale=points.height - drawn.height,
        by=by,
    )


def _rank_videos(frame: pl.DataFrame, points: pl.DataFrame, rank: str) -> pl.Series:
    """Return the ids of the videos that have points, the largest last value of the ranking count first."""
    last = (
        frame.lazy()
        .filter(pl.col(rank).is_not_null())
        .group_by("video_id")
        .agg(pl.col(rank).sort_by("timestamp").last().alias("last"))
    )
    with_points = points.lazy().select("video_id").unique()
    joined = with_points.join(last, on="video_id", how="left")
    return joined.sort(["last", "video_id"], descending=[True, False], nulls_last=True).collect()["video_id"]


def _build_line(part: pl.DataFrame, y: str, by: str, hours: str | None) -> Line:
    x, values = _to_axis_units(part[by]), part[y].cast(pl.Float64).to_numpy()
    if hours is not None:
        unit = 24.0 if by == "timestamp" else 1.0
        x, values = _build_steps(x, part[hours].to_numpy() / unit, values, _MINUTE / unit)
    first: dict[str, Any] = part.row(0, named=True)
    return Line(
        name=format_label(first["title"], first["external_video_id"], first["video_id"], limit=LONGEST),
        platform=first["platform"] or UNKNOWN,
        x=x,
        y=values,
        video_id=first["video_id"],
    )


def select_lines(curves: Curves, video_ids: Sequence[str], *, positive: bool) -> tuple[Line, ...]:
    """Return the lines of some videos of curves, in the order of their ids; those without a value are left out.

    Parameters
    ----------
    curves : Curves
    video_ids : sequence of str
    positive : bool
        Whether values of 0 or less are left out, which a log scale cannot show.

    Returns
    -------
    tuple of Line
    """
    lines = []
    places = [place for key in video_ids if (place := curves.videos["video_id"].index_of(key)) is not None]
    for row in (curves.videos.row(place, named=True) for place in places):
        part = slice(row["start"], row["start"] + row["readings"])
        chosen = curves.y[part] > 0 if positive else np.ones(row["readings"], dtype=bool)
        if chosen.any():
            x, y = curves.x[part][chosen], curves.y[part][chosen]
            if curves.begins is not None:
                touching = _MINUTE / 24 if curves.by == "timestamp" else _MINUTE
                x, y = _build_steps(x, x - curves.begins[part][chosen], y, touching)
            name = format_label(row["title"], row["external_video_id"], row["video_id"], limit=LONGEST)
            lines.append(Line(name, row["platform"] or UNKNOWN, x, y, row["video_id"]))
    return tuple(lines)


def _to_axis_units(column: pl.Series) -> Floats:
    """Return days since 1970, as matplotlib counts them; ages stay hours."""
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.epoch("us").to_numpy() / 86_400e6
    return column.cast(pl.Float64).to_numpy()


def _build_steps(ends: Floats, lengths: Floats, values: Floats, touching: float) -> tuple[Floats, Floats]:
    """Return each value from the start of its interval to the end; a gap where intervals do not touch."""
    starts = ends - lengths
    x, y = np.stack([starts, ends], axis=1).ravel(), np.repeat(values, 2)
    apart = 2 * (np.flatnonzero(starts[1:] - ends[:-1] > touching) + 1)
    return np.insert(x, apart, np.nan), np.insert(y, apart, np.nan)
