"""The groups of videos that have figures: the campaign, each creator, each platform, each video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.file.model import Spend

CAMPAIGN: Final = "campaign"
GROUP_KINDS: Final = ("creator", "platform")


@dataclass(frozen=True)
class VideoGroup:
    """A group of the campaign's videos.

    Attributes
    ----------
    kind : str
        ``campaign``, ``creator``, ``platform`` or ``video``.
    name : str or None
        Which one; null for videos without a creator or platform.
    videos : tuple of str
    missing : int
        How many posts the file names for this group that the snapshot does not have.
    """

    kind: str
    name: str | None
    videos: tuple[str, ...]
    missing: int = 0

    @property
    def asked(self) -> int:
        """How many posts were asked for: those that are in the snapshot, and those that are missing."""
        return len(self.videos) + self.missing

    def is_named_by(self, spend: Spend) -> bool:
        """Return whether a spend names just this group."""
        if self.kind == CAMPAIGN:
            return True
        return self.name is not None and self.name == getattr(spend, self.kind)


def whole_campaign(data: CampaignData) -> VideoGroup:
    """Return all videos of the campaign."""
    return VideoGroup(CAMPAIGN, data.campaign.name, data.chosen.videos, len(data.chosen.missing))


def list_groups(data: CampaignData, kind: str) -> Iterator[VideoGroup]:
    """Yield the videos of each creator or platform, by name, then those without one.

    There are no creators where the campaign file names none.
    """
    if kind == "creator" and not data.campaign.creators:
        return
    names = data.chosen.creators if kind == "creator" else set(data.videos["platform"].drop_nulls())
    missing = Counter(getattr(post, kind) for post in data.chosen.missing)
    for name in sorted(names):
        videos = tuple(data.videos.filter(pl.col(kind) == name)["video_id"])
        yield VideoGroup(kind, name, videos, missing[name])
    if rest := tuple(data.videos.filter(pl.col(kind).is_null())["video_id"]):
        # Whose platform is unknown may be on any: such a post is missing from the campaign alone.
        yield VideoGroup(kind, None, rest, missing[None] if kind == "creator" else 0)
