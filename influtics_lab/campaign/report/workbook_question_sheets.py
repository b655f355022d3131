"""The readable sheets of the workbook: one for each question of a client, with few columns; wide tables come behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.platforms import video_page

LINK: Final = "link"
QUESTIONS: Final = {
    "creators": "Who did best, and whom to book again? Creators by multiple of their usual",
    "posts": "Which posts did best? The posts by views, with links",
    "promised": "Was everything posted? The promised posts of the client's sheet",
    "budget": "What is left of the budget? In the currency of the report",
    "outcomes": "What did it bring? Outcomes given by the client",
}


def question_frames(figures: KeyFigures, results: CampaignResults) -> dict[str, pl.DataFrame]:
    """Return the readable sheets that a campaign has, by their names."""
    rows = {
        "creators": _list_creators(figures, results),
        "posts": _list_posts(figures, results),
        "promised": [deliverable.to_dict() for deliverable in results.deliverables],
        "budget": _list_budget(results),
        "outcomes": _list_outcomes(results),
    }
    return {name: _build_frame(list(found)) for name, found in rows.items() if found}


def _build_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    plain = [
        {name: ", ".join(value) if isinstance(value, list) else value for name, value in row.items()} for row in rows
    ]
    return pl.DataFrame(plain, infer_schema_length=None)


def _list_creators(figures: KeyFigures, results: CampaignResults) -> list[dict[str, Any]]:
    groups = {group.name: group for group in figures.by_creator}
    return [
        {
            "creator": creator.name,
            "posts": groups[creator.name].videos,
            "views": groups[creator.name].counts.views.counted.shown,
            "multiple": creator.multiple.value,
            "posts_above_usual": creator.hits,
            "posts_compared": creator.n,
            "hit_rate_low_pct": creator.hit_rate_pct.low,
            "hit_rate_high_pct": creator.hit_rate_pct.high,
            "fee": groups[creator.name].money.spend.value,
            "cpm": groups[creator.name].money.cpm.shown,
            "cost_per_post": creator.cost_per_post.value,
            "advice": creator.advice,
        }
        for creator in results.creators
    ]


def _list_posts(figures: KeyFigures, results: CampaignResults) -> list[dict[str, Any]]:
    costs = {creator.name: creator.cost_per_post.value for creator in results.creators}
    videos = sorted(figures.videos, key=lambda video: (-(video.counts.views.counted.shown or 0.0), video.video_id))
    return [
        {
            "title": video.title or video.external_video_id or video.video_id,
            LINK: video_page(video.platform, video.external_video_id),
            "creator": video.creator,
            "platform": video.platform,
            "published_at": video.published_at,
            "views": video.counts.views.counted.shown,
            "views_at_age": video.comparison.views.value,
            "multiple": results.multiples[video.video_id].value,
            "engagement_rate_pct": video.engagement_rate.last_read.value,
            "cost_per_post": None if video.creator is None else costs.get(video.creator),
        }
        for video in videos
    ]


def _list_budget(results: CampaignResults) -> list[dict[str, Any]]:
    if results.budget.committed.value == 0.0 and results.budget.budget.value is None:
        return []
    figures = results.budget.to_dict()
    return [{"of": name, "amount": figure["value"], "reason": figure["reason"]} for name, figure in figures.items()]


def _list_outcomes(results: CampaignResults) -> Iterable[dict[str, Any]]:
    if results.outcomes is None:
        return []
    groups = [results.outcomes.total, *(group for group in results.outcomes.by_creator if group.rows)]
    names = ("clicks", "codes", "orders", "revenue", "cpa", "roas")
    return [
        {"for": group.name or "the campaign", **{name: getattr(group, name).value for name in names}}
        for group in groups
    ]
