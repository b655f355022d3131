"""The lines of a picture from a frame: which videos and readings, and what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from influtics_lab.plots.band_quantiles import Curves, Floats, collect_points
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
    frame: pl.DataFrame, column: str, *, by: str, rank: str = "views", top: int | None = None, scale: str = "linear"
) -> Lines:
    """Return the lines of one column, the videos with the largest last value of ``rank`` first.

    Parameters
    ----------
    frame : polars.DataFrame
        With the columns named here, and ``video_id platform title external_video_id``; of a velocity, which is drawn
        as steps, also the lengths of its intervals.
    column, by : str
        The columns of the two axes; a row where either is null is no point.
    rank : str
        The count whose last value orders the videos.
    top : int, optional
        How many videos at most.
    scale : str
        On ``log``, values of 0 or less are left out and counted.

    Returns
    -------
    Lines
    """
    points = collect_points(frame, column, by, rank)
    asked = points.ranked[:top]
    off_scale = int(asked["nonpositive"].sum()) if scale == "log" else 0
    return Lines(
        lines=select_lines(points, asked["video_id"].to_list(), positive=scale == "log"),
        videos=points.videos.height,
        with_values=points.ranked.height,
        asked=asked.height,
        readings=int(asked["readings"].sum()) - off_scale,
        off_scale=off_scale,
        by=by,
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
                x, y = _build_steps(curves.begins[part][chosen], x, y, touching)
            name = format_label(row["title"], row["external_video_id"], row["video_id"], limit=LONGEST)
            lines.append(Line(name, row["platform"] or UNKNOWN, x, y, row["video_id"]))
    return tuple(lines)


def _build_steps(starts: Floats, ends: Floats, values: Floats, touching: float) -> tuple[Floats, Floats]:
    """Return each value from the start of its interval to the end; a gap where intervals do not touch."""
    x, y = np.stack([starts, ends], axis=1).ravel(), np.repeat(values, 2)
    apart = 2 * (np.flatnonzero(starts[1:] - ends[:-1] > touching) + 1)
    return np.insert(x, apart, np.nan), np.insert(y, apart, np.nan)
