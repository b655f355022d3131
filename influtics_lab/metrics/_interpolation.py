"""A count between two readings: on the straight line from the one before to the one after, and nowhere else.

An instant is *bracketed* where the count is present at or before it and at or after it. At a reading with that count
the value is its own and needs no other; outside a video's readings nothing is known.

A value is kept as the integer at the reading before and the float that is added to it, so that differences of counts
beyond 2^53 stay right to the unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import as_float, subtract_integers, to_microseconds
from influtics_lab.visible_counts import TIMESTAMP, Frame, is_placed


@dataclass(frozen=True)
class Bracket:
    """Names of columns: a count and its instant at the reading at or before some instant, and at or after it."""

    before: str
    at_before: str
    after: str
    at_after: str

    @classmethod
    def named(cls, prefix: str) -> Bracket:
        """Give the names that begin with this prefix."""
        return cls(*(f"{prefix}_{part}" for part in ("before", "at_before", "after", "at_after")))

    @property
    def columns(self) -> tuple[str, str, str, str]:
        """All four names."""
        return self.before, self.at_before, self.after, self.at_after

    def above(self, at: nw.Expr, max_gap: int | None) -> nw.Expr:
        """Give what the line adds at an instant to the count before; null where the instant is not bracketed.

        Parameters
        ----------
        at : narwhals.Expr
            The instant in microseconds.
        max_gap : int or None
            The longest gap, in microseconds, over which a line may be drawn.
        """
        before, since, after, until = (nw.col(name) for name in self.columns)
        gap = until - since
        usable = gap > 0 if max_gap is None else (gap > 0) & (gap <= max_gap)
        rise = as_float(subtract_integers(after, before))
        share = as_float(at - since) / as_float(gap)
        return nw.when(since == at).then(nw.lit(0.0)).otherwise(nw.when(usable).then(rise * share))

    def value(self, at: nw.Expr, max_gap: int | None) -> nw.Expr:
        """Give the count at an instant as Float64; null where the instant is not bracketed."""
        return as_float(nw.col(self.before)) + self.above(at, max_gap)


def select_counts(frame: Frame, counts: Sequence[str], *, by: str, clock: str, others: Sequence[str] = ()) -> Frame:
    """Keep what tells a reading apart, its instant in microseconds as `clock`, and the counts as Int64."""
    known = is_placed(by)
    columns = dict.fromkeys((by, *others))
    return frame.filter(known).select(
        *columns, to_microseconds(frame, TIMESTAMP).alias(clock), *(nw.col(name).cast(nw.Int64()) for name in counts)
    )


def find_brackets(frame: Frame, at: str, brackets: Mapping[str, Bracket], *, by: str, clock: str) -> Frame:
    """Give one row for each video with a reading around its one instant: those readings, for each count.

    Parameters
    ----------
    frame : narwhals frame
        As `select_counts` gives it, with a column `at`: the instant, in microseconds, the same throughout a video.
    at : str
        The column of the instant.
    brackets : mapping of str to Bracket
        The columns to make for each count.
    by, clock : str
        What tells videos apart, and the instant of a reading in microseconds.
    """
    now, then = nw.col(clock), nw.col(at)
    ends = frame.with_columns(
        *(
            end
            for name, of in brackets.items()
            for end in (
                nw.when(~nw.col(name).is_null() & (now <= then)).then(now).max().over(by).alias(of.at_before),
                nw.when(~nw.col(name).is_null() & (now >= then)).then(now).min().over(by).alias(of.at_after),
            )
        )
    ).with_columns(
        *(
            nw.when(now == nw.col(when)).then(nw.col(name)).alias(value)
            for name, of in brackets.items()
            for value, when in ((of.before, of.at_before), (of.after, of.at_after))
        )
    )
    found = [name for of in brackets.values() for name in of.columns]
    # Two readings of a video for each count are grouped much faster than all.
    either = (now == nw.col(end) for of in brackets.values() for end in (of.at_before, of.at_after))
    near = ends.filter(reduce(or_, (told.fill_null(value=False) for told in either)))
    return near.group_by(by).agg(nw.col(at).max(), *(nw.col(name).max() for name in found))


def fill_brackets(frame: Frame, asked: str, brackets: Mapping[str, Bracket], *, by: str, clock: str) -> Frame:
    """Add the readings around each row's instant, for each count, by filling them forwards and backwards.

    Parameters
    ----------
    frame : narwhals frame
        Readings, and rows of instants that are asked for: there `asked` is true and the counts are null.
    asked : str
        The column that tells them apart. At the same instant, the reading comes first.
    brackets : mapping of str to Bracket
        The columns to make for each count.
    by, clock : str
        What tells videos apart, and the instant in microseconds. Rows in which either is null have no bracket.
    """
    order = f"{asked}_order"
    known = is_placed(by, clock)
    own = frame.with_columns(
        (nw.col(clock) * 2 + nw.col(asked).cast(nw.Int64())).alias(order),
        *(
            column
            for name, of in brackets.items()
            for column in (
                nw.when(known).then(nw.col(name).cast(nw.Int64())).alias(of.before),
                nw.when(known & ~nw.col(name).is_null()).then(nw.col(clock)).alias(of.at_before),
            )
        ),
    )
    pairs = [(a, b) for of in brackets.values() for a, b in ((of.before, of.after), (of.at_before, of.at_after))]
    return own.with_columns(
        *(nw.col(a).fill_null(strategy="backward").over(by, order_by=order).alias(b) for a, b in pairs),
        *(nw.col(a).fill_null(strategy="forward").over(by, order_by=order) for a, _ in pairs),
    ).drop(order)
