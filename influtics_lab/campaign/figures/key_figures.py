"""The key figures of a campaign, the same from the same campaign file and snapshot, everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any, Final

from influtics_lab.campaign.figures.campaign_costs import compute_money, emv_rates, exchange_rate, reported_currency
from influtics_lab.campaign.figures.campaign_data import CampaignData, gather_data
from influtics_lab.campaign.figures.data_quality import assess_quality
from influtics_lab.campaign.figures.engagement_rates import (
    compute_group_rates,
    compute_video_rates,
    find_rated_readings,
)
from influtics_lab.campaign.figures.equal_age_ranks import median_rank, rank_videos
from influtics_lab.campaign.figures.figure_types import Figure, OutlookFigure
from influtics_lab.campaign.figures.findings import list_findings
from influtics_lab.campaign.figures.key_figure_types import (
    CampaignFacts,
    FigureSettings,
    GroupFigures,
    KeyFigures,
    MedianRanks,
    ShareFigures,
    SnapshotSource,
    SpendFigures,
    VideoFigures,
    WindowFacts,
)
from influtics_lab.campaign.figures.long_gaps import HOUR
from influtics_lab.campaign.figures.missing_reasons import REASONS
from influtics_lab.campaign.figures.outlook import CampaignOutlook, no_outlook
from influtics_lab.campaign.figures.targets import compute_targets
from influtics_lab.campaign.figures.video_counts import CountsByVideo, count_videos, sum_counts, sum_figures
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, VideoGroup, list_groups, whole_campaign
from influtics_lab.campaign.file.local_dates import format_instant, resolve_max_gap, resolve_period
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.snapshot import Snapshot

FORMAT: Final = 2


def key_figures(campaign_file: Campaign, snapshot: Snapshot) -> KeyFigures:
    """Compute the key figures of a campaign from a snapshot.

    Every figure has a ``value`` and a ``reason``: where the value is null, a name from ``reasons``. Totals also have
    ``known`` (the sum of what is known), ``n`` of ``of`` videos, and ``reasons`` of the others.

    Parameters
    ----------
    campaign_file : Campaign
    snapshot : Snapshot

    Returns
    -------
    KeyFigures
        The same from the same file and content, on every day: today is the snapshot's last reading, and draws are
        seeded from its digest. ``to_dict()`` returns texts, numbers, lists and dicts only, as JSON has them.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, parse_campaign
    >>> campaign = parse_campaign('''
    ... name = "June"
    ... [period]
    ... start = 2025-06-01
    ... end = 2025-06-29
    ... [videos]
    ... platform = "TikTok"
    ... ''')
    >>> figures = key_figures(campaign, lab.sample_snapshot())
    >>> views = figures.totals.counts.views.gained
    >>> views.value, views.reason, views.n, views.of
    (None, 'part_missing', 9, 24)
    """
    return compute_key_figures(gather_data(campaign_file, snapshot))


def compute_key_figures(data: CampaignData) -> KeyFigures:
    """Compute the key figures of a campaign from its rows of a snapshot."""
    count_in = cache(partial(count_videos, data))
    counts = count_in(data.window)
    rated = find_rated_readings(data, data.window)
    find_rates = compute_group_rates(data, rated)
    ranks = rank_videos(data)
    window = WindowFacts(data.window.start.isoformat(), data.window.until.isoformat(), data.window.running)

    def compute_group(group: VideoGroup) -> GroupFigures:
        return GroupFigures(
            kind=group.kind,
            name=group.name,
            videos=len(group.videos),
            missing=group.missing,
            window=window,
            counts=sum_counts([counts[video] for video in group.videos], group.missing),
            engagement_rate=find_rates(group),
            money=compute_money(data, group, counts, data.window),
        )

    missing, outlook = len(data.chosen.missing), CampaignOutlook(data)
    return KeyFigures(
        format=FORMAT,
        campaign=_describe_campaign(data),
        snapshot=_describe_snapshot(data),
        settings=_list_settings(data),
        totals=compute_group(whole_campaign(data)),
        by_creator=tuple(compute_group(group) for group in list_groups(data, "creator")),
        by_platform=tuple(compute_group(group) for group in list_groups(data, "platform")),
        videos=tuple(
            VideoFigures(
                **traits,
                counts=counts[video],
                engagement_rate=compute_video_rates(counts[video], rated.get(video)),
                money=compute_money(data, VideoGroup("video", video, (video,)), counts, data.window),
                share_pct=shares,
                comparison=ranks[video],
            )
            for video, traits, shares in _list_traits(data, counts)
        ),
        targets=compute_targets(data, count_in, outlook),
        period_end=_forecast_end(data, counts, outlook),
        comparison=MedianRanks(
            median_rank([rank.views for rank in ranks.values()], missing),
            median_rank([rank.engagement_rate for rank in ranks.values()], missing),
        ),
        spend=_list_spends(data),
        quality=assess_quality(data, counts, ranks),
        findings=tuple(list_findings(data, counts)),
        reasons=REASONS,
    )


def _forecast_end(data: CampaignData, counts: CountsByVideo, outlook: CampaignOutlook) -> OutlookFigure:
    """Return the limits of the views that are counted by the end of the period, if it is running."""
    if not data.window.running:
        return no_outlook("the period is over", whole_campaign(data).asked)
    return outlook.judge(resolve_period(data.campaign)[1], counts)


def _describe_campaign(data: CampaignData) -> CampaignFacts:
    start, end = resolve_period(data.campaign)
    return CampaignFacts(
        name=data.campaign.name,
        client=data.campaign.client,
        time_zone=data.campaign.period.time_zone,
        start=start.isoformat(),
        end=end.isoformat(),
        until=data.window.until.isoformat(),
        running=data.window.running,
    )


def _describe_snapshot(data: CampaignData) -> SnapshotSource:
    names = ("snapshot_id", "content_digest", "taken_at", "videos", "readings")
    return SnapshotSource(**{name: data.manifest[name] for name in names}, as_of=format_instant(data.as_of))


def _list_settings(data: CampaignData) -> FigureSettings:
    estimators, compare, emv = data.campaign.estimators, data.campaign.compare, data.campaign.emv
    return FigureSettings(
        counted=data.counted,
        engagement_rate=estimators.engagement_rate,
        parts=estimators.parts,
        max_gap=estimators.max_gap,
        long_gap_hours=resolve_max_gap(data.campaign) / HOUR,
        level_pct=estimators.level_pct,
        resamples=estimators.resamples,
        drawn=estimators.draw,
        seed=data.seed,
        compared_with=compare.against,
        compared_with_videos=data.chosen.others,
        at_age=compare.at_age,
        age=compare.age,
        currency=reported_currency(data.campaign),
        emv_currency=None if emv is None else emv.currency,
        emv_rates=emv_rates(data.campaign),
        rules=tuple(f"{rule.label}: {rule.change} ({rule.source})" for rule in data.campaign.added_rules),
    )


def _list_traits(data: CampaignData, counts: CountsByVideo) -> Iterator[tuple[str, dict[str, Any], ShareFigures]]:
    """Yield each video, its traits, and its shares of what the campaign counts."""
    views, engagements = (
        _compute_shares({video: count.pick(name).counted for video, count in counts.items()})
        for name in ("views", "engagements")
    )
    names = ("video_id", "external_video_id", "platform", "title", "creator", "status", "created_at", "published_at")
    for row in data.videos.select(names).iter_rows(named=True):
        video = row["video_id"]
        instants = {name: format_instant(row[name]) for name in ("created_at", "published_at")}
        yield video, row | instants, ShareFigures(views[video], engagements[video])


def _compute_shares(counted: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return each video's share of the known sum in percent: null where any count is negative."""
    known = sum_figures(counted.values()).known or 0
    is_any_negative = any((figure.value or 0) < 0 for figure in counted.values())

    def compute_share(figure: Figure) -> Figure:
        if figure.value is None or is_any_negative:
            return Figure(None, figure.reason or "negative_gain")
        return Figure(figure.value * 100.0 / known) if known > 0 else Figure(None, "no_views")

    return {video: compute_share(figure) for video, figure in counted.items()}


def _list_spends(data: CampaignData) -> tuple[SpendFigures, ...]:
    spends = []
    for spend, videos in zip(data.campaign.spend, data.chosen.spends, strict=True):
        rate = exchange_rate(data.campaign, spend.currency)
        kind = next((name for name in ("video", "creator", "platform") if getattr(spend, name) is not None), CAMPAIGN)
        spends.append(
            SpendFigures(
                date=spend.date.isoformat(),
                amount=spend.amount,
                currency=spend.currency,
                kind=kind,
                name=getattr(spend, kind, None),
                videos=videos,
                reported=Figure(None if rate.value is None else spend.amount * rate.value, rate.reason),
            )
        )
    return tuple(spends)
