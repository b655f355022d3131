"""Each creator's videos of the campaign against what is usual for that creator, and whether to book the creator again.

The usual is that of `influtics_lab.multiple_of_usual`: the median views of at least five earlier videos of the creator
at the age of comparison, none of them of the campaign.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.figure_types import Figure, RateFigure
from influtics_lab.campaign.figures.key_figure_types import GroupFigures, KeyFigures
from influtics_lab.campaign.figures.records import Record
from influtics_lab.metrics import hit_rate, multiple_of_usual
from influtics_lab.metrics._bootstrap import FEWEST, VIEWS_MEDIAN, Sample, estimate_intervals, seed_generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplift(RateFigure):
    """The median video over its creator's usual in percent, with its interval, over ``n`` of ``of`` videos."""

    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorResult(Record):
    """A creator's videos against the usual.

    Attributes
    ----------
    name : str
    n, of : int
        How many of the creator's videos in the campaign have a multiple.
    hits : int
        How many of these are above the usual.
    multiple : Figure
        The median of their multiples.
    hit_rate_pct : RateFigure
        The share of hits, and its Wilson interval.
    advice : str
        What `advise` returns.
    cost_per_post : Figure
        The creator's spend over the creator's videos in the campaign.
    """

    name: str
    n: int
    of: int
    hits: int
    multiple: Figure
    hit_rate_pct: RateFigure
    advice: str
    cost_per_post: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorResults(Record):
    """All creators, the one with the highest multiple first; each video's multiple; the uplift and cost over all."""

    creators: tuple[CreatorResult, ...]
    multiples: Mapping[str, Figure]
    uplift_pct: Uplift
    cost_per_post: Figure


def compute_creator_results(data: CampaignData, figures: KeyFigures) -> CreatorResults:
    """Compare the campaign's videos with what is usual for their creators."""
    compare, settings = data.campaign.compare, data.campaign.estimators
    judged = sorted(set(data.own["video_id"]))
    table = multiple_of_usual(
        data.readings,
        compare.at_age,
        judged=judged,
        age=compare.age,
        max_gap=settings.max_gap,
        rules=data.campaign.added_rules,
    )
    rows = {row["video_id"]: row for row in table.iter_rows(named=True)}
    multiples = {video: _read_multiple(data, video, rows.get(video)) for video in data.chosen.videos}
    named = table.filter(table["creator"].is_not_null())
    hit_rates = hit_rate(named, "creator", level_pct=settings.level_pct)
    rates = {row["creator"]: row for row in hit_rates.iter_rows(named=True)}
    groups = [group for group in figures.by_creator if group.name is not None]
    creators = [_judge_creator(data, group, multiples, rates.get(group.name)) for group in groups]
    return CreatorResults(
        creators=tuple(sorted(creators, key=lambda result: (-(result.multiple.value or 0.0), result.name))),
        multiples=multiples,
        uplift_pct=_compute_uplift(data, multiples),
        cost_per_post=compute_cost_per_post(figures.totals),
    )


def _read_multiple(data: CampaignData, video: str, row: Mapping[str, Any] | None) -> Figure:
    if row is None:
        return Figure(None, "no_readings")
    if row["multiple_of_usual"] is not None:
        return Figure(row["multiple_of_usual"])
    if video not in data.chosen.creator_of:
        return Figure(None, "no_creator")
    return Figure(None, "not_at_age" if row["video_value"] is None else "few_earlier")


def compute_cost_per_post(group: GroupFigures) -> Figure:
    """Return the spend of a group over its videos."""
    spend = group.money.spend
    if spend.value is None or not group.videos:
        return Figure(None, spend.reason or "no_videos")
    return Figure(spend.value / group.videos)


def _judge_creator(
    data: CampaignData, group: GroupFigures, multiples: Mapping[str, Figure], row: Mapping[str, Any] | None
) -> CreatorResult:
    own = [multiples[video] for video in data.chosen.videos if data.chosen.creator_of.get(video) == group.name]
    values = [figure.value for figure in own if figure.value is not None]
    reason = next((figure.reason for figure in own if figure.reason), "no_videos")
    if not values or row is None:
        rate, multiple = RateFigure(None, reason), Figure(None, reason)
    else:
        rate = RateFigure(row["hit_rate_pct"], low=row["hit_rate_low_pct"], high=row["hit_rate_high_pct"])
        multiple = Figure(statistics.median(values))
    return CreatorResult(
        name=str(group.name),
        n=len(values),
        of=len(own),
        hits=sum(value > 1.0 for value in values),
        multiple=multiple,
        hit_rate_pct=rate,
        advice=advise(multiple, rate),
        cost_per_post=compute_cost_per_post(group),
    )


def advise(multiple: Figure, rate: RateFigure) -> str:
    """Return what the views of a creator's videos advise: sure only where the interval of the hit rate excludes 50 %.

    Examples
    --------
    >>> four_of_four, three_of_four = RateFigure(100.0, low=51.0, high=100.0), RateFigure(75.0, low=30.1, high=95.4)
    >>> advise(Figure(2.1), four_of_four), advise(Figure(2.1), three_of_four)
    ('book again', 'leaning to yes')
    """
    if multiple.value is None or rate.low is None or rate.high is None:
        return "open"
    if rate.low > 50.0:
        return "book again"
    if rate.high < 50.0:
        return "do not book again"
    return "leaning to yes" if multiple.value > 1.0 else "leaning to no"


def _compute_uplift(data: CampaignData, multiples: Mapping[str, Figure]) -> Uplift:
    """Return the median multiple as a change in percent, drawing whole creators where five or more have one."""
    values = [(video, figure.value) for video, figure in sorted(multiples.items()) if figure.value is not None]
    n, of, settings = len(values), len(multiples) + len(data.chosen.missing), data.campaign.estimators
    if not values:
        return Uplift(None, "few_earlier", n=0, of=of)
    creators = [data.chosen.creator_of.get(video) for video, _ in values]
    groups = (
        creators if settings.draw == "creators" and len(set(creators)) >= FEWEST else [video for video, _ in values]
    )
    sample = _build_sample([value for _, value in values], groups)
    ends = estimate_intervals(
        sample,
        {"median": VIEWS_MEDIAN},
        resamples=settings.resamples,
        level_pct=settings.level_pct,
        bits=seed_generator(data.seed, "uplift"),
    )["median"]
    low, high = (None if end is None else 100.0 * (end - 1.0) for end in ends)
    return Uplift(
        100.0 * (VIEWS_MEDIAN.exact(sample) - 1.0), None if low is not None else "too_few", low, high, n=n, of=of
    )


def _build_sample(values: Sequence[float], groups: Sequence[str | None]) -> Sample:
    numbers: defaultdict[str | None, int] = defaultdict(lambda: len(numbers))
    units = np.array([numbers[group] for group in groups], dtype=np.intp)
    return Sample(np.array(values, dtype=np.float64), np.zeros(len(values)), units)
