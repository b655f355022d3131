"""The records that `key_figures` returns: each figure has a ``value``, and a ``reason`` where the value is null.

Instants are texts, ISO 8601 in UTC, as in ``report.json``. `figure_definitions` returns what each figure means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

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

    def _limit(self) -> tuple[float | None, str]:
        return self.known, AT_LEAST if self.is_bound else ""


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


@dataclass(frozen=True, slots=True)
class WindowFacts(Record):
    """The time that figures are of; it is ``running`` where it ends with the snapshot."""

    start: str
    until: str
    running: bool


@dataclass(frozen=True, slots=True)
class GroupFigures(Record):
    """The campaign (``kind`` is ``campaign``), a creator or a platform; ``name`` is null for videos without one.

    ``videos`` are in the snapshot, ``missing`` posts are not.
    """

    kind: str
    name: str | None
    videos: int
    missing: int
    window: WindowFacts
    counts: GroupCounts
    engagement_rate: GroupRates
    money: MoneyFigures


@dataclass(frozen=True, slots=True)
class ShareFigures(NamedRecord[Figure]):
    """A video's shares of what the campaign counts, in percent."""

    views: Figure
    engagements: Figure


@dataclass(frozen=True, slots=True)
class VideoRanks(NamedRecord[RankFigure]):
    """A video among others at equal age."""

    views: RankFigure
    engagement_rate: RankFigure


@dataclass(frozen=True, slots=True)
class MedianRanks(NamedRecord[PartFigure]):
    """The median of the videos' percentiles."""

    views: PartFigure
    engagement_rate: PartFigure


@dataclass(frozen=True, slots=True)
class VideoFigures(Record):
    """One video of the campaign."""

    video_id: str
    external_video_id: str | None
    platform: str | None
    title: str | None
    creator: str | None
    status: str | None
    created_at: str | None
    published_at: str | None
    counts: VideoCounts
    engagement_rate: VideoRates
    money: MoneyFigures
    share_pct: ShareFigures
    comparison: VideoRanks


@dataclass(frozen=True, slots=True)
class TargetFigures(Record):
    """One target of the campaign file; see `targets`."""

    measure: str
    target: float
    unit: str | None
    date: str
    as_of: str
    is_past: bool
    value: BoundedFigure | PriceFigure | PartFigure
    verdict: str
    reached_pct: float | None
    days_left: float
    needed_per_day: Figure
    expected_by_now: Figure
    recent_per_day: Figure | PaceFigure


@dataclass(frozen=True, slots=True)
class SpendFigures(Record):
    """One spend of the campaign file: on a ``kind`` of group by its ``name``, for some of the campaign's videos."""

    date: str
    amount: float
    currency: str | None
    kind: str
    name: str | None
    videos: tuple[str, ...]
    reported: Figure


@dataclass(frozen=True, slots=True)
class QualityFigures(Record):
    """What is missing, hidden, flagged, or too young to judge; see `quality`."""

    videos: int
    asked: int
    named: int
    named_found: int
    named_by_links: bool
    not_found: tuple[str, ...]
    tracked_twice: Mapping[str, tuple[str, ...]]
    readings: int
    readings_in_period: int
    without_readings: tuple[str, ...]
    without_readings_in_period: tuple[str, ...]
    without_publication: tuple[str, ...]
    without_creator: tuple[str, ...]
    too_young: tuple[str, ...]
    earlier_views: tuple[str, ...]
    long_gaps: Mapping[str, float]
    hidden: Mapping[str, tuple[str, ...]]
    flagged: Mapping[str, Mapping[str, int]]
    stalled_at_end: tuple[str, ...]
    gains_unknown: Mapping[str, Mapping[str, int]]
    rejected_values: int
    rejected_by_reason: Mapping[str, int]
    completeness: str


@dataclass(frozen=True, slots=True)
class Finding(Record):
    """One thing to know: a ``problem`` is something to fix in the campaign file, a ``note`` is a fact of the data."""

    code: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class CampaignFacts(Record):
    """The campaign and its period: ``start`` to ``end``, known ``until``."""

    name: str
    client: str | None
    time_zone: str
    start: str
    end: str
    until: str
    running: bool


@dataclass(frozen=True, slots=True)
class SnapshotSource(Record):
    """The snapshot that the figures are of; ``as_of`` is its last reading."""

    snapshot_id: str
    content_digest: str
    taken_at: str
    videos: int
    readings: int
    as_of: str | None


@dataclass(frozen=True, slots=True)
class FigureSettings(Record):
    """The settings that the figures depend on, from the campaign file, and the seed of their draws."""

    counted: str
    engagement_rate: tuple[str, ...]
    parts: tuple[str, ...]
    max_gap: str | None
    long_gap_hours: float
    level_pct: float
    resamples: int
    drawn: str
    seed: int
    compared_with: str
    compared_with_videos: tuple[str, ...]
    at_age: str
    age: str
    currency: str | None
    emv_currency: str | None
    emv_rates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KeyFigures(Record):
    """Every number of a campaign.

    Attributes
    ----------
    format : int
        Of the dict that `to_dict` returns.
    campaign : CampaignFacts
    snapshot : SnapshotSource
    settings : FigureSettings
    totals : GroupFigures
        The whole campaign.
    by_creator, by_platform : tuple of GroupFigures
    videos : tuple of VideoFigures
        By id.
    targets : tuple of TargetFigures
        In the order of the file.
    comparison : MedianRanks
    spend : tuple of SpendFigures
        In the order of the file.
    quality : QualityFigures
    findings : tuple of Finding
    reasons : mapping of str to str
        What each ``reason`` means.
    """

    format: int
    campaign: CampaignFacts
    snapshot: SnapshotSource
    settings: FigureSettings
    totals: GroupFigures
    by_creator: tuple[GroupFigures, ...]
    by_platform: tuple[GroupFigures, ...]
    videos: tuple[VideoFigures, ...]
    targets: tuple[TargetFigures, ...]
    comparison: MedianRanks
    spend: tuple[SpendFigures, ...]
    quality: QualityFigures
    findings: tuple[Finding, ...]
    reasons: Mapping[str, str]

    def groups(self, kind: str) -> tuple[GroupFigures, ...]:
        """Return the figures of each ``creator`` or ``platform``."""
        return self.by_creator if kind == "creator" else self.by_platform

    @classmethod
    def of(cls, figures: KeyFigures | Mapping[str, Any]) -> KeyFigures:
        """Return key figures as they are, or from the dict that `to_dict` returned, also one read from JSON."""
        return figures if isinstance(figures, KeyFigures) else cls.from_dict(figures)


FiguresOrDict: TypeAlias = KeyFigures | Mapping[str, Any]
"""Key figures, or the dict that `to_dict` returned, also one read from JSON."""


def plain_figures(figures: FiguresOrDict) -> Mapping[str, Any]:
    """Return key figures as a dict."""
    return figures.to_dict() if isinstance(figures, KeyFigures) else figures
