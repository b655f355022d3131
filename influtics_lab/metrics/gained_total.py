"""The sum of what videos gained, and how far it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from influtics_lab.errors import MissingColumnError
from influtics_lab.metrics._engine import to_narwhals
from influtics_lab.metrics._frame_checks import check_counts
from influtics_lab.metrics.gained import AT_LEAST, EXACT, FELL
from influtics_lab.text_format import name_columns


@dataclass(frozen=True)
class TotalGained:
    """The sum of what videos gained, and how far it is known.

    Attributes
    ----------
    value : float or None
        The sum of the known gains; None where none is known.
    status : str
        ``exact``, ``at least``, ``partly known`` (a count fell, so the sum is no bound), or ``unknown``.
    videos, unknown : int
        How many videos there are, and of how many the gain is unknown.
    """

    value: float | None
    status: str
    videos: int
    unknown: int


def total_gained(gains: Any, count: str = "views") -> TotalGained:
    """Return the sum over the videos of a frame of `gained`, and whether it is exact.

    A video without a visible reading in the window makes the sum a lower bound: it gained 0 or more. A video whose
    count fell makes it no bound.

    Parameters
    ----------
    gains : DataFrame or LazyFrame of any supported engine
        What `gained` returned, or rows of it. A lazy frame is computed.
    count : str
        Of ``views``, ``likes``, ``comments`` and ``reposts``.

    Examples
    --------
    >>> import polars as pl
    >>> gains = pl.DataFrame({
    ...     "views_gained_in_window": [700.0, 100.0, None],
    ...     "views_gained_status": ["exact", "at least", "no visible reading in the window"],
    ... })
    >>> total_gained(gains)
    TotalGained(value=800.0, status='at least', videos=3, unknown=1)
    """
    (name,) = check_counts("total_gained", (count,))
    frame, needed = to_narwhals(gains, "total_gained"), [f"{name}_gained_in_window", f"{name}_gained_status"]
    if missing := [column for column in needed if column not in frame.collect_schema().names()]:
        text = f"total_gained needs {name_columns(missing)}. Pass what lab.gained(frame, {name!r}) returns."
        raise MissingColumnError(text, missing=missing)
    columns = frame.select(needed)
    rows: Any = columns.collect() if isinstance(columns, nw.LazyFrame) else columns
    values = rows[f"{name}_gained_in_window"].drop_nulls().to_list()
    states = rows[f"{name}_gained_status"].to_list()
    if not values:
        status = EXACT if not states else "unknown"
    elif FELL in states:
        status = "partly known"
    else:
        status = EXACT if set(states) == {EXACT} else AT_LEAST
    total = math.fsum(values) if values or not states else None
    return TotalGained(total, status, len(states), len(states) - len(values))
