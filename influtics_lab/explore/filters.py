"""Which readings an explorer shows: one value that all explorers share, as conditions for polars and as code."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import polars as pl

from influtics_lab.errors import ConfigError
from influtics_lab.schema import COUNTS, FLAGS
from influtics_lab.time_zones import check_time_zone, find_day_end, find_day_start

AGES: Final = {"published": "age_hours", "tracked": "tracked_age_hours"}
AGE_STARTS: Final = {"published": "publication", "tracked": "tracking began"}
NO_REVIEW: Final = frozenset({"is_cached", "is_rule_change"})  # neither is a reason to look at a video again
NEED_REVIEW: Final = tuple(flag for flag in FLAGS if flag not in NO_REVIEW)
_NAME: Final = 'pl.coalesce("title", "external_video_id").str.to_lowercase().str.contains({!r}, literal=True)'
_COMPARISONS: Final = {"==": operator.eq, ">=": operator.ge, "<=": operator.le, "<": operator.lt}
_MOST_DAYS: Final = 1e9
_FLAGGED: Final = 'pl.col("video_id").is_in(flagged.implode())'


@dataclass(frozen=True)
class Filters:
    """Which readings are shown, and which of their counts.

    Attributes
    ----------
    platform, status, creator : str or None
        Only videos of this platform, status or creator; None is all. Creators are those of ``lab.with_creator``.
    search : str
        Only videos whose title, or id where there is no title, holds this text, whatever its case; empty is all.
    since, until : str or None
        Only readings from this day to that one, both included: ``"2025-07-01"``.
    age : str
        From when ages are counted: ``published`` or ``tracked``.
    from_days, to_days : float or None
        Only readings of these ages, both included.
    flagged : bool
        Only videos with a reading that ``lab.flag_counters`` flags for more than a cached answer.
    count : str
        views, likes, comments or reposts, where a picture is of one of them.
    tz : str
        The time zone of days and of the instants that are shown, such as ``"Europe/Berlin"``.

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
    creator: str | None = None
    tz: str = "UTC"

    def __post_init__(self) -> None:
        check_choice("count", self.count, COUNTS)
        check_choice("age", self.age, tuple(AGES))
        check_choice("flagged", self.flagged, (False, True))
        if not isinstance(self.search, str):
            raise ConfigError(f"search is {self.search!r}; expected a text, empty for all videos.")
        check_time_zone("Filters: tz", self.tz)
        for name in ("since", "until"):
            if getattr(self, name) is not None:
                parse_day(name, getattr(self, name))
        for name in ("from_days", "to_days"):
            days = getattr(self, name)
            if days is not None and not (isinstance(days, int | float) and abs(days) <= _MOST_DAYS):
                raise ConfigError(f"{name} is {days!r}; expected a number of days, or None.")

    @property
    def selects_videos(self) -> bool:
        """Whether videos are left out as a whole."""
        return self.flagged or bool(self.search) or (self.platform, self.status, self.creator) != (None, None, None)

    @property
    def selects_readings(self) -> bool:
        """Whether readings of a video are left out."""
        return self.needs_age or (self.since, self.until) != (None, None)

    @property
    def needs_age(self) -> bool:
        """Whether ages decide, which ``lab.with_age`` adds."""
        return (self.from_days, self.to_days) != (None, None)


class Condition(NamedTuple):
    """One condition, for polars, and as it is written in code."""

    expression: pl.Expr
    code: str


def list_conditions(filters: Filters) -> list[Condition]:
    r"""Return what filters require: first of videos, then of readings.

    Parameters
    ----------
    filters : Filters

    Returns
    -------
    list of Condition

    Examples
    --------
    >>> [condition.code for condition in list_conditions(Filters(platform="TikTok", to_days=1.5))]
    ['pl.col("platform") == \'TikTok\'', 'pl.col("age_hours") <= 36']
    """
    return [*video_conditions(filters), *reading_conditions(filters)]


def video_conditions(filters: Filters) -> Iterator[Condition]:
    """Return what filters require of a video; "only flagged" reads a column ``flagged``."""
    for name in ("platform", "status", "creator"):
        if (value := getattr(filters, name)) is not None:
            yield _compare(name, "==", value)
    if filters.search:
        wanted = filters.search.lower()
        title = pl.coalesce("title", "external_video_id").str.to_lowercase()
        yield Condition(title.str.contains(wanted, literal=True), _NAME.format(wanted))
    if filters.flagged:
        yield Condition(pl.col("flagged"), _FLAGGED)


def reading_conditions(filters: Filters) -> Iterator[Condition]:
    """Return what filters require of a reading."""
    for name, sign, find_end in (("since", ">=", find_day_start), ("until", "<", find_day_end)):
        if (day := getattr(filters, name)) is not None:
            yield _compare("timestamp", sign, find_end(parse_day(name, day), filters.tz))
    for name, sign in (("from_days", ">="), ("to_days", "<=")):
        if (days := getattr(filters, name)) is not None:
            yield _compare(AGES[filters.age], sign, _to_hours(days))


def _compare(column: str, sign: str, value: str | float | datetime) -> Condition:
    """Return the condition that a column compares with a value in this way."""
    code = _format_instant(value) if isinstance(value, datetime) else repr(value)
    return Condition(_COMPARISONS[sign](pl.col(column), value), f'pl.col("{column}") {sign} {code}')


def check_choice(name: str, value: object, allowed: tuple[Any, ...]) -> None:
    """Raise ConfigError if a value of a state is not allowed.

    Examples
    --------
    >>> check_choice("scale", "cubic", ("linear", "log"))
    Traceback (most recent call last):
    ...
    influtics_lab.errors.ConfigError: scale is 'cubic'; it can be linear, log.
    """
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; it can be {', '.join(map(str, allowed))}.")


def parse_day(name: str, text: str) -> date:
    """Return the day that a text names; raise ConfigError if it is none."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} is {text!r}; expected a day such as '2025-07-01', or None.") from None


def _format_instant(moment: datetime) -> str:
    code = repr(moment).removeprefix("datetime.").replace("datetime.timezone.utc", "UTC")
    return code.replace(", 0, 0, tzinfo", ", tzinfo")


def _to_hours(days: float) -> float:
    hours = 24 * days
    return int(hours) if hours == int(hours) else hours
