"""Hidden counts and failed polls: zeros that are missing values, not counts.

A platform that hides a count sends 0, and so does a poll that failed. By the rules of ``definitions``:

- views are hidden where they are 0 after a value above 0;
- another count is hidden where it is 0 and its last visible value before was above 5 (8, 0: hidden; 8, 3, 0: a true
  zero), and likes also where they are 0 throughout a video with more than 1,000 views;
- a poll failed where views are hidden and every other reported count is 0: then all counts of that reading are missing.

Such counts are null in every computation and stay raw in the frame. All readings of a video decide this: look before
readings are filtered away. Every count that the frame has helps to recognise a failed poll.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
import polars as pl

from influtics_lab.schema import COUNTS

Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

TIMESTAMP: Final = "timestamp"

LIKES_NEVER_ABOVE_VIEWS: Final = 1_000
"""Likes that are 0 throughout are hidden in a video with more views than this."""

LARGEST_TRUE_FALL: Final = 5
"""A count other than views can fall to a true 0 from this value or less."""


def mask_hidden(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return a polars frame with null for the values of a count that are hidden or of a failed poll.

    A frame whose column is no count, or without ``video_id`` and ``timestamp``, comes back as it is. Last known counts
    stay.
    """
    if column not in COUNTS or not {"video_id", TIMESTAMP} <= set(frame.columns):
        return frame
    if frame.schema[column] == pl.Null:
        return frame.with_columns(pl.col(column).cast(pl.Int64))
    zeros = frame[column] == 0
    if not zeros.any():
        return frame  # only a zero can be hidden
    opened: Frame = nw.from_native(frame.lazy())
    masked: pl.LazyFrame = with_visible_counts(opened, {column: column}, by="video_id", mixed=True).to_native()
    return masked.collect()


def with_hidden(
    frame: Frame,
    names: Mapping[str, str],
    *,
    by: str,
    above_views: float = LIKES_NEVER_ABOVE_VIEWS,
    failed: str | None = None,
) -> Frame:
    """Add for each count whether it is hidden at that reading: Boolean, never null.

    Parameters
    ----------
    frame : narwhals frame
        With `by`, ``timestamp`` and the counts; without ``views`` likes that are 0 throughout are not hidden.
    names : mapping of str to str
        Each count, and the name of the column to add.
    by : str
        The column that identifies a video.
    above_views : float
        More views than these at any reading make likes that are 0 throughout hidden.
    failed : str, optional
        The name of one more column to add: whether the poll failed. False in a frame without ``views``.
    """
    prefix = find_free_prefix(frame)
    present = counts_in(frame)
    judged = dict(names)
    if failed is not None and "views" in present:
        judged.setdefault("views", f"{prefix}views_hidden")
    placed, with_instants = is_placed(by), names_with_instants(frame)
    before = {count: f"{prefix}{count}_before" for count in judged}
    most = f"{prefix}most"
    largest = {most: "views"} if "likes" in judged and "views" in present else {}
    largest |= {f"{prefix}likes_most": "likes"} if largest else {}
    filled = frame.with_columns(
        *(nw.when(placed & _is_decisive(count)).then(nw.col(count)).alias(name) for count, name in before.items())
    ).with_columns(
        *(nw.col(name).fill_null(strategy="forward").over(by, order_by=TIMESTAMP) for name in before.values()),
        *(nw.col(count).max().over(by).alias(name) for name, count in largest.items()),
    )
    hidden = {}
    for count, name in judged.items():
        fallen = nw.col(before[count]) > (0 if count == "views" else LARGEST_TRUE_FALL)
        if count == "likes" and largest:
            fallen = fallen.fill_null(value=False) | (
                (nw.col(f"{prefix}likes_most") <= 0) & (nw.col(most) > above_views)
            )
        zero = nw.col(count) == 0
        if count in with_instants:
            zero = zero & nw.col(f"{count}_at").is_null()
        hidden[count] = (placed & zero & fallen).fill_null(value=False).alias(name)
    added = filled.with_columns(*hidden.values())
    if failed is not None:
        added = added.with_columns(_is_failed_poll(present, judged).alias(failed))
    return added.drop(*before.values(), *largest, *(name for count, name in judged.items() if count not in names))


def mask_hidden_counts(frame: Frame, *, by: str, counts: Sequence[str] = COUNTS) -> Frame:
    """Return the frame with null for counts that are hidden or of a failed poll, to compute with.

    The result is not for users, as the raw values are gone. Counts that the frame lacks are skipped.
    """
    columns = frame.collect_schema().names()
    return with_visible_counts(frame, {count: count for count in counts if count in columns}, by=by)


def with_visible_counts(frame: Frame, names: Mapping[str, str], *, by: str, mixed: bool = False) -> Frame:
    """Add each count under another name, null where it is hidden or the poll failed.

    In a frame of last known counts (`latest`) a count that was read at another instant than its row is null as well,
    so that no rate mixes two readings; `mixed` keeps it.
    """
    if not names:
        return frame
    prefix = find_free_prefix(frame)
    hidden = {count: f"{prefix}{count}_hidden" for count in names}
    failed = f"{prefix}failed"
    judged = with_hidden(frame, hidden, by=by, failed=failed)
    with_instants = () if mixed else names_with_instants(frame)
    shown = []
    for count, name in names.items():
        visible = ~(nw.col(hidden[count]) | nw.col(failed))
        if count in with_instants:
            visible = visible & (read_at(count, with_instants) == nw.col(TIMESTAMP))
        shown.append(nw.when(visible).then(nw.col(count)).alias(name))
    return judged.with_columns(*shown).drop(*hidden.values(), failed)


def with_masked_counts(frame: Frame, counts: Sequence[str], *, by: str) -> tuple[Frame, dict[str, str]]:
    """Add each count under a temporary name, null where it is hidden or the poll failed, and return these names."""
    prefix = find_free_prefix(frame)
    names = {count: f"{prefix}{count}_shown" for count in counts}
    return with_visible_counts(frame, names, by=by), names


def counts_in(frame: Frame) -> list[str]:
    """Return the counts that the frame has as whole numbers."""
    schema = frame.collect_schema()
    return [count for count in COUNTS if count in schema and schema[count].is_integer()]


def names_with_instants(frame: Frame) -> frozenset[str]:
    """Return the values beside which a frame of last known counts has the instant at which each was read."""
    instants = (name for name, dtype in frame.collect_schema().items() if isinstance(dtype, nw.Datetime))
    return frozenset(name.removesuffix("_at") for name in instants if name.endswith("_at"))


def read_at(name: str, with_instants: Collection[str]) -> nw.Expr:
    """Return the instant at which a value was read: that beside it in a frame of last known counts, else the row's."""
    if name not in with_instants:
        return nw.col(TIMESTAMP)
    return nw.when(~nw.col(f"{name}_at").is_null()).then(nw.col(f"{name}_at")).otherwise(nw.col(TIMESTAMP))


def _is_decisive(count: str) -> nw.Expr:
    """Return whether a value decides on later zeros: views above 0 hide them for good, other counts until the next."""
    return nw.col(count) > 0 if count == "views" else nw.col(count) != 0


def _is_failed_poll(present: Sequence[str], hidden: Mapping[str, str]) -> nw.Expr:
    if "views" not in present:
        return nw.lit(value=False)
    empty = [(nw.col(count) == 0).fill_null(value=True) for count in present if count != "views"]
    return reduce(and_, empty, nw.col(hidden["views"]))


def is_placed(by: str, at: str = TIMESTAMP) -> nw.Expr:
    """Return whether a row has both a video and an instant."""
    return ~(nw.col(by).is_null() | nw.col(at).is_null())


def find_free_prefix(frame: Frame) -> str:
    """Return a prefix with which no column of the frame begins, for temporary columns."""
    prefix, names = "_", [name.casefold() for name in frame.collect_schema().names()]
    while any(name.startswith(prefix) for name in names):
        prefix += "_"
    return prefix
