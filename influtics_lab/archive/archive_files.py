"""The files of an archive's folder, and its lock.

A Parquet file is written once, under a unique name, and flushed to the disk. Then `archive.json` is replaced in one
step, which commits: a file that it does not list is never read, and the next writer deletes it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.errors import ArchiveBusyError, ArchiveError, StorageError
from influtics_lab.storage import acquire_lock, digest_file, replace_file, report_write_errors, sync, write_synced

LOG: Final = "archive.json"
RECORD: Final = "verified.json"
_LOCK: Final = ".lock"
_OWN: Final = re.compile(r"[0-9]{6,}-[0-9]{6,}-[0-9a-f]{8}\.parquet")


class Store:
    """The folder of one archive.

    Parameters
    ----------
    root : pathlib.Path
        The first writer makes it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read_log(self) -> bytes | None:
        """Return the bytes of the log; None if there is no log."""
        file = self.root / LOG
        if file.exists() and not file.is_file():
            raise StorageError(f"{file} is a folder, pipe or device, not a regular file, and was not read.")
        try:
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"{file} cannot be read: {error.strerror}.") from None

    def read_record(self) -> bytes | None:
        """Return the record of the last verification; None if there is no record."""
        file = self.root / RECORD
        return file.read_bytes() if file.is_file() else None

    def write_record(self, data: bytes) -> None:
        """Write the record of a verification; do nothing if the archive is read-only."""
        with suppress(OSError):
            replace_file(self.root / RECORD, data)

    def file_size(self, name: str) -> int:
        """Return the size of a Parquet file in bytes; 0 if it is missing."""
        try:
            return (self.root / name).lstat().st_size
        except OSError:
            return 0

    def write_log(self, data: bytes) -> None:
        """Replace the log in one step: this commits everything that it lists."""
        with self._report_errors():
            replace_file(self.root / LOG, data)

    def write_data_file(self, name: str, data: bytes) -> None:
        """Write a Parquet file and flush it and its parent folders to the disk."""
        path = self.root / name
        with self._report_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_synced(path, data)
            for folder in path.relative_to(self.root).parents:
                sync(self.root / folder)

    def data_path(self, name: str) -> Path:
        """Return the path of a Parquet file, for the engine that reads it."""
        return self.root / name

    def file_problem(self, name: str) -> str | None:
        """Return why a Parquet file cannot be opened (missing, link, pipe or device); None if it can."""
        try:
            mode = (self.root / name).lstat().st_mode
        except OSError:
            return "is missing"
        return None if stat.S_ISREG(mode) else "is no regular file"

    def digest_data_file(self, name: str) -> str | None:
        """Return the SHA-256 of a Parquet file; None if it no longer exists."""
        try:
            return digest_file(self.root / name)
        except FileNotFoundError:
            return None

    def delete_unlisted(self, keep: Collection[str]) -> None:
        """Delete drafts, and Parquet files that the log does not list. The caller holds the lock."""
        with self._report_errors():
            for name in (LOG, RECORD):
                for draft in self.root.glob(f".{name}.*"):
                    draft.unlink(missing_ok=True)
            for path in self._own_files():
                if path.relative_to(self.root).as_posix() not in keep:
                    path.unlink(missing_ok=True)

    def _own_files(self) -> list[Path]:
        paths = [path for table in TABLES for path in (self.root / table).glob("snapshot_date=*/*.parquet")]
        return [path for path in paths if _OWN.fullmatch(path.name)]

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
            self.root.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign()
            try:
                lock = acquire_lock(self.root / _LOCK, patience)
            except TimeoutError:
                text = f"Another process writes into {self.root} and did not finish within {patience:g} seconds."
                raise ArchiveBusyError(f"{text} Nothing was changed. Try again later.") from None
        with lock:
            yield

    def _refuse_foreign(self) -> None:
        """Refuse a folder that has no log but holds other files: an archive needs a folder of its own."""
        names = {path.name for path in self.root.iterdir() if not path.name.startswith(f".{LOG}.")}
        if LOG not in names and (foreign := sorted(names - {_LOCK, *TABLES})):
            reason = f"it has no {LOG}, but holds {foreign[0]!r}"
            raise ArchiveError(f"{self.root} is no archive: {reason}. Name an archive or a new folder.")
        self.refuse_lost_log()

    def refuse_lost_log(self) -> None:
        """Refuse Parquet files without a log: a new log would not list them, and the next writer would delete them.

        A first write that was interrupted has a log, since that is written before the first Parquet file.
        """
        if self._own_files() and not (self.root / LOG).exists():
            raise ArchiveError(
                f"{self.root} holds data of an archive, but no {LOG} that lists them. Nothing was changed. "
                f"Restore {LOG} from a backup. If nothing was ever added, delete {', '.join(TABLES)} there."
            )

    def _report_errors(self) -> AbstractContextManager[None]:
        return report_write_errors(f"The archive {self.root} cannot be written", "What it held is still there.")
