"""Where each video stands among others at one equal age."""

from __future__ import annotations

import datetime as dt
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material
from influtics_lab.campaign.figures.count_figures import Figure
from influtics_lab.campaign.figures.missing_reasons import known, unknown
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.metrics import benchmark

MEASURES: Final = ("views", "engagement_rate")
_FEWEST: Final = 5
_ORIGINS: Final = {"published": "published_at", "tracked": "created_at"}


def comparisons(material: Material) -> dict[str, dict[str, Figure]]:
    """Give each video's value at the age of comparison, and in percent how many of the others it beats.

    The others are those of its platform in the snapshot, its creator's earlier videos, or the videos that the file
    names; videos of the campaign itself are never among them.

    Returns
    -------
    dict
        By video, then by measure: ``value`` and its ``reason``, ``others``, ``percentile_pct`` and its
        ``percentile_reason``.
    """
    found: dict[str, dict[str, Figure]] = {video: {} for video in material.chosen.videos}
    by_history = material.campaign.compare.against == "own history"
    for measure in MEASURES:
        values = _values_at_age(material, measure)
        others_of = _others_of(material, {video: value for video, value in values.items() if value is not None})
        why = _why_not(material, values.keys())
        for video in material.chosen.videos:
            of_nobody = by_history and video not in material.chosen.creator_of
            others = [] if of_nobody or video not in values else others_of(video)
            figure = _figure(values.get(video), why[video], others)
            found[video][measure] = figure | {"percentile_reason": "no_creator"} if of_nobody else figure
    return found


def middle(found: Mapping[str, Mapping[str, Figure]], measure: str, missing: int = 0) -> Figure:
    """Return the median of the videos' percentiles, of all videos that were asked for."""
    figures = [each[measure] for each in found.values()]
    there = [figure["percentile_pct"] for figure in figures if figure["percentile_pct"] is not None]
    facts = {"n": len(there), "of": len(figures) + missing}
    if there:
        return known(statistics.median(there), **facts)
    reasons = {figure["percentile_reason"] for figure in figures}
    return unknown(
        "no_comparison" if "no_comparison" in reasons and "few_others" not in reasons else "few_others", **facts
    )


def _values_at_age(material: Material, measure: str) -> dict[str, float | None]:
    """Return the value at the age of comparison of each video of the snapshot that has readings."""
    settings, estimators = material.campaign.compare, material.campaign.estimators
    found = benchmark(
        material.readings,
        settings.at_age,
        measure,
        age=settings.age,
        parts=estimators.parts,
        max_gap=estimators.max_gap,
    )
    return dict(found.select("video_id", "benchmark_value").rows())


def _others_of(material: Material, values: Mapping[str, float]) -> Callable[[str], list[float]]:
    """Return what looks up the sorted values of the videos that one is compared with: none of the campaign's."""
    against, origin = material.campaign.compare.against, _ORIGINS[material.campaign.compare.age]
    key = {"platform": "platform", "own history": "creator"}.get(against)
    facts = {row["video_id"]: row for row in material.listed.iter_rows(named=True)}
    own, named = set(material.chosen.videos), set(material.chosen.others)
    candidates = [video for video in values if video not in own and (key is not None or video in named)]
    groups: dict[Any, list[str]] = {}
    for video in sorted(candidates, key=lambda candidate: values[candidate]):
        groups.setdefault(facts[video][key] if key else None, []).append(video)

    def look_up(video: str) -> list[float]:
        others, born = groups.get(facts[video][key] if key else None, []), facts[video][origin]
        if against == "own history":
            earlier = (other for other in others if facts[other][origin] is not None)
            others = [other for other in earlier if born is not None and facts[other][origin] < born]
        return [values[other] for other in others]

    return look_up


def _figure(value: float | None, why: str, others: Sequence[float]) -> Figure:
    """Return a video's value, and in percent how many of the others it beats; equal ones count half."""
    figure = known(value) if value is not None else unknown(why)
    facts: Figure = {"others": len(others), "percentile_pct": None, "percentile_reason": why}
    if value is not None:
        facts["percentile_reason"] = "few_others" if others else "no_comparison"
    if value is not None and len(others) >= _FEWEST:
        below, up_to = bisect_left(others, value), bisect_right(others, value)
        facts |= {"percentile_pct": 100.0 * (below + (up_to - below) / 2.0) / len(others), "percentile_reason": None}
    return figure | facts


def _why_not(material: Material, with_readings: Collection[str]) -> dict[str, str]:
    """Return for each video why it has no value at the age of comparison, if it has none."""
    origin, age = (
        _ORIGINS[material.campaign.compare.age],
        dt.timedelta(hours=parse_hours(material.campaign.compare.at_age)),
    )
    last = dict(material.own.group_by("video_id").agg(pl.col("timestamp").max()).rows())
    return {
        video: "no_readings" if video not in with_readings else _reason(last.get(video), born, age)
        for video, born in material.videos.select("video_id", origin).rows()
    }


def _reason(last: dt.datetime | None, born: dt.datetime | None, age: dt.timedelta) -> str:
    if last is None:
        return "no_readings"
    if born is None:
        return "no_publication"
    return "too_young" if last < born + age else "not_at_age"
