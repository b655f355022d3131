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
    def from_prefix(cls, prefix: str) -> Bracket:
        """Return the bracket whose names begin with this prefix."""
        return cls(*(f"{prefix}_{part}" for part in ("before", "at_before", "after", "at_after")))

    @property
    def columns(self) -> tuple[str, str, str, str]:
        """Return all four names."""
        return self.before, self.at_before, self.after, self.at_after

    def rise_at(self, at: nw.Expr, max_gap: int | None) -> nw.Expr:
        """Return the rise along the line from the count before to an instant; null where that is not bracketed.

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

    def value_at(self, at: nw.Expr, max_gap: int | None) -> nw.Expr:
        """Return the count at an instant as Float64; null where the instant is not bracketed."""
        return as_float(nw.col(self.before)) + self.rise_at(at, max_gap)


def select_counts(frame: Frame, counts: Sequence[str], *, by: str, clock: str, others: Sequence[str] = ()) -> Frame:
    """Return the readings of videos: `by`, the instant in microseconds as `clock`, and the counts as Int64."""
    known = is_placed(by)
    columns = dict.fromkeys((by, *others))
    return frame.filter(known).select(
        *columns, to_microseconds(frame, TIMESTAMP).alias(clock), *(nw.col(name).cast(nw.Int64()) for name in counts)
    )


def find_brackets(
    frame: Frame, at: str, brackets: Mapping[str, Bracket], *, by: str, clock: str, beside: Sequence[str] = ()
) -> Frame:
    """Return, for each video and count, the readings around the video's one instant.

    Parameters
    ----------
    frame : narwhals frame
        As `select_counts` returns it, with a column `at`: the instant, in microseconds, the same throughout a video.
    at : str
        The column of the instant.
    brackets : mapping of str to Bracket
        The columns to make for each count.
    by, clock : str
        The column that identifies a video, and the instant of a reading in microseconds.
    beside : sequence of str
        Further columns to keep, the same throughout a video.
    """
    now, then = nw.col(clock), nw.col(at)
    ends = frame.with_columns(
        *(
            end
            for name, bracket in brackets.items()
            for end in (
                nw.when(~nw.col(name).is_null() & (now <= then)).then(now).max().over(by).alias(bracket.at_before),
                nw.when(~nw.col(name).is_null() & (now >= then)).then(now).min().over(by).alias(bracket.at_after),
            )
        )
    ).with_columns(
        *(
            nw.when(now == nw.col(when)).then(nw.col(name)).alias(value)
            for name, bracket in brackets.items()
            for value, when in ((bracket.before, bracket.at_before), (bracket.after, bracket.at_after))
        )
    )
    columns = [name for bracket in brackets.values() for name in bracket.columns]
    # Two readings of a video for each count are grouped much faster than all.
    either = (now == nw.col(end) for bracket in brackets.values() for end in (bracket.at_before, bracket.at_after))
    near = ends.filter(reduce(or_, (is_end.fill_null(value=False) for is_end in either)))
    return near.group_by(by).agg(*(nw.col(name).max() for name in (at, *beside, *columns)))


def fill_brackets(frame: Frame, asked: str, brackets: Mapping[str, Bracket], *, by: str, clock: str) -> Frame:
    """Add the readings around each row's instant, for each count, by filling them forwards and backwards.

    Parameters
    ----------
    frame : narwhals frame
        Readings, and rows of instants that are asked for: there `asked` is true and the counts are null.
    asked : str
        The column that marks them. At the same instant, the reading comes first.
    brackets : mapping of str to Bracket
        The columns to make for each count.
    by, clock : str
        The column that identifies a video, and the instant in microseconds. Rows in which one of them is null have no
        bracket.
    """
    order = f"{asked}_order"
    known = is_placed(by, clock)
    own = frame.with_columns(
        (nw.col(clock) * 2 + nw.col(asked).cast(nw.Int64())).alias(order),
        *(
            column
            for name, bracket in brackets.items()
            for column in (
                nw.when(known).then(nw.col(name).cast(nw.Int64())).alias(bracket.before),
                nw.when(known & ~nw.col(name).is_null()).then(nw.col(clock)).alias(bracket.at_before),
            )
        ),
    )
    pairs = [
        (a, b)
        for bracket in brackets.values()
        for a, b in ((bracket.before, bracket.after), (bracket.at_before, bracket.at_after))
    ]
    return own.with_columns(
        *(nw.col(a).fill_null(strategy="backward").over(by, order_by=order).alias(b) for a, b in pairs),
        *(nw.col(a).fill_null(strategy="forward").over(by, order_by=order) for a, _ in pairs),
    ).drop(order)
