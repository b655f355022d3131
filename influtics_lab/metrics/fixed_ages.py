"""Views, engagement rate and CPM at fixed ages: V24h, V7 and V30."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Final

import narwhals.stable.v2 as nw

from influtics_lab.defaults import FIXED_AGES
from influtics_lab.metrics._durations import Duration, name_duration, parse_duration, parse_gap
from influtics_lab.metrics._engagement_parts import check_parts
from influtics_lab.metrics._engine import FrameT, percent_of, to_microseconds, to_native
from influtics_lab.metrics._frame_checks import open_readings
from influtics_lab.metrics._interpolation import Bracket, find_brackets, select_counts
from influtics_lab.metrics._video_columns import join_to_videos
from influtics_lab.metrics.money import cost_per
from influtics_lab.metrics.windows import find_origin_column
from influtics_lab.visible_counts import Frame, find_free_prefix, mask_hidden_counts

_NAME: Final = "views_at_ages"


def views_at_ages(
    frame: FrameT,
    *ages: Duration,
    spend: str | None = None,
    parts: Sequence[str] | None = None,
    age: str = "published",
    max_gap: Duration | None = None,
    keep: Sequence[str] = (),
    by: str = "video_id",
) -> FrameT:
    """Return each video's views at fixed ages (V24h, V7, V30), with engagement rate and CPM at each of them.

    With V(a) and E(a) the views and engagements at age a, on the line between the readings before and after it (as
    `at_age`), and H the oldest of the ages::

        views_at_24h               = V(24 h)
        engagement_rate_at_24h_pct = 100 E(24 h) / V(24 h)
        cpm_at_24h                 = 1000 spend / V(24 h)
        share_at_24h_of_30d_pct    = 100 V(24 h) / V(30 d)

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
        Needs `by`, ``timestamp``, ``published_at`` or ``created_at`` (Datetime, UTC), ``views`` and the parts
        (integers), and `spend` if it is given.
    *ages : str or datetime.timedelta
        Such as ``"48h"``; ``"24h"``, ``"7d"`` and ``"30d"`` if none is given. A day is 24 hours.
    spend : str, optional
        The column of what each video cost (integers, floats or decimals, in one currency); its last value counts.
    parts : sequence of str, optional
        Exactly these of ``likes``, ``comments`` and ``reposts``. All by default, reposts only where a video reports
        them (YouTube has none); to compare platforms name ``("likes", "comments")``.
    age : str
        ``"published"`` counts ages from ``published_at``, ``"tracked"`` from ``created_at``, which is when tracking
        began: the two may lie months apart.
    max_gap : str or datetime.timedelta, optional
        The longest gap between two readings across which a count is interpolated; any, if not given.
    keep : sequence of str
        Further columns of the video to keep, such as a creator, as they are at its last reading.
    by : str
        The column that identifies a video.

    Returns
    -------
    frame of the kind that came in
        One row for each video that has a reading, sorted by `by`: `by`, the columns of ``videos`` that are there,
        those of `keep` and `spend`, and for each age

        - ``views_at_24h``, ``views_at_7d``, ``views_at_30d`` (Float64, views): null where the age is not known
          (``published_at`` is null), where visible views are not on both sides (never extrapolated), or further
          apart than `max_gap`;
        - ``engagement_rate_at_24h_pct``, ``engagement_rate_at_7d_pct``, ``engagement_rate_at_30d_pct`` (Float64, %):
          null there, where a part is not known at that age, and where the views are 0 or less;
        - ``cpm_at_24h``, ``cpm_at_7d``, ``cpm_at_30d`` (Float64, currency per 1000 views), only with `spend`: null
          where the views are null, or 0 or less, and where the spend is null, negative or not finite;
        - ``share_at_24h_of_30d_pct``, ``share_at_7d_of_30d_pct`` (Float64, %), of each age but the oldest: null where
          either is null, and where the oldest has 0 views or less;

        and ``engagement_parts`` (String), what was added up: null where no visible views were read between publication
        and the oldest age. Names end in the ages that are asked for: whole days from two on as ``7d``, else hours,
        minutes or seconds.

    Raises
    ------
    MissingColumnError
        If a column is not there.
    FrameError
        If a duration, `age` or a part is not one of those above, a count is not an integer, the spend no number, an
        instant not in UTC, or a reading comes twice (not checked in lazy frames).

    Examples
    --------
    A video that had a quarter of its 7-day views in the first 24 hours:

    >>> from datetime import datetime, timedelta, UTC
    >>> import polars as pl
    >>> start = datetime(2025, 6, 1, tzinfo=UTC)
    >>> frame = pl.DataFrame({
    ...     "video_id": ["a"] * 3,
    ...     "timestamp": [start + timedelta(hours=hours) for hours in (12, 36, 168)],
    ...     "published_at": [start] * 3,
    ...     "views": [500, 1500, 4000],
    ...     "likes": [50, 110, 200],
    ...     "comments": [0, 0, 0],
    ...     "reposts": [0, 0, 0],
    ...     "spend": [20.0] * 3,
    ... })
    >>> videos = frame.pipe(views_at_ages, "24h", "7d", spend="spend")
    >>> videos.select("views_at_24h", "engagement_rate_at_24h_pct", "cpm_at_24h", "share_at_24h_of_7d_pct").row(0)
    (1000.0, 8.0, 20.0, 25.0)
    """
    lengths = sorted({parse_duration(_NAME, "an age", length) for length in ages or FIXED_AGES})
    request = _Request(lengths, check_parts(_NAME, parts), parts is None, parse_gap(_NAME, max_gap), spend)
    start = find_origin_column(_NAME, age)
    paid = () if spend is None else (spend,)
    readings = open_readings(frame, _NAME, by=by, counts=("views", *request.parts), instants=(start,), numbers=paid)
    prefix = find_free_prefix(readings)
    values = {
        count: [f"{prefix}{count}_{number}" for number in range(len(lengths))] for count in ("views", *request.parts)
    }
    chosen = [*([keep] if isinstance(keep, str) else keep), *paid]
    tables = _find_values(readings, values, request, start, by=by)
    videos, columns = join_to_videos(readings, _NAME, tables, chosen, request.added, by=by)
    return to_native(videos.select(*columns, *request.columns(values, f"{prefix}reported")).sort(by), frame)


@dataclass(frozen=True)
class _Request:
    """Ages and longest gap in microseconds, what engagements are made of, and the column of money."""

    lengths: Sequence[int]
    parts: Sequence[str]
    leave_out: bool
    max_gap: int | None
    spend: str | None

    @property
    def added(self) -> list[str]:
        """Return the names of the columns that are added, in their order."""
        ages = [name_duration(length) for length in self.lengths]
        each = [f"views_at_{age}" for age in ages] + [f"engagement_rate_at_{age}_pct" for age in ages]
        each += [] if self.spend is None else [f"cpm_at_{age}" for age in ages]
        return [*each, *(f"share_at_{age}_of_{ages[-1]}_pct" for age in ages[:-1]), "engagement_parts"]

    def columns(self, values: Mapping[str, Sequence[str]], reported: str) -> Iterator[nw.Expr]:
        """Return the columns that are added, from each count's values at the ages."""
        views = [nw.col(name) for name in values["views"]]
        columns = list(views)
        columns += [percent_of(self._sum_parts(values, place, reported), viewed) for place, viewed in enumerate(views)]
        if self.spend is not None:
            columns += [cost_per(nw.col(self.spend), viewed, 1000.0) for viewed in views]
        columns += [percent_of(viewed, views[-1]) for viewed in views[:-1]]
        always = [part for part in self.parts if not (self.leave_out and part == "reposts")]
        with_reposts, without = (nw.lit("+".join(parts)) for parts in (self.parts, always))
        known = nw.when(nw.col(reported) > 0).then(with_reposts).otherwise(without)
        columns.append(nw.when(~nw.col(reported).is_null()).then(known))
        return (column.alias(name) for column, name in zip(columns, self.added, strict=True))

    def _sum_parts(self, values: Mapping[str, Sequence[str]], place: int, reported: str) -> nw.Expr:
        counts = {part: nw.col(values[part][place]) for part in self.parts}
        total = reduce(add, counts.values())
        if not (self.leave_out and "reposts" in counts):
            return total
        without = reduce(add, (column for part, column in counts.items() if part != "reposts"))
        return nw.when(nw.col(reported) > 0).then(total).otherwise(without)


def _find_values(
    frame: Frame, names: Mapping[str, Sequence[str]], request: _Request, start: str, *, by: str
) -> Iterator[Any]:
    """Return for each age one row for each video: its counts then; with the oldest, if it reports reposts."""
    prefix = find_free_prefix(frame)
    clock, born, at, reported = (f"{prefix}{name}" for name in ("now", "born", "at", "reported"))
    counted = nw.col("reposts").count().over(by) if "reposts" in names else nw.lit(0, dtype=nw.Int64())
    began = to_microseconds(frame, start).max().over(by)
    dated = frame.with_columns(began.alias(born), counted.alias(reported))
    masked = mask_hidden_counts(dated, by=by, counts=[*names])
    series = select_counts(masked, [*names], by=by, clock=clock, others=(born, reported))
    published = series.filter(nw.col(clock) >= nw.col(born))
    brackets = {count: Bracket.from_prefix(f"{prefix}{count}") for count in names}
    for place, length in enumerate(request.lengths):
        aged = published.with_columns((nw.col(born) + length).alias(at))
        found = find_brackets(aged, at, brackets, by=by, clock=clock, beside=(reported,))
        values = [
            bracket.value_at(nw.col(at), request.max_gap).alias(names[count][place])
            for count, bracket in brackets.items()
        ]
        if length == request.lengths[-1]:
            was_read = ~nw.col(brackets["views"].at_before).is_null()
            values.append(nw.when(was_read).then(nw.col(reported)).alias(reported))
        yield found.select(by, *values)
