"""Engagement: how many of those who saw a video reacted to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engagement_parts import check_parts, with_engagements
from influtics_lab.metrics._engine import FrameT, percent_of, to_native
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._intervals import IntervalColumns, with_intervals
from influtics_lab.visible_counts import Frame, find_free_prefix, with_masked_counts


def engagement_rate(frame: FrameT, parts: Sequence[str] | None = None, *, by: str = "video_id") -> FrameT:
    """Add the engagements of each reading, and what share of its views they are.

    ::

        engagements         = likes + comments + reposts
        engagement_rate_pct = 100 engagements / views

    Only reposts can be left out, for a video that never reports them in this frame (YouTube has none). Missing is not
    zero, and hidden is missing: a count that is 0 after it was above 0, and likes that are 0 at every reading of a
    video with more than 1,000 views. Comments or reposts that were always 0 are 0. All readings of a video decide this,
    so compute it before readings are filtered away.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC), ``views`` and the parts (integers).
    parts : sequence of str, optional
        Exactly these of ``likes``, ``comments`` and ``reposts``, none of them left out; by default all, without reposts
        for a video that never reports them. To compare platforms name those that all have, as `compare` does by
        default: ``("likes", "comments")``. ``engagement_parts`` names what was used.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``engagements`` (Int64, count), ``engagement_rate_pct`` (Float64, %) and
        ``engagement_parts`` (String: what was added up, such as ``likes+comments``). Columns of these names that are
        there already are replaced.

        ``engagements`` and ``engagement_parts`` are null where a part is missing or hidden at that reading, and where
        their sum is beyond 64 bits; ``engagement_rate_pct`` also where views is null, or 0 or less. The counts
        themselves stay as they came; `flag_counters` marks which are hidden.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a part is not known, a count is not an integer, ``timestamp`` is not in UTC, or a reading comes twice (not
        checked in lazy frames).

    Examples
    --------
    The second video never reports reposts; the third reports no likes, and the fourth hides them:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b", "c", "d"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 4,
    ...     "views": [1000, 1000, 1000, 5000],
    ...     "likes": [30, 30, None, 0],
    ...     "comments": [5, 5, 5, 5],
    ...     "reposts": [5, None, 5, 5],
    ... })
    >>> frame.pipe(engagement_rate).select("engagements", "engagement_rate_pct", "engagement_parts").rows()
    [(40, 4.0, 'likes+comments+reposts'), (35, 3.5, 'likes+comments'), (None, None, None), (None, None, None)]
    """
    chosen = check_parts("engagement_rate", parts)
    readings = open_readings(frame, "engagement_rate", by=by, counts=("views", *chosen))
    summed, total, label = _with_total(readings, chosen, leave_out=parts is None, by=by)
    rate = percent_of(nw.col(total), nw.col("views"))
    added = summed.with_columns(
        nw.col(total).alias("engagements"), rate.alias("engagement_rate_pct"), nw.col(label).alias("engagement_parts")
    )
    return to_native(added.drop(total, label), frame)


def incremental_engagement_rate(frame: FrameT, parts: Sequence[str] | None = None, *, by: str = "video_id") -> FrameT:
    """Add what share of the views gained since the previous reading came with an engagement.

    With i-1 the previous reading in which both views and engagements are known, hidden counts being missing::

        incremental_engagement_rate_pct = 100 (E_i - E_(i-1)) / (V_i - V_(i-1))

    It shows what the cumulative rate hides: the views of now.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs what `engagement_rate` needs; its columns need not be there.
    parts : sequence of str, optional
        As in `engagement_rate`.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``incremental_engagement_rate_pct`` (Float64, %): null at a video's
        first such reading, where views or engagements are null or hidden, and where no views were gained. Negative
        where engagements were taken back.

    Raises
    ------
    MissingColumnError, FrameError
        As `engagement_rate`.

    Examples
    --------
    Of the first 1000 views 4 % engaged, of the next 1000 only 1 %, and then nobody watched:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "a"],
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 2, 3)],
    ...     "views": [1000, 2000, 2000],
    ...     "likes": [40, 50, 50],
    ...     "comments": [0, 0, 0],
    ...     "reposts": [0, 0, 0],
    ... })
    >>> frame.pipe(incremental_engagement_rate)["incremental_engagement_rate_pct"].to_list()
    [None, 1.0, None]
    """
    chosen = check_parts("incremental_engagement_rate", parts)
    readings = open_readings(frame, "incremental_engagement_rate", by=by, counts=("views", *chosen))
    masked, names = with_masked_counts(readings, ("views",), by=by)
    summed, total, label = _with_total(masked, chosen, leave_out=parts is None, by=by)
    engaged, views = nw.col(total), nw.col(names["views"])
    values = {"views": nw.when(~engaged.is_null()).then(views), "total": nw.when(~views.is_null()).then(engaged)}
    rated = with_intervals(summed, values, _derive_rate, by=by)
    return to_native(rated.drop(total, label, *names.values()), frame)


def _derive_rate(intervals: Mapping[str, IntervalColumns]) -> Iterator[nw.Expr]:
    rate = percent_of(intervals["total"].gain(), intervals["views"].gain())
    yield rate.alias("incremental_engagement_rate_pct")


def _with_total(frame: Frame, parts: Sequence[str], *, leave_out: bool, by: str) -> tuple[Frame, str, str]:
    """Add two columns that do not stay, the engagements and the names of their parts, and return their names."""
    prefix = find_free_prefix(frame)
    total, label = f"{prefix}total", f"{prefix}parts"
    return with_engagements(frame, total, label, parts, leave_out=leave_out, by=by), total, label
