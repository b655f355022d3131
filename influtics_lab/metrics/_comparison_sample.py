"""The small table behind comparisons: one row for each video at one age, in polars, sorted by video.

Its columns have names of its own, so that they meet none of the frame's: ``video``, ``views`` and ``engagements``
(Float64), ``rate`` (%), ``age_hours`` (at the last reading), ``origin`` (microseconds), and the traits asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, and_
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.errors import FrameError
from influtics_lab.metrics._bootstrap import FEWEST, Sample
from influtics_lab.metrics._durations import HOUR, Duration, parse_duration, parse_gap
from influtics_lab.metrics._engine import (
    FrameT,
    as_float,
    collect_polars,
    hours_between,
    is_of_nulls,
    to_microseconds,
    to_narwhals,
)
from influtics_lab.metrics._frame_checks import open_readings, require_columns
from influtics_lab.metrics._rule_crossings import IS_SHORT, PLATFORM, has_platform
from influtics_lab.metrics.windows import at_age as counts_at_age
from influtics_lab.metrics.windows import find_origin_column
from influtics_lab.platforms import CountingRule
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, is_placed, mask_hidden_counts


@dataclass(frozen=True)
class Request:
    """The counts of each video that are compared, and the age at which."""

    function: str
    video: str
    at_age: Duration | None
    age: str
    max_gap: Duration | None
    parts: tuple[str, ...]
    needs_age: bool = False
    rules: tuple[CountingRule, ...] = ()

    def check(self) -> None:
        """Raise where a duration or an age is none, in the name of the function that was called."""
        parse_gap(self.function, self.max_gap)
        find_origin_column(self.function, self.age)
        if self.at_age is not None:
            parse_duration(self.function, "at_age", self.at_age)

    @property
    def age_hours(self) -> float | None:
        """Return the age in hours, or None for each video's last reading."""
        return None if self.at_age is None else parse_duration(self.function, "at_age", self.at_age) / HOUR

    @property
    def origin(self) -> str | None:
        """Return the column from which ages are counted, or None where no age is asked for."""
        start = find_origin_column(self.function, self.age)
        return None if self.at_age is None and not self.needs_age else start

    @property
    def label(self) -> str | None:
        """Return the age's name, or None for each video's last reading."""
        return None if self.at_age is None else self.age

    @property
    def counts(self) -> tuple[str, ...]:
        """Return every count that is compared."""
        return ("views", *self.parts)


def check_names(
    function: str, video: str, cluster: str | None = None, *, added: Collection[str] = (), **shared: str
) -> None:
    """Raise where a name is no column's name, or a `shared` column identifies a video or is `added` by the function."""
    for name, column in {"video": video, **shared, **({} if cluster is None else {"cluster": cluster})}.items():
        if not isinstance(column, str):
            raise FrameError(f"{function}: {name} is {column!r}; it must be the name of one column.")
    for name, column in shared.items():
        if column == video:
            raise FrameError(f"{function}: {name} is {column!r}; name a column whose value several videos share.")
        check_not_added(function, name, column, added)


def check_not_added(function: str, name: str, column: str | None, added: Collection[str]) -> None:
    """Raise where the column of groups is one of those that the function adds."""
    if column in added:
        raise FrameError(f"{function}: {name} is {column!r}, which is a column of the result. Rename it.")


def build_table(frame: object, request: Request, traits: Mapping[str, str | None]) -> pl.DataFrame:
    """Return one row for each video, sorted by video; a count is null where it is hidden or not known at that age.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
    request : Request
    traits : mapping of str to str or None
        Columns of the frame, the same at all readings of a video, under the names that they get; None is left out.
    """
    request.check()
    chosen = {name: column for name, column in traits.items() if column is not None}
    _check_traits(to_narwhals(frame, request.function), request, chosen)
    instants = [request.origin] if request.origin else []
    readings = open_readings(frame, request.function, by=request.video, counts=request.counts, instants=instants)
    placed = readings.filter(is_placed(request.video))
    counted = _select_last_rows(placed, request) if request.at_age is None else _select_at_age(placed, request)
    traits_of_videos = _find_traits(placed, request, chosen)
    rows = collect_polars(counted).join(traits_of_videos, on="video", how="left", maintain_order="none")
    if has_platform(placed):
        rows = _with_span(rows.join(_find_span(placed, request), on="video", how="left"), request)
    return _with_rates(rows.sort("video"), request.parts)


def select_values(
    frame: object, function: str, column: str, by: str | None, *, video: str | None = None, note: str | None = None
) -> pl.DataFrame:
    """Return a table of one row for each row of a frame: ``group`` and ``value`` (Float64, null where not finite).

    With `note`, also ``note``.

    Parameters
    ----------
    frame : DataFrame or LazyFrame of any supported engine
    function : str
        Whose frame it is, for the message.
    column : str
        The column of values.
    by : str or None
        The column of groups; None puts all rows into one.
    video : str, optional
        The column that identifies a video: no two rows may have the same, if the frame has it.
    note : str, optional
        A column of texts; null where the frame has none.
    """
    table = to_narwhals(frame, function)
    require_columns(table, function, [column] if by is None else [column, by])
    schema = table.collect_schema()
    if not (schema[column].is_numeric() or is_of_nulls(table, column)):
        raise FrameError(f"{function}: {column} is {schema[column]}; it must be a number. Cast it.")
    ids = [nw.col(video).alias("video")] if video is not None and video in schema else []
    groups = nw.lit(0) if by is None else nw.col(by)
    notes = [nw.col(note).alias("note")] if note is not None and note in schema else []
    rows = collect_polars(table.select(groups.alias("group"), nw.col(column).alias("value"), *ids, *notes))
    if note is not None and not notes:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("note"))
    known_ids = rows["video"].drop_nulls() if ids else pl.Series([])
    if known_ids.n_unique() < len(known_ids):
        first = known_ids.filter(known_ids.is_duplicated())[0]
        raise FrameError(
            f"{function}: {video} {first!r} has several rows; give one row for each video, as lab.at_age or lab.latest "
            f"return."
        )
    value = pl.col("value").cast(pl.Float64)
    return rows.select(
        "group", pl.when(value.is_finite()).then(value).alias("value"), *([] if note is None else ["note"])
    )


def select_rated(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the videos of a table whose rate is known."""
    return rows.filter(pl.col("rate").is_not_null())


def has_clusters(rated: pl.DataFrame) -> bool:
    """Return whether videos name enough clusters to draw these whole."""
    return "cluster" in rated.columns and rated["cluster"].drop_nulls().n_unique() >= FEWEST


def build_sample(rated: pl.DataFrame, *, clustered: bool) -> Sample:
    """Return videos with a rate for sums and draws; whole clusters are drawn if `clustered`."""
    views, engagements = (rated[name].to_numpy().astype(np.float64) for name in ("views", "engagements"))
    units = _number_clusters(rated) if clustered else np.arange(len(rated), dtype=np.intp)
    return Sample(views=views, engagements=engagements, units=units)


def _number_clusters(rated: pl.DataFrame) -> NDArray[np.intp]:
    """Return the number of each video's cluster, from 0; a video without one is a cluster of its own."""
    numbers: dict[Any, int] = {}
    keys = (("alone", n) if cluster is None else ("in", cluster) for n, cluster in enumerate(rated["cluster"]))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def to_frame_like(rows: pl.DataFrame, like: FrameT) -> FrameT:
    """Return a small table as a frame of the engine that came in."""
    opened: Any = to_narwhals(like, "to_frame_like")
    native: Any = rows
    if isinstance(opened, nw.LazyFrame):
        session = getattr(like, "sparkSession", None)
        native = nw.from_native(rows).lazy(backend=opened.implementation, session=session).to_native()
    elif opened.implementation.is_pandas():
        native = rows.to_pandas(use_pyarrow_extension_array=True)
    frame: FrameT = native
    return frame


def _with_rates(rows: pl.DataFrame, parts: Sequence[str]) -> pl.DataFrame:
    if not parts:
        return rows
    engagements = reduce(add, (pl.col(part) for part in parts)).alias("engagements")
    rate = pl.when(pl.col("views") > 0).then(pl.col("engagements") * 100.0 / pl.col("views"))
    return rows.with_columns(engagements).with_columns(rate.alias("rate"))


def _find_span(known: Frame, request: Request) -> pl.DataFrame:
    """Return platform, format and the instants from which each video has counted, for `describe_sides`."""
    names, schema = ("published_at", "created_at"), known.collect_schema()
    instants = [name for name in names if isinstance(schema.get(name), nw.Datetime)]
    short = [nw.col(IS_SHORT).max().alias("rule_short")] if IS_SHORT in schema else []
    timed = known.with_columns(to_microseconds(known, name).alias(f"rule_{name}") for name in instants)
    rows = collect_polars(
        timed.group_by(request.video).agg(
            nw.col(PLATFORM).max().alias("rule_platform"), *short, *(nw.col(f"rule_{name}").max() for name in instants)
        )
    )
    missing = {f"rule_{name}": pl.Int64 for name in names} | {"rule_short": pl.Boolean}
    added = (pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items() if name not in rows.columns)
    return rows.rename({request.video: "video"}).with_columns(*added)


def _with_span(rows: pl.DataFrame, request: Request) -> pl.DataFrame:
    published = pl.col("rule_published_at")
    ends = pl.col("ends") if request.at_age is None else pl.col("origin") + round((request.age_hours or 0.0) * HOUR)
    return rows.with_columns(
        pl.coalesce(published, "rule_created_at").alias("begins"),
        published.is_not_null().alias("dated"),
        pl.when(pl.col("views").is_not_null()).then(ends).alias("ends"),
    )


def _select_at_age(known: Frame, request: Request) -> Frame:
    rows = counts_at_age(
        known.to_native(),
        request.at_age or "",
        *request.counts,
        age=request.age,
        max_gap=request.max_gap,
        by=request.video,
    )
    return to_narwhals(rows, request.function).select(nw.col(request.video).alias("video"), *request.counts)


def _select_last_rows(known: Frame, request: Request) -> Frame:
    """Return each video at its last reading with a rate; without one, at its last reading with visible views."""
    prefix = find_free_prefix(known)
    rated, viewed, chosen = (f"{prefix}{name}" for name in ("rated", "viewed", "chosen"))
    masked, instant = mask_hidden_counts(known, by=request.video, counts=request.counts), nw.col(TIMESTAMP)
    has_rate = reduce(and_, (~nw.col(part).is_null() for part in request.parts), nw.col("views") > 0)
    ends = masked.with_columns(
        nw.when(has_rate).then(instant).max().over(request.video).alias(rated),
        nw.when(~nw.col("views").is_null()).then(instant).max().over(request.video).alias(viewed),
        instant.max().over(request.video).alias(chosen),
    ).with_columns(nw.coalesce(rated, viewed, chosen).alias(chosen))
    counts = [as_float(nw.col(name)) for name in request.counts]
    if request.origin is not None:
        age = hours_between(to_microseconds(masked, TIMESTAMP), to_microseconds(masked, request.origin))
        counts.append(age.alias("age_hours"))
    counts.append(to_microseconds(masked, TIMESTAMP).alias("ends"))
    last = ends.filter(instant == nw.col(chosen))
    return last.select(nw.col(request.video).alias("video"), *counts).unique(subset=["video"], keep="any")


def _find_traits(known: Frame, request: Request, traits: Mapping[str, str]) -> pl.DataFrame:
    columns = [nw.col(column).alias(name) for name, column in traits.items()]
    if request.origin is not None:
        columns.append(to_microseconds(known, request.origin).max().over(request.video).alias("origin"))
    rows = collect_polars(known.select(nw.col(request.video).alias("video"), *columns).unique())
    twice = rows.filter(rows["video"].is_duplicated()).sort("video")
    if len(twice):
        first = twice["video"][0]
        varies = next(name for name in traits if twice.filter(video=first)[name].n_unique() > 1)
        raise FrameError(
            f"{request.function}: {traits[varies]} is not the same at all readings of {request.video} {first!r}: "
            f"a video belongs to one group. Give it one value throughout."
        )
    return rows


def _check_traits(frame: Frame, request: Request, traits: Mapping[str, str]) -> None:
    require_columns(frame, request.function, list(traits.values()))
    schema = frame.collect_schema()
    for column in traits.values():
        if column in {TIMESTAMP, *request.counts}:
            raise FrameError(
                f"{request.function}: {column} differs from reading to reading; name a column that is the same "
                f"throughout a video."
            )
        if schema[column].is_nested() or schema[column] == nw.Object:
            raise FrameError(
                f"{request.function}: {column} is {schema[column]}; a video has one plain value there, such as a text. "
                f"Cast it, or select one value."
            )
