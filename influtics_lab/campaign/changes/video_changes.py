"""Videos that came, went or were changed between two snapshots, and readings whose value was corrected afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from influtics_lab.campaign.changes.figure_changes import changed_video
from influtics_lab.campaign.file.local_dates import format_instant
from influtics_lab.platforms import canonical_id
from influtics_lab.schema import COUNTS
from influtics_lab.snapshot import Snapshot

Figure = dict[str, Any]

LISTED: Final = 1_000
WHY: Final = {
    "new": "The earlier snapshot does not have the video.",
    "newly_meant": "The earlier snapshot has the video, but the campaign file does not choose it there.",
    "tracked_before": "The earlier snapshot has the same video under another id.",
    "gone": "The later snapshot does not have the video.",
    "no_longer_meant": "The later snapshot has the video, but the campaign file does not choose it there.",
    "tracked_still": "The later snapshot has the same video under another id.",
    "outside_query": "The snapshot without the video has a filter, which can leave it out.",
    "only_a_part": "The snapshot without the video is one page of the list: the video can be on another page.",
}
LABELS: Final = {
    "video_id": "id",
    "status": "status",
    "title": "title",
    "platform": "platform",
    "creator": "creator",
    "external_video_id": "platform id",
    "published_at": "publication time",
    "created_at": "start of tracking",
}
_KEY: Final = ["video_id", "timestamp"]
_STATES: Final = ("stayed", "came", "went")
Video = Mapping[str, Any]


def tracked_again(then: Sequence[Video], now: Sequence[Video]) -> dict[str, str]:
    """Return the later id of each video that the service tracks under another id now.

    Examples
    --------
    >>> then, now = ([{"video_id": one, "platform": "TikTok", "external_video_id": "7"}] for one in "ab")
    >>> tracked_again(then, now)
    {'a': 'b'}
    """
    before, after = ({video["video_id"] for video in side} for side in (then, now))
    later: dict[str, list[str]] = {}
    for video in now:
        if video["video_id"] not in before and (name := _canonical(video)) is not None:
            later.setdefault(name, []).append(video["video_id"])
    found = {}
    for video in then:
        candidates = later.get(_canonical(video) or "", [])
        if video["video_id"] not in after and candidates:
            found[video["video_id"]] = candidates.pop(0)
    return found


def _canonical(video: Video) -> str | None:
    return canonical_id(video["platform"], video["external_video_id"])


def changed_videos(
    then: Sequence[Video], now: Sequence[Video], since: Snapshot, snapshot: Snapshot, again: Mapping[str, str]
) -> list[Figure]:
    """Return each video of either report, by its later id.

    Parameters
    ----------
    then, now : sequence of mapping
        The videos of both, as `key_figures` has them.
    since, snapshot : Snapshot
    again : mapping of str to str
        The later id of videos that are tracked under another id now.

    Returns
    -------
    list of dict
        ``video_id``, ``title``, ``platform``, ``creator`` (as they are now, else as they were), ``state``
        (``stayed``, ``came``, ``went``), ``why`` it came or went, ``fields`` (details that changed: ``then`` and
        ``now``; a status only where both snapshots have it), ``measures`` (each a `change`).
    """
    before = {again.get(video["video_id"], video["video_id"]): video for video in then}
    after = {video["video_id"]: video for video in now}
    earlier, later = (_Listed(one) for one in (since, snapshot))
    found = []
    for name in sorted({*before, *after}):
        was, now_is = before.get(name), after.get(name)
        why = None
        if was is None:
            why = earlier.why_without(after[name], ("newly_meant", "tracked_before", "new"))
        elif now_is is None:
            why = later.why_without(was, ("no_longer_meant", "tracked_still", "gone"))
        found.append(_video(was, now_is, why))
    return found


def _video(then: Video | None, now: Video | None, why: str | None) -> Figure:
    one: Video = now or then or {}
    return {
        **{name: one[name] for name in ("video_id", "title", "platform", "creator")},
        "state": "came" if then is None else "went" if now is None else "stayed",
        "why": why,
        "fields": {} if then is None or now is None else _fields(then, now),
        "measures": changed_video(then, now),
    }


def _fields(then: Video, now: Video) -> Figure:
    found = {name: {"then": then[name], "now": now[name]} for name in LABELS if then[name] != now[name]}
    if None in found.get("status", {}).values():
        del found["status"]
    return found


class _Listed:
    """The videos that a snapshot has, and why it may lack one."""

    def __init__(self, snapshot: Snapshot) -> None:
        rows = snapshot.videos.select("video_id", "platform", "external_video_id").rows(named=True)
        self.ids = {row["video_id"] for row in rows}
        self.canonical = {_canonical(row) for row in rows} - {None}
        self.query = snapshot.manifest.get("query") or {}
        self.is_part = is_part(snapshot)

    def why_without(self, video: Video, reasons: tuple[str, str, str]) -> str:
        """Return why a video is not of the campaign here: not chosen, under another id, or not there at all."""
        not_chosen, under_another_id, not_there = reasons
        if video["video_id"] in self.ids:
            return not_chosen
        if _canonical(video) in self.canonical:
            return under_another_id
        platform = self.query.get("platform")
        if self.query.get("status") is not None or platform not in {None, video["platform"]}:
            return "outside_query"
        return "only_a_part" if self.is_part else not_there


def is_part(snapshot: Snapshot) -> bool:
    """Say whether a snapshot is one page of the list only."""
    return str(snapshot.manifest["completeness"]["proven"]).startswith("part:")


def changed_readings(since: Snapshot, snapshot: Snapshot, videos: Sequence[Video], again: Mapping[str, str]) -> Figure:
    """Return what became of the readings of the campaign's videos.

    Parameters
    ----------
    since, snapshot : Snapshot
    videos : sequence of mapping
        As `changed_videos` returns them.
    again : mapping of str to str
        The later id of videos that are tracked under another id now.

    Returns
    -------
    dict
        Of the videos that belong both times: ``then``, ``now`` (how many readings there are), ``both``, ``new``,
        ``gone``; ``without_new`` (ids of videos that were not read since); ``values_appeared`` and ``values_gone`` (at
        readings of both); ``corrected``: values that changed for the same video and instant: how many ``values``,
        ``readings``, ``videos``, ``by_count``, ``by_video``, and the ``listed`` ones with ``video_id``, ``at``,
        ``count``, ``then``, ``now``, ``difference``, by video, instant and count; of more than a thousand those that
        differ most, and how many are ``not_listed``. ``of_added`` and ``of_removed``: how many readings the videos
        that came have, and those that went had.
    """
    ids = {state: [video["video_id"] for video in videos if video["state"] == state] for state in _STATES}
    before_ids = {later: earlier for earlier, later in again.items()}
    known_then = [before_ids.get(video, video) for video in (*ids["stayed"], *ids["went"])]
    earlier = _of(since.stats, known_then).with_columns(pl.col("video_id").replace(dict(again)))
    later = snapshot.stats
    before, after = (_of(side, ids["stayed"]) for side in (earlier, later))
    both = before.join(after, on=_KEY, how="inner", suffix="_now")
    fresh = after.join(before, on=_KEY, how="anti")
    shown = [(pl.col(count).is_null(), pl.col(f"{count}_now").is_null()) for count in COUNTS]
    return {
        "then": before.height,
        "now": after.height,
        "both": both.height,
        "new": fresh.height,
        "gone": before.height - both.height,
        "of_added": _of(later, ids["came"]).height,
        "of_removed": _of(earlier, ids["went"]).height,
        "without_new": sorted(set(ids["stayed"]) - set(fresh["video_id"])),
        "values_appeared": sum(both.select((then & ~now).sum()).item() for then, now in shown),
        "values_gone": sum(both.select((~then & now).sum()).item() for then, now in shown),
        "corrected": _corrected(_other_values(both)),
    }


def _of(stats: pl.DataFrame, videos: Sequence[str]) -> pl.DataFrame:
    return stats.filter(pl.col("video_id").is_in(list(videos)))


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
    listed = [{"video_id": row["video_id"], "at": format_instant(row["timestamp"]), **_plain(row)} for row in rows]
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
