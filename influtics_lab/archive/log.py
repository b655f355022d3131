"""The log ``archive.json``: the added snapshots and the files that hold their rows. Replacing it commits.

It holds the latest entries in compressed form, since each add uploads them and plain JSON is three times as long, and
refers to segments that hold the earlier ones. ``influtics-lab archive log`` lists the snapshots. Format 1, of version
0.1, held all entries as plain JSON; the next add replaces it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from typing import Any, Final

import orjson

from influtics_lab.archive.log_entries import (
    CHANGES,
    SNAPSHOTS,
    Entry,
    File,
    find_entry_problems,
    find_file_problems,
)
from influtics_lab.archive.log_segments import (
    FOLDER,
    WIDTH,
    Item,
    ReadFiles,
    Segments,
    WriteFile,
    pack_content,
    parse_levels,
    unpack_content,
)
from influtics_lab.errors import ArchiveError, QueryError
from influtics_lab.storage import Version
from influtics_lab.time_zones import find_day_end

KIND: Final = "influtics-lab archive"
FORMAT: Final = 2
AsOf = str | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Log:
    """Everything that was committed, in order, and the version of the file that holds it.

    Parameters
    ----------
    recent : tuple of Entry
        The snapshots that were added last.
    open_files : tuple of File
        The files that later adds may merge, and a few others.
    sealed_entries, sealed_files : Segments
        The earlier snapshots, and the files of past months.
    published : bool
        Whether each add also writes the Delta tables.
    """

    recent: tuple[Entry, ...] = ()
    open_files: tuple[File, ...] = ()
    sealed_entries: Segments = field(default_factory=Segments)
    sealed_files: Segments = field(default_factory=Segments)
    published: bool = False
    version: Version = field(default=None, compare=False)
    is_new: bool = field(default=False, compare=False)

    @property
    def head(self) -> Entry | None:
        """The snapshot that was added last."""
        return self.recent[-1] if self.recent else None

    @property
    def count(self) -> int:
        """The number of snapshots."""
        return self.sealed_entries.count + len(self.recent)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All snapshots, in order. Most callers need only those of `read_backwards`."""
        earlier = _parse_entries(self.sealed_entries.read_items(), FOLDER)
        _raise_first(find_entry_problems(earlier), FOLDER)
        return (*earlier, *self.recent)

    @cached_property
    def files(self) -> tuple[File, ...]:
        """All files, in no order."""
        files = (*_parse_files(self.sealed_files.read_items(), FOLDER), *self.open_files)
        _raise_first(find_file_problems(files, self.count), FOLDER)
        return files

    def read_backwards(self, limit: dt.datetime | None = None) -> Iterator[Entry]:
        """Yield snapshots, newest first; with a limit without many of those that were read later."""
        yield from reversed(self.recent)
        for item in self.sealed_entries.read_backwards(limit):
            yield from _parse_entries([item], FOLDER)

    def latest_of(self, query: Mapping[str, Any]) -> Entry | None:
        """Return the last snapshot of a query; None if there is none."""
        return next((entry for entry in self.read_backwards() if entry.query == query), None)

    def entries_after(self, number: int) -> list[Entry]:
        """Return the snapshots after a number, newest first."""
        return list(takewhile(lambda entry: entry.number > number, self.read_backwards()))

    def files_of(self, table: str, number: int | None = None) -> list[File]:
        """Return a table's files that can hold rows of snapshots up to a number; all files without one."""
        return [file for file in self.files if file.table == table and (number is None or file.first <= number)]

    @property
    def snapshot_files(self) -> list[File]:
        """The files with the rows of `Archive.snapshots`: of eight snapshots, of eight times eight, and so on."""
        files, first = list[File](), 1
        for power in range(self.count.bit_length() // 3, -1, -1):
            while first + (rows := 8**power) - 1 <= self.count:
                last = first + rows - 1
                files.append(File(f"{SNAPSHOTS}/{first:06d}-{last:06d}.parquet", SNAPSHOTS, first, last, rows, ""))
                first += rows
        return files

    def list_paths(self) -> set[str]:
        """Return the paths of all files that belong to the archive, segments of the log included."""
        segments = *self.sealed_entries.list_paths(), *self.sealed_files.list_paths()
        return {*segments, *(file.path for file in (*self.files, *self.snapshot_files))}

    def with_entry(self, entry: Entry, files: list[File]) -> Log:
        """Return the log with one more snapshot and its files."""
        return replace(self, recent=(*self.recent, entry), open_files=(*self.open_files, *files))

    def with_replaced_files(self, old: list[File], new: list[File]) -> Log:
        """Return the log with some open files replaced by others that hold the same rows."""
        removed = set(old)
        return replace(self, open_files=(*(file for file in self.open_files if file not in removed), *new))

    def seal(self, write: WriteFile) -> Log:
        """Return the log with its earlier entries in segments, which are written."""
        recent, sealed_entries, sealed_files = self.recent, self.sealed_entries, self.sealed_files
        while len(recent) > WIDTH:
            sealed_entries = sealed_entries.with_items(list(map(_shorten_entry, recent[:WIDTH])), write)
            recent = recent[WIDTH:]
        sealed, final = list[File](), self._list_final_files()
        for start in range(0, len(final) - WIDTH + 1, WIDTH):
            group = final[start : start + WIDTH]
            sealed_files = sealed_files.with_items(list(map(asdict, group)), write)
            sealed += group
        log = replace(self, recent=recent, sealed_entries=sealed_entries, sealed_files=sealed_files)
        return log.with_replaced_files(sealed, [])

    def _list_final_files(self) -> list[File]:
        """Return the open files of past months that no later add merges."""
        sizes = Counter((file.table, file.month) for file in self.open_files)
        current = f"{self.head.until:%Y-%m}" if self.head else ""
        return [file for file in self.open_files if file.month < current and sizes[file.table, file.month] == 1]

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
        if self.head is None:
            raise ArchiveError("The archive holds no snapshot yet: add one, or refresh it.")
        if when is None:
            return self.head
        limit, inclusive = _parse_limit(when)
        for entry in self.read_backwards(limit):
            if entry.until < limit or (inclusive and entry.until == limit):
                return entry
        first = self.sealed_entries.since or self.recent[0].read_until
        text = f"as_of is {when}, but the archive begins with the read of {first}. Pass a later time."
        raise QueryError(text, parameter="as_of", value=when)


def _parse_limit(when: str | dt.date | dt.datetime) -> tuple[dt.datetime, bool]:
    """Return the instant up to which reads count, and whether the limit itself is included."""
    try:
        if isinstance(when, str):
            when = dt.date.fromisoformat(when) if len(when) == 10 else dt.datetime.fromisoformat(when)
        if isinstance(when, dt.datetime) and when.tzinfo is not None:
            return when.astimezone(dt.UTC), True
    except (ValueError, OverflowError):
        raise _as_of_error(when) from None
    if isinstance(when, dt.datetime) or not isinstance(when, dt.date):
        raise _as_of_error(when)
    return find_day_end(when, "UTC"), False


def _as_of_error(when: object) -> QueryError:
    text = f"as_of is {when!r}; expected a date such as 2025-07-01, or an instant with its offset."
    return QueryError(text, parameter="as_of", value=when)


def dump_log(log: Log) -> bytes:
    """Return a log, whose earlier entries are sealed, as JSON with the digest of its content."""
    content = {
        "snapshots": [_shorten_entry(entry) for entry in log.recent],
        "files": [asdict(file) for file in log.open_files],
        "sealed_snapshots": [list(map(asdict, level)) for level in log.sealed_entries.levels],
        "sealed_files": [list(map(asdict, level)) for level in log.sealed_files.levels],
        "published": log.published,
    }
    return _dump_packed(base64.b64encode(pack_content(content)).decode())


def _dump_packed(packed: str) -> bytes:
    digest = hashlib.sha256(packed.encode()).hexdigest()
    head = {"kind": KIND, "format": FORMAT, "sha256": digest, "content": packed}
    return orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE)


def parse_log(data: bytes, name: str, read_files: ReadFiles) -> Log:
    """Read the log from JSON.

    Parameters
    ----------
    data : bytes
    name : str
        For messages.
    read_files : callable
        Returns the bytes of several files; for segments.

    Raises
    ------
    ArchiveError
        If a single bit differs from what was written, an entry is malformed, the file is no log, or its format is
        newer.
    """
    try:
        read = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _damage_error(name, f"is no JSON ({error})") from None
    if not isinstance(read, dict) or read.get("kind") != KIND:
        raise _damage_error(name, "is no log of an archive of influtics-lab, or damaged")
    if read.get("format") not in {1, FORMAT}:
        text = f"has the format {read.get('format')}; this version reads 1 to {FORMAT}. Install a newer influtics-lab"
        raise _damage_error(name, text)
    try:
        content = _open_plain(read, data) if read["format"] == 1 else _open_packed(read, data)
        if content is None:
            raise _damage_error(name, "has other bytes than when it was written")
        recent, files = _parse_entries(content["snapshots"], name), _parse_files(content["files"], name)
        sealed_entries = parse_levels(content.get("sealed_snapshots", []), read_files)
        sealed_files = parse_levels(content.get("sealed_files", []), read_files)
    except (KeyError, TypeError, AttributeError):
        raise _damage_error(name, "lacks what a log has") from None
    log = Log(recent, files, sealed_entries, sealed_files, published=bool(content.get("published")))
    _raise_first(find_entry_problems(recent, log.sealed_entries.count), name)
    _raise_first(find_file_problems(files, log.count), name)
    return log


def _open_packed(read: Mapping[str, Any], data: bytes) -> Any:
    """Return the content of a log; None if it was changed."""
    if _dump_packed(read["content"]) != data:
        return None
    try:
        return unpack_content(base64.b64decode(read["content"], validate=True))
    except (binascii.Error, OSError, EOFError, zlib.error, orjson.JSONDecodeError):
        return None


def _open_plain(read: Mapping[str, Any], data: bytes) -> Any:
    """Return the content of a log of format 1; None if it was changed."""
    content = {name: read[name] for name in ("snapshots", "files")}
    head = {"kind": KIND, "format": 1, "sha256": hashlib.sha256(orjson.dumps(content)).hexdigest()}
    return content if orjson.dumps(head | content, option=orjson.OPT_APPEND_NEWLINE) == data else None


def _parse_entries(items: Iterable[Item], name: str) -> tuple[Entry, ...]:
    try:
        return tuple(map(_complete_entry, items))
    except (KeyError, TypeError, AttributeError):
        raise _damage_error(name, "has a malformed entry for a snapshot") from None


def _parse_files(items: Iterable[Item], name: str) -> tuple[File, ...]:
    try:
        return tuple(File(**item) for item in items)
    except TypeError:
        raise _damage_error(name, "has a malformed entry for a file") from None


def _raise_first(problems: Iterator[str], name: str) -> None:
    """Raise an ArchiveError for the first problem, if there is any."""
    if problem := next(problems, None):
        raise _damage_error(name, problem)


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
