"""Fetch only what changed since the last refresh, where that can be checked; else everything, and say why."""

from __future__ import annotations

import datetime as dt
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from influtics_lab.api.decode import ACCOUNTS, Frames
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import Patience
from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.commit import add
from influtics_lab.archive.incremental_read import FullReadNeededError, Walk
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import Entry
from influtics_lab.archive.missed_changes import Unseen, differing, find_unseen
from influtics_lab.archive.row_changes import Added, Rows, visible, within
from influtics_lab.archive.stored_rows import held
from influtics_lab.errors import ArchiveError, DataQualityWarning
from influtics_lab.load import Client
from influtics_lab.load.client import read_snapshot
from influtics_lab.load.freeze import freeze, labelled, now
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

FULL_EVERY: Final = 7.0  # days
_MARGIN: Final = 600_000_000  # microseconds: what began before a read may be written with its older time after it
_NO_ORDER: Final = "the list did not begin with a stats_last_updated"


@dataclass(frozen=True)
class Refreshed:
    """What one ``refresh`` did.

    Parameters
    ----------
    added : Added
        What it changed in the archive.
    full : bool
        Whether everything was read.
    why : str
        Why everything was read; empty where it was not.
    pages : int
        Answers that were read, of whatever kind: also for statuses, and those after which everything was read.
    videos : int
        Videos that the query has now.
    unseen : Unseen
        After a full read that followed a refresh: what no ``stats_last_updated`` had shown.
    """

    added: Added
    full: bool
    why: str
    pages: int
    videos: int
    unseen: Unseen = field(default_factory=Unseen)

    def __str__(self) -> str:
        how = f"read everything ({self.why})" if self.full else "read the latest updates"
        unseen = f"; {self.unseen}" if self.unseen else ""
        return f"{how}: {plural(self.pages, 'page')}, {plural(self.videos, 'video')}; {self.added}{unseen}"

    def __getattr__(self, name: str) -> Any:
        if name == "missed":
            raise AttributeError("Refreshed.missed is now Refreshed.unseen, which names deletions and statuses too.")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@dataclass(frozen=True)
class _Task:
    """What is refreshed, from where, and what the archive knows of it."""

    store: Store
    log: Log
    client: Client
    query: dict[str, Any]
    before: Rows
    patience: Patience

    def walk(self, status: str | None, progress: Progress) -> Walk:
        return Walk(self.client, self.query["platform"], status, self.patience, progress)


def refresh(
    store: Store, log: Log, client: Client | None, query: dict[str, Any], full_every: dt.timedelta
) -> Refreshed:
    """Refresh the archive whose lock is held and whose log was read; see ``Archive.refresh``."""
    _refuse_late_archive(log)
    # Wrong parameters are reported before a key is asked for; the platform is spelled as the service does.
    query = query | {"platform": Query(platform=query["platform"], status=query["status"]).platform}
    client = client or Client()
    task = _Task(store, log, client, query, _before(store, log, query), client.budget())
    try:
        return _read_changes(task, _last_refresh(log, query, full_every))
    except FullReadNeededError as reason:
        return _read_all(task, str(reason))


def _refuse_late_archive(log: Log) -> None:
    """Refuse to read by a clock that is behind the archive: what it reads could not be added."""
    if log.head is not None and _now() < log.head.until:
        raise ArchiveError(
            f"This machine's clock says {_now().isoformat()}, before the end of the archive's last read "
            f"({log.head.read_until}). Nothing was read. Set the clock right, or wait."
        )


def _before(store: Store, log: Log, query: Mapping[str, Any]) -> Rows:
    """Give what the archive knows within the query."""
    known = visible(held(store, log, len(log.entries)))
    ids = known["videos"].filter(within(query))["video_id"].implode()
    return {name: rows.filter(pl.col("video_id").is_in(ids)) for name, rows in known.items()} | {
        "nobody": known["rejected"].filter(pl.col("video_id").is_null())
    }


def _last_refresh(log: Log, query: Mapping[str, Any], full_every: dt.timedelta) -> Entry:
    """Find the refresh to go on from, or say why there is none."""
    asked = [entry for entry in log.entries if entry.query == query]
    if not asked:
        raise FullReadNeededError("the first read of this query")
    last = asked[-1]
    if any(_touches(entry, query) for entry in log.entries[last.number :]):
        raise FullReadNeededError("snapshots of another query were added since")
    if "full_at" not in last.refresh:
        raise FullReadNeededError("the last snapshot was not added by refresh")
    if last.refresh["watermark"] is None:
        raise FullReadNeededError(last.refresh.get("no_watermark") or _NO_ORDER)
    if _now() - dt.datetime.fromisoformat(last.refresh["full_at"]) >= full_every:
        raise FullReadNeededError(f"every {full_every / dt.timedelta(days=1):g} days")
    return last


def _watermark(entry: Entry) -> int:
    """Give the instant below which nothing can be new, in microseconds since 1970."""
    return int(entry.refresh["watermark"]) - _MARGIN


def _touches(entry: Entry, query: Mapping[str, Any]) -> bool:
    one, other = entry.query["platform"], query["platform"]
    return one is None or other is None or one == other


def _now() -> dt.datetime:
    return dt.datetime.fromisoformat(now())


def _read_changes(task: _Task, last: Entry) -> Refreshed:
    """Read from the top of the list down to what the archive knows, and freeze it together with what it knew."""
    taken_at = now()
    watermark = _watermark(last)
    with Progress("changes") as progress:
        walk = task.walk(task.query["status"], progress)
        seen = walk.down_to(watermark)
        _check(task.before, seen, watermark, walk.total)
        frames = _together(task.before, seen)
        statuses = [task.walk(status, progress) for status in STATUSES] if task.query["with_status"] else []
        labels = _labels(task, frames.videos["video_id"], statuses, watermark)
    facts = _facts(task, taken_at, [walk, *statuses], last)
    snapshot = freeze(labelled(frames, labels), facts | {"retries": task.patience.retries})
    state = {"watermark": walk.head, "full_at": last.refresh["full_at"], "full": False}
    added = add(task.store, task.log, snapshot, state)
    return Refreshed(added, full=False, why="", pages=task.patience.pages, videos=snapshot.videos.height)


def _facts(task: _Task, taken_at: str, walks: list[Walk], last: Entry) -> dict[str, Any]:
    ids = [name for walk in walks for name in walk.request_ids]
    since = f"by what was updated since the read of {last.taken_at}"
    return {
        "query": task.query,
        "host": task.client.settings.host,
        "taken_at": taken_at,
        "finished_at": now(),
        "pages": len(ids),
        "request_ids": ids,
        "total_reported": [walks[0].total, walks[0].total],
        "completeness": {"proven": since, "full_read_at": last.refresh["full_at"]},
    }


def _check(before: Rows, seen: Frames, watermark: int, total: int) -> None:
    """Check what can be checked: nothing below the watermark is new, and the number of videos adds up."""
    updated = pl.col("stats_last_updated").to_physical()
    below = seen.videos.filter(updated < watermark)["video_id"]
    if changed := differing(before, {"videos": seen.videos, "stats": seen.stats}, below):
        raise FullReadNeededError(
            f"{plural(len(changed), 'video')} changed, such as {changed[0]}, with a stats_last_updated before what "
            "was read last"
        )
    known = pl.concat([before["videos"]["video_id"], seen.videos["video_id"]]).n_unique()
    if known != total:
        raise FullReadNeededError(f"the list has {plural(total, 'video')}, and {known:,} would be known")


def _together(before: Rows, seen: Frames) -> Frames:
    """Put what was seen in the place of what was known of the same videos."""
    others = ~pl.col("video_id").is_in(seen.videos["video_id"].implode())
    nobody = seen.rejected.filter(pl.col("video_id").is_null())
    parts = {name: before[name].filter(others) for name in ("videos", "stats", "rejected")}
    rejected = [parts["rejected"], seen.rejected] + ([] if nobody.height else [before["nobody"]])
    stats = pl.concat([parts["stats"], seen.stats]).sort("video_id", "timestamp")
    lost = pl.concat(rejected)
    account = replace(seen, stats=stats, rejected=lost).accounting()
    received = account["kept"] + account["rejected"] + account["duplicates"]
    row = {"video_id": None, "page": None, "received": received, "duplicates": account["duplicates"]}
    videos = pl.concat([parts["videos"], seen.videos]).sort("video_id").with_columns(status=pl.lit(None, pl.String))
    accounts = pl.DataFrame([row], schema=ACCOUNTS)
    return replace(seen, videos=videos, stats=stats, rejected=lost, accounts=accounts)


def _labels(task: _Task, ids: pl.Series, walks: list[Walk], watermark: int) -> dict[str, str]:
    """Label the videos: what no status moved up keeps its own, if each status then has as many as it says."""
    if task.query["status"] is not None:
        return dict.fromkeys(ids, task.query["status"])
    if not walks:
        return {}
    known = task.before["videos"].drop_nulls("status")
    labels = dict(zip(known["video_id"], known["status"], strict=True))
    seen: dict[str, set[str]] = {}
    for walk in walks:
        for name in walk.down_to(watermark).videos["video_id"]:
            seen.setdefault(name, set()).add(str(walk.status))
    labels |= {name: next(iter(found)) for name, found in seen.items() if len(found) == 1}
    labels = {name: labels[name] for name in ids if name in labels}
    counted = Counter(labels.values())
    if len(labels) != len(ids) or any(counted[str(walk.status)] != walk.total for walk in walks):
        raise FullReadNeededError("the statuses have other numbers of videos than would be known")
    return labels


def _read_all(task: _Task, why: str) -> Refreshed:
    """Read everything, after a look at the head of the list, from which the next refresh goes on."""
    query, watermark, no_watermark = task.query, None, ""
    with Progress("head") as progress:
        try:
            watermark = task.walk(query["status"], progress).look()
        except FullReadNeededError as reason:
            no_watermark = str(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # what could not be kept is counted in what was added
        snapshot = read_snapshot(**query, client=task.client, patience=task.patience)
    unseen = _unseen(task, snapshot)
    state = {"watermark": watermark, "full_at": snapshot.manifest["finished_at"], "full": True, "why": why}
    state |= {"unseen": unseen.as_dict()} | ({"no_watermark": no_watermark} if no_watermark else {})
    added = add(task.store, task.log, snapshot, state)
    videos = snapshot.videos.height
    return Refreshed(added, full=True, why=why, pages=task.patience.pages, videos=videos, unseen=unseen)


def _unseen(task: _Task, snapshot: Snapshot) -> Unseen:
    """Find what differs although no stamp shows it; nothing is said where there was no refresh to see it."""
    asked = [entry for entry in task.log.entries if entry.query == task.query]
    if not asked or asked[-1].refresh.get("full", True) or asked[-1].refresh["watermark"] is None:
        return Unseen()
    if any(_touches(entry, task.query) for entry in task.log.entries[asked[-1].number :]):
        return Unseen()
    after = {"videos": snapshot.videos, "stats": snapshot.stats}
    return find_unseen(task.before, after, int(asked[-1].refresh["watermark"]))
