"""The few readings of each video on which a comparison at one age rests: what it gives of them, it gives of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from influtics_lab.explore.source import Mask, Source
from influtics_lab.metrics._durations import duration_us

_ORIGIN: Final = {"published": "published_at", "tracked": "created_at"}


def resting(source: Source, kept: Mask, counts: Sequence[str], at_age: str | None, age: str) -> Mask:
    """Tell on which of some readings ``lab.compare`` rests.

    It takes each count from the readings around the age, or from the last one, and passes over a count that is hidden:
    0 after it was above 0 before, or likes that are 0 throughout where there were many views. So there have to be, for
    each count, the first reading where it is above 0, and the nearest ones on both sides of the age, with a count and
    with one above 0; the last reading; and the one with the most views.

    Parameters
    ----------
    source : Source
    kept : array of bool
        Those that are left.
    counts : sequence of str
        Views, and the parts of engagement.
    at_age : str or None
        The age; None is each video's last reading.
    age : str
        published or tracked.

    Returns
    -------
    array of bool
        True for no more than a dozen readings of each video.
    """
    found = np.zeros(len(kept), dtype=np.bool_)
    for rows in _rows(source, kept, counts, at_age, age):
        found[rows] = True
    return found


def _rows(
    source: Source, kept: Mask, counts: Sequence[str], at_age: str | None, age: str
) -> Iterator[NDArray[np.int64]]:
    yield source.ends(kept)
    yield _largest(source, kept)
    before, after = (None, None) if at_age is None else _sides(source, kept, at_age, age)
    for count in counts:
        known = source.frame[count].is_not_null().to_numpy()
        above = (source.frame[count] > 0).fill_null(value=False).to_numpy()
        yield source.ends(kept & above, first=True)
        if before is not None and after is not None:
            for has in (known, above):
                yield source.ends(before & has)
                yield source.ends(after & has, first=True)


def _sides(source: Source, kept: Mask, at_age: str, age: str) -> tuple[Mask, Mask]:
    origin = source.frame[_ORIGIN[age]].dt.epoch("us")
    known = origin.is_not_null().to_numpy()
    then = origin.fill_null(0).to_numpy() + duration_us("PlatformExplorer", "at_age", at_age)
    return kept & known & (source.at <= then), kept & known & (source.at >= then)


def _largest(source: Source, kept: Mask) -> NDArray[np.int64]:
    """Give the row of each video with the most views, of several any one."""
    views = source.frame["views"].fill_null(-1).to_numpy()
    rows = np.flatnonzero(kept)
    order = rows[np.argsort(views[rows], kind="stable")]
    return source.last_of(order)
