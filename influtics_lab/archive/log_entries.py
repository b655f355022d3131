"""The entries of the log: one for each snapshot, one for each file, and the check of their form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from influtics_lab.archive.archive_tables import TABLES

_PATH: Final = re.compile(
    rf"(?P<table>{'|'.join(TABLES)})/snapshot_date=[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}/"
    r"(?P<first>[0-9]{6,18})-(?P<last>[0-9]{6,18})-(?P<digest>[0-9a-f]{8})\.parquet"
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
SNAPSHOTS: Final = "snapshots"  # the folder with the rows of `Archive.snapshots`, for other engines
CHANGES: Final = ("new", "changed", "removed")  # what happened to rows of a table


@dataclass(frozen=True)
class Entry:
    """One snapshot that was added.

    Parameters
    ----------
    number : int
        From 1.
    taken_at, read_until : str
        When its read began and ended, UTC, ISO 8601.
    query : dict
        ``platform``, ``status``, ``with_status``.
    content_digest : str
        The snapshot's.
    state_digest : str
        Of the archive's whole state after it: equals ``content_digest`` if the snapshot was not filtered.
    facts : dict
        The rest of its manifest.
    changes : dict
        For each table the numbers of rows that were new, changed and removed.
    refresh : dict
        What the next refresh needs; empty if the snapshot was added by hand.
    """

    number: int
    taken_at: str
    read_until: str
    query: dict[str, Any]
    content_digest: str
    state_digest: str
    facts: dict[str, Any]
    changes: dict[str, dict[str, int]]
    refresh: dict[str, Any] = field(default_factory=dict)

    @property
    def until(self) -> dt.datetime:
        """When the read ended."""
        return dt.datetime.fromisoformat(self.read_until)


@dataclass(frozen=True)
class File:
    """One file of data: rows that snapshots ``first`` to ``last`` brought."""

    path: str
    table: str
    first: int
    last: int
    rows: int
    sha256: str

    @property
    def day(self) -> str:
        """The day of its first read, which its folder is named after, such as 2025-07-01."""
        return self.path.split("/")[1].removeprefix("snapshot_date=")

    @property
    def month(self) -> str:
        """The month of its first read, such as 2025-07."""
        return self.day[:7]


def find_entry_problems(entries: Sequence[Entry], earlier: int = 0) -> Iterator[str]:
    """Yield a problem for each malformed entry of a snapshot; a number of earlier ones is not among them."""
    for nth, entry in enumerate(entries, start=earlier + 1):
        if not _is_number(entry.number) or entry.number != nth:
            yield "does not number its snapshots one after the other"
        elif not _is_entry(entry):
            yield f"has a malformed entry for snapshot {nth}"


def find_file_problems(files: Sequence[File], snapshots: int) -> Iterator[str]:
    """Yield a problem for each malformed entry of a file.

    A path outside the archive, a device, or an impossible date can only come from a log that we did not write.
    """
    if len({str(file.path) for file in files}) < len(files):
        yield "names a file twice"
    for file in files:
        if not _is_file(file, snapshots):
            yield f"names the file {file.path!r}, which is no file of an archive"


def _is_entry(entry: Entry) -> bool:
    facts: Any = entry.facts
    query: Any = entry.query
    changes = entry.changes
    if not isinstance(facts, dict) or not isinstance(query, dict):
        return False
    numbers: list[Any] = [number for rows in changes.values() for number in rows.values()]
    numbers += [facts.get("videos"), facts.get("readings")]
    completeness = facts.get("completeness")
    return (
        changes.keys() == TABLES.keys()
        and all(rows.keys() == set(CHANGES) for rows in changes.values())
        and all(_is_instant(text) for text in (entry.taken_at, entry.read_until))
        and all(_is_digest(text) for text in (entry.content_digest, entry.state_digest))
        and all(_is_number(number) and number >= 0 for number in numbers)
        and all(value is None or isinstance(value, str | bool) for value in query.values())
        and isinstance(completeness, dict)
        and isinstance(completeness.get("proven"), str)
    )


def _is_file(file: File, snapshots: int) -> bool:
    path = _PATH.fullmatch(str(file.path))
    numbers = (file.first, file.last, file.rows)
    return (
        path is not None
        and all(_is_number(number) for number in numbers)
        and (path["table"], int(path["first"]), int(path["last"])) == (file.table, file.first, file.last)
        and 1 <= file.first <= file.last <= snapshots
        and file.rows >= 1
        and _is_digest(file.sha256)
        and file.sha256.startswith(path["digest"])
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    try:
        return dt.datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
