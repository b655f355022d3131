"""Gains of counts in the window that ends at each reading: each has a second row, at the window's start."""

from __future__ import annotations

from collections.abc import Mapping
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
            return self._add_by_pairs(frame)
        # pandas keeps its index so, and no engine copies what is not needed.
        gained = self._add_in_order(rows.select(self.by, TIMESTAMP, *self.gains))
        return rows.with_columns(*(gained[name] for name in self.gains.values()))

    def _add_by_pairs(self, frame: Frame) -> Frame:
        """Add the gains: a row is inserted at the start of each reading's window, and removed again."""
        prefix = find_free_prefix(frame)
        asked, pair = nw.col(f"{prefix}asked"), f"{prefix}pair"
        both = self._with_starts(frame, prefix, is_placed(self.by, f"{prefix}now"))
        order = nw.col(f"{prefix}end") * 2 - asked.cast(nw.Int64())
        paired = both.with_columns(order.alias(pair)).with_columns(
            nw.when(asked).then(nw.col(column)).shift(1).over(self.by, order_by=pair).alias(f"{column}_first")
            for column in self._values(prefix)
        )
        added: Frame = self._subtract(paired.filter(~asked), prefix).drop(pair)
        return added

    def _add_in_order(self, frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        """Add the gains as `_add_by_pairs` does, where removed rows have kept their order."""
        prefix = find_free_prefix(frame)
        both: Any = self._with_starts(frame, prefix)
        starts, ends = (both.filter(rows) for rows in (nw.col(f"{prefix}asked"), ~nw.col(f"{prefix}asked")))
        paired = ends.with_columns(*(starts[column].alias(f"{column}_first") for column in self._values(prefix)))
        added: nw.DataFrame[Any] = self._subtract(paired, prefix)
        return added

    def _values(self, prefix: str) -> list[str]:
        """Return the two columns of each count's value: the integer at the reading before, and the rise from there."""
        return [f"{prefix}{name}_{part}" for name in self.gains for part in ("before", "above")]

    def _with_starts(self, frame: Frame, prefix: str, usable: nw.Expr | None = None) -> Frame:
        """Return the readings, then the starts of the windows of usable ones, each with the values there."""
        clock, end, asked = (f"{prefix}{name}" for name in ("now", "end", "asked"))
        now = to_microseconds(frame, TIMESTAMP)
        ends = frame.with_columns(now.alias(clock), now.alias(end), nw.lit(value=False).alias(asked))
        starts = (ends if usable is None else ends.filter(usable)).select(
            self.by, nw.col(end), (nw.col(clock) - self.length).alias(clock), nw.lit(value=True).alias(asked)
        )
        parts: list[Any] = [ends, starts]
        brackets = {name: Bracket.from_prefix(f"{prefix}{name}") for name in self.gains}
        both = fill_brackets(nw.concat(parts, how="diagonal"), asked, brackets, by=self.by, clock=clock)
        return both.with_columns(
            bracket.rise_at(nw.col(clock), self.longest).alias(f"{prefix}{name}_above")
            for name, bracket in brackets.items()
        )

    def _subtract(self, frame: Any, prefix: str) -> Any:
        """Return the ends of windows with each count's gain, without the temporary columns."""
        gains = []
        for name, gain in self.gains.items():
            before, above = (f"{prefix}{name}_{part}" for part in ("before", "above"))
            counted = subtract_integers(nw.col(before), nw.col(f"{before}_first"))
            gains.append((as_float(counted) + (nw.col(above) - nw.col(f"{above}_first"))).alias(gain))
        brackets = (column for name in self.gains for column in Bracket.from_prefix(f"{prefix}{name}").columns)
        added = (f"{prefix}{name}" for name in ("asked", "now", "end"))
        values = self._values(prefix)
        temporary = {*brackets, *added, *values, *(f"{column}_first" for column in values)}
        return frame.with_columns(*gains).drop(*sorted(temporary))
