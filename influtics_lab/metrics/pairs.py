"""Every group of videos against every other: whether a difference is more than chance, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.defaults import BOOTSTRAP_DRAWS, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.errors import FrameError
from influtics_lab.metrics._bootstrap import ESTIMATORS, FEWEST, Draws
from influtics_lab.metrics._comparison_sample import (
    Request,
    build_sample,
    build_table,
    check_names,
    select_rated,
    to_frame_like,
)
from influtics_lab.metrics._durations import HOUR, Duration, parse_duration
from influtics_lab.metrics._engagement_parts import check_parts
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics._permutation import Side, adjust_p_values, find_p_value, measure_uncertainty
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.metrics.groups import check_draws, describe_rules, split_groups
from influtics_lab.platforms import Rules, collect_rules

BANDS: Final = ("24h", "3d", "7d", "14d", "30d", "90d", "365d")
"""Ages at which a band of videos of nearly equal age ends and the next begins, for comparisons at last readings."""

_LEVEL: Final = 0.05  # of the adjusted p below which a difference is stated

_BELONGS: Final = "difference and p are of the pooled rates, in which views weigh; cliffs_delta is of the videos' rates"


def compare_pairs(
    frame: FrameT,
    by: str = "platform",
    at_age: Duration | None = None,
    *,
    estimator: str = "median",
    age: str = "published",
    bands: Sequence[Duration] = BANDS,
    parts: Sequence[str] = COMPARED_PARTS,
    cluster: str | None = None,
    resamples: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
    level_pct: float = LEVEL_PCT,
    max_gap: Duration | None = None,
    video: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Return how far the engagement rates of each pair of groups lie apart, and whether that is more than chance.

    With d = a - b the difference of the median (or mean, or pooled) rates, s the statistic, and s* the same after the
    labels of the videos (or of whole clusters) have been dealt out anew within each age band, m times::

        s            = |a^-1/2 - b^-1/2| / its standard error, of means and pooled rates
        s            = |d| / its standard error, of medians
        p_value      = (1 + how many s* >= s) / (1 + m); of means and pooled rates at least the p of the bootstrap
        p_holm       = the largest, over the pairs with a p up to this one's, of p_(i) (k - i + 1), at most 1
        cliffs_delta = share of pairs of videos with rate a > rate b, minus the share with a < b

    with k pairs that have an answer and p_(i) the i-th smallest of their p. At one equal age there is one band;
    without `at_age` each video counts with its last reading, and labels are only exchanged within `bands`.

    The null of the test is that both groups have the same distribution. Where only spreads or view levels differ, a
    test of d alone would reject too often; over the standard error medians hold their level nearly. Means and pooled
    rates of few videos rarely show the long tail of rates, and then are too low and seem too certain. So their p is at
    least the share of drawn samples (those of the interval) whose s, of the difference from the observed one, reaches
    the observed s. There each group keeps its own spread. A standard error of drawn videos counts as at least 0.6 of
    the observed one.

    State a difference only where ``is_significant``: `p_holm` is below 0.05 **and** the interval excludes 0. Of
    simulated groups that are alike p is below 0.05 in 3 to 6 %, and 1 to 5 % are stated; where spreads or view levels
    differ but the figure does not, p is below 0.05 in at most 9 %, and at most 3 % of medians are stated, 5 % of pooled
    rates and 8 % of means (``tests/bench/coverage.py``).

    Difference and p belong to the estimator; Cliff's delta always to the videos' rates, each counted once, so that
    beside a pooled difference, in which views weigh, it can even point the other way.

    Without `cluster` videos are assumed to be independent of each other. Videos of one creator are not: of simulated
    pairs of groups that did not differ, with 8 creators of 15 videos each a side, about half had a p of 0.05 or less;
    with ``cluster="creator"`` 1 in 20 had. A cluster with videos on both sides is one on each, as if these had nothing
    in common: where creators rather than groups differ, p is then far too large, and intervals are too wide. The age
    band of a cluster is that of its middle video.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs what `compare` needs, and ``published_at`` or ``created_at`` in any case.
    by, at_age, age, parts, max_gap, video
        As in `compare`.
    estimator : {"median", "mean", "pooled"}
        Which rate is compared.
    bands : sequence of str or timedelta
        Where one age band ends and the next begins, rising; only without `at_age`.
    cluster : str, optional
        A column of whose values all videos of a group are drawn, and their labels dealt out, together, such as a
        creator; a video without one is drawn alone.
    resamples : int
        How often labels are dealt out, and how many draws of videos (or clusters) an interval is made of.
    seed : int
        The same seed returns the same bytes, whatever the order of rows; only `p_holm` depends on other groups.
    level_pct : float
        How much of the draws an interval holds, in percent, from 50 to below 100.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known.

    Returns
    -------
    frame of the kind that came in
        One row for each pair of groups, sorted, null last: ``group_a`` and ``group_b`` (of the type of `by`), ``n_a``
        and ``n_b`` (Int64: videos that count, with an age and a rate), ``clusters_a`` and ``clusters_b`` (Int64: of how
        many clusters; as many as videos without `cluster`), ``age_hours`` and ``age`` (as in `compare`, null without
        `at_age`), ``estimator`` and ``engagement_parts`` (String), ``level_pct`` (Float64, %, of the intervals), and

        - ``difference_pct`` (Float64, percentage points, a - b), ``difference_low_pct``, ``difference_high_pct``;
        - ``p_value`` and ``p_holm`` (Float64, 0 to 1); ``is_significant`` (Boolean, never null: false without an
          answer), whether `p_holm` is below 0.05 and the interval of the difference excludes 0;
        - ``cliffs_delta``, ``cliffs_delta_low``, ``cliffs_delta_high`` (Float64, -1 to 1);
        - ``note`` (String): why there is no answer; with pooled rates a note on the estimators; else null;
        - ``rule_note`` (String): how the videos of both lie around a counting rule, as in `compare`; null where all of
          them are on one side.

        Intervals are expanded percentile intervals (see `compare`) over draws of whole videos (or clusters), each
        group for itself, with the degrees of freedom of Welch and Satterthwaite. With fewer
        than 5 videos (or clusters) on a side there is no answer: all figures are null. ``p_value`` and ``p_holm`` are
        also null where no age band holds both groups. A lazy frame is computed at once, as in `compare`.

    Raises
    ------
    MissingColumnError, FrameError, ConfigError
        As `compare`.

    References
    ----------
    Hesterberg, T. (2015). What Teachers Should Know About the Bootstrap. The American Statistician 69(4), 371-386.
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian J. of Statistics 6, 65-70.
    Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the generalized Behrens-Fisher
    problem. Statistics & Probability Letters 36(1), 9-21.
    Chung, E. and Romano, J. P. (2013). Exact and asymptotically robust permutation tests. The Annals of Statistics
    41(2), 484-507.
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall. Sections 12.5 and 12.6.
    (The bootstrap-t.)
    McKean, J. W. and Schrader, R. M. (1984). A comparison of methods for studentizing the sample median. Communications
    in Statistics - Simulation and Computation 13(6), 751-773. (The standard error of a median.)
    Cliff, N. (1993). Dominance statistics: ordinal analyses to answer ordinal questions. Psychological Bulletin 114(3),
    494-509.
    Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in Genetics
    and Molecular Biology 9(1), 39.

    Examples
    --------
    Five videos with rates of 1 to 5 % against five with 3 to 7 %, and one alone:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": list("abcdefghijk"),
    ...     "platform": ["Instagram"] * 5 + ["TikTok"] * 5 + ["YouTube"],
    ...     "published_at": [start] * 11,
    ...     "timestamp": [datetime(2025, 6, 2, tzinfo=UTC)] * 11,
    ...     "views": [1000] * 11,
    ...     "likes": [10, 20, 30, 40, 50, 30, 40, 50, 60, 70, 90],
    ...     "comments": [0] * 11,
    ... })
    >>> pairs = compare_pairs(frame, at_age="24h")
    >>> pairs.select("group_a", "group_b", "n_a", "n_b", "difference_pct", "cliffs_delta").rows()
    [('Instagram', 'TikTok', 5, 5, -2.0, -0.64), ('Instagram', 'YouTube', 5, 1, None, None),
     ('TikTok', 'YouTube', 5, 1, None, None)]
    >>> pairs["note"].to_list()[:2]
    [None, 'no answer below 5 videos a side']
    """
    check_names("compare_pairs", video, cluster, by=by)
    chosen = tuple(check_parts("compare_pairs", parts))
    known = collect_rules(rules)
    request = Request("compare_pairs", video, at_age, age, max_gap, chosen, needs_age=True, rules=known)
    draws = check_draws("compare_pairs", resamples, seed, level_pct)
    if estimator not in tuple(ESTIMATORS):
        raise FrameError(f"compare_pairs accepts {', '.join(ESTIMATORS)}; found estimator {estimator!r}.")
    edges = [] if at_age is not None else _check_bands(bands)
    rows = build_table(frame, request, {"group": by, "cluster": cluster})
    groups = [(_build_side(name, group, edges), group) for name, group in split_groups(rows)]
    settings = {"age_hours": request.age_hours, "age": request.label, "estimator": estimator}
    settings |= {"engagement_parts": "+".join(request.parts), "level_pct": draws.level_pct}
    pairs = []
    for (a, videos_a), (b, videos_b) in combinations(groups, 2):
        both = pl.concat([videos_a, videos_b])
        note = {"rule_note": describe_rules(both, both, request)}
        pairs.append(_compare_sides(a, b, estimator, draws) | settings | note)
    for pair, adjusted in zip(pairs, adjust_p_values([pair["p_value"] for pair in pairs]), strict=True):
        pair["p_holm"] = adjusted
        pair["is_significant"] = _is_significant(pair)
    schema = look_up_columns("compare_pairs") | dict.fromkeys(("group_a", "group_b"), rows.schema["group"])
    return to_frame_like(pl.DataFrame(pairs, schema=schema), frame)


def _check_bands(bands: Sequence[Duration]) -> list[float]:
    edges = [parse_duration("compare_pairs", "bands", band) / HOUR for band in bands]
    if edges != sorted(set(edges)):
        raise FrameError(f"compare_pairs: bands are {list(bands)}; give ages that rise, such as {list(BANDS[:3])}.")
    return edges


def _build_side(name: object, group: pl.DataFrame, edges: Sequence[float]) -> Side:
    rated = select_rated(group)
    clustered = "cluster" in rated.columns  # however few: below five a side there is no answer
    bands = np.zeros(len(rated), dtype=np.intp)
    if "age_hours" in rated.columns:
        rated = rated.filter(pl.col("age_hours").is_not_null())
        bands = np.searchsorted(edges, rated["age_hours"].to_numpy(), side="right")
    return Side(name, build_sample(rated, clustered=clustered), bands)


def _is_significant(pair: Mapping[str, Any]) -> bool:
    """Return whether a difference may be stated: both the test and the interval exclude 0."""
    if pair["p_holm"] is None or pair["p_holm"] >= _LEVEL:
        return False
    return not pair["difference_low_pct"] <= 0.0 <= pair["difference_high_pct"]


def _compare_sides(a: Side, b: Side, estimator: str, draws: Draws) -> dict[str, Any]:
    pair: dict[str, Any] = {"group_a": a.name, "group_b": b.name, "n_a": len(a.sample), "n_b": len(b.sample)}
    pair |= {"clusters_a": a.sample.drawn, "clusters_b": b.sample.drawn, "p_value": None}
    pair |= {"note": _BELONGS if estimator == "pooled" else None}
    for units, fewest in (("videos", min(pair["n_a"], pair["n_b"])), ("clusters", min(a.sample.drawn, b.sample.drawn))):
        if fewest < FEWEST:
            return pair | {"note": f"no answer below {FEWEST} {units} a side"}
    figure = ESTIMATORS[estimator]
    pair["difference_pct"] = figure.exact(a.sample) - figure.exact(b.sample)
    pair |= measure_uncertainty(a, b, figure, draws)
    if not set(a.unit_bands) & set(b.unit_bands):
        return pair | {"note": "no p value: no age band holds videos of both groups"}
    return pair | {"p_value": find_p_value(a, b, figure, draws)}
