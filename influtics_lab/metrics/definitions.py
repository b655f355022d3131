"""The definition of every added column, as data: the table `definitions.csv` beside this module.

A change of a metric changes its row: tests check the rows against what functions add and against docstrings.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from itertools import groupby
from typing import Final, NamedTuple

import polars as pl

from influtics_lab.schema import COUNTS, Instant

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


def _read_table() -> tuple[Metric, ...]:
    text = files("influtics_lab.metrics").joinpath("definitions.csv").read_text("utf-8")
    return tuple(Metric(**row) for row in csv.DictReader(text.splitlines()))


METRICS: Final = _read_table()


def definitions() -> pl.DataFrame:
    """Return every column that a metric function adds, with its definition: a table to look things up in.

    Returns
    -------
    polars.DataFrame
        One row for each column, in the order in which functions add them: ``name`` (``{count}`` stands for views,
        likes, comments or reposts), ``function`` that adds it, ``type``, ``formula``, ``unit``, ``null`` (where it is
        null) and ``source`` (what kind of number it is). All String, never null. To see whole texts in a notebook::

            with pl.Config(tbl_rows=-1, fmt_str_lengths=200):
                display(lab.definitions())

    Examples
    --------
    >>> definitions().filter(name="engagement_rate_pct").select("function", "formula", "unit").rows()
    [('engagement_rate', '100 engagements / views', '%')]
    """
    return pl.DataFrame(METRICS, schema=Metric._fields, orient="row")


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
