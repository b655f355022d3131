"""A campaign against another one at the same age, without the videos that both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.engagement_rates import read_rate
from influtics_lab.campaign.figures.figure_types import PriceFigure, RateFigure
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.figures.records import Record
from influtics_lab.metrics import compare, compare_pairs

_SIDES = ("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSide(Record):
    """One of the two campaigns: its videos that the other lacks, of which ``n`` have a rate at the age.

    ``views`` is the median at that age, ``engagement_rate`` the pooled rate in percent, ``cpm`` the campaign's own.
    """

    name: str
    videos: int
    n: int
    views: RateFigure
    engagement_rate: RateFigure
    cpm: PriceFigure
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstFigures(Record):
    """Two campaigns at the same age, the videos that both have, and the difference of their engagement rates.

    ``difference`` is in percentage points, the first campaign less the other; state it only if ``is_significant``.
    ``rule_note`` has how many videos lie on each side of a counting rule, if they are not all on one.
    """

    at_age: str
    shared: tuple[str, ...]
    sides: tuple[CampaignSide, CampaignSide]
    difference: RateFigure
    is_significant: bool
    rule_note: str | None = None


def compare_campaigns(
    data: CampaignData, figures: KeyFigures, other: CampaignData, other_figures: KeyFigures
) -> AgainstFigures:
    """Compare a campaign with another one of the same snapshot at the first one's age of comparison.

    Parameters
    ----------
    data, other : CampaignData
    figures, other_figures : KeyFigures
        Of the two campaigns.
    """
    shared = sorted(set(data.chosen.videos) & set(other.chosen.videos))
    frames = []
    for side, source in zip(_SIDES, (data, other), strict=True):
        own = source.own.filter(~pl.col("video_id").is_in(shared))
        frames.append(own.with_columns(pl.lit(side).alias("campaign")))
    columns = [name for name in frames[0].columns if name in frames[1].columns]
    frame = pl.concat([part.select(columns) for part in frames])
    settings, compared = data.campaign.estimators, data.campaign.compare
    shared_settings: dict[str, Any] = {
        "age": compared.age,
        "parts": settings.parts,
        "resamples": settings.resamples,
        "seed": data.seed,
        "level_pct": settings.level_pct,
        "max_gap": settings.max_gap,
        "rules": list({rule.label: rule for source in (data, other) for rule in source.campaign.added_rules}.values()),
    }
    rows = {
        row["campaign"]: row
        for row in compare(frame, "campaign", compared.at_age, **shared_settings).iter_rows(named=True)
    }
    pairs = compare_pairs(frame, "campaign", compared.at_age, estimator="pooled", **shared_settings).to_dicts()
    pair: Mapping[str, Any] = pairs[0] if pairs else {}
    return AgainstFigures(
        at_age=compared.at_age,
        shared=tuple(shared),
        sides=(
            _describe_side(data, figures, len(shared), rows.get("a", {})),
            _describe_side(other, other_figures, len(shared), rows.get("b", {})),
        ),
        difference=read_rate(pair, "difference", "not_at_age", suffix="_pct"),
        is_significant=bool(pair.get("is_significant")),
        rule_note=pair.get("rule_note"),
    )


def _describe_side(data: CampaignData, figures: KeyFigures, shared: int, row: Mapping[str, Any]) -> CampaignSide:
    return CampaignSide(
        name=data.campaign.name,
        videos=len(data.chosen.videos) - shared,
        n=row.get("n", 0),
        views=read_rate(row, "views_median", "not_at_age"),
        engagement_rate=read_rate(row, "engagement_rate_pooled", "not_at_age", suffix="_pct"),
        cpm=figures.totals.money.cpm,
        currency=figures.settings.currency,
    )
