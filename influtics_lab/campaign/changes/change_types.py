"""The records that `changes` returns: each figure then and now, and what it differs by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from influtics_lab.campaign.figures.key_figure_types import Finding, SnapshotSource
from influtics_lab.campaign.figures.records import Record

_NOISE = 1e-6  # interpolated counts carry rounding errors far below this, and whole counts differ by 1
Value: TypeAlias = str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """A figure in both snapshots; the difference is null where either is, for a ``reason``."""

    then: float | None
    then_reason: str | None
    now: float | None
    now_reason: str | None
    difference: float | None
    reason: str | None

    @property
    def is_changed(self) -> bool:
        """Whether the figure has another value now, or a value in one of the two snapshots only."""
        if self.then is None or self.now is None:
            return self.then is not self.now
        return abs(self.now - self.then) > _NOISE


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange(Change):
    """A rate of a group over so many videos."""

    then_n: int | None
    now_n: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameVideosChange(Record):
    """The totals over the ``n`` of ``of`` videos in both snapshots whose count is known both times."""

    then: float | None
    now: float | None
    difference: float | None
    reason: str | None
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange(RateChange):
    """A count of a group, and the sums of what is known, which are lower bounds where they are a bound."""

    then_known: float | None
    now_known: float | None
    then_is_bound: bool | None
    now_is_bound: bool | None
    alike: SameVideosChange


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange(Change):
    """A price, and what it is at most where some counts are not known."""

    then_at_most: float | None
    now_at_most: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetValueChange(Change):
    """The value of a target; views that are known of some videos only have no difference."""

    then_value: float | None
    now_value: float | None
    then_n: int
    now_n: int
    then_of: int
    now_of: int
    then_is_bound: bool | None
    now_is_bound: bool | None


AnyChange: TypeAlias = Change | RateChange | CountChange | PriceChange | TargetValueChange


@dataclass(frozen=True, slots=True)
class ThenNow(Record):
    """A detail in both snapshots."""

    then: Value
    now: Value


@dataclass(frozen=True, slots=True)
class VideoNumbers(Record):
    """How many videos a group has in both snapshots."""

    then: int
    now: int


@dataclass(frozen=True, slots=True)
class GroupChange(Record):
    """The campaign, a creator or a platform; ``measures`` by the names that figures have in `tables`."""

    kind: str
    name: str | None
    videos: VideoNumbers
    measures: Mapping[str, AnyChange]


@dataclass(frozen=True, slots=True)
class VideoChange(Record):
    """A video: its ``state`` (``stayed``, ``came``, ``went``), ``why`` it came or went, and details that changed."""

    video_id: str
    title: str | None
    platform: str | None
    creator: str | None
    state: str
    why: str | None
    fields: Mapping[str, ThenNow]
    measures: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class TargetChange(Record):
    """A target: its verdict, the date of its figures, and its measures."""

    measure: str
    target: float
    unit: str | None
    date: str
    verdict: ThenNow
    as_of: ThenNow
    is_past: ThenNow
    measures: Mapping[str, AnyChange]


@dataclass(frozen=True, slots=True)
class CorrectedCount(Record):
    """A count of the same video and instant that is another number in the later snapshot."""

    video_id: str
    at: str
    count: str
    then: int
    now: int
    difference: int


@dataclass(frozen=True, slots=True)
class CorrectionSums(Record):
    """How many values of a count changed, up and down, and by how much together."""

    values: int
    up: int
    down: int
    net: int


@dataclass(frozen=True, slots=True)
class Corrections(Record):
    """How many ``values``, at how many ``readings`` of how many ``videos`` changed; the ``listed`` differ most."""

    values: int
    readings: int
    videos: int
    by_count: Mapping[str, CorrectionSums]
    by_video: Mapping[str, int]
    listed: tuple[CorrectedCount, ...]
    not_listed: int


@dataclass(frozen=True, slots=True)
class ReadingChanges(Record):
    """The readings of videos in both snapshots.

    Attributes
    ----------
    then, now, both, new, gone : int
        How many readings there are in each snapshot, in both, and in one only.
    of_added, of_removed : int
        How many readings added videos have, and removed ones had.
    without_new : tuple of str
        Videos without a new reading.
    values_appeared, values_gone : int
        Counts at readings in both that only one snapshot has.
    corrected : Corrections
    """

    then: int
    now: int
    both: int
    new: int
    gone: int
    of_added: int
    of_removed: int
    without_new: tuple[str, ...]
    values_appeared: int
    values_gone: int
    corrected: Corrections


@dataclass(frozen=True, slots=True)
class SnapshotSide(SnapshotSource):
    """One of the two snapshots, and what it knows of the period."""

    until: str
    running: bool
    campaign_videos: int


@dataclass(frozen=True, slots=True)
class ChangedFinding(Record):
    """A finding with another text now."""

    code: str
    level: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class FindingChanges(Record):
    """Findings of one snapshot only, and those with another text now."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    changed: tuple[ChangedFinding, ...]


@dataclass(frozen=True, slots=True)
class Statements(Record):
    """Sentences about the changes, by topic."""

    snapshots: tuple[Finding, ...]
    videos: tuple[Finding, ...]
    views: tuple[Finding, ...]
    readings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CampaignChanges(Record):
    """What changed in a campaign between two snapshots.

    Attributes
    ----------
    format : int
        Of the dict that `to_dict` returns.
    same : bool
        Both snapshots have the same content.
    then, now : SnapshotSide
    hours_between : float
    settings : mapping
        Those of the figures, without the seed.
    totals : GroupChange
        The whole campaign.
    by_creator, by_platform : tuple of GroupChange
        In the order of the later snapshot, then those that are gone.
    videos : tuple of VideoChange
        The videos of either snapshot, by their later id.
    came, went : tuple of str
        Ids of videos that are in one snapshot only.
    targets : tuple of TargetChange
    readings : ReadingChanges
    findings : FindingChanges
    notes : tuple of Finding
        What a reader must know first.
    statements : Statements
    reasons : mapping of str to str
        What each reason means.
    """

    format: int
    same: bool
    then: SnapshotSide
    now: SnapshotSide
    hours_between: float
    settings: Mapping[str, object]
    totals: GroupChange
    by_creator: tuple[GroupChange, ...]
    by_platform: tuple[GroupChange, ...]
    videos: tuple[VideoChange, ...]
    came: tuple[str, ...]
    went: tuple[str, ...]
    targets: tuple[TargetChange, ...]
    readings: ReadingChanges
    findings: FindingChanges
    notes: tuple[Finding, ...]
    statements: Statements
    reasons: Mapping[str, str]


ChangesOrDict: TypeAlias = CampaignChanges | Mapping[str, object]
"""Changes, or the dict that `to_dict` returned, also one read from JSON."""
