"""The views of one video at its cut-off: on the line between two readings, else a bound or unknown with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

REASONS: Final = {
    "not_published": "Published after the cut-off: 0 views.",
    "gap": "The readings on both sides of the cut-off are further apart than {max_gap}: the views lie between them.",
    "last_earlier": "No reading after the cut-off yet: at least the views of the last reading before it.",
    "first_later": "No reading before the cut-off: at most the views of the first reading after it.",
    "fell": "The readings on both sides of the cut-off are further apart than {max_gap}, and the views fell between "
    "them: nothing is certain.",
    "hidden": "The views are hidden around the cut-off: unknown.",
    "removed": "The video was removed or can no longer be read: unknown.",
    "no_readings": "The video has no readings: unknown.",
    "no_publication": "The time of publication is not known, so the video has no age: unknown.",
    "frozen": "No longer computable from the readings: the views are those of the former settlement.",
    "not_found": "The campaign file names the video, and the snapshot does not have it: unknown.",
}
"""Why the views are no interpolated value: a closed list."""


@dataclass(frozen=True)
class ViewReading:
    """The views of a video at one reading."""

    at: dt.datetime
    views: int


@dataclass(frozen=True)
class CutoffViews:
    """The views of a video at its cut-off.

    Attributes
    ----------
    at_least : int
        0 where nothing is known.
    at_most : int or None
        The same number where it is exact; None where there is no upper bound.
    before, after : ViewReading or None
        The readings on both sides: one reading twice where it lies on the cut-off.
    reason : str or None
        A key of `REASONS`; None where the views are interpolated.
    """

    at_least: int
    at_most: int | None
    before: ViewReading | None = None
    after: ViewReading | None = None
    reason: str | None = None

    @property
    def is_exact(self) -> bool:
        """Return whether the views are one number."""
        return self.at_least == self.at_most


def find_cutoff_views(
    cutoff: dt.datetime,
    readings: Sequence[ViewReading],
    hidden: Sequence[dt.datetime],
    max_gap: dt.timedelta,
    published: dt.datetime | None = None,
    *,
    is_removed: bool = False,
) -> CutoffViews:
    """Return the views of a video at its cut-off, in whole views, rounded down.

    Parameters
    ----------
    cutoff : datetime
    readings : sequence of ViewReading
        With visible views, in order of time. Those before publication are left out.
    hidden : sequence of datetime
        The readings at which the views are hidden.
    max_gap : timedelta
        The longest time between two readings over which views are interpolated.
    published : datetime, optional
    is_removed : bool
        Whether the video can no longer be read.

    Examples
    --------
    >>> day = [dt.datetime(2025, 6, n, tzinfo=dt.UTC) for n in range(1, 9)]
    >>> readings = [ViewReading(day[1], 100), ViewReading(day[3], 203), ViewReading(day[6], 400)]
    >>> find_cutoff_views(day[2], readings, [], dt.timedelta(days=2)).at_least
    151
    >>> views = find_cutoff_views(day[5], readings, [], dt.timedelta(days=2))
    >>> views.at_least, views.at_most, views.reason
    (203, 400, 'gap')
    """
    if published is not None and cutoff <= published:
        return CutoffViews(0, 0, reason="not_published")
    own = [reading for reading in readings if published is None or reading.at >= published]
    before = next((reading for reading in reversed(own) if reading.at <= cutoff), None)
    after = next((reading for reading in own if reading.at >= cutoff), None)
    if before is not None and after is not None and after.at - before.at <= max_gap:
        views = _interpolate(before, after, cutoff)
        return CutoffViews(views, views, before, after)
    at_least, at_most, reason = _bound(before, after, is_removed=is_removed)
    is_around = (
        (before is None or before.at < instant) and (after is None or instant < after.at) for instant in hidden
    )
    if any(is_around):
        at_least, at_most, reason = 0, None, "hidden"
    return CutoffViews(at_least, at_most, before, after, reason)


def _interpolate(before: ViewReading, after: ViewReading, cutoff: dt.datetime) -> int:
    microsecond = dt.timedelta(microseconds=1)
    elapsed, between = (cutoff - before.at) // microsecond, (after.at - before.at) // microsecond
    return before.views + ((after.views - before.views) * elapsed // between if between else 0)


def _bound(before: ViewReading | None, after: ViewReading | None, *, is_removed: bool) -> tuple[int, int | None, str]:
    if before is not None and after is not None:
        return (before.views, after.views, "gap") if before.views <= after.views else (0, None, "fell")
    if after is not None:
        return 0, after.views, "first_later"
    if before is None:
        return 0, None, "no_readings"
    return (0, None, "removed") if is_removed else (before.views, None, "last_earlier")
