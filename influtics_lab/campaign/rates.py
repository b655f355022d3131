"""Engagement rates of groups of videos, with intervals: as last read in the period, and at one equal age."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.counts import Figure, Standing
from influtics_lab.campaign.kinds import hours_of
from influtics_lab.campaign.material import Material
from influtics_lab.campaign.reasons import known, unknown
from influtics_lab.campaign.scopes import CAMPAIGN, Scope
from influtics_lab.metrics import compare
from influtics_lab.schema import COUNTS, Instant

_WHOLE: Final = pl.lit(CAMPAIGN, dtype=pl.String).alias(CAMPAIGN)  # one group, whatever the campaign is called
_NO_AGES: Final[Figure] = {"youngest": None, "median": None, "oldest": None, "n": 0}


def last_rates(material: Material, standing: Mapping[str, Mapping[str, Standing]], kind: str) -> dict[Any, Figure]:
    """Give the rate of each group of one kind from the counts as last read; rates of other ages are no comparison.

    Parameters
    ----------
    material : Material
    standing : mapping
        As `counts.standings` gives it.
    kind : {"campaign", "creator", "platform"}

    Returns
    -------
    dict
        By the group's name.
    """
    rows = _last_rows(material, standing)
    found = _compared(material, rows, kind, at_age=None)
    for name, figure in found.items():
        of_group = rows.filter(pl.col(kind).eq_missing(pl.lit(name, dtype=pl.String)))
        figure["age_hours"] = _ages(of_group)
    return found


def rates_at_age(material: Material, kind: str) -> dict[Any, Figure]:
    """Give the rate of each group of one kind with all videos at the age of comparison, whenever that was."""
    at_age = material.campaign.compare.at_age
    return _compared(material, material.own.with_columns(_WHOLE), kind, at_age=at_age)


def rate_of_video(standing: Mapping[str, Standing], place: str) -> Figure:
    """Give one video's rate: ``100 engagements / views``."""
    engagements, views = standing["engagements"][place], standing["views"][place]
    for figure in (engagements, views):
        if figure["value"] is None:
            return unknown(figure["reason"])
    if views["value"] <= 0:
        return unknown("no_views")
    return known(engagements["value"] * 100.0 / views["value"])


def rate_of(found: Mapping[str, Any], scope: Scope, material: Material, *, at_age: bool) -> Figure:
    """Give the rate of a group from what was found of it; one of which nothing was read has the same keys."""
    settings, comparison = material.campaign.estimators, material.campaign.compare
    nothing: Figure = {"n": 0, "of": scope.asked, "n_effective": None, "parts": "+".join(settings.parts)}
    if at_age:
        nothing |= {"age": comparison.age, "age_hours": hours_of(comparison.at_age), "without_age": 0}
    else:
        nothing["age_hours"] = _NO_AGES
    reason = "no_rate_known" if scope.videos else "no_videos"
    nothing |= {name: unknown(reason, low=None, high=None) for name in settings.engagement_rate}
    return {**nothing, **found, "of": scope.asked}


def _last_rows(material: Material, standing: Mapping[str, Mapping[str, Standing]]) -> pl.DataFrame:
    """Give one row for each video that has any count in the period: each count as last read in it."""
    rows = []
    for video, counts in standing.items():
        instants = [counts[count]["last_read"]["at"] for count in COUNTS if counts[count]["last_read"]["at"]]
        if instants:
            values = {count: counts[count]["last_read"]["value"] for count in COUNTS}
            rows.append({"video_id": video, "at": max(instants), **values})
    schema = {"video_id": pl.String(), "at": pl.String(), **dict.fromkeys(COUNTS, pl.Int64())}
    frame = pl.DataFrame(rows, schema=schema)
    when = pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC").cast(Instant)
    traits = material.videos.select("video_id", "platform", "creator", "published_at", "created_at")
    timed = frame.with_columns(when.alias("timestamp")).drop("at")
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
    figure: Figure = {"n": row["n"], "n_effective": row["n_effective"], "parts": row["engagement_parts"]}
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
