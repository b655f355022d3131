"""The log: what was added, and which files hold it. Replacing it is the one step that commits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import orjson

from influtics_lab.archive.log_entries import CHANGES, Entry, File, problems_of
from influtics_lab.errors import ArchiveError, QueryError

KIND: Final = "influtics-lab archive"
FORMAT: Final = 1
AsOf = str | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Log:
    """Everything that was committed, in the order in which it came."""

    entries: tuple[Entry, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def head(self) -> Entry | None:
        """The snapshot that was added last."""
        return self.entries[-1] if self.entries else None

    def files_of(self, table: str, number: int | None = None) -> list[File]:
        """Give a table's files, as far as they can hold rows of snapshots up to a number."""
        return [file for file in self.files if file.table == table and (number is None or file.first <= number)]

    def added(self, entry: Entry, files: list[File]) -> Log:
        """Give the log with one more snapshot."""
        return Log((*self.entries, entry), (*self.files, *files))

    def replaced(self, old: list[File], new: list[File]) -> Log:
        """Give the log with other files for the same rows."""
        gone = set(old)
        return replace(self, files=(*(file for file in self.files if file not in gone), *new))

    def as_of(self, when: AsOf) -> Entry:
        """Find the last snapshot that was read by then.

        Parameters
        ----------
        when : str, date, datetime or None
            A date is the end of that UTC day; an instant is compared with the read's end; None is now.

        Raises
        ------
        QueryError
            If it is neither, or before the first snapshot.
        ArchiveError
            If nothing was added yet.
        """
        if not self.entries:
            raise ArchiveError("The archive holds no snapshot yet: add one, or refresh it.")
        if when is None:
            return self.entries[-1]
        limit, inclusive = _limit(when)
        known = [entry for entry in self.entries if entry.until < limit or (inclusive and entry.until == limit)]
        if not known:
            text = f"as_of is {when}, but the archive begins with the read of {self.entries[0].read_until}."
            raise QueryError(text, parameter="as_of", value=when)
        return known[-1]


def _limit(when: str | dt.date | dt.datetime) -> tuple[dt.datetime, bool]:
    """Give the instant up to which reads count, and whether that instant itself does."""
    try:
        if isinstance(when, str):
            when = dt.date.fromisoformat(when) if len(when) == 10 else dt.datetime.fromisoformat(when)
    except ValueError:
        raise _unreadable(when) from None
    if isinstance(when, dt.datetime):
        if when.tzinfo is None:
            raise _unreadable(when)
        return when.astimezone(dt.UTC), True
    if not isinstance(when, dt.date):
        raise _unreadable(when)
    return dt.datetime.combine(when + dt.timedelta(days=1), dt.time(), dt.UTC), False


def _unreadable(when: object) -> QueryError:
    text = f"as_of is {when!r}; give a date such as 2025-07-01, or an instant with its offset."
    return QueryError(text, parameter="as_of", value=when)


def dump(log: Log) -> bytes:
    """Write the log, with the digest of its own content."""
    content = {"snapshots": [_short(entry) for entry in log.entries], "files": [asdict(file) for file in log.files]}
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    head = {"kind": KIND, "format": FORMAT, "sha256": digest}
    return orjson.dumps(head | content, option=orjson.OPT_APPEND_NEWLINE)


def parse(data: bytes, name: str) -> Log:
    """Read the log, or say what is wrong with it.

    Raises
    ------
    ArchiveError
        If a single bit of it is not as it was written, an entry is not of the form that is written, it is something
        else, or of a newer format.
    """
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _damaged(name, f"is no JSON ({error})") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise _damaged(name, "is no log of an archive of influtics-lab, or damaged")
    if found.get("format") != FORMAT:
        text = f"has the format {found.get('format')}; this version reads {FORMAT}. Install a newer influtics-lab"
        raise _damaged(name, text)
    try:
        log = Log(tuple(map(_long, found["snapshots"])), tuple(File(**file) for file in found["files"]))
    except (KeyError, TypeError, AttributeError):
        raise _damaged(name, "lacks what a log has") from None
    if problem := next(problems_of(log.entries, log.files), None):
        raise _damaged(name, problem)
    if dump(log) != data:
        raise _damaged(name, "has other bytes than when it was written")
    return log


def _short(entry: Entry) -> dict[str, Any]:
    """Give an entry without what goes without saying: there is one for each read, for years."""
    whole = asdict(entry)
    whole["query"] = {name: value for name, value in entry.query.items() if value}
    whole["changes"] = {
        table: {what: number for what, number in rows.items() if number} for table, rows in entry.changes.items()
    }
    if entry.state_digest == entry.content_digest:
        del whole["state_digest"]
    return {name: value for name, value in whole.items() if value != {}}


def _long(short: Mapping[str, Any]) -> Entry:
    changes = {table: dict.fromkeys(CHANGES, 0) | rows for table, rows in short["changes"].items()}
    whole = {"state_digest": short["content_digest"], **short}
    return Entry(**whole | {"query": normal_query(short.get("query")), "changes": changes})


def _damaged(name: str, what: str) -> ArchiveError:
    problem = f"{name} {what}"
    return ArchiveError(f"{problem}.", problems=[problem])


def normal_query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give a manifest's query with all its parts; pages that were given are taken for everything."""
    query = query or {}
    named = {name: query.get(name) for name in ("platform", "status")}
    return {**named, "with_status": bool(query.get("with_status"))}
