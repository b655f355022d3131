"""Many videos interpolated once onto a common grid, so that bands and rasters are drawn quickly.

Finding each video's value at each age takes longer than drawing, so it is done once for a frame; a choice among its
videos afterwards is a choice of columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.plots.least_gap import LEAST_GAP_MINUTES, check_least_gap, interval_columns, merge_short_intervals
from influtics_lab.plots.ticks import AXES
from influtics_lab.plots.validation import check_columns, check_no_nulls, check_one_of

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

QUANTILES: Final = (10, 25, 50, 75, 90)
LEAST: Final = 10
NAMES: Final = ("video_id", "platform", "title", "external_video_id")
# The ages of the grid in hours: (from, to, step). Close together where videos are young, for there they change; the
# same for every frame, so that a choice among its videos equals a frame of only those.
_LADDER: Final = (
    (0, 48, 1), (48, 14 * 24, 6), (14 * 24, 90 * 24, 24), (90 * 24, 730 * 24, 168), (730 * 24, 9000 * 24, 720),
)  # fmt: skip
AGES: Final = np.concatenate([np.arange(start, end, step, dtype=np.float64) for start, end, step in _LADDER])
_STEPS: Final = (1 / 24, 0.125, 0.25, 0.5, 1.0, 2.0, 7.0, 14.0, 28.0, 91.0)  # days between columns of time
_COLUMNS: Final = 300  # at most, of time


@dataclass(frozen=True, eq=False)
class Curves:
    """One column of every video of a frame, on a grid of ages or of time, from which bands and rasters are drawn.

    Attributes
    ----------
    column : str
        Whose values they are.
    by : str
        ``age_hours``, ``tracked_age_hours`` or ``timestamp``.
    grid : numpy.ndarray
        Hours of age, or days since 1970, of each row of ``values``.
    values : numpy.ndarray
        A row for each point of the grid, a column for each video: interpolated between the readings before and after;
        NaN before a video's first reading and after its last. Nothing is extrapolated.
    videos : polars.DataFrame
        A row for each video of the frame, in the order of the columns: ``video_id platform title external_video_id``,
        ``readings`` (with a value), ``start`` (of its readings in ``x`` and ``y``), ``size`` (last value of the count
        that ranks videos), ``nonpositive`` (values of 0 or less).
    x, y : numpy.ndarray
        The readings themselves, in the units of the grid.
    begins : numpy.ndarray or None
        Where the interval begins that each value describes; None where values belong to instants.
    least_gap_minutes : float
        The shortest interval over which a velocity was measured.
    """

    column: str
    by: str
    grid: Floats
    values: Floats
    videos: pl.DataFrame
    x: Floats
    y: Floats
    begins: Floats | None = None
    least_gap_minutes: float = LEAST_GAP_MINUTES

    def only(self, video_ids: Iterable[str]) -> Curves:
        """Return the curves of these videos alone, as from a frame that has only them.

        Over time the grid stays as wide as it was.

        Parameters
        ----------
        video_ids : iterable of str
            Those that are not there are skipped.

        Returns
        -------
        Curves
        """
        wanted = video_ids if isinstance(video_ids, pl.Series) else pl.Series(list(video_ids), dtype=pl.String)
        chosen = self.videos["video_id"].is_in(wanted.implode())
        values = self.values[:, chosen.to_numpy()]
        last = _count_known_rows(values) if self.by != "timestamp" else len(self.grid)
        return replace(self, grid=self.grid[:last], values=values[:last], videos=self.videos.filter(chosen))

    @cached_property
    def known(self) -> Whole:
        """Return how many videos have a value at each point of the grid."""
        counted: Whole = np.count_nonzero(~np.isnan(self.values), axis=1)
        return counted

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """Return the videos that have a value, each with its ``column``, the largest first; of equals by their ids."""
        videos = self.videos.with_row_index("column").filter(pl.col("readings") > 0)
        return videos.sort("size", "video_id", descending=[True, False], nulls_last=True)

    @cached_property
    def quantiles(self) -> Floats:
        """Return the quantiles at each point of the grid (rows), linear between videos; NaN without a value."""
        ordered, n = np.sort(self.values, axis=1), self.known
        at = (np.maximum(n, 1) - 1)[:, None] * np.array(QUANTILES) / 100
        low = np.floor(at).astype(np.int64)
        rows = np.arange(len(n))[:, None]
        below, above = ordered[rows, low], ordered[rows, np.minimum(low + 1, np.maximum(n, 1)[:, None] - 1)]
        quantiles: Floats = below + (above - below) * (at - low)
        return quantiles

    def frame(self, least: int = LEAST) -> pl.DataFrame:
        """Return the quantiles as a frame, one row for each point of the grid at which so many videos are known."""
        shown = self.known >= max(least, 1)
        at = pl.Series(self.by, self.grid[shown])
        if self.by == "timestamp":
            at = (at * 86_400e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
        parts = {f"p{q}": self.quantiles[shown, place] for place, q in enumerate(QUANTILES)}
        return pl.DataFrame({self.by: at, "n": self.known[shown], **parts})


def curves(
    frame: pl.DataFrame,
    column: str = "views",
    *,
    by: str = "age_hours",
    rank: str = "views",
    least_gap_minutes: float = LEAST_GAP_MINUTES,
) -> Curves:
    """Interpolate a column of every video onto a common grid, once, for all pictures of it.

    ``plot_counts``, ``plot_velocity``, ``plot_engagement`` and ``plot_cohorts`` accept it instead of the frame, and
    then draw ten thousand videos as fast as ten. ``curves(...).only(video_ids)`` chooses among them.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame, with the column and the column of `by`.
    column : str, default "views"
        Any column of numbers. Values that are null or not finite are skipped. Of ``COUNT_per_hour``, which
        describes intervals, each value holds over its whole interval, which needs ``COUNT_hours``.
    by : str, default "age_hours"
        ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``, or ``timestamp``.
    rank : str, default "views"
        The count whose last value orders the videos: the largest are named in pictures.
    least_gap_minutes : float, default 15
        Intervals of ``COUNT_per_hour`` that are shorter are merged with those beside them; 0 merges none.

    Returns
    -------
    Curves

    Raises
    ------
    MissingColumnError, FrameError
        If a column is not there, or holds no numbers.
    ConfigError
        If `by` or the least gap is not allowed.

    Examples
    --------
    >>> from influtics_lab.schema import FRAME, empty
    >>> sampled = curves(empty(FRAME), by="timestamp")
    >>> sampled.values.shape, sampled.videos.height
    ((0, 0), 0)
    """
    check_one_of("curves", "by", by, tuple(AXES))
    least_gap = check_least_gap("curves", least_gap_minutes)
    needed = [*NAMES, "timestamp", column, rank, by, *interval_columns(column)]
    data = check_columns(frame, "curves", needed, numeric=column)
    check_no_nulls(data, "curves", "video_id")
    points = collect_points(merge_short_intervals(data, column, least_gap), column, by, rank)
    x, y, begins, videos = points.x, points.y, points.begins, points.videos
    grid = AGES if by != "timestamp" else _build_calendar(x)
    values = _interpolate_values(grid, x, y, videos) if begins is None else _hold_values(grid, begins, x, y, videos)
    last = _count_known_rows(values)
    return replace(points, grid=grid[:last], values=values[:last], least_gap_minutes=least_gap)


def collect_points(frame: pl.DataFrame, column: str, by: str, rank: str) -> Curves:
    """Return the readings of a checked frame as curves without a grid: lines need no more."""
    hours = interval_columns(column)
    points, videos = _select_points(frame, column, by, hours), _rank_videos(frame, rank)
    counted = points.group_by("video_id", maintain_order=True).agg(
        pl.len().alias("readings"), (pl.col("y") <= 0).sum().alias("nonpositive")
    )
    counted = counted.with_columns((pl.col("readings").cum_sum() - pl.col("readings")).alias("start"))
    videos = videos.join(counted, on="video_id", how="left", nulls_equal=True).sort("video_id")
    videos = videos.with_columns(pl.col("readings", "nonpositive", "start").cast(pl.Int64).fill_null(0))
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    begins = x - points["hours"].to_numpy() / (24 if by == "timestamp" else 1) if hours else None
    return Curves(column, by, np.empty(0), np.empty((0, videos.height)), videos, x, y, begins)


def age_bands(frame: pl.DataFrame, column: str = "views", *, by: str = "age_hours", least: int = LEAST) -> pl.DataFrame:
    """Return the quantiles over videos of a column at each age, from which the bands of a picture are drawn.

    Each video is interpolated between its readings onto a grid of ages (each hour for two days, each 6 hours up to 14
    days, each day up to 90, then wider). At an age count the videos that have readings before and after it; those
    videos differ from age to age, and ``n`` is their number.

    Parameters
    ----------
    frame : polars.DataFrame
        The one frame, with the column and the column of `by`.
    column : str, default "views"
        Any column of numbers.
    by : str, default "age_hours"
        ``age_hours`` or ``tracked_age_hours`` of ``lab.with_age``, or ``timestamp``.
    least : int, default 10
        Ages at which fewer videos are known are left out.

    Returns
    -------
    polars.DataFrame
        One row for each age, ascending: the column of `by`, ``n`` (videos), ``p10 p25 p50 p75 p90`` in the unit of the
        column. Nothing is null.

    Raises
    ------
    MissingColumnError, FrameError
        If a column is not there, or holds no numbers.
    ConfigError
        If `by` is not allowed.

    Examples
    --------
    >>> import polars as pl
    >>> from datetime import datetime, timedelta, UTC
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame(
    ...     {
    ...         "video_id": ["a", "a", "b", "b"],
    ...         "timestamp": [start, start + timedelta(hours=2)] * 2,
    ...         "age_hours": [0.5, 2.5, 0.5, 2.5],
    ...         "views": [0, 100, 100, 300],
    ...     }
    ... ).with_columns(platform=None, title=None, external_video_id=None)
    >>> age_bands(frame, least=2).select("age_hours", "n", "p50").rows()
    [(1.0, 2, 87.5), (2.0, 2, 162.5)]
    """
    return curves(frame, column, by=by).frame(least)


def _select_points(frame: pl.DataFrame, column: str, by: str, hours: list[str]) -> pl.DataFrame:
    """Return the readings that have a value: ``video_id x y``, each video's together, in the order of the axis."""
    across = pl.col(by).dt.epoch("us") / 86_400e6 if by == "timestamp" else pl.col(by).cast(pl.Float64)
    value = pl.col(column).cast(pl.Float64)
    rows = frame.lazy().filter(value.is_finite() & pl.col(by).is_not_null())
    length = [pl.col(name).alias("hours") for name in hours]
    return (
        rows.select("video_id", across.alias("x"), value.alias("y"), *length)
        .sort("video_id", "x", maintain_order=True)
        .collect()
    )


def _rank_videos(frame: pl.DataFrame, rank: str) -> pl.DataFrame:
    size = pl.col(rank).sort_by("timestamp").drop_nulls().last().cast(pl.Float64).alias("size")
    names = [pl.col(name).first() for name in NAMES[1:]]
    return frame.lazy().group_by("video_id").agg(*names, size).collect()


def _count_known_rows(values: Floats) -> int:
    """Return the number of rows up to the last one with a value."""
    known = np.flatnonzero(~np.isnan(values).all(axis=1))
    return int(known[-1]) + 1 if len(known) else 0


def _build_calendar(x: Floats) -> Floats:
    """Return a grid of whole steps of time over all readings, of at most three hundred points."""
    if not len(x):
        return x
    first, last = float(x.min()), float(x.max())
    step = next((step for step in _STEPS if (last - first) / step < _COLUMNS - 1), _STEPS[-1])
    return np.arange(np.floor(first / step), np.ceil(last / step) + 1) * step


def _interpolate_values(grid: Floats, x: Floats, y: Floats, videos: pl.DataFrame) -> Floats:
    """Return each video's value at each point of the grid that lies between two of its readings.

    Every pair of neighbouring readings of a video fills the points from the first up to the second: all at once.
    """
    values, owner = _prepare_values(grid, videos)
    reached = np.searchsorted(grid, x)  # the first point that is not before the reading
    first = np.flatnonzero(owner[1:] == owner[:-1])
    before, place = _repeat_places(first, reached[first], reached[first + 1])
    share = (grid[place] - x[before]) / (x[before + 1] - x[before])
    values[place, owner[before]] = y[before] + (y[before + 1] - y[before]) * share
    # a reading that lies on the grid is known even where nothing follows it
    on = np.flatnonzero(grid[np.minimum(reached, len(grid) - 1)] == x) if len(grid) else first[:0]
    values[reached[on], owner[on]] = y[on]
    return values


def _hold_values(grid: Floats, begins: Floats, x: Floats, y: Floats, videos: pl.DataFrame) -> Floats:
    """Return each video's value at each point of the grid that lies in one of its intervals, the later end included."""
    values, owner = _prepare_values(grid, videos)
    start, end = (np.searchsorted(grid, at, side="right") for at in (begins, x))
    inside, place = _repeat_places(np.arange(len(x)), start, end)
    values[place, owner[inside]] = y[inside]
    return values


def _prepare_values(grid: Floats, videos: pl.DataFrame) -> tuple[Floats, Whole]:
    """Return an empty array of values, and the video (column) of each reading."""
    owner = np.repeat(np.arange(videos.height), videos["readings"].to_numpy())
    return np.full((len(grid), videos.height), np.nan), owner


def _repeat_places(which: Whole, start: Whole, end: Whole) -> tuple[Whole, Whole]:
    """Repeat each of ``which`` for each place from its start up to before its end; return both."""
    times = end - start
    place = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times) + np.repeat(start, times)
    return np.repeat(which, times), place
