"""Audit: which counts the reported engagement rate was made of, and how it was cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.defaults import ER_TOLERANCE_PCT
from influtics_lab.metrics._engagement_parts import PARTS, with_sum
from influtics_lab.metrics._engine import FrameT, as_float, keep_finite, percent_of, to_native
from influtics_lab.metrics._frame_checks import check_number, open_readings
from influtics_lab.metrics._video_columns import choose_video_columns
from influtics_lab.metrics.definitions import look_up_columns
from influtics_lab.schema import COUNTS
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, with_hidden

CANDIDATES: Final = ("first", "updated", "latest", "counts")

_LATEST: Final = tuple(f"latest_{count}" for count in COUNTS)
_ADDED: Final = tuple(look_up_columns("audit_er"))
_LAST_DIGITS: Final = 1e-6


def audit_er(
    frame: FrameT, *, tolerance: float = ER_TOLERANCE_PCT, keep: Sequence[str] = (), by: str = "video_id"
) -> FrameT:
    """Return which recomputed engagement rates each video's reported one fits: of which reading, and how it was cut.

    The reported rate is stale and unevenly cut. It is held against four recomputed ones, each
    ``100 (likes + comments + reposts) / views`` with the parts of `engagement_rate`:

    =========== =================================================================
    ``first``   the first reading that has a rate
    ``updated`` the reading at ``stats_last_updated``
    ``latest``  the last reading that has a rate
    ``counts``  the counts reported beside it: ``latest_views``, ``latest_likes``, ...
    =========== =================================================================

    and each of these in three cuts: ``raw``, ``truncated`` and ``rounded`` (both to two decimals).

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp`` and ``stats_last_updated`` (Datetime, UTC), ``er_reported_pct`` (floats), and
        ``views``, ``likes``, ``comments``, ``reposts`` as well as ``latest_views`` and its like (integers).
    tolerance : float
        A rate that fits in no cut is still called ``near`` within this distance, in percentage points.
    keep : sequence of str
        Further columns of the video to keep, such as a creator that you have added, as they are at its last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video, in the order in which their last readings came: `by`, the columns of ``videos`` that
        are there and those of `keep`, as at the last reading, ``er_reported_pct`` (Float64, %), then for each
        candidate its rate and how far the reported one is from it:
        ``er_first_pct``, ``er_first_distance_pct``, ``er_updated_pct``, ``er_updated_distance_pct``,
        ``er_latest_pct``, ``er_latest_distance_pct``, ``er_counts_pct``, ``er_counts_distance_pct`` (Float64, % and
        percentage points); then ``er_fits`` (String): all that fit, such as ``first raw; latest near``.

        A rate is null where its reading or a count is not there, or hidden; a distance also where no rate is
        reported. ``er_fits`` is null where nothing fits, or no rate is reported. A reported rate that is NaN or
        infinite is none. Rows without a video or a timestamp are no reading.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If `tolerance` is negative, ``er_reported_pct`` is no number, a count is not an integer, an instant is not in
        UTC, or a reading comes twice (not checked in lazy frames).

    Examples
    --------
    The first video's rate is that of its first reading; the second reports none:

    >>> from datetime import datetime, UTC
    >>> import polars as pl
    >>> instants = [datetime(2025, 6, day, tzinfo=UTC) for day in (29, 30)]
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a", "a", "b"],
    ...     "timestamp": [*instants, instants[0]],
    ...     "stats_last_updated": [instants[1], instants[1], None],
    ...     "er_reported_pct": [4.33, 4.33, None],
    ...     "views": [3000, 4000, 100], "likes": [100, 110, 2], "comments": [20, 30, 1], "reposts": [10, 10, 0],
    ...     "latest_views": [4000, 4000, 100], "latest_likes": [110, 110, 2],
    ...     "latest_comments": [30, 30, 1], "latest_reposts": [10, 10, 0],
    ... })
    >>> audit = frame.pipe(audit_er)
    >>> audit.select("er_reported_pct", "er_latest_pct", "er_fits").rows()
    [(4.33, 3.75, 'first truncated; first rounded'), (None, 3.0, None)]
    """
    within = check_number("audit_er", "tolerance", tolerance, 0)
    counts, instants = (*COUNTS, *_LATEST), ("stats_last_updated",)
    readings = open_readings(frame, "audit_er", by=by, counts=counts, instants=instants, numbers=("er_reported_pct",))
    columns = choose_video_columns(readings, "audit_er", keep, _ADDED, by=by, but=("er_reported_pct",))
    rated = _with_rates(readings.filter(~nw.col(by).is_null()), by)
    reported = keep_finite(nw.col("er_reported_pct").cast(nw.Float64()))
    distances = ((reported - nw.col(_rate_column(name))).abs().alias(_distance_column(name)) for name in CANDIDATES)
    audited = rated.with_columns(reported.alias("er_reported_pct"), *distances)
    fits = _list_fits(within).alias("er_fits")
    return to_native(audited.with_columns(fits).select(*columns, "er_reported_pct", *_ADDED), frame)


def _rate_column(candidate: str) -> str:
    return f"er_{candidate}_pct"


def _distance_column(candidate: str) -> str:
    return f"er_{candidate}_distance_pct"


def _with_rates(frame: Frame, by: str) -> Frame:
    """Keep one row for each video, with the rate of each candidate."""
    prefix = find_free_prefix(frame)
    total, label, rate, rated = (f"{prefix}{name}" for name in ("total", "label", "rate", "rated"))
    first, last, end = (f"{prefix}{name}" for name in ("first", "last", "end"))
    hidden = {part: f"{prefix}{part}_hidden" for part in PARTS}
    shown = {part: f"{prefix}{part}_shown" for part in PARTS}
    at, updated = nw.col(TIMESTAMP), nw.col("stats_last_updated")
    masked = with_hidden(frame, hidden, by=by).with_columns(
        nw.when(~nw.col(hidden[part])).then(nw.col(part)).alias(shown[part]) for part in PARTS
    )
    summed = with_sum(masked, shown, total, label, leave_out=True, by=by)
    rates = summed.with_columns(percent_of(nw.col(total), nw.col("views")).alias(rate))
    ends = rates.with_columns(nw.when(~nw.col(rate).is_null()).then(at).alias(rated)).with_columns(
        nw.col(rated).min().over(by).alias(first),
        nw.col(rated).max().over(by).alias(last),
        at.max().over(by).alias(end),
    )
    instants = {"first": nw.col(first), "updated": updated, "latest": nw.col(last)}
    spread = ends.with_columns(
        nw.when(at == instant).then(nw.col(rate)).alias(_rate_column(name)) for name, instant in instants.items()
    ).with_columns(nw.col(_rate_column(name)).max().over(by) for name in instants)
    return _with_counts_rate(spread, hidden, by).filter(at == nw.col(end))


def _with_counts_rate(frame: Frame, hidden: Mapping[str, str], by: str) -> Frame:
    """Add the rate of the counts that are reported beside it; 0 of a count that is hidden at a reading is missing."""
    reported = f"{find_free_prefix(frame)}reported"
    ever = frame.with_columns(nw.col(name).cast(nw.Int64()) for name in hidden.values()).with_columns(
        nw.col("reposts").count().over(by).alias(reported),
        *(nw.col(name).max().over(by) for name in hidden.values()),
    )
    shown: dict[str, nw.Expr] = {}
    for part, name in hidden.items():
        count = nw.col(f"latest_{part}")
        shown[part] = nw.when(~((count == 0) & (nw.col(name) > 0))).then(as_float(count))
    never = shown["reposts"].is_null() & (nw.col(reported) == 0)
    shown["reposts"] = nw.when(~never).then(shown["reposts"]).otherwise(nw.lit(0.0))
    rate = percent_of(reduce(add, shown.values()), nw.col("latest_views"))
    return ever.with_columns(rate.alias(_rate_column("counts")))


def _list_fits(tolerance: float) -> nw.Expr:
    fits = [nw.when(fit).then(nw.lit(text)) for name in CANDIDATES for text, fit in _find_fits(name, tolerance)]
    joined = nw.concat_str(*fits, separator="; ", ignore_nulls=True)
    return nw.when(joined != "").then(joined)


def _find_fits(candidate: str, tolerance: float) -> Iterator[tuple[str, nw.Expr]]:
    """Yield each way in which a candidate can fit, in words, and whether it does."""
    reported, rate = nw.col("er_reported_pct"), nw.col(_rate_column(candidate))
    cuts = {
        "raw": rate,
        "truncated": (rate * 100.0 + _LAST_DIGITS).floor() * 0.01,
        "rounded": (rate * 100.0 + 0.5 + _LAST_DIGITS).floor() * 0.01,
    }
    exact = {cut: ((reported - value).abs() <= _LAST_DIGITS).fill_null(value=False) for cut, value in cuts.items()}
    for cut, fit in exact.items():
        yield f"{candidate} {cut}", fit
    near = (nw.col(_distance_column(candidate)) <= tolerance).fill_null(value=False)
    yield f"{candidate} near", near & ~exact["raw"] & ~exact["truncated"] & ~exact["rounded"]
