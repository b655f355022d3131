"""What a definition says of a column."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from influtics_lab.schema import COUNTS


@dataclass(frozen=True)
class Metric:
    """One added column; ``{count}`` in its name and formula stands for each count the function is asked for."""

    name: str
    function: str
    dtype: pl.DataType
    formula: str
    unit: str
    null: str
    source: str

    def columns(self) -> list[str]:
        """Give the names of the columns that a frame can have of it.

        Examples
        --------
        >>> Metric("{count}_gained", "growth", pl.Int64(), "V_i - V_(i-1)", "count", "", "").columns()
        ['views_gained', 'likes_gained', 'comments_gained', 'reposts_gained']
        """
        if "{count}" not in self.name:
            return [self.name]
        return [self.name.format(count=count) for count in COUNTS]
