"""What counts gained in the window that ends at each reading: a second row for each one, at the window's start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from influtics_lab.metrics._engine import as_float, collect_in_order, subtract_integers, to_microseconds
from influtics_lab.metrics._interpolation import Bracket, fill_brackets
from influtics_lab.visible_counts import TIMESTAMP, Frame, find_free_prefix, is_placed


@dataclass(frozen=True)
class Window:
    """How long it is, across which gaps, and under which name each count's gain is to be added."""

    gains: Mapping[str, str]
    length: int
    longest: int | None
    by: str

    def with_gains(self, frame: Frame, like: object) -> Frame:
        """Add the gains to a frame that was opened from `like`: computed where that was, with its rows in order."""
        rows = collect_in_order(frame, like)
        if rows is None:
            return self.gained(frame)
        # pandas keeps its index so, and no engine copies what is not needed.
        gained = self.gained_in_order(rows.select(self.by, TIMESTAMP, *self.gains))
        return rows.with_columns(*(gained[name] for name in self.gains.values()))

    def gained(self, frame: Frame) -> Frame:
        """Add the gains: at the start of each reading's window a row is put in, and taken out again."""
        names = _Names.of(frame, self.gains)
        both = self._around(frame, names, is_placed(self.by, names.clock))
        pair = nw.col(names.end) * 2 - nw.col(names.asked).cast(nw.Int64())
        paired = both.with_columns(pair.alias(names.pair)).with_columns(
            nw.when(nw.col(names.asked)).then(nw.col(column)).shift(1).over(self.by, order_by=names.pair).alias(first)
            for column, first in names.firsts.items()
        )
        added: Frame = self._with_differences(paired.filter(~nw.col(names.asked)), names).drop(names.pair)
        return added

    def gained_in_order(self, frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        """Do as `gained`, where rows that are taken out again have kept their order."""
        names = _Names.of(frame, self.gains)
        both: Any = self._around(frame, names)
        starts = both.filter(nw.col(names.asked))
        ends = both.filter(~nw.col(names.asked))
        paired = ends.with_columns(*(starts[column].alias(first) for column, first in names.firsts.items()))
        added: nw.DataFrame[Any] = self._with_differences(paired, names)
        return added

    def _around(self, frame: Frame, names: _Names, usable: nw.Expr | None = None) -> Frame:
        """Give the readings and, after them, the starts of the windows of usable ones, each with what is around it."""
        now = to_microseconds(frame, TIMESTAMP)
        ends = frame.with_columns(now.alias(names.clock), now.alias(names.end), nw.lit(value=False).alias(names.asked))
        starts = (ends if usable is None else ends.filter(usable)).select(
            self.by,
            nw.col(names.end),
            (nw.col(names.clock) - self.length).alias(names.clock),
            nw.lit(value=True).alias(names.asked),
        )
        parts: list[Any] = [ends, starts]
        both = fill_brackets(
            nw.concat(parts, how="diagonal"), names.asked, names.brackets, by=self.by, clock=names.clock
        )
        return both.with_columns(
            of.above(nw.col(names.clock), self.longest).alias(names.above[name]) for name, of in names.brackets.items()
        )

    def _with_differences(self, frame: Any, names: _Names) -> Any:
        differences = (
            _subtract_values(
                of.before, names.above[name], names.firsts[of.before], names.firsts[names.above[name]]
            ).alias(self.gains[name])
            for name, of in names.brackets.items()
        )
        added = [names.asked, names.clock, names.end, *names.above.values(), *names.firsts.values()]
        return frame.with_columns(*differences).drop(
            *added, *(name for of in names.brackets.values() for name in of.columns)
        )


@dataclass(frozen=True)
class _Names:
    """What the columns that do not stay are called."""

    asked: str
    clock: str
    end: str
    pair: str
    brackets: Mapping[str, Bracket]
    above: Mapping[str, str]
    firsts: Mapping[str, str]
    """What is known at the end of a window, and the same at its start."""

    @classmethod
    def of(cls, frame: Frame, counts: Iterable[str]) -> _Names:
        prefix = find_free_prefix(frame)
        brackets = {name: Bracket.named(f"{prefix}{name}") for name in counts}
        above = {name: f"{prefix}{name}_above" for name in brackets}
        ends = [column for name, of in brackets.items() for column in (of.before, above[name])]
        return cls(
            asked=f"{prefix}asked",
            clock=f"{prefix}now",
            end=f"{prefix}end",
            pair=f"{prefix}pair",
            brackets=brackets,
            above=above,
            firsts={column: f"{column}_first" for column in ends},
        )


def _subtract_values(last: str, last_above: str, first: str, first_above: str) -> nw.Expr:
    whole = subtract_integers(nw.col(last), nw.col(first))
    return as_float(whole) + (nw.col(last_above) - nw.col(first_above))
