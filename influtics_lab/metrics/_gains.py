"""Gains of counts in the window that ends at each reading: each has a second row, at the window's start."""

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
    """A window that ends at each reading: its length, the longest gap, and the name of each count's gain."""

    gains: Mapping[str, str]
    length: int
    longest: int | None
    by: str

    def with_gains(self, frame: Frame, like: object) -> Frame:
        """Add the gains to a frame opened from `like`: eager where that is, with its rows in order."""
        rows = collect_in_order(frame, like)
        if rows is None:
            return self.add_gains(frame)
        # pandas keeps its index so, and no engine copies what is not needed.
        gained = self.add_gains_in_order(rows.select(self.by, TIMESTAMP, *self.gains))
        return rows.with_columns(*(gained[name] for name in self.gains.values()))

    def add_gains(self, frame: Frame) -> Frame:
        """Add the gains: insert a row at the start of each reading's window, and remove it again."""
        names = _Names.from_prefix(frame, self.gains)
        both = self._with_brackets(frame, names, is_placed(self.by, names.clock))
        pair = nw.col(names.end) * 2 - nw.col(names.asked).cast(nw.Int64())
        paired = both.with_columns(pair.alias(names.pair)).with_columns(
            nw.when(nw.col(names.asked)).then(nw.col(column)).shift(1).over(self.by, order_by=names.pair).alias(first)
            for column, first in names.firsts.items()
        )
        added: Frame = self._with_differences(paired.filter(~nw.col(names.asked)), names).drop(names.pair)
        return added

    def add_gains_in_order(self, frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        """Add the gains as `add_gains` does, where removed rows have kept their order."""
        names = _Names.from_prefix(frame, self.gains)
        both: Any = self._with_brackets(frame, names)
        starts = both.filter(nw.col(names.asked))
        ends = both.filter(~nw.col(names.asked))
        paired = ends.with_columns(*(starts[column].alias(first) for column, first in names.firsts.items()))
        added: nw.DataFrame[Any] = self._with_differences(paired, names)
        return added

    def _with_brackets(self, frame: Frame, names: _Names, usable: nw.Expr | None = None) -> Frame:
        """Return the readings, then the starts of the windows of usable ones, each with the readings around it."""
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
            bracket.rise_at(nw.col(names.clock), self.longest).alias(names.above[name])
            for name, bracket in names.brackets.items()
        )

    def _with_differences(self, frame: Any, names: _Names) -> Any:
        differences = (
            _subtract_values(
                bracket.before, names.above[name], names.firsts[bracket.before], names.firsts[names.above[name]]
            ).alias(self.gains[name])
            for name, bracket in names.brackets.items()
        )
        added = [names.asked, names.clock, names.end, *names.above.values(), *names.firsts.values()]
        return frame.with_columns(*differences).drop(
            *added, *(name for bracket in names.brackets.values() for name in bracket.columns)
        )


@dataclass(frozen=True)
class _Names:
    """Names of the temporary columns."""

    asked: str
    clock: str
    end: str
    pair: str
    brackets: Mapping[str, Bracket]
    above: Mapping[str, str]
    firsts: Mapping[str, str]
    """The columns at the end of a window, and the same at its start."""

    @classmethod
    def from_prefix(cls, frame: Frame, counts: Iterable[str]) -> _Names:
        prefix = find_free_prefix(frame)
        brackets = {name: Bracket.from_prefix(f"{prefix}{name}") for name in counts}
        above = {name: f"{prefix}{name}_above" for name in brackets}
        ends = [column for name, bracket in brackets.items() for column in (bracket.before, above[name])]
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
