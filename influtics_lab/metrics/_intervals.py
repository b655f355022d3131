"""A value now, and at the readings before in which it was present: what growth is made of.

The counts of a reading need not all be there. "Previous" is therefore the previous reading *in which that value is
present*: readings are split into those that have it and those that have not, and the shift runs among the former.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import as_float, hours_between, subtract_integers, to_microseconds
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, is_placed

_SMALL: Final = 1e-3
"""Below it a series of four terms is right to 14 digits, above it what is left of e^y after 1 is taken off, to 13."""
_HALF, _SIXTH, _24TH = 1 / 2, 1 / 6, 1 / 24


@dataclass(frozen=True)
class IntervalColumns:
    """Names of the columns that hold a value and its instant: now, at the reading before, at the one before that.

    The earlier ones are null where the value is not present now or there is no such reading. What lies between two of
    them has columns, too: a term that is used twice is a column, or Spark writes it out until its code is too long.
    """

    values: tuple[str, ...]
    instants: tuple[str, ...]
    gains: tuple[str, ...]
    gaps: tuple[str, ...]
    rise: str
    ratio: str
    logarithm: str

    def elapsed(self) -> nw.Expr:
        """Give the length of the interval that ends now in microseconds."""
        return nw.col(self.instants[0]) - nw.col(self.instants[1])

    def gained(self, step: int = 0) -> nw.Expr:
        """Give how much the value rose over an interval; step 0 is the interval that ends now."""
        return nw.col(self.gains[step])

    def hours_in(self, step: int = 0) -> nw.Expr:
        """Give the length of an interval in hours."""
        return nw.col(self.gaps[step])

    def per_hour(self, step: int = 0) -> nw.Expr:
        """Give the rise per hour over an interval."""
        length = self.hours_in(step)
        return nw.when(length > 0).then(as_float(self.gained(step)) / length)

    def share(self) -> nw.Expr:
        """Give what the value gained as a share of the value before, where that is above 0."""
        return nw.col(self.rise)

    def log(self) -> nw.Expr:
        """Give the logarithm of the value now over the value before, where both are above 0."""
        return nw.col(self.logarithm)

    def between(self) -> Iterator[nw.Expr]:
        """Give the columns of what lies between two readings."""
        for step, (gain, gap) in enumerate(zip(self.gains, self.gaps, strict=True)):
            later, earlier = (nw.col(name) for name in self.values[step : step + 2])
            yield subtract_integers(later, earlier).alias(gain)
            yield hours_between(nw.col(self.instants[step]), nw.col(self.instants[step + 1])).alias(gap)

    def relative(self) -> Iterator[nw.Expr]:
        """Give the columns of the gain and the value as multiples of the value before; `between` comes first."""
        now, before = (nw.col(name) for name in self.values[:2])
        share = as_float(self.gained()) / as_float(before)
        ratio = as_float(now) / as_float(before)
        yield nw.when(before > 0).then(share).alias(self.rise)
        yield nw.when((now > 0) & (before > 0)).then(ratio).alias(self.ratio)

    def growth(self) -> nw.Expr:
        """Give the column of the logarithm; `relative` comes first.

        Next to 1 the ratio, rounded to a float, has lost digits of what it is above 1. The share still has them: what
        was lost is what it is more than the ratio less 1, and is added as the first term of a series.
        """
        ratio = nw.col(self.ratio)
        lost = self.share() - (ratio - 1.0)
        return (ratio.log() + 2.0 * lost / (ratio + 1.0)).alias(self.logarithm)

    def names(self) -> set[str]:
        """Give the names of all columns, none of which stays."""
        return {*self.values, *self.instants, *self.gains, *self.gaps, self.rise, self.ratio, self.logarithm}


def exp_minus_1(exponent: nw.Expr) -> nw.Expr:
    """Give e^y - 1 with its digits also where y is nearly 0."""
    series = exponent + exponent * exponent * (_HALF + exponent * (_SIXTH + exponent * _24TH))
    return nw.when(exponent.abs() < _SMALL).then(series).otherwise(exponent.exp() - 1.0)


def with_intervals(
    frame: Frame,
    values: Mapping[str, nw.Expr],
    derive: Callable[[Mapping[str, IntervalColumns]], Iterable[nw.Expr]],
    *,
    by: str,
    back: int = 1,
) -> Frame:
    """Add the columns that `derive` makes of the values' steps; the steps themselves do not stay.

    Parameters
    ----------
    frame : narwhals frame
        With `by` and ``timestamp``.
    values : mapping of str to narwhals.Expr
        Integers, under the names by which `derive` asks for their steps.
    derive : callable
        Takes the steps of each value, gives the columns to add.
    by : str
        What tells videos apart.
    back : int
        How many readings to look back.
    """
    prefix = find_free_prefix(frame)
    clock = f"{prefix}now"
    steps = {name: _name_columns(f"{prefix}{name}", clock, back) for name in values}
    here = {name: f"{prefix}{name}_here" for name in values}
    known = is_placed(by)
    temporary = frame.with_columns(
        to_microseconds(frame, TIMESTAMP).alias(clock),
        *(value.cast(nw.Int64()).alias(steps[name].values[0]) for name, value in values.items()),
        *((known & ~value.is_null()).alias(here[name]) for name, value in values.items()),
    ).with_columns(
        *(
            _shift_back(of[0], step, by, here[name]).alias(of[step])
            for name in values
            for of in (steps[name].values, steps[name].instants)
            for step in range(1, back + 1)
        )
    )
    added = set(here.values()).union(*(of.names() for of in steps.values()))
    measured = temporary.with_columns(*(column for of in steps.values() for column in of.between()))
    grown = measured.with_columns(*(column for of in steps.values() for column in of.relative())).with_columns(
        *(of.growth() for of in steps.values())
    )
    return grown.with_columns(*derive(steps)).drop(*sorted(added))


def _name_columns(prefix: str, clock: str, back: int) -> IntervalColumns:
    return IntervalColumns(
        values=tuple(f"{prefix}_{step}" for step in range(back + 1)),
        instants=(clock, *(f"{prefix}_at_{step}" for step in range(1, back + 1))),
        gains=tuple(f"{prefix}_gained_{step}" for step in range(back)),
        gaps=tuple(f"{prefix}_hours_{step}" for step in range(back)),
        rise=f"{prefix}_rise",
        ratio=f"{prefix}_ratio",
        logarithm=f"{prefix}_log",
    )


def _shift_back(column: str, step: int, by: str, here: str) -> nw.Expr:
    return nw.when(nw.col(here)).then(nw.col(column).shift(step).over(by, here, order_by=TIMESTAMP))
