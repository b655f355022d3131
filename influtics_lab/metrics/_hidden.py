"""Counts that a platform hides: they come as 0, and are missing, not zero, in every rate.

A count is hidden at a reading where it is 0 after it was above 0 before; likes also throughout a video that has 0 of
them at more than 1,000 views. Comments or reposts that were always 0 may simply be 0. Whether a count is hidden is a
matter of all readings of its video: look before readings are filtered away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import Frame, spare_prefix
from influtics_lab.metrics._input import TIMESTAMP, is_placed
from influtics_lab.schema import COUNTS

LIKES_NEVER_ABOVE_VIEWS: Final = 1_000
"""Likes that are 0 throughout are hidden in a video with more views than this."""


def with_hidden(
    frame: Frame, names: Mapping[str, str], *, by: str, above_views: float = LIKES_NEVER_ABOVE_VIEWS
) -> Frame:
    """Add for each count whether it is hidden at that reading: Boolean, never null.

    Parameters
    ----------
    frame : narwhals frame
        With `by`, ``timestamp`` and the counts; without ``views`` only counts that fell to 0 are told.
    names : mapping of str to str
        Each count, and the name of the column to add.
    by : str
        What tells videos apart.
    above_views : float
        More views than these at any reading make likes of 0 throughout hidden ones.
    """
    prefix = spare_prefix(frame)
    first = {count: f"{prefix}{count}_first" for count in names}
    seen, views = f"{prefix}views_seen", _views(frame)
    counted = frame.with_columns(
        *(nw.when(nw.col(count) > 0).then(nw.col(TIMESTAMP)).alias(name) for count, name in first.items())
    ).with_columns(
        *(nw.col(name).min().over(by) for name in first.values()),
        views.max().over(by).alias(seen) if views is not None else nw.lit(0).alias(seen),
    )
    known = is_placed(by)
    hidden = []
    for count, name in names.items():
        since = nw.col(first[count])
        told = (~since.is_null() & (since < nw.col(TIMESTAMP))).fill_null(False)
        if count == "likes":
            told = told | (since.is_null() & (nw.col(seen) > above_views).fill_null(False))
        hidden.append(((nw.col(count) == 0).fill_null(False) & told & known).alias(name))
    return counted.with_columns(*hidden).drop(*first.values(), seen)


def without_hidden(frame: Frame, *, by: str, counts: Sequence[str] = COUNTS) -> Frame:
    """Give the frame with hidden counts as null: to compute rates with, not to hand out, as raw values stay.

    Counts that are not there are passed over.
    """
    there = [count for count in counts if count in frame.collect_schema().names()]
    return with_shown(frame, {count: count for count in there}, by=by)


def with_shown(frame: Frame, names: Mapping[str, str], *, by: str) -> Frame:
    """Add each count under another name, null where it is hidden."""
    prefix = spare_prefix(frame)
    hidden = {count: f"{prefix}{count}_hidden" for count in names}
    told = with_hidden(frame, hidden, by=by)
    shown = (nw.when(~nw.col(hidden[count])).then(nw.col(count)).alias(name) for count, name in names.items())
    return told.with_columns(*shown).drop(*hidden.values())


def with_spare(frame: Frame, counts: Sequence[str], *, by: str) -> tuple[Frame, dict[str, str]]:
    """Add each count beside itself, null where it is hidden, and name these columns; they do not stay."""
    prefix = spare_prefix(frame)
    names = {count: f"{prefix}{count}_shown" for count in counts}
    return with_shown(frame, names, by=by), names


def _views(frame: Frame) -> nw.Expr | None:
    return nw.col("views") if "views" in frame.collect_schema().names() else None
