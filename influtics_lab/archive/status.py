"""The status of an archive: its size, the result of its last verification, and how reliable its refreshes were.

``verify`` writes its result to ``verified.json`` beside the log, with a digest of itself, unless the archive is
read-only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import polars as pl

from influtics_lab.archive.archive_files import RECORD, Store
from influtics_lab.archive.log import Log
from influtics_lab.archive.log_entries import Entry
from influtics_lab.schema import Instant
from influtics_lab.text_format import plural

LISTED: Final[dict[str, Any]] = {
    "number": pl.Int64,
    "taken_at": Instant,
    "read_until": Instant,
    "platform": pl.String,
    "status": pl.String,
    "with_status": pl.Boolean,
    "proven": pl.String,
    "videos": pl.Int64,
    "readings": pl.Int64,
    "readings_new": pl.Int64,
    "readings_changed": pl.Int64,
    "readings_removed": pl.Int64,
    "videos_removed": pl.Int64,
    "content_digest": pl.String,
    "state_digest": pl.String,
}


def list_entry(entry: Entry) -> dict[str, Any]:
    """Return the row of ``Archive.snapshots`` for one snapshot."""
    changed = {f"readings_{what}": number for what, number in entry.changes["stats"].items()}
    own = {"number": entry.number, "taken_at": dt.datetime.fromisoformat(entry.taken_at), "read_until": entry.until}
    facts = {name: entry.facts[name] for name in ("videos", "readings")}
    digests = {"content_digest": entry.content_digest, "state_digest": entry.state_digest}
    rest = {"proven": entry.facts["completeness"]["proven"], "videos_removed": entry.changes["videos"]["removed"]}
    return {**own, **entry.query, **facts, **changed, **rest, **digests}


@dataclass(frozen=True)
class ArchiveStatus:
    """The size and reliability of an archive; as text, one line each.

    Parameters
    ----------
    snapshots : int
    first_read, last_read : datetime or None
        When the first and the last read ended, UTC; None without snapshots.
    size_bytes, files : int
        Of the valid files.
    verified : str
        When ``verify`` last ran, and its result; "not recorded" if it never did.
    refresh : str
        How many reads were refreshes, when everything was last read, and what the full reads after refreshes found.
    """

    snapshots: int
    first_read: dt.datetime | None
    last_read: dt.datetime | None
    size_bytes: int
    files: int
    verified: str
    refresh: str

    def __str__(self) -> str:
        first, last = (f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "none" for at in (self.first_read, self.last_read))
        lines = {
            "snapshots": f"{self.snapshots:,}",
            "first read": first,
            "last read": last,
            "size": f"{self.size_bytes / 1e6:,.2f} MB in {plural(self.files, 'file')}",
            "verified": self.verified,
            "refresh": self.refresh,
        }
        return "\n".join(f"{name}: {value}" for name, value in lines.items())


def describe_archive(store: Store, log: Log) -> ArchiveStatus:
    """Return the status of an archive from its log and the sizes of its files, without reading them."""
    ends = [entry.until for entry in log.entries]
    return ArchiveStatus(
        snapshots=len(log.entries),
        first_read=ends[0] if ends else None,
        last_read=ends[-1] if ends else None,
        size_bytes=sum(store.place.measure(file.path) for file in log.files),
        files=len(log.files),
        verified=_describe_verification(store, log),
        refresh=_describe_refreshes(log.entries),
    )


def _describe_refreshes(entries: Sequence[Entry]) -> str:
    """Return how many reads were refreshes, and what full reads found that refreshes had not shown."""
    reads = [entry for entry in entries if "full" in entry.refresh]
    if not reads:
        return "never refreshed"
    partial = sum(not entry.refresh["full"] for entry in reads)
    full_at = reads[-1].refresh["full_at"]
    text = f"{partial:,} of {plural(len(reads), 'read')} were partial; the last full read was on {full_at[:10]}"
    checks = [
        after
        for before, after in _pair_consecutive_reads(reads)
        if after.refresh["full"] and not before.refresh["full"]
    ]
    failed_checks = [entry for entry in checks if entry.refresh.get("unseen") or entry.refresh.get("missed")]
    if not checks:
        return f"{text}; not yet checked by a full read" if partial else text
    if not failed_checks:
        return f"{text}; {plural(len(checks), 'full read')} after refreshes found nothing unseen"
    videos = sum(len(ids) for entry in failed_checks for ids in _unseen_ids(entry))
    unseen = (
        f"{len(failed_checks):,} of {plural(len(checks), 'full read')} after refreshes found what they had not shown"
    )
    advice = "the service does not move every change up, so read everything more often"
    return f"{text}; {unseen}, {plural(videos, 'video')} in all: {advice}"


def _unseen_ids(entry: Entry) -> list[list[str]]:
    unseen = entry.refresh.get("unseen") or {"changed": entry.refresh.get("missed", [])}  # as version 0.1 wrote it
    return list(unseen.values())


def _pair_consecutive_reads(reads: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Pair each read with the previous one of the same query."""
    pairs, last = [], dict[str, Entry]()
    for entry in reads:
        query = repr(entry.query)
        if query in last:
            pairs.append((last[query], entry))
        last[query] = entry
    return pairs


def record_verification(store: Store, log: Log, problems: Sequence[str]) -> None:
    """Write the result of ``verify``, unless the archive is read-only."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    store.write_record(_seal_record({"verified_at": at, "snapshots": log.count, "problems": list(problems)}))


def find_record_problem(store: Store) -> str | None:
    """Return the problem of a damaged record; None if it is intact or does not exist."""
    data = store.read_record()
    if data is None or _open_record(data) is not None:
        return None
    return f"{RECORD} has other bytes than when it was written"


def _describe_verification(store: Store, log: Log) -> str:
    data = store.read_record()
    if data is None:
        return "not recorded"
    record = _open_record(data)
    if record is None:
        return f"not readable, {RECORD} was changed: verify again"
    problems = record["problems"]
    outcome = f"{plural(len(problems), 'problem')}, the first: {problems[0]}" if problems else "nothing wrong"
    since = log.count - record["snapshots"]
    later = f"; {plural(since, 'snapshot')} added since" if since > 0 else ""
    return f"{outcome}, on {record['verified_at'].replace('T', ' ')[:19]} UTC{later}"


def _seal_record(content: dict[str, Any]) -> bytes:
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    return orjson.dumps({**content, "sha256": digest}, option=orjson.OPT_APPEND_NEWLINE)


def _open_record(data: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(data)
        content = {name: record[name] for name in ("verified_at", "snapshots", "problems")}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return content if _seal_record(content) == data else None
