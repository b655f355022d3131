"""`KeyFigures`: all figures of a campaign, by group, video, target and spend.

Instants are texts, ISO 8601 in UTC, as in ``report.json``. `figure_definitions` returns what each figure means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from influtics_lab.campaign.figures.figure_types import (
    BoundedFigure,
    Figure,
    GroupCounts,
    GroupRates,
    MoneyFigures,
    OutlookFigure,
    PaceFigure,
    PartFigure,
    PriceFigure,
    RankFigure,
    VideoCounts,
    VideoRates,
)
from influtics_lab.campaign.figures.records import NamedRecord, Record

PROBLEM: Final = "problem"
NOTE: Final = "note"


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
    outlook: OutlookFigure | None


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

    @classmethod
    def problem(cls, code: str, text: str) -> Finding:
        """Return something to fix in the campaign file."""
        return cls(code, PROBLEM, text)

    @classmethod
    def note(cls, code: str, text: str) -> Finding:
        """Return a fact of the data."""
        return cls(code, NOTE, text)


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
    """The settings that the figures depend on, from the campaign file, and the seed of their draws.

    ``rules`` are the counting rules that the file adds to those that are known, a sentence each.
    """

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
    rules: tuple[str, ...] | None = None


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
    period_end : OutlookFigure or None
        The limits of the views counted by the end of a period that is running. None, as the ``outlook`` of targets,
        where a version from before forecasts wrote the figures.
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
    period_end: OutlookFigure | None
    comparison: MedianRanks
    spend: tuple[SpendFigures, ...]
    quality: QualityFigures
    findings: tuple[Finding, ...]
    reasons: Mapping[str, str]

    def groups(self, kind: str) -> tuple[GroupFigures, ...]:
        """Return the figures of each ``creator`` or ``platform``."""
        return self.by_creator if kind == "creator" else self.by_platform

    @classmethod
    def of(cls, figures: KeyFigures | Mapping[str, object]) -> KeyFigures:
        """Return key figures as they are, or from the dict that `to_dict` returned, also one read from JSON."""
        return figures if isinstance(figures, KeyFigures) else cls.from_dict(figures)


FiguresOrDict: TypeAlias = KeyFigures | Mapping[str, object]
"""Key figures, or the dict that `to_dict` returned, also one read from JSON."""
