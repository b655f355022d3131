"""Which readings are looked at: one value that all explorers share, as conditions for polars and as code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.schema import COUNTS, FLAGS

AGES: Final = {"published": "age_hours", "tracked": "tracked_age_hours"}
NEED_REVIEW: Final = tuple(flag for flag in FLAGS if flag != "is_cached")  # a cached answer is no sign of anything
_NAME: Final = 'pl.coalesce("title", "external_video_id").str.to_lowercase().str.contains({!r}, literal=True)'
_FLAGGED: Final = 'pl.col("video_id").is_in(flagged.implode())'


@dataclass(frozen=True)
class Filters:
    """Which readings are looked at, and which of their counts.

    Attributes
    ----------
    platform, status : str or None
        Only videos of this platform, or status; None is all.
    search : str
        Only videos whose title, or id where there is no title, holds this text, whatever its case; empty is all.
    since, until : str or None
        Only readings from this day to that one, both included: ``"2025-07-01"``, in UTC.
    age : str
        From when ages are counted: ``published`` or ``tracked``.
    from_days, to_days : float or None
        Only readings of these ages, both included.
    flagged : bool
        Only videos with a reading that ``lab.flag_counters`` flags for more than a cached answer.
    count : str
        views, likes, comments or reposts, where a picture is of one of them.

    Examples
    --------
    >>> Filters(platform="TikTok", since="2025-07-01").since
    '2025-07-01'
    """

    platform: str | None = None
    status: str | None = None
    search: str = ""
    since: str | None = None
    until: str | None = None
    age: str = "published"
    from_days: float | None = None
    to_days: float | None = None
    flagged: bool = False
    count: str = "views"

    def __post_init__(self) -> None:
        one_of("count", self.count, COUNTS)
        one_of("age", self.age, tuple(AGES))
        for name in ("since", "until"):
            _day(name, getattr(self, name))
        for name in ("from_days", "to_days"):
            days = getattr(self, name)
            if days is not None and not (isinstance(days, int | float) and math.isfinite(days)):
                raise ConfigError(f"{name} is {days!r}; give a number of days, or None.")

    @property
    def chooses_videos(self) -> bool:
        """Whether videos are left out as a whole."""
        return self.flagged or bool(self.search) or (self.platform, self.status) != (None, None)

    @property
    def chooses_readings(self) -> bool:
        """Whether readings of a video are left out."""
        return self.aged or (self.since, self.until) != (None, None)

    @property
    def aged(self) -> bool:
        """Whether ages are looked at, which ``lab.with_age`` adds."""
        return (self.from_days, self.to_days) != (None, None)


class Condition(NamedTuple):
    """One condition, for polars, and as it is written in code."""

    holds: pl.Expr
    code: str


@dataclass(frozen=True)
class Conditions:
    """What filters ask of a video, and of a reading."""

    of_video: list[Condition] = field(default_factory=list)
    of_reading: list[Condition] = field(default_factory=list)

    @property
    def code(self) -> list[str]:
        """Each one as it is written in code."""
        return [condition.code for condition in (*self.of_video, *self.of_reading)]


def conditions(filters: Filters) -> Conditions:
    r"""Give what filters ask; "only flagged" asks for a column ``flagged`` that says it of each video.

    Parameters
    ----------
    filters : Filters

    Returns
    -------
    Conditions

    Examples
    --------
    >>> conditions(Filters(platform="TikTok", to_days=1.5)).code
    ['pl.col("platform") == \'TikTok\'', 'pl.col("age_hours") <= 36']
    """
    return Conditions(list(_of_video(filters)), list(_of_reading(filters)))


def _of_video(filters: Filters) -> Iterator[Condition]:
    for name in ("platform", "status"):
        if (value := getattr(filters, name)) is not None:
            yield Condition(pl.col(name) == value, f'pl.col("{name}") == {value!r}')
    if filters.search:
        wanted = filters.search.lower()
        title = pl.coalesce("title", "external_video_id").str.to_lowercase()
        yield Condition(title.str.contains(wanted, literal=True), _NAME.format(wanted))
    if filters.flagged:
        yield Condition(pl.col("flagged"), _FLAGGED)


def _of_reading(filters: Filters) -> Iterator[Condition]:
    if filters.since is not None:
        first = _day("since", filters.since)
        yield Condition(pl.col("timestamp") >= first, f'pl.col("timestamp") >= {_instant(first)}')
    if filters.until is not None:
        end = _day("until", filters.until) + timedelta(days=1)
        yield Condition(pl.col("timestamp") < end, f'pl.col("timestamp") < {_instant(end)}')
    age = AGES[filters.age]
    if filters.from_days is not None:
        least = _hours(filters.from_days)
        yield Condition(pl.col(age) >= least, f'pl.col("{age}") >= {least!r}')
    if filters.to_days is not None:
        most = _hours(filters.to_days)
        yield Condition(pl.col(age) <= most, f'pl.col("{age}") <= {most!r}')


def one_of(name: str, value: object, allowed: tuple[Any, ...]) -> None:
    """Refuse a value of a state that is not among those allowed.

    Examples
    --------
    >>> one_of("scale", "cubic", ("linear", "log"))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: scale is 'cubic'; it can be linear, log.
    """
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; it can be {', '.join(map(str, allowed))}.")


def _day(name: str, text: str | None) -> datetime:
    try:
        day = date.fromisoformat(text) if text is not None else date.min
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} is {text!r}; give a day such as '2025-07-01', or None.") from None


def _instant(moment: datetime) -> str:
    return f"datetime({moment.year}, {moment.month}, {moment.day}, tzinfo=UTC)"


def _hours(days: float) -> float:
    hours = 24 * days
    return int(hours) if hours == int(hours) else hours
