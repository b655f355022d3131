"""The age of a video at each reading, and its last known counts."""

from __future__ import annotations

from influtics_lab.metrics._engine import FrameT, hours_between, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._last_known import select_last_known
from influtics_lab.visible_counts import TIMESTAMP


def with_age(frame: FrameT, *, by: str = "video_id") -> FrameT:
    """Add how old the video was at each reading, and for how long it had been tracked.

    ::

        age_hours         = timestamp - published_at
        tracked_age_hours = timestamp - created_at

    ``created_at`` is when tracking began, unlike the endpoint's documentation claims: the two ages may lie months
    apart. Say which one a comparison uses.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` and ``created_at`` (Datetime, UTC).
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``age_hours`` and ``tracked_age_hours`` (Float64, hours). Each is null
        where its instant is null: ``published_at`` where the platform's id carries no time (YouTube). Negative where
        the reading lies before that instant. Columns of these names that are there already are replaced.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If an instant is not in UTC.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b"],
    ...     "timestamp": [datetime(2025, 6, 30, 12, tzinfo=UTC)] * 2,
    ...     "published_at": [datetime(2025, 6, 29, tzinfo=UTC), None],
    ...     "created_at": [datetime(2025, 6, 30, tzinfo=UTC)] * 2,
    ... })
    >>> frame.pipe(with_age).select("age_hours", "tracked_age_hours").rows()
    [(36.0, 12.0), (None, 12.0)]
    """
    readings = open_readings(frame, "with_age", by=by, instants=("published_at", "created_at"), unique=False)
    now, published, created = (to_microseconds(readings, name) for name in (TIMESTAMP, "published_at", "created_at"))
    ages = readings.with_columns(
        hours_between(now, published).alias("age_hours"), hours_between(now, created).alias("tracked_age_hours")
    )
    return to_native(ages, frame)


def latest(frame: FrameT, *, by: str = "video_id") -> FrameT:
    """Return one row for each video with the last known value of each count.

    A last reading often lacks a count: the poll failed, the platform hid the count, or only comments were read. The
    last known value is the last *visible* one: not null, not hidden, of no failed poll (see `flag_counters`). Three
    rules decide from which reading a column comes:

    ==================================================  ==============================================================
    ``views``, ``likes``, ``comments``, ``reposts``     each from the last reading in which it is visible
    ``engagement_rate_pct``, ``engagements``,           all from the last reading that has an ``engagement_rate_pct``:
    ``engagement_parts``, ``cpe``                       the last one in which views and all parts are visible
    every other column, ``timestamp`` included          from the last reading with visible views; from the last reading
                                                        where the video never has any, or the frame has no ``views``
    ==================================================  ==============================================================

    Last known counts may come from different readings and never feed a rate: pipe the frame through `engagement_rate`
    (or `cpm`, `emv`) first, with all readings, then through this. In the frame that this returns, every metric treats
    a count that was not read at ``timestamp`` as null. A video without any reading is not in the one frame, so it is
    not here either: see ``videos``.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by` and ``timestamp`` (Datetime, UTC). Give it all readings of a video: they decide what is hidden.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video, in the order of the rows chosen by the third rule, with the same columns and beside
        each count when it was read, ``views_at`` and its like (Datetime, UTC), and beside ``engagement_rate_pct``
        ``engagement_rate_at`` (Datetime, UTC). A count and its instant are null where the count is never visible; the
        rate and its instant where there is none at any reading. Rows without a video or a timestamp are no readings.
        A frame that this function has returned comes out unchanged.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If ``timestamp`` is not in UTC, or a reading comes twice (lazy frames are not checked for that: they keep both).

    Examples
    --------
    The last poll of the first video failed; of the second only comments were read last:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b", "b"],
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 2, 1, 2)],
    ...     "views": [100, 0, 300, None],
    ...     "comments": [7, 0, 8, 9],
    ... })
    >>> last = frame.pipe(latest)
    >>> last.select("video_id", "views", "comments").rows()
    [('a', 100, 7), ('b', 300, 9)]
    >>> last.select(pl.col("views_at", "comments_at").dt.day()).rows()
    [(1, 1), (1, 2)]
    """
    return to_native(select_last_known(open_readings(frame, "latest", by=by), by=by), frame)
