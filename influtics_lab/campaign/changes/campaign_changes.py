"""What changed between two reports of one campaign: the same file over an earlier and a later snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from influtics_lab.campaign.changes.change_statements import list_notes, write_statements
from influtics_lab.campaign.changes.change_types import CampaignChanges, ChangedFinding, FindingChanges, SnapshotSide
from influtics_lab.campaign.changes.figure_changes import compare_group, compare_groups, compare_targets
from influtics_lab.campaign.changes.snapshot_pair import PairSide, pair_snapshots
from influtics_lab.campaign.changes.video_changes import WHY, compare_readings, list_video_changes
from influtics_lab.campaign.figures.key_figure_types import FiguresOrDict, Finding, KeyFigures
from influtics_lab.campaign.figures.key_figures import key_figures
from influtics_lab.campaign.figures.missing_reasons import REASONS
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.errors import ConfigError
from influtics_lab.snapshot import Snapshot

FORMAT: Final = 1
_HOUR: Final = dt.timedelta(hours=1)
_OWN_REASONS: Final = {
    "came": "It did not belong to the campaign in the earlier snapshot.",
    "went": "It does not belong to the campaign in the later snapshot.",
}


def changes(
    campaign_file: Campaign,
    snapshot: Snapshot,
    since: Snapshot,
    *,
    figures: FiguresOrDict | None = None,
) -> CampaignChanges:
    """Compute what changed in a campaign from one snapshot to a later one, under the same campaign file.

    ::

        difference = now - then

    A difference is null where either side is, for a reason. The total of a group is null where a count is not known of
    every video, so each count of a group also has ``alike``: the difference over those videos whose count is known both
    times. Differences describe these videos; they are no estimate, and have no interval.

    Parameters
    ----------
    campaign_file : Campaign
    snapshot : Snapshot
        The later one.
    since : Snapshot
        The earlier one: that of the last report.
    figures : KeyFigures or mapping, optional
        What `key_figures` returned of the later one, where it is there already.

    Returns
    -------
    CampaignChanges
        The same on every day. ``to_dict()`` returns texts, numbers, lists and dicts only.

    Raises
    ------
    ConfigError
        If ``since`` was taken after ``snapshot``, or ``figures`` are of another snapshot.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import parse_campaign
    >>> campaign = parse_campaign('''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-29}
    ... videos = {platform = "TikTok"}
    ... ''')
    >>> sample = lab.sample_snapshot()
    >>> found = changes(campaign, sample, sample)
    >>> found.same, found.totals.measures["views_last_read"].alike.difference
    (True, 0)
    """
    now = key_figures(campaign_file, snapshot) if figures is None else KeyFigures.of(figures)
    later = PairSide(now, snapshot)
    if now.snapshot.content_digest != snapshot.manifest["content_digest"]:
        raise ConfigError(
            f"figures are of the snapshot {now.snapshot.snapshot_id}, not of {snapshot.manifest['snapshot_id']}. "
            "Give those that key_figures() returned of the later snapshot, or none."
        )
    has_same_content = since.manifest["content_digest"] == snapshot.manifest["content_digest"]
    earlier = PairSide(now if has_same_content else key_figures(campaign_file, since), since)
    _check_order(earlier, later)
    pair = pair_snapshots(earlier, later)
    videos = list_video_changes(pair)
    readings = compare_readings(pair, videos)
    then, settings = earlier.figures, now.settings.to_dict()
    return CampaignChanges(
        format=FORMAT,
        same=pair.is_same,
        then=_describe_side(earlier),
        now=_describe_side(later),
        hours_between=(later.taken_at - earlier.taken_at) / _HOUR,
        settings={name: value for name, value in settings.items() if name != "seed"},
        totals=compare_group(then.totals, now.totals, pair.videos_then, pair.videos_now),
        by_creator=compare_groups(pair, "creator"),
        by_platform=compare_groups(pair, "platform"),
        videos=videos,
        came=tuple(video.video_id for video in videos if video.state == "came"),
        went=tuple(video.video_id for video in videos if video.state == "went"),
        targets=tuple(compare_targets(*both) for both in zip(then.targets, now.targets, strict=True)),
        readings=readings,
        findings=_compare_findings(then.findings, now.findings),
        notes=tuple(list_notes(pair)),
        statements=write_statements(pair, videos, readings),
        reasons={**REASONS, **_OWN_REASONS, **WHY},
    )


def _check_order(then: PairSide, now: PairSide) -> None:
    if then.taken_at > now.taken_at:
        since, snapshot = then.snapshot.manifest, now.snapshot.manifest
        raise ConfigError(
            f"since is the snapshot {since['snapshot_id']}, taken at {since['taken_at']}, which is after the other "
            f"one, {snapshot['snapshot_id']}, of {snapshot['taken_at']}. Give the earlier one as since."
        )


def _describe_side(side: PairSide) -> SnapshotSide:
    source, campaign = side.figures.snapshot, side.figures.campaign
    return SnapshotSide(
        snapshot_id=side.snapshot.manifest["snapshot_id"],
        content_digest=source.content_digest,
        taken_at=side.snapshot.manifest["taken_at"],
        videos=source.videos,
        readings=source.readings,
        as_of=source.as_of,
        until=campaign.until,
        running=campaign.running,
        campaign_videos=side.figures.totals.videos,
    )


def _compare_findings(then: Sequence[Finding], now: Sequence[Finding]) -> FindingChanges:
    """Compare findings by their text; where a code has one other text each time, the text changed."""
    new = [finding for finding in now if finding not in then]
    gone = [finding for finding in then if finding not in now]
    changed = []
    for code in dict.fromkeys(finding.code for finding in new):
        before, after = ([finding for finding in side if finding.code == code] for side in (gone, new))
        if len(before) == len(after) == 1:
            changed.append(ChangedFinding(code, after[0].level, before[0].text, after[0].text))
            gone.remove(before[0])
            new.remove(after[0])
    return FindingChanges(tuple(new), tuple(gone), tuple(changed))
