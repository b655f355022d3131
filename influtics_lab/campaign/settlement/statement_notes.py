"""What a reader of a statement must know: rows of the sheet, shared budgets, videos listed twice, counting rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.crossed_rules import CountedSpan, describe_crossed_rules
from influtics_lab.campaign.file.currencies import minor_digits
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.sheet_types import format_lines
from influtics_lab.campaign.settlement.assignment import DealVideos
from influtics_lab.campaign.settlement.statements import SettledVideo
from influtics_lab.text_format import capitalise_first, join_words


def list_notes(
    part: DealVideos, videos: Sequence[SettledVideo], highs: Mapping[str, Decimal | None], data: CampaignData
) -> Iterator[str]:
    """Yield what a reader of a statement must know, a sentence each.

    Parameters
    ----------
    part : DealVideos
    videos : sequence of SettledVideo
    highs : mapping of str to Decimal
        What each creator of the deal is owed at most; None without an upper bound.
    data : CampaignData
    """
    if part.deal.price_tiers and not videos and not part.deal.lines:
        yield f"{part.creator} has no video in the campaign: there are no views to pay."
    open_names = [name for name, high in highs.items() if name != part.creator and high is None]
    if part.deal.budget is not None and open_names:
        yield f"The budget is shared with {join_words(open_names)}, whose views are not all known: no share is certain."
    for video, names in data.chosen.claimed.items():
        if part.creator in names and not part.deal.videos:
            yield f"{video} is listed for {join_words(names)}: it is paid to {names[0]} alone."
    outside = [video for video in part.videos if video not in data.chosen.videos]
    if part.deal.price_tiers and outside:
        are, named = ("is", "it") if len(outside) == 1 else ("are", "them")
        text = f"{join_words(outside)} {are} not among the campaign's videos, or in videos.exclude"
        yield f"{text}: paid all the same, because the deal names {named}."
    for video in part.videos:
        if others := data.repeated.get(video):
            yield f"{join_words([video, *others])} are one video, tracked {len(others) + 1} times: it is paid once."
    origins = dict(data.listed.select("video_id", pl.coalesce("published_at", "created_at")).rows())
    spans = (
        CountedSpan(video.video_id, video.platform, origins[video.video_id], video.cutoff)
        for video in videos
        if video.cutoff is not None and video.video_id in origins
    )
    yield from describe_crossed_rules(spans, data.rules)


def describe_rows(deal: Deal, data: CampaignData) -> Iterator[str]:
    """Yield where the terms of a deal are in the client's sheet, and what its fee consists of."""
    if not deal.lines or data.campaign.sheet is None:
        return
    posts = [post for post in data.campaign.posts if post.line in deal.lines]
    yield f"The terms are in {format_lines(deal.lines)} of {data.campaign.sheet.path}."
    fees = [f"{_format_fee(post.fee, deal.currency)} (line {post.line})" for post in posts if post.fee is not None]
    if len(fees) > 1:
        yield f"The fixed fee is the sum of {join_words(fees)}."
    if lines := [post.line for post in posts if not post.links]:
        verb = "has" if len(lines) == 1 else "have"
        yield f"{capitalise_first(format_lines(lines))} {verb} no link yet: fees are in the sum, and no views."


def _format_fee(fee: Decimal, currency: str) -> str:
    """Write a fee with the digits of its currency, or with more where it has more."""
    digits = max(minor_digits(currency), -int(fee.normalize().as_tuple().exponent))
    return f"{fee:,.{digits}f}"
