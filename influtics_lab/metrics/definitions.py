"""The definition of every added column, as data: the table `definitions.csv` beside this module.

A change of a metric changes its row: tests check the rows against what functions add and against docstrings.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from itertools import groupby
from typing import Final, NamedTuple

import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.reference_table import ReferenceTable
from influtics_lab.schema import COUNTS, Instant
from influtics_lab.text_format import suggest_name

_TYPES: Final = {str(dtype): dtype for dtype in (pl.Int64(), pl.Float64(), pl.String(), pl.Boolean(), Instant)}


class Metric(NamedTuple):
    """One added column; ``{count}`` in its name and formula stands for each count the function is asked for."""

    name: str
    function: str
    type: str
    formula: str
    unit: str
    null: str
    source: str

    def columns(self) -> list[str]:
        """Return the names that this column can have in a frame.

        Examples
        --------
        >>> METRICS[0].columns()
        ['views_gained', 'likes_gained', 'comments_gained', 'reposts_gained']
        """
        return list(dict.fromkeys(self.name.format(count=count) for count in COUNTS))


_TABLE: Final = files("influtics_lab.metrics").joinpath("definitions.csv").read_text("utf-8")
METRICS: Final = tuple(Metric(**row) for row in csv.DictReader(_TABLE.splitlines()))


def definitions(function: str | None = None) -> ReferenceTable:
    """Return every column that a metric function adds, with its definition: a table to look things up in.

    Parameters
    ----------
    function : str, optional
        Only the columns that this function adds, such as ``"growth"``.

    Returns
    -------
    ReferenceTable
        A DataFrame that shows whole texts. One row for each column, in the order in which functions add them: ``name``
        (``{count}`` stands for views, likes, comments or reposts), ``function`` that adds it, ``type``, ``formula``,
        ``unit``, ``null`` (where it is null) and ``source`` (what kind of number it is). All String, never null.

    Raises
    ------
    ConfigError
        If no function of that name adds columns.

    Examples
    --------
    >>> definitions("engagement_rate").select("name", "formula", "unit").row(1)
    ('engagement_rate_pct', '100 engagements / views', '%')
    """
    own = [metric for metric in METRICS if function in (None, metric.function)]
    if not own:
        names = list(dict.fromkeys(metric.function for metric in METRICS))
        close = suggest_name(str(function), names)
        hint = f" Do you mean {close!r}?" if close else f" These do: {', '.join(names)}."
        raise ConfigError(f"No function {function!r} adds columns.{hint}")
    return ReferenceTable(own, schema=Metric._fields, orient="row")


def look_up_columns(function: str) -> dict[str, pl.DataType]:
    """Return the columns that a function adds for all counts, in their order, with types.

    Examples
    --------
    >>> look_up_columns("count_ratios")["like_view_ratio_pct"]
    Float64
    """
    own = (metric for metric in METRICS if metric.function == function)
    groups = [list(group) for _, group in groupby(own, key=lambda metric: "{count}" in metric.name)]
    return {
        metric.name.format(count=count): _TYPES[metric.type] for group in groups for count in COUNTS for metric in group
    }
