"""Compute a settlement: the views of each video at its cut-off, and the amounts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import HIDDEN, CampaignData, check_inputs, gather_data
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.field_types import parse_hours
from influtics_lab.campaign.file.local_dates import format_instant, resolve_end, resolve_max_gap
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.settlement.adjustments import keep_frozen_views, list_adjustments, open_former
from influtics_lab.campaign.settlement.amounts import (
    BUDGET,
    AmountLine,
    bound_payments,
    list_amounts,
    pay_video,
    subtract_amounts,
    sum_lines,
)
from influtics_lab.campaign.settlement.assignment import DealVideos, assign_videos
from influtics_lab.campaign.settlement.cutoff_views import CutoffViews, ViewReading, find_cutoff_views
from influtics_lab.campaign.settlement.statement_notes import describe_rows, list_notes
from influtics_lab.campaign.settlement.statements import (
    Burst,
    SettledVideo,
    Settlement,
    Statement,
    ViewFall,
    list_keys,
)
from influtics_lab.errors import ConfigError
from influtics_lab.platforms import find_links, video_page
from influtics_lab.snapshot import Snapshot

_HOUR: Final = dt.timedelta(hours=1)
_FAILED: Final = "failed"  # the status of a video that the service can no longer read


def settle(
    plan: Campaign,
    snapshot: Snapshot,
    *,
    as_of: str | dt.date,
    since: Settlement | Mapping[str, object] | None = None,
) -> Settlement:
    """Compute what the creators of a campaign are owed by its deals, as of a day.

    v are the whole views of each video at its cut-off, interpolated between the readings on both sides, rounded down.
    The minimum, then the cap apply to each video, marginal tiers to the sum over the deal's videos. Each tier is a
    line, ``views x CPM / 1000``, rounded to the currency's smallest unit, and the sum adds up the lines. A budget is
    cut pro rata among the creators of a deal. Nothing is guessed: views that are not read on both sides of the cut-off
    within ``max_gap`` are a bound or unknown, with the reason.

    Parameters
    ----------
    plan : Campaign
        With ``[[deals]]``.
    snapshot : Snapshot
        For a day of an archive: ``archive.snapshot(as_of=...)``.
    as_of : str or date
        Readings up to the end of this day, in the campaign's time zone, are used, such as ``"2025-07-10"``.

    since : Settlement or mapping, optional
        A former settlement, or the content of its ``settlement.json``: what changed since is listed as adjustments.
        Views that the platform took back after the first settlement are subtracted as far as the counter fell below
        what was paid for.

    Returns
    -------
    Settlement
        ``statements``, ``adjustments`` and ``totals``; `Settlement.tables` as frames.

    Raises
    ------
    ConfigError
        If there is no deal, a video is in two deals, a deal names another creator's video, or the former settlement is
        of another campaign or currency, or not of an earlier day.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import parse_campaign
    >>> plan = parse_campaign('''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-30}
    ... videos = {platform = "TikTok"}
    ... creators = [{name = "Ann", videos = ["3a05e1b1-b463-419c-aed9-66730c39701e"]}]
    ... deals = [{creator = "Ann", currency = "EUR", fixed_fee = 50, cpm = 2.5, cap = 10000, cutoff_age = "7d"}]
    ... ''')
    >>> settlement = settle(plan, lab.sample_snapshot(), as_of="2025-06-30")
    >>> statement = settlement.statements[0]
    >>> statement.creator, [str(line.amount) for line in statement.lines], str(statement.at_least), statement.is_exact
    ('Ann', ['50.00', '25.00'], '75.00', True)
    """
    check_inputs(plan, snapshot)
    day = parse_day(as_of)
    end = resolve_end(day, plan.period.time_zone)
    early = snapshot.stats.filter(pl.col("timestamp") < end)
    data = gather_data(plan, dataclasses.replace(snapshot, stats=early))
    former = None if since is None else open_former(since, plan, day)
    frozen_at = None if former is None else resolve_end(former.first_as_of, plan.period.time_zone)
    parts = assign_videos(data)
    reader = _VideoReader.open(data, parts, frozen_at)
    videos = {part.name: list(reader.settle_videos(part)) for part in parts}
    if former is not None:
        for key, part in zip(list_keys(part.creator for part in parts), parts, strict=True):
            earlier = former.statement_by_key.get(key)
            videos[part.name] = keep_frozen_views(earlier, part.deal, videos[part.name], data)
    statements = tuple(_list_statements(parts, videos, data))
    return Settlement(
        campaign=plan.name,
        client=plan.client,
        time_zone=plan.period.time_zone,
        as_of=day,
        first_as_of=day if former is None else former.first_as_of,
        snapshot={
            **{name: str(snapshot.manifest[name]) for name in ("snapshot_id", "content_digest", "taken_at")},
            "last_reading": format_instant(data.as_of),
        },
        max_gap_hours=resolve_max_gap(plan) / _HOUR,
        statements=statements,
        adjustments=() if former is None else tuple(list_adjustments(former, statements, data)),
        former=None
        if former is None
        else {"as_of": former.as_of.isoformat(), "snapshot_id": former.snapshot["snapshot_id"]},
    )


def parse_day(as_of: str | dt.date, name: str = "as_of") -> dt.date:
    """Return a day; an error gives it the name that the user knows."""
    try:
        day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    except ValueError:
        day = None
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime) or not 1970 <= day.year <= 2200:
        raise ConfigError(f"{name} is {as_of!r}; allowed is a date such as 2025-07-10.")
    return day


@dataclass(frozen=True)
class _VideoReader:
    """Finds the views of each video at its cut-off, and what happened to its counter."""

    data: CampaignData
    max_gap: dt.timedelta
    facts: Mapping[str, Mapping[str, Any]]
    readings: Mapping[str, Sequence[Mapping[str, Any]]]
    frozen_at: dt.datetime | None

    @classmethod
    def open(cls, data: CampaignData, parts: Sequence[DealVideos], frozen_at: dt.datetime | None) -> _VideoReader:
        """Collect the readings of views of all videos of the deals."""
        ids = [video for part in parts for video in part.videos]
        is_own = pl.col("video_id").is_in(ids)
        hidden = pl.col(HIDDEN).fill_null("").str.split("+").list.contains("views") & ~pl.col("is_failed_poll")
        rows = (
            data.readings.filter(is_own)
            .select("video_id", "timestamp", "views", "is_burst", "is_purge", hidden.alias("is_hidden"))
            .filter(pl.col("views").is_not_null() | pl.col("is_hidden"))
            .sort("video_id", "timestamp")
        )
        readings: dict[str, list[Mapping[str, Any]]] = {video: [] for video in ids}
        for row in rows.iter_rows(named=True):
            readings[row["video_id"]].append(row)
        facts = {row["video_id"]: row for row in data.listed.filter(is_own).iter_rows(named=True)}
        return cls(data, resolve_max_gap(data.campaign), facts, readings, frozen_at)

    def settle_videos(self, part: DealVideos) -> Iterator[SettledVideo]:
        """Yield each video of a deal and creator; one that the snapshot does not have is unknown."""
        for video in part.videos if part.deal.price_tiers else ():
            yield self._settle_video(video, part.deal)
        for text in part.missing if part.deal.price_tiers else ():
            views = CutoffViews(0, None, reason="not_found")
            yield SettledVideo(text, None, None, None, views, 0, 0, None, link=_find_page(text))

    def _settle_video(self, video: str, deal: Deal) -> SettledVideo:
        facts, rows = self.facts[video], self.readings[video]
        shown = [ViewReading(row["timestamp"], row["views"]) for row in rows if not row["is_hidden"]]
        hidden = [row["timestamp"] for row in rows if row["is_hidden"]]
        cutoff, published = self._find_cutoff(deal, facts["published_at"]), facts["published_at"]
        if cutoff is None:
            views = CutoffViews(0, None, reason="no_publication")
        else:
            is_removed = facts["status"] == _FAILED
            views = find_cutoff_views(cutoff, shown, hidden, self.max_gap, published, is_removed=is_removed)
        falls = list(_find_falls(rows))
        taken_back = tuple(fall for fall in falls if self._is_taken_back(fall, views))
        counted = min([views.at_least, *(fall.after for fall in taken_back)])
        payable, payable_at_most = pay_video(counted, views, deal)
        return SettledVideo(
            video_id=video,
            title=facts["title"],
            platform=facts["platform"],
            cutoff=cutoff,
            views=views,
            counted=counted,
            payable=payable,
            payable_at_most=payable_at_most,
            purges=tuple(fall for fall in falls if fall.is_purge),
            bursts=tuple(_find_bursts(rows)),
            taken_back=taken_back,
            hidden_since=next((at for at in hidden if not shown or at > shown[-1].at), None),
            link=video_page(facts["platform"], facts["external_video_id"]),
        )

    def _find_cutoff(self, deal: Deal, published: dt.datetime | None) -> dt.datetime | None:
        if deal.cutoff_date is not None:
            return resolve_end(deal.cutoff_date, self.data.campaign.period.time_zone)
        if deal.cutoff_age is None or published is None:
            return None
        return published + dt.timedelta(hours=parse_hours(deal.cutoff_age))

    def _is_taken_back(self, fall: ViewFall, views: CutoffViews) -> bool:
        if self.frozen_at is None or fall.at < self.frozen_at or views.after is None or fall.at <= views.after.at:
            return False  # the views at the cut-off hold a fall before it
        return fall.is_purge or fall.after < views.at_least


def _find_page(text: str) -> str | None:
    """Return the address of the video that a link in the campaign file names."""
    return next((video_page(link.platform, link.external_id) for link in find_links(text)), None)


def _find_falls(rows: Sequence[Mapping[str, Any]]) -> Iterator[ViewFall]:
    before: int | None = None
    for row in rows:
        if row["is_hidden"]:
            continue
        if before is not None and row["views"] < before:
            yield ViewFall(row["timestamp"], before, row["views"], row["is_purge"])
        before = row["views"]


def _find_bursts(rows: Sequence[Mapping[str, Any]]) -> Iterator[Burst]:
    for is_burst, run in groupby(rows, key=lambda row: row["is_burst"]):
        instants = [row["timestamp"] for row in run]
        if is_burst:
            yield Burst(instants[0], instants[-1])


def _list_statements(
    parts: Sequence[DealVideos], videos: Mapping[str, Sequence[SettledVideo]], data: CampaignData
) -> Iterator[Statement]:
    for number in dict.fromkeys(part.number for part in parts):
        group = [part for part in parts if part.number == number]
        deal = group[0].deal
        lines = {part.creator: list_amounts([video.payable for video in videos[part.name]], deal) for part in group}
        sums = {creator: sum_lines(own, deal) for creator, own in lines.items()}
        highs = {part.creator: _sum_at_most(videos[part.name], deal) for part in group}
        payments = bound_payments(sums, highs, deal)
        for part in group:
            creator = part.creator
            at_least, at_most = payments[creator]
            own = lines[creator]
            if (cut := subtract_amounts(at_least, sums[creator])) != 0:
                own = [*own, AmountLine(BUDGET, cut)]
            yield Statement(
                name=part.name,
                creator=creator,
                deal_number=number,
                deal=deal,
                videos=tuple(videos[part.name]),
                lines=tuple(own),
                at_least=at_least,
                at_most=at_most,
                sources=tuple(describe_rows(deal, data)),
                notes=tuple(list_notes(part, videos[part.name], highs, data)),
            )


def _sum_at_most(videos: Sequence[SettledVideo], deal: Deal) -> Decimal | None:
    highs = [video.payable_at_most for video in videos]
    known = [high for high in highs if high is not None]
    return sum_lines(list_amounts(known, deal), deal) if len(known) == len(highs) else None
