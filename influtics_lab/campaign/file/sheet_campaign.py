"""A campaign with the rows of its sheet: creators with their videos, fees as spend, and terms as deals."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from influtics_lab.campaign.file.deals import Deal, find_deal_contradictions
from influtics_lab.campaign.file.model import Campaign, Creator, Spend
from influtics_lab.campaign.file.sheet_types import PromisedPost, format_lines
from influtics_lab.errors import ConfigError


def add_sheet(campaign: Campaign) -> Campaign:
    """Return a campaign with what its sheet adds to creators, spend and deals; without a sheet, the same.

    A creator of the sheet and of ``[[creators]]`` are one where their names are equal but for case, blanks and a
    leading ``@``. A fee is spend on the video of its row; with several videos or none, on the creator; without a
    creator, on the campaign. It is dated by its payment, else by when it is due, else by when the post is due, else
    by the first day. Where the sheet has a column of CPM or tiers, the rows of a creator with equal terms are one
    deal: their fees add up, and a budget is for all of them.

    Raises
    ------
    ConfigError
        If the terms of a row contradict each other: with the line.
    """
    if campaign.sheet is None or campaign.sheet.content is None:
        return campaign
    names = {fold_name(creator.name): creator.name for creator in campaign.creators}
    posts = []
    for post in campaign.sheet.content.posts:
        name = None if post.creator is None else names.setdefault(fold_name(post.creator), post.creator)
        posts.append(dataclasses.replace(post, creator=name))
    content = dataclasses.replace(campaign.sheet.content, posts=tuple(posts))
    sheet = dataclasses.replace(campaign.sheet, content=content)
    named = dataclasses.replace(campaign, sheet=sheet)
    creators = tuple(_list_creators(named, list(names.values()), posts))
    return dataclasses.replace(
        named,
        creators=creators,
        spend=(*campaign.spend, *(_charge_fee(post, campaign) for post in posts if post.fee is not None)),
        deals=(*campaign.deals, *_list_deals(named, posts)),
    )


def fold_name(name: str) -> str:
    """Return a creator's name as it is compared.

    Examples
    --------
    >>> fold_name(" @Ann  Example") == fold_name("ann example")
    True
    """
    return " ".join(name.casefold().split()).removeprefix("@").strip()


def _list_creators(campaign: Campaign, names: list[str], posts: list[PromisedPost]) -> Iterator[Creator]:
    videos: dict[str, list[str]] = {name: [] for name in names}
    for creator in campaign.creators:
        videos[creator.name] += creator.videos
    for post in posts:
        if post.creator is not None:
            videos[post.creator] += [link.text for link in post.links if link.video is not None]
    yield from (Creator(name=name, videos=tuple(dict.fromkeys(texts))) for name, texts in videos.items())


def _charge_fee(post: PromisedPost, campaign: Campaign) -> Spend:
    start = campaign.period.start
    first_day = start.date() if isinstance(start, dt.datetime) else start
    videos = [link.text for link in post.links if link.video is not None]
    owner = {"video": videos[0]} if len(set(videos)) == 1 else {"creator": post.creator}
    return Spend(
        amount=float(post.fee or 0),
        date=post.paid or post.payment_due or post.due or first_day,
        currency=post.currency,
        post=post,
        **owner,
    )


def _list_deals(campaign: Campaign, posts: list[PromisedPost]) -> Iterator[Deal]:
    """Yield a deal for each creator and terms, where the sheet pays for views at all."""
    if not any(key in {"cpm", "tiers"} for post in posts for key, _ in post.terms):
        return
    groups: dict[tuple[Any, ...], list[PromisedPost]] = {}
    for post in posts:
        if post.creator is not None and (post.fee is not None or post.terms):
            groups.setdefault((post.creator, post.currency, post.terms), []).append(post)
    for (creator, currency, terms), group in groups.items():
        lines = tuple(post.line for post in group)
        fees = [post.fee for post in group if post.fee is not None]
        deal = Deal(
            creator=(creator,),
            currency=currency or "",
            videos=tuple(dict.fromkeys(link.text for post in group for link in post.links)),
            fixed_fee=sum(fees, Decimal(0)) if fees else None,
            lines=lines,
            **_add_cutoff(dict(terms), campaign),
        )
        for path, text in find_deal_contradictions([deal], [creator]):
            key = " ".join(map(str, path[2:])) or "the row"
            raise ConfigError(f"{campaign.sheet.path if campaign.sheet else ''}: {format_lines(lines)}: {key} {text}")
        yield deal


def _add_cutoff(terms: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """Return the terms with the cut-off of ``[sheet]`` where views are paid and the row has none."""
    sheet = campaign.sheet
    if sheet is None or not {"cpm", "tiers"} & terms.keys() or {"cutoff_date", "cutoff_age"} & terms.keys():
        return terms
    return terms | {"cutoff_date": sheet.cutoff_date, "cutoff_age": sheet.cutoff_age}
