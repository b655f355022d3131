"""Readings as numbers, prepared once, so that a choice among them is a choice of array places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.plots.band_quantiles import Floats, Whole


@dataclass(frozen=True, eq=False)
class ReadingTimes:
    """The times at which each video of a frame was read, from which a picture of its readings is drawn.

    Attributes
    ----------
    videos : polars.DataFrame
        One row for each video, the one that was read first at the top: ``video_id platform title external_video_id``,
        ``first`` (days since 1970) and ``n`` (readings).
    x : numpy.ndarray
        When each reading was, in days since 1970.
    row : numpy.ndarray
        The row of its video in ``videos``.
    marked : mapping of str to numpy.ndarray
        The places of the readings that have a flag, for each flag.
    """

    videos: pl.DataFrame
    x: Floats
    row: Whole
    marked: Mapping[str, Whole]

    def only(self, chosen: NDArray[np.bool_]) -> ReadingTimes:
        """Return some of the readings, as `collect_reading_times` does from a frame that has only them."""
        if chosen.all():
            return self
        x, row = self.x[chosen], self.row[chosen]
        first = np.full(self.videos.height, np.inf)
        np.minimum.at(first, row, x)
        videos = self.videos.with_columns(first=first, n=np.bincount(row, minlength=self.videos.height))
        videos = videos.with_row_index("was").filter(pl.col("n") > 0).sort("first", "video_id")
        place = np.zeros(self.videos.height, dtype=np.int64)
        place[videos["was"].to_numpy()] = np.arange(videos.height)
        nth = np.cumsum(chosen) - 1 if self.marked else self.row
        marked = {flag: nth[at[chosen[at]]] for flag, at in self.marked.items()}
        return ReadingTimes(videos.drop("was"), x, place[row], marked)

    def marking(self, flags: Iterable[str]) -> ReadingTimes:
        """Return the same readings with only these flags marked."""
        return ReadingTimes(self.videos, self.x, self.row, {flag: self.marked[flag] for flag in flags})


def collect_reading_times(frame: pl.DataFrame, flags: Iterable[str]) -> ReadingTimes:
    """Return the readings of a frame, prepared for drawing.

    Parameters
    ----------
    frame : polars.DataFrame
        ``video_id timestamp platform title external_video_id``, and columns of flags.
    flags : iterable of str
        Which flags are marked; those that are no columns are skipped.

    Returns
    -------
    ReadingTimes
    """
    at = frame.select("video_id", x=pl.col("timestamp").dt.epoch("us") / 86_400e6)
    names = frame.lazy().group_by("video_id").agg(pl.col("platform", "title", "external_video_id").first())
    read = at.lazy().group_by("video_id").agg(pl.col("x").min().alias("first"), pl.len().cast(pl.Int64).alias("n"))
    videos = names.join(read, on="video_id", how="left", nulls_equal=True).sort("first", "video_id").collect()
    keys = videos.select("video_id").with_row_index("row")
    row = at.join(keys, on="video_id", how="left", nulls_equal=True, maintain_order="left")["row"].cast(pl.Int64)
    marked = {
        flag: np.flatnonzero(frame[flag].fill_null(value=False).cast(pl.Boolean).to_numpy())
        for flag in flags
        if flag in frame.columns
    }
    return ReadingTimes(videos, at["x"].to_numpy(), row.to_numpy(), marked)
