"""One count of one video in a window: as last read, at both ends, gained between them, and what the campaign counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from influtics_lab.campaign.figures.campaign_data import Window
from influtics_lab.campaign.figures.figure_types import (
    CountedFigure,
    EndFigure,
    GainedFigure,
    LastReadFigure,
    StartFigure,
    VideoCount,
)

GAINED: Final = "gained"
FROM_0: Final = "from 0"
LAST_KNOWN: Final = "last known"
MAY_CONTAIN_EARLIER: Final = "may contain earlier views"
_SLACK_SHARE: Final = 0.1
_MOST_SLACK: Final = dt.timedelta(hours=24)


@dataclass(frozen=True)
class CountFacts:
    """What the readings of a video contain of one count.

    Attributes
    ----------
    is_read : bool
        The video has readings.
    first, last : int or None
        The first and last visible value in the window.
    last_at : datetime or None
    fell : bool
        A visible value in the window is below the one before.
    most_before : int or None
        The largest value up to the window's start.
    first_shown, last_shown : datetime or None
        The first and last reading at which it is visible, at any time.
    reported, reported_within : bool
        It was reported, visible or hidden, at any time, and in the window.
    """

    is_read: bool = False
    first: int | None = None
    last: int | None = None
    last_at: dt.datetime | None = None
    fell: bool = False
    most_before: int | None = None
    first_shown: dt.datetime | None = None
    last_shown: dt.datetime | None = None
    reported: bool = False
    reported_within: bool = False


@dataclass(frozen=True)
class CountInWindow:
    """One count of one video in a window.

    Attributes
    ----------
    facts : CountFacts
    start, end : float or None
        The count at the window's two ends, interpolated between the readings around them.
    published : datetime or None
    window : Window
    """

    facts: CountFacts
    start: float | None
    end: float | None
    published: dt.datetime | None
    window: Window

    @property
    def is_published_inside(self) -> bool:
        """Return whether the video was published in the window."""
        return self.published is not None and self.window.start <= self.published <= self.window.until

    def compute_figures(self, basis: str) -> VideoCount:
        """Return all figures of the count; `basis` is the rule by which the campaign counts the video."""
        if basis in {GAINED, FROM_0}:
            counted = CountedFigure(self.gained.value, self.gained.reason, self.gained.at_least, basis)
        else:
            counted = CountedFigure(self.last_read.value, self.last_read.reason, basis=basis)
        return VideoCount(self.last_read, self.at_start, self.at_end, self.gained, counted)

    def _explain_missing(self) -> str | None:
        """Return why the count is not known at any time."""
        if not self.facts.is_read:
            return "no_readings"
        if not self.facts.reported:
            return "never_reported"
        return "hidden" if self.facts.first_shown is None else None

    def _explain_missing_at(self, instant: dt.datetime) -> str:
        """Return why the count is not known at an instant."""
        first, last = self.facts.first_shown, self.facts.last_shown
        if first is None or last is None:
            return self._explain_missing() or "hidden"
        if self.published is not None and self.published > instant:
            return "not_published"
        if first > instant:
            return "first_later"
        return "gap" if last >= instant else "last_earlier"

    @cached_property
    def last_read(self) -> LastReadFigure:
        """Return the last visible value in the window."""
        if self.facts.last is not None and self.facts.last_at is not None:
            return LastReadFigure(self.facts.last, at=self.facts.last_at.isoformat())
        in_window = "hidden" if self.facts.reported_within else "not_in_period"
        return LastReadFigure(None, self._explain_missing() or in_window)

    @cached_property
    def at_start(self) -> StartFigure:
        """Return the count at the window's start: 0 for a video published in the window, also if it was read before."""
        if self.start is not None and not self.is_published_inside:
            return StartFigure(self.start, basis="interpolated")
        is_later = self.published is not None and self.published >= self.window.start
        if is_later and self._explain_missing() is None:
            return StartFigure(0, basis="published later")
        return StartFigure(None, self._explain_missing_at(self.window.start))

    @cached_property
    def at_end(self) -> EndFigure:
        """Return the count at the window's end; a last reading close to the end counts as one at it."""
        until, last_at = self.window.until, self.facts.last_at
        if self.end is not None:
            return EndFigure(
                self.end, at=until.isoformat(), basis="last reading" if self.window.running else "interpolated"
            )
        reason = self._explain_missing_at(until)
        slack = min(_SLACK_SHARE * (until - self.window.start), _MOST_SLACK)
        if last_at is not None and reason == "last_earlier" and until - last_at <= slack:
            return EndFigure(self.last_read.value, at=self.last_read.at, basis="last reading")
        return EndFigure(None, reason, at=until.isoformat())

    @cached_property
    def gained(self) -> GainedFigure:
        """Return what was gained in the window, or ``at_least`` what, or why it is not known."""
        first, last = self.facts.first, self.facts.last
        if first is None or last is None:
            return GainedFigure(None, self.last_read.reason)
        start, end = self.at_start.value, self.at_end.value
        if start is not None and end is not None:
            return GainedFigure(end - start)
        if self.facts.fell:
            return GainedFigure(None, "fell")
        bound = (last if end is None else end) - (first if start is None else start)
        return GainedFigure(None, self.at_end.reason if end is None else self.at_start.reason, at_least=bound)


def counted_basis(views: CountInWindow, counted: str, max_gap: dt.timedelta) -> str:
    """Return by which rule a campaign counts a video.

    Parameters
    ----------
    views : CountInWindow
        The video's views.
    counted : {"auto", "last_read", "gained"}
        With ``auto`` a video that was published in the window counts from 0; one published before it, or read before
        it with more than 0 views, counts what it gained; any other counts its last known value.
    max_gap : timedelta
        A video that was published before the window, and first read in it at most this long afterwards, counts its
        last known value too: a gain from its first reading on would leave out most of what it had in the window.
    """
    if counted != "auto":
        return LAST_KNOWN if counted == "last_read" else GAINED
    published, start, first = views.published, views.window.start, views.facts.first_shown
    if (views.facts.most_before or 0) > 0 and not views.is_published_inside:
        return GAINED
    if published is not None:
        if published >= start:
            return FROM_0
        is_young = first is not None and first >= start and first - published <= max_gap
        if not is_young:
            return GAINED
    return LAST_KNOWN if views.at_start.value == 0 else MAY_CONTAIN_EARLIER
