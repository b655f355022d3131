"""Engagement rates of groups of videos, with intervals: as last read in the period, and at one equal age."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material, Window
from influtics_lab.campaign.figures.count_figures import Figure
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.figures.video_counts import Standing
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, Scope
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.campaign.file.local_dates import format_instant
from influtics_lab.metrics import compare
from influtics_lab.schema import COUNTS, Instant

_WHOLE: Final = pl.lit(CAMPAIGN, dtype=pl.String).alias(CAMPAIGN)  # one group, whatever the campaign is called
_NO_AGES: Final[Figure] = {"youngest": None, "median": None, "oldest": None, "n": 0}


@dataclass(frozen=True)
class Rated:
    """The last reading of a video in a window that has views and all parts of an engagement: a rate needs one reading.

    Attributes
    ----------
    at : datetime
    counts : mapping of str to int
    engagements : int
    """

    at: dt.datetime
    counts: Mapping[str, int]
    engagements: int


def rated_readings(material: Material, window: Window) -> dict[str, Rated]:
    """Return for each video that has one the reading of its rate."""
    parts = material.campaign.estimators.parts
    visible = (pl.col(part).is_not_null() for part in parts)
    within = pl.col("timestamp").is_between(window.start, window.until)
    rows = material.own.filter(within, pl.col("views") > 0, *visible).sort("timestamp")
    last = rows.group_by("video_id", maintain_order=True).last()
    return {
        row["video_id"]: Rated(
            row["timestamp"], {count: row[count] for count in COUNTS}, sum(row[part] for part in parts)
        )
        for row in last.iter_rows(named=True)
    }


def last_rates(material: Material, rows: pl.DataFrame, kind: str) -> dict[Any, Figure]:
    """Return the rate of each group of one kind from each video's last reading that has one; ages differ.

    Parameters
    ----------
    material : Material
    rows : polars.DataFrame
        As `rated_rows` returns them.
    kind : {"campaign", "creator", "platform"}

    Returns
    -------
    dict
        By the group's name.
    """
    found = _compared(material, rows, kind, at_age=None)
    for name, figure in found.items():
        of_group = rows.filter(pl.col(kind).eq_missing(pl.lit(name, dtype=pl.String)))
        figure["age_hours"] = _ages(of_group)
    return found


def rates_at_age(material: Material, kind: str) -> dict[Any, Figure]:
    """Give the rate of each group of one kind with all videos at the age of comparison, whenever that was."""
    at_age = material.campaign.compare.at_age
    return _compared(material, material.own.with_columns(_WHOLE), kind, at_age=at_age)


def last_rate_of(counts: Mapping[str, Standing], rated: Rated | None) -> Figure:
    """Return one video's rate at its last reading that has one: ``100 engagements / views``, and when that was."""
    if rated is not None:
        return known(rated.engagements * 100.0 / rated.counts["views"], at=format_instant(rated.at))
    for name in ("engagements", "views"):
        if counts[name]["last_read"]["value"] is None:
            return unknown(counts[name]["last_read"]["reason"], at=None)
    return unknown("no_views" if counts["views"]["last_read"]["value"] <= 0 else "other_reading", at=None)


def gained_rate_of(counts: Mapping[str, Standing]) -> Figure:
    """Return one video's rate of what it gained, where views and engagements are known at the same instants."""
    engagements, views = counts["engagements"]["gained"], counts["views"]["gained"]
    for figure in (engagements, views):
        if figure["value"] is None:
            return unknown(figure["reason"])
    if counts["engagements"]["at_end"]["at"] != counts["views"]["at_end"]["at"]:
        return unknown("other_reading")
    if views["value"] <= 0:
        return unknown("no_views")
    return known(engagements["value"] * 100.0 / views["value"])


def rate_of(found: Mapping[str, Any], scope: Scope, material: Material, *, at_age: bool) -> Figure:
    """Give the rate of a group from what was found of it; one of which nothing was read has the same keys."""
    settings, comparison = material.campaign.estimators, material.campaign.compare
    nothing: Figure = {"n": 0, "of": scope.asked, "n_effective": None, "n_drawn_effective": None}
    nothing["parts"] = "+".join(settings.parts)
    if at_age:
        nothing |= {"age": comparison.age, "age_hours": parse_hours(comparison.at_age), "without_age": 0}
    else:
        nothing["age_hours"] = _NO_AGES
    reason = "no_rate_known" if scope.videos else "no_videos"
    nothing |= {name: unknown(reason, low=None, high=None) for name in settings.engagement_rate}
    return {**nothing, **found, "of": scope.asked}


def rated_rows(material: Material, rated: Mapping[str, Rated]) -> pl.DataFrame:
    """Return one row for each video that has a rate: the reading that it comes from."""
    rows = [{"video_id": video, "timestamp": reading.at, **reading.counts} for video, reading in rated.items()]
    schema = {"video_id": pl.String(), "timestamp": Instant, **dict.fromkeys(COUNTS, pl.Int64())}
    frame = pl.DataFrame(rows, schema=schema)
    timed = frame.with_columns(
        pl.when(pl.col(count).is_not_null()).then(pl.col("timestamp")).alias(f"{count}_at") for count in COUNTS
    )
    traits = material.videos.select("video_id", "platform", "creator", "published_at", "created_at")
    return timed.join(traits, on="video_id", how="left", maintain_order="left").with_columns(_WHOLE)


def _compared(material: Material, frame: pl.DataFrame, kind: str, at_age: str | None) -> dict[Any, Figure]:
    settings = material.campaign.estimators
    groups = compare(
        frame,
        by=kind,
        at_age=at_age,
        age=material.campaign.compare.age,
        parts=settings.parts,
        cluster="creator" if settings.draw == "creators" else None,
        resamples=settings.resamples,
        seed=material.seed,
        level_pct=settings.level_pct,
        max_gap=settings.max_gap,
    )
    return {row[kind]: _figure(row, settings.engagement_rate) for row in groups.iter_rows(named=True)}


def _figure(row: dict[str, Any], estimators: tuple[str, ...]) -> Figure:
    figure: Figure = {name: row[name] for name in ("n", "n_effective", "n_drawn_effective")}
    figure["parts"] = row["engagement_parts"]
    if row["age"] is not None:
        figure |= {"age": row["age"], "age_hours": row["age_hours"], "without_age": row["without_age"]}
    for name in estimators:
        value, low, high = (row[f"engagement_rate_{name}{end}_pct"] for end in ("", "_low", "_high"))
        ends = {"low": low, "high": high}
        if value is None:
            figure[name] = unknown("no_rate_known", **ends)
        else:
            figure[name] = known(value, **ends) | ({} if low is not None else {"reason": "too_few"})
    return figure


def _ages(rows: pl.DataFrame) -> Figure:
    """Give the youngest, middle and oldest age in hours since publication, and of how many videos it is known."""
    ages = [
        (instant - published).total_seconds() / 3600
        for instant, published in rows.select("timestamp", "published_at").rows()
        if published is not None
    ]
    if not ages:
        return dict(_NO_AGES)
    return {"youngest": min(ages), "median": statistics.median(ages), "oldest": max(ages), "n": len(ages)}
