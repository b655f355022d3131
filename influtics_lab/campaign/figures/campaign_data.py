"""What the figures of a campaign are computed from: its videos, their readings, the period, and what was chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.canonical_series import counting_series, repeated_series
from influtics_lab.campaign.figures.matching import ChosenVideos, choose_videos, with_given_publication
from influtics_lab.campaign.file.local_dates import resolve_period
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.errors import check_type
from influtics_lab.metrics import at_age, flag_counters
from influtics_lab.metrics._comparison_sample import Request, build_table
from influtics_lab.platforms import CountingRule, collect_rules
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

HIDDEN: Final = "hidden_counts"
_LONG_BEFORE: Final = dt.timedelta(days=10_000)  # readings before tracking began would have no age


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
class CampaignData:
    """A campaign and the rows of a snapshot that belong to it.

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
    chosen: ChosenVideos
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

    @cached_property
    def window(self) -> Window:
        """The period, as far as the snapshot knows it."""
        return self.window_until(resolve_period(self.campaign)[1])

    @cached_property
    def own_in_window(self) -> pl.DataFrame:
        """The readings of the campaign's videos in its period."""
        return self.own.filter(pl.col("timestamp").is_between(self.window.start, self.window.until))

    def window_until(self, end: dt.datetime) -> Window:
        """Return the time from the period's start to an end, as far as the snapshot knows it."""
        start, _ = resolve_period(self.campaign)
        if self.as_of is not None and end > self.as_of:
            return Window(start, self.as_of, running=True)
        return Window(start, end, running=False)

    @property
    def rules(self) -> tuple[CountingRule, ...]:
        """The counting rules: those that are known, and those that the campaign file adds."""
        return collect_rules(self.campaign.added_rules)

    @property
    def seed(self) -> int:
        """The seed of every draw: from the snapshot's content."""
        return int(str(self.manifest["content_digest"])[:12], 16)

    @property
    def counted(self) -> str:
        """Which counts money, targets and contributions are based on: ``auto``, ``last_read`` or ``gained``."""
        return {"read": "last_read"}.get(self.campaign.estimators.counted, self.campaign.estimators.counted)

    @cached_property
    def at_age(self) -> pl.DataFrame:
        """One row for each listed video with readings: views, engagements and rate at the age of comparison.

        With ``video``, ``creator``, ``platform``, and ``origin``, from which the age counts.
        """
        compare, estimators = self.campaign.compare, self.campaign.estimators
        asked = Request("compare", "video_id", compare.at_age, compare.age, estimators.max_gap, estimators.parts)
        return build_table(self.readings, asked, {"creator": "creator", "platform": "platform"})

    def interpolate_at(self, instant: dt.datetime) -> Mapping[str, Mapping[str, float | None]]:
        """Return the counts of each of the campaign's videos at an instant."""
        if instant not in self._interpolated:
            # The instant is that at which a video that is tracked since long before has a certain age.
            created = pl.lit(instant - _LONG_BEFORE, dtype=self.own.schema["created_at"]).alias("created_at")
            max_gap = self.campaign.estimators.max_gap
            counts = at_age(self.own.with_columns(created), _LONG_BEFORE, *COUNTS, age="tracked", max_gap=max_gap)
            rows = counts.select("video_id", *COUNTS).iter_rows(named=True)
            self._interpolated[instant] = {row["video_id"]: row for row in rows}
        return self._interpolated[instant]

    @cached_property
    def _interpolated(self) -> dict[dt.datetime, dict[str, dict[str, float | None]]]:
        return {}


def check_inputs(campaign: object, snapshot: object) -> None:
    """Raise ConfigError if the inputs of figures are no campaign and no snapshot."""
    check_type("The campaign", campaign, Campaign, "Pass what campaign.read_campaign(path) returns.")
    check_type("The snapshot", snapshot, Snapshot, "Pass what lab.open_snapshot(path) or lab.take_snapshot() returns.")


def gather_data(campaign: Campaign, snapshot: Snapshot) -> CampaignData:
    """Select the rows of a snapshot that belong to a campaign."""
    check_inputs(campaign, snapshot)
    visible = _mask_hidden(flag_counters(snapshot.frame(), rules=campaign.added_rules))
    series = counting_series(snapshot.videos, visible)
    chosen = choose_videos(campaign, snapshot.videos, series)
    listed = snapshot.videos.filter(~pl.col("video_id").is_in(list(series)))
    creators = pl.Series("creator", [chosen.creator_of.get(video) for video in listed["video_id"]], dtype=pl.String)
    videos = with_given_publication(campaign, listed, chosen.published).with_columns(creators)
    traits = videos.select("video_id", "creator", "published_at")
    readings = visible.drop("published_at").join(traits, on="video_id", how="inner", maintain_order="left")
    return CampaignData(
        campaign=campaign,
        manifest=snapshot.manifest,
        chosen=chosen,
        videos=videos.filter(pl.col("video_id").is_in(list(chosen.videos))).sort("video_id"),
        listed=videos,
        readings=readings,
        rejected=snapshot.rejected,
        repeated={video: others for video, others in repeated_series(series).items() if video in chosen.videos},
        as_of=visible.filter(~pl.col("is_failed_poll"))["timestamp"].max(),  # type: ignore[arg-type]  # an instant
    )


def is_reported(count: str) -> pl.Expr:
    """Return whether a count was reported at a reading, visible or hidden."""
    return pl.col(f"{count}_reported")


def _mask_hidden(flagged: pl.DataFrame) -> pl.DataFrame:
    """Replace hidden counts, and all of a failed poll, by null, and add when each visible count was read.

    Metrics judge zeros again; where they see when a count was read, they treat it as visible.
    """
    hidden = pl.col(HIDDEN).fill_null("").str.split("+")
    masked = flagged.with_columns(
        *(pl.col(count).is_not_null().alias(f"{count}_reported") for count in COUNTS),
        *(
            pl.when(~(hidden.list.contains(count) | pl.col("is_failed_poll"))).then(pl.col(count)).alias(count)
            for count in COUNTS
        ),
    )
    return masked.with_columns(
        pl.when(pl.col(count).is_not_null()).then(pl.col("timestamp")).alias(f"{count}_at") for count in COUNTS
    )
