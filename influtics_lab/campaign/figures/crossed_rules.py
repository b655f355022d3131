"""Which views of a campaign are counted in two ways, as their platform changed what a view is in between.

Rules are those that are known and those that the campaign file adds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.count_figures import FROM_0, GAINED
from influtics_lab.campaign.figures.video_counts import CountsByVideo
from influtics_lab.metrics._rule_crossings import describe_sides
from influtics_lab.platforms import CountingRule
from influtics_lab.text_format import limit_list, plural

_SHOWN = 5


class CountedSpan(NamedTuple):
    """A video, and from when to when its views are counted."""

    video: str
    platform: str | None
    begins: dt.datetime | None
    ends: dt.datetime


def describe_crossed_rules(spans: Iterable[CountedSpan], rules: Sequence[CountingRule]) -> Iterator[str]:
    """Yield a sentence for each counting rule that changed while views were counted, with the videos."""
    counted = list(spans)
    for rule in rules:
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


def describe_compared_rules(data: CampaignData) -> Iterator[str]:
    """Yield how many videos that are compared at equal age lie on each side of a counting rule; none if on one side."""
    compare, rows = data.campaign.compare, data.at_age
    own = rows.filter(pl.col("video").is_in(list(data.chosen.videos)), pl.col("views").is_not_null())
    if compare.against == "videos":
        alike = pl.col("video").is_in(list(data.chosen.others)) | pl.col("video").is_in(own["video"].implode())
    else:
        trait = "platform" if compare.against == "platform" else "creator"
        alike = pl.col(trait).is_in(own[trait].drop_nulls().unique().implode())
    if own.height and (sides := describe_sides(rows.filter(alike), rows.filter(alike), data.rules)):
        yield f"Videos that are compared at equal age lie on both sides of a counting rule: {sides}."


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
