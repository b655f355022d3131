"""Kinds of figures: each has a ``value``, and a ``reason`` where the value is null; `KeyFigures` is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from influtics_lab.campaign.figures.missing_reasons import REASONS
from influtics_lab.campaign.figures.records import INLINE, NamedRecord, Record

AT_LEAST: Final = "at least"
AT_MOST: Final = "at most"


@dataclass(frozen=True, slots=True)
class Figure(Record):
    """A number, or why it is not available: a name from ``KeyFigures.reasons``."""

    value: float | None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is not None and self.reason not in REASONS:
            raise KeyError(self.reason)

    @property
    def shown(self) -> float | None:
        """The value, else its bound, else None."""
        return self.value if self.value is not None else self._limit()[0]

    @property
    def bound(self) -> str:
        """What `shown` is of the value: ``at least``, ``at most``, or nothing where it is the value."""
        return "" if self.reason is None else self._limit()[1]

    def _limit(self) -> tuple[float | None, str]:
        """Return what bounds the value where it is null, and from which side."""
        return None, ""


@dataclass(frozen=True, slots=True)
class LastReadFigure(Figure):
    """The last visible value of a count, or a rate at the last reading that has one, and when it was read."""

    at: str | None = None


@dataclass(frozen=True, slots=True)
class StartFigure(Figure):
    """A count at the start of the period; its basis is ``interpolated`` or ``published later``."""

    basis: str | None = None


@dataclass(frozen=True, slots=True)
class EndFigure(Figure):
    """A count at the end of the period; its basis is ``interpolated`` or ``last reading``."""

    at: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class GainedFigure(Figure):
    """What was gained in the period; ``at_least`` is a lower bound where the value is null."""

    at_least: float | None = None

    def _limit(self) -> tuple[float | None, str]:
        return self.at_least, AT_LEAST


@dataclass(frozen=True, slots=True)
class CountedFigure(GainedFigure):
    """What the campaign counts of a video, and by which rule: one that `counted_basis` returns."""

    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalFigure(Figure):
    """A sum over videos.

    Attributes
    ----------
    known : float or None
        The sum of what is known: values, and lower bounds of others.
    n, of : int
        How many values are known, of how many posts that were asked for.
    reasons, bounds : mapping of str to int
        How many values are null, and how many of these have a lower bound, by reason.
    is_bound : bool
        ``known`` is a lower bound of the sum where the value is null: no count fell.
    """

    known: float | None
    n: int
    of: int
    reasons: Mapping[str, int]
    bounds: Mapping[str, int]
    is_bound: bool

    @property
    def n_in_part(self) -> int:
        """Return how many values have a lower bound alone."""
        return sum(self.bounds.values())

    @property
    def left_out(self) -> dict[str, int]:
        """Return how many values are null without a lower bound, by reason."""
        rest = {reason: n - self.bounds.get(reason, 0) for reason, n in self.reasons.items()}
        return {reason: n for reason, n in rest.items() if n}

    def _limit(self) -> tuple[float | None, str]:
        return self.known, AT_LEAST if self.is_bound else ""


@dataclass(frozen=True, slots=True)
class OutlookFigure(Record):
    """The limits of the views that will be counted by a date, and whether they reach a target.

    Attributes
    ----------
    verdict : str or None
        ``on track``: the lower limit reaches the target. ``behind``: the upper limit does not. ``cannot be said``
        otherwise. None where nothing is forecast, or for no target.
    because : str or None
        Why it cannot be said, or nothing is forecast.
    low, high : float or None
        Joint limits; the upper one is null where a video has no forecast.
    n, of : int
        How many videos have a forecast, of how many posts that were asked for.
    """

    verdict: str | None
    because: str | None
    low: float | None
    high: float | None
    level_pct: float
    n: int
    of: int


@dataclass(frozen=True, slots=True)
class RateFigure(Figure):
    """An engagement rate in percent, and the ends of its interval."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SpendFigure(Figure):
    """A sum of spends, and of how many."""

    entries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFigure(Figure):
    """A price; ``at_most`` where some of the ``of`` counts are not known."""

    at_most: float | None
    n: int
    of: int

    def _limit(self) -> tuple[float | None, str]:
        return self.at_most, AT_MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigure(Figure):
    """A figure over ``n`` of ``of`` videos."""

    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedFigure(PartFigure):
    """The known sum of a count, with a reason where it is not complete."""

    is_bound: bool

    def _limit(self) -> tuple[float | None, str]:
        return None, AT_LEAST if self.is_bound else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFigure(PartFigure):
    """What was gained a day in the last ``days``; with a reason where it is not complete."""

    reasons: Mapping[str, int]
    days: float | None

    def _limit(self) -> tuple[float | None, str]:
        return None, AT_LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class RankFigure(Figure):
    """A video's value at the age of comparison, and the percentage of other videos that it beats."""

    others: int
    percentile_pct: float | None
    percentile_reason: str | None


MoneyFigure: TypeAlias = SpendFigure | PriceFigure | TotalFigure


@dataclass(frozen=True, slots=True)
class CountTotals(NamedRecord[TotalFigure]):
    """One count of a group of videos."""

    last_read: TotalFigure
    at_start: TotalFigure
    at_end: TotalFigure
    gained: TotalFigure
    counted: TotalFigure


@dataclass(frozen=True, slots=True)
class GroupCounts(NamedRecord[CountTotals]):
    """The counts of a group of videos."""

    views: CountTotals
    likes: CountTotals
    comments: CountTotals
    reposts: CountTotals
    engagements: CountTotals


@dataclass(frozen=True, slots=True)
class VideoCount(NamedRecord[Figure]):
    """One count of one video."""

    last_read: LastReadFigure
    at_start: StartFigure
    at_end: EndFigure
    gained: GainedFigure
    counted: CountedFigure


@dataclass(frozen=True, slots=True)
class VideoCounts(NamedRecord[VideoCount]):
    """The counts of one video."""

    views: VideoCount
    likes: VideoCount
    comments: VideoCount
    reposts: VideoCount
    engagements: VideoCount


@dataclass(frozen=True, slots=True)
class AgeRange(Record):
    """The ages of ``n`` videos in hours."""

    youngest: float | None
    median: float | None
    oldest: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate(Record):
    """The engagement rate of a group of videos, by each of the estimators that the campaign file names.

    Attributes
    ----------
    n, of : int
        How many videos have a rate, of how many posts that were asked for.
    n_effective, n_drawn_effective : float or None
        The effective number of videos, and of the videos or creators that are drawn.
    parts : str
        The counts of an engagement.
    estimators : mapping of str to RateFigure
        ``pooled``, ``mean``, ``median``; in a dict these keys stand beside the others.
    """

    n: int
    of: int
    n_effective: float | None
    n_drawn_effective: float | None
    parts: str
    estimators: Mapping[str, RateFigure] = field(metadata=INLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReadRate(GroupRate):
    """The rate from each video's last reading that has one; ages differ."""

    age_hours: AgeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualAgeRate(GroupRate):
    """The rate at one age since ``published`` or ``tracked``; ``without_age`` videos have none."""

    age: str
    age_hours: float
    without_age: int


@dataclass(frozen=True, slots=True)
class GroupRates(NamedRecord[GroupRate]):
    """The engagement rates of a group of videos."""

    last_read: LastReadRate
    at_age: EqualAgeRate


@dataclass(frozen=True, slots=True)
class VideoRates(NamedRecord[Figure]):
    """The engagement rates of one video in percent: at its last reading, and of what it gained."""

    last_read: LastReadFigure
    gained: Figure


@dataclass(frozen=True, slots=True)
class LaterSpend(Record):
    """What is dated after the last day of the figures, and the CPM with it."""

    spend: SpendFigure
    cpm: PriceFigure


@dataclass(frozen=True, slots=True)
class MoneyFigures(Record):
    """What was spent on a group or video, and what its counts cost and are worth; see `money`."""

    currency: str | None
    counted: str
    spend: SpendFigure
    cpm: PriceFigure
    cpv: PriceFigure
    cpe: PriceFigure
    emv: TotalFigure
    not_allocated: SpendFigure
    later: LaterSpend

    @property
    def measures(self) -> dict[str, MoneyFigure]:
        """Spend, prices and worth by their names."""
        return {"spend": self.spend, "cpm": self.cpm, "cpv": self.cpv, "cpe": self.cpe, "emv": self.emv}
