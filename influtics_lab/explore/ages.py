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
    owner = np.repeat(np.arange(made.videos.height), made.videos["readings"].to_numpy())[kept]
    x, y = made.x[kept], made.y[kept]
    begins = None if made.begins is None else made.begins[kept]
    counted = np.bincount(owner, minlength=made.videos.height)
    below = np.bincount(owner[y <= 0], minlength=made.videos.height)
    stays = made.videos["video_id"].is_in(there.implode())
    columns = stays.to_numpy()
    values = np.where(_inside(made, owner, x, begins)[:, columns], made.values[:, columns], np.nan)
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


def _inside(
    made: Curves, owner: NDArray[np.int64], x: NDArray[np.float64], begins: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """Tell which points of the grid lie within each video's readings that are kept."""
    first, end = (np.full(made.videos.height, ends) for ends in (np.inf, -np.inf))
    np.minimum.at(first, owner, x if begins is None else begins)
    np.maximum.at(end, owner, x)
    grid = made.grid[:, None]
    inside: NDArray[np.bool_] = (grid >= first if begins is None else grid > first) & (grid <= end)
    return inside
