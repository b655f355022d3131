"""One snapshot added: what it changes is written, then the log that names it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.archive.archive_files import LOG, Store
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.compaction import compacted, write_rows
from influtics_lab.archive.log import Log, dump, normal_query, parse
from influtics_lab.archive.log_entries import Entry
from influtics_lab.archive.row_changes import Added, Rows, applied, changes, counted, incoming, visible
from influtics_lab.archive.stored_rows import held
from influtics_lab.errors import ArchiveError
from influtics_lab.schema import Instant
from influtics_lab.snapshot import Snapshot, content_digest

# What an entry says itself, or `Snapshot.build` will, or is as long as the list.
_LEFT_OUT: Final = frozenset(
    {"kind", "format", "library_version", "snapshot_id", "content_digest", "taken_at", "query", "files"}
    | {"manifest_digest"}
    | {"request_ids", "status_request_ids", "status_unsettled"}
)


def load(store: Store) -> Log:
    """Read the log; an archive that is not there yet has an empty one."""
    data = store.read_log()
    return Log() if data is None else parse(data, LOG)


def add(store: Store, log: Log, snapshot: Snapshot, refresh: Mapping[str, Any] | None = None) -> Added:
    """Add a snapshot to the archive whose lock is held and whose log was read.

    Raises
    ------
    ArchiveError
        If it is only a part, or older than what the archive has.
    SnapshotError
        If it is not what its manifest says.
    """
    query = normal_query(snapshot.manifest.get("query"))
    if (there := _same(log, snapshot, query)) is not None:
        return Added(there.number, already_there=True, changes=there.changes)
    snapshot.verify()
    _refuse_part(snapshot)
    until = _read_until(snapshot)
    _refuse_older(log, until)
    if not log.entries:
        store.write_log(dump(log))  # before the first file of data, see `Store.refuse_lost_log`
    store.sweep({file.path for file in log.files})
    before = held(store, log, len(log.entries))
    changed = changes(before, incoming(snapshot), query)
    entry = Entry(
        number=len(log.entries) + 1,
        taken_at=snapshot.manifest["taken_at"],
        read_until=until.isoformat(),
        query=query,
        content_digest=snapshot.manifest["content_digest"],
        state_digest=content_digest(visible(applied(before, changed))),
        facts={name: value for name, value in snapshot.manifest.items() if name not in _LEFT_OUT},
        changes=counted(before, changed),
        refresh=dict(refresh or {}),
    )
    _prove(entry)
    _write(store, log, entry, changed)
    return Added(entry.number, already_there=False, changes=entry.changes)


def _write(store: Store, log: Log, entry: Entry, changed: Rows) -> None:
    day = entry.until.date()
    brought = {"snapshot": pl.lit(entry.number, pl.Int64), "seen_at": pl.lit(entry.until).cast(Instant)}
    files = [
        write_rows(store, name, changed[name].with_columns(**brought), day) for name in TABLES if len(changed[name])
    ]
    after = compacted(store, log.added(entry, files), today=day)
    store.write_log(dump(after))


def _same(log: Log, snapshot: Snapshot, query: Mapping[str, Any]) -> Entry | None:
    """Find the snapshot where it was added before: as the last one, or before a later read.

    A value may have been another one in between, so equal content of the same instant is not the same snapshot.
    """
    wanted = (snapshot.manifest["content_digest"], snapshot.manifest["taken_at"], query)
    until = _read_until(snapshot)
    for entry in reversed(log.entries):
        same = (entry.content_digest, entry.taken_at, entry.query) == wanted
        if same and (entry is log.head or (log.head is not None and until < log.head.until)):
            return entry
    return None


def _refuse_part(snapshot: Snapshot) -> None:
    proven = str(snapshot.manifest["completeness"]["proven"])
    if proven.startswith("part"):
        text = f"The snapshot is only a {proven}; what is not in it would count as removed."
        raise ArchiveError(f"{text} Add a complete read: take_snapshot().")


def _read_until(snapshot: Snapshot) -> dt.datetime:
    text = str(snapshot.manifest.get("finished_at") or snapshot.manifest["taken_at"])
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except ValueError:
        raise ArchiveError(f"The snapshot's manifest says no instant at which it was read, but {text!r}.") from None


def _refuse_older(log: Log, until: dt.datetime) -> None:
    if log.head is not None and until < log.head.until:
        text = (
            f"The snapshot was read until {until.isoformat()}, before the archive's last one ({log.head.read_until})."
        )
        raise ArchiveError(f"{text} Add snapshots in the order in which they were taken.")


def _prove(entry: Entry) -> None:
    """Check that the archive will give back what was added."""
    whole = entry.query["platform"] is None and entry.query["status"] is None
    if whole and entry.state_digest != entry.content_digest:
        raise ArchiveError("The archive would not give back what was added, so nothing was: please report this.")
