"""What somebody who reads the figures must be told, in words: what does not fit, and what the figures leave out."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_costs import last_day_of, reported_currency
from influtics_lab.campaign.figures.campaign_data import Material, gather
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.data_quality import flagged_figures
from influtics_lab.campaign.figures.figure_types import Finding
from influtics_lab.campaign.figures.formatting import format_hours
from influtics_lab.campaign.figures.long_gaps import HOUR, long_gaps
from influtics_lab.campaign.figures.video_counts import Standing, standings
from influtics_lab.campaign.file.link_sheet import describe_links, describe_unknown_links
from influtics_lab.campaign.file.local_dates import resolve_end, resolve_max_gap, resolve_period, resolve_start
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.plausibility import find_implausible_targets, find_unknown_currencies
from influtics_lab.platforms import suggest_platform
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

PROBLEM: Final = "problem"
NOTE: Final = "note"
_SHOWN: Final = 5
_FLAGGED: Final = {
    "purge": "Counts that the platform took away in the period are missing in the figures of {videos}",
    "burst": "Views that came in bursts with little engagement are in the figures of {videos}",
    "stalled": "Counts stand still at the last reading of {videos}, which may have more by now",
}
_HOSTILE_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_HOSTILE_SIGNS: Final = frozenset("<>$`")


def check_campaign(campaign: Campaign, snapshot: Snapshot | None = None) -> list[Finding]:
    """Give what does not fit in a campaign file that is right in itself.

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
    of_file = (*_of_links(campaign), *_implausible(campaign), *_of_money(campaign))
    found = of_file if snapshot is None else findings(gather(campaign, snapshot))
    return sorted(found, key=lambda finding: finding.level != PROBLEM)


def as_figures(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give findings as figures hold them."""
    return [finding.to_dict() for finding in found]


def findings(material: Material, standing: Mapping[str, Mapping[str, Standing]] | None = None) -> Iterator[Finding]:
    """Give what is to be told of a campaign laid over a snapshot, in a fixed order."""
    yield from _of_links(material.campaign)
    yield from _of_videos(material)
    yield from _of_creators(material)
    yield from _implausible(material.campaign)
    yield from _of_money(material.campaign)
    yield from _of_spends(material)
    yield from _of_period(material)
    yield from _of_targets(material)
    yield from _of_counts(material, standings(material, material.window) if standing is None else standing)
    yield from _of_data(material)
    yield from _of_titles(material)


def _of_links(campaign: Campaign) -> Iterator[Finding]:
    sheet = campaign.videos.link_sheet
    if sheet is None:
        return
    unknown = describe_unknown_links(sheet)
    text = f"videos.links_csv: {describe_links(sheet)}.{f' {unknown}' if unknown else ''}"
    yield Finding("links_read", PROBLEM if unknown else NOTE, text)
    for column in sheet.other_columns:
        text = f"videos.links_csv: {column}. They are not read. Name the column link to read them."
        yield Finding("links_in_other_column", PROBLEM, text)


def _of_videos(material: Material) -> Iterator[Finding]:
    if not material.chosen.videos:
        yield Finding(
            "no_video_matches", PROBLEM, "No video of the snapshot belongs to the campaign: all figures are null."
        )
    for stranger in material.chosen.strangers:
        text = f"{stranger.key}: {stranger.text!r} is of no video in the snapshot. It is left out of all figures."
        yield Finding("unmatched", PROBLEM, text)
    there = sorted(set(material.readings["platform"].drop_nulls()) | set(material.videos["platform"].drop_nulls()))
    for platform in material.campaign.videos.platform:
        if platform not in there:
            near = suggest_platform(platform)
            hint = f" Did you mean {near!r}?" if near not in {None, platform} else ""
            text = f"videos.platform: no video of the snapshot is on {platform!r}; there are {_listed(there)}.{hint}"
            yield Finding("platform_without_videos", PROBLEM, text)
    for video, others in material.repeated.items():
        text = (
            f"{_listed(sorted((video, *others)))} are one video of a platform, tracked {len(others) + 1} times. It "
            f"counts once, with the newest views, which {video} has; what names another one applies to it."
        )
        yield Finding("tracked_twice", PROBLEM, text)


def _of_creators(material: Material) -> Iterator[Finding]:
    chosen = set(material.chosen.videos)
    for creator in material.campaign.creators:
        if not chosen & set(material.chosen.creators[creator.name]):
            text = f"creators: {creator.name!r} has no video in the campaign: its counts are null, its spend is told."
            yield Finding("creator_without_videos", PROBLEM, text)
    for video, names in material.chosen.claimed.items():
        text = f"creators: {video} is claimed by {_listed(names)}. It counts for {names[0]}."
        yield Finding("claimed_twice", PROBLEM, text)
    rest = [video for video in material.chosen.videos if video not in material.chosen.creator_of]
    if rest and material.campaign.creators:
        yield Finding("without_creator", NOTE, f"The file names no creator of {_of(rest, material)}: {_listed(rest)}.")


def _implausible(campaign: Campaign) -> Iterator[Finding]:
    yield from (Finding("implausible_target", PROBLEM, text) for text in find_implausible_targets(campaign))
    yield from (Finding("unknown_currency", PROBLEM, text) for text in find_unknown_currencies(campaign))


def _of_money(campaign: Campaign) -> Iterator[Finding]:
    for n, spend in enumerate(campaign.spend):
        if spend.currency is None:
            text = f"spend[{n + 1}] has no currency: the cost figures that it belongs to are null."
            yield Finding("spend_without_currency", PROBLEM, text)
    report = reported_currency(campaign)
    rates = dict(campaign.currency.rates) if campaign.currency is not None else {}
    used = {spend.currency for spend in campaign.spend if spend.currency is not None}
    used |= {campaign.emv.currency} if campaign.emv is not None else set()
    if report is None and len(used) > 1:
        text = f"Money is in {_listed(sorted(used))}, and currency.report does not say in which it is told: it is null."
        yield Finding("currency_without_rate", PROBLEM, text)
    for currency in sorted(used - {report, *rates}) if report is not None else ():
        text = f"currency.rates has no rate from {currency} to {report}: the figures that need it are null."
        yield Finding("currency_without_rate", PROBLEM, text)


def _of_spends(material: Material) -> Iterator[Finding]:
    start, _ = resolve_period(material.campaign)
    zone, last_day = material.campaign.period.time_zone, last_day_of(material.campaign, material.window)
    for n, (spend, videos) in enumerate(zip(material.campaign.spend, material.chosen.spends, strict=True)):
        if not videos:
            text = (
                f"spend[{n + 1}] is for no video of the campaign that is in the snapshot; the campaign's total has it."
            )
            yield Finding("spend_without_videos", PROBLEM, text)
        if spend.date > last_day:
            text = (
                f"spend[{n + 1}] of {spend.date} is dated after {last_day}, the last day of these figures. It is in no "
                "price; the report shows it as later spend."
            )
            yield Finding("spend_later", NOTE, text)
        elif resolve_start(spend.date, zone) < start:
            yield Finding(
                "spend_outside_period", NOTE, f"spend[{n + 1}] of {spend.date} is before the period. It counts."
            )


def _of_period(material: Material) -> Iterator[Finding]:
    start, end = resolve_period(material.campaign)
    own = material.own["timestamp"]
    if material.as_of is None or not own.len():
        yield Finding("no_readings", PROBLEM, "The campaign's videos have no readings in the snapshot.")
        return
    instants: list[dt.datetime] = own.sort().to_list()
    first, last = instants[0], instants[-1]
    if end <= first:
        text = f"The period ends before the first reading of its videos ({first:%Y-%m-%d}): nothing is known of it."
        yield Finding("period_before_readings", PROBLEM, text)
    elif start > last:
        text = f"The period begins after the last reading of its videos ({last:%Y-%m-%d}): nothing is known of it."
        yield Finding("period_after_readings", PROBLEM, text)
    elif end > material.as_of:
        day = f"{material.as_of:%Y-%m-%d %H:%M} UTC"
        text = f"The period runs on after the snapshot: each video counts to its last reading, up to {day}."
        yield Finding("period_running", NOTE, text)


def _of_targets(material: Material) -> Iterator[Finding]:
    for n, target in enumerate(material.campaign.targets):
        by = resolve_end(target.date, material.campaign.period.time_zone)
        if material.as_of is not None and by <= material.as_of:
            text = (
                f"targets[{n + 1}]: {target.date} has passed at the snapshot. It is judged as of then, without a pace."
            )
            yield Finding("target_in_the_past", NOTE, text)


def _of_counts(material: Material, standing: Mapping[str, Mapping[str, Standing]]) -> Iterator[Finding]:
    gaps = long_gaps(material, standing)
    if gaps:
        limit, longest = (format_hours(gap / HOUR) for gap in (resolve_max_gap(material.campaign), max(gaps.values())))
        used = "is not interpolated over it" if material.campaign.estimators.max_gap else "rests on a straight line"
        text = (
            f"At an end of the period {_of(list(gaps), material)} have a gap between readings of more than {limit} "
            f"(up to {longest}): {_listed(gaps)}. What they gained {used}."
        )
        yield Finding("long_gap", NOTE, text)
    earlier = [video for video in standing if standing[video]["views"]["counted"]["basis"] == MAY_CONTAIN_EARLIER]
    if earlier:
        text = (
            f"Counted views of {_of(earlier, material)} may contain views from before the period: {_listed(earlier)}. "
            "They were not read before it, and were published shortly before it or at a time that is not known, which "
            "[published_at] can say."
        )
        yield Finding("earlier_views", NOTE, text)


def _of_data(material: Material) -> Iterator[Finding]:
    own, chosen = material.own, material.chosen.videos
    silent = sorted(set(chosen) - set(own["video_id"]))
    if silent:
        yield Finding("without_readings", NOTE, f"No readings of {_of(silent, material)}: {_listed(silent)}.")
    hidden = sorted(set(own.filter(pl.col("is_hidden"))["video_id"]))
    if hidden:
        text = f"Counts are hidden at readings of {_of(hidden, material)}: {_listed(hidden)}. Hidden is missing, not 0."
        yield Finding("hidden_counts", NOTE, text)
    undated = material.videos.filter(pl.col("published_at").is_null())["video_id"].to_list()
    if undated:
        text = (
            f"When they were published is not known of {_of(undated, material)}: {_listed(undated)}. They have no age, "
            "and their gains need a reading before the period; [published_at] can say it."
        )
        yield Finding("without_publication", NOTE, text)
    early = own.filter(pl.col("timestamp") < pl.col("published_at"))["video_id"]
    if early.len():
        videos = sorted(set(early))
        text = f"Readings of {_of(videos, material)} lie before their publication: {_listed(videos)}. See published_at."
        yield Finding("read_before_published", NOTE, text)
    for flag, videos in flagged_figures(material).items():
        if videos:
            text = _FLAGGED[flag].format(videos=_of(videos, material))
            yield Finding(f"flagged_{flag}", NOTE, f"{text}: {_listed(videos)}.")


def _of_titles(material: Material) -> Iterator[Finding]:
    titles = material.videos.select("video_id", "title").rows()
    strange = [video for video, title in titles if title is not None and is_hostile(title)]
    if strange:
        text = (
            f"Titles of {_of(strange, material)} hold markup, formulas or control characters: {_listed(strange)}. "
            "They are shown as plain text."
        )
        yield Finding("hostile_titles", NOTE, text)


def is_hostile(title: str) -> bool:
    """Say whether a program could take a title for more than text: a formula, markup, mathematics, a direction.

    Examples
    --------
    >>> is_hostile("=HYPERLINK(1)"), is_hostile("<b>x</b>"), is_hostile("An ordinary title")
    (True, True, False)
    """
    strange = any(unicodedata.category(sign) in {"Cc", "Cf"} and sign != "\u200d" for sign in title)
    return title.startswith(_HOSTILE_STARTS) or bool(_HOSTILE_SIGNS & set(title)) or strange


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _of(videos: list[str], material: Material) -> str:
    return f"{len(videos):,} of {plural(len(material.chosen.videos), 'video')}"
