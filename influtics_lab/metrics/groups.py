"""Groups of videos beside each other, each figure with how many videos are behind it and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.defaults import BOOTSTRAP_DRAWS, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.errors import FrameError
from influtics_lab.metrics._bootstrap import (
    ESTIMATORS,
    POOLED,
    UNIT_MEAN,
    VIEWS_MEDIAN,
    Draws,
    Sample,
    effective_number,
    estimate_intervals,
    seed_generator,
)
from influtics_lab.metrics._comparison_sample import (
    Request,
    build_sample,
    build_table,
    check_names,
    has_clusters,
    select_rated,
    to_frame_like,
)
from influtics_lab.metrics._durations import Duration
from influtics_lab.metrics._engagement_parts import check_parts
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics._frame_checks import check_level, check_number
from influtics_lab.metrics._rule_crossings import describe_sides
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import Rules, collect_rules

_FIGURES: Final = {**ESTIMATORS, "cluster_mean": UNIT_MEAN}
COLUMNS: Final = look_up_columns("compare")
"""The columns that `compare` adds, with types."""
_NO_AGE: Final = 'no published_at: add it with lab.with_published, or compare at age="tracked"'


def compare(
    frame: FrameT,
    by: str = "platform",
    at_age: Duration | None = None,
    *,
    age: str = "published",
    parts: Sequence[str] = COMPARED_PARTS,
    cluster: str | None = None,
    resamples: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
    level_pct: float = LEVEL_PCT,
    max_gap: Duration | None = None,
    video: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Return the engagement of each group of videos at one equal age, with bootstrap intervals.

    With V the views and E the engagements (sum of `parts`) of each of the group's n videos at that age::

        pooled       = 100 sum(E) / sum(V)         what a view did
        mean         = mean of 100 E / V           what a video got
        median       = median of 100 E / V         what a typical video got
        cluster_mean = mean over clusters of the mean of their videos' 100 E / V
        n_effective  = (sum W)^2 / sum(W^2)        on how many drawn units the pooled rate rests: W their views

    With creators as clusters, ``cluster_mean`` is the creator-weighted mean: what a creator got, however many videos
    each has. The figures differ: always name which. Engagement rates fall as videos age, so give `at_age`; without it
    each video counts with its last reading, **at whatever age that is**, and groups of other ages are no comparison.

    Intervals are expanded percentile intervals over `resamples` draws of whole videos, or of whole clusters where at
    least five are named; never of views, which would be hundreds of times too narrow. Of n units a share of
    ``Phi(-sqrt(n / (n - 1)) t(n - 1))`` of the draws is left out at each end; n is the effective number of drawn
    units, taken as at least 5 (units weigh with their views in pooled rates, else with their number of videos).

    Of simulated groups with lognormal views and rates, 95 % intervals hold the truth of pooled rates in 92 to 96 %
    from 8 videos on, of means in 92 to 94 % from 15, of medians in 94 to 98 %; with 5 videos in 86 to 87 % (medians
    94), and means of 8 in 90 %. Where the effective number is below 5, print one digit of the ends at most. Videos of
    one creator resemble each other, so name creators in `cluster`: of 8 creators with 15 videos each, intervals over
    creators hold the truth in 90 to 94 %, those over videos in 50 to 59 % (``tests/bench/coverage.py``).

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
        Of ``likes``, ``comments`` and ``reposts``, all of them needed of each video: by default those that all
        platforms have, while `engagement_rate` adds reposts of videos that report them.
    cluster : str, optional
        A column of whose values all videos are drawn together, such as a creator; a video without one is drawn alone.
        Below five values in a group its videos are drawn alone: see ``drawn``.
    resamples : int
        How many draws.
    seed : int
        The same seed returns the same bytes, whatever the order of rows and whatever other groups there are.
    level_pct : float
        How much of the draws an interval holds, in percent, from 50 to below 100.
    max_gap : str or timedelta, optional
        Do not interpolate over longer gaps between readings.
    video : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        One row for each group, sorted by `by` with null last: `by`, and

        - ``videos``, how many there are; ``without_age``, how many of them have no views known at that age (no
          publication time, the age not reached, not between two readings); ``n``, how many count. The rest,
          ``videos - without_age - n``, hides a part, lacks one, or has 0 views (Int64);
        - ``n_effective`` (Float64); ``drawn`` (String, ``videos`` or the name of the cluster's column), what the
          intervals draw, ``n_drawn`` (Int64), how many, and ``n_drawn_effective`` (Float64), their effective number in
          means and medians, where each weighs with its number of videos;
        - ``age_hours`` (Float64, hours) and ``age`` (String): both null without `at_age`; ``engagement_parts``
          (String, such as ``likes+comments``); ``level_pct`` (Float64, %), that of the intervals;
        - ``engagement_rate_pooled_pct``, ``engagement_rate_mean_pct``, ``engagement_rate_median_pct`` (Float64, %),
          each with its interval, ``engagement_rate_pooled_low_pct`` and ``engagement_rate_pooled_high_pct``,
          ``engagement_rate_mean_low_pct`` and ``engagement_rate_mean_high_pct``, ``engagement_rate_median_low_pct``
          and ``engagement_rate_median_high_pct``;
        - ``engagement_rate_cluster_mean_pct``, ``engagement_rate_cluster_mean_low_pct`` and
          ``engagement_rate_cluster_mean_high_pct`` (Float64, %): null unless whole clusters are drawn;
        - ``views_median``, ``views_median_low`` and ``views_median_high`` (Float64, views), of the same videos;
        - ``note`` (String): what to do where an age since publication was asked for and no video of the group has
          ``published_at``, as on YouTube; else null;
        - ``rule_note`` (String): how many of the group's videos lie before, across and after a day on which a platform
          changed what a view is, such as ``Instagram 2025-04-21: 3 videos before, 5 after``, where the compared videos
          are not all on one side; null where they are, and in frames without ``platform``.

        Figures are null where n is 0, intervals where n is below 5. A lazy frame is
        computed at once, when this is called; what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a video is in two groups, or a parameter or type is not what it should be: groups and clusters come from one
        plain column each, not from `video` (a cluster may) and not from lists or structs.
    ConfigError
        If a counting rule is none, or comes twice.

    References
    ----------
    Hesterberg, T. (2015). What Teachers Should Know About the Bootstrap. The American Statistician 69(4), 371-386.
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
    check_names("compare", video, cluster, added=COLUMNS, by=by)
    chosen = tuple(check_parts("compare", parts))
    request = Request("compare", video, at_age, age, max_gap, chosen, rules=collect_rules(rules))
    draws = check_draws("compare", resamples, seed, level_pct)
    rows = build_table(frame, request, {"group": by, "cluster": cluster})
    return to_frame_like(compare_table(rows, by, request, draws, cluster), frame)


def compare_table(
    rows: pl.DataFrame, by: str, request: Request, draws: Draws, cluster: str | None = None
) -> pl.DataFrame:
    """Return what `compare` returns from a table of one row for each video: one row for each ``group``, called `by`."""
    constants = {"age_hours": request.age_hours, "age": request.label, "engagement_parts": "+".join(request.parts)}
    constants["level_pct"] = draws.level_pct
    groups = [
        {by: name}
        | constants
        | _compare_group(group, name, draws, cluster)
        | {"note": _explain_missing_age(group, request), "rule_note": describe_rules(group, rows, request)}
        for name, group in split_groups(rows)
    ]
    return pl.DataFrame(groups, schema={by: rows.schema["group"], **COLUMNS})


def check_draws(function: str, resamples: int, seed: int, level_pct: float) -> Draws:
    """Return a number of draws, a seed and a level, if they make sense."""
    times = check_number(function, "resamples", resamples, 0, whole=True)
    if times < 100:
        raise FrameError(f"{function}: resamples is {times}; give at least 100 draws; {BOOTSTRAP_DRAWS} are usual.")
    level = check_level(function, level_pct)
    return Draws(times, check_number(function, "seed", seed, 0, whole=True), level)


def split_groups(rows: pl.DataFrame) -> Iterator[tuple[Any, pl.DataFrame]]:
    """Yield each group and its rows, in the order of the groups, null last."""
    for name in rows["group"].unique().sort(nulls_last=True):
        yield name, rows.filter(pl.col("group").eq_missing(pl.lit(name, dtype=rows.schema["group"])))


def describe_rules(group: pl.DataFrame, whole: pl.DataFrame, request: Request) -> str | None:
    """Return how a group's videos lie around the counting rules that the whole comparison is on both sides of."""
    return describe_sides(group, whole, request.rules) if "rule_platform" in whole.columns and request.rules else None


def _compare_group(group: pl.DataFrame, name: object, draws: Draws, cluster: str | None) -> dict[str, Any]:
    rated = select_rated(group)
    clustered = has_clusters(rated)
    drawn = build_sample(rated, clustered=clustered)
    return {
        "videos": len(group),
        "without_age": group["views"].null_count(),
        "n": len(drawn),
        "n_effective": effective_number(POOLED.weights(drawn)) if len(drawn) else None,
        "drawn": cluster if clustered else "videos",
        "n_drawn": drawn.drawn,
        "n_drawn_effective": effective_number(VIEWS_MEDIAN.weights(drawn)) if len(drawn) else None,
        **_estimate_figures(drawn, name, draws, clustered=clustered),
    }


def _explain_missing_age(group: pl.DataFrame, request: Request) -> str | None:
    needed = request.at_age is not None and request.age == "published"
    return _NO_AGE if needed and group["origin"].null_count() == len(group) else None


def _estimate_figures(drawn: Sample, name: object, draws: Draws, *, clustered: bool) -> dict[str, float | None]:
    row: dict[str, float | None] = {}
    if not len(drawn):
        return row
    rates = _FIGURES if clustered else ESTIMATORS
    figures = {**rates, "views": VIEWS_MEDIAN}
    bits = seed_generator(draws.seed, name)
    between = estimate_intervals(drawn, figures, resamples=draws.resamples, level_pct=draws.level_pct, bits=bits)
    row["views_median"] = VIEWS_MEDIAN.exact(drawn)
    row["views_median_low"], row["views_median_high"] = between["views"]
    for estimator, figure in rates.items():
        column = f"engagement_rate_{estimator}"
        row[f"{column}_pct"] = figure.exact(drawn)
        row[f"{column}_low_pct"], row[f"{column}_high_pct"] = between[estimator]
    return row
