"""The files of an archive: data files that are written once, and the log, whose replacement commits.

A Parquet file is written under a unique name. Then `archive.json` is replaced in one step: under a lock in a folder,
and in an object store only if nobody else replaced it meanwhile. A file that it does not list is never read. In a
folder the next writer deletes it; in an object store it stays for a day, since there is no lock that shows whether
another writer is about to list it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

import orjson

from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.log_entries import SNAPSHOTS
from influtics_lab.archive.log_segments import FOLDER
from influtics_lab.errors import ArchiveBusyError, ArchiveError, StorageError
from influtics_lab.storage import LOCK, Bucket, Folder, Place, Version, report_write_errors

LOG: Final = "archive.json"
RECORD: Final = "verified.json"
_UNLISTED: Final = "unlisted.json"  # in an object store: files that were not in the log when it was written
_OWN: Final = re.compile(
    rf"(?:{'|'.join(TABLES)})/snapshot_date=[^/]+/[0-9]{{6,}}-[0-9]{{6,}}-[0-9a-f]{{8}}\.parquet"
    rf"|{SNAPSHOTS}/[0-9]{{6,}}-[0-9]{{6,}}\.parquet|{FOLDER}/[0-9a-f]{{64}}\.json\.gz"
)
_DRAFT: Final = re.compile(rf"\.({re.escape(LOG)}|{re.escape(RECORD)})\.[^/]*")
_KEPT: Final = dt.timedelta(days=1)  # how long an unlisted file stays in an object store
_LONGEST_ADD_S: Final = 3600.0  # shorter than that, so that no file is deleted before it is listed


class Store:
    """The files of one archive.

    Parameters
    ----------
    place : Place
        A folder or the objects below a URL; the first writer makes it.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._began_at: float | None = None

    def __str__(self) -> str:
        return str(self.place)

    def read_log(self) -> tuple[bytes | None, Version]:
        """Return the bytes of the log and their version; twice None if there is no log."""
        self._began_at = None
        return self.place.read_versioned(LOG)

    def write_log(self, data: bytes, version: Version) -> Version:
        """Replace the log of a version in one step, and return its new version: this commits everything it lists.

        Raises
        ------
        ReplacedError
            In an object store, if another writer replaced it meanwhile.
        StorageError
            If it cannot be written, or the first data file was written to an object store an hour ago.
        """
        if not self.place.is_local and time.monotonic() - (self._began_at or math.inf) > _LONGEST_ADD_S:
            text = f"Writing into {self} took more than an hour, so nothing was committed."
            raise StorageError(f"{text} Try again, with a faster connection.")
        with self._report_errors():
            return self.place.replace(LOG, data, version)

    def read_record(self) -> bytes | None:
        """Return the record of the last verification; None if there is no record."""
        try:
            return self.place.read(RECORD)
        except StorageError:
            return None

    def write_record(self, data: bytes) -> None:
        """Write the record of a verification; do nothing if the archive is read-only."""
        with suppress(OSError):
            self.place.replace(RECORD, data)

    def write_data_file(self, name: str, data: bytes) -> None:
        """Write a Parquet file or a segment of the log, durably."""
        self._began_at = self._began_at or time.monotonic()
        with self._report_errors():
            self.place.write(name, data)

    def delete_unlisted(self, keep: Collection[str]) -> None:
        """Delete drafts, and files of data or of the log that it does not list. The caller holds the lock."""
        with self._report_errors():
            names = self.place.list_names()
            unlisted = [name for name in names if _OWN.fullmatch(name) and name not in keep]
            if isinstance(self.place, Bucket):
                unlisted = self._list_old(self.place, unlisted)
            for name in (*unlisted, *filter(_DRAFT.fullmatch, names)):
                self.place.delete(name)

    @staticmethod
    def _list_old(bucket: Bucket, unlisted: Sequence[str]) -> list[str]:
        """Return the files that were not listed a day ago either, by the store's clock; note those of now."""
        noted = orjson.loads(bucket.read(_UNLISTED) or b"[]")
        noted_at, now = bucket.modified_at(_UNLISTED), bucket.modified_at(LOG)
        if noted_at is not None and (now is None or now - noted_at < _KEPT):
            return []
        old = [name for name in unlisted if name in noted and not _is_newer(bucket, name, noted_at)]
        if unlisted or noted:
            bucket.write(_UNLISTED, orjson.dumps([name for name in unlisted if name not in old]))
        return old

    @contextmanager
    def hold_lock(self, patience: float) -> Iterator[None]:
        """Hold the lock of writers. It ends with the process, also if that is killed.

        Raises
        ------
        ArchiveBusyError
            If another process holds it for longer than ``patience`` seconds.
        ArchiveError
            If the folder holds files, but no archive.
        """
        with self._report_errors():
            if isinstance(self.place, Folder):
                self.place.make()
                self._refuse_foreign(self.place)
            try:
                lock = self.place.hold_lock(patience)
            except TimeoutError:
                text = f"Another process writes into {self} and did not finish within {patience:g} seconds."
                raise ArchiveBusyError(f"{text} Nothing was changed. Try again later.") from None
        with lock:
            try:
                yield
            finally:
                self.place.forget_tables()

    def _refuse_foreign(self, folder: Folder) -> None:
        """Refuse a folder that has no log but holds other files: an archive needs a folder of its own."""
        names = {name for name in folder.list_entries() if not name.startswith(f".{LOG}.")}
        foreign = sorted(names - {LOCK, FOLDER, RECORD, SNAPSHOTS, *TABLES})
        if foreign and LOG not in names:
            reason = f"it has no {LOG}, but holds {foreign[0]!r}"
            raise ArchiveError(f"{self} is not an archive: {reason}. Name an archive or a new folder.")

    def refuse_lost_log(self) -> None:
        """Refuse Parquet files without a log: a new log would not list them, and the next writer would delete them.

        A first write that was interrupted has a log, since that is written before the first Parquet file.
        """
        if any(map(_OWN.fullmatch, self.place.list_names())):
            folders = ", ".join((*TABLES, SNAPSHOTS, FOLDER))
            raise ArchiveError(
                f"{self} holds data of an archive, but no {LOG} that lists them. Nothing was changed. "
                f"Restore {LOG} from a backup. If nothing was ever added, delete {folders} there."
            )

    def _report_errors(self) -> AbstractContextManager[None]:
        return report_write_errors(f"The archive {self} cannot be written", "What it held is still there.")


def _is_newer(bucket: Bucket, name: str, noted_at: dt.datetime | None) -> bool:
    """Return whether an object was written again after it was noted, as by a second try of the same add."""
    written_at = bucket.modified_at(name)
    return noted_at is not None and written_at is not None and written_at > noted_at
