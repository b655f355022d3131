"""Findings on the client's sheets: how they were read, what was guessed, and what does not fit the campaign."""

from __future__ import annotations

from collections.abc import Iterator

from influtics_lab.campaign.figures.key_figure_types import Finding
from influtics_lab.campaign.figures.matching import ChosenVideos
from influtics_lab.campaign.file.local_dates import resolve_period, resolve_start
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.sheet_account import describe_account, describe_guesses
from influtics_lab.campaign.file.sheet_types import format_lines
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.text_format import plural


def list_sheet_findings(campaign: Campaign) -> Iterator[Finding]:
    """Yield what the sheets of a campaign file say about themselves."""
    for key, file in (("sheet", campaign.sheet), ("outcomes", campaign.outcomes)):
        if file is not None and file.content is not None:
            account = file.content.account
            yield Finding.note(f"{key}_read", f"{key}: {describe_account(account)}")
            if account.guesses:
                yield Finding.note(f"{key}_guessed", f"{key}, guessed: {describe_guesses(account)}. See {key}.columns.")
    for post in campaign.posts:
        for link in post.links:
            if link.reason is not None:
                yield Finding.problem(
                    "sheet_link_unknown",
                    f"sheet, line {post.line}: {escape_unprintable(link.text)}: {escape_unprintable(link.reason)}",
                )
    start = resolve_period(campaign)[0]
    early = [
        post.line
        for post in campaign.posts
        if post.due is not None and resolve_start(post.due, campaign.period.time_zone) < start
    ]
    if early:
        yield Finding.note(
            "due_before_period",
            f"sheet, {format_lines(early)}: the post was due before the period begins. It counts as promised.",
        )


def list_match_findings(campaign: Campaign, chosen: ChosenVideos) -> Iterator[Finding]:
    """Yield what the sheets of a campaign file and a snapshot say about each other."""
    lines: dict[str, list[int]] = {}
    for post, videos in zip(campaign.posts, chosen.posts, strict=True):
        for video in videos:
            lines.setdefault(video, []).append(post.line)
    for video, rows in lines.items():
        if len(rows) > 1:
            yield Finding.note(
                "video_in_two_rows",
                f"sheet: {format_lines(rows)} name the same video, {video}. Its counts count once, each fee counts.",
            )
    unmatched = [
        outcome.line for outcome, videos in zip(campaign.outcome_rows, chosen.outcomes, strict=True) if not videos
    ]
    if unmatched:
        every = "Nothing matches: name" if len(unmatched) == len(campaign.outcome_rows) else "Name"
        yield Finding.problem(
            "outcomes_unmatched",
            f"outcomes: {plural(len(unmatched), 'row')} of {len(campaign.outcome_rows):,} match no video or creator of "
            f"the campaign ({format_lines(unmatched)}): they are in no total. {every} videos by their links, and "
            "creators as the campaign does.",
        )
    no_currency = [spend.post.line for spend in campaign.spend if spend.post is not None and spend.currency is None]
    if no_currency:
        yield Finding.problem(
            "spend_without_currency",
            f"sheet, {format_lines(no_currency)}: fees have no currency, so cost figures are null. Add sheet.currency.",
        )
    no_currency = [row.line for row in campaign.outcome_rows if row.revenue is not None and row.currency is None]
    if no_currency:
        yield Finding.problem(
            "revenue_without_currency",
            f"outcomes, {format_lines(no_currency)}: revenue has no currency. Add outcomes.currency.",
        )
