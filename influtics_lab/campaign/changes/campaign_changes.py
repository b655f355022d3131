"""What changed between two reports of one campaign: the same file over an earlier and a later snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from influtics_lab.campaign.changes.change_facts import has_same_content, pair_facts, taken_at
from influtics_lab.campaign.changes.change_statements import notes, statements
from influtics_lab.campaign.changes.figure_changes import changed_group, changed_groups, changed_target
from influtics_lab.campaign.changes.video_changes import WHY, changed_readings, changed_videos, tracked_again
from influtics_lab.campaign.figures.figure_types import KeyFigures, plain_figures
from influtics_lab.campaign.figures.key_figures import key_figures
from influtics_lab.campaign.figures.missing_reasons import REASONS
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.errors import ConfigError
from influtics_lab.snapshot import Snapshot

Figure = dict[str, Any]

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
    figures: KeyFigures | Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give what changed in a campaign from one snapshot to a later one, under the same campaign file.

    ::

        difference = now - then

    A difference is null where either side is, and says why. The total of a group is null where a count is not known of
    every video, so each count of a group also has ``alike``: the difference over those videos of which it is known both
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
    dict
        Of texts, numbers, lists and dicts only, the same on every day: ``same`` (whether both have the same content),
        ``then`` and ``now`` (the snapshots and what they know of the period), ``hours_between``, ``settings``,
        ``totals``, ``by_creator``, ``by_platform``, ``videos`` (those of either, by id), ``came``, ``went`` (ids),
        ``targets``, ``readings`` (of the videos that belong both times: how many are new, gone, or have another value
        now), ``findings`` (``new``, ``gone``, ``changed``), ``notes`` (what to know first), ``statements`` (sentences
        by topic: ``snapshots``, ``videos``, ``views``, ``readings``), ``reasons``. Each figure is a dict with ``then``,
        ``now``, ``difference``, and ``then_reason``, ``now_reason``, ``reason`` where these are null.

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
    >>> found["same"], found["totals"]["measures"]["views_last_read"]["alike"]["difference"]
    (True, 0)
    """
    _in_order(snapshot, since)
    now = plain_figures(key_figures(campaign_file, snapshot) if figures is None else figures)
    if now["snapshot"]["content_digest"] != snapshot.manifest["content_digest"]:
        raise ConfigError(
            f"figures are of the snapshot {now['snapshot']['snapshot_id']}, not of {snapshot.manifest['snapshot_id']}. "
            "Give those that key_figures() gave of the later snapshot, or none."
        )
    then = now if has_same_content(snapshot, since) else key_figures(campaign_file, since).to_dict()
    again = tracked_again(then["videos"], now["videos"])
    same_ids = [{**one, "video_id": again.get(one["video_id"], one["video_id"])} for one in then["videos"]]
    videos = changed_videos(then["videos"], now["videos"], since, snapshot, again)
    readings = changed_readings(since, snapshot, videos, again)
    before = {**then, "videos": same_ids}
    facts = pair_facts((before, since), (now, snapshot), videos, readings)
    return {
        "format": FORMAT,
        "same": facts.same_content,
        "then": _as_they_stood(then, since),
        "now": _as_they_stood(now, snapshot),
        "hours_between": (facts.now.taken_at - facts.then.taken_at) / _HOUR,
        "settings": {name: value for name, value in now["settings"].items() if name != "seed"},
        "totals": changed_group(then["totals"], now["totals"], same_ids, now["videos"]),
        "by_creator": changed_groups(before, now, "creator"),
        "by_platform": changed_groups(before, now, "platform"),
        "videos": videos,
        "came": [one["video_id"] for one in videos if one["state"] == "came"],
        "went": [one["video_id"] for one in videos if one["state"] == "went"],
        "targets": [changed_target(*pair) for pair in zip(then["targets"], now["targets"], strict=True)],
        "readings": readings,
        "findings": _changed_findings(then["findings"], now["findings"]),
        "notes": [note.to_dict() for note in notes(facts)],
        "statements": {topic: [one.to_dict() for one in found] for topic, found in statements(facts).items()},
        "reasons": {**REASONS, **_OWN_REASONS, **WHY},
    }


def _in_order(snapshot: Snapshot, since: Snapshot) -> None:
    if taken_at(since) > taken_at(snapshot):
        raise ConfigError(
            f"since is the snapshot {since.manifest['snapshot_id']}, taken at {since.manifest['taken_at']}, which is "
            f"after the other one, {snapshot.manifest['snapshot_id']}, of {snapshot.manifest['taken_at']}. "
            "Give the earlier one as since."
        )


def _as_they_stood(figures: Mapping[str, Any], snapshot: Snapshot) -> Figure:
    told = {name: snapshot.manifest[name] for name in ("snapshot_id", "taken_at")}
    period = {name: figures["campaign"][name] for name in ("until", "running")}
    return {**figures["snapshot"], **told, **period, "campaign_videos": figures["totals"]["videos"]}


def _changed_findings(then: list[Figure], now: list[Figure]) -> Figure:
    """Tell findings apart by their text; of a code that has one other text each time, the text changed."""
    fresh = [one for one in now if one not in then]
    gone = [one for one in then if one not in now]
    changed = []
    for code in dict.fromkeys(one["code"] for one in fresh):
        pair = [[one for one in side if one["code"] == code] for side in (gone, fresh)]
        if [len(side) for side in pair] == [1, 1]:
            (before,), (after,) = pair
            changed.append({"code": code, "level": after["level"], "then": before["text"], "now": after["text"]})
            gone.remove(before)
            fresh.remove(after)
    return {"new": fresh, "gone": gone, "changed": changed}
