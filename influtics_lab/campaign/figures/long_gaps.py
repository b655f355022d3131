"""Gaps between readings over which a gain is interpolated, where they are too long to pass over in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import Material
from influtics_lab.campaign.figures.video_counts import Standing
from influtics_lab.campaign.file.local_dates import resolve_max_gap

HOUR: Final = dt.timedelta(hours=1)


def long_gaps(material: Material, standing: Mapping[str, Mapping[str, Standing]]) -> dict[str, dt.timedelta]:
    """Return for each video whose gain of views rests on a long gap around an end of the period how long it is."""
    limit, window = resolve_max_gap(material.campaign), material.window
    found: dict[str, dt.timedelta] = {}
    for video, instant, gap in _brackets(material, (window.start, window.until)):
        place = "at_start" if instant == window.start else "at_end"
        figure = standing[video]["views"][place]
        if gap > limit and (figure["reason"] == "gap" or figure["basis"] == "interpolated"):
            found[video] = max(gap, found.get(video, gap))
    return dict(sorted(found.items()))


def _brackets(material: Material, instants: tuple[dt.datetime, ...]) -> Iterator[tuple[str, dt.datetime, dt.timedelta]]:
    """Yield for each video how far the readings before and after an instant are apart, where there are both."""
    time = pl.col("timestamp")
    readings = material.own.drop_nulls("views").group_by("video_id")
    for instant in instants:
        ends = readings.agg(time.filter(time <= instant).max().alias("before"), time.filter(time >= instant).min())
        for video, before, after in ends.drop_nulls().select("video_id", "before", "timestamp").rows():
            yield video, instant, after - before
