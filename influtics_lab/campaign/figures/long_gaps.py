"""Gaps between readings over which a gain is interpolated, where they are long enough to be a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.video_counts import CountsByVideo
from influtics_lab.campaign.file.local_dates import resolve_max_gap

HOUR: Final = dt.timedelta(hours=1)


def find_long_gaps(data: CampaignData, counts: CountsByVideo) -> dict[str, dt.timedelta]:
    """Return for each video whose gain of views rests on a long gap around an end of the period how long it is."""
    limit, window = resolve_max_gap(data.campaign), data.window
    gaps: dict[str, dt.timedelta] = {}
    for video, instant, gap in _find_gaps_around(data, (window.start, window.until)):
        views = counts[video].views
        end = views.at_start if instant == window.start else views.at_end
        if gap > limit and (end.reason == "gap" or end.basis == "interpolated"):
            gaps[video] = max(gap, gaps.get(video, gap))
    return dict(sorted(gaps.items()))


def _find_gaps_around(
    data: CampaignData, instants: tuple[dt.datetime, ...]
) -> Iterator[tuple[str, dt.datetime, dt.timedelta]]:
    """Yield for each video the time between the readings before and after an instant, where there are both."""
    time = pl.col("timestamp")
    readings = data.own.drop_nulls("views").group_by("video_id")
    for instant in instants:
        ends = readings.agg(time.filter(time <= instant).max().alias("before"), time.filter(time >= instant).min())
        for video, before, after in ends.drop_nulls().select("video_id", "before", "timestamp").rows():
            yield video, instant, after - before
