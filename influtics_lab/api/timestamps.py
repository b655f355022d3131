"""Read a page of timestamps at once with numpy, for the spelling that nearly all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from influtics_lab.api.field_values import read_instants

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# "2025-06-30 08:26:03.730104": the places of its digits, and the characters between them.
_WIDTH: Final = 26
_DIGITS: Final = [place for place in range(_WIDTH) if place not in (4, 7, 10, 13, 16, 19)]
_BETWEEN: Final = {4: b"-", 7: b"-", 10: b" T", 13: b":", 16: b":"}
_UTC: Final = (b"+00", b"+00:00")
_WHOLE: Final = 19  # characters of date and time without a fraction


def read_instants_fast(texts: Sequence[str]) -> tuple[Integers, dict[int, str]]:
    """Read timestamps as ``field_values.read_instants`` does, but the common spelling about ten times as fast.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    instants : numpy.ndarray of int64
        Microseconds since 1970, UTC. Arbitrary if there is a reason.
    reasons : dict of int to str
        Position to ``bad_timestamp`` or ``no_offset``.

    Examples
    --------
    >>> instants, reasons = read_instants_fast(["1970-01-01 00:00:03.73+00", "1970-01-01T02:00:00+02", "1970-02-30"])
    >>> instants[:2].tolist(), reasons
    ([3730000, 0], {2: 'bad_timestamp'})
    """
    instants, is_common = _read_common(texts)
    rest = np.flatnonzero(~is_common).tolist()
    if not rest:
        return instants, {}
    values, rest_reasons = read_instants(pl.Series([texts[i] for i in rest], dtype=pl.String))
    instants[rest] = values.to_physical().fill_null(0).to_numpy()
    return instants, {i: reason for i, reason in zip(rest, rest_reasons, strict=True) if reason is not None}


def _read_common(texts: Sequence[str]) -> tuple[Integers, Booleans]:
    """Read texts with up to six fractional digits and the offset 00 or 00:00; return which texts have this form."""
    flat = np.frombuffer("\n".join([*texts, " " * _WIDTH]).encode(), np.uint8)
    ends = np.flatnonzero(flat == ord("\n"))
    if len(ends) != len(texts):  # one holds a line break
        return np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
    starts = np.concatenate([[0], ends + 1])[:-1]
    windows: NDArray[np.void] = np.ndarray(len(flat) - _WIDTH + 1, f"V{_WIDTH}", flat, strides=(1,))
    characters = windows[starts].view(np.uint8).reshape(-1, _WIDTH).T.copy()  # a row for each place
    length = ends - starts
    is_common = np.zeros(len(texts), np.bool_)
    for offset in _UTC:
        if not is_common.all():
            has_offset = np.logical_and.reduce(
                [flat[ends - len(offset) + i] == character for i, character in enumerate(offset)]
            )
            length -= len(offset) * has_offset
            is_common |= has_offset
    is_common &= (length == _WHOLE) | ((length > _WHOLE + 1) & (length <= _WIDTH) & (characters[_WHOLE] == ord(".")))
    for place, allowed in _BETWEEN.items():
        is_common &= np.logical_or.reduce([characters[place] == character for character in allowed])
    characters[_WHOLE:][np.arange(_WHOLE, _WIDTH)[:, None] >= length] = ord("0")
    digits = characters[_DIGITS] - np.uint8(ord("0"))
    is_common &= (digits <= 9).all(axis=0)
    return _to_microseconds((digits[::2] * 10 + digits[1::2]).astype(np.int32), is_common)


def _to_microseconds(pairs: NDArray[np.int32], is_common: Booleans) -> tuple[Integers, Booleans]:
    """Convert a row for each two digits to microseconds since 1970, and unmark impossible days and times."""
    century, year, month, day, hour, minute, second, *fraction = pairs
    year += century * 100
    months = year * 12 + month - 1
    first, following = _month_starts().take(months, mode="clip"), _month_starts().take(months + 1, mode="clip")
    is_common &= (year > 0) & (month > 0) & (month <= 12) & (day > 0) & (day <= following - first)
    is_common &= (hour < 24) & (minute < 60) & (second < 60)
    hours = (first + day - 1) * 24 + hour
    micros = (fraction[0] * 100 + fraction[1]) * 100 + fraction[2]
    return ((hours * 60 + minute) * 60 + second) * 1_000_000 + micros, is_common


@cache
def _month_starts() -> Integers:
    """Return the days from 1970 to the first of each month, from the year 0 to the year 10000."""
    months = np.arange(12 * 10_000 + 1) - 12 * 1970
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
