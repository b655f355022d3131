"""Everything that differs between engines: how a frame is opened, and how an instant becomes an integer.

Everything else in this package is written once, with the part of narwhals that polars, PySpark, DuckDB and pandas
all have: previous values come from ``shift().over(video, order_by="timestamp")``, time is integer microseconds, and
every denominator and logarithm is guarded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import narwhals.stable.v2 as nw
import polars as pl
from narwhals.stable.v2.typing import IntoFrame

from influtics_lab.errors import FrameError
from influtics_lab.visible_counts import Frame

FrameT = TypeVar("FrameT", bound=IntoFrame)
"""A frame of any engine: what goes in is what comes out (``polars.DataFrame`` in, ``polars.DataFrame`` out)."""

_MICROSECONDS_PER_HOUR: Final = 3.6e9
_HOURS_PER_MICROSECOND: Final = 1 / _MICROSECONDS_PER_HOUR
_BEYOND_INT64: Final = 2.0**63


def to_narwhals(frame: Any, function: str) -> Frame:
    """Return a frame of any engine as a narwhals frame."""
    opened: Frame | None = None
    with suppress(TypeError):
        opened = nw.from_native(frame)
    if opened is not None and not opened.implementation.is_pyarrow():  # whose windows are too few for our formulas
        return opened
    kind = type(frame).__name__
    hint = f' Write frame.pipe(lab.{function}, "{frame}").' if isinstance(frame, str) else ""
    hint = hint if opened is None else " Write polars.from_arrow(frame)."
    raise FrameError(f"{function} accepts a frame of polars, Spark, DuckDB or pandas, not a {kind}.{hint}")


def to_lazy(frame: Frame) -> Frame:
    """Return a polars frame as a lazy one: its planner computes shared expressions once, eager polars each time."""
    return frame.lazy() if frame.implementation.is_polars() else frame


def collect_in_order(frame: Frame, like: object) -> nw.DataFrame[Any] | None:
    """Return the frame computed, its rows in order, where an eager frame came in; else None."""
    if isinstance(frame, nw.DataFrame):
        return frame
    return frame.collect("polars") if isinstance(like, pl.DataFrame) else None


def collect_polars(frame: Frame) -> pl.DataFrame:
    """Return the frame computed, as one of polars."""
    return frame.collect("polars").to_native() if isinstance(frame, nw.LazyFrame) else frame.to_polars()


def to_native(frame: Frame, like: FrameT) -> FrameT:
    """Return the frame as its engine's own, computed where an eager polars frame came in."""
    if isinstance(like, pl.DataFrame) and isinstance(frame, nw.LazyFrame):
        frame = frame.collect("polars")
    native: FrameT = frame.to_native()
    return native


def is_utc(frame: Frame, zone: str | None) -> bool:
    """Return whether instants of this zone are UTC.

    Spark and DuckDB keep instants in UTC and the zone in the session, where it only matters for display.
    """
    engine = frame.implementation
    if engine.is_spark_like() or engine.is_duckdb():
        return zone is not None
    return zone == "UTC"


def is_of_nulls(frame: Frame, column: str) -> bool:
    """Return whether a column is of the type that has no value but null: polars makes it of ``[None, None]``."""
    return frame.implementation.is_polars() and frame.to_native().collect_schema()[column] == pl.Null


def is_text(frame: Frame, column: str) -> bool:
    """Return whether a column is of texts, categories included, or of nulls alone."""
    return isinstance(frame.collect_schema()[column], nw.String | nw.Categorical | nw.Enum) or is_of_nulls(
        frame, column
    )


def to_microseconds(frame: Frame, column: str) -> nw.Expr:
    """Return an instant as whole microseconds since 1970."""
    instant, engine = nw.col(column), frame.implementation
    if engine.is_duckdb():
        return instant.dt.total_microseconds()  # epoch_us, which accepts an instant as well as a duration
    if engine.is_spark_like():
        return instant.cast(nw.Int64()) * 1_000_000 + instant.dt.microsecond()  # the cast returns whole seconds
    return instant.dt.timestamp("us")


def hours_between(later: nw.Expr, earlier: nw.Expr) -> nw.Expr:
    """Return the hours between two instants in microseconds.

    A product, because engines differ in the last bit of a quotient by a constant: polars multiplies by the reciprocal,
    but not where a frame or a piece of it has one row. Whole hours come out whole.
    """
    return as_float(later - earlier) * _HOURS_PER_MICROSECOND


def as_float(count: nw.Expr) -> nw.Expr:
    """Return an integer as the nearest float: divided by 1, as a cast in pandas with Arrow types raises beyond 2^53."""
    return count / 1


def limit_us(hours: float) -> int:
    """Return a limit in hours in whole microseconds, to compare elapsed time exactly: 0.1 hours are no float."""
    return round(min(hours * _MICROSECONDS_PER_HOUR, _BEYOND_INT64 / 2))


def keep_finite(number: nw.Expr) -> nw.Expr:
    """Return the number where it is finite, else null."""
    return nw.when(number.abs() < math.inf).then(number)


def percent_of(part: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """Return a part in percent of the whole, where that is above 0."""
    return nw.when(whole > 0).then(as_float(part) * 100.0 / as_float(whole))


def subtract_integers(later: nw.Expr, earlier: nw.Expr) -> nw.Expr:
    """Return a difference of integers, null beyond 64 bits: some engines wrap around, others raise."""
    rough = as_float(later) - as_float(earlier)
    return nw.when(rough.abs() < _BEYOND_INT64).then(later) - earlier


def add_integers(first: nw.Expr, *others: nw.Expr) -> nw.Expr:
    """Return the sum of integers, null where it or a part of it is beyond 64 bits."""
    exact, rough = first, as_float(first)
    for other in others:
        rough = rough + as_float(other)
        exact = nw.when(rough.abs() < _BEYOND_INT64).then(exact) + other
    return exact


def join_matching(frame: Frame, other: Frame, on: list[str]) -> Frame:
    """Return each row of one frame with each row of the other that has the same keys."""
    left: Any = frame  # both are eager or both lazy, which types do not express
    rows: Frame = left.join(other, on=on)
    return rows


def join_left(frame: Frame, other: Frame, on: Sequence[str]) -> Frame:
    """Add the other frame's columns where the keys agree; it has each key once.

    polars promises an order of a join's rows only when asked, which narwhals does not.
    """
    left: Any = frame
    if not frame.implementation.is_polars():
        rows: Frame = left.join(other, on=list(on), how="left")
        return rows
    if isinstance(frame, nw.DataFrame):  # its own columns need not be copied
        added: Any = join_left(frame.lazy().select(*on), other.lazy(), on)
        return frame.with_columns(added.drop(*on).collect("polars").iter_columns())
    native = frame.to_native().join(other.to_native(), on=list(on), how="left", maintain_order="left")
    ordered: Frame = nw.from_native(native)
    return ordered
