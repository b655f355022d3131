"""An earlier and a later snapshot of a campaign, each with its key figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from influtics_lab.campaign.figures.key_figure_types import KeyFigures, VideoFigures
from influtics_lab.platforms import canonical_id
from influtics_lab.snapshot import Snapshot


@dataclass(frozen=True)
class PairSide:
    """One of the two snapshots, with the key figures of the campaign."""

    figures: KeyFigures
    snapshot: Snapshot

    @property
    def taken_at(self) -> dt.datetime:
        """When the snapshot was taken."""
        instant = dt.datetime.fromisoformat(self.snapshot.manifest["taken_at"])
        return instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)

    @property
    def last_reading(self) -> dt.datetime | None:
        """The last reading of any of its videos; None where it has no readings."""
        as_of = self.figures.snapshot.as_of
        return None if as_of is None else dt.datetime.fromisoformat(as_of)

    @property
    def query(self) -> dict[str, str]:
        """The filters of its query by their names, without those that are not set."""
        query = self.snapshot.manifest.get("query") or {}
        return {name: query[name] for name in ("platform", "status") if query.get(name) is not None}

    @property
    def is_part(self) -> bool:
        """Whether it is one page of the list only."""
        return str(self.snapshot.manifest["completeness"]["proven"]).startswith("part:")

    @cached_property
    def listed_ids(self) -> frozenset[str]:
        """The ids of all videos of the snapshot."""
        return frozenset(self.snapshot.videos["video_id"])

    @cached_property
    def listed_names(self) -> frozenset[str]:
        """The canonical ids of all videos of the snapshot."""
        rows = self.snapshot.videos.select("platform", "external_video_id").rows()
        return frozenset(filter(None, (canonical_id(*row) for row in rows)))

    @property
    def reaches_end(self) -> bool:
        """Whether it has a reading at or after the end of the period."""
        last = self.last_reading
        return last is not None and last >= dt.datetime.fromisoformat(self.figures.campaign.end)


@dataclass(frozen=True)
class SnapshotPair:
    """The earlier and the later snapshot.

    Attributes
    ----------
    then, now : PairSide
    later_ids : dict of str to str
        The later id of each video that the service tracks under another id now.
    """

    then: PairSide
    now: PairSide
    later_ids: dict[str, str]

    @property
    def is_same(self) -> bool:
        """Whether both snapshots have the same content."""
        return self.then.figures.snapshot.content_digest == self.now.figures.snapshot.content_digest

    @property
    def videos_then(self) -> dict[str, VideoFigures]:
        """The earlier videos of the campaign by their later ids."""
        return {self.later_ids.get(video.video_id, video.video_id): video for video in self.then.figures.videos}

    @property
    def videos_now(self) -> dict[str, VideoFigures]:
        """The later videos of the campaign by their ids."""
        return {video.video_id: video for video in self.now.figures.videos}


def pair_snapshots(then: PairSide, now: PairSide) -> SnapshotPair:
    """Pair two snapshots; a video that is tracked under another id now is the same video."""
    ids_then, ids_now = ({video.video_id for video in side.figures.videos} for side in (then, now))
    tracked_again: dict[str, list[str]] = {}
    for video in now.figures.videos:
        if video.video_id not in ids_then and (name := canonical_name(video)) is not None:
            tracked_again.setdefault(name, []).append(video.video_id)
    later_ids = {}
    for video in then.figures.videos:
        candidates = tracked_again.get(canonical_name(video) or "", [])
        if video.video_id not in ids_now and candidates:
            later_ids[video.video_id] = candidates.pop(0)
    return SnapshotPair(then, now, later_ids)


def canonical_name(video: VideoFigures) -> str | None:
    """Return a video's canonical id."""
    return canonical_id(video.platform, video.external_video_id)
