"""Videos that came, went or were changed between two snapshots, and readings whose value was corrected afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.changes_measures import changed_video
from influtics_lab.campaign.counts import Figure
from influtics_lab.campaign.instants import written
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

LISTED: Final = 1_000
WHY: Final = {
    "new": "The service did not list the video before.",
    "newly_meant": "The video was there before, and what the campaign file asks for holds of it only now.",
    "gone": "The service no longer lists the video: deleted, or no longer tracked.",
    "no_longer_meant": "The video is still there, and what the campaign file asks for no longer holds of it.",
    "outside_query": "One of the snapshots was asked for some platform or status only, and may lack it for that alone.",
    "only_a_part": "One of the snapshots is only a part of the list, and may lack it for that alone.",
}
_TOLD: Final = ("status", "title", "platform", "creator", "external_video_id", "published_at")
_KEY: Final = ["video_id", "timestamp"]


def changed_videos(
    then: Mapping[str, Any], now: Mapping[str, Any], since: Snapshot, snapshot: Snapshot
) -> list[Figure]:
    """Give each video of either report, by id.

    Returns
    -------
    list of dict
        ``video_id``, ``title``, ``platform``, ``creator`` (as they are now, else as they were), ``state``
        (``stayed``, ``came``, ``went``), ``why`` it came or went, ``fields`` (what is told otherwise now: ``then`` and
        ``now``; a status only where both snapshots have it), ``measures`` (each a `change`).
    """
    before, after = ({video["video_id"]: video for video in side["videos"]} for side in (then, now))
    there = [{row["video_id"]: row for row in one.videos.iter_rows(named=True)} for one in (since, snapshot)]
    return [
        _video(name, before.get(name), after.get(name), _why(name, there, since, snapshot))
        for name in sorted({*before, *after})
    ]


def _video(name: str, then: Mapping[str, Any] | None, now: Mapping[str, Any] | None, why: Mapping[str, str]) -> Figure:
    state = "came" if then is None else "went" if now is None else "stayed"
    one: Mapping[str, Any] = now or then or {}
    return {
        "video_id": name,
        **{told: one[told] for told in ("title", "platform", "creator")},
        "state": state,
        "why": why.get(state),
        "fields": {} if then is None or now is None else _fields(then, now),
        "measures": changed_video(then, now),
    }


def _fields(then: Mapping[str, Any], now: Mapping[str, Any]) -> Figure:
    found = {name: {"then": then[name], "now": now[name]} for name in _TOLD if then[name] != now[name]}
    if None in found.get("status", {}).values():
        del found["status"]
    return found


def _why(name: str, there: Sequence[Mapping[str, Any]], since: Snapshot, snapshot: Snapshot) -> dict[str, str]:
    """Say why a video would have come, and why it would have gone."""
    before, after = (side.get(name) for side in there)
    return {
        "came": "newly_meant" if before is not None else _lacking(since, after, "new"),
        "went": "no_longer_meant" if after is not None else _lacking(snapshot, before, "gone"),
    }


def _lacking(snapshot: Snapshot, video: Mapping[str, Any] | None, plainly: str) -> str:
    """Say why a snapshot lacks a video that another one has."""
    query = snapshot.manifest.get("query") or {}
    platform = query.get("platform")
    if query.get("status") is not None or (platform is not None and video and video["platform"] != platform):
        return "outside_query"
    return "only_a_part" if is_part(snapshot) else plainly


def is_part(snapshot: Snapshot) -> bool:
    """Say whether a snapshot is one page of the list only."""
    return str(snapshot.manifest["completeness"]["proven"]).startswith("part:")


def changed_readings(since: Snapshot, snapshot: Snapshot, videos: Sequence[str]) -> Figure:
    """Give what became of the readings of some videos.

    Parameters
    ----------
    since, snapshot : Snapshot
    videos : sequence of str

    Returns
    -------
    dict
        ``then``, ``now`` (how many readings there are), ``new``, ``gone``; ``without_new`` (ids of videos that were not
        read since); ``values_appeared`` and ``values_gone`` (at readings of both); ``corrected``: values that are
        others now for the same video and instant: how many ``values``, ``readings``, ``videos``, ``by_count``,
        ``by_video``, and the ``listed`` ones with ``video_id``, ``at``, ``count``, ``then``, ``now``, ``difference``,
        by video, instant and count; of more than a thousand those that differ most, and how many are ``not_listed``.
    """
    before, after = (one.stats.filter(pl.col("video_id").is_in(list(videos))) for one in (since, snapshot))
    both = before.join(after, on=_KEY, how="inner", suffix="_now")
    fresh = after.join(before, on=_KEY, how="anti")
    shown = [(pl.col(count).is_null(), pl.col(f"{count}_now").is_null()) for count in COUNTS]
    return {
        "then": before.height,
        "now": after.height,
        "new": fresh.height,
        "gone": before.join(after, on=_KEY, how="anti").height,
        "without_new": sorted(set(videos) - set(fresh["video_id"])),
        "values_appeared": sum(both.select((then & ~now).sum()).item() for then, now in shown),
        "values_gone": sum(both.select((~then & now).sum()).item() for then, now in shown),
        "corrected": _corrected(_other_values(both)),
    }


def _other_values(both: pl.DataFrame) -> pl.DataFrame:
    """Give one row for each value that is another one now: ``video_id timestamp count then now difference``."""
    parts = [
        both.filter(pl.col(count) != pl.col(f"{count}_now")).select(
            *_KEY,
            pl.lit(count).alias("count"),
            pl.lit(n).alias("nth"),
            pl.col(count).alias("then"),
            pl.col(f"{count}_now").alias("now"),
        )
        for n, count in enumerate(COUNTS)
    ]
    found = pl.concat(parts).with_columns(difference=pl.col("now") - pl.col("then"))
    return found.sort(*_KEY, "nth").drop("nth")


def _corrected(values: pl.DataFrame) -> Figure:
    most = values
    if values.height > LISTED:
        size = values["difference"].abs().alias("size")
        most = values.with_columns(size).with_row_index("row").sort("size", "row", descending=[True, False])
        most = most.head(LISTED).sort("row")
    rows = most.select(*_KEY, "count", "then", "now", "difference").iter_rows(named=True)
    listed = [{"video_id": row["video_id"], "at": written(row["timestamp"]), **_plain(row)} for row in rows]
    return {
        "values": values.height,
        "readings": values.select(_KEY).n_unique() if values.height else 0,
        "videos": values["video_id"].n_unique(),
        "by_count": {count: _sums(values.filter(pl.col("count") == count)) for count in COUNTS},
        "by_video": dict(values.group_by("video_id").len("values").sort("video_id").rows()),
        "listed": listed,
        "not_listed": values.height - len(listed),
    }


def _plain(row: Mapping[str, Any]) -> Figure:
    return {name: row[name] for name in ("count", "then", "now", "difference")}


def _sums(values: pl.DataFrame) -> Figure:
    up = values.filter(pl.col("difference") > 0).height
    return {"values": values.height, "up": up, "down": values.height - up, "net": int(values["difference"].sum())}
