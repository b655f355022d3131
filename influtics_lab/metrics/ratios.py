"""Ratios of one count to another at each reading: likes, comments and reposts to views, comments to likes."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import FrameT, percent_of, to_native
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import with_masked_counts

RATIOS: Final = {
    "like_view_ratio_pct": ("likes", "views"),
    "comment_view_ratio_pct": ("comments", "views"),
    "comment_like_ratio_pct": ("comments", "likes"),
    "repost_view_ratio_pct": ("reposts", "views"),
}
"""Each column that `count_ratios` adds: which count over which."""


def count_ratios(frame: FrameT, *, by: str = "video_id") -> FrameT:
    """Add the like/view, comment/view, comment/like and repost/view ratios of each reading.

    ::

        like_view_ratio_pct = 100 likes / views

    and so on. Both counts are of the same reading. Ratios fall as videos age, so compare them at equal age only.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC), ``views``, ``likes``, ``comments`` and ``reposts`` (integers).
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``like_view_ratio_pct``, ``comment_view_ratio_pct``,
        ``comment_like_ratio_pct`` and ``repost_view_ratio_pct`` (Float64, %): null where either count is null or
        hidden (see `flag_counters`), and where the count below the line is 0 or less. Columns of these names that are
        there already are replaced.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a count is not an integer, ``timestamp`` is not in UTC, or a reading comes twice (not checked in lazy
        frames).

    Examples
    --------
    The second video has no reposts, as on YouTube, and no likes yet:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ...     "views": [2000, 500],
    ...     "likes": [100, 0],
    ...     "comments": [10, 1],
    ...     "reposts": [4, None],
    ... })
    >>> frame.pipe(count_ratios).select(pl.selectors.ends_with("_pct")).rows()
    [(5.0, 0.5, 10.0, 0.2), (0.0, 0.2, None, None)]
    """
    readings = open_readings(frame, "count_ratios", by=by, counts=COUNTS)
    masked, columns = with_masked_counts(readings, COUNTS, by=by)
    ratios = (
        percent_of(nw.col(columns[part]), nw.col(columns[total])).alias(name) for name, (part, total) in RATIOS.items()
    )
    return to_native(masked.with_columns(*ratios).drop(*columns.values()), frame)
