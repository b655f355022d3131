"""Curves of only some readings, cut from those of all: what was interpolated once is not interpolated again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.plots import Curves


def points_of(frame: pl.DataFrame, made: Curves) -> NDArray[np.int64]:
    """Give the rows of a frame that are the points of its curves by age, in their order."""
    value = pl.col(made.column).cast(pl.Float64)
    kept = frame.select("video_id", made.by, value.is_finite().alias("finite")).with_row_index("row")
    kept = kept.filter(pl.col("finite") & pl.col(made.by).is_not_null())
    return kept.sort("video_id", made.by)["row"].cast(pl.Int64).to_numpy()


def cut(made: Curves, kept: NDArray[np.bool_], last: pl.DataFrame, there: pl.Series) -> Curves:
    """Give the curves by age of some readings.

    Parameters
    ----------
    made : Curves
        Of all readings.
    kept : array of bool
        Which of its points are kept: of each video those between two instants.
    last : polars.DataFrame
        ``video_id`` and ``last``: each video's last views among the readings that are kept.
    there : polars.Series
        The ``video_id`` of the videos of which any reading is kept, be it without a value.

    Returns
    -------
    Curves
        What ``curves`` gives of a frame of these readings.
    """
    points = np.flatnonzero(kept)
    x, y = made.x[points], made.y[points]
    begins = None if made.begins is None else made.begins[points]
    counted, below = _counted(made, points), _counted(made, points[y <= 0])
    stays = made.videos["video_id"].is_in(there.implode())
    columns = np.flatnonzero(stays.to_numpy())
    values = _inside(made.values[:, columns], made.grid, counted[columns], x, begins)
    known = np.flatnonzero(~np.isnan(values).all(axis=1))
    reach = int(known[-1]) + 1 if len(known) else 0
    sizes = last.select("video_id", pl.col("last").cast(pl.Float64).alias("size"))
    videos = (
        made.videos.drop("size")
        .with_columns(readings=pl.Series(counted), nonpositive=pl.Series(below))
        .with_columns(start=pl.col("readings").cum_sum() - pl.col("readings"))
        .filter(stays)
        .join(sizes, on="video_id", how="left", maintain_order="left")
    )
    return replace(made, grid=made.grid[:reach], values=values[:reach], videos=videos, x=x, y=y, begins=begins)


def _counted(made: Curves, points: NDArray[np.intp]) -> NDArray[np.int64]:
    """Count how many of some points, in their order, each video has."""
    start = made.videos["start"].to_numpy()
    ends = np.searchsorted(points, start + made.videos["readings"].to_numpy())
    counted: NDArray[np.int64] = ends - np.searchsorted(points, start)
    return counted


def _inside(
    values: NDArray[np.float64],
    grid: NDArray[np.float64],
    counted: NDArray[np.int64],
    x: NDArray[np.float64],
    begins: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Blank the points of the grid that do not lie within the readings that each video (column) has left."""
    some = np.flatnonzero(counted)
    start = np.cumsum(counted[some]) - counted[some]
    first, end = np.full(len(counted), np.inf), np.full(len(counted), -np.inf)
    first[some] = x[start] if begins is None else begins[start]
    end[some] = x[start + counted[some] - 1]
    before = np.searchsorted(grid, first, side="left" if begins is None else "right")
    after = np.searchsorted(grid, end, side="right")
    rows = np.arange(len(grid))[:, None]
    np.copyto(values, np.nan, where=(rows < before) | (rows >= after))
    return values
