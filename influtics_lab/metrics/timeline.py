"""Where a reading stands in a video's life: its age, and which reading is the last."""

from __future__ import annotations

from influtics_lab.metrics._engine import FrameT, closed, hours, microseconds
from influtics_lab.metrics._input import TIMESTAMP, checked
from influtics_lab.metrics._videos import last_readings


def with_age(frame: FrameT, *, by: str = "video_id") -> FrameT:
    """Add how old the video was at each reading, and for how long it had been tracked.

    ::

        age_hours         = timestamp - published_at
        tracked_age_hours = timestamp - created_at

    ``created_at`` is when tracking began, whatever the endpoint's documentation says: the two ages may lie months
    apart. Say which one a comparison uses.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` and ``created_at`` (Datetime, UTC).
    by : str
        The column that tells videos apart.

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
    found = checked(frame, "with_age", by=by, instants=("published_at", "created_at"), unique=False)
    now, published, created = (microseconds(found, name) for name in (TIMESTAMP, "published_at", "created_at"))
    ages = found.with_columns(
        hours(now, published).alias("age_hours"),
        hours(now, created).alias("tracked_age_hours"),
    )
    return closed(ages, frame)


def latest(frame: FrameT, *, by: str = "video_id") -> FrameT:
    """Keep each video's last reading: the row with its largest timestamp.

    Add rates first, then keep the last: whether a count is hidden is told by all readings of its video, and of the
    last one alone a hidden count is 0.

    A video without any reading does not occur in the one frame, so it is not here either: look into ``videos``.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by` and ``timestamp`` (Datetime, UTC).
    by : str
        The column that tells videos apart.

    Returns
    -------
    frame of the kind that came in
        One row for each video, with the same columns, in the order in which they came. A count is null where the last
        reading has none, even if an earlier one had. Rows without a video or a timestamp are no reading.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If ``timestamp`` is not in UTC, or a reading comes twice (which is not looked at in lazy frames: there both
        are kept).

    Examples
    --------
    The last reading of the second video has no views:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b", "b"],
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 2, 1, 2)],
    ...     "views": [100, 200, 300, None],
    ... })
    >>> frame.pipe(latest).select("video_id", "views").rows()
    [('a', 200), ('b', None)]
    """
    return closed(last_readings(checked(frame, "latest", by=by), by=by), frame)
