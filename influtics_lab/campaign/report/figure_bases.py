"""The base of each figure: of how many videos it is, and why not of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from influtics_lab.campaign.figures.campaign_results import CampaignResults
from influtics_lab.campaign.figures.formatting import describe_age, format_n_of, format_reasons
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.language import format_number, translate


class Base(NamedTuple):
    """Of how many videos a figure is, of how many that were asked for, and how often each reason leaves one out."""

    n: int
    of: int
    left_out: Mapping[str, int]


def views_base(figures: KeyFigures) -> Base:
    """Return the base of the views that count: those in full and those in part."""
    total = figures.totals.counts.views.counted
    return Base(total.n + total.n_in_part, total.of, total.left_out)


def rate_base(figures: KeyFigures) -> Base:
    """Return the base of the engagement rate at the last reading."""
    return _find_base(figures, (video.engagement_rate.last_read.reason for video in figures.videos))


def equal_age_rate_base(figures: KeyFigures) -> Base:
    """Return the base of the engagement rate at the age of comparison."""
    return _find_base(figures, (video.comparison.engagement_rate.reason for video in figures.videos))


def rank_base(figures: KeyFigures) -> Base:
    """Return the base of the comparison of views with other videos."""
    return _find_base(figures, (video.comparison.views.percentile_reason for video in figures.videos))


def usual_base(figures: KeyFigures, results: CampaignResults) -> Base:
    """Return the base of the comparison with what is usual for each creator."""
    return _find_base(figures, (results.multiples[video.video_id].reason for video in figures.videos))


def list_bases(figures: KeyFigures, results: CampaignResults) -> list[tuple[str, Base]]:
    """Return the name and the base of each figure of the client edition."""
    age = describe_age(figures.settings)
    return [
        (translate("Views, in full or in part"), views_base(figures)),
        (translate("Engagement rate, last reading"), rate_base(figures)),
        (translate("Engagement rate %(age)s", age=age), equal_age_rate_base(figures)),
        (translate("Comparison with other videos %(age)s", age=age), rank_base(figures)),
        (translate("Comparison with the creator's usual %(age)s", age=age), usual_base(figures, results)),
    ]


def format_base(base: Base) -> str:
    """Write of how many videos a figure is, and the most frequent reason why others are left out.

    Examples
    --------
    >>> format_base(Base(16, 30, {"too_young": 3, "no_publication": 8, "gap": 1, "hidden": 2}))
    '16 of 30 videos; left out: publication date missing (8), other reasons (6)'
    """
    n_of = format_n_of(base.n, base.of)
    if not base.left_out:
        return n_of
    ordered = sorted(base.left_out.items(), key=lambda item: (-item[1], item[0]))
    named = dict(ordered if len(ordered) <= 2 else ordered[:1])  # two are no longer than one and "other reasons"
    reasons = format_reasons(named)
    if others := sum(base.left_out.values()) - sum(named.values()):
        reasons = f"{reasons}, {translate('other reasons (%(n)s)', n=format_number(others))}"
    return f"{n_of}; {translate('left out: %(reasons)s', reasons=reasons)}"


def _find_base(figures: KeyFigures, reasons: Iterable[str | None]) -> Base:
    left_out = Counter(reason for reason in reasons if reason is not None)
    if missing := len(figures.quality.not_found):
        left_out["not_found"] += missing
    of = figures.totals.counts.views.counted.of
    return Base(of - left_out.total(), of, left_out)
