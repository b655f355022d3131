"""What every added column means, as data: the formula, the unit, where it is null, and where it comes from.

The entries stand beside this module: `_defined_rates`, `_defined_windows`, `_defined_groups`, `_defined_creators`,
`_defined_flags`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from influtics_lab.metrics._catalog_creators import CREATORS
from influtics_lab.metrics._catalog_flags import FLAGS
from influtics_lab.metrics._catalog_groups import GROUPS
from influtics_lab.metrics._catalog_rates import RATES
from influtics_lab.metrics._catalog_windows import WINDOWS
from influtics_lab.metrics._column_definition import Metric

__all__ = ["METRICS", "Metric", "definitions"]

METRICS: Final = (*RATES, *WINDOWS, *GROUPS, *CREATORS, *FLAGS)


def definitions() -> pl.DataFrame:
    """Give every column that a metric function adds, with its definition: a table to look things up in.

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
    rows = [(m.name, m.function, str(m.dtype), m.formula, m.unit, m.null, m.source) for m in METRICS]
    return pl.DataFrame(rows, schema=["name", "function", "type", "formula", "unit", "null", "source"], orient="row")
