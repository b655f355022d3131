"""One count of one video in a window: as last read, at both ends, gained between them, and what the campaign counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from influtics_lab.campaign.figures.campaign_data import Window
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.file.local_dates import format_instant

Figure: TypeAlias = dict[str, Any]
GAINED: Final = "gained"
FROM_0: Final = "from 0"
LAST_KNOWN: Final = "last known"
MAY_CONTAIN_EARLIER: Final = "may contain earlier views"
_SLACK_SHARE: Final = 0.1
_MOST_SLACK: Final = dt.timedelta(hours=24)


@dataclass(frozen=True)
class CountFacts:
    """What is known of one count of one video.

    Attributes
    ----------
    facts : mapping or None
        What `counts` finds in the readings; None for a video without readings.
    start, end : float or None
        The count at the window's two ends, on the line between the readings around them.
    published : datetime or None
    window : Window
    """

    facts: Mapping[str, Any] | None
    start: float | None
    end: float | None
    published: dt.datetime | None
    window: Window

    @property
    def missing(self) -> str | None:
        """Return why nothing is known of it at any time."""
        if self.facts is None:
            return "no_readings"
        if not self.facts["reported"]:
            return "never_reported"
        return "hidden" if self.facts["first_shown"] is None else None

    def why_not(self, instant: dt.datetime) -> str:
        """Return why it is not known at an instant."""
        if self.missing or self.facts is None:
            return self.missing or "no_readings"
        if self.published is not None and self.published > instant:
            return "not_published"
        if self.facts["first_shown"] > instant:
            return "first_later"
        return "gap" if self.facts["last_shown"] >= instant else "last_earlier"

    @cached_property
    def last_read(self) -> Figure:
        """Return the last visible value in the window."""
        if self.missing or self.facts is None:
            return unknown(self.missing or "no_readings", at=None)
        if self.facts["last"] is None:
            return unknown("hidden" if self.facts["reported_within"] else "not_in_period", at=None)
        return known(self.facts["last"], at=format_instant(self.facts["last_at"]))

    @cached_property
    def at_start(self) -> Figure:
        """Return the count at the window's start; a video published in the window had none."""
        if self.start is not None:
            return known(self.start, basis="interpolated")
        later = self.published is not None and self.published >= self.window.start
        if later and not self.missing:
            return known(0, basis="published later")
        return unknown(self.why_not(self.window.start), basis=None)

    @cached_property
    def at_end(self) -> Figure:
        """Return the count at the window's end; a last reading close to the end is as good as one at it."""
        if self.end is not None:
            basis = "last reading" if self.window.running else "interpolated"
            return known(self.end, at=format_instant(self.window.until), basis=basis)
        last = None if self.facts is None else self.facts["last_at"]
        if last is not None and self.why_not(self.window.until) == "last_earlier":
            slack = min(_SLACK_SHARE * (self.window.until - self.window.start), _MOST_SLACK)
            if self.window.until - last <= slack:
                return {**self.last_read, "basis": "last reading"}
        return unknown(self.why_not(self.window.until), at=format_instant(self.window.until), basis=None)

    @cached_property
    def gained(self) -> Figure:
        """Return what was gained in the window, or ``at_least`` what, or why it is not known."""
        if self.facts is None or self.facts["last"] is None:
            return unknown(str(self.last_read["reason"]), at_least=None)
        start, end = self.at_start["value"], self.at_end["value"]
        if start is not None and end is not None:
            return known(end - start, at_least=None)
        reason = str(self.at_start["reason"] if end is not None else self.at_end["reason"])
        if self.facts["fell"]:
            return unknown("fell", at_least=None)
        first = self.facts["first"] if start is None else start
        return unknown(reason, at_least=(self.facts["last"] if end is None else end) - first)


def counted_basis(views: CountFacts, counted: str, max_gap: dt.timedelta) -> str:
    """Return by which rule a campaign counts a video.

    Parameters
    ----------
    views : CountFacts
        Of the video's views.
    counted : {"auto", "last_read", "gained"}
        With ``auto`` a video that was published before the window, or read before it with more than 0 views, counts
        what it gained; one published in it counts from 0; any other counts its last known value.
    max_gap : timedelta
        A video that was published before the window, and first read in it at most this long afterwards, counts its
        last known value too: a gain from its first reading on would leave out most of what it had in the window.
    """
    if counted != "auto":
        return LAST_KNOWN if counted == "last_read" else GAINED
    facts, published, start = views.facts, views.published, views.window.start
    if facts is not None and (facts["most_before"] or 0) > 0:
        return GAINED
    if published is not None and published >= start:
        return FROM_0
    first = None if facts is None else facts["first_shown"]
    is_young = published is not None and first is not None and first >= start and first - published <= max_gap
    if published is not None and not is_young:
        return GAINED
    return LAST_KNOWN if views.at_start["value"] == 0 else MAY_CONTAIN_EARLIER


def counted_figure(count: CountFacts, basis: str) -> Figure:
    """Return what the campaign counts of a count, by a rule that `counted_basis` returns."""
    if basis in {GAINED, FROM_0}:
        return {**count.gained, "basis": basis}
    figure = count.last_read
    return {"value": figure["value"], "reason": figure["reason"], "at_least": None, "basis": basis}
