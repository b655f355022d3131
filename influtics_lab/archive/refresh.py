"""Refresh an archive: read only what changed since the last refresh, where that can be checked; else everything."""

from __future__ import annotations

import datetime as dt
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from influtics_lab.api.decode import Frames
from influtics_lab.api.progress_line import Progress
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import RetryBudget
from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.commit import add_snapshot
from influtics_lab.archive.incremental_read import FullReadNeededError, UpdateReader
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import Entry
from influtics_lab.archive.missed_changes import Unseen, find_differing_videos, find_unseen
from influtics_lab.archive.row_changes import Added, Rows, query_filter, visible_rows
from influtics_lab.archive.stored_rows import read_held_rows
from influtics_lab.errors import ArchiveError, DataQualityWarning
from influtics_lab.load import Client
from influtics_lab.load.build_snapshot import build_snapshot, current_timestamp, with_status_labels
from influtics_lab.load.client import read_snapshot
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

FULL_EVERY: Final = 7.0  # days
_MARGIN_US: Final = 600_000_000  # an update that began before a read may appear after it, with its older time
_NO_ORDER: Final = "the list did not begin with a stats_last_updated"


@dataclass(frozen=True)
class Refreshed:
    """What one ``refresh_archive`` did.

    Parameters
    ----------
    added : Added
        What it changed in the archive.
    full : bool
        Whether everything was read.
    why : str
        Why everything was read; empty otherwise.
    pages : int
        All answers that were read, also those for statuses, and those of an incremental read that was not enough.
    videos : int
        Videos that the query has now.
    unseen : Unseen
        After a full read that followed a refresh: the changes that no ``stats_last_updated`` had shown.
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

    if not TYPE_CHECKING:  # a type checker should refuse other names

        def __getattr__(self, name: str) -> object:
            if name == "missed":
                raise AttributeError("Refreshed.missed is now Refreshed.unseen, with deletions and statuses, too.")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@dataclass(frozen=True)
class _Task:
    """The inputs of one refresh, and the archive's rows within its query before it."""

    store: Store
    log: Log
    client: Client
    query: dict[str, Any]
    before: Rows
    budget: RetryBudget

    def make_reader(self, status: str | None, progress: Progress) -> UpdateReader:
        return UpdateReader(self.client, self.query["platform"], status, self.budget, progress)


def refresh_archive(
    store: Store, log: Log, client: Client | None, query: dict[str, Any], full_every: dt.timedelta
) -> Refreshed:
    """Refresh the archive; see ``Archive.refresh``. The caller holds the lock and has read the log."""
    _refuse_slow_clock(log)
    # First, since wrong parameters are reported before a missing key. It also spells the platform as the service does.
    query = query | {"platform": Query(platform=query["platform"], status=query["status"]).platform}
    client = client or Client()
    task = _Task(store, log, client, query, _known_rows(store, log, query), client.new_budget())
    try:
        return _read_changes(task, _find_last_refresh(log, query, full_every))
    except FullReadNeededError as reason:
        return _read_all(task, str(reason))


def _refuse_slow_clock(log: Log) -> None:
    """Refuse to read if the clock is behind the archive's last read: the result could not be added."""
    if log.head is not None and _current_time() < log.head.until:
        raise ArchiveError(
            f"This machine's clock shows {_current_time().isoformat()}, before the end of the archive's last read "
            f"({log.head.read_until}). Nothing was read. Correct the clock, or wait."
        )


def _known_rows(store: Store, log: Log, query: Mapping[str, Any]) -> Rows:
    """Return the archive's rows within the query; rejected rows without a video under "orphans"."""
    known = visible_rows(read_held_rows(store, log, log.count))
    ids = known["videos"].filter(query_filter(query))["video_id"].implode()
    return {name: rows.filter(pl.col("video_id").is_in(ids)) for name, rows in known.items()} | {
        "orphans": known["rejected"].filter(pl.col("video_id").is_null())
    }


def _find_last_refresh(log: Log, query: Mapping[str, Any], full_every: dt.timedelta) -> Entry:
    """Return the refresh to continue from; raise FullReadNeededError if there is none."""
    last = log.latest_of(query)
    if last is None:
        raise FullReadNeededError("the first read of this query")
    if any(_can_overlap(entry, query) for entry in log.entries_after(last.number)):
        raise FullReadNeededError("snapshots of another query were added since")
    if "full_at" not in last.refresh:
        raise FullReadNeededError("the last snapshot was not added by refresh")
    if last.refresh["watermark"] is None:
        raise FullReadNeededError(last.refresh.get("no_watermark") or _NO_ORDER)
    if _current_time() - dt.datetime.fromisoformat(last.refresh["full_at"]) >= full_every:
        raise FullReadNeededError(f"every {full_every / dt.timedelta(days=1):g} days")
    return last


def _can_overlap(entry: Entry, query: Mapping[str, Any]) -> bool:
    first, second = entry.query["platform"], query["platform"]
    return first is None or second is None or first == second


def _current_time() -> dt.datetime:
    return dt.datetime.fromisoformat(current_timestamp())


def _read_changes(task: _Task, last: Entry) -> Refreshed:
    """Read from the top of the list down to the last refresh, and add the result merged with the known rows."""
    taken_at = current_timestamp()
    watermark = int(last.refresh["watermark"]) - _MARGIN_US  # nothing below it can be new
    with Progress("changes") as progress:
        reader = task.make_reader(task.query["status"], progress)
        fetched = reader.read_down_to(watermark)
        _check_pages(task.before, fetched, watermark, reader.total)
        frames = _merge_with_known(task.before, fetched)
        statuses = [task.make_reader(status, progress) for status in STATUSES] if task.query["with_status"] else []
        labels = _label_statuses(task, frames.videos["video_id"], statuses, watermark)
    facts = _manifest_facts(task, taken_at, [reader, *statuses], last)
    snapshot = build_snapshot(with_status_labels(frames, labels), facts | {"retries": task.budget.retries})
    state = {"watermark": reader.newest_at, "full_at": last.refresh["full_at"], "full": False}
    added = add_snapshot(task.store, task.log, snapshot, state)
    return Refreshed(added, full=False, why="", pages=task.budget.pages, videos=snapshot.videos.height)


def _manifest_facts(task: _Task, taken_at: str, readers: list[UpdateReader], last: Entry) -> dict[str, Any]:
    ids = [name for reader in readers for name in reader.request_ids]
    since = f"by what was updated since the read of {last.taken_at}"
    return {
        "query": task.query,
        "host": task.client.settings.host,
        "taken_at": taken_at,
        "finished_at": current_timestamp(),
        "pages": len(ids),
        "request_ids": ids,
        "total_reported": [readers[0].total, readers[0].total],
        "completeness": {"proven": since, "full_read_at": last.refresh["full_at"]},
    }


def _check_pages(before: Rows, fetched: Frames, watermark: int, total: int) -> None:
    """Check that nothing below the watermark changed, and that the number of videos adds up."""
    updated = pl.col("stats_last_updated").to_physical()
    below = fetched.videos.filter(updated < watermark)["video_id"]
    if changed := find_differing_videos(before, {"videos": fetched.videos, "stats": fetched.stats}, below):
        raise FullReadNeededError(
            f"{plural(len(changed), 'video')} changed, such as {changed[0]}, with a stats_last_updated before the last "
            "read"
        )
    known = pl.concat([before["videos"]["video_id"], fetched.videos["video_id"]]).n_unique()
    if known != total:
        raise FullReadNeededError(f"the list has {plural(total, 'video')}, but the archive would have {known:,}")


def _merge_with_known(before: Rows, fetched: Frames) -> Frames:
    """Replace the known rows of the videos that were read by those that were read."""
    others = ~pl.col("video_id").is_in(fetched.videos["video_id"].implode())
    orphans = fetched.rejected.filter(pl.col("video_id").is_null())
    parts = {name: before[name].filter(others) for name in ("videos", "stats", "rejected")}
    rejected = [parts["rejected"], fetched.rejected] + ([] if orphans.height else [before["orphans"]])
    stats = pl.concat([parts["stats"], fetched.stats]).sort("video_id", "timestamp")
    rejected_rows = pl.concat(rejected)
    account = replace(fetched, stats=stats, rejected=rejected_rows).count_points()
    received = account["kept"] + account["rejected"] + account["duplicates"]
    videos = pl.concat([parts["videos"], fetched.videos]).sort("video_id").with_columns(status=pl.lit(None, pl.String))
    return replace(fetched, videos=videos, stats=stats, rejected=rejected_rows, received=received)


def _label_statuses(task: _Task, ids: pl.Series, readers: list[UpdateReader], watermark: int) -> dict[str, str]:
    """Return each video's status: the known one unless a video moved up, if the totals of all statuses then agree."""
    if task.query["status"] is not None:
        return dict.fromkeys(ids, task.query["status"])
    if not readers:
        return {}
    known = task.before["videos"].drop_nulls("status")
    labels = dict(zip(known["video_id"], known["status"], strict=True))
    statuses_of: dict[str, set[str]] = {}
    for reader in readers:
        for name in reader.read_down_to(watermark).videos["video_id"]:
            statuses_of.setdefault(name, set()).add(str(reader.status))
    labels |= {name: next(iter(statuses)) for name, statuses in statuses_of.items() if len(statuses) == 1}
    labels = {name: labels[name] for name in ids if name in labels}
    counted = Counter(labels.values())
    if len(labels) != len(ids) or any(counted[str(reader.status)] != reader.total for reader in readers):
        raise FullReadNeededError("the numbers of videos by status do not add up")
    return labels


def _read_all(task: _Task, why: str) -> Refreshed:
    """Read everything, after noting the newest instant of the list, from which the next refresh continues."""
    query, watermark, no_watermark = task.query, None, ""
    with Progress("head") as progress:
        try:
            watermark = task.make_reader(query["status"], progress).read_newest_instant()
        except FullReadNeededError as reason:
            no_watermark = str(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # `Added` counts the rejected values
        snapshot = read_snapshot(**query, client=task.client, budget=task.budget)
    unseen = _find_unseen_changes(task, snapshot)
    state = {"watermark": watermark, "full_at": snapshot.manifest["finished_at"], "full": True, "why": why}
    state |= {"unseen": unseen.as_dict()} | ({"no_watermark": no_watermark} if no_watermark else {})
    added = add_snapshot(task.store, task.log, snapshot, state)
    videos = snapshot.videos.height
    return Refreshed(added, full=True, why=why, pages=task.budget.pages, videos=videos, unseen=unseen)


def _find_unseen_changes(task: _Task, snapshot: Snapshot) -> Unseen:
    """Find changes that no timestamp shows; return none unless the previous read of the query was a refresh."""
    last = task.log.latest_of(task.query)
    if last is None or last.refresh.get("full", True) or last.refresh["watermark"] is None:
        return Unseen()
    if any(_can_overlap(entry, task.query) for entry in task.log.entries_after(last.number)):
        return Unseen()
    after = {"videos": snapshot.videos, "stats": snapshot.stats}
    return find_unseen(task.before, after, int(last.refresh["watermark"]))
