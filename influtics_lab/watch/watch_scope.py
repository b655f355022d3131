"""Which videos a condition is about, and what they are called together."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.matching import choose_videos
from influtics_lab.campaign.file.model import Campaign, Creator, Period, Videos
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.errors import DataQualityWarning
from influtics_lab.metrics import with_creator
from influtics_lab.platforms import canonical_ids
from influtics_lab.watch.watch_conditions import Condition
from influtics_lab.watch.watch_file import Watch

_ALWAYS: Final = Period(start=dt.date(1970, 1, 1), end=dt.date(2200, 1, 1))


@dataclass(frozen=True)
class Scope:
    """The videos of a condition.

    Attributes
    ----------
    label : str
        What they are called together, such as ``TikTok`` or ``all videos``.
    ids : frozenset of str, or None
        Their ids; None for all videos.
    campaign : Campaign, optional
    unmatched : tuple of str
        Ids and links in the condition that name no video of the archive.
    """

    label: str
    ids: frozenset[str] | None
    campaign: Campaign | None = None
    unmatched: tuple[str, ...] = ()

    def select(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of its videos."""
        return rows if self.ids is None else rows.filter(pl.col("video_id").is_in(list(self.ids)))

    def list_ids(self, videos: pl.DataFrame) -> frozenset[str]:
        """Return the ids of its videos: of all of a table where it is about all."""
        return frozenset(videos["video_id"]) if self.ids is None else self.ids


def find_scope(condition: Condition, watch: Watch, folder: Path, videos: pl.DataFrame) -> Scope:
    """Return the videos of an archive that a condition is about.

    Parameters
    ----------
    condition : Condition
    watch : Watch
    folder : pathlib.Path
        The folder of the files that it names.
    videos : polars.DataFrame
        The archive's videos.

    Raises
    ------
    ConfigError
        If a file cannot be read.
    """
    labels: list[str] = []
    chosen, campaign, unmatched = videos, None, list[str]()
    if condition.platform:
        labels.append(" and ".join(condition.platform))
        chosen = chosen.filter(pl.col("platform").is_in(list(condition.platform)))
    if condition.campaign is not None:
        campaign = read_campaign(folder / condition.campaign)
        labels.append(f'campaign "{campaign.name}"')
        chosen = chosen.filter(pl.col("video_id").is_in(_find_campaign_videos(campaign, videos)))
    if condition.creator:
        labels.append(" and ".join(condition.creator))
        made = _find_creator_videos(condition, campaign, watch, folder, videos)
        chosen = chosen.filter(pl.col("video_id").is_in(made))
    if condition.video:
        labels.append("named videos" if len(condition.video) > 1 else condition.video[0])
        named, unmatched = _find_named(condition.video, videos)
        chosen = chosen.filter(pl.col("video_id").is_in(named))
    ids = frozenset(chosen["video_id"]) if labels else None
    return Scope(", ".join(labels) or "all videos", ids, campaign, tuple(unmatched))


def _find_campaign_videos(campaign: Campaign, videos: pl.DataFrame) -> list[str]:
    """Return a campaign's videos, and further series of the same videos."""
    ids = canonical_ids()
    chosen = pl.col("video_id").is_in(list(choose_videos(campaign, videos).videos))
    same = videos.filter(chosen).select(ids).to_series().drop_nulls()
    return videos.filter(chosen | ids.is_in(same.implode()).fill_null(value=False))["video_id"].to_list()


def _find_creator_videos(
    condition: Condition, campaign: Campaign | None, watch: Watch, folder: Path, videos: pl.DataFrame
) -> list[str]:
    if campaign is not None and campaign.creators:
        made = choose_videos(campaign, videos).creators
        return [video for name in condition.creator for video in made.get(name, ())]
    if watch.creators_csv is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        named = with_creator(videos, folder / watch.creators_csv)
    return named.filter(pl.col("creator").is_in(list(condition.creator)))["video_id"].to_list()


def _find_named(names: tuple[str, ...], videos: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Return the videos that ids or links name, and the names of no video."""
    named = Campaign(name="watch", period=_ALWAYS, videos=Videos(ids=("",)), creators=(Creator(name="", videos=names),))
    found = choose_videos(named, videos)
    return list(found.creators[""]), [item.text for item in found.unmatched if item.text]
