"""Where each video stands among others at one equal age."""

from __future__ import annotations

import datetime as dt
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.counts import Figure
from influtics_lab.campaign.material import Material
from influtics_lab.campaign.reasons import known, unknown
from influtics_lab.metrics import benchmark

MEASURES: Final = ("views", "engagement_rate")
_FEWEST: Final = 5
_ORIGINS: Final = {"published": "published_at", "tracked": "created_at"}


def comparisons(material: Material) -> dict[str, dict[str, Figure]]:
    """Give each video's value at the age of comparison, and in percent how many of the others it beats.

    The others are those of its platform in the snapshot, its creator's earlier videos, or the videos that the file
    names.

    Returns
    -------
    dict
        By video, then by measure: ``value`` and its ``reason``, ``others``, ``percentile_pct`` and its
        ``percentile_reason``.
    """
    found: dict[str, dict[str, Figure]] = {video: {} for video in material.chosen.videos}
    for measure in MEASURES:
        rows = _benchmarked(material, measure)
        why = _why_not(material, rows)
        for video in material.chosen.videos:
            found[video][measure] = _figure(material, rows.get(video), why[video], video)
    return found


def middle(found: Mapping[str, Mapping[str, Figure]], measure: str) -> Figure:
    """Give the median of the videos' percentiles."""
    told = [figures[measure]["percentile_pct"] for figures in found.values()]
    there = [percentile for percentile in told if percentile is not None]
    facts = {"n": len(there), "of": len(told)}
    return known(statistics.median(there), **facts) if there else unknown("few_others", **facts)


def _benchmarked(material: Material, measure: str) -> dict[str, dict[str, Any]]:
    settings, estimators = material.campaign.compare, material.campaign.estimators
    found = benchmark(
        material.readings,
        settings.at_age,
        measure,
        against="creator" if settings.against == "own history" else "platform",
        history=settings.against == "own history",
        age=settings.age,
        parts=estimators.parts,
        max_gap=estimators.max_gap,
    )
    rows = {row["video_id"]: row for row in found.iter_rows(named=True)}
    if settings.against == "videos":
        for video in material.chosen.videos:
            if video in rows:
                rows[video] |= _among(rows, video, material.chosen.others)
    return rows


def _among(rows: Mapping[str, Mapping[str, Any]], video: str, named: Sequence[str]) -> dict[str, Any]:
    """Give how many of the named videos have a value, and the mid-rank percentile among them."""
    values = sorted(
        rows[one]["benchmark_value"]
        for one in named
        if one != video and one in rows and rows[one]["benchmark_value"] is not None
    )
    value, percentile = rows[video]["benchmark_value"], None
    if value is not None and len(values) >= _FEWEST:
        below, up_to = bisect_left(values, value), bisect_right(values, value)
        percentile = 100.0 * (below + (up_to - below) / 2.0) / len(values)
    return {"benchmark_others": len(values), "benchmark_percentile_pct": percentile}


def _figure(material: Material, row: Mapping[str, Any] | None, why: str, video: str) -> Figure:
    value, others, percentile = (
        (row["benchmark_value"], row["benchmark_others"], row["benchmark_percentile_pct"]) if row else (None, 0, None)
    )
    figure = known(value) if value is not None else unknown(why)
    if material.campaign.compare.against == "own history" and video not in material.chosen.creator_of:
        return figure | {"others": 0, "percentile_pct": None, "percentile_reason": "no_creator"}
    reason = None if percentile is not None else "few_others" if value is not None else why
    return figure | {"others": others, "percentile_pct": percentile, "percentile_reason": reason}


def _why_not(material: Material, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Say for each video why it has no value at the age of comparison, if it has none."""
    origin = _ORIGINS[material.campaign.compare.age]
    last = dict(material.own.group_by("video_id").agg(pl.col("timestamp").max()).rows())
    return {
        video: _reason(last.get(video), born, rows.get(video))
        for video, born in material.videos.select("video_id", origin).rows()
    }


def _reason(last: dt.datetime | None, born: dt.datetime | None, row: Mapping[str, Any] | None) -> str:
    if last is None or row is None:
        return "no_readings"
    if born is None:
        return "no_publication"
    return "too_young" if last < born + dt.timedelta(hours=row["benchmark_age_hours"]) else "not_at_age"
