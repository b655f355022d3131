"""A video against what is usual for its creator, and how often videos are above it."""

from __future__ import annotations

import warnings
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.defaults import AT_AGE, COMPARED_PARTS, LEVEL_PCT
from influtics_lab.errors import DataQualityWarning, FrameError
from influtics_lab.metrics._bootstrap import FEWEST
from influtics_lab.metrics._comparison_sample import (
    Request,
    build_table,
    check_names,
    check_not_added,
    select_values,
    to_frame_like,
)
from influtics_lab.metrics._distributions import wilson_limits
from influtics_lab.metrics._durations import Duration
from influtics_lab.metrics._engine import FrameT
from influtics_lab.metrics._frame_checks import check_level
from influtics_lab.metrics._rule_crossings import RuleSides, find_side, name_noted_rules
from influtics_lab.metrics.benchmarks import RATE, measured_parts
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.platforms import CountingRule, Rules, collect_rules
from influtics_lab.text_format import plural

COLUMNS: Final = look_up_columns("multiple_of_usual")
"""The columns that `multiple_of_usual` adds, with types."""

HIT_COLUMNS: Final = look_up_columns("hit_rate")
"""The columns that `hit_rate` adds, with types."""


def multiple_of_usual(
    frame: FrameT,
    at_age: Duration = AT_AGE,
    measure: str = "views",
    *,
    judged: Iterable[str] | None = None,
    creator: str = "creator",
    age: str = "published",
    parts: Sequence[str] = COMPARED_PARTS,
    max_gap: Duration | None = None,
    video: str = "video_id",
    rules: Rules = (),
) -> FrameT:
    """Return each judged video as a multiple of what is usual for its creator, at the same age.

    With x the video's value at that age, and y those of its creator's earlier videos that are not judged::

        usual_value       = median of y, of at least 5 of them
        multiple_of_usual = x / usual_value

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `video`, `creator` (`with_creator` adds it), ``timestamp`` (Datetime, UTC), ``published_at`` or
        ``created_at``, ``views`` and the counts of the measure (integers).
    at_age : str or timedelta
        The age at which all videos are compared, such as ``"24h"`` or ``"7d"``.
    measure : {"views", "likes", "comments", "reposts", "engagement_rate"}
        What is compared.
    judged : iterable of str, optional
        The ids (of the column `video`) of the videos to judge, such as those of a campaign: none of them is part of
        what is usual. By default every video is judged, each against all that are earlier.
    creator : str
        The column of creators, the same at all readings of a video. A video without one has no usual.
    age : {"published", "tracked"}
        Since ``published_at``, or since ``created_at``; it also decides which videos are earlier.
    parts : sequence of str
        What an engagement rate is made of, all of them needed of each video.
    max_gap : str or timedelta, optional
        Do not interpolate over longer gaps between readings.
    video : str
        The column that identifies a video.
    rules : path or iterable of CountingRule
        Counting rules besides those that are known (`counting_rules`).

    Returns
    -------
    frame of the kind that came in
        One row for each judged video of the frame, sorted by `video`: `video`, `creator`, ``usual_age_hours`` (Float64,
        hours), ``usual_age`` (String: `age`), ``usual_measure`` (String: `measure`), ``usual_videos`` (Int64, how many
        earlier videos have a value), ``usual_value`` (Float64, their median; null below 5), ``video_value`` (Float64,
        the count or the rate in %; null where it is not known at that age), ``multiple_of_usual`` (Float64: null
        where either is null, and where the usual is 0 or less) and ``usual_rule_note`` (String: how many of the video
        and the earlier ones lie before, across and after each counting rule that they are on both sides of; null where
        there is no such rule, and in frames without platform). A lazy frame is computed at once, when this is called;
        what comes back is lazy again.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a video has two creators, or a parameter or type is not what it should be.
    ConfigError
        If a counting rule is none, or comes twice.

    Warns
    -----
    DataQualityWarning
        If ids in `judged` are of no video in the frame.

    Examples
    --------
    Five videos of one creator, and a sixth that is judged against their median of 300:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> published = [start + timedelta(days=day) for day in range(6)]
    >>> frame = pl.DataFrame({
    ...     "video_id": list("abcdef"),
    ...     "creator": ["Ann"] * 6,
    ...     "published_at": published,
    ...     "timestamp": [instant + timedelta(hours=24) for instant in published],
    ...     "views": [100, 200, 300, 400, 5000, 1200],
    ... })
    >>> multiple_of_usual(frame, "24h", judged=["f"]).select("usual_videos", "usual_value", "multiple_of_usual").rows()
    [(5, 300.0, 4.0)]
    """
    function = "multiple_of_usual"
    check_names(function, video, added=COLUMNS, creator=creator)
    known_rules = collect_rules(rules)
    request = Request(
        function, video, at_age, age, max_gap, measured_parts(function, measure, parts), rules=known_rules
    )
    chosen = _check_judged(judged)
    rows = build_table(frame, request, {"group": creator})
    if chosen is not None:
        _warn_of_unknown(chosen, rows["video"])
    value = "rate" if measure == RATE else measure
    sided = known_rules if "rule_platform" in rows.columns else ()
    known = rows.drop_nulls(["group", "origin"]).sort("group", "origin")
    sides = pl.concat_list(*(find_side(rule) for rule in sided)) if sided else pl.lit([], dtype=pl.List(pl.String))
    usuals = [*_find_usuals(known.select("video", "group", "origin", value, sides).rows(), chosen, sided)]
    schema = {
        "video": rows.schema["video"],
        "usual_videos": pl.Int64(),
        "usual_value": pl.Float64(),
        "note": pl.String(),
    }
    judged_rows = rows if chosen is None else rows.filter([video in chosen for video in rows["video"]])
    with_usual = judged_rows.join(
        pl.DataFrame(usuals, schema=schema, orient="row"), on="video", how="left", maintain_order="left"
    )
    columns = {
        video: pl.col("video"),
        creator: pl.col("group"),
        "usual_age_hours": pl.lit(request.age_hours, dtype=pl.Float64),
        "usual_age": pl.lit(age),
        "usual_measure": pl.lit(measure),
        "usual_videos": pl.col("usual_videos").fill_null(0),
        "usual_value": pl.col("usual_value"),
        "video_value": pl.col(value).cast(pl.Float64),
        "multiple_of_usual": pl.when(pl.col("usual_value") > 0).then(pl.col(value) / pl.col("usual_value")),
        "usual_rule_note": pl.col("note"),
    }
    return to_frame_like(with_usual.select(column.alias(name) for name, column in columns.items()), frame)


def hit_rate(multiples: FrameT, by: str | None = None, *, level_pct: float = LEVEL_PCT) -> FrameT:
    """Return which share of judged videos is above their creator's usual, with a Wilson interval.

    With n the videos that have a `multiple_of_usual`, k those of them that are above 1, p = k / n and z the quantile of
    the normal distribution (1.96 at 95 %)::

        hit_rate_pct = 100 p
        its ends     = 100 (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    By chance alone about half of all videos are above the median of those before. The interval assumes videos to be
    independent of each other; those of one creator are alike, so over few creators it is too narrow.

    Parameters
    ----------
    multiples : DataFrame or LazyFrame of any supported engine
        What `multiple_of_usual` returned, or rows of it.
    by : str, optional
        The column of groups, such as the creator; all videos together without it. Null is a group of its own.
    level_pct : float
        The confidence level in percent, from 50 to below 100.

    Returns
    -------
    frame of the kind that came in
        One row for each group, sorted, null last (none where there are no rows): `by`, ``judged`` (Int64, how many
        videos), ``with_usual`` (Int64, n), ``hits`` (Int64, k), ``hit_rate_pct``, ``hit_rate_low_pct`` and
        ``hit_rate_high_pct`` (Float64, %; null where n is 0), and ``hit_rate_rule_note`` (String: how many of the n
        multiples compare videos on both sides of a counting rule, and which rules; null where none does). A lazy frame
        is computed at once.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If `level_pct` is not one of those above, or `by` is a column of the result.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> import polars as pl
    >>> multiples = pl.DataFrame({"creator": ["Ann"] * 4 + ["Bo"], "multiple_of_usual": [4.0, 1.2, 0.5, 2.0, None]})
    >>> hit_rate(multiples, "creator").with_columns(pl.selectors.ends_with("_pct").round(1)).rows()
    [('Ann', 4, 4, 3, 75.0, 30.1, 95.4, None), ('Bo', 1, 0, 0, None, None, None, None)]
    """
    level = check_level("hit_rate", level_pct)
    check_not_added("hit_rate", "by", by, HIT_COLUMNS)
    rows = select_values(multiples, "hit_rate", "multiple_of_usual", by, note="usual_rule_note")
    counted = rows.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("judged"),
        pl.col("value").count().cast(pl.Int64).alias("with_usual"),
        (pl.col("value") > 1).sum().cast(pl.Int64).alias("hits"),
        pl.col("note").filter(pl.col("value").is_not_null()).drop_nulls().alias("notes"),
    )
    groups = counted.sort("group", nulls_last=True)
    hits, n = (groups[name].to_numpy() for name in ("hits", "with_usual"))
    low, high = wilson_limits(hits, np.maximum(n, 1), level)
    shares = {"hit_rate_pct": 100.0 * hits / np.maximum(n, 1), "hit_rate_low_pct": low, "hit_rate_high_pct": high}
    rated = groups.with_columns(
        pl.when(pl.col("with_usual") > 0).then(pl.Series(share)).alias(name) for name, share in shares.items()
    )
    notes = [_sum_up_notes(row["notes"], row["with_usual"]) for row in groups.iter_rows(named=True)]
    noted = rated.drop("notes").with_columns(pl.Series("hit_rate_rule_note", notes, dtype=pl.String))
    return to_frame_like(noted.drop("group") if by is None else noted.rename({"group": by}), multiples)


def _sum_up_notes(notes: Sequence[str], n: int) -> str | None:
    """Return how many multiples have a note on counting rules, and the names of these rules."""
    names = sorted({name for note in notes for name in name_noted_rules(note)})
    return f"{'; '.join(names)}: both sides in {len(notes):,} of {plural(n, 'multiple')}" if names else None


def _check_judged(ids: object) -> frozenset[str] | None:
    """Return the ids that are to be judged, or None for all."""
    if ids is None:
        return None
    names = frozenset(ids) if isinstance(ids, Iterable) and not isinstance(ids, str) else frozenset({None})
    if not all(isinstance(name, str) for name in names):
        raise FrameError(f"multiple_of_usual: judged is {ids!r}; give video ids, such as a list of texts.")
    return frozenset(map(str, names))


def _warn_of_unknown(chosen: frozenset[str], ids: pl.Series) -> None:
    if unknown := sorted(chosen - set(ids.to_list())):
        warnings.warn(
            f"multiple_of_usual: {len(unknown)} of {len(chosen)} judged ids are of no video in this frame, such as "
            f"{unknown[0]!r}.",
            DataQualityWarning,
            stacklevel=3,
        )


def _find_usuals(
    videos: Sequence[tuple[Any, Any, int, float | None, Sequence[str | None]]],
    judged: frozenset[str] | None,
    rules: Sequence[CountingRule],
) -> Iterator[tuple[Any, int, float | None, str | None]]:
    """Yield each video, how many earlier ones of its creator are usual, their median, and a note on counting rules.

    Videos come sorted by creator and publication: (video, creator, publication, value, side of each rule).
    """
    for _, of_creator in groupby(videos, key=itemgetter(1)):
        usual: list[float] = []  # rising
        counts = [Counter[str | None]() for _ in rules]
        for _, same in groupby(of_creator, key=itemgetter(2)):
            at_once, n = list(same), len(usual)
            median = (usual[(n - 1) // 2] + usual[n // 2]) / 2.0 if n >= FEWEST else None
            for video, _, _, value, sides in at_once:
                compared = n and value is not None
                yield video, n, median, _describe_sides(counts, sides, rules) if compared else None
            for video, _, _, value, sides in at_once:
                if value is not None and (judged is None or video not in judged):
                    insort(usual, value)
                    for number, side in enumerate(sides):
                        counts[number][side] += 1


def _describe_sides(
    counts: Sequence[Counter[str | None]], own: Sequence[str | None], rules: Sequence[CountingRule]
) -> str | None:
    """Return how a video and the usual ones lie around the rules that they are on both sides of."""
    numbers = (earlier + Counter([side]) for earlier, side in zip(counts, own, strict=True))
    sides = map(RuleSides.from_counts, rules, numbers)
    return "; ".join(side.format_sides() for side in sides if side.is_mixed) or None
