"""The groups of videos that figures are told for: the campaign, each creator, each platform, each video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material
from influtics_lab.campaign.file.model import Spend

CAMPAIGN = "campaign"


@dataclass(frozen=True)
class Scope:
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
        """Return how many videos were asked for: those that are there, and those that are missing."""
        return len(self.videos) + self.missing

    def is_named_by(self, spend: Spend) -> bool:
        """Say whether a spend names just this group."""
        if self.kind == CAMPAIGN:
            return True
        return self.name is not None and self.name == getattr(spend, self.kind)


def campaign(material: Material) -> Scope:
    """Give all videos of the campaign."""
    return Scope(CAMPAIGN, material.campaign.name, material.chosen.videos, len(material.chosen.missing))


def creators(material: Material) -> Iterator[Scope]:
    """Give each creator's videos in the campaign, by name, then those of nobody; nothing where none is named."""
    if material.campaign.creators:
        yield from _groups(material, "creator", sorted(material.chosen.creators))


def platforms(material: Material) -> Iterator[Scope]:
    """Give each platform's videos, by name, then those without one."""
    yield from _groups(material, "platform", sorted(set(material.videos["platform"].drop_nulls())))


def single(material: Material) -> Iterator[Scope]:
    """Give each video by itself, by id."""
    for video in material.chosen.videos:
        yield Scope("video", video, (video,))


def _groups(material: Material, column: str, names: list[str]) -> Iterator[Scope]:
    missing = Counter(getattr(post, column) for post in material.chosen.missing)
    for name in names:
        videos = tuple(material.videos.filter(pl.col(column) == name)["video_id"])
        yield Scope(column, name, videos, missing[name])
    if rest := tuple(material.videos.filter(pl.col(column).is_null())["video_id"]):
        # Whose platform is unknown may be on any: such a post is missing from the campaign alone.
        yield Scope(column, None, rest, missing[None] if column == "creator" else 0)
