"""The key figures of a campaign: one plain dict, the same from the same campaign file and snapshot, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from influtics_lab.campaign.figures.campaign_costs import exchange_rate, money, reported_currency
from influtics_lab.campaign.figures.campaign_data import Material, gather
from influtics_lab.campaign.figures.count_figures import Figure
from influtics_lab.campaign.figures.data_quality import quality
from influtics_lab.campaign.figures.engagement_rates import (
    Rated,
    gained_rate_of,
    last_rate_of,
    last_rates,
    rate_of,
    rated_readings,
    rated_rows,
    rates_at_age,
)
from influtics_lab.campaign.figures.equal_age_ranks import MEASURES, comparisons, middle
from influtics_lab.campaign.figures.figure_types import KeyFigures
from influtics_lab.campaign.figures.findings import as_figures, findings
from influtics_lab.campaign.figures.long_gaps import HOUR
from influtics_lab.campaign.figures.missing_reasons import REASONS, known, unknown
from influtics_lab.campaign.figures.targets import targets
from influtics_lab.campaign.figures.video_counts import COUNTED, ENGAGEMENTS, Standing, of_videos, standings, total
from influtics_lab.campaign.figures.video_groups import CAMPAIGN, Scope, campaign, creators, platforms
from influtics_lab.campaign.file.local_dates import format_instant, resolve_max_gap, resolve_period
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

FORMAT: Final = 2
_SHARED: Final = ("views", ENGAGEMENTS)
Standings = Mapping[str, Mapping[str, Standing]]


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
    material = gather(campaign_file, snapshot)
    standing = standings(material, material.window)
    compared = comparisons(material)
    rated = rated_readings(material, material.window)
    rows = rated_rows(material, rated)
    rates = {kind: (last_rates(material, rows, kind), rates_at_age(material, kind)) for kind in _KINDS}
    everything = campaign(material)
    plain = {
        "format": FORMAT,
        "campaign": _campaign(material),
        "snapshot": _snapshot(material),
        "settings": _settings(material),
        "totals": _of_scope(material, everything, standing, rates),
        "by_creator": [_of_scope(material, one, standing, rates) for one in creators(material)],
        "by_platform": [_of_scope(material, one, standing, rates) for one in platforms(material)],
        "videos": _videos(material, standing, rated, compared),
        "targets": targets(material),
        "comparison": {measure: middle(compared, measure, everything.missing) for measure in MEASURES},
        "spend": _spends(material),
        "quality": quality(material, standing, compared),
        "findings": as_figures(findings(material, standing)),
        "reasons": REASONS,
    }
    return KeyFigures.from_dict(plain)


_KINDS: Final = (CAMPAIGN, "creator", "platform")


def _campaign(material: Material) -> dict[str, Any]:
    start, end = resolve_period(material.campaign)
    window = material.window
    return {
        "name": material.campaign.name,
        "client": material.campaign.client,
        "time_zone": material.campaign.period.time_zone,
        "start": format_instant(start),
        "end": format_instant(end),
        "until": format_instant(window.until),
        "running": window.running,
    }


def _snapshot(material: Material) -> dict[str, Any]:
    told = ("snapshot_id", "content_digest", "taken_at", "videos", "readings")
    return {name: material.manifest[name] for name in told} | {"as_of": format_instant(material.as_of)}


def _settings(material: Material) -> dict[str, Any]:
    estimators, compare, emv = material.campaign.estimators, material.campaign.compare, material.campaign.emv
    rates = {} if emv is None else {count: getattr(emv, count) for count in COUNTS if getattr(emv, count) is not None}
    return {
        "counted": material.counted,
        "engagement_rate": list(estimators.engagement_rate),
        "parts": list(estimators.parts),
        "max_gap": estimators.max_gap,
        "long_gap_hours": resolve_max_gap(material.campaign) / HOUR,
        "level_pct": estimators.level_pct,
        "resamples": estimators.resamples,
        "drawn": estimators.draw,
        "seed": material.seed,
        "compared_with": compare.against,
        "compared_with_videos": list(material.chosen.others),
        "at_age": compare.at_age,
        "age": compare.age,
        "currency": reported_currency(material.campaign),
        "emv_currency": None if emv is None else emv.currency,
        "emv_rates": rates,
    }


def _of_scope(material: Material, scope: Scope, standing: Standings, rates: Mapping[str, Any]) -> dict[str, Any]:
    counts: dict[str, dict[str, Figure]] = {}
    for count, place, figure in of_videos(standing, scope.videos, scope.missing):
        counts.setdefault(count, {})[place] = figure
    # Draws are seeded by a group's name: a group of all videos has the campaign's, so that it has its interval, too.
    whole = set(scope.videos) == set(material.chosen.videos)
    kind, name = (CAMPAIGN, CAMPAIGN) if whole else (scope.kind, scope.name)
    last, at_age = (rate_of(found.get(name, {}), scope, material, at_age=n == 1) for n, found in enumerate(rates[kind]))
    window = material.window
    return {
        "kind": scope.kind,
        "name": scope.name,
        "videos": len(scope.videos),
        "missing": scope.missing,
        "window": {
            "start": format_instant(window.start),
            "until": format_instant(window.until),
            "running": window.running,
        },
        "counts": counts,
        "engagement_rate": {"last_read": last, "at_age": at_age},
        "money": money(material, scope, standing, material.window),
    }


def _videos(
    material: Material,
    standing: Standings,
    rated: Mapping[str, Rated],
    compared: Mapping[str, Mapping[str, Figure]],
) -> list[dict[str, Any]]:
    shares = {count: _shares(standing, count) for count in _SHARED}
    return [
        {
            **_traits(row),
            "counts": standing[video],
            "engagement_rate": {
                "last_read": last_rate_of(standing[video], rated.get(video)),
                "gained": gained_rate_of(standing[video]),
            },
            "money": money(material, Scope("video", video, (video,)), standing, material.window),
            "share_pct": {count: share(standing[video][count][COUNTED]) for count, share in shares.items()},
            "comparison": dict(compared[video]),
        }
        for video, row in ((row["video_id"], row) for row in material.videos.iter_rows(named=True))
    ]


def _traits(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("video_id", "external_video_id", "platform", "title", "creator", "status")
    instants = {name: format_instant(row[name]) for name in ("created_at", "published_at")}
    return {**{name: row[name] for name in names}, **instants}


def _shares(standing: Standings, count: str) -> Callable[[Figure], Figure]:
    """Return what says which share of the known sum a video's count is: null where any count is negative."""
    figures = [counts[count][COUNTED] for counts in standing.values()]
    whole, any_negative = total(figures)["known"], any((figure["value"] or 0) < 0 for figure in figures)

    def share(figure: Figure) -> Figure:
        if figure["value"] is None:
            return unknown(figure["reason"])
        if any_negative:
            return unknown("negative_gain")
        return known(figure["value"] * 100.0 / whole) if whole > 0 else unknown("no_views")

    return share


def _spends(material: Material) -> list[dict[str, Any]]:
    found = []
    for spend, videos in zip(material.campaign.spend, material.chosen.spends, strict=True):
        rate = exchange_rate(material.campaign, spend.currency)
        worth = unknown(rate["reason"]) if rate["value"] is None else known(spend.amount * rate["value"])
        kind = next((name for name in ("video", "creator", "platform") if getattr(spend, name) is not None), CAMPAIGN)
        found.append(
            {
                "date": spend.date.isoformat(),
                "amount": spend.amount,
                "currency": spend.currency,
                "kind": kind,
                "name": getattr(spend, kind, None),
                "videos": list(videos),
                "reported": worth,
            }
        )
    return found
