"""Add one snapshot to an archive: write the rows that it changes, then the log that lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any, Final, TypeVar

import polars as pl

from influtics_lab.archive.archive_files import LOG, Store
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.compaction import compact_months, write_rows
from influtics_lab.archive.log import Log, complete_query, dump_log, parse_log
from influtics_lab.archive.log_entries import Entry
from influtics_lab.archive.row_changes import (
    Added,
    Rows,
    apply_changes,
    comparable_rows,
    count_changes,
    find_changes,
    visible_rows,
)
from influtics_lab.archive.stored_rows import read_held_rows
from influtics_lab.errors import ArchiveBusyError, ArchiveError, MissingArchiveError
from influtics_lab.schema import Instant
from influtics_lab.snapshot import Snapshot, content_digest
from influtics_lab.storage import ReplacedError

T = TypeVar("T")
_ATTEMPTS: Final = 5
_CLEANED_EVERY: Final = 10  # adds to an object store, where that needs several requests
# Parts of a manifest that an entry holds itself, that `Snapshot.build` computes, or that are as long as the list.
_LEFT_OUT: Final = frozenset(
    {"kind", "format", "library_version", "snapshot_id", "content_digest", "taken_at", "query", "files"}
    | {"manifest_digest"}
    | {"request_ids", "status_request_ids", "status_unsettled"}
)


def load_log(store: Store) -> Log:
    """Return the log; an empty one if the archive does not exist yet."""
    data, version = store.read_log()
    if data is None:
        store.refuse_lost_log()
        return Log(is_new=True)
    return replace(parse_log(data, LOG, store.place.read_files), version=version)


def load_existing_log(store: Store) -> Log:
    """Return the log; raise ArchiveError if there is none."""
    log = load_log(store)
    if log.is_new:
        kind, reason = (
            (ArchiveError, f"it has no {LOG}") if store.place.exists() else (MissingArchiveError, "no such folder")
        )
        raise kind(f"{store} is not an archive: {reason}. `archive add` or `archive refresh` makes one.")
    return log


def replace_log(store: Store, log: Log) -> Log:
    """Replace the log by a newer one, and return that with its version; see ``Store.write_log``."""
    log = log.seal(store.write_data_file)
    return replace(log, version=store.write_log(dump_log(log), log.version), is_new=False)


def commit_change(store: Store, log: Log, change: Callable[[Log], T]) -> T:
    """Return what a function that commits returns, and call it again if another writer of an object store was faster.

    Parameters
    ----------
    store : Store
    log : Log
    change : callable
        Accepts the current log, and replaces it.

    Raises
    ------
    ArchiveBusyError
        If other writers were faster five times.
    """
    for _ in range(_ATTEMPTS):
        try:
            return change(log)
        except ReplacedError:
            log = load_log(store)
    raise ArchiveBusyError(f"Other processes write into {store}. Nothing was changed. Try again later.")


def add_snapshot(store: Store, log: Log, snapshot: Snapshot, refresh: Mapping[str, Any] | None = None) -> Added:
    """Add a snapshot. The caller holds the lock and has read the log.

    Raises
    ------
    ArchiveError
        If the snapshot is only a part, or older than the archive's last one.
    ArchiveBusyError
        As ``commit_change``.
    SnapshotError
        If the snapshot does not match its manifest.
    """
    return commit_change(store, log, lambda log: _add_to_log(store, log, snapshot, refresh))


def _add_to_log(store: Store, log: Log, snapshot: Snapshot, refresh: Mapping[str, Any] | None) -> Added:
    query = complete_query(snapshot.manifest.get("query"))
    if (earlier := _find_earlier_addition(log, snapshot, query)) is not None:
        return Added(earlier.number, already_there=True, changes=earlier.changes)
    snapshot.verify()
    _refuse_part(snapshot)
    until = _read_until(snapshot)
    _refuse_older(log, until)
    if log.head is None:
        log = replace_log(store, log)  # before the first Parquet file, see `Store.refuse_lost_log`
    if store.place.is_local or log.count % _CLEANED_EVERY == 0:
        store.delete_unlisted(log.list_paths())
    before = read_held_rows(store, log, log.count)
    changed = find_changes(before, comparable_rows(snapshot), query)
    entry = Entry(
        number=log.count + 1,
        taken_at=snapshot.manifest["taken_at"],
        read_until=until.isoformat(),
        query=query,
        content_digest=snapshot.manifest["content_digest"],
        state_digest=content_digest(visible_rows(apply_changes(before, changed))),
        facts={name: value for name, value in snapshot.manifest.items() if name not in _LEFT_OUT},
        changes=count_changes(before, changed),
        refresh=dict(refresh or {}),
    )
    _check_restorable(entry)
    _write_changes(store, log, entry, changed)
    return Added(entry.number, already_there=False, changes=entry.changes)


def _write_changes(store: Store, log: Log, entry: Entry, changed: Rows) -> None:
    day = entry.until.date()
    brought = {"snapshot": pl.lit(entry.number, pl.Int64), "seen_at": pl.lit(entry.until).cast(Instant)}
    files = [
        write_rows(store, name, changed[name].with_columns(**brought), day) for name in TABLES if len(changed[name])
    ]
    after = compact_months(store, log.with_entry(entry, files), today=day)
    replace_log(store, after)


def _find_earlier_addition(log: Log, snapshot: Snapshot, query: Mapping[str, Any]) -> Entry | None:
    """Return the entry of a snapshot that was added before; None if it is new.

    A snapshot read after the last entry is new even if an earlier entry equals it: values may have changed in between.
    """
    identity = (snapshot.manifest["content_digest"], snapshot.manifest["taken_at"], query)
    until = _read_until(snapshot)
    for entry in takewhile(lambda entry: entry.until >= until, log.read_backwards(until)):
        if (entry.content_digest, entry.taken_at, entry.query) == identity:
            return entry
    return None


def _refuse_part(snapshot: Snapshot) -> None:
    proven = str(snapshot.manifest["completeness"]["proven"])
    if proven.startswith("part"):
        text = f"The snapshot is only a {proven}; the other videos would count as removed."
        raise ArchiveError(f"{text} Add a complete read: take_snapshot().")


def _read_until(snapshot: Snapshot) -> dt.datetime:
    text = str(snapshot.manifest.get("finished_at") or snapshot.manifest["taken_at"])
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except ValueError:
        raise ArchiveError(
            f"The snapshot's manifest has {text!r} as the time of its read; expected ISO 8601."
        ) from None


def _refuse_older(log: Log, until: dt.datetime) -> None:
    if log.head is not None and until < log.head.until:
        text = (
            f"The snapshot was read until {until.isoformat()}, before the archive's last one ({log.head.read_until})."
        )
        raise ArchiveError(f"{text} Add snapshots in the order in which they were taken.")


def _check_restorable(entry: Entry) -> None:
    """Raise if the archive could not restore the snapshot that is being added."""
    is_unfiltered = entry.query["platform"] is None and entry.query["status"] is None
    if is_unfiltered and entry.state_digest != entry.content_digest:
        raise ArchiveError("The archive could not restore this snapshot, so it was not added. Please report this.")
