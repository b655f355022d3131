"""The log ``archive.json``: the added snapshots and the files that hold their rows. Replacing it commits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import orjson

from influtics_lab.archive.log_entries import CHANGES, Entry, File, find_log_problems
from influtics_lab.errors import ArchiveError, QueryError
from influtics_lab.storage import Version

KIND: Final = "influtics-lab archive"
FORMAT: Final = 1
AsOf = str | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Log:
    """Everything that was committed, in order, and the version of the file that holds it."""

    entries: tuple[Entry, ...] = ()
    files: tuple[File, ...] = ()
    version: Version = field(default=None, compare=False)
    is_new: bool = field(default=False, compare=False)

    @property
    def head(self) -> Entry | None:
        """The snapshot that was added last."""
        return self.entries[-1] if self.entries else None

    def entries_of(self, query: Mapping[str, Any]) -> list[Entry]:
        """Return the entries of one query, in order."""
        return [entry for entry in self.entries if entry.query == query]

    def files_of(self, table: str, number: int | None = None) -> list[File]:
        """Return a table's files that can hold rows of snapshots up to a number; all files without one."""
        return [file for file in self.files if file.table == table and (number is None or file.first <= number)]

    def with_entry(self, entry: Entry, files: list[File]) -> Log:
        """Return the log with one more snapshot and its files."""
        return replace(self, entries=(*self.entries, entry), files=(*self.files, *files))

    def with_replaced_files(self, old: list[File], new: list[File]) -> Log:
        """Return the log with some files replaced by others that hold the same rows."""
        removed = set(old)
        return replace(self, files=(*(file for file in self.files if file not in removed), *new))

    def as_of(self, when: AsOf) -> Entry:
        """Find the last snapshot that was read by then.

        Parameters
        ----------
        when : str, date, datetime or None
            A date is the end of that UTC day; an instant is compared with the read's end; None is now.

        Raises
        ------
        QueryError
            If it is no such value, or before the first snapshot.
        ArchiveError
            If nothing was added yet.
        """
        if not self.entries:
            raise ArchiveError("The archive holds no snapshot yet: add one, or refresh it.")
        if when is None:
            return self.entries[-1]
        limit, inclusive = _parse_limit(when)
        earlier = [entry for entry in self.entries if entry.until < limit or (inclusive and entry.until == limit)]
        if not earlier:
            text = f"as_of is {when}, but the archive begins with the read of {self.entries[0].read_until}."
            raise QueryError(text, parameter="as_of", value=when)
        return earlier[-1]


def _parse_limit(when: str | dt.date | dt.datetime) -> tuple[dt.datetime, bool]:
    """Return the instant up to which reads count, and whether the limit itself is included."""
    try:
        if isinstance(when, str):
            when = dt.date.fromisoformat(when) if len(when) == 10 else dt.datetime.fromisoformat(when)
    except ValueError:
        raise _as_of_error(when) from None
    if isinstance(when, dt.datetime):
        if when.tzinfo is None:
            raise _as_of_error(when)
        return when.astimezone(dt.UTC), True
    if not isinstance(when, dt.date):
        raise _as_of_error(when)
    return dt.datetime.combine(when + dt.timedelta(days=1), dt.time(), dt.UTC), False


def _as_of_error(when: object) -> QueryError:
    text = f"as_of is {when!r}; expected a date such as 2025-07-01, or an instant with its offset."
    return QueryError(text, parameter="as_of", value=when)


def dump_log(log: Log) -> bytes:
    """Return the log as JSON, with the digest of its own content."""
    content = {
        "snapshots": [_shorten_entry(entry) for entry in log.entries],
        "files": [asdict(file) for file in log.files],
    }
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    head = {"kind": KIND, "format": FORMAT, "sha256": digest}
    return orjson.dumps(head | content, option=orjson.OPT_APPEND_NEWLINE)


def parse_log(data: bytes, name: str) -> Log:
    """Read the log from JSON.

    Raises
    ------
    ArchiveError
        If a single bit differs from what was written, an entry is malformed, the file is no log, or its format is
        newer.
    """
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _damage_error(name, f"is no JSON ({error})") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise _damage_error(name, "is no log of an archive of influtics-lab, or damaged")
    if content.get("format") != FORMAT:
        text = f"has the format {content.get('format')}; this version reads {FORMAT}. Install a newer influtics-lab"
        raise _damage_error(name, text)
    try:
        log = Log(tuple(map(_complete_entry, content["snapshots"])), tuple(File(**file) for file in content["files"]))
    except (KeyError, TypeError, AttributeError):
        raise _damage_error(name, "lacks what a log has") from None
    if problem := next(find_log_problems(log.entries, log.files), None):
        raise _damage_error(name, problem)
    if dump_log(log) != data:
        raise _damage_error(name, "has other bytes than when it was written")
    return log


def _shorten_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry without default values: the log holds one for each read, for years."""
    fields = asdict(entry)
    fields["query"] = {name: value for name, value in entry.query.items() if value}
    fields["changes"] = {
        table: {what: number for what, number in rows.items() if number} for table, rows in entry.changes.items()
    }
    if entry.state_digest == entry.content_digest:
        del fields["state_digest"]
    return {name: value for name, value in fields.items() if value != {}}


def _complete_entry(short: Mapping[str, Any]) -> Entry:
    changes = {table: dict.fromkeys(CHANGES, 0) | rows for table, rows in short["changes"].items()}
    fields = {"state_digest": short["content_digest"], **short}
    return Entry(**fields | {"query": complete_query(short.get("query")), "changes": changes})


def _damage_error(name: str, reason: str) -> ArchiveError:
    problem = f"{name} {reason}"
    return ArchiveError(f"{problem}.", problems=[problem])


def complete_query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a manifest's query with all its parts; without a query, as for parsed pages, nothing is filtered."""
    query = query or {}
    named = {name: query.get(name) for name in ("platform", "status")}
    return {**named, "with_status": bool(query.get("with_status"))}
