"""What the figures of a campaign are made of: its videos, their readings, the period, and what was chosen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from influtics_lab.campaign.figures.canonical_series import counting_series, repeated_series
from influtics_lab.campaign.figures.matching import Chosen, choose, with_given_publication
from influtics_lab.campaign.file.local_dates import resolve_period
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.metrics import flag_counters
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

HIDDEN = "hidden_counts"


@dataclass(frozen=True)
class Window:
    """A time in which counts are looked at.

    Attributes
    ----------
    start, until : datetime
        In UTC.
    running : bool
        It ends with the snapshot: each video counts up to its own last reading.
    """

    start: dt.datetime
    until: dt.datetime
    running: bool


@dataclass(frozen=True)
class Material:
    """A campaign laid over a snapshot.

    Attributes
    ----------
    videos : polars.DataFrame
        The campaign's videos, sorted by id, with ``creator``.
    listed : polars.DataFrame
        The videos of the snapshot, each once, with ``creator``.
    readings : polars.DataFrame
        The readings of the listed videos, with ``creator``, flags, and hidden counts as null.
    repeated : dict of str to tuple of str
        For each of the campaign's videos that is tracked more than once, the series that do not count.
    as_of : datetime or None
        The last reading of the snapshot that is no failed poll. It is today: figures know no clock.
    """

    campaign: Campaign
    manifest: dict[str, Any]
    chosen: Chosen
    videos: pl.DataFrame
    listed: pl.DataFrame
    readings: pl.DataFrame
    rejected: pl.DataFrame
    repeated: dict[str, tuple[str, ...]]
    as_of: dt.datetime | None

    @cached_property
    def own(self) -> pl.DataFrame:
        """The readings of the campaign's videos."""
        return self.readings.filter(pl.col("video_id").is_in(list(self.chosen.videos)))

    @property
    def window(self) -> Window:
        """The period, as far as the snapshot knows it."""
        start, end = resolve_period(self.campaign)
        return self.window_until(end, start)

    def window_until(self, end: dt.datetime, start: dt.datetime) -> Window:
        """Give the time from a start to an end, as far as the snapshot knows it."""
        running = self.as_of is not None and end > self.as_of
        return Window(start, self.as_of if running and self.as_of is not None else end, running)

    @property
    def seed(self) -> int:
        """The seed of every draw: from the snapshot's content."""
        return int(str(self.manifest["content_digest"])[:12], 16)

    @property
    def counted(self) -> str:
        """Which counts money, targets and contributions take: ``auto``, ``last_read`` or ``gained``."""
        return {"read": "last_read"}.get(self.campaign.estimators.counted, self.campaign.estimators.counted)


def gather(campaign: Campaign, snapshot: Snapshot) -> Material:
    """Lay a campaign over a snapshot.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot

    Returns
    -------
    Material
    """
    shown = _shown(flag_counters(snapshot.frame()))
    series = counting_series(snapshot.videos, shown)
    chosen = choose(campaign, snapshot.videos, series)
    listed = snapshot.videos.filter(~pl.col("video_id").is_in(list(series)))
    creators = pl.Series("creator", [chosen.creator_of.get(video) for video in listed["video_id"]], dtype=pl.String)
    videos = with_given_publication(campaign, listed, chosen.published).with_columns(creators)
    traits = videos.select("video_id", "creator", "published_at")
    readings = shown.drop("published_at").join(traits, on="video_id", how="inner", maintain_order="left")
    return Material(
        campaign=campaign,
        manifest=snapshot.manifest,
        chosen=chosen,
        videos=videos.filter(pl.col("video_id").is_in(list(chosen.videos))).sort("video_id"),
        listed=videos,
        readings=readings,
        rejected=snapshot.rejected,
        repeated={video: others for video, others in repeated_series(series).items() if video in chosen.videos},
        as_of=shown.filter(~pl.col("is_failed_poll"))["timestamp"].max(),  # type: ignore[arg-type]  # an instant
    )


def reported(count: str) -> pl.Expr:
    """Return whether a count was reported at a reading, be it hidden."""
    return pl.col(f"{count}_reported")


def _shown(flagged: pl.DataFrame) -> pl.DataFrame:
    """Replace hidden counts, and all of a failed poll, by null; say of each count when it was read.

    Metrics judge zeros again; where they see when a count was read, they take it as visible.
    """
    hidden = pl.col(HIDDEN).fill_null("").str.split("+")
    seen = flagged.with_columns(
        *(pl.col(count).is_not_null().alias(f"{count}_reported") for count in COUNTS),
        *(
            pl.when(~(hidden.list.contains(count) | pl.col("is_failed_poll"))).then(pl.col(count)).alias(count)
            for count in COUNTS
        ),
    )
    return seen.with_columns(
        pl.when(pl.col(count).is_not_null()).then(pl.col("timestamp")).alias(f"{count}_at") for count in COUNTS
    )
