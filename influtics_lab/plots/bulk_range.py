"""The range of an axis that shows most lines, where a few far away would squeeze the others, and what is beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, NamedTuple

import numpy as np

from influtics_lab.plots.band_quantiles import Floats
from influtics_lab.plots.line_data import Line
from influtics_lab.text_format import plural
from influtics_lab.time_zones import find_local_day

_SHARE: Final = 0.2  # of the lines may be beyond the axis; of four or more, one always
_SQUEEZED: Final = 4  # times the range of the others: from here on, a few lines squeeze them
_ROOM: Final = 0.25  # of the range: lines that end this close to it are in it


class Range(NamedTuple):
    """The ends of a horizontal axis."""

    left: float
    right: float

    def has_whole(self, line: Line) -> bool:
        """Return whether a line is in the range from end to end."""
        first, last = line.span
        return self.left <= first and last <= self.right

    def has_part(self, line: Line) -> bool:
        """Return whether any part of a line is in the range."""
        first, last = line.span
        return first <= self.right and self.left <= last

    def cut(self, line: Line, scale: str) -> tuple[Floats, Floats]:
        """Return the points of a line in the range, with those where it crosses the range's ends on this scale."""
        (first, last), known = line.span, np.isfinite(line.x)
        x, y = line.x[known], line.y[known]
        inside, crossed = (x >= self.left) & (x <= self.right), [end for end in self if first < end < last]
        at = np.concatenate([x[inside], crossed])
        order = np.argsort(at, kind="stable")
        at_ends = np.exp(np.interp(crossed, x, np.log(y))) if scale == "log" else np.interp(crossed, x, y)
        return at[order], np.concatenate([y[inside], at_ends])[order]


def find_bulk(lines: Sequence[Line], highlight: Sequence[str] | None = None) -> Range:
    """Return the range of all lines, or of most of them where the others would make it four times as long.

    Lines of fewer than three points decide nothing; those that are highlighted are in the range from end to end.
    """
    spans = np.array([line.span for line in lines])
    whole = Range(float(spans[:, 0].min()), float(spans[:, 1].max()))
    long = spans[[len(line.x) > 2 for line in lines]]
    few = max(int(len(long) * _SHARE), int(len(long) > 3))
    if not few:
        return whole
    left, right = _find_narrowest(long, few)
    if not 0 < _SQUEEZED * (right - left) <= whole.right - whole.left:
        return whole
    room = (right - left) * _ROOM
    near = long[(long[:, 0] >= left - room) & (long[:, 1] <= right + room)]
    asked = [line.span for line in lines if line.video_id in (highlight or ())]
    shown = np.vstack([near, *asked])
    return Range(float(shown[:, 0].min()), float(shown[:, 1].max()))


def _find_narrowest(spans: Floats, few: int) -> tuple[float, float]:
    """Return the shortest range that has all spans but so few in it from end to end."""
    held = len(spans) - few
    starts = np.sort(spans[:, 0])[: few + 1]
    ends = [float(np.partition(spans[spans[:, 0] >= start, 1], held - 1)[held - 1]) for start in starts]
    place = int(np.argmin(np.array(ends) - starts))
    return float(starts[place]), ends[place]


def describe_beyond(lines: Sequence[Line], shown: Range, by: str, zone: tzinfo = UTC) -> str:
    """Return how many videos reach beyond an axis, and how far; empty where none does."""
    beyond = [line.span for line in lines if not shown.has_whole(line)]
    if not beyond:
        return ""
    first, last = min(span[0] for span in beyond), max(span[1] for span in beyond)
    reach = f"{plural(len(beyond), 'video')} {'reaches' if len(beyond) == 1 else 'reach'} beyond the axis"
    if by != "timestamp":
        return f"{reach}: up to {last / 24:,.0f} days of age"
    days = [f"{find_local_day(end, zone):%d %b %Y}" for end in (first, last)]
    return f"{reach}: read from {days[0]} to {days[1]}"
