"""Timestamps in the spelling that nearly all have, read by the page: a few operations on the digits of all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.api.field_values import instants

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# "2025-06-30 08:26:03.730104": where its numbers stand, and what is between them.
_WIDTH: Final = 26
_PARTS: Final = {
    "year": (0, 4),
    "month": (5, 7),
    "day": (8, 10),
    "hour": (11, 13),
    "minute": (14, 16),
    "second": (17, 19),
    "micro": (20, 26),
}
_BETWEEN: Final = {4: b"-", 7: b"-", 10: b" T", 13: b":", 16: b":"}
_UTC: Final = (b"+00", b"+00:00")
_WHOLE: Final = 19  # characters of date and time without a fraction


def read_instants(texts: Sequence[str]) -> tuple[Integers, dict[int, str]]:
    """Read timestamps, as ``values.instants`` does; those in the common spelling about ten times as fast.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    instants : numpy.ndarray of int64
        Microseconds since 1970, UTC. Any number where there is a reason.
    reasons : dict of int to str
        Position to ``bad_timestamp`` or ``no_offset``.

    Examples
    --------
    >>> instants, reasons = read_instants(["1970-01-01 00:00:03.73+00", "1970-01-01T02:00:00+02", "1970-02-30"])
    >>> instants[:2].tolist(), reasons
    ([3730000, 0], {2: 'bad_timestamp'})
    """
    found, common = _common(texts)
    rest = np.flatnonzero(~common).tolist()
    if not rest:
        return found, {}
    values, why = instants(pl.Series([texts[i] for i in rest], dtype=pl.String))
    found[rest] = values.to_physical().fill_null(0).to_numpy()
    return found, {i: reason for i, reason in zip(rest, why, strict=True) if reason is not None}


def _common(texts: Sequence[str]) -> tuple[Integers, Booleans]:
    """Read what is spelt with up to six digits of fraction and the offset 00 or 00:00; say which texts are."""
    flat = np.frombuffer("\n".join([*texts, " " * _WIDTH]).encode(), np.uint8)
    ends = np.flatnonzero(flat == ord("\n"))
    if len(ends) != len(texts):  # one holds a line break
        return np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
    starts = np.concatenate([[0], ends + 1])[:-1]
    signs = np.lib.stride_tricks.sliding_window_view(flat, _WIDTH)[starts].T.copy()  # a row for each place
    length = ends - starts
    common = np.zeros(len(texts), np.bool_)
    for offset in _UTC:
        if not common.all():
            here = np.logical_and.reduce([flat[ends - len(offset) + i] == sign for i, sign in enumerate(offset)])
            length -= len(offset) * here
            common |= here
    common &= (length == _WHOLE) | ((length > _WHOLE + 1) & (length <= _WIDTH) & (signs[_WHOLE] == ord(".")))
    for place, allowed in _BETWEEN.items():
        common &= np.logical_or.reduce([signs[place] == sign for sign in allowed])
    signs[_WHOLE:][np.arange(_WHOLE, _WIDTH)[:, None] >= length] = ord("0")
    parts = {}
    for name, (start, end) in _PARTS.items():
        digits = signs[start:end] - np.uint8(ord("0"))
        common &= (digits <= 9).all(axis=0)
        parts[name] = reduce(_shifted, digits.astype(np.int32))
    return _microseconds(parts, common)


def _shifted(number: Integers, digit: Integers) -> Integers:
    return number * 10 + digit


def _microseconds(parts: dict[str, Integers], common: Booleans) -> tuple[Integers, Booleans]:
    """Count from 1970, where there is such a day and such a time."""
    months = parts["year"] * 12 + parts["month"] - 1
    common &= (parts["year"] > 0) & (parts["month"] > 0) & (parts["month"] <= 12)
    common &= (parts["hour"] < 24) & (parts["minute"] < 60) & (parts["second"] < 60)
    first, following = _days().take(months, mode="clip"), _days().take(months + 1, mode="clip")
    common &= (parts["day"] > 0) & (parts["day"] <= following - first)
    hours = (first + parts["day"] - 1) * 24 + parts["hour"]
    return ((hours * 60 + parts["minute"]) * 60 + parts["second"]) * 1_000_000 + parts["micro"], common


@cache
def _days() -> Integers:
    """Give the days from 1970 to the first of each month, from the year 0 to the year 10000."""
    months = np.arange(12 * 10_000 + 1) - 12 * 1970
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
