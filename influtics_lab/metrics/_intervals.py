"""A value now, and at the readings before in which it was present: what growth is made of.

The counts of a reading need not all be there. "Previous" is therefore the previous reading *in which that value is
present*: readings are split into those that have it and those that have not, and the shift runs among the former. For
an eager polars frame, which is sorted once, the rows of these readings are counted instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from influtics_lab.metrics._engine import as_float, hours_between, subtract_integers, to_microseconds
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, is_placed

_SMALL: Final = 1e-3
"""Below it a series of four terms is right to 14 digits, above it what is left of e^y after 1 is taken off, to 13."""
_HALF, _SIXTH, _24TH = 1 / 2, 1 / 6, 1 / 24


@dataclass(frozen=True)
class IntervalColumns:
    """The temporary columns of a value and its instant now and at the readings before, and of what lies between.

    The earlier ones are null where the value is not present now or there is no such reading. A term that is used twice
    is a column, or Spark writes it out until its code is too long.
    """

    prefix: str
    clock: str

    def value(self, step: int = 0) -> nw.Expr:
        """Return the value now, or so many readings before."""
        return nw.col(f"{self.prefix}_{step}")

    def instant(self, step: int = 0) -> nw.Expr:
        """Return the instant of the reading now, or so many before, in microseconds."""
        return nw.col(f"{self.prefix}_at_{step}" if step else self.clock)

    def gain(self, step: int = 0) -> nw.Expr:
        """Return how much the value rose over an interval; step 0 is the interval that ends now."""
        return nw.col(f"{self.prefix}_gained_{step}")

    def hours(self, step: int = 0) -> nw.Expr:
        """Return the length of an interval in hours."""
        return nw.col(f"{self.prefix}_hours_{step}")

    def per_hour(self, step: int = 0) -> nw.Expr:
        """Return the rise per hour over an interval."""
        return nw.when(self.hours(step) > 0).then(as_float(self.gain(step)) / self.hours(step))

    def share(self) -> nw.Expr:
        """Return what the value gained as a share of the value before, where that is above 0; needs `ratios`."""
        return nw.col(f"{self.prefix}_rise")

    def log(self) -> nw.Expr:
        """Return the logarithm of the value now over the value before, where both are above 0; needs `ratios`."""
        return nw.col(f"{self.prefix}_log")

    def measure_intervals(self, back: int) -> Iterator[nw.Expr]:
        """Yield the columns of gains and hours."""
        for step in range(back):
            gain = subtract_integers(self.value(step), self.value(step + 1))
            yield gain.alias(f"{self.prefix}_gained_{step}")
            yield hours_between(self.instant(step), self.instant(step + 1)).alias(f"{self.prefix}_hours_{step}")

    def measure_ratios(self) -> Iterator[nw.Expr]:
        """Yield the columns of the gain and the value as multiples of the value before; the gains come first."""
        now, before = self.value(), self.value(1)
        yield nw.when(before > 0).then(as_float(self.gain()) / as_float(before)).alias(f"{self.prefix}_rise")
        ratio = as_float(now) / as_float(before)
        yield nw.when((now > 0) & (before > 0)).then(ratio).alias(f"{self.prefix}_ratio")

    def measure_log(self) -> nw.Expr:
        """Return the column of the logarithm; the ratios come first.

        Next to 1 the ratio, rounded to a float, has lost digits of what it is above 1. The share still has them: what
        was lost is what it is more than the ratio less 1, and is added as the first term of a series.
        """
        ratio = nw.col(f"{self.prefix}_ratio")
        lost = self.share() - (ratio - 1.0)
        return (ratio.log() + 2.0 * lost / (ratio + 1.0)).alias(f"{self.prefix}_log")


def exp_minus_1(exponent: nw.Expr) -> nw.Expr:
    """Return e^y - 1 with its digits also where y is nearly 0."""
    series = exponent + exponent * exponent * (_HALF + exponent * (_SIXTH + exponent * _24TH))
    return nw.when(exponent.abs() < _SMALL).then(series).otherwise(exponent.exp() - 1.0)


def with_intervals(
    frame: Frame,
    values: Mapping[str, nw.Expr],
    derive: Callable[[Mapping[str, IntervalColumns]], Iterable[nw.Expr]],
    *,
    by: str,
    back: int = 1,
    ratios: bool = False,
) -> Frame:
    """Add the columns that `derive` makes of the values' intervals, whose own columns do not stay.

    Parameters
    ----------
    frame : narwhals frame
        With `by` and ``timestamp``.
    values : mapping of str to narwhals.Expr
        Integers, under the names by which `derive` asks for their intervals.
    derive : callable
        Returns the columns to add, from the intervals of each value.
    by : str
        The column that identifies a video.
    back : int
        How many readings to look back.
    ratios : bool
        Whether `derive` also uses shares and logarithms.
    """
    prefix = find_free_prefix(frame)
    clock, known = f"{prefix}now", is_placed(by)
    intervals = {name: IntervalColumns(f"{prefix}{name}", clock) for name in values}
    temporary = frame.with_columns(
        to_microseconds(frame, TIMESTAMP).alias(clock),
        *(value.cast(nw.Int64()).alias(f"{prefix}{name}_0") for name, value in values.items()),
        *((known & ~value.is_null()).alias(f"{prefix}{name}_here") for name, value in values.items()),
    )
    if isinstance(temporary, nw.DataFrame) and temporary.implementation.is_polars():
        temporary = _with_earlier_rows(temporary, intervals.values(), back, by)
    else:
        temporary = temporary.with_columns(
            _shift_back(column, step, by, f"{each.prefix}_here").alias(f"{each.prefix}_{part}{step}")
            for each in intervals.values()
            for column, part in ((f"{each.prefix}_0", ""), (clock, "at_"))
            for step in range(1, back + 1)
        )
    measured = temporary.with_columns(*(part for each in intervals.values() for part in each.measure_intervals(back)))
    parts = ["here", "0", *(f"{part}{step + 1}" for part in ("", "at_") for step in range(back))]
    parts += [f"{part}_{step}" for part in ("gained", "hours") for step in range(back)]
    if ratios:
        compared = measured.with_columns(*(part for each in intervals.values() for part in each.measure_ratios()))
        measured = compared.with_columns(*(each.measure_log() for each in intervals.values()))
        parts += ["rise", "ratio", "log"]
    derived = measured.with_columns(*derive(intervals))
    return derived.drop(clock, *(f"{prefix}{name}_{part}" for name in values for part in parts))


def _shift_back(column: str, step: int, by: str, here: str) -> nw.Expr:
    return nw.when(nw.col(here)).then(nw.col(column).shift(step).over(by, here, order_by=TIMESTAMP))


def _with_earlier_rows(
    frame: nw.DataFrame[Any], intervals: Iterable[IntervalColumns], back: int, by: str
) -> nw.LazyFrame[Any]:
    """Add what `_shift_back` does to an eager polars frame, from the numbers of the rows before."""
    rows: pl.DataFrame = frame.to_native()
    order = rows.select(pl.col(by, TIMESTAMP), pl.int_range(pl.len()).alias("")).sort(by, TIMESTAMP)
    numbers, places = order[""].to_numpy(), np.arange(rows.height)
    first = np.maximum.accumulate(np.where(order[by].ne_missing(order[by].shift(1)).to_numpy(), places, 0))
    earlier = {}
    for each in intervals:
        here = rows[f"{each.prefix}_here"].to_numpy()[numbers]
        last = np.maximum.accumulate(np.where(here, places, -1))
        before = np.concatenate([[-1], last[:-1]])[: rows.height]
        before[~here | (before < first)] = -1
        place = places
        for step in range(1, back + 1):
            place = np.where(place < 0, -1, before[place])
            number = np.empty_like(place)
            number[numbers] = np.where(place < 0, -1, numbers[place])
            index = pl.Series(number).replace(-1, None)
            for column, part in ((f"{each.prefix}_0", ""), (each.clock, "at_")):
                earlier[f"{each.prefix}_{part}{step}"] = rows[column].gather(index)
    return nw.from_native(rows.with_columns(**earlier).lazy())
