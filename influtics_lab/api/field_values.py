"""Read raw JSON values as instants, counts, numbers and texts, with a reason for each invalid value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.schema import Instant

# Date, time, and an offset from UTC: as PostgreSQL prints it ("2025-06-30 08:26:03.73+00") or as ISO 8601.
_SHAPE: Final = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:[0-5]\d(\.\d+)?"
_OFFSET: Final = r"(Z|[+-]\d\d(:?\d\d)?)$"
_FORMATS: Final = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z")
_YEARS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # years 1 to 9999, in microseconds since 1970
_EXACT: Final = 2**53  # from here on, a JSON number that was parsed as a float has lost digits
_INT64: Final = 2**63


def read_instants(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read timestamps with any offset and any number of fractional digits.

    Parameters
    ----------
    raw : polars.Series of String
        Nulls stay null and have no reason.

    Returns
    -------
    values : polars.Series of Datetime(us, UTC)
        Digits beyond microseconds are cut. Null if there is a reason.
    reasons : polars.Series of String
        ``bad_timestamp`` or ``no_offset``; null if there is a value.

    Examples
    --------
    >>> values, reasons = read_instants(pl.Series(["2025-06-30 08:26:03.73+02", "2025-06-31 08:26:03+00"]))
    >>> values.cast(pl.String).to_list(), reasons.to_list()
    (['2025-06-30 06:26:03.730000+00:00', None], [None, 'bad_timestamp'])
    """
    shaped = pl.select(pl.when(raw.str.contains(_SHAPE + _OFFSET)).then(raw)).to_series()
    parsed = [shaped.str.to_datetime(form, time_unit="us", strict=False).cast(Instant) for form in _FORMATS]
    value = pl.coalesce(parsed)
    value = pl.when(value.to_physical().is_between(*_YEARS)).then(value)
    reason = (
        pl.when(value.is_null() & raw.is_not_null())
        .then(pl.when(raw.str.contains(_SHAPE + "$")).then(pl.lit("no_offset")).otherwise(pl.lit("bad_timestamp")))
    )  # fmt: skip
    result = pl.select(value=value, reason=reason.cast(pl.String))
    return result["value"], result["reason"]


def read_counts(raw: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Read counts: whole numbers from 0 that fit into 64 bits; 12.0 is 12.

    Parameters
    ----------
    raw : sequence of JSON values
        Nulls stay null and have no reason.

    Returns
    -------
    values : polars.Series of Int64
        Null where there is a reason.
    reasons : dict of int to str
        Position to ``not_a_count``, ``negative`` or ``out_of_range``.

    Examples
    --------
    >>> values, reasons = read_counts([5, 12.0, None, "7", -1])
    >>> values.to_list(), reasons
    ([5, 12, None, None, None], {3: 'not_a_count', 4: 'negative'})
    """
    try:
        values = pl.Series(raw, dtype=pl.Int64)
    except (TypeError, OverflowError):
        pass  # fractions, texts, maps, or beyond 64 bits: checked one by one below
    else:
        small = np.flatnonzero(values.to_numpy() <= 1).tolist()  # polars reads true as 1
        suspect = [raw[i] for i in small]
        if bool not in map(type, suspect) and min(suspect, default=0) >= 0:
            return values, {}
    reasons = {i: reason for i, value in enumerate(raw) if value is not None and (reason := reject_count(value))}
    clean = [None if value is None or i in reasons else int(value) for i, value in enumerate(raw)]
    return pl.Series(clean, dtype=pl.Int64), reasons


def reject_count(value: Any) -> str | None:
    """Return the reason why a non-null JSON value is no count; None if it is one.

    Examples
    --------
    >>> reject_count(12.5), reject_count(True), reject_count(2**64), reject_count(12.0)
    ('not_a_count', 'not_a_count', 'out_of_range', None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "not_a_count"
    if isinstance(value, float) and not value.is_integer():
        return "not_a_count"
    if value < 0:
        return "negative"
    if value >= _INT64 or (isinstance(value, float) and value >= _EXACT):
        return "out_of_range"
    return None


def read_numbers(raw: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Read finite numbers.

    Parameters
    ----------
    raw : sequence of JSON values
        Nulls stay null and have no reason.

    Returns
    -------
    values : polars.Series of Float64
        Null where there is a reason.
    reasons : dict of int to str
        Position to ``not_a_number``.

    Examples
    --------
    >>> values, reasons = read_numbers([3.5, 2, None, "3.5"])
    >>> values.to_list(), reasons
    ([3.5, 2.0, None, None], {3: 'not_a_number'})
    """
    if {int, float, type(None)}.issuperset(map(type, raw)):
        with suppress(OverflowError):  # an integer that polars cannot read
            values = pl.Series(raw, dtype=pl.Float64)
            if math.isfinite(values.sum()):  # so all are
                return values, {}
    reasons = {i: "not_a_number" for i, value in enumerate(raw) if value is not None and not _is_number(value)}
    clean = [None if value is None or i in reasons else float(value) for i, value in enumerate(raw)]
    return pl.Series(clean, dtype=pl.Float64), reasons


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an integer beyond a float
        return False


def read_texts(raw: Sequence[Any]) -> tuple[Sequence[str | None], dict[int, str]]:
    """Read texts.

    Parameters
    ----------
    raw : sequence of JSON values
        Nulls stay null and have no reason.

    Returns
    -------
    values : sequence of str or None
        None where there is a reason.
    reasons : dict of int to str
        Position to ``not_text``.

    Examples
    --------
    >>> read_texts(["a", None, 5])
    (['a', None, None], {2: 'not_text'})
    """
    if {str, type(None)}.issuperset(map(type, raw)):
        return raw, {}
    reasons = {i: "not_text" for i, value in enumerate(raw) if value is not None and not isinstance(value, str)}
    return [None if i in reasons else value for i, value in enumerate(raw)], reasons
