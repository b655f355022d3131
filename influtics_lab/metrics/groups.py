"""Groups of videos beside each other, each figure with how many videos are behind it and how sure it is."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.errors import FrameError
from influtics_lab.metrics._bootstrap import ESTIMATORS, Draws, Sample, exact, generator, intervals, views_median
from influtics_lab.metrics._durations import Duration
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics._input import number
from influtics_lab.metrics._parts import chosen_parts
from influtics_lab.metrics._sample import Request, check_names, given_back, sample, table

_COUNTED: Final = {
    "videos": pl.Int64(),
    "without_age": pl.Int64(),
    "n": pl.Int64(),
    "n_effective": pl.Float64(),
    "age_hours": pl.Float64(),
    "age": pl.String(),
    "engagement_parts": pl.String(),
    "level_pct": pl.Float64(),
}
_RATES: Final = tuple(f"engagement_rate_{name}{end}_pct" for name in ESTIMATORS for end in ("", "_low", "_high"))
_VIEWS: Final = ("views_median", "views_median_low", "views_median_high")
COLUMNS: Final = _COUNTED | dict.fromkeys((*_RATES, *_VIEWS), pl.Float64()) | {"note": pl.String()}
"""What `compare` adds to the group, with types."""
_NO_AGE: Final = 'no published_at: add it with lab.with_published, or compare at age="tracked"'


def compare(
    frame: FrameT,
    by: str = "platform",
    at_age: Duration | None = None,
    *,
    age: str = "published",
    parts: Sequence[str] = ("likes", "comments"),
    cluster: str | None = None,
    resamples: int = 2000,
    seed: int = 0,
    level_pct: float = 95,
    max_gap: Duration | None = None,
    video: str = "video_id",
) -> FrameT:
    """Give for each group of videos what engaged at one equal age, three ways, with bootstrap intervals over videos.

    With V the views and E the engagements (sum of `parts`) of each of the group's n videos at that age::

        pooled      = 100 sum(E) / sum(V)          what a view did
        mean        = mean of 100 E / V            what a video got
        median      = median of 100 E / V          what a typical video got
        n_effective = (sum V)^2 / sum(V^2)         how many videos the pooled rate rests on

    The three differ: always name which. Engagement rates fall as videos age, so give `at_age`; without it each
    video counts with its last reading, **at whatever age that is**, and groups of other ages are no comparison.

    Intervals are percentile intervals over `resamples` draws of n whole videos (or of whole clusters), never of
    views: an interval from views alone can be hundreds of times too narrow. With few videos, or a few that hold most
    views (a small `n_effective`), they are still somewhat too narrow: of simulated groups of 60 videos, 92 to 94 % had
    the truth within their 95 % interval.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `video`, `by`, ``timestamp`` (Datetime, UTC), ``views`` and the parts (integers), and with `at_age` also
        ``published_at`` or ``created_at``.
    by : str
        The column of the groups, the same at all readings of a video. Null is a group of its own.
    at_age : str or timedelta, optional
        The age at which all videos are compared, such as ``"24h"`` or ``"7d"``; None for last readings.
    age : {"published", "tracked"}
        Since ``published_at``, or since ``created_at``.
    parts : sequence of str
        Of ``likes``, ``comments`` and ``reposts``, all of them needed of each video.
    cluster : str, optional
        A column of whose values all videos are drawn together, such as a creator; a video without one is drawn alone.
    resamples : int
        How many draws.
    seed : int
        The same seed gives the same bytes, whatever the order of rows and whatever other groups there are.
    level_pct : float
        How much of the draws an interval holds, in percent, from 50 to below 100.
    max_gap : str or timedelta, optional
        Do not interpolate over longer gaps between readings.
    video : str
        The column that tells videos apart.

    Returns
    -------
    frame of the kind that came in
        One row for each group, sorted by `by` with null last: `by`, and

        - ``videos``, how many there are; ``without_age``, how many of them have no views known at that age (no
          publication time, the age not reached, not between two readings); ``n``, how many count. The rest,
          ``videos - without_age - n``, hides a part, lacks one, or has 0 views (Int64);
        - ``n_effective`` (Float64), ``age_hours`` (Float64, hours) and ``age`` (String): both null without `at_age`;
          ``engagement_parts`` (String, such as ``likes+comments``); ``level_pct`` (Float64, %), that of the intervals;
        - ``engagement_rate_pooled_pct``, ``engagement_rate_mean_pct``, ``engagement_rate_median_pct`` (Float64, %),
          each with its interval, ``engagement_rate_pooled_low_pct`` and ``engagement_rate_pooled_high_pct``,
          ``engagement_rate_mean_low_pct`` and ``engagement_rate_mean_high_pct``, ``engagement_rate_median_low_pct``
          and ``engagement_rate_median_high_pct``;
        - ``views_median`` (Float64, views) of the same videos, with ``views_median_low`` and ``views_median_high``;
        - ``note`` (String): what to do where an age since publication was asked for and no video of the group has
          ``published_at``, as on YouTube; else null.

        Figures are null where n is 0, intervals where n (or the number of clusters) is below 5. A lazy frame is
        computed at once, when this is called; what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a video is in two groups, or a parameter or type is not what it should be: groups and clusters come from one
        plain column each, not from `video` (a cluster may) and not from lists or structs.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics 7(1), 1-26.
    Kish, L. (1965). Survey Sampling. Wiley. (The effective number.)

    Examples
    --------
    At 24 hours the first group has two videos, too few for an interval; the second has none of that age:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b", "b", "c"],
    ...     "platform": ["TikTok"] * 4 + ["YouTube"],
    ...     "published_at": [start] * 4 + [None],
    ...     "timestamp": [datetime(2025, 6, day, tzinfo=UTC) for day in (1, 3, 1, 3, 3)],
    ...     "views": [0, 2000, 0, 6000, 500],
    ...     "likes": [0, 100, 0, 150, 20],
    ...     "comments": [0, 20, 0, 30, 5],
    ... }, schema_overrides={"published_at": pl.Datetime("us", "UTC")})
    >>> groups = compare(frame, at_age="24h")
    >>> groups.select("platform", "videos", "without_age", "n", "n_effective").rows()
    [('TikTok', 2, 0, 2, 1.6), ('YouTube', 1, 1, 0, None)]
    >>> rate = "engagement_rate_pooled"
    >>> groups.select(f"{rate}_pct", f"{rate}_low_pct", "engagement_rate_mean_pct").rows()
    [(3.75, None, 4.5), (None, None, None)]
    """
    check_names("compare", video, cluster, by=by)
    request = Request("compare", video, at_age, age, max_gap, tuple(chosen_parts("compare", parts)))
    draws = checked_draws("compare", resamples, seed, level_pct)
    if by in COLUMNS:
        raise FrameError(f"compare: by is {by!r}, which is a column of the answer. Rename it.")
    rows = table(frame, request, {"group": by, "cluster": cluster})
    return given_back(compared(rows, by, request, draws), frame)


def compared(rows: pl.DataFrame, by: str, request: Request, draws: Draws) -> pl.DataFrame:
    """Give of a table of one row for each video what `compare` gives: one row for each ``group``, called ``by``."""
    said = {"age_hours": request.age_hours, "age": request.label, "engagement_parts": "+".join(request.parts)}
    said["level_pct"] = draws.level_pct
    groups = [
        {by: name} | said | _row(group, name, draws) | {"note": _note(group, request)} for name, group in grouped(rows)
    ]
    return pl.DataFrame(groups, schema={by: rows.schema["group"], **COLUMNS})


def checked_draws(function: str, resamples: int, seed: int, level_pct: float) -> Draws:
    """Give a number of draws, a seed and a level, if they make sense."""
    times = number(function, "resamples", resamples, 0, whole=True)
    if times < 100:
        raise FrameError(f"{function}: resamples is {times}; fewer than 100 draws tell nothing. 2000 are usual.")
    level = number(function, "level_pct", level_pct, 0, 100)
    if not 50 <= level < 100:
        raise FrameError(
            f"{function}: level_pct is {level:g}, in percent; give one from 50 to below 100, such as 95 for 95 %."
        )
    return Draws(times, number(function, "seed", seed, 0, whole=True), level)


def grouped(rows: pl.DataFrame) -> Iterator[tuple[Any, pl.DataFrame]]:
    """Give each group and its rows, in the order of the groups, null last."""
    for name in rows["group"].unique().sort(nulls_last=True):
        yield name, rows.filter(pl.col("group").eq_missing(pl.lit(name, dtype=rows.schema["group"])))


def _row(group: pl.DataFrame, name: object, draws: Draws) -> dict[str, Any]:
    kept = sample(group)
    return {
        "videos": len(group),
        "without_age": group["views"].null_count(),
        "n": len(kept),
        "n_effective": kept.effective if len(kept) else None,
        **_figures(kept, name, draws),
    }


def _note(group: pl.DataFrame, request: Request) -> str | None:
    needed = request.at_age is not None and request.age == "published"
    return _NO_AGE if needed and group["origin"].null_count() == len(group) else None


def _figures(kept: Sample, name: object, draws: Draws) -> dict[str, float | None]:
    if not len(kept):
        return dict.fromkeys((*_RATES, *_VIEWS))
    figures = {**ESTIMATORS, "views": views_median}
    bits = generator(draws.seed, name)
    between = intervals(kept, figures, resamples=draws.resamples, level_pct=draws.level_pct, bits=bits)
    found: dict[str, float | None] = {"views_median": statistics.median(kept.views.tolist())}
    found["views_median_low"], found["views_median_high"] = between["views"]
    for estimator in ESTIMATORS:
        column = f"engagement_rate_{estimator}"
        found[f"{column}_pct"] = exact(estimator, kept)
        found[f"{column}_low_pct"], found[f"{column}_high_pct"] = between[estimator]
    return found
