"""Engagement: how many of those who saw a video reacted to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._engine import FrameT, closed, within_int64
from influtics_lab.metrics._input import checked, known_counts
from influtics_lab.metrics._steps import Steps, with_steps

PARTS: Final = ("likes", "comments", "reposts")


def engagement_rate(frame: FrameT, parts: Sequence[str] | None = None, *, by: str = "video_id") -> FrameT:
    """Add the engagements of each reading, and what share of its views they are.

    ::

        engagements         = likes + comments + reposts
        engagement_rate_pct = 100 engagements / views

    Only reposts can be left out, for a video that never reports them in this frame (YouTube has none): so compute
    this before readings are filtered away. Missing is not zero.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` (Datetime, UTC), ``views`` and the parts (integers).
    parts : sequence of str, optional
        Exactly these of ``likes``, ``comments`` and ``reposts``, none of them left out. To compare platforms take
        those that all have: ``("likes", "comments")``.
    by : str
        The column that tells videos apart.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``engagements`` (Int64, count), ``engagement_rate_pct`` (Float64, %) and
        ``engagement_parts`` (String: what was added up, such as ``likes+comments``). Columns of these names that are
        there already are replaced.

        ``engagements`` and ``engagement_parts`` are null where a part is missing at that reading, so throughout where
        likes or comments are hidden; ``engagement_rate_pct`` also where views is null, or 0 or less.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a part is not known, a count is no integer, ``timestamp`` is not in UTC, or a reading comes twice (which is
        not looked at in lazy frames).

    Examples
    --------
    The second video never reports reposts; the third hides its likes:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "b", "c"],
    ...     "timestamp": [datetime(2025, 6, 30, tzinfo=UTC)] * 3,
    ...     "views": [1000, 1000, 1000],
    ...     "likes": [30, 30, None],
    ...     "comments": [5, 5, 5],
    ...     "reposts": [5, None, 5],
    ... })
    >>> frame.pipe(engagement_rate).select("engagements", "engagement_rate_pct", "engagement_parts").rows()
    [(40, 4.0, 'likes+comments+reposts'), (35, 3.5, 'likes+comments'), (None, None, None)]
    """
    chosen = _chosen("engagement_rate", parts)
    found = checked(frame, "engagement_rate", by=by, counts=("views", *chosen))
    total, label = _engagements(chosen, leave_out=parts is None, by=by)
    views = nw.col("views").cast(nw.Float64())
    rate = nw.when(views > 0).then(total.cast(nw.Float64()) * 100.0 / views)
    return closed(
        found.with_columns(
            total.alias("engagements"),
            rate.alias("engagement_rate_pct"),
            nw.when(~total.is_null()).then(label).alias("engagement_parts"),
        ),
        frame,
    )


def incremental_engagement_rate(frame: FrameT, parts: Sequence[str] | None = None, *, by: str = "video_id") -> FrameT:
    """Add what share of the views gained since the previous reading came with an engagement.

    With i-1 the previous reading in which both views and engagements are known::

        incremental_engagement_rate_pct = 100 (E_i - E_(i-1)) / (V_i - V_(i-1))

    It shows what the cumulative rate hides: the views of now.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs what `engagement_rate` needs; its columns need not be there.
    parts : sequence of str, optional
        As in `engagement_rate`.
    by : str
        The column that tells videos apart.

    Returns
    -------
    frame of the kind that came in
        The same rows in the same order, with ``incremental_engagement_rate_pct`` (Float64, %): null at a video's
        first such reading, where views or engagements are null, and where no views were gained. Negative where
        engagements were taken back.

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
    chosen = _chosen("incremental_engagement_rate", parts)
    found = checked(frame, "incremental_engagement_rate", by=by, counts=("views", *chosen))
    total, _ = _engagements(chosen, leave_out=parts is None, by=by)
    views = nw.col("views")
    values = {"views": nw.when(~total.is_null()).then(views), "total": nw.when(~views.is_null()).then(total)}
    return closed(with_steps(found, values, _incremental, by=by), frame)


def _incremental(steps: Mapping[str, Steps]) -> Iterator[nw.Expr]:
    views, total = (steps[name].gained().cast(nw.Float64()) for name in ("views", "total"))
    yield nw.when(views > 0).then(total * 100.0 / views).alias("incremental_engagement_rate_pct")


def _chosen(function: str, parts: Sequence[str] | None) -> list[str]:
    if parts is None:
        return list(PARTS)
    chosen = known_counts(f"{function}(parts=)", [parts] if isinstance(parts, str) else parts, PARTS)
    if not chosen:
        raise FrameError(f"{function}: parts is empty; give some of {', '.join(PARTS)}, or nothing at all.")
    return chosen


def _engagements(chosen: Sequence[str], *, leave_out: bool, by: str) -> tuple[nw.Expr, nw.Expr]:
    """Give the engagements and the names of their parts, with reposts left out where a video never reports them."""
    if not leave_out:
        return _sum(chosen), nw.lit("+".join(chosen))
    reported = nw.col("reposts").count().over(by) > 0
    always = [part for part in chosen if part != "reposts"]
    return (
        nw.when(reported).then(_sum(chosen)).otherwise(_sum(always)),
        nw.when(reported).then(nw.lit("+".join(chosen))).otherwise(nw.lit("+".join(always))),
    )


def _sum(parts: Iterable[str]) -> nw.Expr:
    columns = [nw.col(part) for part in parts]
    exact = reduce(add, (column.cast(nw.Int64()) for column in columns))
    rough = reduce(add, (column.cast(nw.Float64()) for column in columns))
    return within_int64(exact, rough)
