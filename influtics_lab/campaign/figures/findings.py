"""Findings: what does not fit in a campaign file, and what a reader of the figures must know about the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from influtics_lab.campaign.figures.campaign_costs import last_spend_day, reported_currency, used_currencies
from influtics_lab.campaign.figures.campaign_data import CampaignData, gather_data
from influtics_lab.campaign.figures.crossed_rules import (
    describe_compared_rules,
    describe_crossed_rules,
    find_counted_spans,
)
from influtics_lab.campaign.figures.data_quality import videos_with_earlier_views, videos_without_creator
from influtics_lab.campaign.figures.formatting import format_hours
from influtics_lab.campaign.figures.key_figure_types import NOTE, PROBLEM, Finding
from influtics_lab.campaign.figures.long_gaps import HOUR, find_long_gaps
from influtics_lab.campaign.figures.sheet_findings import list_match_findings, list_sheet_findings
from influtics_lab.campaign.figures.video_counts import CountsByVideo, count_videos
from influtics_lab.campaign.figures.video_findings import list_names, list_video_notes, note_videos
from influtics_lab.campaign.file.link_sheet import describe_links, describe_unknown_links
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_max_gap, resolve_period, resolve_start
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.plausibility import find_implausible_targets, find_unknown_currencies
from influtics_lab.platforms import suggest_platform
from influtics_lab.snapshot import Snapshot


def check_campaign(campaign: Campaign, snapshot: Snapshot | None = None) -> list[Finding]:
    """Return what does not fit in a valid campaign file.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot, optional
        Also look whether its videos are there.

    Returns
    -------
    list of Finding
        Problems first.
    """
    if snapshot is None:
        found = [*_check_links(campaign), *list_sheet_findings(campaign), *_check_plausibility(campaign)]
        found += _check_currencies(campaign)
    else:
        data = gather_data(campaign, snapshot)
        found = list_findings(data, count_videos(data, data.window))
    return sorted(found, key=lambda finding: finding.level != PROBLEM)


def list_findings(data: CampaignData, counts: CountsByVideo) -> list[Finding]:
    """Return the findings on a campaign and a snapshot, in a fixed order."""
    return [
        *_check_links(data.campaign),
        *list_sheet_findings(data.campaign),
        *list_match_findings(data.campaign, data.chosen),
        *_check_videos(data),
        *_check_creators(data),
        *_check_plausibility(data.campaign),
        *_check_currencies(data.campaign),
        *_check_spends(data),
        *_check_period(data),
        *_check_targets(data),
        *_note_counts(data, counts),
        *(
            Finding.note("rule_change", text)
            for text in describe_crossed_rules(find_counted_spans(data, counts), data.rules)
        ),
        *(Finding.note("rule_comparison", text) for text in describe_compared_rules(data)),
        *list_video_notes(data),
    ]


def _check_links(campaign: Campaign) -> Iterator[Finding]:
    sheet = campaign.videos.link_sheet
    if sheet is None:
        return
    unknown = describe_unknown_links(sheet)
    text = f"videos.links_csv: {describe_links(sheet)}.{f' {unknown}' if unknown else ''}"
    yield Finding("links_read", PROBLEM if unknown else NOTE, text)
    for column in sheet.other_columns:
        yield Finding.problem(
            "links_in_other_column",
            f"videos.links_csv: {column}. They are not read. Name the column link to read them.",
        )


def _check_videos(data: CampaignData) -> Iterator[Finding]:
    if not data.chosen.videos:
        yield Finding.problem(
            "no_video_matches", "No video of the snapshot belongs to the campaign: all figures are null."
        )
    for unmatched in data.chosen.unmatched:
        yield Finding.problem(
            "unmatched",
            f"{unmatched.key}: {unmatched.text!r} is of no video in the snapshot. It is left out of all figures.",
        )
    known = sorted({*data.readings["platform"].drop_nulls(), *data.videos["platform"].drop_nulls()})
    for platform in data.campaign.videos.platform:
        if platform not in known:
            near = suggest_platform(platform)
            hint = f" Did you mean {near!r}?" if near not in {None, platform} else ""
            yield Finding.problem(
                "platform_without_videos",
                f"videos.platform: no video of the snapshot is on {platform!r}; there are {list_names(known)}.{hint}",
            )
    for video, others in data.repeated.items():
        yield Finding.problem(
            "tracked_twice",
            f"{list_names(sorted((video, *others)))} are one video of a platform, tracked {len(others) + 1} times. It "
            f"counts once, with the newest views, which {video} has; what names another one applies to it.",
        )


def _check_creators(data: CampaignData) -> Iterator[Finding]:
    chosen = set(data.chosen.videos)
    for creator in data.campaign.creators:
        if not chosen & set(data.chosen.creators[creator.name]):
            yield Finding.problem(
                "creator_without_videos",
                f"creators: {creator.name!r} has no video in the campaign: its counts are null, its spend counts.",
            )
    for video, names in data.chosen.claimed.items():
        yield Finding.problem(
            "claimed_twice", f"creators: {video} is claimed by {list_names(names)}. It counts for {names[0]}."
        )
    yield from note_videos(
        data, "without_creator", videos_without_creator(data), "The file names no creator of {videos}: {names}."
    )


def _check_plausibility(campaign: Campaign) -> Iterator[Finding]:
    yield from (Finding.problem("implausible_target", text) for text in find_implausible_targets(campaign))
    yield from (Finding.problem("unknown_currency", text) for text in find_unknown_currencies(campaign))


def _check_currencies(campaign: Campaign) -> Iterator[Finding]:
    for n, spend in enumerate(campaign.spend, start=1):
        if spend.currency is None and spend.post is None:
            yield Finding.problem(
                "spend_without_currency", f"spend[{n}] has no currency: the cost figures that it belongs to are null."
            )
    report, used = reported_currency(campaign), used_currencies(campaign)
    rates = dict(campaign.currency.rates) if campaign.currency is not None else {}
    if report is None and len(used) > 1:
        names = list_names(sorted(used))
        yield Finding.problem(
            "currency_without_rate",
            f"Money is in {names}, and currency.report names no currency for all of it: it is null.",
        )
    converted = used if campaign.budget is None else used | {campaign.budget.currency}
    for currency in sorted(converted - {report, *rates}) if report is not None else ():
        yield Finding.problem(
            "currency_without_rate",
            f"currency.rates has no rate from {currency} to {report}: the figures that need it are null.",
        )


def _check_spends(data: CampaignData) -> Iterator[Finding]:
    start, _ = resolve_period(data.campaign)
    last_day = last_spend_day(data.campaign, data.window)
    for n, (spend, videos) in enumerate(zip(data.campaign.spend, data.chosen.spends, strict=True), start=1):
        if not videos:
            text = "is for no video of the campaign that is in the snapshot; the campaign's total has it."
            yield Finding.problem("spend_without_videos", f"{spend.name_entry(n)} {text}")
        if spend.date > last_day:
            yield Finding.note(
                "spend_later",
                f"{spend.name_entry(n)} of {spend.date} is dated after {last_day}, the last day of these figures. "
                "It is in no price; the report shows it as later spend.",
            )
        elif resolve_start(spend.date, data.campaign.period.time_zone) < start:
            yield Finding.note(
                "spend_outside_period", f"{spend.name_entry(n)} of {spend.date} is before the period. It counts."
            )


def _check_period(data: CampaignData) -> Iterator[Finding]:
    start, end = resolve_period(data.campaign)
    instants: list[dt.datetime] = data.own["timestamp"].sort().to_list()
    if data.as_of is None or not instants:
        yield Finding.problem("no_readings", "The campaign's videos have no readings in the snapshot.")
        return
    first, last = instants[0], instants[-1]
    if end <= first:
        yield Finding.problem(
            "period_before_readings",
            f"The period ends before the first reading of its videos ({first:%Y-%m-%d}): there are no figures.",
        )
    elif start > last:
        yield Finding.problem(
            "period_after_readings",
            f"The period begins after the last reading of its videos ({last:%Y-%m-%d}): there are no figures.",
        )
    elif end > data.as_of:
        day = f"{data.as_of:%Y-%m-%d %H:%M} UTC"
        yield Finding.note(
            "period_running",
            f"The period runs on after the snapshot: each video counts to its last reading, up to {day}.",
        )


def _check_targets(data: CampaignData) -> Iterator[Finding]:
    for n, target in enumerate(data.campaign.targets, start=1):
        by = resolve_end(target.date, data.campaign.period.time_zone)
        if data.as_of is not None and by <= data.as_of:
            yield Finding.note(
                "target_in_the_past",
                f"targets[{n}]: {target.date} has passed at the snapshot. It is judged as of then, without a pace.",
            )


def _note_counts(data: CampaignData, counts: CountsByVideo) -> Iterator[Finding]:
    gaps = find_long_gaps(data, counts)
    limit, longest = (
        format_hours(gap / HOUR) for gap in (resolve_max_gap(data.campaign), max(gaps.values(), default=HOUR))
    )
    used = "is not interpolated over it" if data.campaign.estimators.max_gap else "rests on a straight line"
    text = (
        f"At an end of the period {{videos}} have a gap between readings of more than {limit} (up to {longest}): "
        f"{{names}}. What they gained {used}."
    )
    yield from note_videos(data, "long_gap", gaps, text)
    text = (
        "Counted views of {videos} may contain views from before the period: {names}. They were not read before it, "
        "and were published shortly before it or at an unknown time. Add the dates under [published_at]."
    )
    yield from note_videos(data, "earlier_views", videos_with_earlier_views(counts), text)
