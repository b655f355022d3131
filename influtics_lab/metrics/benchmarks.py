"""The percentile of a video among others at the same age."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.defaults import COMPARED_PARTS
from influtics_lab.errors import FrameError
from influtics_lab.metrics._bootstrap import FEWEST
from influtics_lab.metrics._comparison_sample import Request, build_table, check_names, to_frame_like
from influtics_lab.metrics._distributions import binomial_limits
from influtics_lab.metrics._durations import Duration
from influtics_lab.metrics._engagement_parts import check_parts
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.metrics.groups import describe_rules, split_groups
from influtics_lab.platforms import Rules, collect_rules
from influtics_lab.schema import COUNTS

RATE: Final = "engagement_rate"
COLUMNS: Final = look_up_columns("benchmark")
"""The columns that `benchmark` adds, with types."""

_COUNTED: Final = ("benchmark_others", "below", "up_to")
_STANDING: Final = (
    "benchmark_others",
    "benchmark_percentile_pct",
    "benchmark_percentile_low_pct",
    "benchmark_percentile_high_pct",
)


def benchmark(
    frame: FrameT,
    at_age: Duration,
    measure: str = "views",
    *,
    against: str = "platform",
    history: bool = False,
    age: str = "published",
    parts: Sequence[str] = COMPARED_PARTS,
    max_gap: Duration | None = None,
    video: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Return the percentile of each video among the others of its group, all of them at the same age.

    With x the video's value at that age, and y those of the m others that have one::

        percentile_pct = 100 (how many y < x  +  half of how many y = x) / m

    50 is the middle. A percentile among few is uncertain: its limits are those of Clopper and Pearson at 95 %, the
    lower one from the others that are below, the upper one from those that are below or equal. The others of its
    platform are the default. For a video's own history give `against` the column of its owner (such as a
    creator, which you have added) and ``history=True``: then only videos that are earlier than it are the others.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `video`, `against`, ``timestamp`` (Datetime, UTC), ``published_at`` or ``created_at``, ``views`` and the
        counts of the measure (integers).
    at_age : str or timedelta
        The age at which all videos are compared, such as ``"24h"`` or ``"7d"``.
    measure : {"views", "likes", "comments", "reposts", "engagement_rate"}
        What is compared.
    against : str
        The column whose value the others share, the same at all readings of a video. Null is a value, too.
    history : bool
        Only others whose ``published_at`` (or ``created_at``, as `age` chooses) is strictly before the video's.
    age : {"published", "tracked"}
        Since ``published_at``, or since ``created_at``.
    parts : sequence of str
        What an engagement rate is made of, all of them needed of each video.
    max_gap : str or timedelta, optional
        Do not interpolate over longer gaps between readings.
    video : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        One row for each video, sorted by `video`: `video`, `against`, ``benchmark_age_hours`` (Float64, hours),
        ``benchmark_age`` (String: `age`), ``benchmark_measure`` (String: `measure`), ``benchmark_value`` (Float64, the
        count or the rate in %; null where it is not known at that age), ``benchmark_others`` (Int64, how many others
        have a value), ``benchmark_percentile_pct`` (Float64, 0 to 100; null where the video has no value, or there
        are fewer than 5 others) and its limits ``benchmark_percentile_low_pct`` and ``benchmark_percentile_high_pct``
        (Float64, null where it is), and ``benchmark_rule_note`` (String): how many videos of its group lie before,
        across and after a day on which the platform changed what a view is; null where all are on one side. A lazy
        frame is computed at once, when this is called; what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a video is in two groups, or a parameter or type is not what it should be: `against` is one plain column, not
        `video` and not one of lists or structs.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26(4), 404-413.
    Roscoe, J. T. (1975). Fundamental Research Statistics for the Behavioral Sciences. Holt. (The mid-rank percentile.)

    Examples
    --------
    Six videos of one platform beat 0 to 5 others; the seventh is alone on its own:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> frame = pl.DataFrame({
    ...     "video_id": list("abcdefg"),
    ...     "platform": ["TikTok"] * 6 + ["YouTube"],
    ...     "published_at": [datetime(2025, 6, 1, tzinfo=UTC)] * 7,
    ...     "timestamp": [datetime(2025, 6, 2, tzinfo=UTC)] * 7,
    ...     "views": [100, 200, 300, 300, 500, 600, 700],
    ... })
    >>> ranked = benchmark(frame, "24h")
    >>> ranked["benchmark_percentile_pct"].to_list()
    [0.0, 20.0, 50.0, 50.0, 80.0, 100.0, None]
    >>> ranked["benchmark_others"].to_list()
    [5, 5, 5, 5, 5, 5, 0]

    100 % of five others can be a video that beats only half of all:

    >>> ranked.select(pl.selectors.contains("low", "high").round(1)).row(5)
    (47.8, 100.0)
    """
    check_names("benchmark", video, added=COLUMNS, against=against)
    counts = measured_parts("benchmark", measure, parts)
    request = Request("benchmark", video, at_age, age, max_gap, counts, rules=collect_rules(rules))
    rows = build_table(frame, request, {"group": against})
    notes = {name: describe_rules(group, group, request) for name, group in split_groups(rows)}
    value = "rate" if measure == RATE else measure
    counted = _among_earlier(rows, value) if history else rows.with_columns(_among_all(value))
    standings = counted.join(_rank_percentiles(counted), on=[*_COUNTED], how="left", maintain_order="left")
    columns: dict[str, Any] = {
        video: pl.col("video"),
        against: pl.col("group"),
        "benchmark_age_hours": pl.lit(request.age_hours, dtype=pl.Float64),
        "benchmark_age": pl.lit(age),
        "benchmark_measure": pl.lit(measure),
        "benchmark_value": pl.col(value),
        **{name: pl.col(name) for name in _STANDING},
        "benchmark_rule_note": pl.Series([notes[group] for group in standings["group"]], dtype=pl.String),
    }
    return to_frame_like(standings.select(column.alias(name) for name, column in columns.items()), frame)


def measured_parts(function: str, measure: str, parts: Sequence[str]) -> tuple[str, ...]:
    """Return the counts besides views that a measure is made of."""
    if measure == RATE:
        return tuple(check_parts(function, parts))
    known = (*COUNTS, RATE)
    if measure not in known:
        raise FrameError(f"{function} accepts {', '.join(known)}; found measure {measure!r}.")
    return () if measure == "views" else (measure,)


def _among_all(value: str) -> Iterator[pl.Expr]:
    """Yield how many others of its group each video has, how many are below it, and how many up to it."""
    known = pl.col(value)
    yield (known.count().over("group") - known.is_not_null()).cast(pl.Int64).alias("benchmark_others")
    yield (known.rank("min").over("group").cast(pl.Int64) - 1).alias("below")
    yield (known.rank("max").over("group").cast(pl.Int64) - 1).alias("up_to")


def _among_earlier(rows: pl.DataFrame, value: str) -> pl.DataFrame:
    """Add the same, where the others are those that are earlier than the video; none where its own is not known."""
    stood = [
        standing
        for _, group in split_groups(rows)
        for standing in _count_standings(group.select("video", "origin", value).drop_nulls("origin").rows())
    ]
    schema = {"video": rows.schema["video"], **dict.fromkeys(_COUNTED, pl.Int64())}
    standings = pl.DataFrame(stood, schema=schema, orient="row")
    return rows.join(standings, on="video", how="left", maintain_order="left").with_columns(
        pl.col("benchmark_others").fill_null(0)
    )


def _count_standings(
    videos: Sequence[tuple[Any, int, float | None]],
) -> Iterator[tuple[Any, int, int | None, int | None]]:
    """Yield each video of a group, how many earlier ones there are, and how many of these are below, or up to, it."""
    earlier: list[float] = []
    for _, same in groupby(sorted(videos, key=itemgetter(1)), key=itemgetter(1)):
        at_once = list(same)
        for video, _, value in at_once:
            if value is None:
                yield video, len(earlier), None, None
            else:
                yield video, len(earlier), bisect_left(earlier, value), bisect_right(earlier, value)
        for _, _, value in at_once:
            if value is not None:
                insort(earlier, value)


def _rank_percentiles(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the mid-rank percentile and its limits of each distinct standing among enough others."""
    enough = pl.col("below").is_not_null() & (pl.col("benchmark_others") >= FEWEST)
    ways = counted.select(_COUNTED).filter(enough).unique()
    others, below, up_to = (ways[name].to_numpy() for name in _COUNTED)
    low, high = binomial_limits(below, up_to, others)
    percentiles = (100.0 * (below + (up_to - below) / 2.0) / np.maximum(others, 1), low, high)
    return ways.with_columns(pl.Series(name, column) for name, column in zip(_STANDING[1:], percentiles, strict=True))
