"""What the sentences about an earlier and a later snapshot of a campaign depend on."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from influtics_lab.campaign.changes.video_changes import is_part
from influtics_lab.snapshot import Snapshot

Figure = dict[str, Any]

Side = tuple[Mapping[str, Any], Snapshot]
_NOISE: Final = 1e-6  # interpolated counts carry rounding errors far below this, and whole counts differ by 1


@dataclass(frozen=True)
class SnapshotFacts:
    """What one snapshot covers.

    Attributes
    ----------
    taken_at : datetime
    last_reading : datetime or None
        Of any of its videos; None where it has no readings.
    platform, status : str or None
        The filter of its query; None without one.
    is_part : bool
        It is one page of the list.
    reaches_end : bool
        It has a reading at or after the end of the period.
    """

    taken_at: dt.datetime
    last_reading: dt.datetime | None
    platform: str | None
    status: str | None
    is_part: bool
    reaches_end: bool


@dataclass(frozen=True)
class VideoFacts:
    """How many of the campaign's videos are in both snapshots, were added or removed, and changed.

    Attributes
    ----------
    both, added, removed : int
    details_changed : int
        Videos in both with another title, platform or other detail.
    has_status : bool
        Both snapshots have the status of each video in both.
    views_changed, views_equal, views_missing : int
        Videos in both: with other views, with the same views, without views in either snapshot.
    """

    both: int
    added: int
    removed: int
    details_changed: int
    has_status: bool
    views_changed: int
    views_equal: int
    views_missing: int


@dataclass(frozen=True)
class ReadingFacts:
    """What became of the readings of the campaign's videos.

    Attributes
    ----------
    both, new, gone : int
        Of the videos in both snapshots: readings in both, in the later one only, in the earlier one only.
    of_added, of_removed : int
        Readings of the added videos, and those of the removed ones.
    values_changed, readings_changed, videos_changed : int
        Counts at readings in both that are other numbers now, the readings and the videos that have them.
    values_appeared, values_gone : int
        Counts at readings in both that only the later snapshot has, or only the earlier one.
    """

    both: int
    new: int
    gone: int
    of_added: int
    of_removed: int
    values_changed: int
    readings_changed: int
    videos_changed: int
    values_appeared: int
    values_gone: int


@dataclass(frozen=True)
class PairFacts:
    """All that the sentences about an earlier and a later snapshot depend on."""

    time_zone: str
    period_end: str
    counted: str
    same_content: bool
    then: SnapshotFacts
    now: SnapshotFacts
    videos: VideoFacts
    readings: ReadingFacts


def is_changed(figure: Mapping[str, Any]) -> bool:
    """Return whether a figure has another value now, or a value in one of the two snapshots only.

    Examples
    --------
    >>> is_changed({"then": 5000, "now": None}), is_changed({"then": None, "now": None})
    (True, False)
    """
    sides = (figure["then"], figure["now"])
    return bool(abs(sides[1] - sides[0]) > _NOISE) if None not in sides else sides != (None, None)


def taken_at(snapshot: Snapshot) -> dt.datetime:
    """Return when a snapshot was taken."""
    found = dt.datetime.fromisoformat(snapshot.manifest["taken_at"])
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def has_same_content(snapshot: Snapshot, since: Snapshot) -> bool:
    """Return whether two snapshots have the same content."""
    return bool(snapshot.manifest["content_digest"] == since.manifest["content_digest"])


def pair_facts(earlier: Side, later: Side, videos: Sequence[Figure], readings: Figure) -> PairFacts:
    """Return what the sentences about both snapshots depend on; the earlier figures name videos by their later ids."""
    (then, since), (now, snapshot) = earlier, later
    counted, corrected = now["settings"]["counted"], readings["corrected"]
    numbers = {name: readings[name] for name in ("both", "new", "gone", "of_added", "of_removed")}
    return PairFacts(
        time_zone=now["campaign"]["time_zone"],
        period_end=now["campaign"]["end"],
        counted=counted,
        same_content=has_same_content(snapshot, since),
        then=_snapshot_facts(since, then),
        now=_snapshot_facts(snapshot, now),
        videos=_video_facts(then, now, videos, "views_counted"),
        readings=ReadingFacts(
            **numbers,
            values_changed=corrected["values"],
            readings_changed=corrected["readings"],
            videos_changed=corrected["videos"],
            values_appeared=readings["values_appeared"],
            values_gone=readings["values_gone"],
        ),
    )


def _snapshot_facts(snapshot: Snapshot, figures: Mapping[str, Any]) -> SnapshotFacts:
    query, last, end = snapshot.manifest.get("query") or {}, figures["snapshot"]["as_of"], figures["campaign"]["end"]
    last_reading = None if last is None else dt.datetime.fromisoformat(last)
    return SnapshotFacts(
        taken_at=taken_at(snapshot),
        last_reading=last_reading,
        platform=query.get("platform"),
        status=query.get("status"),
        is_part=is_part(snapshot),
        reaches_end=last_reading is not None and last_reading >= dt.datetime.fromisoformat(end),
    )


def _video_facts(then: Mapping[str, Any], now: Mapping[str, Any], videos: Sequence[Figure], measure: str) -> VideoFacts:
    states = Counter(one["state"] for one in videos)
    both = [one for one in videos if one["state"] == "stayed"]
    ids = {one["video_id"] for one in both}
    views = [one["measures"][measure] for one in both]
    changed = sum(is_changed(figure) for figure in views)
    missing = sum(figure["then"] is None and figure["now"] is None for figure in views)
    return VideoFacts(
        both=len(both),
        added=states["came"],
        removed=states["went"],
        details_changed=sum(bool(one["fields"]) for one in both),
        has_status=all(one["status"] for side in (then, now) for one in side["videos"] if one["video_id"] in ids),
        views_changed=changed,
        views_equal=len(both) - changed - missing,
        views_missing=missing,
    )
