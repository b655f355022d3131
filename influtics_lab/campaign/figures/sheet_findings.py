"""Findings on the client's sheets: how they were read, what was guessed, and what does not fit the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from influtics_lab.campaign.figures.key_figure_types import Finding
from influtics_lab.campaign.figures.matching import ChosenVideos
from influtics_lab.campaign.file.local_dates import resolve_period, resolve_start
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.sheet_account import describe_account, describe_guesses
from influtics_lab.campaign.file.sheet_types import format_lines
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_format import plural

_PROBLEM: Final = "problem"
_NOTE: Final = "note"


def list_sheet_findings(campaign: Campaign) -> Iterator[Finding]:
    """Yield what the sheets of a campaign file say about themselves."""
    for key, file in (("sheet", campaign.sheet), ("outcomes", campaign.outcomes)):
        if file is not None and file.content is not None:
            account = file.content.account
            yield Finding(f"{key}_read", _NOTE, f"{key}: {describe_account(account)}")
            if account.guesses:
                text = f"{key}, guessed: {describe_guesses(account)}. See {key}.columns."
                yield Finding(f"{key}_guessed", _NOTE, text)
    for post in campaign.posts:
        for link in post.links:
            if link.reason is not None:
                text = f"sheet, line {post.line}: {escape_unprintable(link.text)}: {escape_unprintable(link.reason)}"
                yield Finding("sheet_link_unknown", _PROBLEM, text)
    start = resolve_period(campaign)[0]
    early = [
        post.line
        for post in campaign.posts
        if post.due is not None and resolve_start(post.due, campaign.period.time_zone) < start
    ]
    if early:
        text = f"sheet, {format_lines(early)}: the post was due before the period begins. It counts as promised."
        yield Finding("due_before_period", _NOTE, text)


def list_match_findings(campaign: Campaign, chosen: ChosenVideos) -> Iterator[Finding]:
    """Yield what the sheets of a campaign file and a snapshot say about each other."""
    lines: dict[str, list[int]] = {}
    for post, videos in zip(campaign.posts, chosen.posts, strict=True):
        for video in videos:
            lines.setdefault(video, []).append(post.line)
    for video, rows in lines.items():
        if len(rows) > 1:
            text = f"sheet: {format_lines(rows)} name the same video, {video}. Its counts count once, each fee counts."
            yield Finding("video_in_two_rows", _NOTE, text)
    unmatched = [
        outcome.line for outcome, videos in zip(campaign.outcome_rows, chosen.outcomes, strict=True) if not videos
    ]
    if unmatched:
        every = "Nothing matches: name" if len(unmatched) == len(campaign.outcome_rows) else "Name"
        text = (
            f"outcomes: {plural(len(unmatched), 'row')} of {len(campaign.outcome_rows):,} match no video or creator of "
            f"the campaign ({format_lines(unmatched)}): they are in no total. {every} videos by their links, and "
            "creators as the campaign does."
        )
        yield Finding("outcomes_unmatched", _PROBLEM, text)
    no_currency = [row.line for row in campaign.outcome_rows if row.revenue is not None and row.currency is None]
    if no_currency:
        text = f"outcomes, {format_lines(no_currency)}: revenue has no currency. Add outcomes.currency."
        yield Finding("revenue_without_currency", _PROBLEM, text)
