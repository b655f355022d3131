"""The conditions of a watch file as frozen dataclasses: each class is a table of the file, each field a key."""
# ruff: noqa: RUF009  # declare_key is dataclasses.field() with our metadata

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Final

from influtics_lab.campaign.file.field_types import (
    DATE,
    DATE_OR_INSTANT,
    DURATION,
    PLATFORMS,
    POSITIVE,
    TEXT,
    TEXT_OR_TEXTS,
    DateOrInstant,
    FieldType,
    choice_type,
    declare_key,
    list_type,
    number_type,
)
from influtics_lab.defaults import HORIZON
from influtics_lab.schema import COUNTS

MEASURES: Final = (*COUNTS, "engagement_rate", "views_per_day")
TRUE_OR_FALSE: Final = FieldType(
    "true or false", {"type": "boolean"}, lambda value: value if isinstance(value, bool) else None, is_text=False
)
_ROW: Final = number_type("a whole number from 1 to 100", is_whole=True, minimum=1, maximum=100)
_COUNT: Final = choice_type(*COUNTS)
_ZERO_OR_MORE: Final = number_type("a number, 0 or more, up to 1e15", minimum=0, maximum=1e15)
_TOTAL: Final = "whether the videos count together, as one number"
_LEVELS: Final = list_type("a list of numbers above 0", POSITIVE, lambda levels: tuple(sorted(set(levels))))


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What is watched, and for which videos: without a scope for all, with several for those that meet all of them."""

    kind: ClassVar[str]
    is_moment: ClassVar[bool] = False
    """Whether it happens at one reading: then it begins and never ends."""
    is_by_read: ClassVar[bool] = False
    """Whether it is judged at the end of each read of the archive, and not at each reading."""

    name: str = declare_key(TEXT, "the name in messages; renaming a condition begins it anew")
    platform: tuple[str, ...] = declare_key(PLATFORMS, "only videos on one of these platforms", default=())
    creator: tuple[str, ...] = declare_key(TEXT_OR_TEXTS, "only videos of one of these creators", default=())
    campaign: str | None = declare_key(TEXT, "only the videos of this campaign file", default=None)
    video: tuple[str, ...] = declare_key(TEXT_OR_TEXTS, "only these videos: ids or links", default=())
    urgent: bool = declare_key(TRUE_OR_FALSE, "whether to send in quiet hours, too", default=False)
    silence_until: DateOrInstant | None = declare_key(
        DATE_OR_INSTANT, "send nothing until then; what begins and ends before is not sent later", default=None
    )

    @property
    def is_total(self) -> bool:
        """Return whether the videos count together, as one number."""
        return getattr(self, "total", False)

    @property
    def identity(self) -> str:
        """Return what its levels in the state depend on: with another identity it begins anew."""
        names = ("measure", "count", "levels", "every", "total")
        return " ".join([self.kind, *(str(getattr(self, name)) for name in names if hasattr(self, name))])

    @property
    def row(self) -> int:
        """Return in how many readings in a row it must hold."""
        return getattr(self, "readings", 1)


@dataclass(frozen=True, kw_only=True)
class LastingCondition(Condition):
    """A condition that begins and ends."""

    readings: int = declare_key(_ROW, "in how many readings in a row it must hold to begin", default=1)


@dataclass(frozen=True, kw_only=True)
class ValueReached(LastingCondition):
    """A count or rate is at least, or at most, a value."""

    kind: ClassVar = "value"
    measure: str = declare_key(choice_type(*MEASURES), "a count, engagement_rate (by views, in %) or views_per_day")
    at_least: float | None = declare_key(_ZERO_OR_MORE, "holds at this value and above", default=None)
    at_most: float | None = declare_key(_ZERO_OR_MORE, "holds at this value and below", default=None)
    total: bool = declare_key(TRUE_OR_FALSE, _TOTAL, default=False)


@dataclass(frozen=True, kw_only=True)
class Milestone(Condition):
    """A count passes a round number for the first time."""

    kind: ClassVar = "milestone"
    is_moment: ClassVar = True
    count: str = declare_key(_COUNT, "which count", default="views")
    levels: tuple[float, ...] = declare_key(_LEVELS, "the numbers", default=())
    every: float | None = declare_key(POSITIVE, "in their place: each multiple of this number", default=None)
    total: bool = declare_key(TRUE_OR_FALSE, _TOTAL, default=False)


@dataclass(frozen=True, kw_only=True)
class PaceBelowTarget(LastingCondition):
    """The views gained a day in the last week are fewer than a target needs."""

    kind: ClassVar = "pace"
    is_by_read: ClassVar = True
    target: float | None = declare_key(
        POSITIVE, "views of the videos together; without it the targets of the campaign file", default=None
    )
    by: DateOrInstant | None = declare_key(DATE_OR_INSTANT, "the target's date, its whole day included", default=None)
    start: dt.date | None = declare_key(DATE, "the first day; views before it do not count as pace", default=None)

    @property
    def is_total(self) -> bool:
        """Return that the videos count together."""
        return True


@dataclass(frozen=True, kw_only=True)
class Stall(LastingCondition):
    """Counts stay the same although the views before make that improbable (`flag_counters`)."""

    kind: ClassVar = "stall"


@dataclass(frozen=True, kw_only=True)
class Purge(LastingCondition):
    """A count fell by more than a correction (`flag_counters`), and is not yet back where it was."""

    kind: ClassVar = "purge"
    count: str = declare_key(_COUNT, "which count", default="views")


@dataclass(frozen=True, kw_only=True)
class Burst(LastingCondition):
    """Views come fast and with too few engagements: consistent with paid or invalid traffic (`flag_counters`)."""

    kind: ClassVar = "burst"


@dataclass(frozen=True, kw_only=True)
class FailedPolls(LastingCondition):
    """The last readings have no counts, as the poll failed (`flag_counters`)."""

    kind: ClassVar = "failed_polls"


@dataclass(frozen=True, kw_only=True)
class Hidden(LastingCondition):
    """The platform hides a count (`flag_counters`)."""

    kind: ClassVar = "hidden"
    count: str = declare_key(_COUNT, "which count", default="views")


@dataclass(frozen=True, kw_only=True)
class Removed(Condition):
    """A video is no longer in the list of the service."""

    kind: ClassVar = "removed"


@dataclass(frozen=True, kw_only=True)
class NoReading(Condition):
    """No new reading for some hours, by this machine's clock; videos whose tracking is completed do not count."""

    kind: ClassVar = "no_reading"
    hours: float = declare_key(POSITIVE, "for how long")
    total: bool = declare_key(TRUE_OR_FALSE, "whether a reading of any of the videos is enough", default=False)


@dataclass(frozen=True, kw_only=True)
class CountingRuleCrossed(Condition):
    """The first reading after the platform changed what it counts as a view (`influtics_lab.platforms`)."""

    kind: ClassVar = "counting_rule"
    is_moment: ClassVar = True


@dataclass(frozen=True, kw_only=True)
class ForecastBelowTarget(LastingCondition):
    """The upper limit of a video's forecast is below a target (`influtics_lab.forecast`)."""

    kind: ClassVar = "forecast"
    is_by_read: ClassVar = True
    target: float = declare_key(POSITIVE, "views of each video at the horizon")
    horizon: str = declare_key(DURATION, "the age, since publication, of the forecast", default=HORIZON)
