"""Which views of a campaign are counted in two ways, as their platform changed what a view is in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.count_figures import FROM_0, GAINED
from influtics_lab.campaign.figures.video_counts import CountsByVideo
from influtics_lab.platforms import collect_rules
from influtics_lab.text_format import limit_list, plural

_SHOWN = 5


class CountedSpan(NamedTuple):
    """A video, and from when to when its views are counted."""

    video: str
    platform: str | None
    begins: dt.datetime | None
    ends: dt.datetime


def describe_crossed_rules(spans: Iterable[CountedSpan]) -> Iterator[str]:
    """Yield a sentence for each counting rule that changed while views were counted, with the videos."""
    counted = list(spans)
    for rule in collect_rules():
        crossing = [
            span.video
            for span in counted
            if span.platform == rule.platform and span.begins is not None and span.begins < rule.starts_at <= span.ends
        ]
        if crossing:
            names = ", ".join(limit_list(crossing, _SHOWN, "{} more"))
            share = f"{len(crossing):,} of {plural(len(counted), 'video')}"
            shorts = ", if they are Shorts" if rule.scope != "all" else ""
            yield (
                f"{rule.platform} changed what a view is on {rule.changed_on}: {rule.change}. Views of {share} "
                f"were counted before and after{shorts}: {names}. Their gains, targets and prices mix both."
            )


def find_counted_spans(data: CampaignData, counts: CountsByVideo) -> Iterator[CountedSpan]:
    """Yield from when to when each of the campaign's videos counts views in the period."""
    rows = data.own_in_window.filter(pl.col("views").is_not_null()).group_by("video_id").agg(pl.col("timestamp").max())
    last = dict(rows.rows())
    for row in data.videos.iter_rows(named=True):
        video = row["video_id"]
        if video in last:
            begins = row["published_at"] or row["created_at"]
            if counts[video].views.counted.basis in {GAINED, FROM_0}:
                begins = data.window.start if begins is None else max(begins, data.window.start)
            yield CountedSpan(video, row["platform"], begins, last[video])
